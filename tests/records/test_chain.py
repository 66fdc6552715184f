import json
from dataclasses import replace
from hashlib import sha256
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.errors import BrokenRecord, Refusal, UnknownName
from holdfast.records import chain, ndjson
from holdfast.records.fact import Redacted
from holdfast.records.study import RecordRedacted, StudyOpened
from record_building import GENESIS, NOW, chained, reading, records
from scale import scaled

MUTATIONS = scaled(4000)
STREAM = chained([reading(number, systolic=110.0 + number) for number in range(1, 9)])
LINES = [ndjson.to_line(each) for each in STREAM]


def distinct(count=6):
    return st.lists(records(), max_size=count, unique_by=lambda record: record.id)


@given(given_records=distinct())
def test_what_was_sealed_verifies_and_ends_in_its_head(given_records):
    sealed = chained(given_records)
    head = chain.verify_stream(sealed, start=GENESIS)
    assert head == (chain.head_of(sealed[-1]) if sealed else None)
    if head is not None:
        assert head.sequence == len(sealed)


def test_the_hashes_of_a_plain_record_are_these():
    # Written out so that a change of the format cannot pass unseen: every ledger would break.
    sealed = STREAM[0]
    assert GENESIS == "a9fb6d118ca0ce233d9cf2539ed8874b412ae82c02fad50481a574ba17b9e3b2"
    assert sealed.body_digest == "bdc0dd827914a3530b1593274aa6b093976cd60121423455a58227245d76edc3"
    assert sealed.hash == "11609b8c64535e6b2eb4b9a93717526076e99b76e04f5c1fcdd78201fe7f809d"


def test_a_stranger_with_sha256_and_a_line_can_recompute_every_hash():
    # As docs/records.md tells an auditor to do it, with none of our code.
    previous = sha256(b'{"holdfast":1,"life":"rehearsal","study":"demo"}').hexdigest()
    for line in LINES:
        held = json.loads(line)
        body, salt, own = (held.pop(name) for name in ("body", "salt", "hash"))
        plain = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        assert held["body_digest"] == sha256(bytes.fromhex(salt) + plain).hexdigest()
        covered = json.dumps(held, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        assert own == sha256(covered).hexdigest()
        assert held["previous"] == previous
        previous = own


def broken_at(sealed, **kept):
    with pytest.raises(BrokenRecord) as broken:
        chain.verify_stream(sealed, start=GENESIS, **kept)
    assert str(broken.value).endswith(".")
    return broken.value.sequence


@settings(max_examples=MUTATIONS, deadline=None)
@given(place=st.integers(0, len(LINES) - 1), where=st.integers(0, 10**6), byte=st.integers(1, 255))
def test_any_changed_byte_is_found_in_its_record(place, where, byte):
    line = bytearray(LINES[place])
    line[where % len(line)] ^= byte
    try:
        changed = ndjson.from_line(bytes(line))
    except (BrokenRecord, UnknownName):
        return  # the reader refuses it before the chain is looked at
    assert broken_at([*STREAM[:place], changed, *STREAM[place + 1 :]]) == place + 1


@settings(max_examples=MUTATIONS // 4, deadline=None)
@given(place=st.integers(0, len(STREAM) - 1), data=st.data())
def test_any_changed_field_is_found_in_its_record(place, data):
    name = data.draw(st.sampled_from(["author", "role", "site", "device", "reason", "protocol_hash"]))
    other = data.draw(st.text(st.characters(exclude_categories=["Cs"])))
    record = STREAM[place].record
    if getattr(record, name) == other:
        return
    changed = replace(STREAM[place], record=replace(record, **{name: other}))
    assert broken_at([*STREAM[:place], changed, *STREAM[place + 1 :]]) == place + 1


@given(place=st.integers(0, len(STREAM) - 2))
def test_a_dropped_record_is_found_where_it_was(place):
    assert broken_at([*STREAM[:place], *STREAM[place + 1 :]]) == place + 1


@given(place=st.integers(0, len(STREAM) - 1))
def test_a_doubled_record_is_found_where_it_comes_again(place):
    assert broken_at([*STREAM[: place + 1], *STREAM[place:]]) == place + 2


@given(first=st.integers(0, len(STREAM) - 1), second=st.integers(0, len(STREAM) - 1))
def test_exchanged_records_are_found_at_the_first(first, second):
    if first == second:
        return
    mixed = list(STREAM)
    mixed[first], mixed[second] = mixed[second], mixed[first]
    assert broken_at(mixed) == min(first, second) + 1


def test_a_record_rewritten_with_a_right_hash_breaks_the_next_link():
    forged = chain.seal(
        replace(STREAM[3].record, author="someone else"),
        sequence=4,
        previous=STREAM[2].hash,
        salt=STREAM[3].salt,
    )
    assert broken_at([*STREAM[:3], forged, *STREAM[4:]]) == 5


@given(kept=st.integers(1, len(STREAM)), left=st.integers(0, len(STREAM)))
def test_a_cut_off_end_is_found_against_a_kept_head(kept, left):
    head = chain.head_of(STREAM[kept - 1])
    if left >= kept:
        chain.verify_stream(STREAM[:left], start=GENESIS, head=head)
    else:
        assert broken_at(STREAM[:left], head=head) == left + 1


def test_a_rewritten_history_is_found_against_a_kept_head():
    other = chained([reading(number, systolic=99.0) for number in range(1, 9)])
    assert broken_at(other, head=chain.head_of(STREAM[4])) == 5


def test_a_stream_of_a_rehearsal_does_not_chain_from_a_live_study():
    with pytest.raises(BrokenRecord, match="does not chain from the beginning of its study") as broken:
        chain.verify_stream(STREAM, start=chain.genesis("demo", "live"))
    assert broken.value.sequence == 1
    assert chain.genesis("demo", "live") != chain.genesis("other", "live")
    with pytest.raises(ValueError, match="a rehearsal or live"):
        chain.genesis("demo", "test")


def test_a_repeated_id_and_a_stranger_are_found():
    again = chained([reading(1), reading(2), reading(1)])
    assert broken_at(again) == 3
    strange = chained([reading(1), reading(2, stream="session/P002/dosing-1")])
    assert broken_at(strange) == 2


def test_times_and_salts_that_cannot_be_sealed_are_refused():
    with pytest.raises(ValueError, match="time zone"):
        chained([reading(1, recorded_at=NOW.replace(tzinfo=None))])
    with pytest.raises(ValueError, match="at least 16 bytes"):
        chain.seal(reading(1), sequence=1, previous=GENESIS, salt=b"short")


# --- redaction -------------------------------------------------------------------------


def stone_of(sealed, number=100, **fields):
    fact = RecordRedacted(
        **{
            "record": str(sealed.record.id),
            "body_digest": sealed.body_digest,
            "asked_by": "coordinator",
            "approved_by": "physician",
            "why": "a name was typed",
            **fields,
        }
    )
    return reading(number, fact=fact)


def redacted_stream(place):
    stone = stone_of(STREAM[place])
    whole = chained([*(each.record for each in STREAM), stone])
    whole[place] = chain.redact(whole[place], tombstone=stone)
    return whole


@pytest.mark.requirement("AUD-4")
@given(place=st.integers(0, len(STREAM) - 1))
def test_a_redacted_record_is_gone_and_the_chain_still_verifies(place):
    whole = redacted_stream(place)
    head = chain.verify_stream(whole, start=GENESIS)
    assert head is not None
    assert head.sequence == len(STREAM) + 1
    gone = whole[place]
    assert gone.record.fact == Redacted(of_kind="vitals-read", of_version=2)
    assert gone.salt == b""
    assert str(110.0 + place + 1).encode() not in ndjson.to_line(gone)
    assert [ndjson.from_line(ndjson.to_line(each)) for each in whole] == whole
    with pytest.raises(BrokenRecord, match="it was redacted"):
        chain.body_of(gone)


@pytest.mark.requirement("AUD-4")
def test_a_missing_body_without_its_tombstone_is_found():
    whole = redacted_stream(2)
    with pytest.raises(BrokenRecord, match="no tombstone says why") as broken:
        chain.verify_stream(whole[:-1])
    assert broken.value.sequence == 3
    whole[4] = replace(whole[2], sequence=5)
    assert broken_at(whole) == 5


@pytest.mark.requirement("AUD-4")
@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"record": str(UUID(int=55))}, "names the redacted record"),
        ({"body_digest": "0" * 64}, "keeps the digest"),
        ({"approved_by": "coordinator"}, "two different people and a reason"),
        ({"approved_by": ""}, "two different people and a reason"),
        ({"why": ""}, "two different people and a reason"),
    ],
)
def test_a_redaction_needs_two_people_a_reason_and_its_own_tombstone(fields, sentence):
    with pytest.raises(Refusal, match=sentence):
        chain.redact(STREAM[0], tombstone=stone_of(STREAM[0], **fields))


