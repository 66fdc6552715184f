"""What got worse is told as an event, or by nobody; what contradicts is put to a physician, who answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from holdfast.conduct import contradictions
from holdfast.conduct.actions import AnswerQuery, RaiseQuery, ReportAdverseEvent
from holdfast.conduct.case import SOFTWARE
from holdfast.conduct.contradictions import ITEM9, WORSE
from holdfast.conduct.queries import EVENT, event_since
from holdfast.conduct.standing import SiteStanding, StudyStanding
from holdfast.conduct.standing.parts import FormDone
from holdfast.instruments.catalogue import ASK_OF_SUICIDE
from holdfast.protocol.roles import Role
from holdfast.records.envelope import Record
from holdfast.simulation.stage import Actor, Script
from holdfast.simulation.story import Player

LOOKED = timedelta(hours=24, minutes=1)
"""The software looks a minute after the day has passed in which an event could have been recorded."""
FOUND = {
    ITEM9: (
        "both-stand",
        "Asked about it: being better off dead is a passing thought, without wish or plan.",
    ),
    WORSE: (EVENT, "Spoken with on the telephone; the event is recorded now, and followed."),
}
"""What a physician finds, by rule."""
ELSE = ("corrected", "Asked again; one of the two was written down wrongly and is corrected.")


def after_form(player: Player, record: Record, fact: Any) -> Script | None:
    """What follows from a form that asks about suicide, where it says more than the one before."""
    says = fact.scores.get("ideation") != 0 or fact.scores.get("behaviour") is not False
    if fact.instrument not in ASK_OF_SUICIDE or not says:
        return None
    forms = [each for code in ASK_OF_SUICIDE for each in player.standing.forms.get(code, ())]
    order = sorted(forms, key=lambda each: each.at.at)
    place = next(number for number, each in enumerate(order) if each.root == record.id)
    if place == 0 or not contradictions.worse(order[place], order[place - 1]):
        return None
    return _worse(player, order[place])


def _worse(player: Player, form: FormDone) -> Script:
    """Within hours whoever asked writes it down as an event; after a day the software looks for it."""
    told = not player.habit("worsening_untold")
    hours = player.luck.whole("worsening-hours", 1, 6)
    yield player.stage.now + timedelta(hours=hours)
    if told and not _told_by_software(player, form):
        _tell(player, form, player.lead)
    yield player.stage.now + LOOKED - timedelta(hours=hours)
    _look(player)


def _told_by_software(player: Player, form: FormDone) -> bool:
    events = player.standing.events.values()
    return any(
        each.fact.special_interest == "suicidality" and each.known_at.at >= form.at.at for each in events
    )


def _tell(player: Player, form: FormDone, by: Actor) -> None:
    event = ReportAdverseEvent(
        participant=player.code,
        term="Suicidal ideation",
        onset=form.at.day.isoformat(),
        end="",
        severity="mild" if contradictions.severest(form) == 1 else "moderate",
        serious=False,
        criteria=(),
        related="not-assessed",
        special_interest="suicidality",
        visit=form.fact.visit,
    )
    player.stage.do(event, by)


def _look(player: Player) -> None:
    book, site = player.stage.book, player.site
    study, here = book.standing(f"study/{book.protocol.study.code}"), book.standing(f"site/{site.code}")
    assert isinstance(study, StudyStanding)
    assert isinstance(here, SiteStanding)
    software = Actor(SOFTWARE, Role.SYSTEM, site.code, site.zone, SOFTWARE)
    now = player.stage.now
    for one in contradictions.due(book.protocol, player.standing, now, study=study, site=here):
        raised = RaiseQuery(participant=player.code, rule=one.rule, record=one.records[0])
        player.stage.do(raised, software)


def answered(player: Player, record: Record, fact: Any) -> Script:
    """The physician asks, records an event that nobody had told, and answers: mostly in time."""
    yield player.stage.now + timedelta(
        hours=player.luck.whole("query-hours", 2, 26), minutes=player.luck.whole("query-minutes", 0, 59)
    )
    outcome, words = FOUND.get(fact.rule, ELSE)
    worse = player.standing.form_of(UUID(fact.records[0])) if outcome == EVENT else None
    if worse is not None and not event_since(player.standing, player.standing.queries[record.id]):
        _tell(player, worse, player.physician)
    ask = AnswerQuery(participant=player.code, query=record.id, outcome=outcome, words=words)
    player.stage.do(ask, player.physician)
