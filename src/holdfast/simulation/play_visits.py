"""The visits after randomisation: agenda, ratings, sessions, calls, follow-up, leaving, completion."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from holdfast.conduct.actions import (
    AssignRater,
    AttemptContact,
    Complete,
    HoldVisit,
    MissVisit,
    RecordLaboratory,
    RecordMedication,
    ReportDeviation,
    ReportIntercurrentEvent,
    ReportUnblinding,
    ScheduleVisit,
    StopTreatment,
    Withdraw,
)
from holdfast.protocol.model import Visit, VisitKind
from holdfast.simulation.periods import MISSED, NO_SUPPLEMENT, STOPPED
from holdfast.simulation.play_forms import answers, form_of
from holdfast.simulation.play_session import session, set_kits_aside
from holdfast.simulation.stage import Actor, Script
from holdfast.simulation.story import Player, fill, minutes

__all__ = ["after_randomisation", "assign_rater", "hold", "laboratory", "local_day", "schedule"]

Scene = Callable[[], "Script | None"]
Entry = tuple[datetime, Scene]
RATED_BY_VIDEO = frozenset({VisitKind.BASELINE, VisitKind.ASSESSMENT, VisitKind.FOLLOW_UP})
WHY_LEFT = (
    "does not wish to go on",
    "believes to have had placebo",
    "moved away",
    "too far to travel",
    "family matters",
)


def schedule(player: Player, codes: list[str]) -> None:
    """Put visits on the calendar; some are moved to another day later on."""
    today = local_day(player)
    for code in codes:
        day = player.visits[code]
        first = day
        if (day - today).days > 6 and player.habit("visit_moved"):
            first = day - timedelta(days=2)
            player.stage.enter(_move(player, code, first))
        _put(player, code, first)


def _put(player: Player, code: str, on: date) -> None:
    what = ScheduleVisit(participant=player.code, visit=code, on=on.isoformat())
    player.stage.do(what, player.coordinator)


def _move(player: Player, code: str, first: date) -> Script:
    yield player.at(first - timedelta(days=2), 15.0)
    if not player.quiet and not player.stopped:
        _put(player, code, player.visits[code])


def hold(player: Player, visit: Visit) -> Script:
    """A visit takes place: it is held, and its forms are filled in the order of the file."""
    by_video = visit.kind in RATED_BY_VIDEO
    calls = visit.kind is VisitKind.CONTACT and not visit.code.startswith("morning")
    mode = "telehealth" if by_video else ("telephone" if calls else "on-site")
    who = player.coordinator if by_video or visit.kind is VisitKind.SCREENING else player.lead
    player.stage.do(HoldVisit(participant=player.code, visit=visit.code, mode=mode), who)
    for form in visit.forms:
        yield player.stage.now + minutes(player, "form-minutes", 4, 14)
        if player.quiet:
            return
        study_form = form_of(player.story.protocol, form.form)
        fill(player, visit, form.form, form.by, answers(player, visit, study_form, form.by))


def laboratory(player: Player, tests: tuple[str, ...]) -> None:
    """Blood values and ECG with their reference ranges."""
    for test in tests:
        low, high, unit, digits = _TESTS[test]
        share = 0.15 + 0.7 * player.luck.draw("laboratory")
        value = round(low + share * (high - low), digits)
        if player.luck.strikes("laboratory-high", 0.02):
            value = round(high * 1.15, digits)
        player.stage.do(
            RecordLaboratory(
                participant=player.code,
                test=test,
                value=value,
                unit=unit,
                low=float(low),
                high=float(high),
                taken_on=local_day(player).isoformat(),
            ),
            player.coordinator,
        )


def local_day(player: Player) -> date:
    """The date it is at the participant's site."""
    return player.stage.now.astimezone(ZoneInfo(player.site.zone)).date()


_TESTS: dict[str, tuple[float, float, str, int]] = {
    "ALT": (7, 45, "U/L", 0),
    "AST": (8, 40, "U/L", 0),
    "sodium": (135, 145, "mmol/L", 0),
    "potassium": (3.5, 5.1, "mmol/L", 1),
    "creatinine": (0.5, 1.2, "mg/dL", 2),
    "QTc": (380, 450, "ms", 0),
}
BEFORE_SESSION = ("ALT", "potassium", "QTc")


def after_randomisation(player: Player) -> Script:
    """Everything from randomisation to completion or leaving, in the order of time."""
    for when, scene in sorted(agenda(player), key=lambda entry: entry[0]):
        yield when
        if player.quiet:
            if player.left:
                return
            continue
        script = scene()
        if script is not None:
            player.stage.enter(script)


def agenda(player: Player) -> list[Entry]:
    """What is to happen when. Sessions and visits may overlap: each goes its own way."""
    story = player.story
    entries: list[Entry] = []
    for k, code in enumerate(story.dosing):
        entries += _session(player, story.protocol.visit(code), k)
    for k, code in enumerate(story.rated):
        entries += _rating(player, story.protocol.visit(code), k)
    for code in story.followed:
        entries += _follow_up(player, story.protocol.visit(code))
    return [*entries, *_events(player), *_leaving(player), *_end(player)]


