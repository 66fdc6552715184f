"""The two self-reports on the page "Who it may fit": their items, and what a sum means and does not mean."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.utils.translation import gettext as _

from holdfast.clinic.languages.written import number_said
from holdfast.clinic.public.shown import Shown, say
from holdfast.instruments import pcl5, pcptsd5
from holdfast.instruments.scale import Instrument, Item
from holdfast.protocol.rules import parse, to_json
from holdfast.sourced import Figure, Status


@dataclass(frozen=True, slots=True)
class ScreenOption:
    """A choice and its value as JSON."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class ScreenItem:
    """An item in the instrument's own words; ``condition`` is the rule for showing it, or nothing."""

    code: str
    text: str
    options: tuple[ScreenOption, ...]
    counted: bool
    condition: str
    lead: bool


@dataclass(frozen=True, slots=True)
class Meaning:
    """What is said where a rule holds of the answers and their sum."""

    rule: str
    say: str


@dataclass(frozen=True, slots=True)
class Screen:
    """A self-report; ``facts`` names the sum and the cut-off for rules about more than one."""

    code: str
    name: str
    number: Shown
    about: str
    instructions: str
    items: tuple[ScreenItem, ...]
    total: str
    cut_off: str
    cut_off_value: float
    looked_at: Shown
    meanings: tuple[Meaning, ...]


def screens(language: str) -> tuple[Screen, ...]:
    """PC-PTSD-5, then PCL-5: their words are public domain and at hand in English."""
    short = pcptsd5.FIGURES["sensitive_cut_off"]
    long = pcl5.FIGURES["cut_off"]
    return (
        _screen(
            pcptsd5.INSTRUMENT, language, prefix="pcptsd", cut_off=short.number, figure=short,
            about=_(
                "A few short questions that doctors use to see whether a longer talk makes sense. The first "
                "one names terrible events. You can leave it out."
            ),
            items=tuple(
                _item(each, language, counted=each.code in pcptsd5.CODES) for each in pcptsd5.INSTRUMENT.items
            ),
        ),
        _screen(
            pcl5.INSTRUMENT, language, prefix="pcl", cut_off=long.numbers[0], figure=long,
            about=_("A longer list of symptoms. Some of it may be hard to read. You can leave it out."),
            items=tuple(_item(each, language, counted=True) for each in pcl5.INSTRUMENT.items),
        ),
    )  # fmt: skip


def _screen(
    instrument: Instrument,
    language: str,
    *,
    prefix: str,
    cut_off: float,
    figure: Figure,
    about: str,
    items: tuple[ScreenItem, ...],
) -> Screen:
    total = f"{prefix}_total"
    source = Figure(value=0, unit="1", source=instrument.source, status=Status.FOUND, date=instrument.version)
    return Screen(
        code=prefix,
        name=instrument.code,
        number=Shown("", source),
        about=about,
        instructions=say(dict(instrument.instructions), language),
        items=items,
        total=total,
        cut_off=f"{prefix}_cut_off",
        cut_off_value=cut_off,
        looked_at=Shown(" – ".join(number_said(each) for each in figure.numbers), figure),
        meanings=_meanings(total, cut_off, exposed=prefix == "pcptsd"),
    )


def _item(item: Item, language: str, *, counted: bool) -> ScreenItem:
    options = tuple(
        ScreenOption(json.dumps(each.value), say(dict(each.label), language)) for each in item.options
    )
    condition = _rule(item.shown_if) if item.shown_if else ""
    return ScreenItem(item.code, say(dict(item.label), language), options, counted, condition, counted)


def _rule(text: str) -> str:
    return json.dumps({"tree": to_json(parse(text))["tree"]}, separators=(",", ":"))


def _meanings(total: str, cut_off: float, *, exposed: bool) -> tuple[Meaning, ...]:
    least = f"{cut_off:g}"
    high = _(
        "Many of these things weigh on you. From this sum on, doctors look more closely. It is not a "
        "diagnosis: only a talk with a trained person can make one."
    )
    low = _(
        "The sum is below the one from which doctors look more closely. That does not mean that nothing is "
        "wrong. If it weighs on you, it is worth telling a doctor."
    )
    found = [Meaning(_rule(f"{total} >= {least}"), high)]
    if not exposed:
        return (*found, Meaning(_rule(f"{total} < {least}"), low))
    nothing = _(
        "These questions are about a frightening event. You said that there was none. If something else "
        "weighs on you, it is worth telling a doctor."
    )
    return (
        *found,
        Meaning(_rule(f"exposure == true && {total} < {least}"), low),
        Meaning(_rule("exposure == false"), nothing),
    )
