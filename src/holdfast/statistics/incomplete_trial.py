"""A trial with missing outcomes: what is to be imputed, from which visit on, by which strategy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from holdfast.errors import ImpossibleValue, TableError, UnknownName
from holdfast.statistics.arrays import Bools, Floats, Ints, TrialArrays
from holdfast.statistics.imputation_strategies import ImputationStrategy


@dataclass(frozen=True, slots=True, kw_only=True)
class IncompleteTrial:
    """n persons, V visits, and by which strategy what is missing is imputed.

    ``outcome`` (n, V), NaN where missing; ``arm`` (n,) index into ``arms``, the first is
    the reference; ``common`` (n, k) covariates with one coefficient, ``by_visit`` (n, l)
    with one at each visit (factors as columns of zeros and ones); ``event`` (n,) the
    first visit that ``strategy`` (n,) bears on, V where there is none. Made by
    ``incomplete_trial`` or ``incomplete_from_arrays``, which check it; ``warnings`` are theirs.
    """

    outcome: Floats
    arm: Ints
    arms: tuple[str, ...]
    visits: tuple[str, ...]
    common: Floats
    by_visit: Floats
    event: Ints
    strategy: Ints
    warnings: tuple[str, ...] = ()

    @property
    def missing(self) -> Bools:
        """(n, V): what is to be imputed."""
        return np.isnan(self.outcome)

    @property
    def covariates(self) -> Floats:
        """(n, l + k): the covariates of the analysis, those by visit first."""
        return np.column_stack([self.by_visit, self.common])

    def subset(self, persons: Ints | Bools) -> IncompleteTrial:
        """The trial of these persons alone; an index may come twice."""
        return replace(
            self,
            outcome=self.outcome[persons],
            arm=self.arm[persons],
            common=self.common[persons],
            by_visit=self.by_visit[persons],
            event=self.event[persons],
            strategy=self.strategy[persons],
        )


def incomplete_trial(
    outcome: Floats,
    *,
    arm: Ints,
    common: Floats | None = None,
    by_visit: Floats | None = None,
    event: Ints | None = None,
    strategy: ImputationStrategy | Ints = ImputationStrategy.MISSING_AT_RANDOM,
    arms: Sequence[str] | None = None,
    visits: Sequence[str] | None = None,
    warnings: tuple[str, ...] = (),
) -> IncompleteTrial:
    """Check bare arrays, shapes as in ``IncompleteTrial``; one ``strategy`` for all or one per person.

    Without ``event`` nobody has one. Raises TableError for fewer than two arms, an arm
    with nobody, infinite outcomes or covariates that are not numbers; ImpossibleValue
    for an event's visit or a strategy that does not exist.
    """
    outcome = np.asarray(outcome, dtype=np.float64)
    if outcome.ndim != 2 or not outcome.size:
        raise TableError("The outcome must be a table of persons by visits with at least one of each.")
    n, V = outcome.shape
    arm = np.asarray(arm, dtype=np.int64)
    strategy = np.broadcast_to(np.asarray(strategy, dtype=np.int64), (n,)).copy()
    event = np.full(n, V) if event is None else np.asarray(event, dtype=np.int64)
    common = np.empty((n, 0)) if common is None else np.asarray(common, dtype=np.float64)
    by_visit = np.empty((n, 0)) if by_visit is None else np.asarray(by_visit, dtype=np.float64)
    labels = [str(a) for a in range(int(arm.max()) + 1)] if arms is None else arms
    titles = [str(v + 1) for v in range(V)] if visits is None else visits
    trial = IncompleteTrial(
        outcome=outcome,
        arm=arm,
        arms=tuple(labels),
        visits=tuple(titles),
        common=common,
        by_visit=by_visit,
        event=event,
        strategy=strategy,
        warnings=warnings,
    )
    _check_trial(trial)
    return trial


def incomplete_from_arrays(
    arrays: TrialArrays,
    *,
    covariates: Sequence[str] = (),
    by_visit: Sequence[str] = ("baseline",),
    factors: Sequence[str] = (),
    strategies: Mapping[str, ImputationStrategy] | None = None,
    dropout: ImputationStrategy = ImputationStrategy.MISSING_AT_RANDOM,
) -> IncompleteTrial:
    """The trial of ``arrays``, covariates named as for ``mmrm``.

    ``strategies`` names a strategy for intercurrent events; a person's earliest named
    event decides, the one named first where two come at one visit. Leaving (nothing
    observed any more) counts as an event of strategy ``dropout``, after the named ones.
    Persons without a covariate are left out and counted. Raises UnknownName for an
    event or covariate that is not in the arrays, and as ``incomplete_trial``.
    """
    outcome = np.where(arrays.observed, arrays.outcome, np.nan)
    by_visit_columns = [_covariate(arrays, name) for name in by_visit]
    common = [_covariate(arrays, name) for name in covariates if name not in by_visit]
    for name in factors:
        common += _factor_columns(arrays, name)
    event, strategy = _first_events(arrays, outcome, strategies or {}, dropout)
    table = np.column_stack([np.zeros(len(outcome)), *by_visit_columns, *common])
    known = ~np.isnan(table).any(axis=1)
    lost = int((~known).sum())
    table = table[known, 1:]
    return incomplete_trial(
        outcome[known],
        arm=arrays.arm[known],
        by_visit=table[:, : len(by_visit_columns)],
        common=table[:, len(by_visit_columns) :],
        event=event[known],
        strategy=strategy[known],
        arms=arrays.arms,
        visits=arrays.visits,
        warnings=(f"{lost} persons without a covariate were left out.",) if lost else (),
    )


def leaving_visit(outcome: Floats) -> Ints:
    """(n,) the first visit from which nothing of ``outcome`` (n, V) is observed any more; V where none."""
    V = outcome.shape[1]
    seen = ~np.isnan(outcome)
    return np.where(seen.any(axis=1), V - np.argmax(seen[:, ::-1], axis=1), 0).astype(np.int64)


def _covariate(arrays: TrialArrays, name: str) -> Floats:
    known = {"baseline": arrays.baseline, **arrays.covariates}
    if name not in known:
        raise UnknownName(f"There is no covariate {name!r}; there are: {', '.join(sorted(known))}.")
    return known[name].astype(np.float64)


def _factor_columns(arrays: TrialArrays, name: str) -> list[Floats]:
    """A column of zeros and ones for each level but the first; NaN where the level is unknown."""
    if name not in arrays.factors:
        known = ", ".join(sorted(arrays.factors)) or "none"
        raise UnknownName(f"There is no factor {name!r}; there are: {known}.")
    codes = arrays.factors[name]
    levels = np.unique(codes[codes >= 0])
    return [np.where(codes < 0, np.nan, codes == level).astype(np.float64) for level in levels[1:]]


def _first_events(
    arrays: TrialArrays,
    outcome: Floats,
    strategies: Mapping[str, ImputationStrategy],
    dropout: ImputationStrategy,
) -> tuple[Ints, Ints]:
    """Each person's earliest event and its strategy."""
    n, V = outcome.shape
    event = np.full(n, V, dtype=np.int64)
    strategy = np.full(n, ImputationStrategy.MISSING_AT_RANDOM, dtype=np.int64)
    times: list[tuple[Ints, ImputationStrategy]] = []
    for code, chosen in strategies.items():
        if code not in arrays.intercurrent:
            known = ", ".join(sorted(arrays.intercurrent)) or "none"
            raise UnknownName(f"There is no intercurrent event {code!r} in this trial; there are: {known}.")
        after = arrays.intercurrent[code]
        times.append((np.where(after.any(axis=1), np.argmax(after, axis=1), V).astype(np.int64), chosen))
    times.append((leaving_visit(outcome), dropout))
    for first, chosen in times:
        earlier = first < event
        event[earlier] = first[earlier]
        strategy[earlier] = chosen
    return event, strategy


