from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from conduct_world import PERSON, SITE, World, caps, codes, fact_of, kinds
from holdfast.conduct import actions as act
from holdfast.conduct.standing import Stage
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.records.supply import SlotTaken
from holdfast.timing import Instant

RANDOMISE = act.Randomise(participant=PERSON)


def test_a_whole_way_to_randomisation_leaves_no_deviation():
    world = World().randomised()
    assert codes(world.book.records) == []
    assert world.person.stage is Stage.RANDOMISED
    assert (world.person.slot, world.person.stratum) == ("S01-slot-01", "site=S01")
    assert world.person.randomised_on.isoformat() == "2026-04-12"
    assert world.standing("list/site=S01").next_slot == "S01-slot-02"


def test_randomising_writes_the_slot_in_both_streams_the_second_because_of_the_first():
    world = World().baseline()
    records = world.told("lee", RANDOMISE)
    assert [(each.stream, each.kind) for each in records] == [
        ("participant/S01-001", "randomised"),
        ("list/site=S01", "slot-taken"),
    ]
    assert records[0].id == world.last_id
    assert records[1].because == records[0].id


def test_an_unknown_participant_is_no_subject():
    with pytest.raises(UnknownName, match="There is no participant S01-999"):
        World().opened().do("lee", act.Randomise(participant="S01-999"))


def test_randomising_too_early_is_refused_with_every_reason():
    world = World().opened()
    prescreen = act.Prescreen(participant=PERSON, referred_by="self", prior_mdma="never", outcome="invited")
    world.told("lee", prescreen)
    refused = codes(world.do("lee", RANDOMISE))
    assert refused == [
        *["consent-missing"] * 3,
        *["eligibility-not-assessed"] * 2,
        *["baseline-form-missing"] * 7,
    ]
    assert world.person.randomised is None


def test_an_ineligible_person_is_not_randomised_and_the_criterion_is_named():
    world = World().screened(psychotic_disorder=True)
    judged = fact_of(world.book.records, "eligibility-assessed")
    assert not judged.eligible
    assert [code for code, truth in judged.answers.items() if truth != "holds"] == ["psychotic-disorder"]
    refused = world.do("lee", RANDOMISE)
    sentences = [each.sentence for each in refused.reasons if each.code == "not-eligible"]
    assert sentences == ["Not eligible at screening: psychotic-disorder."]


def test_what_is_not_known_is_unknown_and_not_eligible():
    world = World().consented()
    decision = world.told("dr-okafor", act.AssessEligibility(participant=PERSON, at="screening"))
    judged = fact_of(decision, "eligibility-assessed")
    assert not judged.eligible
    assert set(judged.answers.values()) == {"unknown"}


def test_a_mild_baseline_fails_the_severity_criterion():
    world = World().baseline()
    fill = act.FillForm(
        participant=PERSON, visit="baseline", form="CAPS-5", answers=caps(1), occurrence="repeated"
    )
    world.later(minutes=10).told("rae", fill)
    judged = fact_of(
        world.told("dr-okafor", act.AssessEligibility(participant=PERSON, at="baseline")),
        "eligibility-assessed",
    )
    assert judged.answers["ptsd-severity"] == "fails"
    assert codes(world.do("lee", RANDOMISE)) == ["not-eligible"]


def test_study_day_1_is_the_local_date_of_the_site_whatever_zone_the_device_gave():
    world = World().baseline()
    world.later(hours=10)  # 01:00 UTC on the 13th, still the evening of the 12th in Denver
    action = world.action("lee", RANDOMISE)
    abroad = replace(action.stamp, happened_at=Instant(world.now, "Europe/Berlin"))
    records = world.book.perform(replace(action, stamp=abroad), world.now)
    assert records[0].happened_at == Instant(world.now, "America/Denver")
    assert world.person.randomised_on.isoformat() == "2026-04-12"


def test_nobody_is_randomised_twice():
    assert codes(World().randomised().do("lee", RANDOMISE)) == ["already-randomised"]