def _present(player: Player, k: int) -> bool:
    """Whether the person is still there for session k."""
    course, index = player.story.course, player.index
    left = int(course.left[0, index])
    return left > k or (left == k and not course.early[0, index])


def _session(player: Player, visit: Visit, k: int) -> list[Entry]:
    course, index = player.story.course, player.index
    if not _present(player, k) or int(course.events[STOPPED][0, index]) < k:
        return []
    visits = player.story.protocol.visits
    around = [each for each in visits if each.after == visit.code and each.kind in _AROUND]
    day = player.visits[visit.code]
    if not course.held[0, index, k]:
        return [(player.at(day, 10.0), lambda: _missed_session(player, visit, around))]
    begins = player.session_start.get(visit.code) or player.at(day, 9.5)
    entries: list[Entry] = [
        (player.at(day - timedelta(days=2), 9.0 + 0.02 * index), lambda: laboratory(player, BEFORE_SESSION)),
        (begins - timedelta(hours=17), lambda: set_kits_aside(player, visit.code)),
        (begins - timedelta(hours=2, minutes=20), lambda: session(player, visit, k)),
        (begins - timedelta(hours=2), lambda: schedule(player, [each.code for each in around])),
    ]
    return entries + [entry for each in around for entry in _beside(player, each)]


_AROUND = frozenset({VisitKind.CONTACT, VisitKind.INTEGRATION})


def _missed_session(player: Player, visit: Visit, around: list[Visit]) -> None:
    story = player.story
    why = player.luck.pick("why-missed-session", ("too-unwell", "declined"))
    if why not in story.protocol.follow_up.reasons_missing:
        why = story.protocol.follow_up.reasons_missing[0]
    for each in (visit, *around):
        player.stage.do(MissVisit(participant=player.code, visit=each.code, why=why), player.lead)
    noted = ReportIntercurrentEvent(participant=player.code, event=MISSED, visit=visit.code, detail=why)
    player.stage.do(noted, player.lead)


def _beside(player: Player, visit: Visit) -> list[Entry]:
    """A contact or an integration session after a dosing day."""
    day = player.visits[visit.code]
    if visit.code.startswith("morning"):
        return [(player.at(day, 8.3), lambda: hold(player, visit))]
    if visit.kind is VisitKind.INTEGRATION:
        same_day = visit.days is not None and visit.days.number == 1
        hour = 9.1 if same_day else player.hour("integration", 9.5, 16.0)
        if not same_day and player.habit("visit_missed"):
            return [(player.at(day, hour), lambda: _miss(player, visit))]
        return [(player.at(day, hour), lambda: hold(player, visit))]
    return [(player.at(day, player.hour("call", 9.5, 18.5)), lambda: _call(player, visit))]


def _miss(player: Player, visit: Visit, why: str = "declined") -> None:
    player.stage.do(MissVisit(participant=player.code, visit=visit.code, why=why), player.lead)


def _call(player: Player, visit: Visit) -> Script:
    """A call: sometimes nobody answers at first, sometimes nobody answers at all."""
    tries = 0
    while player.habit("contact_fails"):
        tries += 1
        _attempt(player, visit, "no-answer", player.lead)
        if tries == 3:
            _miss(player, visit, "no-answer")
            return
        yield player.stage.now + minutes(player, "call-again", 40, 130)
        if player.quiet:
            return
    if tries:
        _attempt(player, visit, "reached", player.lead)
    yield from hold(player, visit)


def _attempt(player: Player, visit: Visit, outcome: str, by: Actor) -> None:
    what = AttemptContact(participant=player.code, channel="telephone", outcome=outcome, for_visit=visit.code)
    player.stage.do(what, by)


def _rating(player: Player, visit: Visit, k: int) -> list[Entry]:
    course, index = player.story.course, player.index
    if int(course.left[0, index]) <= k:
        return []
    when = player.at(player.visits[visit.code], player.hour("rating", 9.5, 15.5))
    if course.skipped[0, index, k]:
        return [(when, lambda: _miss(player, visit, "not-said"))]
    return [
        (when - timedelta(days=2), lambda: assign_rater(player, visit.code)),
        (when, lambda: hold(player, visit)),
    ]


def assign_rater(player: Player, visit: str) -> None:
    """Draw a rater from the central pool."""
    asked = AssignRater(
        participant=player.code,
        visit=visit,
        raters=tuple(each.code for each in player.story.raters),
        draw=player.luck.draw("rater"),
    )
    (record, *_) = player.stage.must(asked, player.coordinator)
    player.rater[visit] = str(getattr(record.fact, "rater"))  # noqa: B009 - no fact is imported here


