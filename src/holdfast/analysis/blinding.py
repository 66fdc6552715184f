"""Guesses of the allocation, by form and visit; with the key how many were right and Bang's index.

A guess analysis shows how far the blind was seen through. It is no adjustment: benefit
drives the guess, so an effect "adjusted for the guess" errs in both directions.
"""

from __future__ import annotations

import polars as pl

from holdfast.analysis.groups import group_names, group_of
from holdfast.analysis.results import ALL, Estimate, GuessRow
from holdfast.protocol.model import Protocol
from holdfast.statistics.blinding import bang_index
from holdfast.statistics.proportions import proportion


def guesses(adsl: pl.DataFrame, *, adqs: pl.DataFrame, protocol: Protocol) -> tuple[GuessRow, ...]:
    """One row per evaluator, visit and group."""
    names = group_names(adsl, protocol)
    groups = group_of(adsl)
    role = {arm.code: arm.role for arm in protocol.arms}
    rows = adqs.filter((pl.col("PARAMCD") == "GUESS.EXPERIMENTAL") & (pl.col("ANL01FL") == "Y"))
    out = []
    keys = ["QSEVAL", "AVISIT", "AVISITN"]
    for (evaluator, visit, _), own in rows.sort("QSEVAL", "AVISITN").group_by(keys, maintain_order=True):
        said = dict(own.select("USUBJID", "AVAL").iter_rows())
        for name in names:
            answers = [value > 0 for person, value in said.items() if groups.get(person) == name]
            experimental = sum(answers)
            out.append(
                _row(
                    evaluator=str(evaluator),
                    visit=str(visit),
                    group=name,
                    n=len(answers),
                    experimental=experimental,
                    role=role.get(name),
                )
            )
    return tuple(out)


def _row(*, evaluator: str, visit: str, group: str, n: int, experimental: int, role: str | None) -> GuessRow:
    correct = bang = None
    if group != ALL and n and role is not None:
        right = experimental if role == "experimental" else n - experimental
        lower, upper = proportion(right, n).interval
        correct = Estimate(estimate=right / n, lower=lower, upper=upper, n=n)
        index = bang_index(correct=right, wrong=n - right, unsure=0)
        bang = Estimate(estimate=index.estimate, lower=index.interval[0], upper=index.interval[1], n=n)
    return GuessRow(
        evaluator=evaluator,
        visit=visit,
        group=group,
        n=n,
        experimental=experimental,
        comparator=n - experimental,
        correct=correct,
        bang=bang,
    )
