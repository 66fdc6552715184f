from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.instruments import audit, ders16, guess, pcl5, pcptsd5, phq9, sds
from holdfast.instruments.scale import AbsenceReason, Absent
from scale import scaled

MANY = settings(max_examples=scaled(2000), deadline=None)
REFUSED = Absent(AbsenceReason.REFUSED)
PASSED_OVER = Absent(AbsenceReason.NOT_APPLICABLE)


def items(*given):
    return {f"q{k}": value for k, value in enumerate(given, start=1)}


class TestPcl5:
    def test_worked_example(self):
        given = items(4, 3, 2, 3, 1, 2, 4, 0, 1, 3, 4, 2, 2, 1, 0, 1, 3, 2, 1, 4)
        assert pcl5.score(given).values == {
            "total": 43,
            "cluster_b": 13, "cluster_c": 6, "cluster_d": 13, "cluster_e": 11,
            "provisional_diagnosis": True,
        }  # fmt: skip

    def test_twelve_ones_more_are_no_provisional_diagnosis(self):
        scores = pcl5.score(items(*[1] * 20)).values
        assert (scores["total"], scores["provisional_diagnosis"]) == (20, False)

    def test_a_refused_item(self):
        scores = pcl5.score(items(*[4] * 19, REFUSED))
        assert (scores.values["total"], scores.values["provisional_diagnosis"]) == (None, True)
        assert scores.missing == ("q20",)

    def test_later_and_unverified_thresholds_are_never_citations(self):
        assert {name for name, figure in pcl5.FIGURES.items() if figure.citable} == {"cut_off"}
        assert pcl5.FIGURES["cut_off"].numbers == (31, 33)


class TestPhq9:
    def test_worked_example(self):
        scores = phq9.score(items(2, 3, 1, 3, 0, 2, 1, 0, 1))
        assert scores.values == {"total": 13, "prorated_total": 13, "item9": 1}

    @pytest.mark.parametrize(
        ("gaps", "prorated"),
        # 2 throughout: each mean is 2, so one or two gaps are filled with 2s.
        [(0, 18), (1, 18), (2, 18), (3, None), (9, None)],
    )
    def test_missing_items(self, gaps, prorated):
        scores = phq9.score(items(*[REFUSED] * gaps, *[2] * (9 - gaps)))
        assert scores.values["prorated_total"] == prorated
        assert scores.values["total"] == (18 if gaps == 0 else None)
        assert scores.missing == tuple(f"q{k}" for k in range(1, gaps + 1))

    def test_prorating_by_hand(self):
        # 1+2+3+0+1+2+3 = 12 over seven items: 12 * 9 / 7.
        scores = phq9.score(items(REFUSED, 1, 2, 3, 0, REFUSED, 1, 2, 3))
        assert scores.values["prorated_total"] == pytest.approx(108 / 7, rel=1e-12)  # one division

    @pytest.mark.parametrize(("item9", "found"), [(0, ()), (1, ("phq9-item9",)), (3, ("phq9-item9",))])
    def test_item_nine_brings_help_whatever_else_is_missing(self, item9, found):
        assert phq9.risk({"q9": item9}) == found

    def test_an_absent_item_nine_is_no_finding(self):
        assert phq9.risk({"q9": REFUSED}) == phq9.risk({}) == ()

    def test_the_question_on_difficulty_is_not_scored(self):
        assert phq9.score(items(*[0] * 9, 3)).values["total"] == 0


class TestSds:
    def test_worked_example(self):
        assert sds.score({"work": 7, "social": 5, "family": 6}).values == {"total": 18, "mean": 6}

    def test_without_work_there_is_no_mean(self):
        scores = sds.score({"work": PASSED_OVER, "social": 5, "family": 6})
        assert (scores.values, scores.missing) == ({"total": None, "mean": None}, ("work",))


class TestDers16:
    def test_bounds(self):
        assert ders16.score(items(*[1] * 16)).values == {"total": 16}
        assert ders16.score(items(*[5] * 16)).values == {"total": 80}

    def test_one_absent(self):
        assert ders16.score(items(*[3] * 15)).values == {"total": None}


class TestPcPtsd5:
    def test_worked_example(self):
        assert pcptsd5.score({"exposure": True} | items(True, True, False, False, True)).values == {
            "total": 3
        }

    def test_no_exposure_ends_the_screen_at_zero(self):
        scores = pcptsd5.score({"exposure": False})
        assert (scores.values, scores.missing, scores.warnings) == ({"total": 0}, (), ())

    def test_no_exposure_and_a_yes_are_said_to_disagree(self):
        scores = pcptsd5.score({"exposure": False, "q1": True})
        assert scores.values == {"total": 0}
        assert scores.warnings == (
            "Exposure was answered no, but a question about the event yes. Ask again which is right.",
        )

    def test_without_an_answer_on_exposure_there_is_no_total(self):
        scores = pcptsd5.score(items(*[True] * 5))
        assert (scores.values, scores.missing) == ({"total": None}, ("exposure",))


class TestAudit:
    def test_worked_example(self):
        scores = audit.score(items(4, 2, 3, 1, 1, 0, 2, 1, 2, 4))
        assert scores.values == {"total": 20, "consumption": 9, "dependence": 2, "harm": 9}

    def test_somebody_who_never_drinks(self):
        given = {"q1": 0, "q9": 0, "q10": 2}
        assert audit.score(given).values == {"total": 2, "consumption": 0, "dependence": 0, "harm": 2}

    def test_the_second_skip_of_the_manual(self):
        rest = {f"q{k}": PASSED_OVER for k in range(4, 9)}
        given = {"q1": 1, "q2": 0, "q3": 0, "q9": 0, "q10": 0} | rest
        assert audit.score(given).values["total"] == 1
        assert audit.score(given | {"q3": 1}).values["total"] is None
        assert audit.score(given | {"q4": REFUSED}).values["total"] is None

    def test_never_and_a_later_yes_are_said_to_disagree(self):
        scores = audit.score({"q1": 0, "q3": 2, "q9": 0, "q10": 0})
        assert scores.values["total"] == 2
        assert scores.warnings == (
            "Question 1 says never, but a later question about drinking does not. Ask again.",
        )

    @given(
        st.lists(st.integers(0, 4), min_size=8, max_size=8),
        st.lists(st.sampled_from([0, 2, 4]), min_size=2, max_size=2),
    )
    @MANY
    def test_the_parts_make_the_whole(self, first, last):
        values = audit.score(items(*first, *last)).values
        assert values["total"] == values["consumption"] + values["dependence"] + values["harm"]


class TestGuess:
    def test_certainty_is_the_score_and_the_guess_an_answer(self):
        scores = guess.score({"guess": "comparator", "certainty": 4, "why": "nothing happened"})
        assert (scores.values, scores.missing) == ({"certainty": 4}, ())

    def test_a_person_who_will_not_guess(self):
        scores = guess.score({"guess": REFUSED, "certainty": REFUSED})
        assert (scores.values, scores.missing) == ({"certainty": None}, ("guess", "certainty"))
