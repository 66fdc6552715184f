"""Vital signs of a session: read, late, deferred, missed; limits passed, alarms latched.

Of several limits passed by one measure the severest alone alarms; whether it does, and how
loudly, is told in ``alarms``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from uuid import UUID

from holdfast.conduct import alarms, values
from holdfast.conduct.actions import DeferVitals, MissVitals, ReadVitals
from holdfast.conduct.case import Case, Pen, minutes_between
from holdfast.conduct.session import opened, outside_session
from holdfast.conduct.standing import SessionStanding, SiteStanding, StudyStanding
from holdfast.conduct.standing.session import MEASURES
from holdfast.conduct.streams import session_stream
from holdfast.conduct.visits import Break
from holdfast.errors import ImpossibleValue
from holdfast.instruments import catalogue
from holdfast.instruments.answers import validate
from holdfast.instruments.slips import slips
from holdfast.protocol.model import Limit, Protocol
from holdfast.records.correction import resolve
from holdfast.records.session import AlarmRaised, VitalsDeferred, VitalsMissed, VitalsRead
from holdfast.timing import Instant

POSITIONS = ("sitting", "lying", "standing")


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
        typed=tell.typed,
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
    for slip in slips(measured):
        raise ImpossibleValue(slip.question, field=slip.field)
    validate(catalogue.get("VITALS"), measured)
    if tell.position not in POSITIONS:
        raise ImpossibleValue(f"The position is one of {', '.join(POSITIONS)}.", field="position")
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
        *read_twice(session, tell, at=case.at),
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


def read_twice(session: SessionStanding, tell: ReadVitals, *, at: Instant) -> list[Break]:
    """The same reading a second time, not called a repeat: two tablets, two devices, or a slip."""
    if tell.repeat:
        return []
    state = None if tell.due_minute is None else session.due.get(tell.due_minute)
    if state is not None and state.state == "read":
        what = f"Minute {tell.due_minute} was read before{_differently(session, tell)}; both readings stand."
        return [("reading-twice", what, "minor")]
    if not same_again(session, possible(tell), at=at):
        return []
    what = "The same pressures were read less than a minute before; both readings stand."
    return [("reading-twice", what, "minor")]


def _differently(session: SessionStanding, tell: ReadVitals) -> str:
    """How an earlier reading of the minute differs, in words; empty where it does not."""
    earlier = [
        each.fact
        for each in resolve(session.history)
        if isinstance(each.fact, VitalsRead) and each.fact.due_minute == tell.due_minute
    ]
    differing = [
        f"{getattr(earlier[-1], name):g} and {getattr(tell, name):g}"
        for name in MEASURES
        if earlier
        and None not in (getattr(earlier[-1], name), getattr(tell, name))
        and getattr(earlier[-1], name) != getattr(tell, name)
    ]
    return f" with other values ({', '.join(differing)})" if differing else ""


def same_again(session: SessionStanding, measured: Mapping[str, float], *, at: Instant) -> bool:
    """Whether a reading with blood pressure says what the last one said less than a minute from it.

    A cuff does not give the same two pressures twice within a minute; a rate or a temperature
    alone does, from a monitor that sends by itself.
    """
    last = session.last
    return "systolic" in measured and all(
        name in last and last[name].value == value and abs(minutes_between(last[name].at, at)) < 1
        for name, value in measured.items()
    )


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
    """One alarm for the severest limit each measure passes, unless one as severe stands (``alarms``)."""
    for limit, number in passed_limits(case, measured):
        reading = measured[measure_of(limit)]
        found = alarms.ring(case, session, limit, reading, number=number)
        if found is None:
            continue
        fact = AlarmRaised(
            code=found.code,
            priority=found.priority,
            measure=measure_of(limit),
            value=reading,
            limit=number,
            action=found.action,
        )
        pen.follow(stream, fact, because=because)


def passed_limits(case: Case, measured: dict[str, float]) -> Iterator[tuple[Limit, float]]:
    """The severest passed limit of each measure and direction, with its number."""
    found: dict[tuple[str, str], tuple[Limit, float]] = {}
    for limit in sorted(case.protocol.limits, key=lambda each: alarms.RANK[each.priority]):
        reading = measured.get(measure_of(limit))
        if reading is None:
            continue
        number = values.limit_value(limit, study=case.study, site=case.site)
        if number is not None and values.passed(limit, reading, at=number):
            found.setdefault((limit.measure, limit.op), (limit, number))
    yield from found.values()


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
    if latched is None or not alarms.stands(case.protocol, session, latched, at=case.at):
        pen.alarm(
            here, "vitals-missed", "Take the next reading in time.", because=deviation.id, priority="low"
        )
