from __future__ import annotations

import pytest

from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.instruments.answers import from_json, parse_shown_if, shown, to_json, validate
from holdfast.instruments.catalogue import INSTRUMENTS, get
from holdfast.instruments.scale import AbsenceReason, Absent

NO_REASON = "the reasons are not_asked, not_done, refused, unknown, not_applicable"


def phq9(**other):
    return {f"q{k}": 1 for k in range(1, 10)} | other


class TestJson:
    def test_values_and_reasons(self):
        plain = {
            "q1": 2,
            "q2": {"absent": "refused"},
            "why": "felt warm",
            "exposure": True,
            "temperature": 36.8,
        }
        read = from_json(plain)
        assert read["q2"] == Absent(AbsenceReason.REFUSED)
        assert to_json(read) == plain

    @pytest.mark.parametrize(
        "given", [None, [1], {}, {"absent": "refused", "note": "x"}, {"missing": "refused"}]
    )
    def test_what_is_no_answer(self, given):
        with pytest.raises(ImpossibleValue, match="Where there is no answer, give the reason") as refusal:
            from_json({"q2": given})
        assert refusal.value.field == "q2"

    @pytest.mark.parametrize("reason", ["forgot", None, 3, ["refused"]])
    def test_what_is_no_reason(self, reason):
        with pytest.raises(ImpossibleValue, match=NO_REASON) as refusal:
            from_json({"q2": {"absent": reason}})
        assert refusal.value.field == "q2"


class TestValidate:
    def test_complete_answers_pass(self):
        validate(get("PHQ-9"), phq9())
        validate(get("PHQ-9"), phq9(q3=Absent(AbsenceReason.REFUSED), q10=2))
        validate(get("PHQ-9"), phq9(q1=2.0))

    @pytest.mark.parametrize("value", [4, -1, 1.5, "1", True])
    def test_not_among_the_options(self, value):
        with pytest.raises(ImpossibleValue, match="expected one of 0, 1, 2, 3; found") as refusal:
            validate(get("PHQ-9"), phq9(q5=value))
        assert refusal.value.field == "q5"

    def test_one_is_not_yes(self):
        with pytest.raises(ImpossibleValue, match="expected one of true, false; found 1"):
            validate(get("PC-PTSD-5"), {"exposure": 1})

    def test_an_unknown_item(self):
        with pytest.raises(
            ImpossibleValue, match="SDS has no item 'leisure'; its items are work, social, family"
        ):
            validate(get("SDS"), {"work": 1, "social": 1, "family": 1, "leisure": 1})

    def test_a_required_item_left_out(self):
        with pytest.raises(
            ImpossibleValue, match=r"Social life \(social\): answer it, or give the reason"
        ) as refusal:
            validate(get("SDS"), {"work": 1, "family": 1})
        assert refusal.value.field == "social"

    def test_an_item_that_is_not_shown_needs_no_answer(self):
        validate(get("PC-PTSD-5"), {"exposure": False})
        validate(get("AUDIT"), {"q1": 0, "q9": 0, "q10": 0})
        with pytest.raises(ImpossibleValue, match="answer it"):
            validate(get("PC-PTSD-5"), {"exposure": True})

    def test_text_where_text_belongs(self):
        validate(get("GUESS"), {"guess": "comparator", "certainty": 3, "why": "nothing happened"})
        with pytest.raises(ImpossibleValue, match="expected a text, found 7"):
            validate(get("GUESS"), {"guess": "comparator", "certainty": 3, "why": 7})
        with pytest.raises(ImpossibleValue, match="expected one of experimental, comparator; found 'mdma'"):
            validate(get("GUESS"), {"guess": "mdma", "certainty": 3})


class TestSkipLogic:
    def test_equal_and_unequal(self):
        q3, q2 = get("C-SSRS").item("q3"), get("AUDIT").item("q2")
        assert shown(q3, {"q2": True})
        assert not shown(q3, {"q2": False})
        assert not shown(q3, {})
        assert shown(q2, {"q1": 3})
        assert not shown(q2, {"q1": 0})
        assert not shown(q2, {"q1": Absent(AbsenceReason.REFUSED)})

    @pytest.mark.parametrize("text", ["q1", "q1 > 2", "q1 == often", "q1 == 1 && q2 == 1", "== 1"])
    def test_other_forms_are_no_skip_logic(self, text):
        with pytest.raises(ValueError, match=r"item == value|could not convert"):
            parse_shown_if(text)

    def test_every_item_of_the_catalogue_depends_on_an_earlier_one(self):
        for instrument in INSTRUMENTS.values():
            codes = [item.code for item in instrument.items]
            for place, item in enumerate(instrument.items):
                if item.shown_if:
                    assert parse_shown_if(item.shown_if)[0] in codes[:place]


def test_an_unknown_instrument_is_refused_with_the_known_ones():
    with pytest.raises(UnknownName, match="no instrument called 'BDI-II'; there are CAPS-5, PCL-5"):
        get("BDI-II")
