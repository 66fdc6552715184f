"""From an estimand's strategies to the data a method may use (ICH E9(R1))."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from holdfast.errors import TableError
from holdfast.protocol.model import Estimand, Strategy
from holdfast.statistics.arrays import TrialArrays


def apply_strategies(arrays: TrialArrays, estimand: Estimand) -> tuple[TrialArrays, Mapping[str, int]]:
    """The arrays with what hypothetical strategies set aside made missing, and how many by event.

    Treatment policy keeps every observation. A hypothetical strategy treats values from
    the first visit an event bears on as not observed; the mixed model then estimates
    under missing at random. Raises TableError for strategies a mixed model cannot serve.
    """
    keep = arrays.observed.copy()
    excluded: dict[str, int] = {}
    for event, strategy in estimand.strategies.items():
        after = arrays.intercurrent.get(event)
        if after is None or strategy is Strategy.TREATMENT_POLICY:
            continue
        if strategy is not Strategy.HYPOTHETICAL:
            raise TableError(
                f"Estimand {estimand.code!r} asks for the strategy {strategy.value!r} for {event!r}; "
                "a mixed model serves treatment-policy and hypothetical only. Choose another method."
            )
        lost = int(np.count_nonzero(keep & after))
        if lost:
            excluded[event] = lost
        keep &= ~after
    outcome = np.where(keep, arrays.outcome, np.nan)
    return replace(arrays, outcome=outcome, observed=keep), excluded
