"""What leaves the study: refused for whom nobody may send, recorded first; recipients told of withdrawals."""

from __future__ import annotations

import hashlib

import pytest

from conduct_world import PERSON, SITE, STUDY, World, codes, kinds
from holdfast.conduct import actions as act
from holdfast.conduct import outlook, sharing
from holdfast.conduct.decision import Refused
from holdfast.conduct.streams import streams_of, written_by
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.records.sharing import Exported, IncludedInExport

FILES = {"a.csv": hashlib.sha256(b"a").hexdigest(), "b.csv": hashlib.sha256(b"b").hexdigest()}
REGISTRY = ("registry",)
TO = "The registry"


def export(**changes: object) -> act.RecordExport:
    given = {"item": "registry", "to": TO, "pseudonyms": {PERSON: "f3a9c1d2"}, "files": FILES}
    return act.RecordExport(**{**given, **changes})


def tell(**changes: str) -> act.TellRecipient:
    given = {"participant": PERSON, "to": TO, "item": "registry", "how": "by telephone; removed"}
    return act.TellRecipient(**{**given, **changes})


def test_an_export_stands_in_the_study_and_with_everybody_in_it():
    world = World().randomised(REGISTRY)
    records = world.told("sam", export(), role="statistician")
    assert [record.stream for record in records] == [f"study/{STUDY}", f"participant/{PERSON}"]
    assert records[0].fact == Exported(
        item="registry",
        to=TO,
        at_site=SITE,
        people=1,
        files=FILES,
        digest=hashlib.sha256(
            f'{{"a.csv":"{FILES["a.csv"]}","b.csv":"{FILES["b.csv"]}"}}'.encode()
        ).hexdigest(),
    )
    assert records[1].fact == IncludedInExport(
        export=str(records[0].id), item="registry", to=TO, pseudonym="f3a9c1d2"
    )
    assert records[1].because == records[0].id
    assert sharing.pseudonym_of(world.person, item="registry", to=TO) == "f3a9c1d2"
    assert sharing.pseudonym_of(world.person, item="registry", to="Another") == ""


def test_it_touches_the_study_and_everybody_in_it():
    action = World().action("lee", export(pseudonyms={"P2": "x1", "P1": "x2"}))
    assert set(written_by(action)) == {f"study/{STUDY}", "participant/P1", "participant/P2"}
    assert set(streams_of(action)) >= {f"site/{SITE}", "staff/lee"}


@pytest.mark.parametrize(
    ("before", "code"),
    [
        ((), "export-not-agreed"),
        ((act.WithdrawConsent(participant=PERSON, items=REGISTRY),), "export-not-agreed"),
        ((act.Withdraw(participant=PERSON, from_=("data-use",), why=""),), "data-use-withdrawn"),
    ],
)
def test_nobody_goes_who_did_not_agree_or_withdrew(before: tuple[act.Tell, ...], code: str):
    world = World().randomised(REGISTRY if before else ())
    for each in before:
        world.told(PERSON, each)
    decision = world.do("sam", export(), role="statistician")
    assert isinstance(decision, Refused)
    assert code in codes(decision)
    assert world.person.shared == ()


def test_nobody_at_all_is_no_export_and_another_role_may_not():
    world = World().randomised(REGISTRY)
    assert codes(world.do("sam", export(pseudonyms={}), role="statistician")) == ["export-of-nobody"]
    assert "role-may-not" in codes(world.do("ana", export()))
    for who in ("lee", "dr-okafor", "rae"):
        # A rating and a person's own answers stand in the files: nobody at the site may read both.
        assert "role-may-not" in codes(world.do(who, export()))


