"""Each derivation on the story, with the whole expected table written out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid5

import numpy as np
import polars as pl
import pytest

from holdfast.protocol.compiler import compile_study, compile_text
from holdfast.protocol.model import Protocol
from holdfast.records.correction import resolve
from holdfast.records.envelope import Record
from holdfast.records.safety import AdverseEvent, AdverseEventClosed
from holdfast.studies import path_of
from holdfast.tables.adae import adae
from holdfast.tables.adex import adex
from holdfast.tables.adice import adice
from holdfast.tables.adqs import adqs
from holdfast.tables.adsl import adsl
from holdfast.tables.advs import advs
from holdfast.tables.arrays import trial_arrays
from holdfast.tables.frames import Resolved, resolved
from holdfast.timing import Instant
from tables.story import KEY, NAMES, dose, record, story


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return compile_study(path_of("inactive-placebo"))


@pytest.fixture
def records() -> Resolved:
    return resolved(resolve(story()))


def test_adsl_says_where_everybody_stands(records: Resolved, protocol: Protocol) -> None:
    table = adsl(records, protocol, KEY)
    wanted = [
        "SUBJID",
        "ENRLFL",
        "SCRFFL",
        "RANDFL",
        "RANDDT",
        "TRT01P",
        "SAFFL",
        "NDOSE",
        "EOSSTT",
        "DCSREAS",
    ]
    day = date(2026, 1, 5)
    assert table.select(wanted).rows() == [
        ("P1", "Y", "N", "Y", day, "mdma", "Y", 1, "COMPLETED", None),
        ("P2", "Y", "N", "Y", day, "placebo", "Y", 1, "DISCONTINUED", "moved away"),
        ("P3", "Y", "Y", "N", None, None, "N", 0, None, None),
    ]


def test_adqs_has_baseline_change_and_the_corrected_value(records: Resolved, protocol: Protocol) -> None:
    table = adqs(records, protocol).filter(pl.col("PARAMCD") == "CAPS5.TOTAL")
    assert table.select("USUBJID", "AVISIT", "ASTDY", "AVAL", "BASE", "CHG", "ABLFL").rows() == [
        ("story-P1", "baseline", -1, 40.0, 40.0, 0.0, "Y"),
        ("story-P1", "week-4", 29, 20.0, 40.0, -20.0, "N"),
        ("story-P1", "week-18", 127, 9.0, 40.0, -31.0, "N"),
        ("story-P2", "baseline", 1, 36.0, 36.0, 0.0, "Y"),
        ("story-P2", "week-4", 30, 30.0, 36.0, -6.0, "N"),
        ("story-P2", "week-8", 57, 26.0, 36.0, -10.0, "N"),
    ]


def test_response_and_lost_diagnosis_come_after_baseline(records: Resolved, protocol: Protocol) -> None:
    table = adqs(records, protocol)
    rows = table.filter(pl.col("PARAMCD").is_in(["CAPS5.RESPONSE", "CAPS5.DXLOST"]))
    assert rows.select("PARAMCD", "USUBJID", "AVISIT", "AVAL").sort(pl.all()).rows() == [
        ("CAPS5.DXLOST", "story-P1", "week-18", 1.0),
        ("CAPS5.DXLOST", "story-P1", "week-4", 1.0),
        ("CAPS5.DXLOST", "story-P2", "week-4", 0.0),
        ("CAPS5.DXLOST", "story-P2", "week-8", 0.0),
        ("CAPS5.RESPONSE", "story-P1", "week-18", 1.0),
        ("CAPS5.RESPONSE", "story-P1", "week-4", 1.0),
        ("CAPS5.RESPONSE", "story-P2", "week-4", 0.0),
        ("CAPS5.RESPONSE", "story-P2", "week-8", 1.0),
    ]


def test_response_and_remission_are_what_the_study_file_says(records: Resolved, protocol: Protocol) -> None:
    stricter = compile_text(
        protocol.text.replace(
            'value: {value: 10, unit: "1", source: response-definition}',
            'value: {value: 25, unit: "1", source: response-definition}',
        ).replace(
            'value: {value: 11, unit: "1", source: remission-definition}',
            'value: {value: 8, unit: "1", source: remission-definition}',
        ),
        name="stricter",
    )

    def yes(design: Protocol, code: str) -> list[tuple[str, str]]:
        table = adqs(records, design).filter((pl.col("PARAMCD") == code) & (pl.col("AVAL") == 1))
        return table.select("USUBJID", "AVISIT").rows()

    assert ("story-P1", "week-4") in yes(protocol, "CAPS5.RESPONSE")
    assert yes(stricter, "CAPS5.RESPONSE") == [("story-P1", "week-18")]
    assert yes(protocol, "CAPS5.REMISSION") == [("story-P1", "week-18")]
    assert yes(stricter, "CAPS5.REMISSION") == []


def test_advs_counts_minutes_from_the_first_dose(records: Resolved) -> None:
    table = advs(records).select("PARAMCD", "DUEMIN", "ATPTN", "AVAL", "BASE", "CHG").rows()
    assert table == [
        ("SYSBP", -15, pytest.approx(-14.4), 120.0, 120.0, 0.0),
        ("SYSBP", 60, pytest.approx(57.6), 150.0, 120.0, 30.0),
    ]


def test_adae_keeps_events_of_every_valence_and_their_outcome(records: Resolved) -> None:
    assert adae(records).select("AETERM", "AESOURCE", "AEOUT", "AEENDTC", "TRTEMFL").rows() == [
        ("Euphoria", "prompted", "recovered", "2026-01-12T16:00:00+01:00", "Y"),
        ("Headache", "spontaneous", None, "", "N"),
    ]


def prompted(end: str, *, zone: str = "Australia/Sydney", **changes: Any) -> list[Record]:
    """A dose at 9 in the morning in Sydney (the evening before in UTC) and an effect of that session."""
    first = datetime(2026, 1, 11, 22, 0, tzinfo=UTC)
    fact = AdverseEvent(
        term="Euphoria", onset="2026-01-11T23:00:00+00:00", end=end, severity="moderate", serious=False,
        criteria=(), related="probable", special_interest="abuse-potential", source="prompted",
        prompt="euphoria", visit="dosing-1", peak="2026-01-12T02:00:00+00:00",
        rated={"observer": 2, "participant": 1}, **changes,
    )  # fmt: skip
    found = []
    for number, (stream, each) in enumerate((("session/P1/dosing-1", dose()), ("participant/P1", fact))):
        one = record(900 + number, stream, each, days=0)
        found.append(replace(one, happened_at=Instant(first + timedelta(hours=number), zone)))
    return found


def closing(records: list[Record], end: str, outcome: str = "recovered") -> Record:
    fact = AdverseEventClosed(event=str(records[1].id), outcome=outcome, end=end)
    return record(910, "participant/P1", fact, days=9)


TIMES = ["AESTDTC", "AEPKDTC", "AEENDTC", "ASTDY", "AENDY", "AESEV", "AERATER", "AEOUT", "TRTEMFL"]


def test_adae_tells_begin_peak_and_end_of_a_prompted_effect_on_the_sites_clock() -> None:
    ended = prompted("2026-01-12T20:00:00+00:00")
    assert adae(resolved(ended)).select(TIMES).rows() == [
        ("2026-01-12T10:00:00+11:00", "2026-01-12T13:00:00+11:00", "2026-01-13T07:00:00+11:00",
         1, 2, "MODERATE", "OBSERVER, PARTICIPANT", None, "Y"),
    ]  # fmt: skip
    assert adae(resolved(ended)).select("ASTDT", "ASTDTM", "APKDTM", "AENDTM").rows() == [
        (
            date(2026, 1, 12),
            datetime(2026, 1, 11, 23, tzinfo=UTC),
            datetime(2026, 1, 12, 2, tzinfo=UTC),
            datetime(2026, 1, 12, 20, tzinfo=UTC),
        )
    ]


@pytest.mark.parametrize(
    ("rated", "said", "wanted"),
    [
        ("2026-01-12T20:00:00+00:00", "2026-01-13", ("2026-01-13T07:00:00+11:00", 2, "recovered")),
        ("2026-01-12T20:00:00+00:00", "2026-01-15", ("2026-01-15", 4, "recovered")),
        ("2026-01-12T20:00:00+00:00", "", ("2026-01-13T07:00:00+11:00", 2, "recovered")),
        ("", "2026-01", ("2026-01", None, "recovered")),
        ("", "", ("", None, "recovered")),
    ],
)
def test_the_end_of_an_event_is_what_its_outcome_says_as_exactly_as_it_is_known(
    rated: str, said: str, wanted: tuple[object, ...]
) -> None:
    records = prompted(rated)
    table = adae(resolved([*records, closing(records, said)]))
    assert table.select("AEENDTC", "AENDY", "AEOUT").rows() == [wanted]


def test_an_event_opened_again_has_neither_outcome_nor_the_end_that_was_said() -> None:
    records = prompted("")
    again = replace(closing(records, "", outcome=""), id=uuid5(NAMES, "again"))
    table = adae(resolved([*records, closing(records, "2026-01-13"), again]))
    assert table.select("AEENDTC", "AENDTM", "AEOUT").rows() == [("", None, None)]


def test_adex_tells_what_a_kit_held_only_with_the_key(records: Resolved) -> None:
    assert adex(records).select("EXKIT", "EXTRT", "EXDOSE").rows() == [
        ("K17", None, None),
        ("K29", None, None),
    ]
    keyed = adex(records, KEY).select("EXKIT", "EXTRT", "EXDOSE").rows()
    assert keyed == [("K17", "mdma", 80.0), ("K29", "placebo", 0.0)]


def test_only_treatment_columns_depend_on_the_key(records: Resolved, protocol: Protocol) -> None:
    assert adsl(records, protocol).drop("TRT01P").equals(adsl(records, protocol, KEY).drop("TRT01P"))
    plain, keyed = adex(records), adex(records, KEY)
    assert plain.drop("EXTRT", "EXDOSE").equals(keyed.drop("EXTRT", "EXDOSE"))


def test_arrays_hold_changes_gaps_and_events_from_the_first_visit_they_bear_on(
    records: Resolved, protocol: Protocol
) -> None:
    primary = next(each for each in protocol.analyses if each.role == "primary")
    arrays = trial_arrays(
        adsl(records, protocol, KEY),
        adqs=adqs(records, protocol),
        adice=adice(records, protocol),
        protocol=protocol,
        analysis=primary,
    )
    assert arrays.visits == ("week-4", "week-8", "week-18")
    np.testing.assert_array_equal(arrays.outcome, [[-20, np.nan, -31], [-6, -10, np.nan]])
    np.testing.assert_array_equal(arrays.baseline, [40, 36])
    assert [arrays.arms[code] for code in arrays.arm] == ["mdma", "placebo"]
    np.testing.assert_array_equal(arrays.intercurrent["ssri-restart"], [[0, 0, 0], [0, 1, 1]])
    assert arrays.guess is not None
    assert arrays.guess.tolist() == [arrays.arms.index("mdma"), -1]


def test_without_the_key_everybody_is_in_one_arm(records: Resolved, protocol: Protocol) -> None:
    primary = next(each for each in protocol.analyses if each.role == "primary")
    arrays = trial_arrays(
        adsl(records, protocol),
        adqs=adqs(records, protocol),
        adice=adice(records, protocol),
        protocol=protocol,
        analysis=primary,
    )
    assert arrays.arms == ("pooled",)
    assert arrays.arm.tolist() == [0, 0]
    assert arrays.guess is None
