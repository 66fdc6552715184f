"""How an entry came from the tablet: under whose sign-in, and by which clock."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.conduct.case import Case
from holdfast.conduct.visits import Break


def from_the_tablet(case: Case) -> Iterator[Break]:
    """What must be known of an entry that lay on a tablet before it was sent."""
    yield from sent_by_another(case)
    yield from by_own_clock(case)


def sent_by_another(case: Case) -> Iterator[Break]:
    """The tablet says that another person noted it than the one signed in when it was sent."""
    stamp = case.stamp
    if stamp.noter != stamp.author:
        what = f"Noted on the tablet by {stamp.noted_by}, sent while {stamp.author} was signed in."
        yield ("sent-by-another", what, "minor")


def by_own_clock(case: Case) -> Iterator[Break]:
    """The time is the tablet's own: its page was opened anew while there was no server to ask."""
    if case.stamp.own_clock:
        what = "The time is that of the tablet's own clock: no server could be asked for it."
        yield ("tablet-clock", what, "minor")
