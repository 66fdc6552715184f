"""The course of an effect worked out of its ratings, whatever their order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from holdfast.conduct.effects import Rated, course_of

T0 = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
HOURS = (1, 2, 4, 6, 8, 24)


def at(hour: float, level: int, by: str = "observer", *, minutes: float = 0) -> Rated:
    return Rated(hour, T0 + timedelta(hours=hour, minutes=minutes), by, level)


def when(hour: float, minutes: float = 0) -> str:
    return (T0 + timedelta(hours=hour, minutes=minutes)).isoformat()


def test_what_was_never_there_has_no_course() -> None:
    assert course_of([]) is None
    assert course_of([at(1, 0), at(2, 0)]) is None


def test_the_peak_is_the_first_of_the_highest() -> None:
    course = course_of([at(1, 1), at(2, 3), at(4, 3), at(6, 1)])
    assert course is not None
    assert (course.onset, course.peak, course.end, course.level) == (when(1), when(2), "", 3)


def test_the_end_is_the_first_nothing_after_the_last_time_it_was_there() -> None:
    course = course_of([at(1, 1), at(2, 0), at(4, 1), at(6, 0), at(8, 0)])
    assert course is not None
    assert course.end == when(6)


def test_a_round_entered_out_of_order_ends_nothing_before_it_was_last_seen() -> None:
    late = Rated(4, T0 + timedelta(hours=9), "observer", 2)
    course = course_of([at(1, 1), at(6, 0), late])
    assert course is not None
    assert course.end == when(9)


RATINGS = st.lists(
    st.builds(
        at,
        st.sampled_from(HOURS),
        st.integers(0, 3),
        st.sampled_from(("observer", "participant")),
        minutes=st.integers(0, 30),
    ),
    max_size=12,
)


@given(RATINGS, st.randoms())
def test_the_course_holds_whatever_order_ratings_come_in(ratings: list[Rated], chance: object) -> None:
    course, mixed = course_of(ratings), list(ratings)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert course_of(mixed) == course
    there = [each for each in ratings if each.level]
    if not there:
        assert course is None
        return
    assert course is not None
    assert course.level == max(each.level for each in there) == max(course.by_source.values())
    assert (
        course.onset
        == min(each.at for each in there if each.hour == min(one.hour for one in there)).isoformat()
    )
    assert course.onset <= course.peak
    last = max(each.hour for each in there)
    later = [each for each in ratings if each.hour > last]
    assert bool(course.end) == bool(later)
    if course.end:
        assert course.end >= max(each.at for each in there).isoformat()
