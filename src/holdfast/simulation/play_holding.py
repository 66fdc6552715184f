"""What is done with any visit: planned, held with its forms, missed, tried by telephone; raters and blood."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from holdfast.conduct.actions import (
    AssignRater,
    AttemptContact,
    HoldVisit,
    MissVisit,
    RecordLaboratory,
    ReportUnblinding,
    ScheduleVisit,
)
from holdfast.protocol.model import Visit, VisitKind
from holdfast.protocol.roles import Role
from holdfast.simulation.play_forms import MENTIONED, answers, form_of
from holdfast.simulation.stage import Actor, Script
from holdfast.simulation.story import Player, fill, minutes

Entry = tuple[datetime, Callable[[], "Script | None"]]
"""A moment, and what is done then: at once, or by a script of its own."""
RATED_BY_VIDEO = frozenset({VisitKind.BASELINE, VisitKind.ASSESSMENT, VisitKind.FOLLOW_UP})


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
    mentioned = False
    for form in visit.forms:
        yield player.stage.now + minutes(player, "form-minutes", 4, 14)
        if player.quiet:
            return
        given = answers(player, visit, form_of(player.story.protocol, form.form), form.by)
        fill(player, visit, form.form, form.by, given)
        mentioned = mentioned or given.get(MENTIONED) is True
    if mentioned:
        _rater_was_told(player, visit)


def _rater_was_told(player: Player, visit: Visit) -> None:
    """Something of the sessions was said in a rating: told as an incident by its rater, who rates no more."""
    rater = player.staff(Role.RATER, visit.code)
    how = "The participant spoke of a dosing session although the opening had been read."
    player.stage.do(ReportUnblinding(participant=player.code, who=rater.code, how=how), rater)


def laboratory(player: Player, tests: tuple[str, ...]) -> tuple[str, ...]:
    """Blood values and ECG with their reference ranges; the tests whose value lies outside its range."""
    off = []
    for test in tests:
        low, high, unit, digits = _TESTS[test]
        share = 0.15 + 0.7 * player.luck.draw("laboratory")
        value = round(low + share * (high - low), digits)
        if player.luck.strikes("laboratory-high", 0.02):
            value = round(high * 1.15, digits)
            off.append(test)
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
    return tuple(off)


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


def present(player: Player, k: int) -> bool:
    """Whether the person is still there for session k and what follows it, up to their leaving."""
    course, index = player.story.course, player.index
    left = int(course.left[0, index])
    return left > k or (left == k and not course.early[0, index])


def miss(player: Player, visit: Visit, why: str = "declined") -> None:
    """A visit did not take place, with its coded reason."""
    player.stage.do(MissVisit(participant=player.code, visit=visit.code, why=why), player.lead)


def attempt(player: Player, visit: Visit, outcome: str, by: Actor) -> None:
    """A call for a visit, and what came of it."""
    what = AttemptContact(participant=player.code, channel="telephone", outcome=outcome, for_visit=visit.code)
    player.stage.do(what, by)


def rated(visit: Visit) -> bool:
    """Whether an independent rater fills a form at the visit."""
    return any(each.by is Role.RATER for each in visit.forms)


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
