"""The readiness board: the dosing sessions of the next days, each with its items, owners and last days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from holdfast.clinic.accounts.demo_people import role_names
from holdfast.clinic.ledger import read
from holdfast.clinic.ledger.models import ParticipantRow
from holdfast.clinic.participants.lines import today_at
from holdfast.clinic.participants.wording import said, visit_name
from holdfast.conduct.gate import item_of
from holdfast.conduct.readiness import AHEAD, OWN_ITEMS, Item, Refit, State, day_of, readiness, refits
from holdfast.conduct.standing import ParticipantStanding, SiteStanding, Stage, Standing, StudyStanding
from holdfast.conduct.streams import (
    participant_stream,
    session_stream,
    site_stream,
    staff_stream,
    study_stream,
)
from holdfast.protocol.model import Protocol
from holdfast.protocol.roles import Role
from holdfast.timing import date_in_words

EXPECTING = frozenset({Stage.RANDOMISED, Stage.ENTERED, Stage.IN_TREATMENT, Stage.ELIGIBLE})
"""Stages in which a dosing session may be ahead."""
ONLY = {"supply": Role.PHARMACIST, "washout": Role.PHYSICIAN}
"""Pages that open for one role alone: others are shown the sentence without the link."""
MARKS = {State.AT_RISK: "overdue", State.OPEN: "due", State.ON_THE_DAY: "upcoming", State.READY: "done"}
"""The mark of the site's sheet that a state is drawn with."""


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One item as shown."""

    code: str
    label: str
    mark: str
    state: str
    owner: str
    owner_code: str
    due: str
    late: bool
    sentence: str
    note: str
    noted_by: str
    link: str
    link_words: str


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One session of the board; ``open_`` are what somebody still has to see to, ``rest`` the others."""

    participant: str
    visit: str
    name: str
    site: str
    on: str
    in_days: int
    items: tuple[ItemLine, ...]
    open_: tuple[ItemLine, ...]
    rest: tuple[ItemLine, ...]
    ready: int


@dataclass(frozen=True, slots=True)
class Ahead:
    """A session that is ahead, with everything its readiness rests on."""

    row: ParticipantRow
    visit: str
    on: date
    standings: dict[str, Standing]
    names: tuple[str, str, str, str]


def context(
    study: str, reach: Sequence[str], now: datetime, *, mine: frozenset[Role], only_mine: bool
) -> dict[str, Any]:
    """The board of somebody who reaches these sites; ``only_mine`` keeps the items of their roles."""
    protocol = read.protocol(study)
    days = today_at(read.sites(study), now)
    wanted = mine if only_mine else frozenset()
    lines = [
        _session(protocol, each, now, days[each.row.site], wanted, mine) for each in ahead(study, reach, now)
    ]
    return {
        "sessions": [each for each in lines if each.items],
        "only_mine": only_mine,
        "roles": [role_names()[role] for role in Role if role in mine],
        "days": AHEAD.days,
        "late": sum(item.late for each in lines for item in each.items),
    }


def ahead(study: str, reach: Sequence[str], now: datetime) -> list[Ahead]:
    """The sessions of the next days at these sites, the nearest first."""
    protocol = read.protocol(study)
    days = today_at(read.sites(study), now)
    rows = [each for each in read.participants(study, sites=sorted(reach)) if each.status in EXPECTING]
    shared = _shared(study, {each.site for each in rows})
    people = read.standings_of(study, [participant_stream(each.participant) for each in rows])
    found = [
        Ahead(row, visit, on, {**shared, **people}, (study, row.site, row.participant, visit))
        for row in rows
        for visit, on in _coming(protocol, row, people, shared, study)
        if days[row.site] <= on <= days[row.site] + AHEAD
    ]
    here = read.standings_of(study, [session_stream(each.row.participant, each.visit) for each in found])
    for each in found:
        each.standings.update(here)
    return sorted(found, key=lambda each: (each.on, each.row.participant))


def _shared(study: str, sites: set[str]) -> dict[str, Standing]:
    """The standings that all sessions rest on: study, sites, and the people of the sites."""
    staff = {each.person for each in read.appointments(study=study) if each.site in sites}
    names = [study_stream(study), *map(site_stream, sorted(sites)), *map(staff_stream, sorted(staff))]
    return read.standings_of(study, names)


def _coming(
    protocol: Protocol,
    row: ParticipantRow,
    people: dict[str, Standing],
    shared: dict[str, Standing],
    study: str,
) -> Iterator[tuple[str, date]]:
    """The dosing visits of somebody that were neither held nor missed, each with its day."""
    person, site = people.get(participant_stream(row.participant)), shared.get(site_stream(row.site))
    whole = shared.get(study_stream(study))
    if (
        not isinstance(person, ParticipantStanding)
        or not isinstance(site, SiteStanding)
        or not isinstance(whole, StudyStanding)
    ):
        return
    for plan in protocol.sessions:
        state = person.visits.get(plan.visit)
        if state is not None and (state.held is not None or state.missed):
            continue
        on = day_of(protocol, person, plan.visit, study=whole, site=site)
        if on is not None:
            yield plan.visit, on


