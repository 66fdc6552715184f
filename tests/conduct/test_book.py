from __future__ import annotations

import time
from dataclasses import replace
from uuid import uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conduct_world import PERSON, SITE, STUDY, World, caps, codes, kinds, protocol
from holdfast.conduct import actions as act
from holdfast.conduct.book import Book
from holdfast.conduct.standing import fold
from holdfast.conduct.streams import streams_of, written_by
from holdfast.errors import Conflict, ImpossibleValue, UnknownName
from holdfast.records.chain import verify_stream
from scale import scaled

COUNT = scaled(200)
print(f"book: {COUNT} replays")


def by_stream(book: Book) -> dict:
    streams: dict = {}
    for sealed in book.sealed:
        streams.setdefault(sealed.record.stream, []).append(sealed)
    return streams


def test_the_chain_of_every_stream_verifies():
    streams = by_stream(World().supplemented().book)
    assert len(streams) == 15
    for sealed in streams.values():
        verify_stream(sealed)
        assert [each.sequence for each in sealed] == list(range(1, len(sealed) + 1))


def test_the_standings_kept_are_the_folds_of_the_records():
    book = World().supplemented().book
    for stream, sealed in by_stream(book).items():
        assert book.standing(stream) == fold(stream, [each.record for each in sealed])


def test_equal_plays_give_equal_bytes_and_another_salt_other_hashes():
    first, second = World().dosed().book, World().dosed().book
    assert first.sealed == second.sealed
    other = Book(protocol(), salt_seed=2)
    world = World()
    world.book = other
    world.dosed()
    assert [each.record for each in other.sealed] == first.records
    assert {each.salt for each in other.sealed}.isdisjoint({each.salt for each in first.sealed})


def test_an_entry_sent_twice_is_answered_as_the_first_time():
    world = World().dosed()
    action = world.action(
        "ben", act.ReadVitals(participant=PERSON, visit="dosing-1", due_minute=None, systolic=190)
    )
    first = world.book.perform(action, world.now)
    count = len(world.book.records)
    world.later(hours=3)
    assert world.book.perform(action, world.now) == first
    assert len(world.book.records) == count


def test_the_same_id_with_other_content_is_a_conflict():
    world = World().dosed()
    tell = act.ReadVitals(participant=PERSON, visit="dosing-1", due_minute=None, systolic=120)
    action = world.action("ben", tell)
    world.book.perform(action, world.now)
    count = len(world.book.records)
    with pytest.raises(Conflict):
        world.book.perform(replace(action, what=replace(tell, systolic=121)), world.now)
    assert len(world.book.records) == count


def test_a_refused_request_leaves_nothing_and_may_be_asked_again():
    world = World().baseline()
    world.told("lee", act.FailScreening(participant=PERSON, criteria=(), note=""))
    count = len(world.book.records)
    action = world.action("lee", act.Randomise(participant=PERSON))
    assert codes(world.book.perform(action, world.now)) == ["screen-failed"]
    assert codes(world.book.perform(action, world.now)) == ["screen-failed"]
    assert len(world.book.records) == count


def test_records_carry_the_ids_that_follow_from_the_actions():
    world = World().kitted()
    records = world.told("ana", world.start_ask())
    expected = [world.last_id, *(uuid5(world.last_id, str(k)) for k in range(1, len(records)))]
    assert [each.id for each in records] == expected
    assert {each.recorded_at for each in records} == {world.now}
    assert {each.protocol_hash for each in records} == {protocol().hash}


def test_no_action_writes_to_a_stream_it_did_not_name():
    world = World()
    perform = world.book.perform

    def watched(action, now):
        decision = perform(action, now)
        if isinstance(decision, list):
            assert {each.stream for each in decision} <= set(written_by(action)), action.what
            assert set(written_by(action)) <= set(streams_of(action))
        return decision

    world.book.perform = watched
    world.supplemented().later(hours=7)
    world.told("dr-okafor", act.Unblind(participant=PERSON, why="x"))


def test_streams_are_sorted_and_name_everything_a_dose_touches():
    world = World()
    action = world.action(
        "ana",
        act.GiveDose(participant=PERSON, visit="dosing-1", step="s1-first", kit="K1", witness="ben"),
    )
    assert streams_of(action) == (
        "kit/K1",
        f"participant/{PERSON}",
        f"session/{PERSON}/dosing-1",
        f"site/{SITE}",
        "staff/ana",
        f"study/{STUDY}",
    )
    assert written_by(action) == ("kit/K1", f"participant/{PERSON}", f"session/{PERSON}/dosing-1")


def test_an_amendment_of_a_stream_that_cannot_be_is_no_action():
    world = World()
    tell = act.Amend(stream="diary/today", record=uuid5(SPACE, "x"), fact=None)
    with pytest.raises(UnknownName):
        streams_of(world.action("ana", tell))


SPACE = uuid5(__import__("uuid").NAMESPACE_URL, "book")


@settings(max_examples=COUNT, deadline=None)
@given(st.lists(st.integers(min_value=0, max_value=4), min_size=1, max_size=25))
def test_replays_in_any_order_leave_each_entry_exactly_once(order):
    world = World().dosed()
    sent = [
        world.action(
            "ben", act.ReadVitals(participant=PERSON, visit="dosing-1", due_minute=None, systolic=110 + k)
        )
        for k in range(5)
    ]
    count = len(world.book.records)
    for k in order:
        assert kinds(world.book.perform(sent[k], world.now)) == ["vitals-read"]
    assert len(world.book.records) - count == len(set(order))
    assert world.session().readings == 1 + len(set(order))


def test_the_book_is_quick_and_a_long_session_costs_no_more_per_record():
    def seconds(n: int) -> float:
        world = World().dosed()
        begin = time.process_time()
        for k in range(n):
            world.vitals(systolic=100 + k % 50)
        return time.process_time() - begin

    seconds(50)
    short, long = min(seconds(200) for _ in range(3)), seconds(1600)
    # 30,000 records in 10 s is 0.33 ms each; eight times as many may take at most 16 times as long.
    assert long / 1600 < 1e-3
    assert long < 16 * short


def test_a_form_filled_through_the_book_is_in_its_standing():
    world = World().baseline()
    assert world.person.form_at("baseline", "CAPS-5").fact.answers == caps()


@pytest.mark.parametrize(
    "change", [{"skew_s": float("nan")}, {"reason": "\ud800"}, {"device": "\udfff"}, {"author": " "}]
)
def test_what_cannot_be_written_is_sent_back_and_leaves_no_half_behind(change):
    world = World().started()
    tell = act.GiveDose(participant=PERSON, visit="dosing-1", step="s1-first", kit="K1", witness="ben")
    action = world.action("ana", tell)
    before, standing = world.book.sealed.copy(), world.session()
    with pytest.raises(ImpossibleValue):
        world.book.perform(replace(action, stamp=replace(action.stamp, **change)), world.now)
    assert (world.book.sealed, world.session()) == (before, standing)
    assert kinds(world.book.perform(action, world.now))[0] == "dose-given"
