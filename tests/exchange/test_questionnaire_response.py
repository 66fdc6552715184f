"""One's own answers as FHIR: read by FHIR's own classes, codes checked, nothing of who, study or arm."""

from __future__ import annotations

import copy
import json
import re
from datetime import UTC, datetime
from uuid import uuid5

import pytest
from fhir.resources.R4B.bundle import Bundle
from hypothesis import given, settings
from hypothesis import strategies as st

from conduct_world import SPACE, answers
from holdfast.conduct.assessment import scored
from holdfast.errors import BrokenRecord, ImpossibleValue
from holdfast.exchange.questionnaire_response import REASONS, Filled, bundle, check
from holdfast.instruments.catalogue import INSTRUMENTS
from holdfast.instruments.scale import AbsenceReason, Instrument, Item
from holdfast.protocol.compiler import compile_study
from holdfast.records.assessment import FormCompleted
from holdfast.studies import path_of
from holdfast.timing import Instant
from scale import scaled

PROTOCOL = compile_study(path_of("inactive-placebo"))
NOW = datetime(2026, 11, 26, 18, 0, tzinfo=UTC)
ZONE = "America/Denver"


def filled(code: str, given_: dict, *, number: int = 1, amended: bool = False) -> Filled:
    instrument = INSTRUMENTS[code]
    fact = FormCompleted(
        form=code,
        instrument=code,
        instrument_version=instrument.version,
        visit="week-4",
        occurrence="planned",
        answers=given_,
        scores=scored(instrument, given_),
        language="en",
    )
    at = Instant(datetime(2026, 11, 2, 16, 5, tzinfo=UTC), ZONE)
    return Filled(id=uuid5(SPACE, str(number)), fact=fact, at=at, amended=amended)


def items(made: dict) -> dict[str, dict]:
    (entry,) = made["entry"]
    return {item["linkId"]: item for item in entry["resource"]["item"]}


def read(made: dict) -> Bundle:
    """The bundle as FHIR's own classes read its text; they raise for what is none."""
    return Bundle.model_validate_json(json.dumps(made))


def one(item: Item) -> st.SearchStrategy[object]:
    absent = st.sampled_from([{"absent": reason.value} for reason in AbsenceReason])
    if item.options:
        return st.sampled_from([option.value for option in item.options]) | absent
    if item.minimum is None or item.maximum is None:
        return st.text(min_size=1, max_size=40) | absent
    return st.integers(int(item.minimum), int(item.maximum)) | absent


@pytest.mark.parametrize("instrument", INSTRUMENTS.values(), ids=lambda each: each.code)
@settings(max_examples=scaled(400), deadline=None)
@given(data=st.data())
def test_any_answers_to_any_instrument_are_read_by_fhir_s_own_classes(
    instrument: Instrument, data: st.DataObject
):
    every = {item.code: data.draw(one(item)) for item in instrument.items if not item.shown_if}
    try:
        form = filled(instrument.code, every)
    except ImpossibleValue:
        return  # answers that cannot be true together never become a record
    made = bundle([form], PROTOCOL, language="en", now=NOW)
    back = read(made)
    assert (
        json.loads(back.model_dump_json())["entry"][0]["resource"]["resourceType"] == "QuestionnaireResponse"
    )
    for code, said in every.items():
        item = items(made)[code]
        assert ("extension" in item) == isinstance(said, dict)


