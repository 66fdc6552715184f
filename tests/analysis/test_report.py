"""What a reader of trials looks for in the report: who was counted, in which population, by which method."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import polars as pl
import pytest

from holdfast.analysis.analyse import analyse, tables
from holdfast.analysis.efficacy import proportions
from holdfast.analysis.estimand import apply_strategies
from holdfast.analysis.report import html
from holdfast.analysis.results import Results
from holdfast.analysis.vitals import vitals
from holdfast.protocol.model import Protocol
from holdfast.records.correction import resolve
from holdfast.tables.arrays import trial_arrays
from holdfast.tables.frames import resolved

if TYPE_CHECKING:
    from holdfast.simulation.play import Rehearsal


class _Words(HTMLParser):
    """The text of a page without its style, and the cells of each table by row."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.text: list[str] = []
        self.skip = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.skip = tag == "style"
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self.skip = False

    def handle_data(self, data: str) -> None:
        if self.skip:
            return
        self.text.append(data)
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


@pytest.fixture(scope="module")
def made(finished: Rehearsal, shipped: Protocol) -> dict[str, pl.DataFrame]:
    return tables([each.record for each in finished.sealed], shipped, finished.key)


@pytest.fixture(scope="module")
def by_arm(finished: Rehearsal, shipped: Protocol) -> Results:
    return analyse([each.record for each in finished.sealed], shipped, finished.key)


@pytest.fixture(scope="module")
def page(by_arm: Results) -> _Words:
    words = _Words()
    words.feed(html(by_arm))
    return words


def text_of(page: _Words) -> str:
    return re.sub(r"\s+", " ", " ".join(page.text))


def test_a_model_tells_how_many_it_rests_on_at_each_visit(
    by_arm: Results, made: dict[str, pl.DataFrame], shipped: Protocol
) -> None:
    for result, analysis in zip(by_arm.continuous, shipped.analyses, strict=False):
        estimand = next(each for each in shipped.estimands if each.code == analysis.estimand)
        arrays = trial_arrays(
            made["adsl"], adqs=made["adqs"], adice=made["adice"], protocol=shipped, analysis=analysis
        )
        usable, _, _ = apply_strategies(arrays, estimand)
        expected = {
            (arm, visit): int(usable.observed[usable.arm == a, v].sum())
            for a, arm in enumerate(usable.arms)
            for v, visit in enumerate(usable.visits)
        }
        assert {(row.group, row.visit): row.n for row in result.ls_changes} == expected
        assert sum(expected.values()) + sum(result.excluded.values()) == int(arrays.observed.sum())


def test_a_share_tells_assessed_counted_and_left_out_apart(by_arm: Results) -> None:
    for result in by_arm.proportions:
        for group, share in result.by_group.items():
            people = result.assessed[group] + result.counted_as_no[group]
            assert share.n == people
            assert people + result.left_out[group] == by_arm.flow.dosed[group]


def test_an_event_without_a_rating_counts_as_no_and_is_told(
    made: dict[str, pl.DataFrame], shipped: Protocol
) -> None:
    response = next(each for each in shipped.analyses if each.code == "response")
    rated = made["adqs"].filter((pl.col("PARAMCD") == "CAPS5.RESPONSE") & (pl.col("AVISIT") == "week-18"))
    person = rated.filter(pl.col("AVAL") == 1)["USUBJID"][0]
    unrated = made["adqs"].filter((pl.col("USUBJID") != person) | (pl.col("AVISIT") != "week-18"))
    event = made["adice"].head(1).with_columns(USUBJID=pl.lit(person), ICECD=pl.lit("ssri-restart"))

    def found(adqs: pl.DataFrame, adice: pl.DataFrame) -> tuple[int, int, int, int]:
        (result,) = proportions(response, adsl=made["adsl"], adqs=adqs, adice=adice, protocol=shipped)
        return (
            sum(share.n for share in result.by_group.values()),
            sum(result.assessed.values()),
            sum(result.counted_as_no.values()),
            sum(result.left_out.values()),
        )

    n, assessed, counted, left_out = found(made["adqs"], made["adice"])
    assert found(unrated, made["adice"]) == (n - 1, assessed - 1, counted, left_out + 1)
    both = pl.concat([made["adice"], event])
    assert found(unrated, both) == (n, assessed - 1, counted + 1, left_out)