def test_a_recipient_knows_a_person_by_one_random_id_and_no_other_recipient_by_the_same():
    world = World().randomised(REGISTRY)
    world.told("sam", export(), role="statistician")
    assert codes(world.do("sam", export(pseudonyms={PERSON: "00000000"}), role="statistician")) == [
        "pseudonym-differs"
    ]
    assert codes(world.do("sam", export(to="Another"), role="statistician")) == ["pseudonym-differs"]
    world.told("sam", export(), role="statistician")
    world.told("sam", export(to="Another", pseudonyms={PERSON: "bbbbbbbb"}), role="statistician")
    assert [(each.to, each.pseudonym) for each in world.person.shared] == [
        (TO, "f3a9c1d2"),
        (TO, "f3a9c1d2"),
        ("Another", "bbbbbbbb"),
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"to": " "}, "to"),
        ({"files": {}}, "files"),
        ({"files": {"a.csv": "abc"}}, "files"),
        ({"pseudonyms": {PERSON: f"id-{PERSON.lower()}"}}, "pseudonyms"),
        ({"pseudonyms": {PERSON: ""}}, "pseudonyms"),
        ({"pseudonyms": {PERSON: "same", "S01-002": "same"}}, "pseudonyms"),
    ],
)
def test_what_cannot_be_an_export_is_sent_back(changes: dict[str, object], field: str):
    with pytest.raises(ImpossibleValue) as refused:
        World().randomised(REGISTRY).do("sam", export(**changes), role="statistician")
    assert refused.value.field == field


def test_unknown_people_and_items_are_unknown():
    world = World().randomised(REGISTRY)
    with pytest.raises(UnknownName):
        world.do("sam", export(pseudonyms={"S01-999": "zz"}), role="statistician")
    with pytest.raises(UnknownName):
        world.do("sam", export(item="telephone"), role="statistician")


def test_a_locked_study_still_exports_and_telling_a_recipient_is_no_late_data():
    world = World().randomised(REGISTRY)
    world.told("sponsor", act.LockStudy(data_hash="d"))
    assert kinds(world.do("sam", export(), role="statistician")) == ["exported", "included-in-export"]
    world.told(PERSON, act.WithdrawConsent(participant=PERSON, items=REGISTRY))
    assert codes(world.told("lee", tell())) == []


# --- recipients are told ------------------------------------------------------------------------


def waiting(world: World) -> list[str]:
    return [each.to for each in sharing.to_tell(world.person)]


def test_who_withdraws_the_use_of_their_data_is_to_be_told_to_everybody_who_holds_them():
    world = World().randomised(REGISTRY)
    world.told("sam", export(), role="statistician")
    world.later(days=1).told(
        "sam", export(to="Another", pseudonyms={PERSON: "bbbbbbbb"}), role="statistician"
    )
    assert waiting(world) == []
    world.later(days=1).told(PERSON, act.Withdraw(participant=PERSON, from_=("data-use",), why=""))
    assert waiting(world) == [TO, "Another"]
    todo = outlook.next_action(world.protocol, world.person, world.now)
    assert todo is not None
    assert (todo.code, todo.about) == ("tell-recipient", TO)
    assert [each.code for each in outlook.overdue(world.protocol, world.person, world.now)] == []
    world.later(hours=1).told("lee", tell())
    assert waiting(world) == ["Another"]
    world.told("lee", tell(to="Another"))
    assert waiting(world) == []
    assert outlook.next_action(world.protocol, world.person, world.now) is None


def test_taking_back_the_one_consent_is_told_too_and_an_export_after_it_was_told_anew():
    world = World().randomised(REGISTRY)
    world.told("sam", export(), role="statistician")
    taken_back = act.WithdrawConsent(participant=PERSON, items=REGISTRY)
    world.later(days=1).told(PERSON, taken_back)
    assert waiting(world) == [TO]
    world.later(days=1).told("lee", tell())
    assert waiting(world) == []
    world.later(days=1).consent(REGISTRY)
    world.told("sam", export(), role="statistician")
    assert waiting(world) == []
    world.later(days=1).told(PERSON, taken_back)
    assert waiting(world) == [TO]


def test_whom_nobody_sent_anything_is_not_told():
    world = World().randomised(REGISTRY)
    with pytest.raises(UnknownName):
        world.do("lee", tell())
    world.told("sam", export(), role="statistician")
    with pytest.raises(ImpossibleValue):
        world.do("lee", tell(how=""))
