"""Checks of the schedule: visits can be reached, come in a possible order, and hold known forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from holdfast.protocol.checks.fault import Fault, stranger
from holdfast.protocol.model import Protocol, Visit, VisitKind
from holdfast.protocol.schedule import anchors, offset

_BEFORE = (VisitKind.SCREENING, VisitKind.PREPARATION, VisitKind.BASELINE)
_AFTER = (VisitKind.DOSING, VisitKind.INTEGRATION, VisitKind.ASSESSMENT, VisitKind.FOLLOW_UP)


def faults(protocol: Protocol) -> Iterator[Fault]:
    """Everything of this kind."""
    visits = {visit.code: visit for visit in protocol.visits}
    forms = {form.form for form in protocol.forms}
    for index, visit in enumerate(protocol.visits):
        yield from _timing(index, visit)
        yield from _anchor(index, visit, visits)
        yield from _forms(index, visit, forms)
    yield from _order(protocol)
    yield from _follow_up(protocol)


def _timing(index: int, visit: Visit) -> Iterator[Fault]:
    place = ("visits", index)
    if (visit.day is None) == (visit.after is None):
        found = "neither 'day' nor 'after'" if visit.day is None else "both 'day' and 'after'"
        yield Fault(place, found, "one of the two", "Time it by a study day, or by another visit.")
    if (visit.after is None) != (visit.days is None):
        missing = "days" if visit.days is None else "after"
        yield Fault(place, f"no {missing!r}", "'after' and 'days' together", f"Add '{missing}:'.")
    if visit.day is not None and visit.day.number == 0:
        remedy = "Day 1 is the day of randomisation, -1 the day before."
        yield Fault((*place, "day", "value"), "study day 0", "a day that exists", remedy)
    if visit.week is not None and visit.day is not None and visit.day.number != 7 * visit.week + 1:
        expected = f"{7 * visit.week + 1}, {visit.week} weeks after day 1"
        yield Fault(
            (*place, "day", "value"), f"day {visit.day.number:g}", expected, "Change the week or the day."
        )


def _anchor(index: int, visit: Visit, visits: Mapping[str, Visit]) -> Iterator[Fault]:
    if visit.after is None:
        return
    place = ("visits", index, "after")
    if visit.after not in visits:
        yield stranger(place, visit.after, visits, what="visit")
        return
    chain = anchors(visit, visits)
    if chain[-1].after == visit.code or visit.after == visit.code:
        path = " after ".join(one.code for one in chain)
        remedy = "Give one of them a study day."
        yield Fault(place, f"a circle: {path} after {visit.code}", "a visit that can be reached", remedy)


def _forms(index: int, visit: Visit, forms: set[str]) -> Iterator[Fault]:
    seen: set[tuple[str, str]] = set()
    for number, scheduled in enumerate(visit.forms):
        place = ("visits", index, "forms", number, "form")
        if scheduled.form not in forms:
            yield stranger(place, scheduled.form, forms, what="form")
        if (scheduled.form, scheduled.by) in seen:
            found = f"{scheduled.form} by {scheduled.by} a second time"
            yield Fault(place, found, "each form once by each role", "Remove one of the two.")
        seen.add((scheduled.form, scheduled.by))


def _order(protocol: Protocol) -> Iterator[Fault]:
    visits = {visit.code: visit for visit in protocol.visits}
    last_dosing: float | None = None
    for index, visit in enumerate(protocol.visits):
        at = offset(visit, visits)
        if at is None:
            continue
        place = ("visits", index, "day" if visit.day is not None else "after")
        if (visit.kind in _BEFORE and at >= 0) or (visit.kind in _AFTER and at < 0):
            when = "before randomisation" if visit.kind in _BEFORE else "on or after the day of randomisation"
            day = f"study day {at + 1 if at >= 0 else at}"
            yield Fault(place, f"a {visit.kind} visit on {day}", when, "Change its day, or its kind.")
        if visit.kind is VisitKind.DOSING:
            if last_dosing is not None and at <= last_dosing:
                remedy = "List dosing visits in the order they are held."
                yield Fault(place, "a dosing visit before the one listed above it", "a later day", remedy)
            last_dosing = at
    if not any(visit.kind is VisitKind.BASELINE for visit in protocol.visits) and protocol.analyses:
        yield Fault(
            ("visits",), "no baseline visit", "one visit of the kind baseline", "Analyses start from it."
        )


def _follow_up(protocol: Protocol) -> Iterator[Fault]:
    visits = {visit.code: visit for visit in protocol.visits}
    for index, code in enumerate(protocol.follow_up.visits):
        place = ("follow_up", "visits", index)
        if code not in visits:
            yield stranger(place, code, visits, what="visit")
        elif visits[code].kind is not VisitKind.FOLLOW_UP:
            found, remedy = f"{code!r}, a visit of the kind {visits[code].kind}", "Change its kind."
            yield Fault(place, found, "visits of the kind follow-up", remedy)
    if protocol.follow_up.visits and not protocol.follow_up.reasons_missing:
        yield Fault(
            ("follow_up", "reasons_missing"),
            "no reasons",
            "coded reasons for a missing visit",
            "List them: no-answer, declined, …",
        )
    yield from _ladder(protocol)


def _ladder(protocol: Protocol) -> Iterator[Fault]:
    plan, wanted = protocol.follow_up, round(protocol.follow_up.attempts.number)
    if plan.ladder and len(plan.ladder) != wanted:
        yield Fault(
            ("follow_up", "ladder"),
            f"{len(plan.ladder)} attempts",
            f"as many as 'attempts': {wanted}",
            "Add or remove an attempt, or change 'attempts'.",
        )
    for part, text in (("script", plan.script), ("unanswered", plan.unanswered)):
        for language in protocol.study.title:
            if text is not None and not text.get(language, "").strip():
                yield Fault(
                    ("follow_up", part),
                    f"no text in {language!r}",
                    "what is said to participants in each language of the study's title",
                    f"Write it under {language!r}.",
                )
