"""Chances by logistic regression, held against statsmodels; no chance where the model has no estimate."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from holdfast.errors import TableError
from holdfast.statistics.standardisation import logistic_chances

NAMES = ("a", "b")


def drawn(n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    dice = np.random.default_rng(5)
    columns = np.column_stack([40 + 10 * dice.standard_normal(n), dice.random(n) < 0.5]).astype(float)
    chance = 1 / (1 + np.exp(-(2 - 0.06 * columns[:, 0] + 0.7 * columns[:, 1])))
    return (dice.random(n) < chance).astype(float), columns


def test_chances_are_those_of_statsmodels() -> None:
    response, columns = drawn()
    expected = sm.Logit(response, sm.add_constant(columns)).fit(disp=0, tol=1e-12).predict()
    found, warnings = logistic_chances(response, columns, names=NAMES)
    assert np.allclose(found, expected, rtol=0, atol=1e-8)  # both iterate; neither is exact to the last digit
    assert warnings == ()


def test_they_add_up_to_the_number_of_responders() -> None:
    response, columns = drawn()
    assert logistic_chances(response, columns, names=NAMES)[0].sum() == pytest.approx(response.sum())


def test_a_column_that_says_nothing_new_is_left_out_and_named() -> None:
    response, columns = drawn()
    found, warnings = logistic_chances(
        response, np.column_stack([columns, 2 * columns[:, 0]]), names=("a", "b", "twice a")
    )
    assert np.allclose(found, logistic_chances(response, columns, names=NAMES)[0])
    assert "twice a" in warnings[0]


def test_responders_wholly_apart_from_others_have_no_chance_and_that_is_said() -> None:
    columns = np.arange(20.0)[:, None]
    found, warnings = logistic_chances((columns[:, 0] > 9).astype(float), columns, names=("a",))
    assert np.isnan(found).all()
    assert "Separation along a" in warnings[0]


def test_a_missing_response_is_refused() -> None:
    with pytest.raises(TableError, match="whose response is known"):
        logistic_chances([1.0, np.nan], np.zeros((2, 1)), names=("a",))
