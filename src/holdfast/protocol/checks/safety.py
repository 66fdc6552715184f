"""Checks of vital signs, limits and adverse events: nothing pleasant is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from holdfast.protocol.checks.fault import Fault, stranger
from holdfast.protocol.model import Limit, Protocol
from holdfast.protocol.reader import Place

MEASURES = {"systolic": "mmHg", "diastolic": "mmHg", "heart-rate": "/min", "temperature": "degC", "suds": "1"}
"""What a limit may be set on, with its unit. ``suds`` is asked, the others are measured."""

PROMPTED = (
    "euphoria", "elevated-mood", "feeling-drunk", "feeling-abnormal", "hallucination", "sedation",
    "disinhibition", "inappropriate-affect",
)  # fmt: skip
"""Effects of abuse potential and impairment that must be asked for by name in every session."""

NEXT_MORNING = (12.0, 24.0)
"""Hours after the first dose at which prompts may be asked once more, before discharge."""

_LEAVES_OUT = re.compile(
    r"\b(exclud\w*|except\w*|other than|apart from|aside from|unless|with the exception"
    r"|(?:is|are|be|as) (?:not|never|no) (?:an? )?(?:adverse|AE|event|count|record|report|captur)\w*"
    r"|need not|do(?:es)? not (?:count|include|constitute|qualify)"
    r"|only (?:if )?(?:negative|unpleasant|harmful|unwanted|unfavou?rable|undesirable)"
    r"|(?:not|never) (?:recorded|reported|counted|captured|collected))\b",
    re.IGNORECASE,
)


def faults(protocol: Protocol) -> Iterator[Fault]:
    """Everything of this kind."""
    yield from _vitals(protocol)
    for index, limit in enumerate(protocol.limits):
        yield from _limit(("limits", index), limit)
    yield from _steps(protocol)
    yield from _definition(protocol)
    yield from _prompts(protocol)


def _vitals(protocol: Protocol) -> Iterator[Fault]:
    plan, place = protocol.vitals, ("vitals",)
    measured = MEASURES.keys() - {"suds"}
    for index, measure in enumerate(plan.measures):
        if measure not in measured:
            yield stranger((*place, "measures", index), measure, measured, what="vital measure")
    times = plan.at_minutes.numbers
    at: Place = (*place, "at_minutes", "value")
    if list(times) != sorted(set(times)):
        yield Fault(at, "times out of order or twice", "rising minutes", "Sort them.")
    if times and times[0] >= 0:
        yield Fault(
            at, "no reading before the first dose", "at least one negative minute", "A gate needs one."
        )
    longest = max((session.minimum_hours.number * 60 for session in protocol.sessions), default=None)
    if longest is not None and times and times[-1] > longest:
        found = f"a reading at {times[-1]:g} min in sessions of {longest:g} min"
        yield Fault(at, found, "readings within the session", "Shorten the list, or lengthen the session.")
    if plan.deferral_ceiling_minutes.number < plan.late_after_minutes.number:
        found = f"a ceiling of {plan.deferral_ceiling_minutes.number:g} min, below 'late_after_minutes'"
        yield Fault((*place, "deferral_ceiling_minutes", "value"), found, "at least that", "Raise it.")


def _limit(place: Place, limit: Limit) -> Iterator[Fault]:
    if limit.measure not in MEASURES:
        yield stranger((*place, "measure"), limit.measure, MEASURES, what="measure")
    elif limit.value.unit != MEASURES[limit.measure]:
        found = f"the unit {limit.value.unit!r} for {limit.measure}"
        remedy = "Units never mix: convert the value."
        yield Fault((*place, "value", "unit"), found, repr(MEASURES[limit.measure]), remedy)
    if isinstance(limit.value.value, tuple):
        yield Fault((*place, "value", "value"), "a list", "one number", "Write one limit for each number.")


def _steps(protocol: Protocol) -> Iterator[Fault]:
    """A limit of high priority must not be passed before one of medium priority is."""
    order = {"low": 0, "medium": 1, "high": 2}
    for index, limit in enumerate(protocol.limits):
        for other in protocol.limits:
            if (other.measure, other.op) != (limit.measure, limit.op) or isinstance(limit.value.value, tuple):
                continue
            if order[limit.priority] <= order[other.priority] or isinstance(other.value.value, tuple):
                continue
            mine, theirs = limit.value.number, other.value.number
            if mine < theirs if limit.op == ">=" else mine > theirs:
                found = f"{limit.code} at {mine:g}, passed before {other.code} at {theirs:g}"
                remedy = "Swap the two values, or the priorities."
                yield Fault(
                    ("limits", index, "value", "value"), found, "the graver limit beyond the other", remedy
                )


def _definition(protocol: Protocol) -> Iterator[Fault]:
    events, place = protocol.adverse_events, ("adverse_events",)
    remedy = "No event is left out for being pleasant, expected or favourable: remove it."
    for index, word in enumerate(events.excludes):
        found = f"the exclusion {word!r}"
        yield Fault((*place, "excludes", index), found, "nothing excluded", remedy)
    texts = [((*place, "definition", tag), text) for tag, text in events.definition.items()]
    texts += [((*place, "grades", tag), text) for tag, text in events.grades.items()]
    for at, text in texts:
        hit = _LEAVES_OUT.search(" ".join(text.split()))
        if hit:
            found = f"the words {hit.group(0)!r}"
            yield Fault(at, found, "a text that leaves no event out", remedy)


def _prompts(protocol: Protocol) -> Iterator[Fault]:
    events, place = protocol.adverse_events, ("adverse_events",)
    asked = {prompt.code for prompt in events.prompts}
    absent = [code for code in PROMPTED if code not in asked]
    if absent:
        remedy = "Add them: what is not asked for by name is not captured."
        found = f"no prompt for {', '.join(absent)}"
        yield Fault((*place, "prompts"), found, "prompts for abuse potential and impairment", remedy)
    times = events.prompt_at_hours.numbers
    at: Place = (*place, "prompt_at_hours", "value")
    if list(times) != sorted(set(times)):
        yield Fault(at, "hours out of order or twice", "rising hours", "Sort them.")
    longest = max((session.minimum_hours.number for session in protocol.sessions), default=None)
    first, last = NEXT_MORNING
    outside = [hour for hour in times if longest is not None and longest < hour and not first <= hour <= last]
    if outside:
        found = f"prompts at {outside[0]:g} h in sessions of {longest:g} h"
        expected = f"prompts within the session, or the next morning at {first:g} to {last:g} h"
        yield Fault(at, found, expected, "Shorten the list, or lengthen the session.")
    yield from _rated_by_participant(protocol)


def _rated_by_participant(protocol: Protocol) -> Iterator[Fault]:
    """The participant rates hours at which prompts are asked, and none in the midst of the session."""
    events = protocol.adverse_events
    at: Place = ("adverse_events", "participant_at_hours", "value")
    others = [hour for hour in events.participant_hours if hour not in events.prompt_at_hours.numbers]
    if others:
        found = f"{others[0]:g} h, at which no prompts are asked"
        yield Fault(at, found, "hours of 'prompt_at_hours'", "Add the hour there, or take it out here.")
    shortest = min((session.minimum_hours.number for session in protocol.sessions), default=0.0)
    early = [hour for hour in events.participant_hours if hour < shortest]
    if early:
        found = f"the participant rating at {early[0]:g} h of a session of {shortest:g} h"
        remedy = "In the session the observer rates: leave the hour to them."
        yield Fault(at, found, "the session's end, or the next morning", remedy)
