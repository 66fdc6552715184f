from __future__ import annotations

from dataclasses import replace

import pytest

from conduct_world import DEMOGRAPHICS, PERSON, World, answers, caps, codes, cssrs, fact_of, kinds
from holdfast.conduct import actions as act
from holdfast.conduct.standing.parts import content_digest
from holdfast.errors import ImpossibleValue, UnknownName


def test_a_form_is_scored_by_its_instrument():
    world = World().baseline()
    form = world.person.form_at("baseline", "CAPS-5").fact
    assert form.scores["total"] == 40
    assert (form.instrument, form.form) == ("CAPS-5", "CAPS-5")
    assert form.scores["diagnosis"] is True


@pytest.mark.parametrize(
    ("form", "given", "field"),
    [
        ("PCL-5", {**answers("PCL-5"), "q3": 7}, "q3"),
        ("DEMOGRAPHICS", {**DEMOGRAPHICS, "age": 400}, "age"),
        ("DEMOGRAPHICS", {**DEMOGRAPHICS, "sex": "other"}, "sex"),
        ("DEMOGRAPHICS", {k: v for k, v in DEMOGRAPHICS.items() if k != "weight"}, "weight"),
        ("DEMOGRAPHICS", {**DEMOGRAPHICS, "shoe": 43}, "shoe"),
        ("DEMOGRAPHICS", {**DEMOGRAPHICS, "age": {"absent": "bored"}}, "age"),
    ],
)
def test_an_impossible_answer_is_sent_back_with_its_field(form, given, field):
    world = World().consented()
    fill = act.FillForm(participant=PERSON, visit="screening", form=form, answers=given)
    count = len(world.book.records)
    with pytest.raises(ImpossibleValue) as sent_back:
        world.do("lee", fill)
    assert sent_back.value.field == field
    assert len(world.book.records) == count


def test_an_unknown_form_is_no_form():
    with pytest.raises(UnknownName, match="no form 'MADRS'"):
        World().consented().fill("lee", "screening", "MADRS", {})


def test_suicidal_ideation_with_intent_is_a_risk_and_an_event_of_special_interest():
    world = World().consented()
    given = cssrs(q1=True, q2=True, q3=False, q4=True, q5=False)
    records = world.fill("dr-okafor", "screening", "C-SSRS", given)
    assert kinds(records) == ["form-completed", "risk-raised", "adverse-event"]
    assert {each.because for each in records[1:]} == {records[0].id}
    risk, event = records[1].fact, records[2].fact
    assert (risk.finding, risk.priority, risk.form_record) == (
        "cssrs-ideation-high",
        "high",
        str(records[0].id),
    )
    assert (event.special_interest, event.term, event.related) == (
        "suicidality",
        "Suicidal ideation",
        "not-assessed",
    )
    assert len(world.person.open_risks()) == 1


def test_ideation_without_intent_is_a_risk_but_no_event_and_behaviour_is_both():
    world = World().consented()
    wish = world.fill("dr-okafor", "screening", "C-SSRS", cssrs(q1=True))
    assert kinds(wish) == ["form-completed", "risk-raised"]
    again = act.FillForm(
        participant=PERSON,
        visit="screening",
        form="C-SSRS",
        answers=cssrs(actual_attempt=True),
        occurrence="repeated",
    )
    attempt = world.told("dr-okafor", again)
    assert kinds(attempt) == ["form-completed", "risk-raised", "adverse-event"]
    assert fact_of(attempt, "adverse-event").term == "Suicidal behaviour"


def test_a_risk_is_taken_on_once_with_a_plan_by_a_clinician():
    world = World().consented()
    records = world.fill("dr-okafor", "screening", "C-SSRS", cssrs(q1=True))
    risk = records[1].id
    no_plan = act.AcknowledgeRisk(participant=PERSON, risk=risk, plan=" ")
    assert codes(world.do("lee", no_plan)) == ["role-may-not", "credential-expired", "no-plan"]
    take = act.AcknowledgeRisk(participant=PERSON, risk=risk, plan="Safety plan made; call tomorrow.")
    assert kinds(world.do("dr-okafor", take)) == ["risk-acknowledged"]
    assert codes(world.do("dr-okafor", take)) == ["risk-already-taken"]
    assert world.person.open_risks() == ()