def _session(
    protocol: Protocol,
    each: Ahead,
    now: datetime,
    today: date,
    wanted: frozenset[Role],
    mine: frozenset[Role],
) -> SessionLine:
    found = readiness(protocol, each.standings, names=each.names, now=now)
    items = [
        item_line(protocol, each, item, today, mine=mine)
        for item in found
        if not wanted or item.owner in wanted
    ]
    order = {mark: place for place, mark in enumerate(MARKS.values())}
    items.sort(key=lambda item: (not item.late, order[item.mark], item.due))
    return SessionLine(
        participant=each.row.participant,
        visit=each.visit,
        name=visit_name(protocol, each.visit),
        site=each.row.site,
        on=date_in_words(each.on),
        in_days=(each.on - today).days,
        items=tuple(items),
        open_=tuple(item for item in items if item.mark in ("overdue", "due")),
        rest=tuple(item for item in items if item.mark not in ("overdue", "due")),
        ready=sum(item.mark == "done" for item in items),
    )


def item_line(
    protocol: Protocol, each: Ahead, item: Item, today: date, *, mine: frozenset[Role] = frozenset()
) -> ItemLine:
    """An item in words, with the one page that settles it."""
    link, words = _link(each, item) if ONLY.get(item.where) in (None, *mine) else ("", "")
    return ItemLine(
        code=item.code,
        label=label_of(protocol, item.code),
        mark=MARKS[item.state],
        state=_state(item.state),
        owner=role_names()[item.owner],
        owner_code=item.owner.value,
        due="" if item.due is None else date_in_words(item.due),
        late=item.state is State.AT_RISK or (item.due is not None and item.due < today),
        sentence=item.sentence,
        note="" if item.note is None else item.note.text,
        noted_by="" if item.note is None else item.note.by,
        link=link,
        link_words=words,
    )


def label_of(protocol: Protocol, code: str) -> str:
    """What an item is called; of a test or a medicine, what its condition is called."""
    whole, _colon, part = code.partition(":")
    if whole in OWN_ITEMS:
        return {
            "date": _("Date"),
            "treatment": _("Treatment may go on"),
            "kit-first": _("Kit of the first dose"),
            "kit-supplemental": _("Kit of the supplemental dose"),
            "monitors": _("Two monitors, one to lead"),
            "physician": _("Physician on call"),
            "emergency-kit": _("Emergency kit"),
            "room": _("Room"),
        }[whole]
    for test in protocol.before_dose.laboratory:
        if test.test == part:
            return said(test.label)
    return said(item_of(protocol, whole).label)


def _state(state: State) -> str:
    return {
        State.AT_RISK: _("at risk"),
        State.OPEN: _("open"),
        State.ON_THE_DAY: _("on the day"),
        State.READY: _("ready"),
    }[state]


def _link(each: Ahead, item: Item) -> tuple[str, str]:
    """The page that settles an item, and its words."""
    study, _site, participant, visit = each.names
    pages = {
        "move": (reverse("move-session", args=[study, participant, visit]), _("Move the session")),
        "supply": (reverse("set-aside", args=[study, participant]), _("Set a kit aside")),
        "session": (reverse("session", args=[study, participant, visit]), _("Open the session")),
        "participant": (reverse("participant", args=[study, participant]), _("Open the participant")),
        "people": (reverse("study", args=[study]), _("Open the study")),
        "site": (reverse("study", args=[study]), _("Open the study")),
        "limits": (reverse("study", args=[study]), _("Open the study")),
        "laboratory": (reverse("deed", args=[study, participant, "laboratory"]), _("Record a value")),
        "medication": (reverse("deed", args=[study, participant, "medication"]), _("Record a medicine")),
        "washout": (reverse("deed", args=[study, participant, "judge-washout"]), _("Judge the wash-out")),
        "consent": (reverse("deed", args=[study, participant, "give-consent"]), _("Record consent")),
        "eligibility": (reverse("participant", args=[study, participant]), _("Look at the criteria")),
    }
    return pages.get(item.where, ("", ""))


# --- another day ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RefitLine:
    """An item that another day changes, as it is and as it would be."""

    before: ItemLine
    after: ItemLine


def moved(study: str, participant: str, visit: str, to: date | None, now: datetime) -> dict[str, Any]:
    """A session as it stands, and what another day would change."""
    protocol, row = read.protocol(study), read.participant(study, participant)
    shared = _shared(study, {row.site})
    own = [participant_stream(participant), session_stream(participant, visit)]
    standings = {**shared, **read.standings_of(study, own)}
    names = (study, row.site, participant, visit)
    today = today_at(read.sites(study), now)[row.site]
    before = readiness(protocol, standings, names=names, now=now)
    after = readiness(protocol, standings, names=names, now=now, on=to) if to else ()
    here = Ahead(row, visit, to or today, standings, names)
    return {
        "participant": participant,
        "visit": visit,
        "visit_name": visit_name(protocol, visit),
        "known": bool(before),
        "to": "" if to is None else to.isoformat(),
        "to_words": "" if to is None else date_in_words(to),
        "refits": [_refit(protocol, here, each, today) for each in refits(before, after)],
        "today": today.isoformat(),
    }


def _refit(protocol: Protocol, here: Ahead, each: Refit, today: date) -> RefitLine:
    return RefitLine(
        item_line(protocol, here, each.before, today), item_line(protocol, here, each.after, today)
    )