def _follow_up(player: Player, visit: Visit) -> list[Entry]:
    story, index = player.story, player.index
    if not story.course.completed[0, index]:
        return []
    when = player.at(player.visits[visit.code], player.hour("rating", 9.5, 15.5))
    reached = bool(story.life.reached[index, story.life.moments.index(visit.code)])
    before: list[Entry] = [(when - timedelta(days=14), lambda: schedule(player, [visit.code]))]
    if not reached:
        return [*before, (when, lambda: _lost(player, visit))]
    return [
        *before,
        (when - timedelta(days=2), lambda: assign_rater(player, visit.code)),
        (when, lambda: hold(player, visit)),
    ]


def _lost(player: Player, visit: Visit) -> Script:
    """Nobody answers, as often as the protocol wants it tried; once in a while given up too early."""
    wanted = int(player.story.protocol.follow_up.attempts.number)
    tries = wanted - 2 if player.habit("gives_up_early") else wanted
    for _ in range(tries):
        _attempt(player, visit, "no-answer", player.coordinator)
        yield player.stage.now + timedelta(days=2, hours=player.luck.whole("try-again", 1, 6))
    _miss(player, visit, "no-answer")


def _within(player: Player, k: int, stream: str) -> datetime:
    """A moment of period k: from two days after its session to the day before its rating."""
    story = player.story
    first = player.visits[story.dosing[k]] + timedelta(days=2)
    last = player.visits[story.rated[k]] - timedelta(days=1)
    days = max(0, (last - first).days)
    day = first + timedelta(days=int(player.luck.draw(stream) * (days + 1)))
    return player.at(min(day, last), player.hour(stream, 11.5, 17.0))


def _events(player: Player) -> list[Entry]:
    """Intercurrent events of the course, told when they come to be known."""
    course, index = player.story.course, player.index
    entries: list[Entry] = []
    for code, first in course.events.items():
        k = int(first[0, index])
        if k < course.visits and code not in (MISSED, NO_SUPPLEMENT):
            entries.append((_within(player, k, f"event/{code}"), partial(_event, player, code, k)))
    return entries


def _event(player: Player, code: str, k: int) -> None:
    visit = player.story.rated[k]
    who, stage, name = player.lead, player.stage, player.code
    if code == STOPPED:
        why = "The participant wishes no further dosing session."
        stage.do(StopTreatment(participant=name, why=why), who)
        player.stopped = True
    elif code == "ssri-restart":
        today = local_day(player).isoformat()
        taken = RecordMedication(
            participant=name, medicine="sertraline", class_="ssri", started=today, stopped=""
        )
        stage.do(taken, who)
    elif code == "unblinding":
        how = "A relative who had watched the session day told the rater what they thought was given."
        stage.do(ReportUnblinding(participant=name, who="rater", how=how), player.coordinator)
    elif code == "therapist-change":
        first, second = player.site.pairs
        player.pair = second if player.pair == first else first
    elif code == "therapist-complaint":
        what = "The participant complained about a therapist; the independent person was informed."
        told = ReportDeviation(participant=name, code="complaint", what=what, severity="major")
        stage.do(told, player.coordinator)
    stage.do(ReportIntercurrentEvent(participant=name, event=code, visit=visit, detail=""), who)


def _leaving(player: Player) -> list[Entry]:
    course, index = player.story.course, player.index
    k = int(course.left[0, index])
    if k == course.visits:
        return []
    if course.early[0, index]:
        day = player.visits[player.story.rated[k - 1]] + timedelta(days=1)
        return [(player.at(day, 12.0), lambda: _withdraw(player))]
    return [(_within(player, k, "leaving-day"), lambda: _withdraw(player))]


def _withdraw(player: Player) -> None:
    why = player.luck.pick("why-left", WHY_LEFT)
    by = player.oneself if player.luck.strikes("left-oneself", 0.4) else player.coordinator
    player.stage.do(Withdraw(participant=player.code, from_=("treatment", "follow-up"), why=why), by)
    player.left = True


def _end(player: Player) -> list[Entry]:
    """The end of the planned course, two weeks after the last visit."""
    if not player.story.course.completed[0, player.index]:
        return []
    last = max(player.visits.values()) + timedelta(days=21)
    entries: list[Entry] = [(player.at(last, 11.0), lambda: _complete(player))]
    if player.habit("early_complete"):
        # The file is closed after the last rating, with the follow-up still to come.
        rated = player.visits[player.story.rated[-1]]
        entries.append((player.at(rated, 17.0), lambda: _ask_complete(player)))
    return entries


def _ask_complete(player: Player) -> None:
    player.stage.do(Complete(participant=player.code), player.coordinator)


def _complete(player: Player) -> Iterator[datetime]:
    for _ in range(3):
        if isinstance(player.stage.do(Complete(participant=player.code), player.coordinator), list):
            return
        yield player.stage.now + timedelta(days=7)