@pytest.mark.parametrize(
    ("who", "visit", "form", "given", "found"),
    [
        ("lee", "screening", "CAPS-5", caps(), ["form-not-scheduled"]),
        ("lee", "screening", "C-SSRS", cssrs(), ["form-wrong-role"]),
        ("rae", "week-4", "SDS", answers("SDS"), ["rater-not-assigned"]),
        (PERSON, "screening", "PCL-5", answers("PCL-5"), []),
    ],
)
def test_a_form_out_of_place_is_recorded_with_the_deviation(who, visit, form, given, found):
    assert codes(World().consented().fill(who, visit, form, given)) == found


def test_the_same_form_twice_is_a_deviation_unless_called_a_repetition():
    world = World().consented()
    world.fill("dr-okafor", "screening", "C-SSRS", cssrs())
    assert codes(world.fill("dr-okafor", "screening", "C-SSRS", cssrs())) == ["form-twice"]


def test_a_guess_after_a_rating_is_a_deviation_and_before_it_is_not():
    guess = {"guess": "experimental", "certainty": 4}
    world = World().randomised()
    world.later(days=126)
    world.told("lee", act.AssignRater(participant=PERSON, visit="week-18", raters=("rae",), draw=0.0))
    assert codes(world.fill(PERSON, "week-18", "GUESS", guess)) == []
    world.fill("dr-okafor", "week-18", "C-SSRS", cssrs())
    assert codes(world.fill("rae", "week-18", "CAPS-5", caps())) == []
    world.later(minutes=5)
    assert codes(world.fill("ana", "week-18", "GUESS", guess)) == ["guess-after-rating"]
    # The rater's own guess stands after the ratings in the study file.
    assert codes(world.fill("rae", "week-18", "GUESS", guess)) == []


def test_a_rater_is_drawn_among_the_independent_by_the_die_that_was_cast():
    world = World().randomised()
    ask = act.AssignRater(participant=PERSON, visit="week-4", raters=("ray", "rae", "ana"), draw=0.6)
    records = world.told("lee", ask)
    assert records[0].fact.rater == "ray"
    task = records[0].fact.task
    assert len(task) == 32
    assert "week" not in task
    assert codes(world.do("lee", ask)) == ["rater-already-assigned"]


def test_without_an_independent_rater_nobody_is_drawn():
    world = World().randomised()
    ask = act.AssignRater(participant=PERSON, visit="week-4", raters=("ana",), draw=0.0)
    assert codes(world.do("lee", ask)) == ["no-independent-rater"]
    with pytest.raises(ImpossibleValue):
        world.do("lee", act.AssignRater(participant=PERSON, visit="week-4", raters=("rae",), draw=1.0))


def test_a_rater_who_was_in_the_room_is_not_independent():
    world = World().started()
    later = act.FillForm(participant=PERSON, visit="week-4", form="CAPS-5", answers=caps())
    records = world.told("ana", later, role="rater")
    assert codes(records) == ["rater-not-assigned", "rater-not-independent", "not-delegated"]


def test_the_author_alone_signs_and_once():
    world = World().baseline()
    form = world.person.form_at("baseline", "CAPS-5")
    by_ray = act.SignForm(participant=PERSON, form_record=form.root, meaning="")
    assert codes(world.do("ray", by_ray)) == ["not-author", "no-meaning"]
    sign = act.SignForm(participant=PERSON, form_record=form.root, meaning="authorship")
    records = world.told("rae", sign)
    assert records[0].fact.digest == content_digest(form.fact)
    assert world.person.form_at("baseline", "CAPS-5").signed
    assert codes(world.do("rae", sign)) == ["already-signed"]


def test_an_unblinding_incident_is_a_major_deviation():
    world = World().randomised()
    tell = act.ReportUnblinding(participant=PERSON, who="rae", how="The participant said so.")
    records = world.told("rae", tell)
    assert kinds(records) == ["unblinding-incident", "deviation"]
    assert records[1].fact.severity == "major"


def test_a_rater_who_learned_something_is_replaced_and_drawn_no_more():
    world = World().randomised()
    draw = act.AssignRater(participant=PERSON, visit="week-4", raters=("rae", "ray"), draw=0.0)
    assert world.told("lee", draw)[0].fact.rater == "rae"
    world.told("lee", act.ReportUnblinding(participant=PERSON, who="rae", how="A relative told."))
    again = replace(draw, draw=0.0)
    assert world.told("lee", again)[0].fact.rater == "ray"
    assert codes(world.do("lee", again)) == ["rater-already-assigned"]
    # The first draw stands in the records: what its rater fills all the same is told beside it.
    assert codes(world.fill("rae", "week-4", "CAPS-5", caps())) == ["rater-told"]
    assert codes(world.fill("ray", "week-4", "SDS", {"work": 4, "social": 5, "family": 3})) == []
    only = act.AssignRater(participant=PERSON, visit="week-8", raters=("rae",), draw=0.0)
    assert codes(world.do("lee", only)) == ["no-independent-rater"]


