"""Alarms in 1,000 simulated dosing days; the figure to reach: at most two an hour that tell of nothing."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from holdfast.conduct import alarms, values
from holdfast.conduct.alarms import Ring
from holdfast.conduct.case import Case
from holdfast.conduct.standing import SessionStanding
from holdfast.protocol.compiler import compile_study
from holdfast.protocol.model import Limit
from holdfast.simulation import assumptions
from holdfast.simulation.alarm_days import Counted, Place, count, place
from holdfast.studies import path_of

STUDY = "low-dose-control"
DAYS = 1000
ARMS = ("low-dose", "full-dose")
Rule = Callable[..., Ring | None]


def every_reading(
    case: Case, session: SessionStanding, limit: Limit, reading: float, *, number: float
) -> Ring:
    """Every reading beyond a limit rings, as a monitor's own alarm does."""
    return Ring(limit.code, limit.priority, limit.action["en"])


def latched_only(
    case: Case, session: SessionStanding, limit: Limit, reading: float, *, number: float
) -> Ring | None:
    """Each limit latches by itself, a single reading rings, and any worse value rings again."""
    before = session.latch(limit.code)
    if before is None or before.worst is None or values.worse(limit, reading, than=before.worst):
        return every_reading(case, session, limit, reading, number=number)
    again = before.taken_by and alarms.recheck_due(session, before, at=case.at)
    return every_reading(case, session, limit, reading, number=number) if again else None


RULES: dict[str, tuple[Rule, bool]] = {
    "every reading beyond a limit": (every_reading, False),
    "latched, without bands and repeats": (latched_only, False),
    "as it is, with what raises itself": (alarms.ring, True),
}
"""The rule of a passed limit, and whether what is overdue is watched."""


@contextmanager
def ruled(rule: Rule) -> Iterator[None]:
    """Let conduct ring by another rule for a while."""
    kept = alarms.ring
    alarms.ring = rule  # type: ignore[assignment]
    try:
        yield
    finally:
        alarms.ring = kept


def ground() -> Place:
    """The ledger all days begin from."""
    study = path_of(STUDY)
    return place(compile_study(study), assumptions.load(study.with_name("assumptions.yaml")))


def alarm_days() -> None:
    """Print alarms an hour by rule, and by kind under the rule as it is."""
    days = int(os.environ.get("HOLDFAST_ALARM_DAYS", DAYS)) // len(ARMS)
    begun = ground()
    print(f"{STUDY}, {begun.visit}: {days} days of each arm, 8 h from the first dose, readings as scheduled")
    print(f"{'rule':36} {'arm':10} {'all':>6} {'tell of nothing':>16} {'of these high or medium':>24}")
    for name, (rule, watched) in RULES.items():
        with ruled(rule):
            found = {arm: count(begun, arm=arm, days=days, watched=watched) for arm in ARMS}
        for arm, counted in found.items():
            print(_line(name, arm, counted))
    print(_by_kind(found))
    for arm, counted in found.items():
        print(f"{arm}: {_rest(counted)}")


def _line(name: str, arm: str, counted: Counted) -> str:
    loud = counted.per_hour(actionable=False, priorities=("high", "medium"))
    nothing = counted.per_hour(actionable=False)
    return f"{name:36} {arm:10} {counted.per_hour():6.2f} {nothing:16.2f} {loud:24.2f}"


def _by_kind(found: dict[str, Counted]) -> str:
    kinds = sorted({key[:2] for counted in found.values() for key in counted.rung}, key=_order)
    lines = [
        f"{'alarm (per hour: all, tell of nothing)':40} {'priority':8} " + " ".join(f"{a:>13}" for a in found)
    ]
    for code, priority in kinds:
        cells = []
        for counted in found.values():
            true, false = (counted.rung[code, priority, told] / counted.hours for told in (True, False))
            cells.append(f"{true + false:6.3f} {false:6.3f}")
        lines.append(f"{code:40} {priority:8} " + " ".join(cells))
    return "\n".join(lines)


def _order(kind: tuple[str, str]) -> tuple[int, str]:
    return alarms.RANK[kind[1]], kind[0]


def _rest(counted: Counted) -> str:
    waits = np.percentile(counted.waits or (0.0,), (50, 95, 99))
    rung = Counter[str]()
    for (_code, priority, _told), number in counted.rung.items():
        rung[priority] += number
    shares = ", ".join(f"{rung[each]} {each}" for each in alarms.RANK)
    return (
        f"{counted.readings / counted.days:.1f} readings a day; {shares}; {counted.quiet_days} of "
        f"{counted.days} days without any alarm; {counted.beyond_high} values beyond a high limit, "
        f"{counted.unheard} of them without a high alarm; from a notice that proved right to the louder "
        f"alarm {waits[0]:.1f} min (median), {waits[1]:.1f} (95 %), {waits[2]:.1f} (99 %)"
    )