def test_tombstones_and_first_records_of_studies_are_never_redacted():
    stone = chained([stone_of(STREAM[0])])[0]
    with pytest.raises(Refusal, match="cannot be redacted"):
        chain.redact(stone, tombstone=stone_of(stone))
    elsewhere = replace(stone_of(STREAM[0]), stream="session/P002/dosing-1")
    with pytest.raises(Refusal, match="stands in the stream"):
        chain.redact(STREAM[0], tombstone=elsewhere)


# --- the ledger of a study --------------------------------------------------------------


def ledger(life="rehearsal"):
    start = chain.genesis("demo", life)
    opening = reading(1000, stream="study/demo", fact=StudyOpened(life=life, title="Demo"))
    other = [reading(number, stream="session/P002/dosing-1") for number in range(21, 25)]
    return [
        *chained([opening], previous=start),
        *chained([each.record for each in STREAM], previous=start),
        *chained(other, previous=start),
    ]


def test_a_ledger_verifies_stream_by_stream_in_any_order_of_streams():
    whole = ledger()
    heads = chain.verify_ledger(whole)
    assert {stream: head.sequence for (_, stream), head in heads.items()} == {
        "study/demo": 1,
        "session/P001/dosing-1": 8,
        "session/P002/dosing-1": 4,
    }
    woven = sorted(whole, key=lambda each: (each.sequence, each.record.stream))
    assert chain.verify_ledger(woven) == heads
    assert chain.verify_ledger(whole, heads=heads.values()) == heads
    with pytest.raises(BrokenRecord, match="Records were cut off"):
        chain.verify_ledger(whole[:-1], heads=heads.values())
    with pytest.raises(BrokenRecord, match="Records were cut off"):
        chain.verify_ledger(whole[:-4], heads=heads.values())


def test_a_rehearsal_never_becomes_live_by_exchange_of_its_first_record():
    rehearsal, live = ledger(), ledger("live")
    with pytest.raises(BrokenRecord, match="does not chain from the beginning of its study"):
        chain.verify_ledger([live[0], *rehearsal[1:]])
    with pytest.raises(BrokenRecord, match="whether it is a rehearsal or live"):
        chain.verify_ledger(rehearsal[1:])


def test_an_id_in_two_streams_is_found():
    whole = ledger()
    double = chained([reading(3, stream="session/P003/dosing-1")])
    with pytest.raises(BrokenRecord, match="has the id of a record of session/P001"):
        chain.verify_ledger([*whole, *double])
