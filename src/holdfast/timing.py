"""Study days, instants, partial dates, windows, visit occurrences and deadlines.

Day 1 is the local date of randomisation at the site; there is no day 0. (ADaM's
ADY counts from the first dose instead; ``study_day`` serves both, the reference
date is an argument.)
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from holdfast.errors import ImpossibleValue

# Not from the locale: a page, an export and a test must show the same on every machine.
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SATURDAY = 5


class Precision(StrEnum):
    """How finely a time is known."""

    SECOND = "second"
    MINUTE = "minute"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment: UTC time, the IANA zone of the place it happened in, and its precision."""

    at: datetime
    zone: str
    precision: Precision = Precision.SECOND

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("an Instant needs an aware datetime; give it tzinfo=UTC")
        if self.at.tzinfo is not UTC:
            object.__setattr__(self, "at", self.at.astimezone(UTC))

    @property
    def local(self) -> datetime:
        """The wall-clock time at the place."""
        return self.at.astimezone(ZoneInfo(self.zone))

    @property
    def day(self) -> date:
        """The local calendar date."""
        return self.local.date()

    def to_json(self) -> dict[str, str]:
        """ISO text in UTC, zone and precision; ``Instant.from_json`` reads it back."""
        return {
            "at": self.at.isoformat().replace("+00:00", "Z"),
            "zone": self.zone,
            "precision": self.precision.value,
        }

    @classmethod
    def from_json(cls, given: Mapping[str, object]) -> Instant:
        """The instant of a JSON form.

        Raises:
            ImpossibleValue: no such moment, no offset from UTC, no such zone or precision.
        """
        at = _aware(str(given.get("at", "")))
        zone = str(given.get("zone", ""))
        check_zone(zone)
        precision = str(given.get("precision", Precision.SECOND))
        if precision not in list(Precision):
            raise ImpossibleValue(
                f"A time is known to the {', '.join(Precision)}, not to {precision!r}.", field="precision"
            )
        return cls(at, zone, Precision(precision))