def test_who_had_no_dose_is_in_no_share(made: dict[str, pl.DataFrame], shipped: Protocol) -> None:
    response = next(each for each in shipped.analyses if each.code == "response")
    adqs, adice = made["adqs"], made["adice"]

    def total(adsl: pl.DataFrame) -> int:
        (found,) = proportions(response, adsl=adsl, adqs=adqs, adice=adice, protocol=shipped)
        return sum(share.n for share in found.by_group.values())

    assessed = adqs.filter((pl.col("PARAMCD") == "CAPS5.RESPONSE") & (pl.col("AVISIT") == "week-18"))
    somebody = assessed["USUBJID"][0]
    undosed = made["adsl"].with_columns(
        MITTFL=pl.when(pl.col("USUBJID") == somebody).then(pl.lit("N")).otherwise(pl.col("MITTFL"))
    )
    assert total(undosed) == total(made["adsl"]) - 1


def test_the_estimand_is_told_in_words(page: _Words) -> None:
    text = text_of(page)
    assert "Population: Everyone randomised who had a first dose" in text
    assert "Three dosing sessions with MDMA and therapy against three with inactive placebo" in text
    assert "Values after it count as they are (treatment policy): A dosing session was missed;" in text
    assert "answered as if it had not come (hypothetical): An SSRI or another" in text
    assert "Counts as no, whatever came after (composite): An SSRI or another" in text
    assert "ssri-restart" not in text


def test_methods_definitions_and_denominators_are_told(page: _Words, by_arm: Results) -> None:
    text = text_of(page)
    assert "Wilson" in text
    assert "Miettinen and Nurminen" in text
    assert "Fall of CAPS-5 from baseline that counts as response: 10" in text
    assert "Highest CAPS-5 total in remission, without diagnosis: 11" in text
    assert "strata (site)" in text
    first = by_arm.proportions[0]
    share = first.by_group["mdma"]
    assert share.estimate is not None
    events = round(share.estimate * share.n)
    row = next(row for row in page.rows if row and row[0] == "response")
    assert f"{events} of {share.n}" in row[3]


def test_safety_has_shares_and_severe_events(
    page: _Words, by_arm: Results, made: dict[str, pl.DataFrame]
) -> None:
    dosed = by_arm.safety.denominators["mdma"]
    people = by_arm.safety.any_event["mdma"]
    row = next(row for row in page.rows if row and row[0] == "Any event")
    assert row[2] == f"{people} ({100 * people / dosed:.0f} %)"
    arm = dict(made["adsl"].select("USUBJID", "TRT01P").iter_rows())
    severe = made["adae"].filter((pl.col("AESEV") == "SEVERE") & (pl.col("TRTEMFL") == "Y"))
    expected = {name: len({p for p in severe["USUBJID"] if arm[p] == name}) for name in ("placebo", "mdma")}
    assert dict(by_arm.safety.severe) == expected


def test_why_people_left_is_told_by_arm(page: _Words, by_arm: Results) -> None:
    flow = by_arm.flow
    assert {arm: sum(reasons.values()) for arm, reasons in flow.reasons_left.items()} == flow.left_study
    reason, n = next(iter(flow.reasons_left["placebo"].items()))
    assert f"{reason} {n}" in text_of(page)


def test_why_people_left_is_not_told_while_blinded(finished: Rehearsal, shipped: Protocol) -> None:
    pooled = analyse([each.record for each in finished.sealed], shipped)
    assert sum(sum(reasons.values()) for reasons in pooled.flow.reasons_left.values()) > 0
    assert "Left the study" not in html(pooled)


def test_columns_of_words_stand_left_and_columns_of_numbers_right(by_arm: Results) -> None:
    table = html(by_arm).split("<caption>Guesses</caption>")[1].split("</table>")[0]
    first = table.split("<tbody>")[1].split("</tr>")[0]
    assert re.findall(r'<td( class="n")?>', first)[:4] == ["", "", "", ' class="n"']


def test_peaks_are_the_same_to_the_last_digit_in_whatever_order_rows_come(
    made: dict[str, pl.DataFrame], finished: Rehearsal, shipped: Protocol
) -> None:
    clean = resolved(resolve([each.record for each in finished.sealed]))

    def peaks(advs: pl.DataFrame) -> object:
        return vitals(made["adsl"], advs=advs, records=clean, protocol=shipped, late_code="late-vitals").peaks

    first = peaks(made["advs"])
    for seed in range(5):
        assert peaks(made["advs"].sample(fraction=1.0, shuffle=True, seed=seed)) == first
