"""What rules mean: the table of cases, three-valued logic, and CEL as an outsider's word."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

import cel
import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from holdfast.instruments.scale import AbsenceReason, Absent
from holdfast.protocol.rules import Truth, Verdict, canonical_text, check_boolean, evaluate, parse
from rule_drawing import NAMES, Drawer, draw_facts, draw_value
from scale import scaled

TABLE = json.loads(Path(__file__).with_name("rule_cases.json").read_text(encoding="utf-8"))
CASES = [(group, case) for group, cases in TABLE.items() for case in cases]
SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.large_base_example]
DICE = st.integers(0, 2**32 - 1).map(Random)


@pytest.mark.parametrize(
    ("group", "case"), CASES, ids=[f"{group}: {case['rule'][:60]}" for group, case in CASES]
)
def test_table_of_cases(group, case):
    verdict = evaluate(parse(case["rule"]), case["facts"])
    assert {
        "truth": verdict.truth.value,
        "missing": sorted(verdict.missing),
        "reasons": sorted(verdict.reasons),
    } == {key: case[key] for key in ("truth", "missing", "reasons")}


def test_table_is_rich():
    assert len(CASES) >= 150
    assert {case["truth"] for _, case in CASES} == {"holds", "fails", "unknown"}


def test_absent_answers_are_missing():
    rule = parse("age >= 18 && sex == 'female'")
    facts = {"age": Absent(AbsenceReason.REFUSED), "sex": "female"}
    assert evaluate(rule, facts) == Verdict(Truth.UNKNOWN, missing=frozenset({"age"}))


def test_numbers_that_are_no_number_are_missing():
    for value in (float("nan"), float("inf"), -float("inf"), 10**400):
        assert evaluate(parse("age > 1"), {"age": value}).missing == {"age"}


def test_date_objects_and_iso_texts_mean_the_same():
    rule = parse("today - last == days(14)")
    assert evaluate(rule, {"today": date(2026, 3, 15), "last": "2026-03-01"}).holds


def test_an_instant_is_not_a_day():
    verdict = evaluate(
        parse("seen >= date('2026-01-01')"), {"seen": datetime(2026, 1, 1, 23, 30, tzinfo=UTC)}
    )
    assert verdict.missing == {"seen"}


def test_a_verdict_cannot_stand_as_a_condition():
    with pytest.raises(TypeError, match="three values"):
        bool(evaluate(parse("false"), {}))


def test_exactly_one_of_the_three_values():
    for truth in Truth:
        verdict = Verdict(truth)
        assert [verdict.holds, verdict.fails, verdict.unknown].count(True) == 1


@settings(max_examples=scaled(4000), deadline=None, suppress_health_check=SLOW)
@given(DICE)
def test_a_settled_verdict_is_not_changed_by_more_facts(dice):
    rule = Drawer(dice).rule()
    check_boolean(rule, NAMES)
    some = draw_facts(dice)
    verdict = evaluate(rule, some)
    event(verdict.truth.value)
    if verdict.unknown:
        return
    more = {**draw_facts(dice, given=1, vague=False), **some}
    assert evaluate(rule, more) == verdict


@settings(max_examples=scaled(4000), deadline=None, suppress_health_check=SLOW)
@given(DICE)
def test_what_is_missing_settles_an_unknown_rule(dice):
    rule = Drawer(dice).rule()
    some = draw_facts(dice)
    verdict = evaluate(rule, some)
    assume(verdict.unknown)
    filled = {**some, **{name: draw_value(dice, name, vague=False) for name in verdict.missing}}
    then = evaluate(rule, filled)
    assert not then.unknown or (then.reasons and not then.missing)


@settings(max_examples=scaled(4000), deadline=None, suppress_health_check=SLOW)
@given(DICE)
def test_names_that_are_not_missing_cannot_settle_an_unknown_rule(dice):
    rule = Drawer(dice).rule()
    some = draw_facts(dice)
    verdict = evaluate(rule, some)
    assume(verdict.unknown)
    others = {
        name: draw_value(dice, name, vague=False)
        for name in NAMES
        if name not in verdict.missing and name not in some
    }
    assert evaluate(rule, {**some, **others}) == verdict


@settings(max_examples=scaled(4000), deadline=None, suppress_health_check=SLOW)
@given(DICE)
def test_de_morgan_and_double_negation(dice):
    drawer = Drawer(dice)
    left, right = canonical_text(drawer.rule(2)), canonical_text(drawer.rule(2))
    facts = draw_facts(dice, wrong=0.05)

    def verdict(text):
        return evaluate(parse(text), facts)

    assert verdict(f"!(({left}) && ({right}))") == verdict(f"!({left}) || !({right})")
    assert verdict(f"!!({left})") == verdict(left)
    assert verdict(f"({left}) && ({right})") == verdict(f"({right}) && ({left})")


def in_cel(text: str) -> str:
    """The same rule with every number written as a double, for CEL does not mix kinds of number."""
    token = r'"(?:[^"\\]|\\.)*"|[a-z][a-z0-9_]*|[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?'
    return re.sub(token, lambda found: _double(found.group()), text)


def _double(token: str) -> str:
    return repr(float(token)) if token[0].isdigit() else token


@settings(max_examples=scaled(6000), deadline=None, suppress_health_check=SLOW)
@given(DICE)
def test_a_cel_library_agrees_where_nothing_is_missing(dice):
    rule = Drawer(dice, cel=True).rule(5)
    facts = {name: draw_value(dice, name, vague=False, tame=True) for name in NAMES if name[0] in "nbt"}
    verdict = evaluate(rule, facts)
    event(verdict.truth.value)
    assert not verdict.unknown
    assert cel.evaluate(in_cel(canonical_text(rule)), facts) is verdict.holds
