"""Rules against declared names: types, units, options."""

from __future__ import annotations

import pytest

from holdfast.errors import RuleError
from holdfast.protocol.rules import Declared, Kind, Type, check, check_boolean, parse
from holdfast.protocol.variables import SESSION_VARIABLES

NAMES = {
    "age": Declared("number", unit="a", label="age"),
    "weight": Declared("number", unit="kg", label="weight"),
    "baseline_weight": Declared("number", unit="kg", label="weight at baseline"),
    "total": Declared("number", label="CAPS-5 total"),
    "washout": Declared("number", unit="d", label="wash-out"),
    "sex": Declared("text", label="sex at birth", options=("female", "male")),
    "note": Declared("text", label="note"),
    "pregnant": Declared("bool", label="pregnant"),
    "today": Declared("date", label="today"),
    "last": Declared("date", label="last dose"),
    "drugs": Declared("texts", label="medicines", options=("ssri", "snri")),
    "readings": Declared("numbers", unit="mmHg", label="readings"),
    "doses": Declared("dates", label="doses"),
}

ACCEPTED = [
    "age >= 18",
    "18 <= age && age < 65.5",
    "age + 1 > 18",
    "2 * age > 18 - 1",
    "age * total > 3",
    "total * age > age",
    "weight / 2 < baseline_weight",
    "weight / baseline_weight < 0.9",
    "weight - baseline_weight > -5",
    "-age < 0",
    "sex == 'female'",
    "'male' != sex",
    "sex in ['female', 'male']",
    "sex == note",
    "note == 'anything'",
    "pregnant == false",
    "pregnant != (age > 3)",
    "today - last >= days(14)",
    "today - last >= days(washout)",
    "today >= last + days(14) - days(2)",
    "days(14) + last <= today",
    "last >= date('2026-01-01')",
    "'ssri' in drugs",
    "drugs.exists(d, d == 'ssri' || d in ['snri'])",
    "readings.all(r, r < 180)",
    "180 in readings",
    "[age, 3].exists(x, x > age)",
    "doses.exists(d, today - d < days(7))",
    "true",
    "age in [18, 19]",
]


@pytest.mark.parametrize("text", ACCEPTED)
def test_accepted(text):
    check_boolean(parse(text), NAMES)


REFUSED = [
    ("agee > 3", 0, "There is no variable agee; did you mean age?"),
    ("xyzzy > 3", 0, "declare it among the variables"),
    ("age > weight", 4, "Units never mix: there is “a” and “kg”"),
    ("age > total", 4, "Units never mix: there is “a” and no unit"),
    ("age + weight > 3", 4, "Units never mix: there is “a” and “kg”, but what + takes"),
    ("age in [weight]", 4, "Units never mix"),
    ("[age, weight].exists(x, x > 1)", 6, "Units never mix"),
    ("age * weight > 3", 4, "multiplied and divided by pure numbers only"),
    ("1 / age > 3", 2, "multiplied and divided by pure numbers only"),
    ("age / weight > 3", 4, "multiplied and divided by pure numbers only"),
    ("age > 'x'", 4, "There is a number in “a” and a text"),
    ("pregnant > false", 9, "> orders numbers and dates, but here is yes or no; use == or !="),
    ("sex < 'male'", 4, "< orders numbers and dates"),
    ("sex == 'Female'", 7, "“Female” is not among the options “female”, “male”; did you mean “female”?"),
    ("sex == ''", 7, "is not among the options"),
    ("'other' == sex", 0, "is not among the options"),
    ("sex in ['female', 'other']", 18, "“other” is not among the options"),
    ("'maoi' in drugs", 0, "“maoi” is not among the options “ssri”, “snri”"),
    ("drugs.exists(d, d == 'ssrri')", 21, "did you mean “ssri”?"),
    ("[sex, 'other'].exists(s, s == note)", 6, "is not among the options"),
    ("pregnant && age", 12, "What && takes must be yes or no, but this is a number in “a”"),
    ("!age", 1, "What ! takes must be yes or no"),
    ("-pregnant", 0, "A minus sign stands before a number"),
    ("today == last", 6, "does not compare dates"),
    ("today in doses", 6, "does not compare dates"),
    ("today + last > today", 6, "+ cannot join a date and a date"),
    ("today + 3 > last", 6, "write days(n) for a number of days"),
    ("today - last > 3", 13, "write days(n) for a number of days"),
    ("days(3) * 2 > days(1)", 8, "* takes numbers, but there is a duration in days"),
    ("days(age) > days(1)", 0, "days( ) takes a number of days, but this is a number in “a”"),
    ("days(sex) > days(1)", 5, "days( ) takes a number of days, but this is a text"),
    ("days(3) - today > days(1)", 8, "- cannot join"),
    ("drugs == drugs", 6, "Lists are not compared"),
    ("age in 18", 7, "After “in” stands a list"),
    ("age.exists(x, true)", 4, "asks the values of a list"),
    ("drugs.exists(age, true)", 6, "The name age is taken"),
    ("[1].exists(x, [2].exists(x, x > 1))", 18, "The name x is taken"),
    ("drugs.exists(d, d)", 16, "The condition of “exists” must be yes or no"),
    ("x > 1 || drugs.exists(x, x == 'ssri')", 0, "There is no variable x"),
    ("[1, 'a'].exists(x, true)", 4, "values of one list must be of one type"),
    ("[drugs].exists(x, true)", 1, "A list cannot hold lists"),
    ("age", 0, "A rule must hold or fail, but this one is a number in “a”"),
    ("today - last", 0, "but this one is a duration in days"),
    ("drugs", 0, "but this one is a list, each value a text"),
]


@pytest.mark.parametrize(("text", "position", "sentence"), REFUSED)
def test_refused(text, position, sentence):
    with pytest.raises(RuleError) as caught:
        check_boolean(parse(text), NAMES)
    assert sentence in str(caught.value)
    assert caught.value.position == position


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("age + 1", Type(Kind.NUMBER, unit="a")),
        ("1 + age", Type(Kind.NUMBER, unit="a")),
        ("age / 2", Type(Kind.NUMBER, unit="a")),
        ("3 * total", Type(Kind.NUMBER, unit="1")),
        ("total * age", Type(Kind.NUMBER, unit="a")),
        ("weight / baseline_weight", Type(Kind.NUMBER, unit="1")),
        ("1 + 2", Type(Kind.NUMBER, unit=None)),
        ("today - last", Type(Kind.DURATION)),
        ("today - days(3)", Type(Kind.DATE)),
        ("sex", Type(Kind.TEXT, options=("female", "male"))),
        ("readings", Type(Kind.LIST, element=Type(Kind.NUMBER, unit="mmHg"))),
        ("pregnant", Type(Kind.BOOL)),
    ],
)
def test_type_of_an_expression(text, expected):
    assert check(parse(text), NAMES) == expected


def test_gate_rules_may_use_session_variables():
    rule = parse(
        "hours_since_first_dose >= 1.5 && systolic < 180 && consent_in_force && monitors_present >= 2"
    )
    check_boolean(rule, SESSION_VARIABLES)
