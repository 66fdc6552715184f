from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import BrokenRecord
from holdfast.records.correction import flagged, origins_of, resolve
from holdfast.records.fact import Redacted
from holdfast.records.session import VitalsMissed
from record_building import NOW, reading


def later(number, systolic=120.0, *, corrects=None, because=None, minute=None):
    return reading(
        number,
        systolic,
        corrects=None if corrects is None else UUID(int=corrects),
        because=None if because is None else UUID(int=because),
        recorded_at=NOW + timedelta(minutes=number if minute is None else minute),
    )


def ids(numbers):
    return frozenset(UUID(int=number) for number in numbers)


def test_a_correction_counts_in_the_place_of_what_it_corrects():
    first, second, correction = later(1, 120.0), later(2, 130.0), later(3, 121.0, corrects=1)
    resolved = resolve([first, second, correction])
    assert resolved == [replace(first, fact=correction.fact), second]
    assert resolved[0].id == UUID(int=1)
    assert resolved[0].recorded_at == first.recorded_at


def test_a_correction_of_a_correction_counts():
    chain = [later(1, 120.0), later(2, 121.0, corrects=1), later(3, 122.0, corrects=2)]
    assert [each.fact.systolic for each in resolve(chain)] == [122.0]
    assert origins_of(chain) == {UUID(int=2): UUID(int=1), UUID(int=3): UUID(int=1)}


def test_of_two_corrections_of_one_record_the_later_counts():
    early, late = later(2, 121.0, corrects=1), later(3, 122.0, corrects=1)
    assert [each.fact.systolic for each in resolve([later(1), late, early])] == [122.0]
    together = [later(1), later(2, 121.0, corrects=1, minute=9), later(3, 122.0, corrects=1, minute=9)]
    assert [each.fact.systolic for each in resolve(together)] == [122.0]


@st.composite
def histories(draw):
    """Records of which some correct earlier ones, some follow from earlier ones."""
    made = []
    for number in range(1, draw(st.integers(1, 12)) + 1):
        earlier = st.none() | st.integers(1, number - 1) if number > 1 else st.none()
        made.append(later(number, float(number), corrects=draw(earlier), because=draw(earlier)))
    return made


@given(history=histories(), data=st.data())
def test_the_order_of_the_input_changes_the_order_of_the_output_only(history, data):
    mixed = data.draw(st.permutations(history))
    assert {each.id: each for each in resolve(mixed)} == {each.id: each for each in resolve(history)}
    assert [each.id for each in resolve(mixed)] == [each.id for each in mixed if each.corrects is None]
    assert flagged(mixed) == flagged(history)


@given(history=histories())
def test_what_counts_is_the_last_word_of_each_record(history):
    words = {}
    origin = {}
    for record in history:  # the plain reading of the rule, record after record in time
        origin[record.id] = record.id if record.corrects is None else origin[record.corrects]
        words[origin[record.id]] = record.fact
    assert {each.id: each.fact for each in resolve(history)} == words


@given(history=histories())
def test_resolving_twice_changes_nothing(history):
    once = resolve(history)
    assert resolve(once) == once


@given(history=histories())
def test_flagged_are_those_that_follow_at_any_remove_from_a_corrected_record(history):
    causes = {record.id: record.because for record in history}
    corrected = {record.corrects for record in history}

    def follows(cause):
        return cause is not None and (cause in corrected or follows(causes[cause]))

    assert flagged(history) == {record.id for record in history if follows(record.because)}


def test_what_follows_from_a_correction_is_not_flagged():
    history = [
        later(1, 190.0),
        later(2, because=1),
        later(3, because=2),
        later(4, 140.0, corrects=1),
        later(5, because=4),
        later(6),
    ]
    assert flagged(history) == ids([2, 3])


def test_a_correction_of_another_kind_is_refused():
    missed = later(2, corrects=1)
    missed = replace(missed, fact=VitalsMissed(due_minute=15, why="asleep"))
    with pytest.raises(BrokenRecord, match="is a 'vitals-missed' and corrects a 'vitals-read'"):
        resolve([later(1), missed])


def test_a_correction_in_another_stream_or_of_nothing_is_refused():
    elsewhere = replace(later(2, corrects=1), stream="session/P002/dosing-1")
    with pytest.raises(BrokenRecord, match="corrects one of session/P001"):
        resolve([later(1), elsewhere])
    with pytest.raises(BrokenRecord, match="which is not here"):
        resolve([later(2, corrects=1)])


def test_records_that_correct_one_another_are_refused():
    with pytest.raises(BrokenRecord, match="corrects itself"):
        resolve([later(1, corrects=2), later(2, corrects=1)])
    with pytest.raises(BrokenRecord, match="corrects itself"):
        resolve([later(1, corrects=1)])


def test_what_a_redacted_correction_replaced_does_not_come_back():
    gone = Redacted(of_kind="vitals-read", of_version=1)
    correction = replace(later(2, 121.0, corrects=1), fact=gone)
    assert [each.fact for each in resolve([later(1, 120.0), correction])] == [gone]
    original = replace(later(1), fact=gone)
    assert [each.fact.systolic for each in resolve([original, later(2, 121.0, corrects=1)])] == [121.0]


def test_causes_in_a_circle_do_not_hang():
    assert flagged([later(1, because=2), later(2, because=1)]) == frozenset()
