"""The synthesis from the data files equals the published one in every printed decimal."""

from __future__ import annotations

import pytest
from numpy.testing import assert_allclose

from holdfast.errors import TableError
from holdfast.evidence.synthesis import synthesise
from holdfast.evidence.trials import counted, read_trial, rows_of, trials
from holdfast.sourced import CITABLE
from meta_references import PTSD, PUBLISHED


def printed(decimals: int) -> dict[str, float]:
    """Half a unit of the last printed decimal."""
    return {"rtol": 0, "atol": 0.5001 * 10.0**-decimals}


def test_severity_equals_the_published_synthesis():
    found, told = synthesise("severity"), PUBLISHED["severity"]
    assert_allclose([found.effect, *found.interval], [told["g"], *told["interval"]], **printed(4))
    assert_allclose(found.prediction, told["prediction"], **printed(4))
    assert (found.pooled.studies, found.people) == (6, 242)


@pytest.mark.parametrize(
    ("outcome", "ratio", "interval", "people"),
    [
        ("response", 1.3494, (1.0985, 1.6577), 222),
        ("remission", 2.2499, (1.0401, 4.8667), 210),
    ],
)
def test_risk_ratios_equal_the_published_synthesis(outcome, ratio, interval, people):
    found = synthesise(outcome)
    assert_allclose([found.effect, *found.interval], [ratio, *interval], **printed(4))
    assert found.people == people


def test_the_rows_are_those_kept_with_the_reference():
    # tests/reference/metafor/ptsd_rows.csv was retyped apart from these files.
    for outcome, name in (("severity", "msd"), ("response", "response"), ("remission", "remission")):
        kept = {
            row["study"]: row for row in PTSD if row["outcome"] == name and row["comparison"] == "primary"
        }
        mine = {trial.name.split(" (")[0]: row for trial, row in rows_of(outcome)}
        assert set(mine) == set(kept)
        for study, row in mine.items():
            columns = (
                (("n1", "mean1", "sd1", "n2", "mean2", "sd2"), (row.n, row.mean, row.sd))
                if row.mean
                else (("total1", "events1", "total2", "events2"), (row.n, row.events))
            )
            names, pairs = columns
            flat = [float(pair[arm]) for arm in (0, 1) for pair in pairs]
            assert flat == [float(kept[study][each]) for each in names], study


def test_a_retracted_trial_is_kept_and_counted_nowhere():
    retracted = {each.trial for each in trials() if each.retracted}
    assert retracted == {"mithoefer-2019", "jerome-2020"}
    assert not retracted & {each.trial for each in counted()}
    assert not retracted & {
        each.trial.trial
        for o in ("severity", "response", "remission")
        for each in synthesise(o).contributions
    }


def test_every_row_may_be_cited():
    for trial in counted():
        for row in trial.rows:
            assert trial.sources[row.source].status in CITABLE
            assert "http" not in trial.figure(row, 1.0, unit="1").source


def test_a_file_that_cannot_be_used_says_what_is_wrong():
    text = """
trial: x
name: X
year: 2030
phase: 3
registry: ""
cite: X 2030
design: {en: X}
randomised: 10
retracted: ""
risk_of_bias: low
sources: {paper: {cite: X 2030, status: recalled_unverified, date: 2030}}
rows:
  - outcome: response
    instrument: caps-5
    timepoint: w
    weeks: 1
    arm: a
    reference: b
    sessions: 1
    n: [5, 5]
    events: [6, 1]
    source: paper
"""
    with pytest.raises(TableError, match="events are between nobody and everybody"):
        read_trial("x.yaml", text)
    with pytest.raises(TableError, match="may not be cited"):
        read_trial("x.yaml", text.replace("[6, 1]", "[4, 1]"))
