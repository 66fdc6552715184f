"""How it works: the course of treatment, and a dosing day hour by hour at the trials' own doses."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.languages.written import number_said
from holdfast.clinic.public.day_drawn import chart
from holdfast.clinic.public.frame import public_page
from holdfast.clinic.public.how_data import Lane, how
from holdfast.clinic.public.how_words import Hour, Quantity, hours, messengers, quantities
from holdfast.clinic.public.shown import Shown, Told
from holdfast.evidence.harms import Reaction, harms
from holdfast.sourced import Figure, Status

MADE = "2026"
MANUAL = Figure(
    value=0,
    unit="no number",
    source="MAPS, A Manual for MDMA-Assisted Psychotherapy in the Treatment of PTSD, of 2005 and of 2017",
    status=Status.FOUND_SECONDARY,
    date="2017",
)
"""Cited for what is done, not for a number."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A quantity's chart."""

    title: str
    unit: str
    words: str
    picture: SafeString
    measured: Told | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model gives for an hour: the middle, and nine of ten."""

    title: str
    unit: str
    middle: Shown
    range: Shown


@dataclass(frozen=True, slots=True)
class ShownHour:
    """An hour of the day, as the page shows it."""

    hour: int
    words: Hour
    readings: tuple[Reading, ...]


@asks(Act.READ_PUBLIC)
@require_safe
def how_it_works(_request: HttpRequest) -> HttpResponse:
    """The page; it takes nothing from whoever asks."""
    found = how()
    context = {
        "given": {
            name.replace("-", "_"): Shown(number_said(figure.number), figure)
            for name, figure in _numbers().items()
        },
        "model": found.figures["model"],
        "manual": MANUAL,
        "drawn": [_drawn(each) for each in quantities()],
        "hours": [_hour(each) for each in hours()],
        "orders": list(_orders().items()),
    }
    return public_page("public-how", "how.html", context)


def _orders() -> dict[str, list[Figure]]:
    """Each order of the messengers once, with every work that found it."""
    found: dict[str, list[Figure]] = {}
    for each in how().orders:
        order = ", ".join(messengers()[name] for name in each.order)
        figure = Figure(value=1, unit="1", source=each.source, status=each.status, date=MADE)
        found.setdefault(order, []).append(figure)
    return found


def _numbers() -> dict[str, Figure]:
    return {name: figure for name, figure in how().figures.items() if name != "model"}


def _drawn(quantity: Quantity) -> Drawn:
    found, lane = how(), how().lanes[quantity.code]
    second = (found.figures["second-from-h"].number + found.figures["second-to-h"].number) / 2
    top = max(range(len(lane.middle)), key=lambda place: lane.middle[place])
    label = _("%(title)s: rises to its highest about %(hour)s hours after the first dose, then falls.") % {
        "title": quantity.title,
        "hour": number_said(found.hours[top]),
    }
    seen = _measured(quantity)
    picture = chart(
        lane,
        found.hours,
        label=label,
        from_zero=quantity.from_zero,
        doses=(0.0, second),
        mark=seen.mark if seen else None,
    )
    told = _told(seen) if seen else None
    return Drawn(quantity.title, quantity.unit, quantity.words, picture, told)


def _measured(quantity: Quantity) -> Reaction | None:
    """What was measured of it in the laboratory: a mark, and how many went past it."""
    return next((each for each in harms().body if each.code == quantity.measured), None)


def _told(seen: Reaction) -> Told:
    source = harms().sources[seen.source]
    text = _("In a laboratory %(share)s of 100 healthy people went above %(mark)s.") % {
        "share": number_said(seen.percent),
        "mark": number_said(seen.mark),
    }
    return Told(text, source.cite, source.status, source.date)


def _hour(hour: Hour) -> ShownHour:
    readings = tuple(_reading(each, hour.at) for each in quantities())
    return ShownHour(hour.at, hour, readings)


def _reading(quantity: Quantity, at: int) -> Reading:
    lane: Lane = how().lanes[quantity.code]
    place = how().hours.index(float(at))
    low, middle, high = lane.low[place], lane.middle[place], lane.high[place]
    figure = how().figures["model"].model_copy(update={"value": (low, middle, high), "unit": quantity.unit})
    return Reading(
        quantity.title,
        quantity.short,
        Shown(f"{middle:.0f}", figure),
        Shown(_("%(low)s to %(high)s") % {"low": f"{low:.0f}", "high": f"{high:.0f}"}, figure),
    )
