"""Trials that a covariance structure, a group or a cluster does not fit: a sentence or a warning."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from holdfast.errors import TableError, UnknownName
from holdfast.statistics.arrays import TrialArrays
from holdfast.statistics.mmrm import arm_at_all_visits, arm_by_visit, mmrm
from holdfast.statistics.structures import STRUCTURES
from scale import scaled
from small_trials import trial


def with_outcome(arrays: TrialArrays, outcome: np.ndarray) -> TrialArrays:
    return replace(arrays, outcome=outcome, observed=~np.isnan(outcome))


def without(arrays: TrialArrays, *visits: int) -> TrialArrays:
    outcome = arrays.outcome.copy()
    outcome[:, visits] = np.nan
    return with_outcome(arrays, outcome)


def test_an_unknown_structure_names_those_there_are():
    with pytest.raises(UnknownName, match="no covariance structure 'un'; there are us, ar1, ar1h, cs, csh"):
        mmrm(trial(1), structure="un")


def test_an_unknown_group_names_the_factors_there_are():
    with pytest.raises(TableError, match="There is no covariate 'centre'; there are: site"):
        mmrm(trial(1), group="centre")


@pytest.mark.parametrize("structure", STRUCTURES)
def test_one_visit_is_one_variance_in_every_structure(structure):
    arrays = trial(1, visits=1, missing=0.0)
    found = mmrm(arrays, structure=structure)
    assert found.converged
    assert len(found.parameters) == 1
    assert_allclose(found.contrasts[0].se, mmrm(arrays).contrasts[0].se, rtol=1e-9)
    assert_allclose(found.contrasts[0].df, 27, rtol=1e-9)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_one_arm_all_missing_and_infinite_are_told_as_without_structure(structure):
    arrays = trial(1)
    alone = mmrm(
        replace(arrays, arm=np.zeros_like(arrays.arm), arms=("all",)), structure=structure, group="arm"
    )
    assert "There is one arm only: nothing is compared." in alone.warnings
    with pytest.raises(TableError, match="There is one arm only"):
        arm_at_all_visits(alone)
    with pytest.raises(TableError, match="every value is missing"):
        mmrm(with_outcome(arrays, np.full_like(arrays.outcome, np.nan)), structure=structure)
    with pytest.raises(TableError, match="does not vary beyond what the columns explain"):
        mmrm(with_outcome(arrays, np.where(arrays.observed, 12.3, np.nan)), structure=structure)


def test_one_visit_has_no_interaction():
    with pytest.raises(TableError, match="There is one visit only"):
        arm_by_visit(mmrm(trial(1, visits=1, missing=0.0)))


@pytest.mark.parametrize("structure", ["ad", "adh"])
def test_ante_dependence_over_an_empty_visit_is_refused(structure):
    with pytest.raises(TableError, match="nobody was seen at both visit 1 and visit 2: leave a visit out"):
        mmrm(without(trial(2, visits=4), 1), structure=structure)


@pytest.mark.parametrize("structure", ["ar1", "ar1h"])
def test_an_autoregressive_correlation_without_a_sign_is_refused(structure):
    with pytest.raises(TableError, match="The sign of an autoregressive correlation cannot be told"):
        mmrm(without(trial(2, visits=3), 1), structure=structure)


@pytest.mark.parametrize("structure", ["ar1", "toep", "cs", "csh", "toeph", "ar1h"])
def test_an_empty_visit_keeps_its_place(structure):
    arrays = trial(2, visits=4, n=60)
    found = mmrm(without(arrays, 2), structure=structure)
    assert found.converged
    assert "No response was observed at visit visit 3." in found.warnings
    left = with_outcome(
        replace(arrays, visits=("visit 1", "visit 2", "visit 4")), arrays.outcome[:, [0, 1, 3]]
    )
    three = mmrm(left, structure=structure)
    if structure in ("cs", "csh"):
        assert_allclose(found.neg2ll, three.neg2ll, rtol=1e-10)
    else:
        assert abs(found.neg2ll - three.neg2ll) > 1e-6, "two steps are not one"


def test_a_lag_that_nobody_was_seen_at_stays_unknown():
    arrays = trial(4, n=60, visits=3, missing=0.0)
    outcome = arrays.outcome.copy()
    outcome[:30, 0] = np.nan
    outcome[30:, 2] = np.nan
    found = mmrm(with_outcome(arrays, outcome), structure="toep")
    assert found.converged
    assert len(found.parameters) == 2
    assert np.isnan(found.covariance[0, 2])
    assert any("whose covariance is unknown: visit 1 and visit 3" in warning for warning in found.warnings)


@pytest.mark.parametrize("structure", ["ar1", "ar1h", "toep", "toeph"])
def test_visits_of_unequal_spacing_are_noted(structure):
    arrays = replace(trial(1), visits=("week 3", "week 8", "week 18"))
    (warning,) = mmrm(arrays, structure=structure).warnings
    assert warning.startswith("The visits (week 3, week 8, week 18) seem not to be equally spaced")
    assert mmrm(arrays, structure="cs").warnings == ()
    assert mmrm(replace(arrays, visits=("week 4", "week 8", "week 12")), structure=structure).warnings == ()


def test_a_group_of_two_subjects_does_not_converge_and_is_named():
    arrays = trial(1, n=40, missing=0.0)
    small = np.where(np.arange(40) < 2, 1, 0)
    found = mmrm(replace(arrays, factors={"lot": small}), group="lot")
    assert not found.converged
    assert any("singular, of 1 (2 subjects)" in warning for warning in found.warnings), found.warnings


def test_a_group_without_residual_is_refused_by_name():
    arrays = trial(1, n=30, missing=0.0)
    outcome = arrays.outcome.copy()
    outcome[arrays.arm == 1, 1] = 20.0
    with pytest.raises(TableError, match="At visit 2 in active the response does not vary"):
        mmrm(with_outcome(arrays, outcome), by_visit=(), group="arm")


def test_a_subject_in_two_groups_is_refused():
    from holdfast.statistics.fit import fit

    y = np.random.default_rng(1).normal(size=20)
    subject, visit = np.repeat(np.arange(10), 2), np.tile([0, 1], 10)
    with pytest.raises(TableError, match="A subject is in two covariance groups"):
        fit(y, np.ones((20, 1)), visit=visit, subject=subject, group=visit)


def test_a_missing_pair_leaves_the_person_out_and_counts():
    arrays = trial(1, n=40)
    site = arrays.factors["site"].copy()
    site[3] = -1
    found = mmrm(replace(arrays, factors={"site": site}), structure="cs", cluster="site")
    assert found.subjects == 39
    assert found.warnings[0] == "1 persons without a covariate were left out."


@settings(max_examples=scaled(600), deadline=None)
@given(
    seed=st.integers(0, 2**32),
    n=st.integers(2, 14),
    visits=st.integers(1, 5),
    missing=st.sampled_from([0.0, 0.3, 0.7]),
    rounding=st.sampled_from([0, -1, 3]),
    structure=st.sampled_from(STRUCTURES),
    group=st.sampled_from([None, "arm", "site"]),
    pair=st.sampled_from([None, "site"]),
    cluster=st.sampled_from([None, "site"]),
)
def test_any_small_trial_is_answered_or_refused_in_a_sentence(
    seed, n, visits, missing, rounding, structure, group, pair, cluster
):
    """Too few persons, coarse outcomes, empty cells: no traceback, no warning of numpy, no NaN unsaid."""
    arrays = trial(seed, n=n, visits=visits, missing=missing)
    arrays = with_outcome(arrays, np.round(arrays.outcome, rounding))
    try:
        found = mmrm(arrays, structure=structure, group=group, pair=pair, cluster=cluster)
    except TableError:
        return
    cells = (*found.contrasts, *found.ls_means)
    numbers = [(c.estimate, c.se, c.df, c.p, c.lower, c.upper) for c in cells]
    if not found.converged or np.isnan(numbers).any():
        assert found.warnings
    assert np.isfinite(found.neg2ll)
    try:
        joint = arm_at_all_visits(found)
    except TableError:
        return
    assert np.isfinite(joint.p) or joint.warnings
