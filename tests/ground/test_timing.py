from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.errors import ImpossibleValue
from holdfast.timing import (
    Instant,
    Occurrence,
    PartialDate,
    Precision,
    Window,
    WindowState,
    add_business_days,
    business_deadline,
    calendar_deadline,
    date_in_words,
    date_of,
    end_of_day,
    hours_deadline,
    in_words,
    shift,
    study_day,
    time_in_words,
)
from scale import scaled

MANY = scaled(2000)
ZONES = ("America/Los_Angeles", "Europe/Zurich", "Australia/Sydney", "Asia/Kathmandu", "Pacific/Apia", "UTC")
dates = st.dates(date(1990, 1, 1), date(2060, 12, 31))
study_days = st.integers(-400, 400).filter(bool)


def local(text: str, zone: str) -> Instant:
    return Instant(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)), zone, Precision.MINUTE)


class TestStudyDays:
    def test_the_reference_date_is_day_one_and_the_day_before_is_minus_one(self):
        reference = date(2026, 11, 23)
        days = [study_day(date(2026, 11, d), reference) for d in range(20, 27)]
        assert days == [-3, -2, -1, 1, 2, 3, 4]

    @given(on=dates, reference=dates)
    @settings(max_examples=MANY, deadline=None)
    def test_there_is_no_day_zero_and_the_date_comes_back(self, on, reference):
        day = study_day(on, reference)
        assert day != 0
        assert date_of(day, reference) == on

    @given(day=study_days, by=st.integers(-400, 400))
    @settings(max_examples=MANY, deadline=None)
    def test_shifting_passes_over_day_zero(self, day, by):
        reference = date(2026, 1, 1)
        assert date_of(shift(day, by), reference) == date_of(day, reference) + timedelta(days=by)

    def test_day_zero_has_no_date(self):
        with pytest.raises(ValueError, match="there is no study day 0"):
            date_of(0, date(2026, 1, 1))


