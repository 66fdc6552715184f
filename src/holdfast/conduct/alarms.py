"""Which readings alarm, how loudly, and how long an alarm stands.

After IEC 60601-1-8: the priority says how soon somebody must act. A high limit rings on its
first reading, always. A medium one on a single reading asks for a repeat with a low notice; it
rings when the next reading passes too, when none comes in time (``watch``), or at once when the
value is further beyond than a reading scatters. High and medium alarms latch until a named person
takes them on; then they are quiet until the time to look again, unless it gets worse. Low ones go
when their cause is over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from holdfast.conduct import values
from holdfast.conduct.case import Case, minutes_between
from holdfast.conduct.standing import SessionStanding, SiteStanding, StudyStanding
from holdfast.conduct.standing.session import MONITORS, Alarm, Reading
from holdfast.protocol.model import Limit, Protocol
from holdfast.records.session import PromptsMissed, PromptsRated
from holdfast.sourced import Figure, Status
from holdfast.timing import Instant

RANK: Mapping[str, int] = {"high": 0, "medium": 1, "low": 2}
REPEAT = "repeat-"
"""The notice that asks for a repeat has this before the limit's code."""
READ_AGAIN = (
    "Read it again after five minutes' rest of the cuff; what the limit asks for follows if it lasts."
)
SURE_BANDS = 2.0
"""So many bands beyond a limit are no scatter: one reading in forty strays two standard deviations up."""
GRACE = Figure(
    value=2,
    unit="min",
    source="A reading so shortly before the time to look again is the look; one takes as long after it.",
    status=Status.ASSUMED,
    date="2026-11-26",
)


@dataclass(frozen=True, slots=True)
class Ring:
    """An alarm to raise: its code, how soon somebody must act, and what to do."""

    code: str
    priority: str
    action: str


def ring(case: Case, session: SessionStanding, limit: Limit, reading: float, *, number: float) -> Ring | None:
    """What a reading beyond a limit rings; None while an alarm as severe stands for it."""
    if quiet(case, session, limit, reading):
        return None
    if limit.priority != "medium" or believed(case, session, limit, reading, number=number):
        return Ring(limit.code, limit.priority, limit.action["en"])
    notice = session.latch(REPEAT + limit.code)
    if notice is not None and stands(case.protocol, session, notice, at=case.at):
        return None
    return Ring(REPEAT + limit.code, "low", READ_AGAIN)


def quiet(case: Case, session: SessionStanding, limit: Limit, reading: float) -> bool:
    """Whether an alarm at least as severe stands for the measure, and this is no worse than scatter."""
    standing = [
        alarm.worst
        for alarm in of_measure(case.protocol, session, limit)
        if alarm.worst is not None and stands(case.protocol, session, alarm, at=case.at)
    ]
    if not standing:
        return False
    by = band(case.protocol, limit, study=case.study, site=case.site)
    worst = max(standing) if limit.op == ">=" else min(standing)
    return not values.passed(limit, reading, at=worst + by if limit.op == ">=" else worst - by)


def of_measure(protocol: Protocol, session: SessionStanding, limit: Limit) -> Iterator[Alarm]:
    """The latest alarm of each limit of the same measure and direction that is at least as severe."""
    for each in protocol.limits:
        alike = each.measure == limit.measure and each.op == limit.op
        alarm = session.latch(each.code)
        if alike and alarm is not None and RANK[each.priority] <= RANK[limit.priority]:
            yield alarm


def believed(case: Case, session: SessionStanding, limit: Limit, reading: float, *, number: float) -> bool:
    """Whether one more reading is not needed: it is the repeat, or it is far beyond scatter."""
    by = SURE_BANDS * band(case.protocol, limit, study=case.study, site=case.site)
    if values.passed(limit, reading, at=number + by if limit.op == ">=" else number - by):
        return True
    before = session.last.get(limit.measure.replace("-", "_"))
    if before is not None and apart(before.at, case.at) and values.passed(limit, before.value, at=number):
        return True
    # A second reading of the same occasion, within the limit, does not answer the notice.
    notice = session.latch(REPEAT + limit.code)
    asked = notice is not None and not over(case.protocol, session, notice)
    return notice is not None and asked and apart(notice.raised_at, case.at)


def apart(earlier: Instant, later: Instant) -> bool:
    """Whether two readings are two occasions: within a minute it is two tablets, or a slip."""
    return minutes_between(earlier, later) >= 1


def band(protocol: Protocol, limit: Limit, *, study: StudyStanding, site: SiteStanding) -> float:
    """How much of a difference is scatter of the reading, in the unit of the limit's measure."""
    code = f"alarm-band-{limit.measure}"
    return values.constant(protocol, code, study=study, site=site) if code in values.OWN else 0.0


