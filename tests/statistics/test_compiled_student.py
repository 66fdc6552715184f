"""Student's t in compiled loops against scipy (Boost's incomplete beta function)."""

from __future__ import annotations

import math

import numpy as np
from numpy.testing import assert_allclose
from scipy.special import stdtr, stdtrit

from holdfast.statistics.compiled_student import t_two_sided_p, t_two_sided_quantile
from scale import scaled


def test_tails_equal_scipy():
    rng = np.random.default_rng(1)
    count = scaled(100_000)
    t, df = 10 ** rng.uniform(-3, 1.3, count), 10 ** rng.uniform(0, 6, count)
    found = np.array([t_two_sided_p(a, b) for a, b in zip(t, df, strict=True)])
    assert_allclose(found, 2 * stdtr(df, -t), rtol=1e-12)


def test_quantiles_equal_scipy():
    rng = np.random.default_rng(2)
    count = scaled(50_000)
    p, df = 10 ** rng.uniform(-8, -0.05, count), 10 ** rng.uniform(0, 6, count)
    found = np.array([t_two_sided_quantile(a, b) for a, b in zip(p, df, strict=True)])
    # 1e-11: near the middle scipy's inversion itself is good to a few 1e-13 only.
    assert_allclose(found, -stdtrit(df, p / 2), rtol=1e-11)
    back = [t_two_sided_p(a, b) for a, b in zip(found, df, strict=True)]
    assert_allclose(back, p, rtol=1e-12)


def test_closed_forms():
    # One degree of freedom is Cauchy's, two have a square root.
    assert_allclose(t_two_sided_p(3.0, 1.0), 1 - 2 * math.atan(3.0) / math.pi, rtol=1e-14)
    assert_allclose(t_two_sided_p(3.0, 2.0), 1 - 3.0 / math.sqrt(11.0), rtol=1e-14)
    assert_allclose(t_two_sided_quantile(0.05, 1.0), math.tan(0.475 * math.pi), rtol=1e-14)
    assert_allclose(t_two_sided_p(-1.96, math.inf), math.erfc(1.96 / math.sqrt(2)), rtol=1e-15)


def test_the_edges():
    assert t_two_sided_p(0.0, 7.0) == 1.0
    assert t_two_sided_p(math.inf, 7.0) == 0.0
    assert math.isnan(t_two_sided_p(math.nan, 7.0))
    assert math.isnan(t_two_sided_p(1.0, math.nan))
    assert math.isnan(t_two_sided_p(1.0, 0.0))
    assert math.isnan(t_two_sided_quantile(0.0, 7.0))
    assert math.isnan(t_two_sided_quantile(0.05, -1.0))
