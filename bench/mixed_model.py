"""One MMRM fit with Kenward-Roger beside nlme::gls (R; it gives no degrees of freedom)."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench.timing import median_s
from holdfast import dice
from holdfast.statistics.arrays import TrialArrays
from holdfast.statistics.mmrm import mmrm

N, VISITS, SITES, SEED = 104, 3, 13, 1

PEER = """
suppressMessages(library(nlme))
arguments <- commandArgs(TRUE)
d <- read.csv(arguments[1]); d <- d[!is.na(d$y), ]
d$visit <- factor(d$visit); d$arm <- factor(d$arm); d$site <- factor(d$site)
fit <- function() gls(as.formula(arguments[2]), d,
                      correlation = corSymm(form = ~ as.integer(visit) | id),
                      weights = varIdent(form = ~ 1 | visit), method = "REML")
invisible(fit()); taken <- replicate(5, system.time(invisible(fit()))[["elapsed"]])
cat(sprintf("%.6f %s", median(taken), as.character(packageVersion("nlme"))))
"""


class Peer(NamedTuple):
    """The peer's median seconds of five fits and its version, or why it was not measured."""

    seconds: float
    version: str
    reason: str


def trial(n: int = N) -> TrialArrays:
    """A trial with three visits, a tenth of the values missing, and thirteen sites."""
    person = np.arange(n)[:, None]
    visit = np.arange(VISITS)[None, :]
    baseline = 39 + 6 * dice.normal(SEED, 0, np.arange(n), "baseline")
    own = 8 * dice.normal(SEED, 0, person, "person")
    outcome = -5.0 * visit - 10 + own + 6 * dice.normal(SEED, 0, person, "error", visit)
    outcome = outcome + 0.3 * (baseline - 39)[:, None]
    outcome[dice.uniform(SEED, 0, person, "missing", visit) < 0.1] = np.nan
    return TrialArrays(
        outcome=outcome, observed=~np.isnan(outcome), arm=np.arange(n) % 2, arms=("placebo", "mdma"),
        visits=("1", "2", "3"), baseline=baseline, factors={"site": np.arange(n) // 2 % SITES},
    )  # fmt: skip


def gls(arrays: TrialArrays, formula: str = "y ~ arm * visit + baseline * visit") -> Peer:
    """Measure nlme::gls on the trial; the columns are y, arm, visit, baseline, site."""
    if shutil.which("Rscript") is None:
        return Peer(float("nan"), "", "R is not installed (Debian: r-base-core, r-cran-nlme)")
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "trial.csv"
        lines = ["id,visit,arm,baseline,site,y"]
        for row, outcomes in enumerate(arrays.outcome):
            for column, value in enumerate(outcomes):
                text = "NA" if np.isnan(value) else f"{value:.10f}"
                known = f"{arrays.arm[row]},{arrays.baseline[row]:.10f},{arrays.factors['site'][row]}"
                lines.append(f"{row},{column + 1},{known},{text}")
        table.write_text("\n".join(lines) + "\n")
        script = Path(folder) / "peer.R"
        script.write_text(PEER)
        command = ["Rscript", "--vanilla", str(script), str(table), formula]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        return Peer(float("nan"), "", f"R stopped: {ran.stderr.strip()[:200]}")
    seconds, version = ran.stdout.split()
    return Peer(float(seconds), version, "")


def mixed_model() -> None:
    """Print milliseconds per fit, ours and the peer's."""
    arrays = trial()
    first, ours = median_s(lambda: mmrm(arrays, by_visit=("baseline",), df="kr"), runs=21)
    print(f"n = {N}, {VISITS} visits, seed {SEED}: first call {1e3 * first:.1f} ms")
    print(f"holdfast mmrm, REML, linear Kenward-Roger: {1e3 * ours:.2f} ms a fit (median of 21)")
    peer = gls(arrays)
    if peer.reason:
        print(f"peer nlme::gls: not measured, {peer.reason}")
        return
    print(f"peer nlme::gls {peer.version} (no degrees of freedom): {1e3 * peer.seconds:.1f} ms, median of 5")
    print(f"ratio: {peer.seconds / ours:.1f}")
