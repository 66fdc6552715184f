from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.instruments import caps5
from holdfast.instruments.caps5 import Frequency, Intensity, severity
from holdfast.instruments.scale import AbsenceReason, Absent
from holdfast.instruments.symptoms import rule_met
from scale import scaled

MANY = settings(max_examples=scaled(4000), deadline=None)
CODES = [f"q{k}" for k in range(1, 21)]
NOT_DONE = Absent(AbsenceReason.NOT_DONE)


def answers(*severities: int | None, **other):
    given = {code: value for code, value in zip(CODES, severities, strict=False) if value is not None}
    return given | other


def values(given):
    return caps5.score(given).values


ratings = st.lists(st.integers(0, 4), min_size=20, max_size=20)
partial = st.lists(st.one_of(st.integers(0, 4), st.none()), min_size=20, max_size=20)


class TestIntensityAndFrequency:
    @pytest.mark.parametrize(
        ("intensity", "by_frequency"),
        [
            ("absent", (0, 0, 0, 0)),
            ("minimal", (1, 1, 1, 1)),
            ("clearly-present", (1, 2, 2, 2)),
            ("pronounced", (2, 2, 3, 3)),
            ("extreme", (2, 3, 3, 4)),
        ],
    )
    def test_every_cell(self, intensity, by_frequency):
        assert tuple(severity(Intensity(intensity), frequency) for frequency in Frequency) == by_frequency

    def test_the_table_is_the_training_course_rule(self):
        # Equal: that level; else the lower of the two; but intensity two or more steps
        # above frequency gives frequency + 1.
        for i, f in itertools.product(range(1, 5), range(1, 5)):
            ruled = f + 1 if i - f >= 2 else min(i, f)
            assert severity(list(Intensity)[i], list(Frequency)[f - 1]) == ruled

    @pytest.mark.parametrize(
        ("percent", "frequency"),
        [
            (0, None), (1, "once-a-month"), (19, "once-a-month"), (20, "twice-a-month"),
            (49, "twice-a-month"), (50, "twice-a-week"), (79, "twice-a-week"), (80, "daily"), (100, "daily"),
        ],
    )  # fmt: skip
    def test_shares_of_the_time(self, percent, frequency):
        assert caps5.frequency_of_share(percent) == frequency

    def test_an_absent_severity_is_worked_out(self):
        given = answers(*[0] * 20) | {"q1": NOT_DONE, "q1_intensity": "extreme", "q1_frequency": "daily"}
        scores = caps5.score(given)
        assert (scores.values["total"], scores.missing, scores.warnings) == (4, (), ())

    def test_an_absent_symptom_needs_no_frequency(self):
        assert caps5.rule_severity({"q1_intensity": "absent"}, "q1") == 0
        assert caps5.rule_severity({"q1_intensity": "extreme"}, "q1") is None

    def test_a_severity_that_disagrees_is_kept_and_said(self):
        given = answers(3, *[0] * 19) | {"q1_intensity": "minimal", "q1_frequency": "daily"}
        scores = caps5.score(given)
        assert scores.values["total"] == 3
        assert scores.warnings == (
            "Item 1: the recorded severity is 3, intensity and frequency give 1. Check which is right.",
        )


