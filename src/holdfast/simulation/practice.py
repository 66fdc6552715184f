"""A small ledger that ends on the morning of somebody's first dosing session: what a practice begins with.

It is played like a whole rehearsal, with one participant, one site, nobody else on the way
in and no slips, and cut before the session is started. Which arm the participant is in is
drawn from the seed and told to nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from holdfast.dice import uniform
from holdfast.errors import Refusal
from holdfast.protocol.model import Protocol
from holdfast.records.envelope import Sealed
from holdfast.simulation.assumptions import Assumptions
from holdfast.simulation.cast import Site, sites
from holdfast.simulation.play import Rehearsal, play
from holdfast.sourced import Figure

DAYS_TO_A_SESSION = 84
"""About so long before its first session a study is opened; whole weeks, so that weekdays stay."""
ATTEMPTS = 40
GRAVE = timedelta(days=2)
"""A risk raised so shortly before a session would keep its gate shut."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Records up to the morning of a first session, whose it is, where, and when it would begin (UTC)."""

    sealed: tuple[Sealed, ...]
    participant: str
    visit: str
    site: Site
    begins: datetime
    monitors: tuple[str, ...]


def prepared(protocol: Protocol, assumptions: Assumptions, *, seed: int, before: date) -> Prepared:
    """Play until the first session of the one participant, on a day of the week before ``before``.

    Raises:
        Refusal: for a study that cannot be rehearsed, or in which nobody comes to a session.
    """
    quiet = _without_slips(assumptions, arm_index(protocol, seed=seed), arms=len(protocol.arms))
    for attempt in range(ATTEMPTS):
        played = play(protocol, quiet, seed=seed + attempt, start=before - timedelta(days=DAYS_TO_A_SESSION))
        begun = _first_session(played)
        if begun is None:
            continue
        weeks = -((begun.day - before).days // 7 + 1)
        start = before - timedelta(days=DAYS_TO_A_SESSION) + timedelta(weeks=weeks)
        played = play(protocol, quiet, seed=seed + attempt, start=start)
        if (begun := _first_session(played)) is not None:
            return _cut(played, begun)
    raise Refusal("Nobody of this study comes to a first session in a rehearsal, so it cannot be practised.")


def arm_index(protocol: Protocol, *, seed: int) -> int:
    """The place of the participant's arm among the protocol's arms, each as likely as the others."""
    return int(float(uniform(seed, 0, 0, "practice-arm")) * len(protocol.arms))


@dataclass(frozen=True, slots=True)
class _Begun:
    place: int
    at: datetime
    day: date
    participant: str
    visit: str
    monitors: tuple[str, ...]


def _first_session(played: Rehearsal) -> _Begun | None:
    """Where the first session is started in the records, if nothing grave stands before it."""
    first = played.protocol.sessions[0].visit
    raised: datetime | None = None
    for place, record in enumerate(played.records):
        if record.kind == "risk-raised":
            raised = record.recorded_at
        if record.kind == "session-started" and record.stream.endswith(f"/{first}"):
            if raised is not None and record.recorded_at - raised < GRAVE:
                return None
            monitors = tuple(getattr(record.fact, "monitors"))  # noqa: B009 - no fact is imported
            who = record.stream.split("/")[1]
            return _Begun(place, record.recorded_at, record.happened_at.day, who, first, monitors)
    return None


def _cut(played: Rehearsal, begun: _Begun) -> Prepared:
    here = sites(1)[0]
    return Prepared(
        sealed=played.sealed[: begun.place],
        participant=begun.participant,
        visit=begun.visit,
        site=here,
        begins=begun.at,
        monitors=begun.monitors,
    )


def _without_slips(assumptions: Assumptions, arm: int, *, arms: int) -> Assumptions:
    """The same people, one of them, and nothing goes wrong before the session."""
    way_in = assumptions.recruitment
    alone = {
        "by_arm": _with(way_in.by_arm, tuple(float(place == arm) for place in range(arms))),
        "sites": _with(way_in.sites, 1),
        "site_shares": _with(way_in.site_shares, (1.0,)),
        **{
            name: _with(getattr(way_in, name), 0)
            for name in ("not_invited", "screen_failures", "baseline_failures")
        },
    }
    people = assumptions.people.model_copy(update={"ssri_before": _with(assumptions.people.ssri_before, 0)})
    return assumptions.model_copy(
        update={
            "recruitment": way_in.model_copy(update=alone),
            "people": people,
            "habits": {code: _with(rate, 0) for code, rate in assumptions.habits.items()},
            "events": {code: _with(rate, 0) for code, rate in assumptions.events.items()},
        }
    )


def _with(figure: Figure, value: float | tuple[float, ...]) -> Figure:
    return figure.model_copy(update={"value": value})