class TestInstants:
    def test_a_naive_time_is_no_instant(self):
        with pytest.raises(ValueError, match="aware datetime"):
            Instant(datetime(2026, 11, 23, 14, 5), "Europe/Zurich")

    def test_the_day_is_the_local_one(self):
        late = Instant(datetime(2026, 11, 24, 6, 30, tzinfo=UTC), "America/Los_Angeles")
        assert late.day == date(2026, 11, 23)

    def test_json_form(self):
        at = local("2026-11-23T15:05", "Europe/Zurich")
        assert at.to_json() == {"at": "2026-11-23T14:05:00Z", "zone": "Europe/Zurich", "precision": "minute"}

    @given(
        at=st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)),
        zone=st.sampled_from(ZONES),
        precision=st.sampled_from(Precision),
    )
    @settings(max_examples=MANY, deadline=None)
    def test_json_round_trip(self, at, zone, precision):
        instant = Instant(at, zone, precision)
        assert Instant.from_json(instant.to_json()) == instant

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"at": "2026-11-23T14:05", "zone": "UTC"}, "at"),
            ({"at": "2026-02-29T14:05:00Z", "zone": "UTC"}, "at"),
            ({"zone": "UTC"}, "at"),
            ({"at": "2026-11-23T14:05:00Z", "zone": "Europe/Bern-West"}, "zone"),
            ({"at": "2026-11-23T14:05:00Z", "zone": "../etc/passwd"}, "zone"),
            ({"at": "2026-11-23T14:05:00Z", "zone": ""}, "zone"),
            ({"at": "2026-11-23T14:05:00Z", "zone": "UTC", "precision": "week"}, "precision"),
        ],
    )
    def test_what_is_no_instant_is_sent_back_with_its_field(self, given, field):
        with pytest.raises(ImpossibleValue) as refusal:
            Instant.from_json(given)
        assert refusal.value.field == field

    def test_one_hour_that_happens_twice_stays_two_moments(self):
        first = Instant(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Europe/Zurich")
        second = Instant(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "Europe/Zurich")
        assert first.local.strftime("%H:%M") == second.local.strftime("%H:%M") == "02:30"
        assert (time_in_words(first), time_in_words(second)) == ("02:30 CEST", "02:30 CET")


class TestWindows:
    def test_a_window_over_day_zero(self):
        window = Window(2, early=3, late=1)
        assert (window.first, window.last) == (-2, 3)
        states = [window.state(day) for day in (-3, -2, -1, 1, 2, 3, 4)]
        assert states == ["early", "open", "open", "open", "open", "open", "late"]

    @given(day=study_days, early=st.integers(0, 60), late=st.integers(0, 60), asked=study_days)
    @settings(max_examples=MANY, deadline=None)
    def test_invariants(self, day, early, late, asked):
        window = Window(day, early, late)
        inside = [d for d in range(window.first, window.last + 1) if d]
        assert len(inside) == early + late + 1
        assert window.contains(day)
        assert window.contains(asked) == (asked in inside)
        assert (window.state(asked) is WindowState.EARLY) == (asked < window.first)
        assert (window.state(asked) is WindowState.LATE) == (asked > window.last)

    @pytest.mark.parametrize(("day", "early", "late"), [(0, 1, 1), (5, -1, 0), (5, 0, -1)])
    def test_impossible_windows(self, day, early, late):
        with pytest.raises(ValueError, match="day"):
            Window(day, early, late)

    def test_no_day_zero_to_ask_about(self):
        with pytest.raises(ValueError, match="no study day 0"):
            Window(1, 3, 3).contains(0)

    def test_occurrences(self):
        assert list(Occurrence) == ["planned", "unscheduled", "repeated", "early-end"]


@st.composite
def partial_dates(draw):
    on = draw(dates)
    known = draw(st.integers(0, 3))
    return PartialDate(*(on.year, on.month, on.day)[:known])


class TestPartialDates:
    @pytest.mark.parametrize(
        ("text", "iso", "words"),
        [
            ("2026-11-03", "2026-11-03", "3 Nov 2026"),
            ("3 Nov 2026", "2026-11-03", "3 Nov 2026"),
            ("2026-11", "2026-11", "Nov 2026"),
            ("nov 2026", "2026-11", "Nov 2026"),
            ("2026", "2026", "2026"),
            (" Unknown ", "unknown", "unknown"),
        ],
    )
    def test_reading_and_showing(self, text, iso, words):
        partial = PartialDate.parse(text)
        assert (partial.iso(), partial.in_words(), str(partial)) == (iso, words, iso)

    @pytest.mark.parametrize(
        "text",
        ["", "soon", "2026-13", "2026-02-29", "31 Apr 2026", "11/2026", "3 Foo 2026", "0000", "0 Nov 2026"],
    )
    def test_what_is_no_date_is_sent_back(self, text):
        with pytest.raises(ImpossibleValue, match="is no date; write for example"):
            PartialDate.parse(text)

    @pytest.mark.parametrize(
        ("one", "other", "before", "after", "same"),
        [
            ("Oct 2026", "Nov 2026", True, False, False),
            ("Nov 2026", "Nov 2026", None, None, None),
            ("Nov 2026", "2026-11-30", None, False, None),
            ("Nov 2026", "2026-11-01", False, None, None),
            ("2026-11-03", "2026-11-03", False, False, True),
            ("2026", "Nov 2026", None, None, None),
            ("2025", "2026", True, False, False),
            ("unknown", "2026-11-03", None, None, None),
            ("unknown", "unknown", None, None, None),
        ],
    )
    def test_comparison_in_three_values(self, one, other, before, after, same):
        a, b = PartialDate.parse(one), PartialDate.parse(other)
        assert (a.before(b), a.after(b), a.same(b)) == (before, after, same)

    @given(partial=partial_dates())
    @settings(max_examples=MANY, deadline=None)
    def test_both_texts_read_back(self, partial):
        assert PartialDate.parse(partial.iso()) == partial
        assert PartialDate.parse(partial.in_words()) == partial

    @given(a=partial_dates(), b=partial_dates(), data=st.data())
    @settings(max_examples=MANY, deadline=None)
    def test_an_answer_holds_for_every_date_it_could_stand_for(self, a, b, data):
        x = data.draw(st.dates(a.earliest, a.latest))
        y = data.draw(st.dates(b.earliest, b.latest))
        assert a.before(b) in (None, x < y)
        assert a.after(b) in (None, x > y)
        assert a.same(b) in (None, x == y)
        assert a.before(b) == b.after(a)

    @given(x=dates, y=dates)
    @settings(max_examples=MANY, deadline=None)
    def test_full_dates_are_never_unknown(self, x, y):
        a = PartialDate.of(x)
        assert (a.before(y), a.after(y), a.same(y)) == (x < y, x > y, x == y)

    def test_a_day_without_a_month_is_no_date(self):
        with pytest.raises(ValueError, match="needs its month"):
            PartialDate(2026, None, 3)


class TestDeadlines:
    def test_serious_event_just_before_midnight_on_28_february_of_a_leap_year(self):
        # In UTC it is already 29 February; the local count ends first.
        told = local("2028-02-28T23:50", "America/Los_Angeles")
        deadline = calendar_deadline(told, days=7)
        assert (deadline.due, deadline.due_utc) == (date(2028, 3, 6), date(2028, 3, 7))
        assert deadline.at.at == datetime(2028, 3, 7, 8, 0, tzinfo=UTC)

    def test_the_same_evening_in_a_common_year(self):
        deadline = calendar_deadline(local("2027-02-28T23:50", "America/Los_Angeles"), days=7)
        assert (deadline.due, deadline.due_utc) == (date(2027, 3, 7), date(2027, 3, 8))

    def test_east_of_greenwich_the_utc_count_ends_first(self):
        deadline = calendar_deadline(local("2028-02-29T00:30", "Australia/Sydney"), days=7)
        assert (deadline.due, deadline.due_utc) == (date(2028, 3, 7), date(2028, 3, 6))
        assert deadline.at.at == datetime(2028, 3, 7, 0, 0, tzinfo=UTC)

    def test_a_deadline_over_the_change_to_summer_time(self):
        # Clocks go forward on 14 March 2027; the local day still ends at local midnight.
        deadline = calendar_deadline(local("2027-03-12T10:00", "America/New_York"), days=2)
        assert deadline.due == date(2027, 3, 14)
        assert deadline.at.at == datetime(2027, 3, 15, 0, 0, tzinfo=UTC)
        assert end_of_day(deadline.due, "America/New_York") == datetime(2027, 3, 15, 4, 0, tzinfo=UTC)

    def test_twenty_four_hours_are_elapsed_hours_over_the_change(self):
        told = local("2027-03-13T10:00", "America/New_York")
        deadline = hours_deadline(told, hours=24)
        assert deadline.at.at - told.at == timedelta(hours=24)
        assert in_words(deadline.at) == "14 Mar 2027, 11:00 EDT"

    def test_a_business_day_from_friday_is_monday(self):
        friday = local("2026-11-20T16:00", "Europe/Zurich")
        assert business_deadline(friday, days=1).due == date(2026, 11, 23)

    def test_a_business_day_over_a_weekend_and_a_holiday(self):
        wednesday = local("2026-11-25T09:00", "America/New_York")
        thanksgiving = date(2026, 11, 26)
        assert business_deadline(wednesday, days=2, holidays={thanksgiving}).due == date(2026, 11, 30)

    def test_a_business_day_counted_from_a_leap_day(self):
        assert add_business_days(date(2028, 2, 29), days=1) == date(2028, 3, 1)
        assert add_business_days(date(2032, 2, 28), days=1) == date(2032, 3, 1)  # 29 Feb 2032 is a Sunday

    def test_overdue_from_its_moment_on(self):
        deadline = calendar_deadline(local("2026-11-23T12:00", "UTC"), days=1)
        end = datetime(2026, 11, 25, tzinfo=UTC)
        assert deadline.at.at == end
        assert not deadline.overdue(end - timedelta(seconds=1))
        assert deadline.overdue(end)
        assert deadline.remaining(end - timedelta(hours=3)) == timedelta(hours=3)

    @given(
        at=st.datetimes(datetime(2000, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC)),
        zone=st.sampled_from(ZONES),
        days=st.integers(0, 60),
    )
    @settings(max_examples=MANY, deadline=None)
    def test_keeping_it_keeps_both_clocks(self, at, zone, days):
        start = Instant(at, zone)
        deadline = calendar_deadline(start, days=days)
        last_moment = Instant(deadline.at.at - timedelta(microseconds=1), zone)
        assert (last_moment.day - start.day).days <= days
        assert (last_moment.at.date() - start.at.date()).days <= days
        assert last_moment.at > start.at or days == 0

    @given(on=dates, days=st.integers(0, 40), holidays=st.sets(dates, max_size=5))
    @settings(max_examples=MANY, deadline=None)
    def test_business_days_counted_one_by_one(self, on, days, holidays):
        due = add_business_days(on, days=days, holidays=holidays)
        between = [on + timedelta(days=k) for k in range(1, (due - on).days + 1)]
        worked = [d for d in between if d.isoweekday() <= 5 and d not in holidays]
        assert len(worked) == days
        assert days == 0 or worked[-1] == due

    @given(on=dates, zone=st.sampled_from(ZONES))
    @settings(max_examples=MANY, deadline=None)
    def test_a_day_ends_when_the_next_begins(self, on, zone):
        end = end_of_day(on, zone)
        assert (end - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date() <= on
        assert end.astimezone(ZoneInfo(zone)).date() > on

    def test_midnight_passed_over_by_summer_time(self):
        # In Cairo clocks went from 00:00 to 01:00 on 26 April 2024: the day before ended then.
        assert end_of_day(date(2024, 4, 25), "Africa/Cairo") == datetime(2024, 4, 25, 22, 0, tzinfo=UTC)


class TestWords:
    def test_dates_and_times(self):
        at = local("2026-11-23T14:05", "America/Los_Angeles")
        assert date_in_words(at.day) == "23 Nov 2026"
        assert in_words(at) == "23 Nov 2026, 14:05 PST"
        assert time_in_words(at, seconds=True) == "14:05:00 PST"

    def test_zones_without_a_name_show_their_offset(self):
        assert time_in_words(local("2026-11-23T14:05", "Asia/Kathmandu")) == "14:05 UTC+5:45"
        assert time_in_words(local("2026-11-23T14:05", "America/Sao_Paulo")) == "14:05 UTC-3"

    def test_a_time_known_to_the_day_shows_the_day(self):
        at = Instant(datetime(2026, 11, 23, 12, tzinfo=UTC), "Europe/Zurich", Precision.DAY)
        assert in_words(at) == "23 Nov 2026"
