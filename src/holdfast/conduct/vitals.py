"""Vital signs of a session: read, late, deferred, missed; limits passed, alarms latched.

An alarm stays until a named person takes it on with a plan and a time to look again; then
it is quiet until that time, unless the value gets worse. Of several limits passed by one
measure the severest alone alarms.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from holdfast.conduct import values
from holdfast.conduct.actions import DeferVitals, MissVitals, ReadVitals
from holdfast.conduct.case import Case, Pen, minutes_between
from holdfast.conduct.session import opened, outside_session
from holdfast.conduct.standing import SessionStanding, SiteStanding, StudyStanding
from holdfast.conduct.standing.session import MEASURES, Alarm
from holdfast.conduct.streams import session_stream
from holdfast.conduct.visits import Break
from holdfast.errors import ImpossibleValue
from holdfast.instruments import catalogue
from holdfast.instruments.answers import validate
from holdfast.protocol.model import Limit, Protocol
from holdfast.records.session import AlarmRaised, VitalsDeferred, VitalsMissed, VitalsRead
from holdfast.timing import Instant

RANK = {"high": 0, "medium": 1, "low": 2}


def read_vitals(case: Case, tell: ReadVitals, pen: Pen) -> None:
    """A reading: impossible values are sent back, late and repeated ones noted, limits looked at."""
    session = opened(case, tell.participant, tell.visit)
    measured = possible(tell)
    _scheduled(case, tell.due_minute)
    here = session_stream(tell.participant, tell.visit)
    fact = VitalsRead(
        due_minute=tell.due_minute,
        systolic=tell.systolic,
        diastolic=tell.diastolic,
        heart_rate=tell.heart_rate,
        temperature=tell.temperature,
        position=tell.position,
        repeat=tell.repeat,
    )
    main = pen.write(here, fact)
    outside_session(case, session, main, pen)
    for code, what, severity in reading_breaks(case, session, tell, measured):
        pen.deviate(here, code, what, severity=severity, because=main.id)
    raise_alarms(case, session, here, measured, because=main.id, pen=pen)


def possible(tell: ReadVitals) -> dict[str, float]:
    """The measured values; ImpossibleValue for one that cannot be true."""
    given = {measure: getattr(tell, measure) for measure in MEASURES}
    measured = {measure: number for measure, number in given.items() if number is not None}
    if not measured:
        raise ImpossibleValue("A reading has at least one value; a missed one is recorded as missed.")
    validate(catalogue.get("VITALS"), measured)
    return measured


def _scheduled(case: Case, due_minute: int | None) -> None:
    plan = schedule(case.protocol, study=case.study, site=case.site)
    if due_minute is not None and plan is not None and due_minute not in plan:
        raise ImpossibleValue(f"No reading is scheduled at minute {due_minute}.", field="due_minute")


def schedule(
    protocol: Protocol, *, study: StudyStanding | None, site: SiteStanding | None
) -> tuple[float, ...] | None:
    """The minutes of the vitals schedule at a site; None where they await a signature."""
    if study is None or site is None:
        return protocol.vitals.at_minutes.numbers
    return values.numbers(protocol.vitals.at_minutes, "vitals.at_minutes", study=study, site=site)


def late_after(protocol: Protocol, *, study: StudyStanding | None, site: SiteStanding | None) -> float | None:
    """The minutes after which a scheduled reading is late; None where they await a signature."""
    figure = protocol.vitals.late_after_minutes
    if study is None or site is None:
        return figure.number
    return values.value(figure, "vitals.late_after_minutes", study=study, site=site)


def reading_breaks(
    case: Case, session: SessionStanding, tell: ReadVitals, measured: dict[str, float]
) -> list[Break]:
    """Every way in which a reading differs from the plan."""
    return [
        *late_reading(case, session, tell),
        *read_twice(session, tell),
        *before_dose(session, tell),
        *limits_unsigned(case, session, tell, measured),
    ]


def late_reading(case: Case, session: SessionStanding, tell: ReadVitals) -> list[Break]:
    """A scheduled reading later than the plan allows; a deferred one counts from its new time."""
    if tell.due_minute is None or tell.repeat:
        return []
    state = session.due.get(tell.due_minute)
    if state is not None and state.state == "read":
        return []
    until = state.until_minute if state is not None else None
    due = session.minute(tell.due_minute if until is None else until)
    allowed = late_after(case.protocol, study=case.study, site=case.site)
    if due is None or allowed is None:
        return []
    late = minutes_between(due, case.at)
    if late <= allowed:
        return []
    return [
        ("late-vitals", f"The reading of minute {tell.due_minute} came {late:.0f} minutes late.", "minor")
    ]


def read_twice(session: SessionStanding, tell: ReadVitals) -> list[Break]:
    """The same scheduled reading a second time, not called a repeat: two devices, or a slip."""
    if tell.due_minute is None or tell.repeat:
        return []
    state = session.due.get(tell.due_minute)
    if state is None or state.state != "read":
        return []
    return [("reading-twice", f"Minute {tell.due_minute} was read before; both readings stand.", "minor")]


def before_dose(session: SessionStanding, tell: ReadVitals) -> list[Break]:
    """A reading said to be of a time after a dose that was not taken."""
    if tell.due_minute is None or tell.due_minute < 0 or session.t0 is not None:
        return []
    return [("reading-before-dose", f"Minute {tell.due_minute} counts from a dose not yet taken.", "minor")]


def limits_unsigned(
    case: Case, session: SessionStanding, tell: ReadVitals, measured: dict[str, float]
) -> list[Break]:
    """Limits and times without a signed value, told once a session: nothing is judged by them."""
    if not case.study.live or "no-signed-limit" in session.noticed:
        return []
    unsigned = [
        limit.code
        for limit in case.protocol.limits
        if measure_of(limit) in measured
        and values.limit_value(limit, study=case.study, site=case.site) is None
    ]
    if tell.due_minute is not None:
        unsigned += [
            f"vitals.{name}"
            for name in ("at_minutes", "late_after_minutes")
            if values.numbers(
                getattr(case.protocol.vitals, name), f"vitals.{name}", study=case.study, site=case.site
            )
            is None
        ]
    if not unsigned:
        return []
    return [("no-signed-limit", f"No signed limit: {', '.join(unsigned)}.", "minor")]


def measure_of(limit: Limit) -> str:
    """The name of a limit's measure in records."""
    return limit.measure.replace("-", "_")