def test_a_form_stands_with_its_words_its_answers_and_its_scores():
    given_ = {**answers("PCL-5"), "q1": 3, "q2": {"absent": "refused"}}
    made = bundle([filled("PCL-5", given_)], PROTOCOL, language="en", now=NOW)
    resource = made["entry"][0]["resource"]
    assert {key: value for key, value in resource.items() if key != "item"} == {
        "resourceType": "QuestionnaireResponse",
        "id": str(uuid5(SPACE, "1")),
        "language": "en",
        "questionnaire": "urn:holdfast:form:PCL-5|2013",
        "status": "completed",
        "authored": "2026-11-02T09:05:00-07:00",
    }
    found = items(made)
    assert list(found) == [*(f"q{n}" for n in range(1, 21)), "score"]
    assert found["q1"]["answer"] == [{"valueCoding": {"code": "3", "display": "Quite a bit"}}]
    assert found["q2"]["extension"][0]["valueCode"] == "asked-declined"
    assert "answer" not in found["q2"]
    scores = {item["linkId"]: item for item in found["score"]["item"]}
    assert scores["score.cluster_c"] == {
        "linkId": "score.cluster_c",
        "text": INSTRUMENTS["PCL-5"].score_names[2].label["en"],
        "answer": [{"valueInteger": 0}],
    }
    assert scores["score.total"]["extension"][0]["valueCode"] == "unknown"


def test_yes_no_numbers_texts_and_choices_have_their_types():
    found = items(bundle([filled("C-SSRS", answers("C-SSRS"))], PROTOCOL, language="en", now=NOW))
    assert found["q1"]["answer"] == [{"valueBoolean": False}]
    found = items(bundle([filled("SDS", answers("SDS"))], PROTOCOL, language="en", now=NOW))
    assert found["work"]["answer"] == [{"valueInteger": 5}]
    guess = answers("GUESS", guess="experimental", certainty=4, why="a feeling")
    found = items(bundle([filled("GUESS", guess)], PROTOCOL, language="en", now=NOW))
    assert found["why"]["answer"] == [{"valueString": "a feeling"}]
    assert found["guess"]["answer"][0]["valueCoding"]["code"] == "experimental"


def test_a_corrected_form_says_so_and_the_language_is_the_reader_s():
    made = bundle([filled("PCL-5", answers("PCL-5"), amended=True)], PROTOCOL, language="es", now=NOW)
    assert made["entry"][0]["resource"]["status"] == "amended"
    assert items(made)["score"]["text"] == "Puntuaciones"
    assert read(made).entry[0].resource.status == "amended"


def test_every_reason_for_a_missing_answer_has_a_code_of_fhir():
    assert set(REASONS) == {each.value for each in AbsenceReason}
    # The codes of http://terminology.hl7.org/CodeSystem/data-absent-reason in R4.
    known = {
        "unknown", "asked-unknown", "temp-unknown", "not-asked", "asked-declined", "masked", "not-applicable",
        "unsupported", "as-text", "error", "not-a-number", "negative-infinity", "positive-infinity",
        "not-performed", "not-permitted",
    }  # fmt: skip
    assert set(REASONS.values()) <= known


def test_nothing_tells_who_which_study_or_which_arm():
    forms = [filled(code, answers(code), number=n) for n, code in enumerate(("PCL-5", "PHQ-9"))]
    text = json.dumps(bundle(forms, PROTOCOL, language="en", now=NOW)).lower()
    words = ("subject", '"author"', "inactive", "placebo", "mdma", "week-4", "s01", "arm")
    assert [word for word in words if re.search(rf"\b{word}\b", text)] == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda resource: resource.update(status="done"),
        lambda resource: resource.update(id="a b"),
        lambda resource: resource["item"].append(dict(resource["item"][0])),
        lambda resource: resource["item"][0].pop("answer"),
        lambda resource: resource["item"][0].update(extension=[{"url": "x", "valueCode": "unknown"}]),
        lambda resource: resource["item"][1]["extension"][0].update(valueCode="because"),
        lambda resource: resource["item"][-1]["item"].append({"linkId": "score.x", "text": "x"}),
    ],
)
def test_our_own_check_refuses_what_the_classes_would_let_through(spoil):
    given_ = {**answers("PCL-5"), "q2": {"absent": "refused"}}
    made = bundle([filled("PCL-5", given_)], PROTOCOL, language="en", now=NOW)
    check(made)
    broken = copy.deepcopy(made)
    spoil(broken["entry"][0]["resource"])
    with pytest.raises(BrokenRecord):
        check(broken)


def test_nobody_s_answers_are_an_empty_bundle():
    made = bundle([], PROTOCOL, language="en", now=NOW)
    assert made["entry"] == []
