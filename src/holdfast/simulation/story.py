"""What scripts share: the stage, the course and its life, the sites, the key, and one player per person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from holdfast.allocation.key import Key
from holdfast.allocation.kits import Kit
from holdfast.conduct.actions import Amend, FillForm, SignForm
from holdfast.conduct.standing import ParticipantStanding, SessionStanding
from holdfast.protocol.model import Protocol, Visit, VisitKind
from holdfast.protocol.roles import Role
from holdfast.records.fact import Json
from holdfast.simulation.assumptions import Assumptions
from holdfast.simulation.cast import Person, Site
from holdfast.simulation.course import Course
from holdfast.simulation.life import Life
from holdfast.simulation.luck import Luck
from holdfast.simulation.stage import Actor, Script, Stage, moment

SIGNING = frozenset({Role.PHYSICIAN, Role.RATER})
"""Roles that sign what they filled, form by form."""


@dataclass(slots=True)
class Story:
    """Everything a rehearsal's scripts have in common.

    ``stock`` are usable kits by site, ``coming`` those not yet delivered; ``slots`` the
    slot of each participant; ``habits`` the rates of slips; ``wordings`` the digest of the
    words brought for each form that needs some.
    """

    stage: Stage
    assumptions: Assumptions
    course: Course
    life: Life
    sites: tuple[Site, ...]
    raters: tuple[Person, ...]
    key: Key
    rated: tuple[str, ...]
    followed: tuple[str, ...]
    stock: dict[str, list[Kit]] = field(default_factory=dict)
    coming: list[Kit] = field(default_factory=list)
    players: dict[str, Player] = field(default_factory=dict)
    slots: dict[str, str] = field(default_factory=dict)
    wordings: dict[str, str] = field(default_factory=dict)
    habits: dict[str, float] = field(init=False)

    def __post_init__(self) -> None:
        self.habits = {code: figure.number for code, figure in self.assumptions.habits.items()}

    @property
    def protocol(self) -> Protocol:
        """The study's protocol."""
        return self.stage.protocol

    @property
    def dosing(self) -> tuple[str, ...]:
        """The dosing visits in order."""
        return tuple(session.visit for session in self.protocol.sessions)


@dataclass(slots=True)
class Player:
    """Somebody on their way through the study. ``index`` is their person index in the course.

    ``enrolled`` is false for people who will not enter; ``facts`` are their fields of the
    study forms, ``finding`` the one that keeps a screen failure out; ``left`` and ``stopped`` are set
    when they leave or their dosing ends; ``quiet_from`` silences a player whose visits
    are to become overdue; ``unsigned`` are forms that wait for a signature, ``since`` the
    intercurrent events known by each visit, ``ideation`` what was said of suicide at each.
    """

    story: Story
    code: str
    site: Site
    index: int
    luck: Luck
    visits: dict[str, date]
    enrolled: bool
    pair: tuple[Person, Person]
    facts: dict[str, Json] = field(default_factory=dict)
    finding: tuple[str, Json] = ("", None)
    baseline_score: int = 40
    left: bool = False
    stopped: bool = False
    touch: bool = True
    no_touch: bool = False
    quiet_from: datetime | None = None
    session_start: dict[str, datetime] = field(default_factory=dict)
    rater: dict[str, str] = field(default_factory=dict)
    unsigned: list[tuple[UUID, Actor]] = field(default_factory=list)
    since: dict[str, set[str]] = field(default_factory=dict)
    ideation: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def stage(self) -> Stage:
        """The stage they are on."""
        return self.story.stage

    @property
    def standing(self) -> ParticipantStanding:
        """What the records amount to for this participant."""
        found = self.stage.book.standing(f"participant/{self.code}")
        assert isinstance(found, ParticipantStanding)
        return found

    def session(self, visit: str) -> SessionStanding:
        """What the records amount to for one of their dosing sessions."""
        found = self.stage.book.standing(f"session/{self.code}/{visit}")
        assert isinstance(found, SessionStanding)
        return found

    @property
    def quiet(self) -> bool:
        """Whether nothing more is heard of them for now."""
        return self.left or (self.quiet_from is not None and self.stage.now >= self.quiet_from)

    def at(self, day: date, hour: float) -> datetime:
        """The moment of a local hour of a day at their site."""
        return moment(day, hour, self.site.zone)

    def hour(self, stream: str, low: float, high: float) -> float:
        """An hour of the day, drawn; to the minute."""
        return round(60 * (low + self.luck.draw(stream) * (high - low))) / 60

    def habit(self, code: str) -> bool:
        """Whether a slip of that habit happens this time."""
        return self.luck.strikes(code, self.story.habits[code])

    @property
    def oneself(self) -> Actor:
        """The participant as the one who acts, on their own telephone."""
        return Actor(self.code, Role.PARTICIPANT, self.site.code, self.site.zone, "participant-app")

    def staff(self, role: Role, visit: str = "") -> Actor:
        """Who acts in a role for this participant; raters are those drawn for the visit."""
        if role is Role.PARTICIPANT:
            return self.oneself
        if role is Role.RATER:
            drawn = self.rater.get(visit, "")
            rater = next((each for each in self.story.raters if each.code == drawn), self.story.raters[0])
            return Actor.of(rater, self.site, "rater-pool")
        people = {
            Role.COORDINATOR: self.site.coordinator,
            Role.PHYSICIAN: self.site.physician,
            Role.PHARMACIST: self.site.pharmacist,
            Role.ATTENDANT: self.site.attendants[self.index % 2],
            Role.THERAPIST: self.pair[0],
        }
        return Actor.of(people[role], self.site, f"{self.site.code}-tablet" if role in _BEDSIDE else "")

    @property
    def lead(self) -> Actor:
        """The leading therapist."""
        return self.staff(Role.THERAPIST)

    @property
    def second(self) -> Actor:
        """The other therapist."""
        return Actor.of(self.pair[1], self.site, f"{self.site.code}-tablet-2")

    @property
    def coordinator(self) -> Actor:
        """The site's coordinator."""
        return self.staff(Role.COORDINATOR)

    @property
    def physician(self) -> Actor:
        """The site's physician."""
        return self.staff(Role.PHYSICIAN)


