"""One MMRM fit with Kenward-Roger beside nlme::gls (R; it gives no degrees of freedom)."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from bench.timing import median_s
from holdfast import dice
from holdfast.statistics.arrays import TrialArrays
from holdfast.statistics.mmrm import mmrm

N, VISITS, SEED = 104, 3, 1

PEER = """
suppressMessages(library(nlme))
d <- read.csv(commandArgs(TRUE)[1]); d <- d[!is.na(d$y), ]
d$visit <- factor(d$visit); d$arm <- factor(d$arm)
fit <- function() gls(y ~ arm * visit + baseline * visit, d,
                      correlation = corSymm(form = ~ as.integer(visit) | id),
                      weights = varIdent(form = ~ 1 | visit), method = "REML")
invisible(fit()); taken <- replicate(5, system.time(invisible(fit()))[["elapsed"]])
cat(sprintf("%.6f %s", median(taken), as.character(packageVersion("nlme"))))
"""


def trial() -> TrialArrays:
    """A trial of 104 people with three visits and a tenth of the values missing."""
    person = np.arange(N)[:, None]
    visit = np.arange(VISITS)[None, :]
    baseline = 39 + 6 * dice.normal(SEED, 0, np.arange(N), "baseline")
    own = 8 * dice.normal(SEED, 0, person, "person")
    outcome = -5.0 * visit - 10 + own + 6 * dice.normal(SEED, 0, person, "error", visit)
    outcome = outcome + 0.3 * (baseline - 39)[:, None]
    outcome[dice.uniform(SEED, 0, person, "missing", visit) < 0.1] = np.nan
    return TrialArrays(
        outcome=outcome, observed=~np.isnan(outcome), arm=np.arange(N) % 2, arms=("placebo", "mdma"),
        visits=("1", "2", "3"), baseline=baseline,
    )  # fmt: skip


def mixed_model() -> None:
    """Print milliseconds per fit, ours and the peer's."""
    arrays = trial()
    first, ours = median_s(lambda: mmrm(arrays, by_visit=("baseline",), df="kr"), runs=21)
    print(f"n = {N}, {VISITS} visits, seed {SEED}: first call {1e3 * first:.1f} ms")
    print(f"holdfast mmrm, REML, linear Kenward-Roger: {1e3 * ours:.2f} ms a fit (median of 21)")
    if shutil.which("Rscript") is None:
        print("peer nlme::gls: not measured, R is not installed (Debian: r-base-core, r-cran-nlme)")
        return
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "trial.csv"
        lines = ["id,visit,arm,baseline,y"]
        for row in range(N):
            for column in range(VISITS):
                value = arrays.outcome[row, column]
                text = "NA" if np.isnan(value) else f"{value:.10f}"
                lines.append(f"{row},{column + 1},{arrays.arm[row]},{arrays.baseline[row]:.10f},{text}")
        table.write_text("\n".join(lines) + "\n")
        script = Path(folder) / "peer.R"
        script.write_text(PEER)
        ran = subprocess.run(
            ["Rscript", "--vanilla", script, table], capture_output=True, text=True, check=False
        )
    if ran.returncode:
        print(f"peer nlme::gls: not measured, R stopped: {ran.stderr.strip()[:200]}")
        return
    peer, version = ran.stdout.split()
    print(f"peer nlme::gls {version} (no degrees of freedom): {1e3 * float(peer):.1f} ms a fit (median of 5)")
    print(f"ratio: {float(peer) / ours:.1f}")