def _aware(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ImpossibleValue(
            f"{text!r} is no moment; write an ISO time with its offset, such as 2026-11-23T14:05:00Z.",
            field="at",
        )
    return at


def check_zone(zone: str) -> None:
    """ImpossibleValue unless ``zone`` is an IANA time zone."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ImpossibleValue(
            f"{zone!r} is no IANA time zone; an example is Europe/Zurich.", field="zone"
        ) from None


# --- from the clock on the wall to the moment --------------------------------------


def moments_of(clock: datetime, zone: str) -> tuple[datetime, ...]:
    """The moments (UTC, in order) at which the clocks of a zone show a local date and time.

    One, as a rule. None where the clocks were put forward over it, two where they were put
    back over it. ``clock`` is naive.
    """
    there = ZoneInfo(zone)
    found = {clock.replace(tzinfo=there, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return tuple(sorted(at for at in found if at.astimezone(there).replace(tzinfo=None) == clock))


def put_forward(clock: datetime, zone: str) -> tuple[datetime, datetime]:
    """What the clocks showed before and after the change that passed over a local time: naive times."""
    there = ZoneInfo(zone)
    # A time within the gap, read by the offset of before and of after, lies past and ahead of it.
    ends = sorted(clock.replace(tzinfo=there, fold=fold).astimezone(UTC) for fold in (0, 1))
    low, high = ends
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        same = middle.astimezone(there).utcoffset() == ends[0].astimezone(there).utcoffset()
        low, high = (middle, high) if same else (low, middle)
    after = high.astimezone(there).replace(tzinfo=None, microsecond=0)
    gap = (ends[1].astimezone(there).utcoffset() or timedelta()) - (
        ends[0].astimezone(there).utcoffset() or timedelta()
    )
    return after - gap, after


# --- study days and windows ------------------------------------------------------


def study_day(on: date, reference: date) -> int:
    """The study day of a date: 1 on the reference date, -1 the day before, never 0."""
    difference = (on - reference).days
    return difference + 1 if difference >= 0 else difference


def date_of(day: int, reference: date) -> date:
    """The date of a study day; ValueError for day 0, which does not exist."""
    return reference + timedelta(days=_offset(day))


def shift(day: int, by: int) -> int:
    """The study day ``by`` days after (before, if negative) another, passing over day 0."""
    moved = _offset(day) + by
    return moved + 1 if moved >= 0 else moved


def _offset(day: int) -> int:
    if day == 0:
        raise ValueError("there is no study day 0: day -1 is followed by day 1")
    return day - 1 if day > 0 else day


class WindowState(StrEnum):
    """Where a day lies with respect to a window."""

    EARLY = "early"
    OPEN = "open"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Window:
    """The days on which a visit is within the protocol.

    ``day`` is the target study day; the window opens ``early`` days before it and
    closes ``late`` days after it, both included.
    """

    day: int
    early: int = 0
    late: int = 0

    def __post_init__(self) -> None:
        _offset(self.day)
        if self.early < 0 or self.late < 0:
            raise ValueError("a window opens 0 or more days before its target and closes 0 or more after it")

    @property
    def first(self) -> int:
        """The first study day within it."""
        return shift(self.day, -self.early)

    @property
    def last(self) -> int:
        """The last study day within it."""
        return shift(self.day, self.late)

    def state(self, day: int) -> WindowState:
        """Whether a study day is before, within or after it; ValueError for day 0."""
        _offset(day)
        if day < self.first:
            return WindowState.EARLY
        return WindowState.LATE if day > self.last else WindowState.OPEN

    def contains(self, day: int) -> bool:
        """Whether a study day is within it."""
        return self.state(day) is WindowState.OPEN


class Occurrence(StrEnum):
    """How a visit came about."""

    PLANNED = "planned"
    UNSCHEDULED = "unscheduled"
    REPEATED = "repeated"
    EARLY_END = "early-end"


# --- partial dates ---------------------------------------------------------------

_ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_WORDS = re.compile(r"(?:(\d{1,2}) )?([A-Za-z]{3}) (\d{4})")
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date of which the day, the month or all may be unknown.

    Two of them compare in three values: None says that what is unknown could decide
    it either way. ``==`` compares what is written, not what it stands for.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if (self.day and not self.month) or (self.month and not self.year):
            raise ValueError("a date with a day needs its month, and one with a month its year")
        if self.year:
            date(self.year, self.month or 1, self.day or 1)  # raises ValueError where there is no such date

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Read "2026-11-03", "2026-11", "2026", "3 Nov 2026", "Nov 2026" or "unknown".

        Raises:
            ImpossibleValue: it is none of these, or there is no such date.
        """
        given = text.strip()
        if given.lower() == UNKNOWN:
            return cls()
        try:
            return cls(*_parts(given))
        except ValueError:
            raise ImpossibleValue(
                f"{text!r} is no date; write for example 3 Nov 2026, Nov 2026, 2026, 2026-11-03 or unknown."
            ) from None

    @classmethod
    def of(cls, on: date) -> PartialDate:
        """A date known to the day."""
        return cls(on.year, on.month, on.day)

    @property
    def earliest(self) -> date:
        """The first date it can stand for."""
        return date(self.year, self.month or 1, self.day or 1) if self.year else date.min

    @property
    def latest(self) -> date:
        """The last date it can stand for."""
        if not self.year:
            return date.max
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    @property
    def complete(self) -> bool:
        """Whether it is known to the day."""
        return self.day is not None

    def before(self, other: PartialDate | date) -> bool | None:
        """Whether it lies before another date; None where that cannot be told."""
        there = other if isinstance(other, PartialDate) else PartialDate.of(other)
        if self.latest < there.earliest:
            return True
        return False if self.earliest >= there.latest else None

    def after(self, other: PartialDate | date) -> bool | None:
        """Whether it lies after another date; None where that cannot be told."""
        there = other if isinstance(other, PartialDate) else PartialDate.of(other)
        return there.before(self)

    def same(self, other: PartialDate | date) -> bool | None:
        """Whether both are the same day; None where that cannot be told."""
        there = other if isinstance(other, PartialDate) else PartialDate.of(other)
        if self.latest < there.earliest or there.latest < self.earliest:
            return False
        return True if self.complete and there.complete else None

    def iso(self) -> str:
        """As ISO text as far as it is known: "2026-11-03", "2026-11", "2026" or "unknown"."""
        parts = [f"{self.year:04d}"] if self.year else [UNKNOWN]
        parts += [f"{part:02d}" for part in (self.month, self.day) if part]
        return "-".join(parts)

    def in_words(self) -> str:
        """As people read it: "3 Nov 2026", "Nov 2026", "2026" or "unknown"."""
        if not self.year:
            return UNKNOWN
        parts = [str(self.day)] if self.day else []
        parts += [MONTHS[self.month - 1]] if self.month else []
        return " ".join([*parts, f"{self.year:04d}"])

    def __str__(self) -> str:
        return self.iso()


def _parts(text: str) -> tuple[int, int | None, int | None]:
    if iso := _ISO.fullmatch(text):
        year, month, day = (None if part is None else int(part) for part in iso.groups())
    elif words := _WORDS.fullmatch(text):
        name = words[2].capitalize()
        if name not in MONTHS:
            raise ValueError(f"there is no month {name}")
        year, month = int(words[3]), MONTHS.index(name) + 1
        day = None if words[1] is None else int(words[1])
    else:
        raise ValueError("not a date")
    if 0 in (year, month, day):
        raise ValueError("there is no year, month or day 0")
    return year or 0, month, day


# --- deadlines -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Deadline:
    """A last moment to act.

    ``due`` is the date at the place, ``due_utc`` the one counted in UTC, and ``at`` the
    moment by which it has to be done: the earlier end of the two days, so that whoever
    keeps it is in time by either clock.
    """

    due: date
    due_utc: date
    at: Instant

    def overdue(self, now: datetime) -> bool:
        """Whether it has passed."""
        return now >= self.at.at

    def remaining(self, now: datetime) -> timedelta:
        """The time left; negative once it has passed."""
        return self.at.at - now


def calendar_deadline(start: Instant, *, days: int) -> Deadline:
    """The end of the day ``days`` calendar days after ``start``, the day of start being day 0."""
    return _deadline(start, start.day + timedelta(days=days), start.at.date() + timedelta(days=days))


def business_deadline(start: Instant, *, days: int, holidays: Collection[date] = ()) -> Deadline:
    """The end of the ``days``-th business day after ``start``; holidays are those of the place."""
    due = add_business_days(start.day, days=days, holidays=holidays)
    due_utc = add_business_days(start.at.date(), days=days, holidays=holidays)
    return _deadline(start, due, due_utc)


def hours_deadline(start: Instant, *, hours: float) -> Deadline:
    """``hours`` elapsed hours after ``start``, whatever the clocks at the place did meanwhile."""
    at = Instant(start.at + timedelta(hours=hours), start.zone, start.precision)
    return Deadline(at.day, at.at.date(), at)


def add_business_days(on: date, *, days: int, holidays: Collection[date] = ()) -> date:
    """The ``days``-th day after ``on`` that is neither Saturday, Sunday nor a holiday.

    Zero days give ``on`` itself, also where it is no business day.
    """
    if days < 0:
        raise ValueError("business days are counted forward")
    while days:
        on += timedelta(days=1)
        days -= on.weekday() < SATURDAY and on not in holidays
    return on


def _deadline(start: Instant, due: date, due_utc: date) -> Deadline:
    ends = (end_of_day(due, start.zone), datetime.combine(due_utc + timedelta(days=1), time(), UTC))
    return Deadline(due, due_utc, Instant(min(ends), start.zone))


def end_of_day(on: date, zone: str) -> datetime:
    """The moment, in UTC, at which a local day is over: 23 to 25 hours after it began.

    Where clocks are put back over midnight the first of the two midnights counts;
    where midnight is passed over, the moment of the change.
    """
    return datetime.combine(on + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)


# --- dates and times for people ----------------------------------------------------


def date_in_words(on: date) -> str:
    """A date as pages show it, such as "23 Nov 2026"."""
    return f"{on.day} {MONTHS[on.month - 1]} {on.year:04d}"


def time_in_words(at: Instant, *, seconds: bool = False) -> str:
    """The wall-clock time with its zone, such as "14:05 CET", or "09:05 UTC+4" where it has no name."""
    return _time_in_words(at, seconds)


@lru_cache(maxsize=65_536)  # a session's page says hundreds of them, anew at each reading
def _time_in_words(at: Instant, seconds: bool) -> str:
    local = at.local
    clock = local.strftime("%H:%M:%S" if seconds else "%H:%M")
    return f"{clock} {_zone_in_words(local)}"


def in_words(at: Instant) -> str:
    """Date, time and zone as pages show them; the date alone where that is all that is known."""
    if at.precision is Precision.DAY:
        return date_in_words(at.day)
    return f"{date_in_words(at.day)}, {time_in_words(at)}"


def _zone_in_words(local: datetime) -> str:
    name = local.tzname() or ""
    if name.isalpha():
        return name
    minutes = round((local.utcoffset() or timedelta()).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")
