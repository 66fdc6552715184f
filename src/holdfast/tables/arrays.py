"""From tables to ``TrialArrays``: the last step before statistics, the same for any source."""

from __future__ import annotations

import numpy as np
import polars as pl

from holdfast.protocol.model import Analysis, Protocol
from holdfast.statistics.arrays import Bools, Ints, TrialArrays
from holdfast.tables.adqs import outcome_parameter

POOLED = "pooled"


def trial_arrays(
    adsl: pl.DataFrame,
    *,
    adqs: pl.DataFrame,
    adice: pl.DataFrame,
    protocol: Protocol,
    analysis: Analysis,
    change: bool = True,
) -> TrialArrays:
    """Those randomised and dosed (MITTFL): outcome at the analysis's visits, baseline, strata, events.

    Without planned treatment in ``adsl`` everybody is in one arm called "pooled". The
    outcome is the change from baseline, or the score itself where ``change`` is False.
    Visits are in the analysis's order; persons in USUBJID order.
    """
    people = adsl.filter(pl.col("MITTFL") == "Y").sort("USUBJID")
    ids = people["USUBJID"].to_list()
    blinded = people["TRT01P"].null_count() == len(people)
    arms = (POOLED,) if blinded else tuple(arm.code for arm in protocol.arms)
    arm = [0 if blinded else arms.index(name) for name in people["TRT01P"]]
    code = outcome_parameter(analysis.outcome)
    scores = adqs.filter((pl.col("PARAMCD") == code) & (pl.col("ANL01FL") == "Y"))
    place = {name: row for row, name in enumerate(ids)}
    column = {name: number for number, name in enumerate(analysis.visits)}
    outcome = np.full((len(ids), len(analysis.visits)), np.nan)
    baseline = np.full(len(ids), np.nan)
    for person, visit, value, base in scores.select("USUBJID", "AVISIT", "AVAL", "BASE").iter_rows():
        if person not in place:
            continue
        baseline[place[person]] = np.nan if base is None else base
        if visit in column:
            outcome[place[person], column[visit]] = value
    if change:
        outcome = outcome - baseline[:, None]
    strata = people["STRATA1"].fill_null("").to_list()
    levels = sorted(set(strata))
    return TrialArrays(
        outcome=outcome,
        observed=~np.isnan(outcome),
        arm=np.array(arm, dtype=np.int64),
        arms=arms,
        visits=analysis.visits,
        baseline=baseline,
        factors={"stratum": np.array([levels.index(name) for name in strata], dtype=np.int64)},
        intercurrent=_intercurrent(adice, ids=ids, protocol=protocol, visits=analysis.visits),
        guess=_guesses(adqs, ids=ids, arms=arms, protocol=protocol),
    )


def _intercurrent(
    adice: pl.DataFrame, *, ids: list[str], protocol: Protocol, visits: tuple[str, ...]
) -> dict[str, Bools]:
    order = {visit.code: number for number, visit in enumerate(protocol.visits)}
    at = np.array([order[visit] for visit in visits])
    place = {name: row for row, name in enumerate(ids)}
    out: dict[str, Bools] = {
        event.code: np.zeros((len(ids), len(visits)), bool) for event in protocol.intercurrent_events
    }
    for person, event, number in adice.select("USUBJID", "ICECD", "AVISITN").iter_rows():
        if person in place and event in out and number is not None:
            out[event][place[person]] |= at >= number
    return out


def _guesses(adqs: pl.DataFrame, *, ids: list[str], arms: tuple[str, ...], protocol: Protocol) -> Ints | None:
    """Each participant's own last guess: index of the comparator or the experimental arm, else -1."""
    if arms == (POOLED,):
        return None
    role_of = {arm.role: arms.index(arm.code) for arm in protocol.arms}
    if len(role_of) < 2:
        return None
    place = {name: row for row, name in enumerate(ids)}
    out = np.full(len(ids), -1, dtype=np.int64)
    own = (pl.col("PARAMCD") == "GUESS.EXPERIMENTAL") & (pl.col("QSEVAL") == "participant")
    last = adqs.filter(own).sort("USUBJID", "ADT")
    for person, value in last.select("USUBJID", "AVAL").iter_rows():
        if person in place:
            out[place[person]] = role_of["experimental" if value else "comparator"]
    return out
