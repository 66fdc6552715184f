"""Effects asked for by name: what is there becomes one adverse event per item and session.

Pleasant ones too. The event follows its ratings: it begins with the first above 0, is as
severe as the highest, ends with the first round of 0 after that and is open again when the
effect comes back (see ``effects``). Nobody makes an event nothing: neither an outcome nor a
correction, not even one of the rating, which leaves the event standing and flagged.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from holdfast.conduct.actions import MissPrompts, RatePrompts
from holdfast.conduct.case import Case, Pen, needed
from holdfast.conduct.effects import Course, course_of, ratings_of
from holdfast.conduct.rounds import PARTICIPANT, RATERS
from holdfast.conduct.session import opened, outside_session
from holdfast.conduct.standing import ParticipantStanding
from holdfast.conduct.streams import participant_stream, session_stream
from holdfast.errors import ImpossibleValue
from holdfast.instruments.scale import AbsenceReason
from holdfast.protocol.model import Prompt
from holdfast.protocol.roles import Role
from holdfast.records.correction import resolve
from holdfast.records.envelope import Record
from holdfast.records.fact import Json
from holdfast.records.safety import AdverseEvent, AdverseEventClosed
from holdfast.records.session import PromptsMissed, PromptsRated

SEVERITY = {1: "mild", 2: "moderate", 3: "severe"}
WORDS = tuple(SEVERITY.values())


def rate_prompts(case: Case, tell: RatePrompts, pen: Pen) -> None:
    """The prompted effects at an hour of the session."""
    session = opened(case, tell.participant, tell.visit)
    case.participant(tell.participant)
    _check_round(case, tell)
    check_ratings(case, tell.ratings)
    fact = PromptsRated(at_hour=tell.at_hour, rated_by=tell.rated_by, ratings=dict(tell.ratings))
    main = pen.write(session_stream(tell.participant, tell.visit), fact)
    outside_session(case, session, main, pen)
    rated_for_another(case, main, tell, pen)
    rated_anew(case, main.stream, main, pen)


def _check_round(case: Case, tell: RatePrompts | MissPrompts) -> None:
    if tell.rated_by not in RATERS:
        raise ImpossibleValue(f"Rated by {' or '.join(RATERS)}, not {tell.rated_by!r}.", field="rated_by")
    if case.stamp.role == Role.PARTICIPANT and tell.rated_by != PARTICIPANT:
        raise ImpossibleValue("What a participant rates is rated by the participant.", field="rated_by")
    if not math.isfinite(tell.at_hour) or tell.at_hour < 0:
        raise ImpossibleValue(f"Expected hours from 0 up; found {tell.at_hour!r}.", field="at_hour")


def rated_for_another(case: Case, main: Record, tell: RatePrompts, pen: Pen) -> None:
    """Ratings called the participant's that somebody else gave or typed in."""
    if tell.rated_by != PARTICIPANT or case.stamp.role in (Role.PARTICIPANT, Role.SYSTEM):
        return
    what = f"The participant's own ratings were entered by {case.stamp.author}."
    pen.deviate(main.stream, "prompts-by-another", what, severity="minor", because=main.id)


def check_ratings(case: Case, given: Mapping[str, Json]) -> None:
    """Each prompt is rated 0 to 3 or has its reason; ImpossibleValue for anything else."""
    known = {prompt.code: prompt for prompt in case.protocol.adverse_events.prompts}
    for code, rating in given.items():
        if code not in known:
            raise ImpossibleValue(f"The protocol asks for no effect {code!r}.", field=code)
        absent = (
            isinstance(rating, dict) and set(rating) == {"absent"} and rating["absent"] in list(AbsenceReason)
        )
        whole = isinstance(rating, int) and not isinstance(rating, bool) and 0 <= rating <= 3
        if not absent and not whole:
            raise ImpossibleValue(
                f"{known[code].label['en']}: expected 0, 1, 2 or 3; found {rating!r}.", field=code
            )


# --- the events --------------------------------------------------------------------------


def rated_anew(case: Case, stream: str, main: Record, pen: Pen) -> None:
    """Bring the session's prompted events up to date with a rating, or with a corrected one."""
    _, participant, visit = stream.split("/")
    session, person = case.session(participant, visit), case.participant(participant)
    before = _rated(session.history)
    after = [*before, main] if main.corrects is None else _rated([*session.history, main])
    for prompt in case.protocol.adverse_events.prompts:
        if not _bears_on(main, prompt.code, known=(visit, prompt.code) in person.prompted):
            continue
        old, new = course_of(ratings_of(before, prompt.code)), course_of(ratings_of(after, prompt.code))
        if new is not None and new != old:
            prompted_event(case, person, visit, prompt, old, new, main=main, pen=pen)
        if prompt.code in _there(main):
            came_back(case, person, visit, prompt, main=main, pen=pen)


def _bears_on(main: Record, prompt: str, *, known: bool) -> bool:
    # Most effects are not there and never were: a round looks again at the few others.
    fact = main.fact
    rating = fact.ratings.get(prompt) if isinstance(fact, PromptsRated) else None
    return main.corrects is not None or (isinstance(rating, int) and (rating > 0 or known))