_BEDSIDE = frozenset({Role.THERAPIST, Role.ATTENDANT})
LATE_FORMS = frozenset({"PHQ-9", "DERS-16", "PCL-5", "SDS", "VITALS"})
"""Forms that may come in days later without anything having waited for them."""


def minutes(player: Player, stream: str, low: int, high: int) -> timedelta:
    """Some minutes, drawn."""
    return timedelta(minutes=player.luck.whole(stream, low, high))


def fill(
    player: Player,
    visit: Visit,
    form: str,
    role: Role,
    answers: dict[str, Json],
    *,
    occurrence: str = "planned",
) -> None:
    """Fill a form and sign it where the role signs; now and then late, now and then corrected."""
    by = player.staff(role, visit.code)
    late = form in LATE_FORMS and visit.kind is not VisitKind.BASELINE and player.habit("late_entry")
    if late:
        player.stage.enter(_later(player, visit, form, by, answers))
        return
    _fill(player, visit, form, by, answers, occurrence=occurrence)


def _later(player: Player, visit: Visit, form: str, by: Actor, answers: dict[str, Json]) -> Script:
    happened = player.stage.now
    yield happened + timedelta(
        days=player.luck.whole("late-days", 2, 6), minutes=player.luck.whole("late", 5, 300)
    )
    if not player.left:
        _fill(
            player, visit, form, by, answers, happened=happened, reason="Filled on paper, entered afterwards."
        )


def _fill(
    player: Player,
    visit: Visit,
    form: str,
    by: Actor,
    answers: dict[str, Json],
    *,
    occurrence: str = "planned",
    happened: datetime | None = None,
    reason: str = "",
) -> None:
    stage = player.stage
    what = FillForm(
        participant=player.code,
        visit=visit.code,
        form=form,
        answers=dict(answers),
        occurrence=occurrence,
        wording=player.story.wordings.get(form, ""),
    )
    records = stage.must(what, by, happened=happened, reason=reason)
    if by.role in SIGNING:
        player.unsigned.append((records[0].id, by))
        if not _guess_to_come(player, visit, by):
            _sign(player)
    if form in LATE_FORMS and player.habit("correction"):
        stage.enter(correction(player, by, records[0].id))


def _guess_to_come(player: Player, visit: Visit, by: Actor) -> bool:
    """Whether a rater has still to say what they believe, before which no rating is signed."""
    guesses = {each.form for each in player.story.protocol.blinding.guesses}
    asked = {each.form for each in visit.forms if each.by is Role.RATER} & guesses
    given = {
        form
        for form in asked
        for done in player.standing.forms.get(form, ())
        if done.role == Role.RATER and done.fact.visit == visit.code
    }
    return by.role == Role.RATER and asked != given


def _sign(player: Player) -> None:
    """Sign what waits for it, each form by who filled it."""
    for record, by in player.unsigned:
        player.stage.do(SignForm(participant=player.code, form_record=record, meaning="authorship"), by)
    player.unsigned.clear()


def correction(player: Player, by: Actor, record: UUID) -> Iterator[datetime]:
    """Days later the author finds that one number was typed too high, and corrects the form."""
    yield player.stage.now + timedelta(days=player.luck.whole("correction-days", 1, 9), hours=1)
    done = player.standing.form_of(record)
    if player.left or done is None:
        return
    high = {item: value for item, value in done.fact.answers.items() if isinstance(value, int) and value > 1}
    for item, value in list(high.items())[:1]:
        fact = replace(done.fact, answers={**done.fact.answers, item: value - 1})
        what = Amend(stream=f"participant/{player.code}", record=record, fact=fact)
        player.stage.do(what, by, reason="Typed one too high; the paper says so.")
