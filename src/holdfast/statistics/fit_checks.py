"""What is refused before a fit, and the sentences that a fit's result carries."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from holdfast.errors import TableError
from holdfast.statistics.arrays import Bools, Floats, Ints
from holdfast.statistics.covariance import PatternSums, correlation_edge
from holdfast.statistics.newton import NEAR_SINGULAR, Optimum


def check_arrays(y: Floats, X: Floats, *, visit: Ints, subject: Ints, n_visits: int) -> None:
    """Raise TableError for what no model can be fitted to."""
    if np.isinf(y).any():
        raise TableError("A response is infinite: every response must be a number or missing.")
    if not np.isfinite(X).all():
        raise TableError("A covariate of an observed response is missing or infinite.")
    if visit.min() < 0 or visit.max() >= n_visits:
        raise TableError(f"A visit's index lies outside 0 to {n_visits - 1}.")
    cells = subject * n_visits + visit
    if len(np.unique(cells)) < len(cells):
        raise TableError("A subject has two responses at one visit: there may be one at most.")


def constant_within(codes: Ints, units: Ints, kind: str, *, unit: str = "subject") -> None:
    """Raise TableError where a subject, or a pair, is in two groups, pairs or clusters."""
    if len(np.unique(units * (int(codes.max()) + 1) + codes)) > len(np.unique(units)):
        raise TableError(f"A {unit} is in two {kind}s: each {unit} must be in one.")


def check_spread(sums: PatternSums, labels: Sequence[str], groups: Sequence[str]) -> None:
    """Raise TableError where a visit, in one covariance group, has no residual."""
    for group, of in zip(groups, sums.slices, strict=True):
        squares, seen = np.diag(sums.squares(of)), np.diag(sums.together(of))
        flat = [
            label for label, n, square in zip(labels, seen, squares, strict=True) if n and square < 1e-18 * n
        ]
        if flat:
            raise TableError(
                f"At {', '.join(flat)}{_within(group)} the response does not vary beyond what the columns "
                "explain: there is no variance to estimate."
            )


def dropped_warnings(dropped: tuple[int, ...], titles: Sequence[str]) -> tuple[str, ...]:
    """The columns that say nothing of their own."""
    if not dropped:
        return ()
    names = ", ".join(titles[j] for j in dropped)
    return (f"Dropped because the other columns already say the same: {names}.",)


def visit_warnings(
    sums: PatternSums, known: Bools, labels: Sequence[str], groups: Sequence[str]
) -> tuple[str, ...]:
    """Visits with nobody, and pairs of visits whose covariance is unknown, group by group."""
    warnings = []
    for g, of in enumerate(sums.slices):
        present = np.diag(sums.together(of)) > 0
        warnings += [
            f"No response was observed at visit {label}{_within(groups[g])}."
            for label, seen in zip(labels, present, strict=True)
            if not seen
        ]
        apart = [
            f"{labels[a]} and {labels[b]}"
            for a, b in zip(*np.nonzero(~known[g]), strict=True)
            if a < b and present[a] and present[b]
        ]
        if apart:
            warnings.append(
                "No subject was seen at both of these visits, whose covariance is unknown"
                f"{_within(groups[g])}: {'; '.join(apart)}."
            )
    return tuple(warnings)


def whole_warnings(optimum: Optimum, sigma: Floats, sums: PatternSums, known: Bools) -> tuple[str, ...]:
    """A covariance that no subject with all visits could have."""
    for g, of in enumerate(sums.slices):
        present = np.diag(sums.together(of)) > 0
        block = np.ix_(present, present)
        if optimum.converged and known[g][block].all() and np.linalg.eigvalsh(sigma[g][block])[0] <= 0:
            return ("The covariance of all visits is not positive definite, though each pattern's is.",)
    return ()


def optimum_warnings(
    optimum: Optimum, sigma: Floats, sums: PatternSums, groups: Sequence[str], *, proper: bool
) -> tuple[str, ...]:
    """Why the search ended where it did."""
    if not optimum.converged:
        return (
            f"The fit did not converge after {optimum.iterations} steps: {optimum.reason}"
            f"{_singular_groups(sigma, sums, groups)}.",
        )
    if not proper:
        return ("The likelihood has no proper maximum: there are no standard errors.",)
    return ()


def _singular_groups(sigma: Floats, sums: PatternSums, groups: Sequence[str]) -> str:
    if len(groups) == 1:
        return ""
    found = []
    for g, of in enumerate(sums.slices):
        if correlation_edge(sigma[g : g + 1], sums.seen[of]) < NEAR_SINGULAR:
            found.append(f"{groups[g]} ({int(sums.counts[of].sum())} subjects)")
    return f", of {'; '.join(found)}" if found else ""


def _within(group: str) -> str:
    return f" in {group}" if group else ""