def stands(protocol: Protocol, session: SessionStanding, alarm: Alarm, *, at: Instant) -> bool:
    """Whether an alarm holds its place: on until taken on, or watched until its time to look again."""
    if alarm.priority == "low" and over(protocol, session, alarm):
        return False
    return not alarm.taken_by or not recheck_due(session, alarm, at=at)


def gone(protocol: Protocol, session: SessionStanding, alarm: Alarm, *, at: Instant | None = None) -> bool:
    """Whether an alarm need not be shown any more: taken on and its cause over, or low and over."""
    if not alarm.taken_by:
        return alarm.priority == "low" and over(protocol, session, alarm)
    if momentary(protocol, alarm):
        return at is not None and recheck_due(session, alarm, at=at)
    return over(protocol, session, alarm)


def recheck_at(session: SessionStanding, alarm: Alarm) -> Instant | None:
    """When to look again at an alarm that was taken on; None for one that was not."""
    # The minute was counted from the first dose only where that had been taken by then.
    dosed = session.t0 is not None and (alarm.taken_at is None or session.t0.at <= alarm.taken_at.at)
    start = session.t0 if dosed else session.started
    if start is None or alarm.recheck_minute is None:
        return None
    return replace(start, at=start.at + timedelta(minutes=alarm.recheck_minute))


def recheck_due(session: SessionStanding, alarm: Alarm, *, at: Instant) -> bool:
    """Whether the time to look again at an alarm that was taken on has come."""
    due = recheck_at(session, alarm)
    return due is None or minutes_between(due, at) >= -GRACE.number


# --- causes ------------------------------------------------------------------------------

ANY_READING = frozenset({"vitals-missed", "vitals-overdue"})
LASTING = ANY_READING | {"monitor-alone", "participant-unattended", "prompts-overdue", "recording-stopped"}
"""Alarms beside limits whose cause lasts; every other one tells of something that happened once."""


def momentary(protocol: Protocol, alarm: Alarm) -> bool:
    """Whether an alarm tells of something that happened once: it is shown until its time to look again."""
    if alarm.code in LASTING or alarm.code.startswith(REPEAT):
        return False
    return limit_of(protocol, alarm) is None


def limit_of(protocol: Protocol, alarm: Alarm) -> Limit | None:
    """The limit whose passing an alarm tells of; None for another alarm."""
    code = alarm.code.removeprefix(REPEAT)
    return next((each for each in protocol.limits if each.code == code), None)


def over(protocol: Protocol, session: SessionStanding, alarm: Alarm) -> bool:
    """Whether what an alarm tells of is over."""
    if alarm.code.startswith(REPEAT):
        again = read_since(session, alarm.measure, alarm.raised_at)
        return again is not None and apart(alarm.raised_at, again.at)
    if alarm.code in ANY_READING:
        return any(read_since(session, each, alarm.raised_at) for each in session.last if each != "suds")
    if alarm.code == "monitor-alone":
        return len(session.in_room) >= MONITORS or session.ended is not None
    if alarm.code == "participant-unattended":
        return bool(session.in_room) or session.discharged is not None
    if alarm.code == "prompts-overdue":
        return rated(session, alarm.worst)
    if alarm.code == "recording-stopped":
        return bool(session.recording) and (
            session.recording[-1].runs or session.recording[-1].act == "ended"
        )
    return back(protocol, session, alarm)


def back(protocol: Protocol, session: SessionStanding, alarm: Alarm) -> bool:
    """Whether the measure was read again since the alarm was taken on, and is back within its limit."""
    limit, again = limit_of(protocol, alarm), read_again(session, alarm)
    if limit is None or alarm.limit is None or again is None:
        return False
    return not values.passed(limit, again.value, at=alarm.limit)


def read_again(session: SessionStanding, alarm: Alarm) -> Reading | None:
    """The last reading of an alarm's measure since it was taken on."""
    return None if alarm.taken_at is None else read_since(session, alarm.measure, alarm.taken_at)


def read_since(session: SessionStanding, measure: str, since: Instant) -> Reading | None:
    """The last reading of a measure if it is later than a moment."""
    last = session.last.get(measure)
    return last if last is not None and last.at.at > since.at else None


def rated(session: SessionStanding, hour: float | None) -> bool:
    """Whether a round of prompts, or a later one, was rated, or said to be left out."""
    found = (each.fact for each in session.history)
    rounds = [each.at_hour for each in found if isinstance(each, PromptsRated | PromptsMissed)]
    return hour is None or any(each >= hour for each in rounds)
