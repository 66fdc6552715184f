"""Adverse events of the first version are read: when they were worst was not kept then."""

from __future__ import annotations

import pytest

from holdfast.errors import BrokenRecord
from holdfast.records.fact import to_body
from holdfast.records.safety import AdverseEvent
from holdfast.records.upgrade import fact_from

FIRST = {
    "term": "Euphoria", "onset": "2026-03-02T17:00:00+00:00", "end": "", "severity": "moderate",
    "serious": False, "criteria": [], "related": "not-assessed", "special_interest": "abuse-potential",
    "source": "prompted", "prompt": "euphoria", "visit": "dosing-1",
}  # fmt: skip


def test_an_event_of_the_first_version_has_no_peak_and_nobody_who_rated_it() -> None:
    fact = fact_from("adverse-event", 1, FIRST)
    assert isinstance(fact, AdverseEvent)
    assert (fact.peak, fact.rated) == ("", {})
    assert {name: value for name, value in to_body(fact).items() if name in FIRST} == {
        **FIRST,
        "criteria": (),
    }


def test_an_event_of_today_needs_both() -> None:
    with pytest.raises(BrokenRecord, match="lacks peak, rated"):
        fact_from("adverse-event", 2, FIRST)
