"""Checks of a programme's rules: no trial in it, states and notices once, deadlines that can be kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from holdfast.protocol.checks.fault import Fault
from holdfast.protocol.model import Notice, Programme, Protocol
from holdfast.protocol.reader import Place

LEAST_MONTHS, YEAR = 1, 12


def faults(protocol: Protocol) -> Iterator[Fault]:
    """Everything of this kind."""
    given = protocol.programme
    if given is None:
        return
    if protocol.study.design != "single-arm":
        yield Fault(
            ("programme",),
            f"a programme in a {protocol.study.design} design",
            "a design of one arm",
            "A programme outside trials compares nobody: make it 'single-arm', or remove the programme.",
        )
    yield from _once(("programme", "states"), [each.code for each in given.states], what="state")
    confirmed = [each.code for each in given.authority.conditions]
    yield from _once(("programme", "authority", "conditions"), confirmed, what="condition")
    wanted = [each.code for each in (*given.duties, *given.payers)]
    yield from _once(("programme",), wanted, what="duty")
    codes = [notice.code for state in given.states for notice in state.notices]
    yield from _once(("programme", "states"), codes, what="notice")
    for index, state in enumerate(given.states):
        for number, notice in enumerate(state.notices):
            yield from _notice(("programme", "states", index, "notices", number), notice)
        for number, day in enumerate(state.public_holidays):
            yield from _holiday(("programme", "states", index, "public_holidays", number), day)
    yield from _report(given)


def _once(place: Place, codes: list[str], *, what: str) -> Iterator[Fault]:
    for code in dict.fromkeys(each for index, each in enumerate(codes) if each in codes[:index]):
        yield Fault(
            place, f"the {what} {code!r} a second time", f"each {what} once", "Remove one of the two."
        )


def _notice(place: Place, notice: Notice) -> Iterator[Fault]:
    after, days = notice.when == "after-prescribing", notice.business_days
    if after and days is None:
        yield Fault(place, "no 'business_days'", "how soon after prescribing", "Add 'business_days:'.")
    elif not after and days is not None:
        yield Fault(
            (*place, "business_days"),
            "a number of days for a notice that comes first",
            "none",
            "It is given before anything is prescribed: remove the days.",
        )


def _holiday(place: Place, day: str) -> Iterator[Fault]:
    try:
        date.fromisoformat(day)
    except ValueError:
        yield Fault(place, f"{day!r}, which is no date", "a date such as 2026-12-25", "Correct the date.")


def _report(given: Programme) -> Iterator[Fault]:
    months = given.report.months.number
    if not LEAST_MONTHS <= months <= YEAR or YEAR % months:
        yield Fault(
            ("programme", "report", "months", "value"),
            f"a period of {months:g} months",
            "a number of months that divides the year",
            "6 for half-years, say.",
        )
