"""The compiled mixed model for arrays of trials: a thin Python face of ``compiled_mmrm``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from holdfast.compiling import compiled
from holdfast.errors import ImpossibleValue
from holdfast.statistics.arrays import Floats, Ints
from holdfast.statistics.compiled_mmrm import STATUS_WORDS, Model, Workspace, fit_trial, workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedTrials:
    """T fitted trials, r contrasts: ``estimate``, ``se``, ``se_kr``, ``df`` (T, r), NaN where there is none.

    ``covariance`` (T, V, V), ``neg2ll`` and ``iterations`` (T,); ``status`` (T,) as in
    ``compiled_mmrm``, 0 where the fit converged: no other may be reported.
    """

    estimate: Floats
    se: Floats
    se_kr: Floats
    df: Floats
    covariance: Floats
    neg2ll: Floats
    iterations: Floats
    status: Ints

    @property
    def warnings(self) -> tuple[str, ...]:
        """How many trials have no answer to report, by reason."""
        codes, counts = np.unique(self.status[self.status != 0], return_counts=True)
        return tuple(
            f"{count} of {len(self.status)} trials: {STATUS_WORDS[int(code)]}."
            for code, count in zip(codes, counts, strict=True)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedTrial:
    """One fitted trial, as ``FittedTrials`` without its first axis; ``beta`` (q,), ``dropped`` columns."""

    estimate: Floats
    se: Floats
    se_kr: Floats
    df: Floats
    beta: Floats
    dropped: tuple[int, ...]
    covariance: Floats
    neg2ll: float
    iterations: int
    status: int

    @property
    def warnings(self) -> tuple[str, ...]:
        """Why there is no answer to report, if so."""
        return (f"{STATUS_WORDS[self.status].capitalize()}.",) if self.status else ()


def fit_many(y: Floats, c: Floats, model: Model) -> FittedTrials:
    """Fit T trials: ``y`` (T, n, V), NaN where missing; ``c`` (T, n, P), or (n, P) for all of them.

    Raises ImpossibleValue where the shapes do not fit the model.
    """
    responses, numbers = _trials(y, c, model)
    T, r, V = len(responses), len(model.rows), model.visits
    out = FittedTrials(
        estimate=np.empty((T, r)),
        se=np.empty((T, r)),
        se_kr=np.empty((T, r)),
        df=np.empty((T, r)),
        covariance=np.empty((T, V, V)),
        neg2ll=np.empty(T),
        iterations=np.empty(T),
        status=np.empty(T, np.int64),
    )
    work = workspace(model)
    _fit_each(
        responses, numbers, model, work,
        out.estimate, out.se, out.se_kr, out.df, out.covariance, out.neg2ll, out.iterations, out.status,
    )  # fmt: skip
    return out


def fit_once(y: Floats, c: Floats, model: Model, work: Workspace | None = None) -> FittedTrial:
    """Fit one trial: ``y`` (n, V), NaN where missing; ``c`` (n, P); ``work`` may be used again and again.

    Raises ImpossibleValue where the shapes do not fit the model.
    """
    responses, numbers = _trials(np.asarray(y)[None], c, model)
    room = workspace(model) if work is None else work
    status = fit_trial(responses[0], numbers[0], model, room)
    found = room.found
    return FittedTrial(
        estimate=found.estimate.copy(),
        se=found.se.copy(),
        se_kr=found.se_kr.copy(),
        df=found.df.copy(),
        beta=found.beta.copy(),
        dropped=tuple(np.flatnonzero(found.dropped).tolist()),
        covariance=found.covariance.copy(),
        neg2ll=float(found.neg2ll[0]),
        iterations=int(found.iterations[0]),
        status=int(status),
    )


def _trials(y: Floats, c: Floats, model: Model) -> tuple[Floats, Floats]:
    responses = np.ascontiguousarray(y, np.float64)
    numbers = np.ascontiguousarray(c, np.float64)
    if numbers.ndim == 2:
        numbers = numbers[None]
    if responses.ndim != 3 or responses.shape[2] != model.visits:
        raise ImpossibleValue(
            f"Responses must have a column for each of {model.visits} visits; found shape {responses.shape}."
        )
    expected = (responses.shape[1], model.numbers)
    if numbers.shape[1:] != expected or len(numbers) not in (1, len(responses)):
        raise ImpossibleValue(
            f"Numbers must be {expected[0]} persons by {expected[1]}, once or for each trial; "
            f"found shape {numbers.shape}."
        )
    return responses, numbers


@compiled
def _fit_each(
    y: Floats,
    c: Floats,
    model: Model,
    work: Workspace,
    estimate: Floats,
    se: Floats,
    se_kr: Floats,
    df: Floats,
    covariance: Floats,
    neg2ll: Floats,
    iterations: Floats,
    status: Ints,
) -> None:
    found = work.found
    for t in range(y.shape[0]):
        status[t] = fit_trial(y[t], c[t if c.shape[0] > 1 else 0], model, work)
        estimate[t] = found.estimate
        se[t] = found.se
        se_kr[t] = found.se_kr
        df[t] = found.df
        covariance[t] = found.covariance
        neg2ll[t] = found.neg2ll[0]
        iterations[t] = found.iterations[0]