def test_a_used_up_list_and_a_missing_one_are_told_apart():
    world = World().baseline()
    slots = world.standing("list/site=S01")
    for k, slot in enumerate(slots.slots):
        world.book._append(_taken(world, slot, k))
    assert codes(world.do("lee", RANDOMISE)) == ["no-free-slot"]
    other = act.Randomise(participant=PERSON, stratum="site=S02")
    assert codes(world.do("lee", other)) == ["wrong-stratum", "list-not-sealed"]


def _taken(world, slot, k):
    like = world.book.records[-1]
    fact = SlotTaken(slot=slot, participant=f"P{k}")
    return [replace(like, id=UUID(int=k + 1), stream=f"list/site={SITE}", fact=fact, because=None)]


def test_the_withdrawn_and_the_failed_are_not_randomised():
    world = World().baseline()
    world.told("lee", act.Withdraw(participant=PERSON, from_=("follow-up",), why="moves away"))
    world.told("lee", act.FailScreening(participant=PERSON, criteria=("adult",), note=""))
    assert codes(world.do("lee", RANDOMISE)) == ["screen-failed", "treatment-stopped"]


def test_only_a_physician_with_a_licence_judges_eligibility():
    world = World().screened()
    judge = act.AssessEligibility(participant=PERSON, at="screening")
    assert codes(world.do("lee", judge)) == ["role-may-not", "credential-expired"]
    expired = act.RecordCredential(person="dr-okafor", credential="licence", valid_until="2026-03-01")
    world.told("lee", expired)
    assert codes(world.do("dr-okafor", judge)) == ["credential-expired"]


def test_a_code_logged_twice_stands_as_a_deviation():
    world = World().consented()
    again = act.Prescreen(participant=PERSON, referred_by="clinic", prior_mdma="once", outcome="invited")
    assert kinds(world.told("lee", again)) == ["prescreened", "deviation"]
    assert world.person.deviations == ("prescreened-twice",)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("participant", {"participant": "a/b"}),
        ("prior_mdma", {"prior_mdma": "often"}),
        ("outcome", {"outcome": ""}),
    ],
)
def test_a_prescreening_that_cannot_be_is_sent_back(field, changes):
    given = {"participant": "P2", "referred_by": "", "prior_mdma": "never", "outcome": "invited", **changes}
    with pytest.raises(ImpossibleValue) as sent_back:
        World().opened().do("lee", act.Prescreen(**given))
    assert sent_back.value.field == field


def test_another_site_may_not_randomise_somebody_elses_participant():
    world = World().baseline()
    world.told("sponsor", act.OpenSite(name="Two", country="US", zone="UTC", phone="1"), site="S02")
    world.told("sponsor", act.Appoint(person="lee", role="coordinator", name="Lee"), site="S02")
    refused = codes(world.do("lee", RANDOMISE, site="S02"))
    assert refused == ["other-site", "list-not-sealed"]


def test_a_report_from_another_site_is_recorded_with_the_deviation():
    world = World().consented()
    world.told("sponsor", act.OpenSite(name="Two", country="US", zone="UTC", phone="1"), site="S02")
    world.told("sponsor", act.Appoint(person="lee", role="coordinator", name="Lee"), site="S02")
    contact = act.AttemptContact(participant=PERSON, channel="telephone", outcome="spoke", for_visit="")
    records = world.told("lee", contact, site="S02")
    assert [(each.code, each.what) for each in (r.fact for r in records if r.kind == "deviation")] == [
        ("other-site", "S01-001 is a participant of S01.")
    ]


def test_a_report_by_a_version_not_in_force_is_recorded_with_the_deviation():
    world = World().consented()
    world.book.protocol = world.protocol.model_copy(update={"hash": "9" * 64})
    contact = act.AttemptContact(participant=PERSON, channel="telephone", outcome="spoke", for_visit="")
    assert codes(world.told("lee", contact)) == ["protocol-not-adopted"]


def test_a_study_without_randomisation_randomises_nobody():
    world = World(protocol=World().protocol.model_copy(update={"randomisation": None})).baseline()
    assert codes(world.do("lee", RANDOMISE)) == ["not-randomised-design"]
