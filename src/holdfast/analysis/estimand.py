"""From an estimand's strategies to the data a method may use (ICH E9(R1))."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from holdfast.errors import TableError
from holdfast.protocol.model import Estimand, Strategy
from holdfast.statistics.arrays import TrialArrays

MASKED = {Strategy.HYPOTHETICAL, Strategy.WHILE_ON_TREATMENT}


def apply_strategies(
    arrays: TrialArrays, estimand: Estimand
) -> tuple[TrialArrays, Mapping[str, int], tuple[str, ...]]:
    """The arrays with what the strategies set aside made missing, how many by event, and warnings.

    Treatment policy keeps every observation. A hypothetical strategy treats values from
    the first visit an event bears on as not observed; the mixed model then estimates
    under missing at random. While-on-treatment (death, say) sets the same values aside,
    and the result says that a mixed model then answers as if the event had not come.
    Raises TableError where somebody had an event of a strategy that a mixed model cannot serve.
    """
    keep = arrays.observed.copy()
    excluded: dict[str, int] = {}
    warnings: list[str] = []
    for event, strategy in estimand.strategies.items():
        after = arrays.intercurrent.get(event)
        if after is None or strategy is Strategy.TREATMENT_POLICY or not after.any():
            continue
        if strategy not in MASKED:
            raise TableError(
                f"Estimand {estimand.code!r} asks for the strategy {strategy.value!r} for {event!r}; "
                "a mixed model serves treatment-policy and hypothetical only. Choose another method."
            )
        if strategy is Strategy.WHILE_ON_TREATMENT:
            people = int(after.any(axis=1).sum())
            warnings.append(
                f"{people} had {event!r}, for which the estimand counts values while on treatment only; "
                "the mixed model estimates as if the event had not come."
            )
        lost = int(np.count_nonzero(keep & after))
        if lost:
            excluded[event] = lost
        keep &= ~after
    outcome = np.where(keep, arrays.outcome, np.nan)
    return replace(arrays, outcome=outcome, observed=keep), excluded, tuple(warnings)
