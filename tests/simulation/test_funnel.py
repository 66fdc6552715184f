"""The way in: numbers and times as their assumptions say, drawn by counters."""

from __future__ import annotations

import numpy as np
import pytest

from holdfast.errors import ImpossibleValue
from holdfast.simulation.catalogue import with_values
from holdfast.simulation.funnel import draw_way_in, funnel_of
from scale import scaled
from trial_drawing import SHIPPED

TRIALS, N = scaled(8000), 104


def drawn(**values: float) -> np.ndarray:
    funnel = funnel_of(with_values(SHIPPED, {key.replace("_", "-"): each for key, each in values.items()}))
    return np.array([draw_way_in(funnel, np.uint64(3), trial, N, 127.0) for trial in range(TRIALS)])


def test_numbers_are_those_per_person_randomised() -> None:
    ways = drawn()
    means, errors = ways.mean(axis=0), ways.std(axis=0) / np.sqrt(TRIALS)
    # 0.55 not invited, 0.3 screen failures, 0.1 baseline failures for each randomised.
    for column, per_person in ((0, 1.95), (1, 1.40), (2, 0.30), (3, 0.10)):
        assert abs(means[column] - N * per_person) < 4 * errors[column]
    np.testing.assert_array_equal(ways[:, 1], N + ways[:, 2] + ways[:, 3])
    # Failures before the N-th success are negative binomial: variance N r (1 + r) for r per success.
    assert ways[:, 2].var() == pytest.approx(N * 0.3 * 1.3, rel=5 * np.sqrt(2 / TRIALS))


def test_the_last_is_randomised_after_n_waiting_times_and_their_screening() -> None:
    months = drawn()[:, 4]
    # 104 / 7.5 a month, then 22 to 44 days from contact to randomisation; the last of several is late.
    assert N / 7.5 + 22 / 30.44 < months.mean() < N / 7.5 + 44 / 30.44
    assert months.std() == pytest.approx(np.sqrt(N) / 7.5, rel=5 * np.sqrt(1 / (2 * TRIALS)))


def test_the_last_primary_visit_is_its_days_later() -> None:
    ways = drawn()
    np.testing.assert_allclose(ways[:, 5] - ways[:, 4], 127 / 30.4375)


def test_each_parameter_moves_its_own_part() -> None:
    plain, slow, strict = drawn(), drawn(pace=3.75), drawn(screen_failures=2.0)
    np.testing.assert_array_equal(plain[:, :4], slow[:, :4])
    assert slow[:, 4].mean() == pytest.approx(2 * plain[:, 4].mean(), rel=0.1)
    assert strict[:, 2].mean() == pytest.approx(208, rel=0.05)
    assert strict[:, 3].mean() == pytest.approx(10.4, rel=0.1)


def test_no_pace_is_refused() -> None:
    none = SHIPPED.recruitment.per_month.model_copy(update={"value": 0})
    stopped = SHIPPED.model_copy(
        update={"recruitment": SHIPPED.recruitment.model_copy(update={"per_month": none})}
    )
    with pytest.raises(ImpossibleValue, match="must be randomised a month; found 0"):
        funnel_of(stopped)