def _rated(history: Sequence[Record]) -> list[Record]:
    # Of a session's hundreds of records only its ratings are looked at, once for every effect.
    return [each for each in resolve(history) if isinstance(each.fact, PromptsRated)]


def _there(main: Record) -> Iterable[str]:
    fact = main.fact
    ratings = fact.ratings if isinstance(fact, PromptsRated) else {}
    return [code for code, rating in ratings.items() if isinstance(rating, int) and rating > 0]


def prompted_event(
    case: Case,
    person: ParticipantStanding,
    visit: str,
    prompt: Prompt,
    old: Course | None,
    new: Course,
    *,
    main: Record,
    pen: Pen,
) -> None:
    """One event per prompt and session: a new one, or the one there is with its course as it is now."""
    stream = participant_stream(person.participant)
    root = person.prompted.get((visit, prompt.code))
    if root is None:
        pen.write(stream, new_event(prompt, visit, new), because=main.id)
        return
    known = person.events[root].fact
    amended = followed(known, old, new)
    if amended != known:
        # The reason is read on pages that show no rating: it must not tell one.
        reason = f"Effects asked for at hour {_hour(main):g}."
        pen.write(stream, amended, because=main.id, corrects=root, reason=reason)


def _hour(main: Record) -> float:
    return main.fact.at_hour if isinstance(main.fact, PromptsRated) else math.nan


def followed(known: AdverseEvent, old: Course | None, new: Course) -> AdverseEvent:
    """The event with what its ratings changed; what people have changed of it stays."""
    onset = new.onset if old is None or old.onset != new.onset else known.onset
    end = new.end if old is None or old.end != new.end else known.end
    severity = SEVERITY[new.level]
    if old is not None and known.severity != SEVERITY[old.level]:
        severity = graver(known.severity, severity)
    return replace(known, onset=onset, end=end, severity=severity, peak=new.peak, rated=dict(new.by_source))


def graver(one: str, other: str) -> str:
    """The graver of two severities."""
    return max(one, other, key=WORDS.index)


def new_event(prompt: Prompt, visit: str, course: Course) -> AdverseEvent:
    """The event that a prompt above 0 is."""
    return AdverseEvent(
        term=prompt.label["en"],
        onset=course.onset,
        end=course.end,
        severity=SEVERITY[course.level],
        serious=False,
        criteria=(),
        related="not-assessed",
        special_interest="abuse-potential" if prompt.category == "abuse-potential" else "",
        source="prompted",
        prompt=prompt.code,
        visit=visit,
        peak=course.peak,
        rated=dict(course.by_source),
    )


def came_back(
    case: Case, person: ParticipantStanding, visit: str, prompt: Prompt, *, main: Record, pen: Pen
) -> None:
    """An effect that is there after its event was closed opens the event again."""
    root = person.prompted.get((visit, prompt.code))
    if root is None or person.events[root].open or main.corrects is not None:
        return
    closed = [
        each
        for each in person.history
        if isinstance(each.fact, AdverseEventClosed) and each.fact.event == str(root)
    ]
    if closed and closed[-1].happened_at.at < case.at.at:
        again = AdverseEventClosed(event=str(root), outcome="", end="")
        pen.follow(participant_stream(person.participant), again, because=main.id)


def stays_an_event(wanted: AdverseEvent, known: AdverseEvent) -> None:
    """ImpossibleValue for a correction that would take away from a prompted event what was rated."""
    if known.source != "prompted":
        return
    for name in ("term", "special_interest"):
        if getattr(known, name) and getattr(wanted, name) != getattr(known, name):
            raise ImpossibleValue(
                f"The {name} of an effect asked for by name stays as it is: report another event beside it.",
                field=name,
            )
    rated = [level for level in known.rated.values() if isinstance(level, int)]
    if not rated or wanted.severity not in WORDS:
        return
    least = SEVERITY[max(rated)]
    if graver(wanted.severity, least) != wanted.severity:
        raise ImpossibleValue(
            f"It was rated {least}, so it is at least that: correct the rating, if that is wrong.",
            field="severity",
        )


# --- rounds without ratings -------------------------------------------------------------------


def miss_prompts(case: Case, tell: MissPrompts, pen: Pen) -> None:
    """A round was not rated; asked and not answered is another thing than never asked."""
    session = opened(case, tell.participant, tell.visit)
    case.participant(tell.participant)
    _check_round(case, tell)
    needed(tell.why, field="why", ask="Say why this round was not rated.")
    facts = [each.fact for each in resolve(session.history)]
    if any(
        isinstance(each, PromptsRated) and (each.at_hour, each.rated_by) == (tell.at_hour, tell.rated_by)
        for each in facts
    ):
        raise ImpossibleValue("This round was rated.", field="at_hour")
    fact = PromptsMissed(at_hour=tell.at_hour, rated_by=tell.rated_by, asked=tell.asked, why=tell.why)
    main = pen.write(session_stream(tell.participant, tell.visit), fact)
    outside_session(case, session, main, pen)
    how = "was asked for and not answered" if tell.asked else "was not asked for"
    what = f"The round of effects at hour {tell.at_hour:g} ({tell.rated_by}) {how}."
    pen.deviate(main.stream, "prompts-missed", what, severity="minor", because=main.id)
