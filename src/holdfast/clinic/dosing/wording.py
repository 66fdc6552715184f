"""Words of the dosing day: measures, events, causes of alarms, times of a session."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache, wraps

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from holdfast.instruments.vitals import UNITS


def _once_a_language(words: Callable[[str], str]) -> Callable[[str], str]:
    """Look a word up once for each language: its whole table is translated at each call."""

    @lru_cache(maxsize=1024)
    def found(language: str | None, code: str) -> str:
        return words(code)

    @wraps(words)
    def said(code: str) -> str:
        return found(get_language(), code)

    return said


@_once_a_language
def measure(code: str) -> str:
    """A measure's name."""
    return {
        "systolic": _("Systolic blood pressure"),
        "diastolic": _("Diastolic blood pressure"),
        "heart_rate": _("Heart rate"),
        "temperature": _("Temperature"),
        "suds": _("Distress (SUDS)"),
    }.get(code, code)


def short(code: str) -> str:
    """A measure's name over its input, where the pressures stand side by side."""
    return {"systolic": _("Systolic"), "diastolic": _("Diastolic")}.get(code) or measure(code)


def unit(code: str) -> str:
    """A measure's unit as people write it."""
    return {"degC": "°C", "1": ""}.get(UNITS.get(code, ""), UNITS.get(code, ""))


def number(value: float) -> str:
    """A number as people write it."""
    return f"{value:g}"


def t_plus(minutes: float) -> str:
    """A session minute: T+1:30, T−0:05."""
    whole = int(abs(minutes) + 1e-6)
    sign = "−" if minutes < 0 and whole else "+"
    hours, rest = divmod(whole, 60)
    return f"T{sign}{hours}:{rest:02d}"


def span(time: timedelta) -> str:
    """How long: 12 min, 1 h 05 min."""
    hours, minutes = divmod(int(time.total_seconds()) // 60, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"


def priority(code: str) -> tuple[str, str]:
    """The mark (IEC 60601-1-8) and the word of an alarm's priority."""
    return {
        "high": ("!!!", _("High")),
        "medium": ("!!", _("Medium")),
        "low": ("!", _("Low")),
    }[code]


def cause(code: str) -> str:
    """Why an alarm that names no measure was raised, where no sentence stands beside it."""
    return {
        "participant-unattended": _("The participant is without a monitor."),
        "monitor-alone": _("One monitor has been alone for too long."),
        "prompts-overdue": _("A round of effects is overdue."),
        "recording-stopped": _("The recording does not run."),
        "supplement-closing": _("The window of the supplemental dose closes soon, and nobody has decided."),
        "vitals-overdue": _("A reading is overdue."),
        "touch-without-permission": _("The participant was touched without permission."),
        "vitals-missed": _("A reading was not taken."),
    }.get(code, code.replace("-", " "))


def overdue(code: str, value: float | None) -> str:
    """What is overdue: the reading of a minute, the round of an hour, or its cause."""
    if code == "vitals-overdue" and value is not None:
        return _("The reading of %(t)s is overdue.") % {"t": t_plus(value)}
    if code == "prompts-overdue" and value is not None:
        return _("The effects of hour %(hour)s are overdue.") % {"hour": f"{value:g}"}
    return cause(code)


ONE_TAP = (
    "anxiety", "grief", "nausea", "vomiting", "headache", "jaw-clenching", "cold", "warm",
    "eyeshades-on", "eyeshades-off", "music-on", "music-off", "bathroom", "talking", "silence", "food",
)  # fmt: skip
"""Events that are told by one tap, in the order of the buttons."""


@_once_a_language
def event(code: str) -> str:
    """A session event's name."""
    return {
        "anxiety": _("Anxiety"),
        "grief": _("Grief"),
        "nausea": _("Nausea"),
        "vomiting": _("Vomiting"),
        "headache": _("Headache"),
        "jaw-clenching": _("Tight jaw"),
        "cold": _("Feels cold"),
        "warm": _("Feels warm"),
        "eyeshades-on": _("Eyeshades on"),
        "eyeshades-off": _("Eyeshades off"),
        "music-on": _("Music on"),
        "music-off": _("Music off"),
        "bathroom": _("Bathroom"),
        "talking": _("Talking"),
        "silence": _("Silence"),
        "food": _("Food"),
        "fluids": _("Fluids"),
        "suds": _("Distress (SUDS)"),
        "room-temperature": _("Room temperature"),
        "note": _("Note"),
        "noise": _("Noise"),
        "interruption": _("Somebody came in"),
        "equipment-failure": _("Something failed"),
    }.get(code, code.replace("-", " "))


def touch(act: str) -> str:
    """What happened about a touch."""
    return {
        "offered": _("offered"),
        "asked": _("asked for"),
        "declined": _("declined"),
        "given": _("given"),
        "stopped": _("stopped"),
    }.get(act, act)


def position(code: str) -> str:
    """How the participant lay or sat."""
    return {"sitting": _("sitting"), "lying": _("lying"), "standing": _("standing")}.get(code, code)


def truth(code: str) -> str:
    """How a condition stands."""
    return {
        "holds": _("holds"),
        "fails": _("fails"),
        "unknown": _("not known"),
        "overridden": _("overridden"),
    }.get(code, code)


def step(*, supplemental: bool) -> str:
    """Which of a session's doses."""
    return _("supplemental dose") if supplemental else _("first dose")


@_once_a_language
def fact(name: str) -> str:
    """What people at a gate confirm, as a question that is answered by yes or no."""
    return {
        "identity_confirmed": _("Is this the right person?"),
        "kit_matches": _("Is the kit theirs? Two people looked."),
        "mao_inhibitor_or_lithium": _("MAO inhibitor or lithium taken?"),
        "pregnancy_test_negative": _("Pregnancy test negative, or not possible?"),
        "physician_reachable": _("Can the physician be reached?"),
        "fasted": _("Fasted as agreed?"),
        "escort_arranged": _("Escort home arranged?"),
        "touch_agreement_read": _("Touch agreement read together?"),
        "laboratory_in_window": _("Laboratory values and ECG in their windows?"),
        "washout_done": _("Wash-outs over?"),
        "eligibility_rechecked": _("Eligibility looked at again?"),
        "contraindication": _("Does anything speak against it?"),
        "oriented": _("Oriented to person, place and time?"),
        "gait_steady": _("Walks steadily?"),
    }.get(name, name)