def test_a_rating_is_signed_only_with_its_raters_guess_where_the_visit_asks_for_one():
    world = World().randomised()
    for visit in ("week-8", "week-18"):
        world.told("lee", act.AssignRater(participant=PERSON, visit=visit, raters=("rae",), draw=0.0))
        world.fill("rae", visit, "CAPS-5", caps())

    def sign(visit: str) -> act.SignForm:
        form = world.person.form_at(visit, "CAPS-5")
        return act.SignForm(participant=PERSON, form_record=form.root, meaning="authorship")

    assert kinds(world.told("rae", sign("week-8"))) == ["form-signed"]  # no guess is asked for there
    assert codes(world.do("rae", sign("week-18"))) == ["guess-first"]
    # The participant's guess on the same form is not the rater's.
    world.fill(PERSON, "week-18", "GUESS", {"guess": "experimental", "certainty": 4})
    assert codes(world.do("rae", sign("week-18"))) == ["guess-first"]
    world.fill("rae", "week-18", "GUESS", {"guess": "comparator", "certainty": 1})
    assert kinds(world.told("rae", sign("week-18"))) == ["form-signed"]


def test_partial_dates_of_medicines_are_kept_and_wrong_ones_sent_back():
    world = World().consented()
    tell = act.RecordMedication(
        participant=PERSON, medicine="sertraline", class_="ssri", started="2019", stopped="2026-01"
    )
    assert kinds(world.told("lee", tell)) == ["medication-recorded"]
    wrong = act.RecordMedication(
        participant=PERSON, medicine="sertraline", class_="ssri", started="last year", stopped=""
    )
    with pytest.raises(ImpossibleValue):
        world.do("lee", wrong)


@pytest.mark.parametrize("taken_on", ["2027-01-01", "yesterday"])
def test_a_laboratory_value_is_not_of_a_day_to_come(taken_on):
    tell = act.RecordLaboratory(
        participant=PERSON, test="ALT", value=21, unit="U/L", low=7, high=56, taken_on=taken_on
    )
    with pytest.raises(ImpossibleValue):
        World().consented().do("lee", tell)


def test_a_medicine_stopped_before_it_began_is_sent_back():
    tell = act.RecordMedication(
        participant=PERSON, medicine="Sertraline", class_="ssri", started="2026-02", stopped="2026-01-31"
    )
    with pytest.raises(ImpossibleValue) as sent_back:
        World().consented().do("lee", tell)
    assert sent_back.value.field == "stopped"


@pytest.mark.parametrize(("stopped", "forbidden"), [("3 Nov 2020", False), ("unknown", True), ("2026", True)])
def test_a_forbidden_medicine_counts_unless_it_was_surely_stopped(stopped, forbidden):
    world = World().started()
    tell = act.RecordMedication(
        participant=PERSON, medicine="Lithium", class_="lithium", started="2019", stopped=stopped
    )
    world.told("lee", tell)
    world.vitals(-5)
    about = {each.about for each in world.ask_dose().reasons}
    assert ("no-mao-inhibitor-or-lithium" in about) is forbidden
    assert "wash-outs-done" in about  # no half-life answers it: a physician does


@pytest.mark.parametrize(
    "values", [{"low": float("nan")}, {"high": float("inf")}, {"value": float("nan")}, {"low": 5, "high": 4}]
)
def test_a_laboratory_value_has_finite_numbers_in_a_range(values):
    given = {"value": 4.0, "unit": "mmol/L", "low": 3.5, "high": 5.0, **values}
    tell = act.RecordLaboratory(participant=PERSON, test="potassium", taken_on="2026-03-01", **given)
    with pytest.raises(ImpossibleValue):
        World().consented().do("lee", tell)


def test_an_older_laboratory_value_that_comes_later_does_not_replace_the_newest():
    world = World().consented()
    for day, value in (("2026-03-01", 4.1), ("2026-02-10", 3.0)):
        tell = act.RecordLaboratory(
            participant=PERSON, test="potassium", value=value, unit="mmol/L", low=3.5, high=5.0, taken_on=day
        )
        world.told("lee", tell)
    assert world.person.laboratory["potassium"].value == 4.1
