import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.allocation.key import Key, flipped, from_bytes, merge, part_for_slots, to_bytes
from holdfast.allocation.sealing import commit, opens
from holdfast.errors import BrokenRecord, Conflict, ImpossibleValue

KEY = Key(
    arm_of_slot={"S01-0001": "mdma", "S01-0002": "placebo"},
    arm_of_kit={"K1": "mdma", "K2": "placebo", "K3": "mdma", "K4": "placebo"},
    mg_of_kit={"K1": 80.0, "K2": 0.0, "K3": 40.0, "K4": 0.0},
    step_of_kit={"K1": "s1-first", "K2": "s1-first", "K3": "s1-supplemental", "K4": "s1-supplemental"},
)
SECRET = bytes(range(32))

names = st.text("abcdefgh-0123456789", min_size=1, max_size=8)
arms = st.sampled_from(["placebo", "mdma"])


@st.composite
def keys(draw):
    kits = draw(st.lists(names, unique=True, max_size=6))
    return Key(
        arm_of_slot=draw(st.dictionaries(names, arms, max_size=6)),
        arm_of_kit={kit: draw(arms) for kit in kits},
        mg_of_kit={kit: draw(st.floats(0, 200)) for kit in kits},
        step_of_kit={kit: draw(names) for kit in kits},
    )


@given(key=keys())
def test_a_key_comes_back_from_its_bytes(key):
    assert from_bytes(to_bytes(key)) == key
    assert to_bytes(from_bytes(to_bytes(key))) == to_bytes(key)


def test_damaged_bytes_of_a_key_are_refused():
    whole = to_bytes(KEY)
    for broken in (b"", b"{}", b"[]", whole[:-1], whole + b" ", whole.replace(b"80.0", b"80"), b"\xff"):
        with pytest.raises(BrokenRecord, match="not an allocation key"):
            from_bytes(broken)


def test_flipping_exchanges_the_arms_of_slots_and_kits_and_keeps_strengths_right_for_the_step():
    assert flipped(KEY) == Key(
        arm_of_slot={"S01-0001": "placebo", "S01-0002": "mdma"},
        arm_of_kit={"K1": "placebo", "K2": "mdma", "K3": "placebo", "K4": "mdma"},
        mg_of_kit={"K1": 0.0, "K2": 80.0, "K3": 0.0, "K4": 40.0},
        step_of_kit=KEY.step_of_kit,
    )
    assert flipped(flipped(KEY)) == KEY


def test_a_key_that_is_not_of_two_arms_or_of_mixed_strengths_is_not_flipped():
    with pytest.raises(ImpossibleValue, match="this one has 1"):
        flipped(Key(arm_of_slot={"a": "mdma"}))
    mixed = Key(
        arm_of_slot={"a": "placebo"},
        arm_of_kit={"K1": "mdma", "K2": "mdma"},
        mg_of_kit={"K1": 80.0, "K2": 60.0},
        step_of_kit={"K1": "s1-first", "K2": "s1-first"},
    )
    with pytest.raises(ImpossibleValue, match="several strengths"):
        flipped(mixed)


def test_parts_are_merged_and_a_slot_in_two_parts_is_a_conflict():
    slots = part_for_slots(KEY, ["S01-0001", "S01-0002"])
    kits = Key(arm_of_kit=KEY.arm_of_kit, mg_of_kit=KEY.mg_of_kit, step_of_kit=KEY.step_of_kit)
    assert merge(slots, kits) == KEY
    with pytest.raises(Conflict, match="S01-0001"):
        merge(slots, Key(arm_of_slot={"S01-0001": "placebo"}))


def test_a_key_says_nothing_when_it_is_printed():
    assert repr(KEY) == "Key()"


@given(key=keys())
def test_a_commitment_opens_with_its_key_and_secret_only(key):
    commitment = commit(key, secret=SECRET)
    assert len(commitment) == 64
    assert opens(commitment, key, SECRET)
    assert not opens(commitment, key, SECRET + b"\0")
    assert not opens(commitment, merge(key, Key(arm_of_slot={"another slot": "mdma"})), SECRET)


def test_a_commitment_does_not_open_with_a_flipped_key():
    assert not opens(commit(KEY, secret=SECRET), flipped(KEY), SECRET)


def test_a_short_secret_is_refused():
    with pytest.raises(ImpossibleValue, match="at least 16 bytes"):
        commit(KEY, secret=b"short")
