"""Local times around the changes of the clocks, in zones of both hemispheres and of half an hour."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from holdfast.timing import moments_of, put_forward

FORWARD = [
    ("Europe/Berlin", "2026-03-29T02:30", "02:00", "03:00"),
    ("America/New_York", "2026-03-08T02:30", "02:00", "03:00"),
    ("Australia/Sydney", "2026-10-04T02:30", "02:00", "03:00"),
    ("Australia/Lord_Howe", "2026-10-04T02:15", "02:00", "02:30"),
]
BACK = [
    ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30", 60),
    ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30", 60),
    ("Australia/Sydney", "2026-04-05T02:30", "2026-04-04T15:30", 60),
    ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45", 30),
]


@pytest.mark.parametrize(("zone", "clock", "before", "after"), FORWARD)
def test_a_time_the_clocks_were_put_forward_over_is_no_moment(zone, clock, before, after):
    local = datetime.fromisoformat(clock)
    assert moments_of(local, zone) == ()
    assert [f"{each:%H:%M}" for each in put_forward(local, zone)] == [before, after]


@pytest.mark.parametrize(("zone", "clock", "first", "apart"), BACK)
def test_a_time_the_clocks_were_put_back_over_is_two_moments(zone, clock, first, apart):
    early, late = moments_of(datetime.fromisoformat(clock), zone)
    assert early == datetime.fromisoformat(f"{first}+00:00")
    assert late - early == timedelta(minutes=apart)


@pytest.mark.parametrize("zone", [each[0] for each in FORWARD] + ["Asia/Kolkata", "UTC"])
def test_any_other_time_is_one_moment(zone):
    (only,) = moments_of(datetime(2026, 6, 15, 14, 5), zone)
    assert moments_of(datetime(2026, 6, 15, 14, 6), zone) == (only + timedelta(minutes=1),)
