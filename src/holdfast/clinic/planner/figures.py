"""An outcome as lines of a table: the same for what is being simulated and for what was saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from holdfast.planning.outcome import BELIEF_WARNING, EXPECTANCY_WARNING, GUESS_WARNING

Plain = Mapping[str, Any]
"""An outcome as ``Outcome.as_json`` gives it; what is not known is None."""
NOT_YET, NONE = "…", "–"
TRUTH = "equal-belief"
WIDE = 1.959964
"""Standard errors from the middle of a 95 % interval to its end."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A number as it is read, and below it how sure it is."""

    value: str
    range: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what it is, a word about it, and a cell for each design."""

    code: str
    label: str
    about: str
    cells: tuple[Cell, ...]


def lines(outcomes: tuple[Plain | None, ...]) -> tuple[Line, ...]:
    """Every line of the table, a cell for each outcome; an outcome that is not there yet has dots."""
    return tuple(
        Line(code, label, about, tuple(Cell(NOT_YET) if one is None else cell(one) for one in outcomes))
        for code, label, about, cell in _table()
    )


def guess_adjusted(outcome: Plain | None) -> Cell:
    """The guess-adjusted estimate: shown nowhere without ``GUESS_WARNING``."""
    return Cell(NOT_YET) if outcome is None else _points(outcome["guess_adjusted"])


def warnings(outcome: Plain | None) -> tuple[str, ...]:
    """What must be read with the numbers, without the warning of the guess-adjusted estimate."""
    said = (EXPECTANCY_WARNING, BELIEF_WARNING) if outcome is None else tuple(outcome["warnings"])
    return tuple(_(each) for each in said if each != GUESS_WARNING)


def _table() -> tuple[tuple[str, str, str, Any], ...]:
    return (
        ("power", _("Power"), _("trials whose planned test rejects"), lambda one: _share(one["power"])),
        ("bias", _("Bias at equal belief"),
         _("estimate less what the drug does where both arms believe alike"),
         lambda one: _points(_against(one, "bias"))),
        ("coverage", _("Coverage at equal belief"), _("of the 95 % interval"),
         lambda one: _share(_against(one, "coverage"))),
        ("type-one", _("Type I error"), _("both arms get what the comparator gets"),
         lambda one: _share(one["type_one_error"])),
        ("belief", _("Rejects where only belief acts"),
         _("pharmacology zero, belief at work: no type I error, for the arms do differ"),
         lambda one: _share(one["belief_only"])),
        ("assurance", _("Assurance"), _("power over the uncertainty of the published contrast"),
         lambda one: _share(one["assurance"])),
        ("estimate", _("Expected estimate"), _("CAPS-5 points at the last visit; negative favours the drug"),
         lambda one: _points(one["estimate"])),
        ("wrong", _("Chance of a wrong decision"), _("go is a rejection in favour of the drug"),
         lambda one: _wrong(one["decision"])),
        ("interim", _("Stops at the interim look"), _("for efficacy; for futility"),
         lambda one: _interim(one["interim"])),
        ("durability", _("Difference at twelve months"), _("among those seen then; bias against everybody"),
         lambda one: _durability(one["durability"])),
        ("duration", _("Duration"), _("to the last primary visit"),
         lambda one: _of(one["funnel"], "months_to_last_primary_visit", 1, _("months"))),
        ("contacts", _("First contacts"), _("and how many of those screened fail"),
         lambda one: _contacts(one["funnel"])),
        ("hours", _("Therapist hours a participant"), _("and of the whole trial"),
         lambda one: _hours(one["funnel"])),
        ("cost", _("Cost a participant"), _("in the currency of the costs set"),
         lambda one: _of(one["funnel"], "cost_per_participant", 0, "")),
        ("rare", _("Sees an event of 1 in 100"), _("at least once on the full dose; of 1 in 1,000"),
         lambda one: _seeing(one["seeing"])),
    )  # fmt: skip


def _against(one: Plain, what: str) -> Plain | None:
    found = one["against"].get(TRUTH)
    return None if found is None else found[what]


def percent(value: float | None, digits: int = 1) -> str:
    """A share in per cent."""
    return NONE if value is None else f"{100 * value:.{digits}f} %"


def _share(share: Plain | None) -> Cell:
    if share is None or share["estimate"] is None:
        return Cell(NONE)
    low, high = 100 * share["lower"], 100 * share["upper"]
    return Cell(percent(share["estimate"]), _("%(low).1f to %(high).1f %%") % {"low": low, "high": high})


def _points(mean: Plain | None) -> Cell:
    if mean is None or mean["estimate"] is None:
        return Cell(NONE)
    return Cell(signed(mean["estimate"], 2), "" if mean["se"] is None else f"± {WIDE * mean['se']:.2f}")


def _wrong(decision: Plain) -> Cell:
    if decision["wrong_chance"] is None:
        return Cell(NONE)
    words = {"go": _("a wrong go is possible"), "stop": _("a wrong stop is possible")}
    return Cell(percent(decision["wrong_chance"]), words.get(decision["wrong"], ""))


def _interim(interim: Plain | None) -> Cell:
    if interim is None:
        return Cell(NONE, _("no look"))
    efficacy, futility = (interim[f"stops_for_{why}"]["estimate"] for why in ("efficacy", "futility"))
    return Cell(percent(efficacy), _("%(share)s for futility") % {"share": percent(futility)})


def _durability(late: Plain | None) -> Cell:
    if late is None or late["estimate"]["estimate"] is None:
        return Cell(NONE)
    bias = late["bias"]["estimate"]
    words = "" if bias is None else _("bias %(points)s") % {"points": signed(bias, 2)}
    return Cell(signed(late["estimate"]["estimate"], 2), words)


def _of(funnel: Plain | None, name: str, digits: int, unit: str) -> Cell:
    """A mean of the funnel with the 95 % Monte-Carlo error of it."""
    mean = None if funnel is None else funnel[name]
    if mean is None or mean["estimate"] is None:
        return Cell(NONE)
    half = "" if mean["se"] is None else f"± {WIDE * mean['se']:,.{digits}f}"
    return Cell(f"{_number(mean['estimate'], digits)} {unit}".rstrip(), half)


def _contacts(funnel: Plain | None) -> Cell:
    if funnel is None:
        return Cell(NONE)
    failing = _whole(funnel["screen_failures"]["estimate"])
    return Cell(_whole(funnel["contacted"]["estimate"]), _("%(n)s fail screening") % {"n": failing})


def _hours(funnel: Plain | None) -> Cell:
    if funnel is None:
        return Cell(NONE)
    each = _number(funnel["therapist_hours_per_participant"]["estimate"], 1)
    return Cell(each, _("%(n)s in all") % {"n": _whole(funnel["therapist_hours"]["estimate"])})


def _seeing(seeing: list[Plain]) -> Cell:
    chance = {each["rate"]: each["chance"] for each in seeing}
    rarer = percent(chance.get(0.001))
    return Cell(percent(chance.get(0.01)), _("%(share)s of 1 in 1,000") % {"share": rarer})


def signed(value: float, digits: int) -> str:
    """A number with a true minus."""
    text = f"{value:.{digits}f}"
    return "−" + text[1:] if text.startswith("-") and float(text) else text.lstrip("-")


def _number(value: float | None, digits: int) -> str:
    return NONE if value is None else f"{value:,.{digits}f}"


def _whole(value: float | None) -> str:
    return _number(value, 0)
