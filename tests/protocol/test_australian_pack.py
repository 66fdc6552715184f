"""The Australian rule pack, line by line: each rule is data with its source, or says it is not verified."""

from __future__ import annotations

from functools import cache

import pytest

from holdfast.protocol.compiler import compile_text
from holdfast.protocol.model import Programme, Protocol
from holdfast.sourced import Status
from holdfast.studies import path_of

OFFICIAL = {Status.FOUND, Status.SOURCED, Status.SOURCED_PRIMARY}
"""Read in the official text itself."""


@cache
def study() -> Protocol:
    return compile_text(path_of("authorised-prescriber").read_text(encoding="utf-8"), name="study.yaml")


def pack() -> Programme:
    found = study().programme
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("specialist", "Fellowship of the Royal Australian and New Zealand College of Psychiatrists"),
        ("own-product", "each product has one of its own"),
        ("standard-pathway", "established history is closed to MDMA"),
        ("ethics-first", "human research ethics committee approved the clinical protocol"),
        ("ptsd-only", "PTSD only; other treatments on the register"),
    ],
)
def test_who_may_prescribe_is_confirmed_condition_by_condition(code: str, words: str) -> None:
    assert pack().country == "AU"
    said = {each.code: each.label["en"] for each in pack().authority.conditions}
    assert words in said[code]
    assert Status(pack().authority.status) is Status.FOUND_SECONDARY  # read as a copy: the page says verify


def test_victoria_is_told_before_prescribing_everything_its_form_holds() -> None:
    state = pack().state("VIC")
    assert state is not None
    (form,) = state.notices
    assert (form.when, form.business_days, Status(form.status)) == ("before-prescribing", None, Status.FOUND)
    holds = " ".join(each["en"] for each in form.holds)
    for part in (
        "approval number", "qualifications", "date of birth", "site of treatment",
        "maximum dose and frequency", "anticipated dates", "local Australian supplier",
        "ethics approval number",
    ):  # fmt: skip
        assert part in holds


def test_south_australia_is_told_within_one_business_day_of_each_prescription() -> None:
    state = pack().state("SA")
    assert state is not None
    (notice,) = state.notices
    assert notice.when == "after-prescribing"
    assert notice.business_days is not None
    assert (notice.business_days.number, notice.business_days.unit) == (1, "d")
    assert notice.business_days.status in OFFICIAL
    assert notice.to["en"] == "the Chief Psychiatrist, South Australia"
    assert (
        state.public_holidays == ()
    )  # none is shipped: a list of this year's would move a deadline wrongly next year


def test_no_state_is_passed_over_in_silence() -> None:
    assert [each.code for each in pack().states] == ["VIC", "SA", "ACT", "NSW", "QLD", "WA", "TAS", "NT"]
    for state in pack().states:
        asked = [each.code for each in pack().conditions(state.code)]
        if Status(state.status) in OFFICIAL:
            assert state.notices, state.code
        else:
            assert f"{state.code.lower()}-asked" in asked, "somebody asks before an approval counts there"


def test_the_six_monthly_report_has_its_halves_its_day_its_contents_and_its_copy() -> None:
    report = pack().report
    assert (report.months.number, report.due_days.number) == (6, 31)
    assert [each["en"].partition(":")[0] for each in report.asked] == ["new patients", "total patients"]
    assert "Online System" in report.to["en"]
    assert "ethics committee" in report.copies[0]["en"]
    assert report.months.status is Status.FOUND_SECONDARY


def test_what_no_request_waits_for_is_there_as_data_too() -> None:
    said = {each.code: each for each in (*pack().duties, *pack().payers)}
    assert set(said) == {"adverse-events", "vic-who-administers", "competency", "college", "dva"}
    assert "therapists, counsellors and pharmacists do not" in said["vic-who-administers"].label["en"]
    assert "D9538" in said["dva"].label["en"]
    assert "nothing is paid afterwards" in said["dva"].label["en"]
    assert said["dva"].when["en"] == "before treatment begins"
    holds = " ".join(each["en"] for each in said["dva"].holds)
    for part in ("at least two", "fourth-line", "three dosing sessions", "credentials", "fees"):
        assert part in holds


def test_what_was_not_read_in_an_official_text_says_so_in_its_source_or_its_status() -> None:
    for each in (*pack().duties, *pack().payers):
        status = Status(each.status)
        assert status not in OFFICIAL, each.code
        assert status is Status.FOUND_SECONDARY or "verify" in each.source, each.code
