from __future__ import annotations

from datetime import timedelta

import pytest

from conduct_world import PERSON, World, codes, cssrs, kinds, protocol
from holdfast.conduct import actions as act
from holdfast.conduct.book import Book
from holdfast.errors import ImpossibleValue, UnknownName

REQUIRED = ("study", "recording", "contact-person")


def amended():
    """The same protocol as another version."""
    old = protocol()
    head = old.study.model_copy(update={"version": "2.0"})
    return old.model_copy(update={"study": head, "text": old.text + "\n", "hash": "2" * 64})


def test_what_is_not_named_is_declined_and_the_version_is_kept():
    world = World().consented(("touch-hand",))
    assert set(world.person.consents) == {*REQUIRED, "touch-hand"}
    assert world.person.consents["study"].version == "1.0"


def test_a_declined_required_item_leaves_consent_out_of_force():
    world = World().consented()
    ask = act.GiveConsent(participant=PERSON, items=("study",), language="en", explained_by="lee")
    world.told("lee", ask)
    visit = act.ScheduleVisit(participant=PERSON, visit="prep-1", on="2026-03-20")
    refused = world.do("lee", visit)
    assert [(each.code, each.about) for each in refused.reasons] == [
        ("consent-missing", "recording"),
        ("consent-missing", "contact-person"),
    ]


def test_an_amended_version_asks_for_consent_again_before_the_next_request():
    world = World().randomised()
    world.book.protocol = amended()
    visit = act.ScheduleVisit(participant=PERSON, visit="dosing-1", on="2026-04-14")
    assert codes(world.do("lee", visit)) == ["protocol-not-adopted", *["consent-version"] * 3]
    world.told("sponsor", act.AdoptProtocol())
    assert codes(world.do("lee", visit)) == ["consent-version"] * 3
    world.consent()
    assert kinds(world.do("lee", visit)) == ["visit-scheduled"]


def test_a_version_name_is_not_reused_and_the_same_text_not_adopted_twice():
    world = World().opened()
    assert codes(world.do("sponsor", act.AdoptProtocol())) == ["protocol-already-adopted"]
    world.book.protocol = protocol().model_copy(update={"hash": "3" * 64})
    assert codes(world.do("sponsor", act.AdoptProtocol())) == ["version-reused"]


def test_an_empty_or_badly_explained_consent_is_refused_with_every_reason():
    world = World().consented()
    ask = act.GiveConsent(participant=PERSON, items=(), language="", explained_by="rae")
    assert codes(world.do("lee", ask)) == ["consent-empty", "explainer-not-appointed"]


def test_consent_withdrawn_takes_effect_at_once_and_is_never_refused():
    world = World().started(("touch-hand",))
    withdraw = act.WithdrawConsent(participant=PERSON, items=("touch-hand", "study"))
    assert kinds(world.told(PERSON, withdraw)) == ["consent-withdrawn"]
    world.vitals(-5)
    assert codes(world.ask_dose()) == ["gate-fails"]


def test_under_drug_effect_nothing_new_is_agreed_to_but_anything_withdrawn():
    world = World().dosed(("touch-hand",))
    asked = act.GiveConsent(
        participant=PERSON,
        items=(*REQUIRED, "touch-hand", "touch-embrace"),
        language="en",
        explained_by="ana",
    )
    refused = world.do(PERSON, asked)
    assert codes(refused) == ["under-drug-effect"]
    assert "touch-embrace" in refused.reasons[0].sentence
    assert "touch-hand" in world.person.consents
    less = act.GiveConsent(participant=PERSON, items=REQUIRED, language="en", explained_by="ana")
    world.told(PERSON, less)
    assert "touch-hand" not in world.person.consents


def test_a_form_before_consent_is_recorded_with_a_major_deviation():
    world = World().opened()
    prescreen = act.Prescreen(participant=PERSON, referred_by="", prior_mdma="never", outcome="invited")
    world.told("lee", prescreen)
    records = world.fill("dr-okafor", "screening", "C-SSRS", cssrs())
    assert kinds(records) == ["form-completed", "deviation"]
    assert (records[1].fact.code, records[1].fact.severity) == ("form-without-consent", "major")
    assert (records[1].because, records[1].author, records[1].role) == (records[0].id, "holdfast", "system")


def test_unknown_items_and_an_empty_withdrawal_are_sent_back():
    world = World().consented()
    with pytest.raises(UnknownName, match="no consent item 'hugs'"):
        world.do("lee", act.WithdrawConsent(participant=PERSON, items=("hugs",)))
    with pytest.raises(ImpossibleValue):
        world.do("lee", act.WithdrawConsent(participant=PERSON, items=()))


def test_a_participant_acts_only_for_themself():
    world = World().consented()
    other = act.WithdrawConsent(participant=PERSON, items=("study",))
    records = world.told("S01-002", other, role="participant")
    assert codes(records) == ["not-delegated"]
    ask = act.GiveConsent(participant=PERSON, items=REQUIRED, language="en", explained_by="lee")
    assert codes(world.do("S01-002", ask, role="participant")) == ["not-oneself"]


def test_a_new_book_knows_nothing():
    assert Book(protocol()).standing(f"participant/{PERSON}").known is False


def test_a_consent_entered_late_does_not_undo_the_withdrawal_after_it():
    world = World().consented(("long-term-contact",)).later(hours=2)
    world.told(PERSON, act.WithdrawConsent(participant=PERSON, items=("long-term-contact",)))
    ask = act.GiveConsent(participant=PERSON, items=("long-term-contact",), language="en", explained_by="lee")
    refused = world.later(minutes=5).do("lee", ask, ago=timedelta(hours=1))
    assert codes(refused) == ["consent-withdrawn-since"]
    world.told("lee", ask)
    late = act.WithdrawConsent(participant=PERSON, items=("long-term-contact",))
    world.told(PERSON, late, ago=timedelta(hours=1))
    assert "long-term-contact" in world.person.consents
