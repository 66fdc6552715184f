"""Simulated dosing days: alarms are worth hearing, and no value beyond a high limit goes without one."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from holdfast.conduct import alarms
from holdfast.conduct.bedside import alarms_now
from holdfast.conduct.book import Book
from holdfast.protocol.compiler import compile_study
from holdfast.simulation import alarm_days, assumptions
from holdfast.simulation.alarm_days import Counted, Place, count
from holdfast.studies import path_of
from scale import scaled

ARMS = ("low-dose", "full-dose")
LOUD = ("high", "medium")
MOST_AN_HOUR = 2.0
"""Alarms an hour that tell of nothing: the figure to reach."""


@cache
def ground() -> Place:
    study = path_of("low-dose-control")
    return alarm_days.place(compile_study(study), assumptions.load(study.with_name("assumptions.yaml")))


@cache
def days() -> int:
    return max(20, scaled(1000) // 2)


@cache
def counted(arm: str) -> Counted:
    return count(ground(), arm=arm, days=days())


def shown(found: Counted) -> str:
    nothing = found.per_hour(actionable=False)
    loud = found.per_hour(actionable=False, priorities=LOUD)
    return (
        f"{found.days} days: {found.per_hour():.2f} alarms an hour, {nothing:.2f} tell of nothing, "
        f"{loud:.2f} of these high or medium; {found.quiet_days} days without any; {found.beyond_high} "
        f"values beyond a high limit, {found.unheard} unheard"
    )


@pytest.mark.parametrize("arm", ARMS)
def test_at_most_two_alarms_an_hour_tell_of_nothing(arm):
    found = counted(arm)
    print(f"\n{arm}, {shown(found)}")
    assert found.per_hour(actionable=False) <= MOST_AN_HOUR
    # Not because nothing rings.
    assert found.per_hour(actionable=True) > 0.1


def test_no_value_beyond_a_high_limit_goes_without_a_high_alarm():
    found = [counted(arm) for arm in ARMS]
    assert sum(each.beyond_high for each in found) > days()
    assert [each.unheard for each in found] == [0, 0]


def test_what_a_repeat_confirms_rings_within_eleven_minutes_unless_somebody_watches_it_already():
    waits = [wait for arm in ARMS for wait in counted(arm).waits]
    assert len(waits) > 5
    # Ten minutes unanswered, and the minute until somebody looks at what is overdue.
    assert np.percentile(waits, 95) <= 11
    assert 5 <= np.median(waits) <= 7.5


@pytest.mark.parametrize("arm", ARMS)
def test_without_bands_and_repeats_more_of_the_loud_alarms_tell_of_nothing(arm, monkeypatch):
    with_bands = counted(arm)
    monkeypatch.setattr(alarms, "band", lambda *_, **__: 0.0)
    without = count(ground(), arm=arm, days=days())
    print(f"\n{arm}, with bands: {shown(with_bands)}\n{arm}, without: {shown(without)}")
    loud = {"actionable": False, "priorities": LOUD}
    assert without.per_hour(**loud) > 1.25 * with_bands.per_hour(**loud)


def test_a_day_without_any_alarm_is_possible():
    assert count(ground(), arm="low-dose", days=20).quiet_days > 0


def test_the_same_days_ring_the_same():
    again = [count(ground(), arm="full-dose", days=2) for _ in range(2)]
    assert again[0] == again[1]


def test_a_value_without_its_alarm_would_be_counted(monkeypatch):
    monkeypatch.setattr(alarms, "ring", lambda *_, **__: None)
    found = count(ground(), arm="full-dose", days=3)
    assert found.unheard > 0


def test_a_ledger_goes_on_from_sealed_records_and_a_branch_leaves_it_as_it_is():
    begun = ground().book
    other = Book.of(begun.protocol, begun.sealed)
    stream = f"session/{ground().participant}/{ground().visit}"
    assert other.standing(stream) == begun.standing(stream)
    before = len(begun.sealed)
    count(ground(), arm="low-dose", days=1)
    assert len(begun.sealed) == before
    assert alarms_now(begun.protocol, begun.standing(stream)) == ()
