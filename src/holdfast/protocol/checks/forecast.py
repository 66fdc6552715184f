"""Checks of what a study shows as a forecast: a fit to readings would tell the arm of a blinded study."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.protocol.checks.fault import Fault
from holdfast.protocol.model import Protocol


def faults(protocol: Protocol) -> Iterator[Fault]:
    """Everything of this kind."""
    given = protocol.forecast
    if given is not None and given.show == "posterior" and protocol.blinded:
        yield Fault(
            ("forecast", "show"),
            "'posterior' in a study with more than one arm",
            "'highest-dose', or no forecast",
            "What is fitted to readings tells the arm; the band for the highest dose is alike for everybody.",
        )