def raise_alarms(
    case: Case,
    session: SessionStanding,
    stream: str,
    measured: dict[str, float],
    *,
    because: UUID,
    pen: Pen,
) -> None:
    """One alarm for the severest limit each measure passes, unless it is latched or being watched."""
    for limit, number in passed_limits(case, measured):
        reading = measured[measure_of(limit)]
        if not rings(session, limit, reading, at=case.at):
            continue
        fact = AlarmRaised(
            code=limit.code,
            priority=limit.priority,
            measure=measure_of(limit),
            value=reading,
            limit=number,
            action=limit.action["en"],
        )
        pen.follow(stream, fact, because=because)


def passed_limits(case: Case, measured: dict[str, float]) -> Iterator[tuple[Limit, float]]:
    """The severest passed limit of each measure and direction, with its number."""
    found: dict[tuple[str, str], tuple[Limit, float]] = {}
    for limit in sorted(case.protocol.limits, key=lambda each: RANK[each.priority]):
        reading = measured.get(measure_of(limit))
        if reading is None:
            continue
        number = values.limit_value(limit, study=case.study, site=case.site)
        if number is not None and values.passed(limit, reading, at=number):
            found.setdefault((limit.measure, limit.op), (limit, number))
    yield from found.values()


def rings(session: SessionStanding, limit: Limit, reading: float, *, at: Instant) -> bool:
    """Whether a passed limit alarms now."""
    latched = session.latch(limit.code)
    if latched is None or latched.worst is None:
        return True
    if values.worse(limit, reading, than=latched.worst):
        return True
    return bool(latched.taken_by) and recheck_due(session, latched, at=at)


def recheck_due(session: SessionStanding, alarm: Alarm, *, at: Instant) -> bool:
    """Whether the time to look again at an alarm that was taken on has come."""
    start = session.t0 or session.started
    if start is None or alarm.recheck_minute is None:
        return True
    return minutes_between(start, at) >= alarm.recheck_minute


def defer_vitals(case: Case, tell: DeferVitals, pen: Pen) -> None:
    """A due reading is put off; beyond the ceiling that is a deviation."""
    session = opened(case, tell.participant, tell.visit)
    _scheduled(case, tell.due_minute)
    if tell.until_minute <= tell.due_minute:
        raise ImpossibleValue("A reading is put off to a later minute.", field="until_minute")
    if not tell.why.strip():
        raise ImpossibleValue("Give the reason why the reading is put off.", field="why")
    here = session_stream(tell.participant, tell.visit)
    fact = VitalsDeferred(due_minute=tell.due_minute, until_minute=tell.until_minute, why=tell.why)
    main = pen.write(here, fact)
    outside_session(case, session, main, pen)
    for code, what, severity in deferred_too_long(case, tell):
        pen.deviate(here, code, what, severity=severity, because=main.id)


def deferred_too_long(case: Case, tell: DeferVitals) -> list[Break]:
    """A reading put off beyond the plan's ceiling, counted from when it was due."""
    ceiling = values.value(
        case.protocol.vitals.deferral_ceiling_minutes,
        "vitals.deferral_ceiling_minutes",
        study=case.study,
        site=case.site,
    )
    if ceiling is None:
        return [("no-signed-limit", "No signed limit: vitals.deferral_ceiling_minutes.", "minor")]
    delay = tell.until_minute - tell.due_minute
    if delay <= ceiling:
        return []
    what = f"The reading of minute {tell.due_minute} was put off by {delay} minutes; {ceiling:g} is the most."
    return [("deferral-beyond-ceiling", what, "minor")]


def miss_vitals(case: Case, tell: MissVitals, pen: Pen) -> None:
    """A due reading was not taken: that is data, a deviation, and a low alarm."""
    session = opened(case, tell.participant, tell.visit)
    _scheduled(case, tell.due_minute)
    if not tell.why.strip():
        raise ImpossibleValue("Give the reason why the reading was not taken.", field="why")
    here = session_stream(tell.participant, tell.visit)
    main = pen.write(here, VitalsMissed(due_minute=tell.due_minute, why=tell.why))
    outside_session(case, session, main, pen)
    what = f"The reading of minute {tell.due_minute} was not taken."
    deviation = pen.deviate(here, "vitals-missed", what, severity="minor", because=main.id)
    latched = session.latch("vitals-missed")
    if latched is None or latched.taken_by:
        pen.alarm(
            here, "vitals-missed", "Take the next reading in time.", because=deviation.id, priority="low"
        )
