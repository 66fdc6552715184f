"""Bad input through the forms of the session page: one answer each, in a sentence, and nothing lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from clinic.bedside import READING, STREAM, STUDY, Tablet, begun, dosed, facts, scene, served, therapist
from clinic.day import morning
from clinic.scene import START, Scene
from holdfast.clinic import edge
from holdfast.clinic.ledger import read
from holdfast.records.safety import Deviation
from holdfast.records.session import DoseGiven, VitalsRead

pytestmark = pytest.mark.postgres
__all__ = ["scene", "therapist"]  # fixtures


def asked(tablet: Tablet, **fields: str) -> dict[str, Any]:
    """A reading that is asked about; nothing is recorded by it."""
    before = len(facts(VitalsRead))
    answer = tablet.send("reading", **fields)
    assert answer.status_code == 422, answer.content
    assert len(facts(VitalsRead)) == before
    return answer.json()


def deviations() -> list[str]:
    return [each.code for each in facts(Deviation)]


@pytest.mark.parametrize(
    ("typed", "field", "words", "use", "button", "recorded", "told"),
    [
        (
            {"systolic": "84", "diastolic": "142"},
            "diastolic",
            "Swapped? 84/142 -> 142/84 mmHg.",
            "swapped",
            "It is 142/84 mmHg",
            {"systolic": 142, "diastolic": 84},
            "84/142 mmHg",
        ),
        (
            {"temperature": "98.6"},
            "temperature",
            "98.6 looks like °F: 37.0 °C?",
            "fahrenheit",
            "It is 37.0 °C",
            {"temperature": 37.0},
            "98.6 °F",
        ),
        (
            {"systolic": "16.0", "diastolic": "10,7"},
            "systolic",
            "16/10.7 looks like kPa: 120/80 mmHg?",
            "kilopascal",
            "It is 120/80 mmHg",
            {"systolic": 120, "diastolic": 80},
            "16/10.7 kPa",
        ),
        (
            {"temperature": "367"},
            "temperature",
            "367 looks as if the point was left out: 36.7 °C?",
            "point-left-out",
            "It is 36.7 °C",
            {"temperature": 36.7},
            "367",
        ),
    ],
)
def test_a_slip_is_asked_about_and_one_tap_puts_it_right_and_says_so(
    therapist: Tablet, typed: dict[str, str], field: str, words: str, use: str, button: str,
    recorded: dict[str, float], told: str,
) -> None:  # fmt: skip
    begun(therapist)
    question = asked(therapist, **{**READING, **typed})
    assert question["questions"] == {field: words}
    assert {"use": use, "words": button} in question["suggestions"]
    assert question["keep"] is False
    answer = therapist.send("reading", **{**READING, **typed}, use=use)
    assert answer.status_code == 200, answer.content
    fact = facts(VitalsRead)[-1]
    assert {name: getattr(fact, name) for name in recorded} == recorded
    assert fact.typed == told
    assert f"(typed: {told})" in therapist.page()


def test_a_slip_is_never_kept_as_typed_nor_put_right_unasked(therapist: Tablet) -> None:
    begun(therapist)
    asked(therapist, **{**READING, "temperature": "98.6"}, keep="1")
    asked(therapist, **{**READING, "temperature": "98.6"}, use="swapped")
    assert facts(VitalsRead) == []


def test_without_a_script_the_question_is_a_button_and_what_was_typed_stays(therapist: Tablet) -> None:
    begun(therapist)
    shown = therapist.send(
        "reading",
        json=False,
        **{**READING, "systolic": "84", "diastolic": "142"},
        position="lying",
        repeat="1",
    )
    page = shown.content.decode()
    assert shown.status_code == 422
    assert '<button name="use" value="swapped">It is 142/84 mmHg</button>' in page
    for kept in (
        'value="84"',
        'value="142"',
        '<option value="lying" selected>',
        'name="repeat" value="1" checked',
    ):
        assert kept in page
    assert "Keep it" not in page.split('id="reading"')[1].split("</section>")[0]


def test_two_slips_are_asked_one_after_the_other_and_an_unusual_value_still_after_them(
    therapist: Tablet,
) -> None:
    begun(therapist)
    typed = {"systolic": "16.0", "diastolic": "10.7", "heart_rate": "72", "temperature": "103.5"}
    first = asked(therapist, **typed)
    assert [each["use"] for each in first["suggestions"]] == ["kilopascal"]
    second = asked(therapist, **typed, use="kilopascal")
    assert [each["use"] for each in second["suggestions"]] == ["kilopascal fahrenheit"]
    third = asked(therapist, **typed, use="kilopascal fahrenheit")
    assert (list(third["questions"]), third["keep"], third["used"]) == (
        ["temperature"],
        True,
        "kilopascal fahrenheit",
    )
    assert therapist.send("reading", **typed, use=third["used"], keep="1").status_code == 200
    fact = facts(VitalsRead)[0]
    assert (fact.systolic, fact.diastolic, fact.temperature) == (120, 80, 39.7)
    assert fact.typed == "16/10.7 kPa; 103.5 °F"


def test_a_heart_rate_in_the_field_of_the_pressure_is_offered_beside_the_swap(therapist: Tablet) -> None:
    begun(therapist)
    typed = {"systolic": "72", "diastolic": "84", "heart_rate": "142"}
    question = asked(therapist, **typed)
    assert [each["use"] for each in question["suggestions"]] == ["swapped", "rate-as-pressure"]
    assert therapist.send("reading", **typed, use="rate-as-pressure").status_code == 200
    fact = facts(VitalsRead)[0]
    assert (fact.systolic, fact.diastolic, fact.heart_rate) == (142, 84, 72)
    assert fact.typed == "72/84 mmHg, 142 /min"


def test_the_same_values_within_a_minute_ask_twice_and_the_same_entry_is_one(therapist: Tablet) -> None:
    begun(therapist)
    entry = {"id": str(uuid4()), "noted_at": edge.now().isoformat(), **READING}
    assert therapist.send("reading", **entry).status_code == 200
    therapist.clock.pass_(0.5)
    assert therapist.send("reading", **entry).json()["replay"] is True
    question = asked(therapist, **READING)
    assert "Twice?" in question["questions"]["systolic"]
    kept = therapist.send("reading", **READING, keep="1")
    assert kept.status_code == 200
    assert deviations() == ["reading-twice"]
    assert len(facts(VitalsRead)) == 2
    assert therapist.send("reading", **READING, repeat="1").status_code == 200
    therapist.clock.pass_(1.1)
    assert therapist.send("reading", **READING).status_code == 200
    assert deviations() == ["reading-twice"]


def test_two_tablets_with_different_values_for_one_minute_are_both_shown_and_the_worse_alarms(
    scene: Scene, therapist: Tablet
) -> None:
    other = Tablet("s01-therapist-2", scene.clock)
    dosed(therapist)
    therapist.clock.pass_(15)
    assert therapist.send("reading", **READING, due_minute="15").json()["alarm"] is False
    answer = other.send("reading", **{**READING, "systolic": "186"}, due_minute="15").json()
    assert answer["alarm"] is True
    assert answer["beside"] == [
        "Minute 15 was read before with other values (122 and 186); both readings stand."
    ]
    page = therapist.page()
    assert "122/78 mmHg" in page
    assert "186/78 mmHg" in page


def test_a_reading_from_the_future_is_sent_back_and_offers_now(therapist: Tablet) -> None:
    begun(therapist)
    therapist.clock.pass_(30)
    now = edge.now()
    ahead = _local(now + timedelta(minutes=10))
    typed = {**READING, "clock": ahead, "reason": "wrote it down"}
    question = asked(therapist, **typed)
    assert "is yet to come" in question["questions"]["clock"]
    assert question["suggestions"][0]["use"] == "now"
    assert question["keep"] is False
    shown = therapist.send("reading", json=False, **typed).content.decode()
    assert f'value="{ahead}"' in shown
    assert 'value="wrote it down"' in shown
    assert therapist.send("reading", **typed, use="now").status_code == 200
    record = read.records(STUDY, stream=STREAM, kinds=("vitals-read",))[-1]
    assert record.happened_at.at == now


def test_a_tablet_that_noted_a_time_to_come_is_sent_back(therapist: Tablet) -> None:
    begun(therapist)
    answer = therapist.send("reading", **READING, noted_at=(edge.now() + timedelta(minutes=5)).isoformat())
    assert answer.status_code == 400
    assert answer.json()["field"] == "happened_at"
    assert "yet to come" in answer.json()["sentence"]


def test_a_minute_after_a_dose_not_taken_and_a_time_before_the_session_are_recorded_and_said(
    therapist: Tablet,
) -> None:
    therapist.clock.pass_(45)
    begun(therapist)
    assert therapist.send("reading", **READING, due_minute="15").status_code == 200
    therapist.clock.pass_(2)
    earlier = {"clock": _local(edge.now() - timedelta(minutes=30)), "reason": "measured in the hall"}
    assert therapist.send("reading", **{**READING, "systolic": "131"}, **earlier).status_code == 200
    assert deviations() == ["reading-before-dose", "before-session"]


def test_a_dose_without_a_session_and_a_dose_twice_are_recorded_and_alarm(therapist: Tablet) -> None:
    dose = {"step": "s1-first", "kit": "K104207", "witness": "s01-therapist-2"}
    told = therapist.send("dose", **dose).json()
    assert any("session" in each for each in told["beside"])
    assert told["alarm"] is True
    again = therapist.send("dose", **dose).json()
    assert again["alarm"] is True
    assert {"dose-without-session", "dose-twice"} <= set(deviations())
    assert len(facts(DoseGiven)) == 2


def test_a_supplemental_dose_outside_its_window_is_recorded_and_alarms(therapist: Tablet) -> None:
    dosed(therapist)
    therapist.clock.pass_(300)
    told = therapist.send("dose", step="s1-supplemental", kit="K588310", witness="s01-therapist-2").json()
    assert told["alarm"] is True
    assert "dose-out-of-window" in deviations()


# --- clocks that are put back or forward during a session ----------------------------------

CHANGES = [
    ("Europe/Berlin", "2026-10-25T01:00", 60, "02:30"),
    ("America/New_York", "2026-11-01T06:00", 60, "01:30"),
    ("Australia/Sydney", "2027-04-03T16:00", 60, "02:30"),
    ("Australia/Lord_Howe", "2027-04-03T15:00", 30, "01:45"),
]
FORWARD = [
    ("Europe/Berlin", "2027-03-28T01:00", "02:30", "from 02:00 to 03:00"),
    ("America/New_York", "2027-03-14T07:00", "02:30", "from 02:00 to 03:00"),
    ("Australia/Sydney", "2026-10-03T16:00", "02:30", "from 02:00 to 03:00"),
    ("Australia/Lord_Howe", "2026-10-03T15:30", "02:15", "from 02:00 to 02:30"),
]


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _local(at: datetime, zone: str = "America/Denver") -> str:
    from zoneinfo import ZoneInfo

    return at.astimezone(ZoneInfo(zone)).strftime("%H:%M")


@pytest.fixture
def night(database: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Tablet]:
    """A session whose first dose was taken 90 minutes before the clocks change."""
    zone, change = request.param[:2]
    monkeypatch.setattr("clinic.scene.ZONE", zone)
    lasts = morning().now - START
    made = morning(begin=_utc(change) - timedelta(hours=2) - lasts)
    with served(made, monkeypatch, after=20):
        tablet = Tablet("s01-therapist-1", made.clock)
        dosed(tablet)
        yield tablet


def _rows() -> list[Any]:
    return list(read.records(STUDY, stream=STREAM, kinds=("vitals-read",)))


@pytest.mark.parametrize(("night", "case"), [(each, each) for each in CHANGES], indirect=["night"])
def test_in_the_repeated_hour_the_time_is_asked_for_and_each_answer_is_its_own_moment(
    night: Tablet, case: tuple[str, str, int, str]
) -> None:
    _zone, change, by, typed = case
    first, second = (_utc(change) + timedelta(minutes=each) for each in (-by / 2, by / 2))
    night.clock.at = second + timedelta(minutes=5)
    entry = {**READING, "clock": typed, "reason": "hands were full"}
    question = asked(night, **entry)
    uses = [each["use"] for each in question["suggestions"]]
    assert uses == [f"at={first.isoformat()}", f"at={second.isoformat()}"]
    assert len({each["words"] for each in question["suggestions"]}) == 2
    for systolic, use in (("124", uses[0]), ("126", uses[1])):
        assert night.send("reading", **{**entry, "systolic": systolic}, use=use).status_code == 200
    assert [each.happened_at.at for each in _rows()[-2:]] == [first, second]
    table = night.page()
    assert f"T+{_t(90 - by / 2)}" in table
    assert f"T+{_t(90 + by / 2)}" in table


@pytest.mark.parametrize(("night", "case"), [(each, each) for each in FORWARD], indirect=["night"])
def test_in_the_missing_hour_the_time_is_sent_back_and_minutes_stay_elapsed(
    night: Tablet, case: tuple[str, str, str, str]
) -> None:
    zone, change, typed, words = case
    night.clock.at = _utc(change) + timedelta(minutes=40)
    question = asked(night, **{**READING, "clock": typed, "reason": "hands were full"})
    assert words in question["questions"]["clock"]
    before = _utc(change) - timedelta(minutes=20)
    entry = {**READING, "clock": _local(before, zone), "reason": "hands were full"}
    assert night.send("reading", **entry).status_code == 200
    assert _rows()[-1].happened_at.at == before
    page = night.page()
    assert "T+1:10" in page
    assert f'data-t0="{(_utc(change) - timedelta(minutes=90)).isoformat().replace("+00:00", "Z")}"' in page


@pytest.mark.parametrize(
    ("night", "zone"), [(each, each[0]) for each in (*CHANGES, *FORWARD)], indirect=["night"]
)
def test_due_times_and_the_axis_count_elapsed_minutes_whatever_the_clocks_do(
    night: Tablet, zone: str
) -> None:
    taken = night.clock.at
    night.clock.pass_(120)
    assert night.send("reading", **READING, due_minute="120").json()["beside"] == []
    page = night.page()
    # Nine hours on 600 units from 40: T+2:00 is a third along, in every zone on every night.
    chart = page.split('<section id="chart"')[1].split("</section>")[0]
    assert re.search(r'class="now"[^>]* x1="240\.0"', chart)
    bar = next(each for each in chart.split('<g class="bar-mark"')[1:] if "T+2:00 122/78" in each)
    assert "240.0" in bar.split("</g>")[0]
    due = taken + timedelta(minutes=150)
    assert f"T+2:30 ({_local(due, zone)})" in page


def _t(minutes: float) -> str:
    return f"{int(minutes) // 60}:{int(minutes) % 60:02d}"
