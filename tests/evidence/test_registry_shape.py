"""What a registry sends is read: untrue fields become "not known", no word of a criterion is lost."""

from __future__ import annotations

import math
import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.registry_world import raw_study
from holdfast.evidence.registry.plain import Criteria, criteria, line, text
from holdfast.evidence.registry.shape import Age, Point, age, partial, point, registry_id, study
from holdfast.evidence.registry.snapshot import as_v2
from holdfast.timing import PartialDate

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("MDMA <b>in</b> PTSD", "MDMA in PTSD"),
        ("<script>alert('x')</script>MDMA<img src=x onerror=alert(1)>", "MDMA"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;MDMA", "MDMA"),
        ("&amp;lt;iframe src=//x&amp;gt;MDMA", "MDMA"),
        ("Weight <b and c> 50; QTc < 450 and > 300", "Weight <b and c> 50; QTc < 450 and > 300"),
        ("line\u202eevil\x00\x1b[31m", "lineevil[31m"),
        ("\\~8-12 weeks, \\>= 18", "~8-12 weeks, >= 18"),
        (["a", "list"], ""),
        (None, ""),
    ],
)
def test_titles_are_words_and_nothing_else(sent, shown):
    assert line(sent) == shown


@pytest.mark.parametrize(
    "piece",
    ["<a =", "<a ", "<script", "<script>", "<!--", "&lt;", "<a" + " " * 50, "\n* ", " inclusion criteria "],
)
def test_a_hostile_text_costs_no_more_than_its_length(piece):
    began = time.process_time()
    criteria(piece * 50_000)
    line("<a " + "=" * 200_000)
    # Some milliseconds here; a second is far off and still not quadratic.
    assert time.process_time() - began < 1


def test_an_endless_title_is_cut():
    assert line("x" * 10**6, longest=50) == "x" * 49 + "…"


def test_criteria_are_lines_under_their_headings_word_for_word():
    sent = (
        "Participants must:\n\nKey Inclusion Criteria:\n\n* Are at least 18 years old.\n"
        "* Agree to have visits\n  recorded\n    * nested: audio\n\n1. Weigh 45 kg or more\n\n"
        "EXCLUSION CRITERIA:\n- Pregnant; or\n- Exclusion: uncontrolled hypertension\n\n"
        "Exclusion Criteria for partners:\n\n(a) Have PTSD"
    )
    assert criteria(sent) == Criteria(
        inclusion=(
            "Are at least 18 years old.",
            "Agree to have visits recorded",
            "nested: audio",
            "Weigh 45 kg or more",
        ),
        exclusion=(
            "Pregnant; or",
            "Exclusion: uncontrolled hypertension",
            "Exclusion Criteria for partners:",
            "Have PTSD",
        ),
        other=("Participants must:",),
    )


def test_criteria_without_headings_stand_under_none():
    assert criteria("Veterans with PTSD") == Criteria(other=("Veterans with PTSD",))
    assert not criteria(17).known


@given(st.lists(st.from_regex(r"[A-Za-z0-9 ,;()<>=.-]{1,40}", fullmatch=True), max_size=6))
def test_no_word_of_a_criterion_is_lost(lines):
    sent = "Inclusion Criteria:\n" + "\n".join(f"* {each}" for each in lines)
    found = criteria(sent)
    kept = " ".join((*found.other, *found.inclusion, *found.exclusion)).split()
    marks = {"*", "-", "*)", "-."}
    for each in " ".join(text(sent).split("\n")[1:]).split():
        bare = each.strip("()-.:")
        assert (
            not bare
            or each in marks
            or len(bare) == 1
            or bare.isdecimal()
            or any(bare in word for word in kept)
        )


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("18 Years", Age(18, "year")),
        ("6 Months", Age(6, "month")),
        ("1 Day", Age(1, "day")),
        ("N/A", None),
        ("eighteen", None),
        (18, None),
    ],
)
def test_ages_are_read_with_their_unit(sent, read):
    assert age(sent) == read


