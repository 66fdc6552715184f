"""Student's t distribution in compiled loops: two-sided p-values and quantiles.

The tail P(|T| > t) is the regularised incomplete beta function I_x(ν/2, 1/2), x = ν/(ν + t²).
Near the middle its complement is summed as a series of positive terms (Abramowitz and Stegun
1964, 26.5.4); in the tail comes the continued fraction of Didonato and Morris (1992,
doi:10.1145/131766.131776), which stays well conditioned when ν is large. The complement
1 − x = t²/(ν + t²) is never taken by subtraction, and the ratio of gamma functions is a series
of its own, so that a million degrees of freedom cost no digits.
"""

from __future__ import annotations

import math

from holdfast.compiling import compiled

#: Half the logarithm of pi.
_HALF_LOG_PI = 0.5 * math.log(math.pi)
#: Squares of t below which the tail is one minus the middle.
MIDDLE = 4.0


@compiled
def log_gamma_ratio(a: float) -> float:
    """Compute log Γ(a + 1/2) − log Γ(a): the asymptotic series, after the recurrence has made a large."""
    below = 0.0
    while a < 12.0:
        below += math.log(a / (a + 0.5))
        a += 1.0
    # log Γ(a + 1/2) − log Γ(a) = ½ log a − 1/(8a) + 1/(192a³) − 1/(640a⁵) + 17/(14336a⁷) − …,
    # from Stirling's series with the Bernoulli polynomials at 1/2.
    z = 1.0 / (a * a)
    series = -1.0 / 8.0 + z * (
        1.0 / 192.0
        + z * (-1.0 / 640.0 + z * (17.0 / 14336.0 + z * (-31.0 / 18432.0 + z * (691.0 / 180224.0))))
    )
    return 0.5 * math.log(a) + series / a + below


@compiled
def beta_series(y: float, a: float) -> float:
    """I_y(1/2, a) over the front y^(1/2) (1 − y)^a / B(1/2, a): positive terms."""
    term = 2.0
    total = term
    for n in range(500):
        term *= (a + 0.5 + n) / (1.5 + n) * y
        total += term
        if term < 1e-17 * total:
            break
    return total


@compiled
def beta_fraction(x: float, y: float, a: float) -> float:
    """I_x(a, 1/2) over the front x^a y^(1/2) / B(a, 1/2), y = 1 − x: a continued fraction."""
    b = 0.5
    excess = (a + b) * y - b + 1.0
    value = a / (a + 1.0) * excess
    c, d = value, 0.0
    for n in range(1, 3000):
        upper = (a + n - 1.0) / (a + 2.0 * n - 1.0) * (a + b + n - 1.0) / (a + 2.0 * n - 1.0)
        upper *= n * (b - n) * x * x
        lower = (
            n
            + n * (b - n) * x / (a + 2.0 * n - 1.0)
            + (a + n) / (a + 2.0 * n + 1.0) * (excess + n * (1.0 + y))
        )
        d = 1.0 / (lower + upper * d)
        c = lower + upper / c
        change = c * d
        value *= change
        if abs(change - 1.0) < 1e-16:
            break
    return 1.0 / value


@compiled
def t_two_sided_p(t: float, df: float) -> float:
    """P(|T| > |t|) with ``df`` > 0 degrees of freedom; NaN where either is NaN or df is not positive."""
    if not df > 0.0 or math.isnan(t):
        return math.nan
    if t == 0.0:
        return 1.0
    if math.isinf(t):
        return 0.0
    if math.isinf(df):
        return math.erfc(abs(t) / math.sqrt(2.0))
    a, ratio = 0.5 * df, t * t / df
    x, y = 1.0 / (1.0 + ratio), ratio / (1.0 + ratio)
    # The logarithm of x^a y^(1/2) / B(a, 1/2).
    front = -a * math.log1p(ratio) + 0.5 * math.log(y) + log_gamma_ratio(a) - _HALF_LOG_PI
    if t * t < MIDDLE and y < 0.8:
        return 1.0 - math.exp(front) * beta_series(y, a)
    return math.exp(front) * beta_fraction(x, y, a)


@compiled
def t_density(t: float, df: float) -> float:
    """The density at ``t``."""
    log = log_gamma_ratio(0.5 * df) - _HALF_LOG_PI - 0.5 * math.log(df)
    return math.exp(log - 0.5 * (df + 1.0) * math.log1p(t * t / df))


@compiled
def t_two_sided_quantile(p: float, df: float) -> float:
    """The t whose two-sided p-value is ``p``: 0.05 for a 95 % interval; NaN outside 0 < p < 1 or df ≤ 0.

    Newton's steps on log p against log t, kept between bounds that the steps tighten.
    """
    if not 0.0 < p < 1.0 or not df > 0.0:
        return math.nan
    lower, upper = 0.0, 1.0
    while t_two_sided_p(upper, df) > p:
        lower = upper
        upper *= 2.0
        if math.isinf(upper):
            return upper
    t = 0.5 * (lower + upper)
    target = math.log(p)
    for _ in range(200):
        tail = t_two_sided_p(t, df)
        if tail > p:
            lower = t
        else:
            upper = t
        density = 2.0 * t_density(t, df)
        # With few degrees of freedom the tail is a power of t, straight in logarithms.
        step = (math.log(tail) - target) * tail / (density * t) if tail > 0.0 else math.nan
        following = t * math.exp(step) if abs(step) < 1.0 else 0.5 * (lower + upper)
        if not lower <= following <= upper:
            following = 0.5 * (lower + upper)
        if abs(following - t) <= 4e-16 * t:
            return following
        t = following
    return t
