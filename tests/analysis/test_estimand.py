"""Strategies for intercurrent events act on the data as ICH E9(R1) means them."""

from __future__ import annotations

import numpy as np
import pytest

from holdfast.analysis.estimand import apply_strategies
from holdfast.errors import TableError
from holdfast.protocol.model import Estimand, Protocol, Strategy
from holdfast.statistics.arrays import TrialArrays

EVENT = np.array([[False, True, True], [False, False, False]])
OUTCOME = np.array([[-1.0, -2.0, -3.0], [-4.0, np.nan, -6.0]])


def arrays() -> TrialArrays:
    return TrialArrays(
        outcome=OUTCOME,
        observed=~np.isnan(OUTCOME),
        arm=np.array([0, 1]),
        arms=("placebo", "mdma"),
        visits=("week-4", "week-8", "week-18"),
        baseline=np.array([40.0, 36.0]),
        intercurrent={"ssri-restart": EVENT},
    )


def estimand(shipped: Protocol, strategy: Strategy) -> Estimand:
    return shipped.estimands[0].model_copy(update={"strategies": {"ssri-restart": strategy}})


def test_treatment_policy_keeps_every_observation(shipped: Protocol) -> None:
    kept, excluded, warnings = apply_strategies(arrays(), estimand(shipped, Strategy.TREATMENT_POLICY))
    np.testing.assert_array_equal(kept.outcome, OUTCOME)
    assert (excluded, warnings) == ({}, ())


def test_a_hypothetical_strategy_sets_values_aside_from_the_visit_the_event_bears_on(
    shipped: Protocol,
) -> None:
    kept, excluded, warnings = apply_strategies(arrays(), estimand(shipped, Strategy.HYPOTHETICAL))
    np.testing.assert_array_equal(kept.outcome, [[-1, np.nan, np.nan], [-4, np.nan, -6]])
    np.testing.assert_array_equal(kept.observed, [[1, 0, 0], [1, 0, 1]])
    assert (excluded, warnings) == ({"ssri-restart": 2}, ())


def test_while_on_treatment_says_what_a_mixed_model_makes_of_it(shipped: Protocol) -> None:
    _, excluded, warnings = apply_strategies(arrays(), estimand(shipped, Strategy.WHILE_ON_TREATMENT))
    assert excluded == {"ssri-restart": 2}
    assert warnings == (
        "1 had 'ssri-restart', for which the estimand counts values while on treatment only; "
        "the mixed model estimates as if the event had not come.",
    )


def test_a_strategy_that_a_mixed_model_cannot_serve_is_refused(shipped: Protocol) -> None:
    with pytest.raises(TableError, match="composite"):
        apply_strategies(arrays(), estimand(shipped, Strategy.COMPOSITE))