def test_six_months_are_half_a_year_and_say_so():
    assert Age(6, "month").years == 0.5
    assert str(Age(6, "month")) == "6 months"
    assert str(Age(1, "year")) == "1 year"


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2026-10", PartialDate(2026, 10)),
        ("2026-10-03", PartialDate(2026, 10, 3)),
        ("2026-13", PartialDate()),
        ("2027-01", PartialDate()),  # has not come yet
        ("2026-11", PartialDate(2026, 11)),  # may be past
        ("yesterday", PartialDate()),
        (20261003, PartialDate()),
    ],
)
def test_dates_are_as_fine_as_they_are_known_and_never_to_come(sent, read):
    assert partial(sent, today=TODAY) == read


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ({"lat": -33.87, "lon": 151.21}, Point(-33.87, 151.21)),
        ({"lat": 90, "lon": 180}, Point(90, 180)),
        ({"lat": 133.87, "lon": 15}, None),
        ({"lat": 10, "lon": 180.1}, None),
        ({"lat": 0, "lon": 0}, None),
        ({"lat": math.nan, "lon": 1}, None),
        ({"lat": math.inf, "lon": 1}, None),
        ({"lat": "47", "lon": "8"}, None),
        ({"lat": True, "lon": 8}, None),
        ({"lat": 47}, None),
        (None, None),
    ],
)
def test_a_place_that_is_none_is_not_known(sent, read):
    assert point(sent) == read


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("NCT03537014", "NCT03537014"),
        ("nct3537014", "NCT03537014"),
        ("NCT0", ""),
        ("NCT123456789", ""),
        ("NCT1/../x", ""),
        (3, ""),
    ],
)
def test_an_id_has_one_spelling(sent, read):
    assert registry_id(sent) == read


def test_changed_fields_are_not_known_and_contradictions_are_said():
    found = study(
        raw_study(
            5,
            statusModule={"overallStatus": "Open!", "lastUpdatePostDateStruct": {"date": "2031-01-01"}},
            sponsorCollaboratorsModule=["moved"],
            oversightModule={"oversightHasDmc": "yes"},
            designModule={"phases": ["PHASE2", "PHASE9", 3]},
            eligibilityModule={"minimumAge": "65 Years", "maximumAge": "18 Years"},
            contactsLocationsModule={
                "locations": [{"country": "Norway", "geoPoint": {"lat": 600, "lon": 10}}]
            },
        ),
        today=TODAY,
    )
    assert found is not None
    assert (found.status, found.sponsor, found.board, found.phases) == ("UNKNOWN", "", None, ("PHASE2",))
    assert found.doubts == ("date", "place", "ages")
    assert found.sites[0].point is None


def test_an_organisation_that_is_only_called_like_the_drug_is_off_topic():
    mda = raw_study(6, armsInterventionsModule={"interventions": [{"name": "3,4-Methylenedioxyamphetamine"}]})
    mda["protocolSection"]["identificationModule"]["briefTitle"] = "MDA in PTSD"
    found = study(mda, today=TODAY)
    assert found is not None
    assert not found.on_topic


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200)
@given(st.sampled_from(sorted(raw_study(1)["protocolSection"])), _JSON)
def test_whatever_a_module_becomes_a_study_is_read_or_none(module, junk):
    study(raw_study(1, **{module: junk}), today=TODAY)
    study(junk, today=TODAY)


def test_a_study_written_down_reads_the_same():
    planned = {
        "overallStatus": "RECRUITING",
        "completionDateStruct": {"date": "2031-05", "type": "ESTIMATED"},
    }
    found = study(raw_study(7, statusModule=planned), today=TODAY)
    assert found is not None
    assert found.ends.iso() == "2031-05"  # a plan may lie ahead, an update may not
    assert study(as_v2(found), today=TODAY) == found
