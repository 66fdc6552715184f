"""What the records say at a gate: a yes of people opens nothing that they close."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from conduct_world import GATE, LABORATORY, PERSON, World, kinds, protocol
from holdfast.conduct import actions as act
from holdfast.conduct.decision import Refused
from holdfast.conduct.standing.parts import Medicine
from holdfast.conduct.washout import classes_of, listed
from holdfast.errors import ImpossibleValue, UnknownName

TICKED = {
    **GATE, "laboratory_in_window": True, "washout_done": True, "pregnancy_test_negative": True,
}  # fmt: skip
ON_THE_DAY = date(2026, 4, 14)


def untested(*, but: tuple[str, ...] = tuple(LABORATORY), **facts: object) -> World:
    """A session that lacks these values and is ready in all else; every question is ticked yes."""
    world = World()
    world.tested = lambda **_: world  # type: ignore[method-assign]
    world.started()
    World.tested(world, but=but)
    world.vitals(-5)
    return world


def gate(world: World, **confirmed: object) -> dict[str, tuple[str, str]]:
    """What stands against the first dose, by item: code and sentence."""
    given = {**TICKED, **confirmed}
    ask = act.AskDose(participant=PERSON, visit="dosing-1", step="s1-first", confirmed=given)
    decision = world.do("ana", ask)
    if not isinstance(decision, Refused):
        return {}
    return {each.about: (each.code, each.sentence) for each in decision.reasons}


def taken(world: World, medicine: str, class_: str, *, stopped: str) -> object:
    tell = act.RecordMedication(
        participant=PERSON, medicine=medicine, class_=class_, started="2019", stopped=stopped
    )
    return world.told("lee", tell)[0].id


# --- laboratory and ECG ----------------------------------------------------------------


def test_a_missing_alt_closes_the_gate_whatever_is_ticked_and_says_so():
    world = untested(but=("ALT",))
    against = gate(world)
    assert list(against) == ["laboratory-in-window"]
    code, sentence = against["laboratory-in-window"]
    assert code == "gate-fails"
    assert "ALT is missing." in sentence
    assert "A physician may override it with a reason." in sentence
    world.test("ALT")
    assert gate(world) == {}


def test_every_test_that_is_missing_is_named():
    _, sentence = gate(untested())["laboratory-in-window"]
    for label in ("ALT", "Sodium", "Potassium", "ECG: QTc"):
        assert f"{label} is missing." in sentence


@pytest.mark.parametrize(("days", "closed"), [(28, False), (29, True)])
def test_a_value_counts_for_the_days_the_study_sets(days, closed):
    world = untested(but=("QTc",))
    day = (ON_THE_DAY - timedelta(days=days)).isoformat()
    assert world.now.date() == ON_THE_DAY
    world.test("QTc", taken_on=day)
    assert ("laboratory-in-window" in gate(world)) is closed


@pytest.mark.parametrize(("value", "words"), [(130, "above its reference range"), (5, "below its")])
def test_a_value_outside_its_range_closes_the_gate_until_a_physician_lets_it_pass(value, words):
    world = untested(but=("ALT",))
    world.test("ALT", value)
    assert words in gate(world)["laboratory-in-window"][1]
    override = act.OverrideGate(
        participant=PERSON, visit="dosing-1", step="s1-first", item="laboratory-in-window"
    )
    records = world.told("dr-okafor", override, reason="Twice the same since years, no symptom.")
    assert kinds(records) == ["gate-overridden", "deviation"]
    assert gate(world) == {}


def test_a_value_without_a_range_is_left_to_a_physician():
    world = untested(but=("sodium",))
    world.test("sodium", low=None, high=None)
    code, sentence = gate(world)["laboratory-in-window"]
    assert code == "gate-unknown"
    assert "without a reference range: a physician judges it" in sentence


def test_a_no_of_people_counts_though_the_records_say_yes():
    world = untested(but=())
    assert gate(world, laboratory_in_window=False)["laboratory-in-window"][0] == "gate-fails"
    assert gate(world, washout_done=False)["wash-outs-done"][0] == "gate-fails"


def test_a_study_that_names_no_tests_asks_people():
    bare = protocol().model_copy(update={"before_dose": protocol().before_dose.model_copy(
        update={"laboratory": (), "wash_out": None})})  # fmt: skip
    world = World(protocol=bare)
    world.tested = lambda **_: world  # type: ignore[method-assign]
    world.started().vitals(-5)
    assert gate(world) == {}
    against = {name: said for name, said in TICKED.items() if name not in ("laboratory_in_window",)}
    ask = act.AskDose(participant=PERSON, visit="dosing-1", step="s1-first", confirmed=against)
    assert [(each.code, each.about) for each in world.do("ana", ask).reasons] == [
        ("gate-unknown", "laboratory-in-window")
    ]


# --- wash-out ---------------------------------------------------------------------------


def test_a_medicine_still_taken_closes_the_gate_and_is_named():
    world = World().started()
    world.vitals(-5)
    taken(world, "Sertraline 50 mg", "ssri", stopped="")
    code, sentence = gate(world)["wash-outs-done"]
    assert code == "gate-fails"
    assert "Sertraline 50 mg is still taken" in sentence


def test_a_wash_out_ends_after_the_longest_half_lives_and_the_days_more():
    # Sertraline: 5 half-lives of 26 h are 130 h, 6 days, and 7 days more: 13 days after the last one.
    world = World().started()
    world.vitals(-5)
    taken(world, "sertraline", "ssri", stopped=(ON_THE_DAY - timedelta(days=12)).isoformat())
    _, sentence = gate(world)["wash-outs-done"]
    assert f"ends on {ON_THE_DAY + timedelta(days=1)} (5 half-lives of 26 h and 7 days" in sentence
    other = World().started()
    other.vitals(-5)
    taken(other, "sertraline", "ssri", stopped=(ON_THE_DAY - timedelta(days=13)).isoformat())
    assert gate(other) == {}


def test_a_month_counts_to_its_last_day_and_an_unknown_end_is_left_to_a_physician():
    world = World().started()
    world.vitals(-5)
    taken(world, "sertraline", "ssri", stopped="2026-04")
    assert "2026-05-13" in gate(world)["wash-outs-done"][1]
    other = World().started()
    other.vitals(-5)
    taken(other, "sertraline", "ssri", stopped="unknown")
    assert gate(other)["wash-outs-done"][0] == "gate-unknown"


def test_a_half_life_nobody_has_at_hand_is_judged_by_a_physician_and_by_nobody_else():
    world = World().started()
    world.vitals(-5)
    medicine = taken(world, "trazodone", "other-antidepressant", stopped="2026-03-20")
    code, sentence = gate(world)["wash-outs-done"]
    assert code == "gate-unknown"
    assert "The half-life of trazodone is not known here" in sentence
    judged = act.JudgeWashout(
        participant=PERSON, medicine=medicine, over_on="2026-04-10", why="Product information."
    )
    assert "role-may-not" in [each.code for each in world.do("ana", judged).reasons]
    assert kinds(world.told("dr-okafor", judged)) == ["washout-judged"]
    assert gate(world) == {}


def test_a_judgement_does_not_shorten_a_wash_out_that_can_be_worked_out():
    world = World().started()
    medicine = taken(world, "sertraline", "ssri", stopped="2026-04-12")
    judged = act.JudgeWashout(participant=PERSON, medicine=medicine, over_on="2026-04-13", why="Surely.")
    assert [each.code for each in world.do("dr-okafor", judged).reasons] == ["washout-known"]


def test_a_judgement_needs_a_stopped_medicine_a_reason_and_a_sensible_day():
    world = World().started()
    still = taken(world, "trazodone", "other-antidepressant", stopped="")
    other = taken(world, "ibuprofen", "other", stopped="2026-04-01")

    def ask(medicine: object, over_on: str = "2026-04-20", why: str = "Known.") -> list[str]:
        judged = act.JudgeWashout(participant=PERSON, medicine=medicine, over_on=over_on, why=why)
        return [each.code for each in world.do("dr-okafor", judged).reasons]

    assert ask(still) == ["still-taken"]
    assert ask(other) == ["no-washout-asked"]
    gone = taken(world, "trazodone", "other-antidepressant", stopped="2026-04-01")
    assert ask(gone, why=" ") == ["no-reason"]
    with pytest.raises(ImpossibleValue):
        ask(gone, over_on="2026-03-01")
    with pytest.raises(ImpossibleValue):
        ask(gone, over_on="soon")
    with pytest.raises(UnknownName):
        ask(world.last_id)


def test_what_has_not_to_be_washed_out_does_not_close_the_gate():
    world = World().started()
    world.vitals(-5)
    taken(world, "ibuprofen", "other", stopped="")
    assert gate(world) == {}


@pytest.mark.parametrize(
    ("written", "class_", "told"),
    [
        ("Phenelzine", "other", "mao-inhibitor"),
        ("Lithium carbonate 450", "other", "lithium"),
        ("Fluoxetine", "other", "ssri"),
        ("venlafaxine XR", "other", "snri"),
    ],
)
def test_a_medicine_is_known_by_its_name_whatever_class_it_was_given(written, class_, told):
    assert told in classes_of(Medicine(written, class_, "2019", ""))


def test_a_name_within_another_word_is_not_that_medicine():
    assert listed("desvenlafaxine").name == "desvenlafaxine"
    assert listed("lithiumfree drops") is None


def test_a_forbidden_medicine_under_another_class_stops_every_dose():
    world = World().started()
    world.vitals(-5)
    taken(world, "Phenelzine", "other", stopped="")
    against = gate(world)
    assert against["no-mao-inhibitor-or-lithium"][0] == "gate-fails"
    assert "Phenelzine is on the medication list." in against["no-mao-inhibitor-or-lithium"][1]


# --- pregnancy, eligibility ---------------------------------------------------------------


def fertile() -> World:
    world = World()
    screened = world.screened
    world.screened = lambda items=(), **facts: screened(  # type: ignore[method-assign]
        items, childbearing_potential=True, screening_pregnancy_negative=True
    )
    world.started().vitals(-5)
    return world


def asked(world: World, **confirmed: object) -> list[tuple[str, str]]:
    ask = act.AskDose(participant=PERSON, visit="dosing-1", step="s1-first", confirmed={**GATE, **confirmed})
    decision = world.do("ana", ask)
    return [(each.code, each.about) for each in decision.reasons] if isinstance(decision, Refused) else []


def test_where_pregnancy_is_possible_a_test_of_the_day_or_somebody_says_so():
    world = fertile()
    assert asked(world) == [("gate-unknown", "not-pregnant")]
    assert asked(world, pregnancy_test_negative=True) == []
    world.test("pregnancy-test", 0, unit="1")
    assert asked(world) == []


def test_a_positive_test_closes_the_gate_whatever_is_ticked_and_however_old_it_is():
    world = fertile()
    world.test("pregnancy-test", 1, unit="1", taken_on="2026-04-01")
    assert asked(world, pregnancy_test_negative=True) == [("gate-fails", "not-pregnant")]


def test_an_old_negative_test_says_nothing():
    world = fertile()
    world.test("pregnancy-test", 0, unit="1", taken_on="2026-04-10")
    assert asked(world) == [("gate-unknown", "not-pregnant")]


def test_where_pregnancy_is_not_possible_nobody_is_asked():
    world = World().started()
    world.vitals(-5)
    assert asked(world) == []


def test_a_criterion_that_fails_on_what_is_recorded_closes_the_gate_whatever_is_ticked():
    world = World().started()
    world.vitals(-5)
    again = {
        "age": 17,
        "sex": "female",
        "ethnicity": "not-said",
        "race": "white",
        "weight": 70,
        "height": 168,
    }
    fill = act.FillForm(
        participant=PERSON, visit="screening", form="DEMOGRAPHICS", answers=again, occurrence="repeated"
    )
    world.told("lee", fill)
    against = gate(world)
    assert against["eligibility-rechecked"][0] == "gate-fails"
    assert "adult fails on what is recorded." in against["eligibility-rechecked"][1]
