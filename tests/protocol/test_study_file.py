"""The shipped study compiles to the published design; its text is hashed, its figures have paths."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from holdfast import studies
from holdfast.protocol.compiler import compile_study, compile_text, hash_of
from holdfast.protocol.figures import figures, unsigned
from holdfast.protocol.model import Protocol, VisitKind
from holdfast.protocol.names import gate_names, study_names, visits_of
from holdfast.protocol.roles import Role
from holdfast.protocol.rules import Truth, evaluate, parse
from holdfast.protocol.schedule import planned_day
from holdfast.sourced import Status
from scale import scaled

PATH = studies.path_of("inactive-placebo")


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return compile_study(PATH)


def test_it_is_found_by_name_by_folder_and_by_file(tmp_path: Path):
    assert studies.shipped() == ("authorised-prescriber", "inactive-placebo", "low-dose-control")
    assert studies.path_of(PATH) == PATH
    assert studies.path_of(PATH.parent) == PATH
    assert studies.path_of(str(PATH)) == PATH


def test_the_hash_is_of_the_text_alone(protocol: Protocol):
    text = PATH.read_text(encoding="utf-8")
    assert protocol.text == text
    assert protocol.hash == hashlib.sha256(text.encode("utf-8")).hexdigest()


def test_line_ends_and_a_byte_order_mark_change_neither_hash_nor_protocol(protocol: Protocol, tmp_path: Path):
    for content in (
        PATH.read_bytes().replace(b"\n", b"\r\n"),
        PATH.read_bytes().replace(b"\n", b"\r"),
        b"\xef\xbb\xbf" + PATH.read_bytes(),
    ):
        copy = tmp_path / "study.yaml"
        copy.write_bytes(content)
        assert compile_study(copy) == protocol


def test_a_comment_changes_the_hash_and_nothing_else(protocol: Protocol):
    other = compile_text(protocol.text + "# a remark\n", name="s")
    assert other.hash != protocol.hash
    assert other.model_copy(update={"text": protocol.text, "hash": protocol.hash}) == protocol


@settings(max_examples=scaled(400), deadline=None)
@given(st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])), max_size=20))
def test_the_hash_does_not_see_which_line_ends_were_used(lines: list[str]):
    assert hash_of("\n".join(lines)) == hash_of("\r\n".join(lines)) == hash_of("\r".join(lines))


def test_a_protocol_is_frozen(protocol: Protocol):
    with pytest.raises(ValidationError, match="frozen"):
        protocol.hash = "x"  # type: ignore[misc]


def test_it_is_the_published_design(protocol: Protocol):
    assert [(arm.code, arm.role, arm.level) for arm in protocol.arms] == [
        ("placebo", "comparator", 0),
        ("mdma", "experimental", 1),
    ]
    doses = [
        (session.first.mg["mdma"].number, session.supplemental.mg["mdma"].number)
        for session in protocol.sessions
        if session.supplemental is not None
    ]
    assert doses == [(80, 40), (120, 60), (120, 60)]
    windows = {
        (step.opens_h.number, step.closes_h.number)
        for session in protocol.sessions
        if (step := session.supplemental) and step.opens_h and step.closes_h
    }
    assert windows == {(1.5, 2)}
    kinds = Counter(visit.kind for visit in protocol.visits)
    assert kinds[VisitKind.PREPARATION] == 3
    assert kinds[VisitKind.DOSING] == 3
    assert kinds[VisitKind.INTEGRATION] == 9
    assert protocol.study.planned_n.number == 104


def test_visits_have_the_codes_and_days_that_others_rely_on(protocol: Protocol):
    days = {visit.code: planned_day(protocol, visit.code) for visit in protocol.visits}
    assert days == {
        "screening": -42, "prep-1": -21, "prep-2": -14, "prep-3": -7, "baseline": -1,
        "dosing-1": 3, "morning-1": 4, "integration-1-1": 4, "integration-1-2": 11, "integration-1-3": 18,
        "call-1-2": 5, "call-1-3": 6, "call-1-5": 8, "call-1-7": 10, "week-4": 29,
        "dosing-2": 31, "morning-2": 32, "integration-2-1": 32, "integration-2-2": 39, "integration-2-3": 46,
        "call-2-2": 33, "call-2-3": 34, "call-2-5": 36, "call-2-7": 38, "week-8": 57,
        "dosing-3": 59, "morning-3": 60, "integration-3-1": 60, "integration-3-2": 67, "integration-3-3": 74,
        "call-3-2": 61, "call-3-3": 62, "call-3-5": 64, "call-3-7": 66, "week-18": 127,
        "follow-up-6-months": 242, "follow-up-12-months": 424,
    }  # fmt: skip


def test_a_day_before_randomisation_and_days_after_it_skip_day_zero(protocol: Protocol):
    text = protocol.text.replace("after: prep-3\n    days: {value: 6,", "after: prep-3\n    days: {value: 7,")
    # 7 days after day -7 is the day of randomisation itself, which a baseline must not be
    with pytest.raises(Exception, match="a baseline visit on study day 1;"):
        compile_text(text, name="s")


def test_ratings_are_by_raters_and_guesses_come_before_them(protocol: Protocol):
    for code in ("baseline", "week-4", "week-8", "week-18"):
        assert ("CAPS-5", Role.RATER) in {(one.form, one.by) for one in protocol.visit(code).forms}
    for k in (1, 2, 3):
        first = protocol.visit(f"morning-{k}").forms[:2]
        assert [(one.form, one.by) for one in first] == [
            ("GUESS", Role.PARTICIPANT),
            ("GUESS", Role.THERAPIST),
        ]


def test_suicidality_is_asked_at_every_visit_session_and_call(protocol: Protocol):
    without = [visit.code for visit in protocol.visits if all(form.form != "C-SSRS" for form in visit.forms)]
    assert without == []


def test_every_figure_has_a_path_a_source_and_a_status_one_may_show(protocol: Protocol):
    found = figures(protocol)
    assert found["limits.systolic-stop.value"].number == 180
    assert found["visits.dosing-1.day"].number == 3
    assert found["settings.contraception-after.value"].number == 10
    assert found["sessions.dosing-2.supplemental.mg.mdma"].number == 60
    assert all(" " in figure.source for figure in found.values())
    assert not [path for path, figure in found.items() if figure.status is Status.RECALLED_UNVERIFIED]


def test_no_citation_names_an_address(protocol: Protocol):
    told = [source.cite for source in protocol.sources.values()]
    assert [
        cite for cite in told if "http" in cite or "www" in cite or ".org" in cite or ".com" in cite
    ] == []


def test_what_is_not_public_must_be_signed_and_nothing_published_must(protocol: Protocol):
    open_ones = set(unsigned(protocol))
    found = figures(protocol)
    for limit in protocol.limits:
        assert f"limits.{limit.code}.value" in open_ones
    for visit in protocol.visits:
        assert {f"visits.{visit.code}.early", f"visits.{visit.code}.late"} <= open_ones
    assert not [path for path in open_ones if path.startswith("sessions.")]
    assert open_ones == {path for path, figure in found.items() if figure.status is Status.REHEARSAL}
    print(f"\n{len(found)} figures, {len(open_ones)} to be signed")


def test_every_criterion_can_be_met_failed_and_left_open(protocol: Protocol):
    names = study_names(protocol)
    for criterion in protocol.eligibility:
        rule = parse(criterion.rule)
        assert evaluate(rule, {}).truth is Truth.UNKNOWN, criterion.code
        answers = {
            "age": 40,
            "sex": "female",
            "weight": 70,
            "qtc": 420,
            "ptsd_months": 120,
            "caps5_total": 40,
        }
        answers |= {"alcohol_use_disorder": "none", "cannabis_use_disorder": "mild"}
        for flag in (True, False):
            every = {name: flag for name, one in names.items() if one.type == "bool"} | answers
            every |= {"contraception_agreed": True, "screening_pregnancy_negative": True}
            assert evaluate(rule, every).truth is not Truth.UNKNOWN, criterion.code


def test_age_weight_and_severity_have_their_bounds(protocol: Protocol):
    rules = {criterion.code: parse(criterion.rule) for criterion in protocol.eligibility}
    cases = [
        ("adult", {"age": 18}, Truth.HOLDS), ("adult", {"age": 17}, Truth.FAILS),
        ("ptsd-severity", {"caps5_total": 28}, Truth.HOLDS), ("ptsd-severity", {"caps5_total": 27}, Truth.FAILS),  # noqa: E501
        ("weight", {"weight": 48}, Truth.HOLDS), ("weight", {"weight": 47.9}, Truth.FAILS),
        ("qtc-limit", {"sex": "male", "qtc": 451}, Truth.FAILS),
        ("qtc-limit", {"sex": "female", "qtc": 451}, Truth.HOLDS),
        ("alcohol-or-cannabis", {"alcohol_use_disorder": "moderate", "cannabis_use_disorder": "none"}, Truth.FAILS),  # noqa: E501
        ("not-pregnant-at-entry", {"childbearing_potential": False}, Truth.HOLDS),
        ("not-pregnant-at-entry", {"childbearing_potential": True}, Truth.UNKNOWN),
    ]  # fmt: skip
    for code, facts, truth in cases:
        assert evaluate(rules[code], facts).truth is truth, (code, facts)


def test_gate_rules_are_unknown_without_signed_limits(protocol: Protocol):
    gates = {item.code: item for item in protocol.gates}
    rule = parse(gates["pressure-below-stop"].rule)
    verdict = evaluate(rule, {"systolic": 120, "diastolic": 80})
    assert verdict.truth is Truth.UNKNOWN
    assert verdict.missing == {"limit_systolic_stop", "limit_diastolic_stop"}
    assert set(gate_names(protocol)) > {"limit_systolic_stop", "systolic", "age"}


def test_nobody_may_override_what_protects_life(protocol: Protocol):
    held = {item.code for item in protocol.gates if item.override == "nobody"}
    assert held == {
        "consent-in-force", "identity-and-kit", "no-mao-inhibitor-or-lithium", "not-pregnant", "two-monitors",
        "physician-and-emergency-kit", "pressure-below-stop", "no-acute-suicidality",
    }  # fmt: skip
    for session in protocol.sessions:
        assert held <= set(session.first.gate)


def test_variables_become_known_at_their_visits(protocol: Protocol):
    known = {variable.name: visits_of(protocol, variable) for variable in protocol.variables}
    assert known["age"] == ("screening",)
    assert known["caps5_total"] == ("baseline",)
    assert known["medication_tapered"] == ("baseline",)


def test_a_session_has_about_thirty_readings_and_five_askings(protocol: Protocol):
    assert len(protocol.vitals.at_minutes.numbers) == 29
    assert protocol.adverse_events.prompt_at_hours.numbers == (1, 2, 4, 6, 8, 24)
    assert protocol.adverse_events.participant_hours == (8, 24)


def test_each_estimand_answers_each_event(protocol: Protocol):
    events = {event.code for event in protocol.intercurrent_events}
    assert events == {
        "missed-session", "no-supplemental-dose", "ssri-restart", "other-ptsd-therapy", "non-study-mdma",
        "unblinding", "therapist-change", "therapist-complaint", "treatment-stopped", "death",
    }  # fmt: skip
    assert all(set(estimand.strategies) == events for estimand in protocol.estimands)
    primary = [analysis for analysis in protocol.analyses if analysis.role == "primary"]
    assert [(one.outcome, one.visits, one.df, one.factors) for one in primary] == [
        ("CAPS-5.total", ("week-4", "week-8", "week-18"), "kr", ("site",))
    ]
