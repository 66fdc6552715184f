"""A trial with jump-to-reference imputation and jackknife beside rbmi's published time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bench.timing import median_s
from holdfast import dice
from holdfast.statistics.compiled_reference_based import (
    IMPUTATION_WORDS,
    imputation_work,
    jump_to_reference_trial,
)
from holdfast.statistics.imputation_strategies import ImputationStrategy
from holdfast.statistics.incomplete_trial import IncompleteTrial, incomplete_trial, leaving_visit
from holdfast.statistics.reference_based import conditional_mean, leave_one_out, person_numbers

SEED, RUNS = 1, 11
#: n, visits, sites: the last is the size of rbmi's trial in tests/reference/rbmi.
SIZES = ((100, 3, 1), (200, 3, 1), (104, 5, 1), (97, 3, 5))
#: One trial of about 100 persons and 3 visits with rbmi 1.5.2, conditional mean with jackknife.
RBMI_S = 4.0


class Row(NamedTuple):
    """One measurement, for docs/performance.md."""

    work: str
    n: int
    visits: int
    sites: int
    first_ms: float
    median_ms: float
    ratio_to_rbmi: float


def leaving_trial(n: int, visits: int, sites: int) -> IncompleteTrial:
    """Persons who leave for good, a tenth before each later visit, and jump to reference."""
    person, visit = np.arange(n)[:, None], np.arange(visits)[None, :]
    baseline = 39 + 6 * dice.normal(SEED, 0, np.arange(n), "baseline")
    outcome = 30 - 4.0 * visit + 8 * dice.normal(SEED, 0, person, "own")
    outcome = outcome + 6 * dice.normal(SEED, 0, person, "error", visit) + 0.3 * baseline[:, None]
    left = (dice.uniform(SEED, 0, person, "leaving", visit) < 0.1) & (visit > 0)
    outcome = np.where(np.cumsum(left, axis=1) > 0, np.nan, outcome - 3.0 * (person % 2))
    site = np.arange(n) // 2 % sites
    return incomplete_trial(
        outcome,
        arm=np.arange(n) % 2,
        common=(site[:, None] == np.arange(1, sites)[None, :]).astype(np.float64),
        by_visit=baseline[:, None],
        event=leaving_visit(outcome),
        strategy=ImputationStrategy.JUMP_TO_REFERENCE,
    )


def rows() -> list[Row]:
    """Measure: the compiled trial as a simulation calls it, the public call, and fits that begin anew."""
    measured = []
    for n, visits, sites in SIZES:
        trial = leaving_trial(n, visits, sites)
        work = imputation_work(persons=n, visits=visits, arms=2, by_visit=1, common=sites - 1)
        numbers = person_numbers(trial)
        status = jump_to_reference_trial(trial.outcome, numbers, trial.event, work)
        assert IMPUTATION_WORDS[status] == "converged", IMPUTATION_WORDS[status]
        for name, call in (
            ("compiled trial", lambda: jump_to_reference_trial(trial.outcome, numbers, trial.event, work)),  # noqa: B023
            ("conditional_mean", lambda: conditional_mean(trial)),  # noqa: B023
            ("numpy, every fit anew", lambda: leave_one_out(trial, range(n))),  # noqa: B023
        ):
            first, median = median_s(call, runs=RUNS if name != "numpy, every fit anew" else 5)
            measured.append(Row(name, n, visits, sites, 1e3 * first, 1e3 * median, RBMI_S / median))
    return measured


def imputation() -> None:
    """Print milliseconds per trial."""
    trial = leaving_trial(*SIZES[0])
    work = imputation_work(persons=100, visits=3, arms=2)
    first, _ = median_s(
        lambda: jump_to_reference_trial(trial.outcome, person_numbers(trial), trial.event, work), runs=1
    )
    print(f"jump to reference, jackknife of all n persons; seed {SEED}, medians of {RUNS} (numpy 5)")
    print(f"first compiled call (compiling, or reading the cache): {first:.2f} s")
    print("peer rbmi (R): not measured, it is not among Debian's packages; its published 4 s are used")
    for row in rows():
        size = f"n = {row.n}, {row.visits} visits, {row.sites} sites"
        print(f"{size}: {row.work}: {row.median_ms:.2f} ms, rbmi / this = {row.ratio_to_rbmi:.0f}")


if __name__ == "__main__":
    imputation()