def _check_trial(trial: IncompleteTrial) -> None:
    _check_shapes(trial)
    A, V = len(trial.arms), len(trial.visits)
    if A < 2:
        raise TableError("There is one arm only: reference-based imputation compares arms with a reference.")
    if trial.arm.min() < 0 or trial.arm.max() >= A:
        raise ImpossibleValue(f"An arm's index lies outside 0 to {A - 1}.", field="arm")
    if np.isinf(trial.outcome).any():
        raise TableError("An outcome is infinite: every outcome must be a number or missing.")
    if not np.isfinite(trial.covariates).all():
        raise TableError("A covariate is missing or infinite: leave its person out or give a value.")
    for a, label in enumerate(trial.arms):
        if np.isnan(trial.outcome[trial.arm == a]).all():
            part = "the reference arm" if a == 0 else "arm"
            raise TableError(f"Nobody in {part} {label!r} has an outcome: there is nothing to impute from.")
    if trial.event.min() < 0 or trial.event.max() > V:
        raise ImpossibleValue(
            f"The visit of an event must be 0 to {V - 1}, or {V} for none; "
            f"found {int(trial.event.min())} to {int(trial.event.max())}.",
            field="event",
        )
    if not np.isin(trial.strategy, list(ImputationStrategy)).all():
        raise ImpossibleValue("A strategy's number is not one of ImputationStrategy.", field="strategy")


def _check_shapes(trial: IncompleteTrial) -> None:
    n, V = trial.outcome.shape
    for name in ("arm", "event", "by_visit", "common"):
        length = len(getattr(trial, name))
        if length != n:
            raise TableError(f"{name} has {length} persons, the outcome {n}: they must be the same.")
    if len(trial.visits) != V:
        raise TableError(f"There are {len(trial.visits)} names of visits for {V} visits.")
