"""Rules in English, and what changed between two of them."""

from __future__ import annotations

import pytest

from holdfast.protocol.rules import Declared, differences, in_words, parse, unit_words

NAMES = {
    "age": Declared("number", unit="a", label="age"),
    "caps_total": Declared("number", label="CAPS-5 total"),
    "hours": Declared("number", unit="h", label="time since the first dose"),
    "systolic": Declared("number", unit="mmHg", label="systolic blood pressure"),
    "limit_stop": Declared("number", unit="mmHg", label="the signed limit"),
    "temperature": Declared("number", unit="degC", label="body temperature"),
    "sex": Declared("text", label="sex at birth", options=("female", "male")),
    "pregnant": Declared("bool", label="pregnant or breast-feeding"),
    "fasted": Declared("bool", label="fasted"),
    "today": Declared("date", label="today"),
    "last": Declared("date", label="the last dose of an SSRI"),
    "drugs": Declared("texts", label="current medicines"),
    "a": Declared("number", label="A"),
    "b": Declared("number", label="B"),
}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("age >= 18 && caps_total >= 28", "age is at least 18 years and CAPS-5 total is at least 28"),
        ("18 <= age", "18 years is at most age"),
        (
            "hours >= 1 && hours <= 2.5",
            "time since the first dose is at least 1 hour and time since the first dose is at most 2.5 hours",
        ),
        ("temperature < 38.5", "body temperature is less than 38.5 °C"),
        ("caps_total == 0 || caps_total != 4", "CAPS-5 total is 0 or CAPS-5 total is not 4"),
        ("sex == 'male' || !pregnant", "sex at birth is “male” or “pregnant or breast-feeding” is no"),
        ("fasted", "“fasted” is yes"),
        ("fasted == false", "“fasted” is no"),
        ("fasted != false", "“fasted” is yes"),
        ("!(age < 18 || pregnant)", "not (age is less than 18 years or “pregnant or breast-feeding” is yes)"),
        (
            "fasted && (pregnant || age > 60)",
            "“fasted” is yes and (“pregnant or breast-feeding” is yes or age is more than 60 years)",
        ),
        ("sex in ['female', 'male']", "sex at birth is one of “female” or “male”"),
        ("!(age in [18, 19, 20])", "age is none of 18 years, 19 years or 20 years"),
        ("sex in ['female']", "sex at birth is “female”"),
        ("'lithium' in drugs", "“lithium” is among current medicines"),
        ("!('lithium' in drugs)", "“lithium” is not among current medicines"),
        ("drugs.exists(d, d == 'lithium')", "at least one of current medicines is “lithium”"),
        ("[a, b].exists(x, x >= 3)", "at least one of A and B is at least 3"),
        ("[a, b].all(x, x in [1, 2])", "each of A and B is one of 1 or 2"),
        (
            "[a, b].all(x, x > 1 || fasted)",
            "for each of A and B, called x: x is more than 1 or “fasted” is yes",
        ),
        (
            "[a, b].exists(x, x > x / 2)",
            "for at least one of A and B, called x: x is more than x divided by 2",
        ),
        ("today - last >= days(14)", "the time from the last dose of an SSRI to today is at least 14 days"),
        ("today - last > days(1)", "the time from the last dose of an SSRI to today is more than 1 day"),
        (
            "last + days(30) < date('2026-02-03')",
            "the last dose of an SSRI plus 30 days is before 3 February 2026",
        ),
        ("last <= today", "the last dose of an SSRI is on or before today"),
        ("systolic - 10 >= limit_stop", "systolic blood pressure minus 10 mmHg is at least the signed limit"),
        ("2 * systolic > 300", "2 times systolic blood pressure is more than 300 mmHg"),
        ("a - (b - 1) > 0", "A minus (B minus 1) is more than 0"),
        ("-a < -3", "minus A is less than -3"),
        ("true", "always"),
        ("unheard_of > 3", "unheard_of is more than 3"),
    ],
)
def test_rule_in_words(text, words):
    assert in_words(parse(text), NAMES) == words


@pytest.mark.parametrize(
    ("unit", "value", "words"),
    [
        ("1", 3, ""),
        ("a", 1, "year"),
        ("a", 0, "years"),
        ("h", 1.5, "hours"),
        ("mmHg", 1, "mmHg"),
        ("/min", 60, "per minute"),
    ],
)
def test_unit_in_words(unit, value, words):
    assert unit_words(unit, value) == words


def changed(old, new, *, new_names=NAMES):
    return differences(parse(old), parse(new), old_names=NAMES, new_names=new_names)


def test_two_spellings_of_one_rule_do_not_differ():
    assert changed("age>=18 && (fasted)", "age >= 18.0 && fasted") == ()


def test_a_changed_value_is_told_before_and_after():
    assert changed("age >= 18 && fasted", "age >= 21 && fasted") == (
        "Was: age is at least 18 years. Now: age is at least 21 years.",
    )


def test_parts_removed_and_added():
    assert changed("age >= 18 && fasted", "age >= 18 && caps_total >= 28 && !pregnant") == (
        "Removed: “fasted” is yes.",
        "Added: CAPS-5 total is at least 28.",
        "Added: “pregnant or breast-feeding” is no.",
    )


def test_a_part_added_to_a_single_condition():
    assert changed("age >= 18", "age >= 18 && fasted") == ("Added: “fasted” is yes.",)


def test_another_order_is_said_to_be_no_more():
    assert changed("age >= 18 && fasted", "fasted && age >= 18") == (
        "The same conditions stand in another order.",
    )


def test_another_joiner_changes_the_whole():
    assert changed("age >= 18 && fasted", "age >= 18 || fasted") == (
        "Was: age is at least 18 years and “fasted” is yes. "
        "Now: age is at least 18 years or “fasted” is yes.",
    )


def test_a_part_said_twice_and_then_once_is_a_difference():
    assert changed("fasted && fasted && age > 1", "fasted && age > 1") == ("Removed: “fasted” is yes.",)


def test_another_unit_of_a_name_is_a_difference():
    other = {**NAMES, "age": Declared("number", unit="mo", label="age")}
    assert changed("age >= 18", "age >= 18", new_names=other) == (
        "Was: age is at least 18 years. Now: age is at least 18 months.",
    )