class TestScoring:
    def test_worked_example(self):
        given = answers(3, 2, 0, 1, 2, 3, 1, 0, 2, 2, 3, 1, 0, 2, 1, 0, 3, 2, 2, 3)
        assert values(given) == {
            "total": 33,
            "cluster_b": 8, "cluster_c": 4, "cluster_d": 10, "cluster_e": 11,
            "symptoms_b": 3, "symptoms_c": 1, "symptoms_d": 4, "symptoms_e": 4,
            "diagnosis": True, "dissociative": None, "remission": False,
        }  # fmt: skip

    def test_the_least_diagnosis_has_six_symptoms_and_twelve_points(self):
        least = answers(2, 0, 0, 0, 0, 2, 0, 2, 2, *[0] * 5, 2, 2, *[0] * 4)
        assert (values(least)["total"], values(least)["diagnosis"]) == (12, True)

    @pytest.mark.parametrize("item", ["q1", "q6", "q8", "q9", "q15", "q16"])
    def test_one_of_the_six_symptoms_below_two_takes_the_diagnosis_away(self, item):
        least = answers(2, 0, 0, 0, 0, 2, 0, 2, 2, *[0] * 5, 2, 2, *[0] * 4)
        assert values(least | {item: 1})["diagnosis"] is False

    def test_eighty_points_in_all_but_avoidance_are_no_diagnosis(self):
        given = answers(*[4] * 20) | {"q6": 1, "q7": 1}
        assert (values(given)["total"], values(given)["diagnosis"]) == (74, False)

    @pytest.mark.parametrize("criterion", ["duration_over_month", "distress_or_impairment"])
    def test_an_answered_no_contradicts_the_diagnosis_an_absent_answer_does_not(self, criterion):
        ill = answers(*[3] * 20)
        assert values(ill | {criterion: False})["diagnosis"] is False
        assert values(ill | {criterion: True})["diagnosis"] is True
        assert values(ill | {criterion: NOT_DONE})["diagnosis"] is True

    @pytest.mark.parametrize(
        ("depersonalization", "derealization", "subtype"),
        [(2, 0, True), (0, 2, True), (1, 1, False), (1, NOT_DONE, None), (2, NOT_DONE, True)],
    )
    def test_dissociative_subtype(self, depersonalization, derealization, subtype):
        other = {"depersonalization": depersonalization, "derealization": derealization}
        assert values(answers(*[3] * 20, **other))["dissociative"] is subtype
        assert values(answers(*[0] * 20, **other))["dissociative"] is False


class TestRemission:
    def test_no_diagnosis_is_possible_at_eleven_points_or_less(self):
        # A symptom present has 2 points or more, so 11 points hold at most five of them.
        # Every way to have five or fewer, at the highest severity: none is a diagnosis.
        ways = 0
        for present in range(6):
            for which in itertools.combinations(range(20), present):
                assert rule_met([4 if k in which else 1 for k in range(20)]) is False
                ways += 1
        assert ways == 1 + 20 + 190 + 1140 + 4845 + 15504

    @given(ratings)
    @MANY
    def test_remission_is_eleven_or_less(self, severities):
        found = values(answers(*severities))
        assert found["remission"] == (sum(severities) <= 11)
        assert found["remission"] == (not found["diagnosis"] and found["total"] <= 11)

    @given(st.integers(0, 16), st.randoms(use_true_random=False))
    @MANY
    def test_remission_is_eleven_or_less_also_for_low_totals_piled_up_at_random(self, points, random):
        severities = [0] * 20
        for _ in range(points):
            severities[random.choice([k for k in range(20) if severities[k] < 4])] += 1
        assert values(answers(*severities))["remission"] == (points <= 11)

    @pytest.mark.parametrize("total", [11, 12])
    def test_the_border(self, total):
        assert values(answers(*[1] * total, *[0] * (20 - total)))["remission"] == (total == 11)


class TestMissing:
    def test_one_absent_item_takes_the_sums_it_belongs_to(self):
        scores = caps5.score(answers(*[1] * 20) | {"q6": NOT_DONE})
        assert scores.missing == ("q6",)
        assert [scores.values[f"cluster_{c}"] for c in "bcde"] == [5, None, 7, 6]
        assert scores.values["total"] is None

    def test_a_diagnosis_that_missing_items_cannot_change_is_told(self):
        ill = answers(*[3] * 20)
        assert values(ill | {"q6": NOT_DONE})["diagnosis"] is True
        assert values(ill | {"q6": 0, "q7": NOT_DONE})["diagnosis"] is None
        assert values(ill | {"q6": 0, "q7": 1, "q1": NOT_DONE})["diagnosis"] is False

    @given(partial, ratings)
    @MANY
    def test_what_is_told_holds_however_the_gaps_are_filled(self, given, filler):
        told = values(answers(*given))
        whole = values(answers(*[f if g is None else g for g, f in zip(given, filler, strict=True)]))
        for name, value in told.items():
            assert value is None or value == whole[name], name
        assert None not in {name: v for name, v in whole.items() if name != "dissociative"}.values()

    @given(ratings, st.integers(0, 19))
    @MANY
    def test_worse_never_lowers_a_score(self, severities, item):
        worse = [min(4, s + (k == item)) for k, s in enumerate(severities)]
        before, after = values(answers(*severities)), values(answers(*worse))
        assert all(
            after[name] >= before[name] for name in before if name not in ("remission", "dissociative")
        )
        assert after["remission"] <= before["remission"]
