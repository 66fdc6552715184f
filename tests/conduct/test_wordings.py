"""Words that a site brings: whole, with a permission, shown in a language, provable for ever."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from conduct_world import PERSON, World, answers, codes, kinds
from holdfast.conduct import actions as act
from holdfast.conduct import own_forms, wordings
from holdfast.conduct.standing import StudyStanding
from holdfast.conduct.standing.parts import content_digest
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.instruments import catalogue
from holdfast.instruments.words import EVERY, Permission, Words, practice
from holdfast.records.assessment import FormCompleted, FormSigned
from holdfast.records.ndjson import read_file
from holdfast.records.study import WordingBrought

GOLDEN = Path(__file__).parents[1] / "golden/0.1/rehearsal.ndjson"
GIVEN = Permission(given_by="The rights holder", reference="letter 12", date="2026-11-01")
PRACTICE = Permission(rehearsal=True)
DERS = practice(catalogue.get("DERS-16"))
SPANISH = replace(DERS, language="es", items={code: f"Frase inventada {code}" for code in DERS.items})


def bring(world: World, words: Words = DERS, permission: Permission = GIVEN, who: str = "sponsor") -> object:
    return world.do(who, act.BringWording(words=words, permission=permission))


def study(world: World) -> StudyStanding:
    found = world.standing("study/inactive-placebo")
    assert isinstance(found, StudyStanding)
    return found


def alone(world: World) -> list[str]:
    return [
        each.form for each in own_forms.to_fill(world.protocol, world.person, world.now, study=study(world))
    ]


def test_words_are_a_record_of_the_study_with_their_permission_and_digest():
    world = World().opened()
    records = bring(world)
    assert kinds(records) == ["wording-brought"]  # type: ignore[arg-type]
    fact = records[0].fact  # type: ignore[index]
    assert isinstance(fact, WordingBrought)
    assert records[0].stream == "study/inactive-placebo"  # type: ignore[index]
    assert fact.permission == {"from": "The rights holder", "reference": "letter 12", "date": "2026-11-01"}
    assert wordings.words_of(fact) == DERS
    other = wordings.fact_of(replace(DERS, items={**DERS.items, "q3": "Another"}), GIVEN)
    assert other.digest != fact.digest
    assert wordings.fact_of(DERS, PRACTICE).digest == fact.digest  # of the words alone


def test_the_latest_words_in_the_language_are_shown_else_english_and_old_ones_are_found_by_their_digest():
    world = World().opened()
    assert wordings.in_force(study(world), "DERS-16", "en") is None
    bring(world)
    (first,) = study(world).wordings
    assert wordings.in_force(study(world), "DERS-16", "es") == first
    bring(world, SPANISH)
    assert wordings.in_force(study(world), "DERS-16", "es").language == "es"  # type: ignore[union-attr]
    later = replace(DERS, items={**DERS.items, "q3": "Another sentence"})
    bring(world, later)
    assert wordings.words_of(wordings.in_force(study(world), "DERS-16", "en")) == later  # type: ignore[arg-type]
    assert wordings.shown_in(study(world), first.digest) == first
    assert wordings.shown_in(study(world), "") is None
    assert [each.language for each in wordings.all_in_force(study(world), "DERS-16")] == ["en", "es"]
    assert wordings.words_of(wordings.all_in_force(study(world), "DERS-16")[0]) == later


@pytest.mark.parametrize(
    ("words", "permission", "who", "refused"),
    [
        (practice(catalogue.get("C-SSRS-SR")), GIVEN, "sponsor", ["wording-not-asked"]),
        (practice(catalogue.get("CAPS-5")), GIVEN, "sponsor", ["wording-not-needed"]),
        (practice(catalogue.get("PCL-5")), GIVEN, "sponsor", ["wording-not-needed"]),
        (DERS, GIVEN, "ana", ["role-may-not"]),
    ],
)
def test_words_that_nobody_needs_or_that_come_from_nobody_are_refused(words, permission, who, refused):
    assert codes(bring(World().opened(), words, permission, who)) == refused  # type: ignore[arg-type]


def test_invented_words_are_for_rehearsals_and_the_same_words_come_once():
    rehearsal = World().opened()
    assert kinds(bring(rehearsal, permission=PRACTICE)) == ["wording-brought"]  # type: ignore[arg-type]
    assert codes(bring(rehearsal, permission=PRACTICE)) == ["wording-in-force"]  # type: ignore[arg-type]
    assert kinds(bring(rehearsal)) == ["wording-brought"]  # type: ignore[arg-type]
    live = World(life="live").opened()
    assert codes(bring(live, permission=PRACTICE)) == ["wording-for-practice"]  # type: ignore[arg-type]
    assert kinds(bring(live)) == ["wording-brought"]  # type: ignore[arg-type]


def less(code: str) -> dict[str, str]:
    return {item: text for item, text in DERS.items.items() if item != code}


@pytest.mark.parametrize(
    ("change", "permission", "field"),
    [
        ({"items": less("q7")}, GIVEN, "items"),
        ({"items": {**DERS.items, "q17": "More"}}, GIVEN, "items.q17"),
        ({"items": {**DERS.items, "q7": " "}}, GIVEN, "items.q7"),
        ({"version": "2004"}, GIVEN, "version"),
        ({"language": "English"}, GIVEN, "language"),
        ({"instructions": ""}, GIVEN, "instructions"),
        ({"options": {"q1": {"1": "never"}}}, GIVEN, "options.q1"),
        (
            {"options": {EVERY: {"1": "a", "2": "b", "3": "c", "4": "d", "5": "e", "6": "f"}}},
            GIVEN,
            "options.every.6",
        ),
        ({"options": {"q99": {}}}, GIVEN, "options.q99"),
        ({}, replace(GIVEN, given_by=""), "permission.from"),
        ({}, replace(GIVEN, reference=" "), "permission.reference"),
        ({}, replace(GIVEN, date="last year"), "permission.date"),
    ],
)
def test_words_that_do_not_fit_their_instrument_are_sent_back(change, permission, field):
    with pytest.raises(ImpossibleValue) as sent_back:
        bring(World().opened(), replace(DERS, **change), permission)
    assert sent_back.value.field == field


def test_words_of_no_instrument_are_of_nothing():
    with pytest.raises(UnknownName, match="MADRS"):
        bring(World().opened(), replace(DERS, instrument="MADRS"))


def test_options_are_needed_where_the_instrument_has_them_and_may_be_left_out_where_it_rates_numbers():
    world = World().opened()
    assert kinds(bring(world, replace(DERS, options={}))) == ["wording-brought"]  # type: ignore[arg-type]
    alone_asked = catalogue.get("C-SSRS-SR")
    with pytest.raises(ImpossibleValue, match="no options of q1"):
        bring(world, replace(practice(alone_asked), options={}))


def test_a_form_without_words_is_asked_in_person_and_offered_alone_once_they_are_brought():
    world = World().screened().later(days=41)
    world.hold("baseline")
    assert alone(world) == ["PC-PTSD-5", "AUDIT", "PCL-5", "PCL-5", "PHQ-9"]
    asked = own_forms.to_be_asked(world.protocol, world.person, world.now, study=study(world))
    assert [(each.visit.code, each.form) for each in asked] == [("baseline", "DERS-16")]
    assert own_forms.in_person(world.protocol, world.person, study(world), "DERS-16")
    bring(world, SPANISH)
    assert "DERS-16" not in alone(world)  # consent was explained in English
    bring(world)
    assert "DERS-16" in alone(world)
    assert own_forms.to_be_asked(world.protocol, world.person, world.now, study=study(world)) == ()


def test_a_completed_form_names_the_words_it_was_asked_in_and_no_others_than_brought_ones():
    world = World().consented()
    bring(world)
    digest = study(world).wordings[0].digest

    def fill(form: str, wording: str) -> FormCompleted:
        given = act.FillForm(
            participant=PERSON, visit="baseline", form=form, answers=answers(form), wording=wording
        )
        fact = world.told(PERSON, given)[0].fact
        assert isinstance(fact, FormCompleted)
        return fact

    assert fill("DERS-16", digest).wording == digest
    assert fill("PHQ-9", "").wording == ""
    for form, wording in (("DERS-16", "0" * 64), ("PHQ-9", digest)):
        with pytest.raises(ImpossibleValue) as sent_back:
            fill(form, wording)
        assert (sent_back.value.field, sent_back.value.code) == ("wording", "words-unknown")


def test_a_correction_keeps_the_words_that_were_shown():
    world = World().consented()
    bring(world)
    digest = study(world).wordings[0].digest
    tell = act.FillForm(
        participant=PERSON, visit="baseline", form="DERS-16", answers=answers("DERS-16"), wording=digest
    )
    record = world.told(PERSON, tell)[0]
    assert isinstance(record.fact, FormCompleted)
    right = replace(record.fact, answers={**record.fact.answers, "q1": 5})
    amended = world.told(
        "lee",
        act.Amend(stream=record.stream, record=record.id, fact=right),
        reason="The paper says so.",
    )
    assert amended[0].fact.wording == digest  # type: ignore[attr-defined]


def test_signatures_from_before_the_field_still_bind_their_forms():
    records = {each.record.id: each.record for each in read_file(GOLDEN)}
    signed = [each.fact for each in records.values() if isinstance(each.fact, FormSigned)]
    bound = [
        content_digest(form.fact) == fact.digest
        for fact in signed
        if (form := records.get(UUID(fact.form_record))) is not None and isinstance(form.fact, FormCompleted)
    ]
    assert len(bound) > 3
    assert all(bound)
