"""Effects asked for by name: what is there becomes one adverse event per item and session.

Pleasant ones too. A higher rating later amends the event's severity; a lower one changes
nothing, for the event is as severe as it was at its peak.
"""

from __future__ import annotations

import math
from dataclasses import replace

from holdfast.conduct.actions import RatePrompts
from holdfast.conduct.case import Case, Pen
from holdfast.conduct.session import opened, outside_session
from holdfast.conduct.standing import ParticipantStanding
from holdfast.conduct.streams import participant_stream, session_stream
from holdfast.errors import ImpossibleValue
from holdfast.protocol.model import Prompt
from holdfast.records.envelope import Record
from holdfast.records.fact import Json
from holdfast.records.safety import AdverseEvent
from holdfast.records.session import PromptsRated

SEVERITY = {1: "mild", 2: "moderate", 3: "severe"}
RATERS = ("observer", "participant")


def rate_prompts(case: Case, tell: RatePrompts, pen: Pen) -> None:
    """The prompted effects at an hour of the session."""
    session, person = opened(case, tell.participant, tell.visit), case.participant(tell.participant)
    if tell.rated_by not in RATERS:
        raise ImpossibleValue(f"Rated by {' or '.join(RATERS)}, not {tell.rated_by!r}.", field="rated_by")
    if not math.isfinite(tell.at_hour) or tell.at_hour < 0:
        raise ImpossibleValue(f"Expected hours from 0 up; found {tell.at_hour!r}.", field="at_hour")
    rated = ratings(case, tell.ratings)
    fact = PromptsRated(at_hour=tell.at_hour, rated_by=tell.rated_by, ratings=dict(tell.ratings))
    main = pen.write(session_stream(tell.participant, tell.visit), fact)
    outside_session(case, session, main, pen)
    for prompt, rating in rated:
        if rating > 0:
            prompted_event(case, person, tell, prompt, rating, main=main, pen=pen)


def ratings(case: Case, given: dict[str, Json]) -> list[tuple[Prompt, int]]:
    """Each prompt rated 0 to 3, in the protocol's order; ImpossibleValue for anything else."""
    known = {prompt.code: prompt for prompt in case.protocol.adverse_events.prompts}
    for code, rating in given.items():
        if code not in known:
            raise ImpossibleValue(f"The protocol asks for no effect {code!r}.", field=code)
        absent = isinstance(rating, dict) and set(rating) == {"absent"}
        whole = isinstance(rating, int) and not isinstance(rating, bool) and 0 <= rating <= 3
        if not absent and not whole:
            raise ImpossibleValue(
                f"{known[code].label['en']}: expected 0, 1, 2 or 3; found {rating!r}.", field=code
            )
    return [(prompt, rating) for code, prompt in known.items() if isinstance(rating := given.get(code), int)]


def prompted_event(
    case: Case,
    person: ParticipantStanding,
    tell: RatePrompts,
    prompt: Prompt,
    rating: int,
    *,
    main: Record,
    pen: Pen,
) -> None:
    """One event per prompt and session: a new one, or a higher severity of the one there is."""
    stream, severity = participant_stream(tell.participant), SEVERITY[rating]
    root = person.prompted.get((tell.visit, prompt.code))
    if root is None:
        pen.write(stream, new_event(case, tell, prompt, severity), because=main.id)
        return
    known = person.events[root].fact
    words = list(SEVERITY.values())
    if words.index(severity) > words.index(known.severity):
        amended = replace(known, severity=severity)
        reason = f"Rated {severity} at hour {tell.at_hour:g}."
        pen.write(stream, amended, because=main.id, corrects=root, reason=reason)


def new_event(case: Case, tell: RatePrompts, prompt: Prompt, severity: str) -> AdverseEvent:
    """The event that a prompt above 0 is."""
    interest = "abuse-potential" if prompt.category == "abuse-potential" else ""
    return AdverseEvent(
        term=prompt.label["en"],
        onset=case.at.at.isoformat(),
        end="",
        severity=severity,
        serious=False,
        criteria=(),
        related="not-assessed",
        special_interest=interest,
        source="prompted",
        prompt=prompt.code,
        visit=tell.visit,
    )
