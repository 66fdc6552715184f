"""Small random trials for the tests of the mixed model."""

from __future__ import annotations

import numpy as np

from holdfast.statistics.arrays import TrialArrays


def trial(seed: int, *, n: int = 30, visits: int = 3, missing: float = 0.15) -> TrialArrays:
    """Two arms in turn, correlated responses about 40, a share ``missing`` lost, never a whole person."""
    rng = np.random.default_rng(seed)
    arm = np.arange(n) % 2
    baseline = rng.normal(40.0, 6.0, n)
    root = rng.normal(size=(visits, visits))
    noise = rng.normal(size=(n, visits)) @ root.T * 5.0 + rng.normal(size=(n, visits)) * 5.0
    outcome = 0.5 * baseline[:, None] - 4.0 * arm[:, None] * np.arange(1, visits + 1) + noise + 20.0
    observed = rng.random((n, visits)) >= missing
    observed[np.arange(n), rng.integers(0, visits, n)] = True
    return TrialArrays(
        outcome=np.where(observed, outcome, np.nan),
        observed=observed,
        arm=arm,
        arms=("control", "active"),
        visits=tuple(f"visit {v + 1}" for v in range(visits)),
        baseline=baseline,
        covariates={"age": rng.normal(45.0, 12.0, n)},
        factors={"site": rng.integers(0, 3, n)},
    )
