"""Paper: sheets for a downtime drawn from the study file, and entries copied from them, marked as such."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from clinic.bedside import READING, STREAM, STUDY, Tablet, begun, dosed, scene, therapist
from clinic.day import SESSION
from clinic.scene import WHO, Scene
from holdfast.clinic import edge
from holdfast.clinic.accounts.models import Opened
from holdfast.clinic.ledger import read
from holdfast.protocol.roles import Role
from holdfast.records.envelope import Record

__all__ = ["scene", "therapist"]
pytestmark = pytest.mark.postgres
DENVER = ZoneInfo("America/Denver")


def readings() -> list[Record]:
    return read.records(STUDY, stream=STREAM, kinds=("vitals-read",))


def on_paper(tablet: Tablet, form: str, **fields: str) -> Any:
    """Send a form of the page as it is in the mode of copying, without the page's script."""
    at = (edge.now() - timedelta(minutes=40)).astimezone(DENVER)
    copied = {
        "id": str(uuid4()), "paper": "1", "paper_by": "s01-therapist-2",
        "paper_clock": at.strftime("%H:%M"), "paper_day": at.date().isoformat(),
    }  # fmt: skip
    return tablet.client.post(f"{SESSION}{form}", {**copied, **fields})


def test_the_sheets_hold_everything_the_study_file_asks_of_a_session(scene: Scene, therapist: Tablet) -> None:
    page = therapist.client.get(f"{SESSION}sheets").content.decode()
    protocol = read.protocol(STUDY)
    plan = protocol.session("dosing-1")
    assert plan.supplemental is not None
    gates = {*plan.first.gate, *plan.supplemental.gate, *plan.end_gate, *plan.discharge_gate}
    wanted = [each.label["en"] for each in protocol.gates if each.code in gates]
    wanted += [each.label["en"] for each in protocol.adverse_events.prompts]
    wanted += [each.action["en"] for each in protocol.limits]
    wanted += [each.label["en"] for each in protocol.consent if each.code.startswith("touch-")]
    wanted += ["P-001", protocol.study.version, protocol.hash[:12], "Rehearsal: no real person", "K104207"]
    wanted += ["+1 303 555 0102", "Recording", "Rescue medicine as given", "Who is in the room", "8 of 8"]
    text = page.replace("&#x27;", "'").replace("&amp;", "&")
    assert [each for each in wanted if each not in text] == []
    for minute in protocol.vitals.at_minutes.numbers:
        sign = "−" if minute < 0 else "+"
        assert f"T{sign}{int(abs(minute)) // 60}:{int(abs(minute)) % 60:02d}" in text


def test_once_the_dose_is_given_the_sheets_say_the_times_on_the_clock(
    scene: Scene, therapist: Tablet
) -> None:
    dosed(therapist)
    t0 = read.session_standing(STUDY, "P-001", "dosing-1").t0
    assert t0 is not None
    page = therapist.client.get(f"{SESSION}sheets").content.decode()
    due = (t0.at + timedelta(minutes=60)).astimezone(DENVER).strftime("%H:%M")
    assert f"T+1:00 <small>{due}</small>" in page


def test_blank_sheets_name_nobody(scene: Scene, therapist: Tablet) -> None:
    page = therapist.client.get(f"/s/{STUDY}/sessions/sheets").content.decode()
    assert "P-001" not in page
    assert "K104207" not in page
    assert read.protocol(STUDY).hash[:12] in page
    assert f"/s/{STUDY}/sessions/sheets" in therapist.client.get(f"/s/{STUDY}/sessions/").content.decode()
    assert therapist.client.get(f"/s/{STUDY}/sessions/sheets?visit=week-4").status_code == 404


def test_sheets_of_a_participant_are_opened_by_the_room_alone_and_it_is_written_down(
    scene: Scene, therapist: Tablet
) -> None:
    therapist.client.get(f"{SESSION}sheets")
    assert Opened.objects.filter(participant="P-001", path=f"{SESSION}sheets").count() == 1
    rater = Tablet(WHO[Role.RATER], scene.clock)
    assert rater.client.get(f"{SESSION}sheets").status_code == 403
    assert rater.client.get(f"/s/{STUDY}/sessions/sheets").status_code == 403
    assert Client().get(f"{SESSION}sheets").status_code in (302, 403)


def test_what_is_copied_has_the_time_of_the_sheet_and_who_copied_and_who_wrote(therapist: Tablet) -> None:
    begun(therapist)
    therapist.clock.pass_(60)
    answer = on_paper(therapist, "reading", **READING)
    assert (answer.status_code, answer["Location"]) == (302, f"{SESSION}?paper=1")
    (record,) = readings()
    assert record.happened_at.at == (edge.now() - timedelta(minutes=40)).replace(second=0, microsecond=0)
    assert (record.author, record.device) == ("s01-therapist-1", "paper")
    assert record.recorded_at == edge.now()
    assert "written by S01-Therapist-2" in record.reason
    page = therapist.page()
    assert page.count("from paper") >= 2  # the diary's line and the table's


def test_what_is_copied_a_day_later_is_a_late_entry(therapist: Tablet) -> None:
    begun(therapist)
    day = edge.now().astimezone(DENVER).date().isoformat()
    clock = (edge.now() + timedelta(minutes=3)).astimezone(DENVER).strftime("%H:%M")
    therapist.clock.pass_(26 * 60)
    answer = on_paper(therapist, "reading", **READING, paper_day=day, paper_clock=clock)
    assert answer.status_code == 302
    codes = {each.fact.code for each in read.records(STUDY, stream=STREAM, kinds=("deviation",))}  # type: ignore[attr-defined]
    assert "late-entry" in codes


@pytest.mark.parametrize(
    ("field", "typed"),
    [("paper_clock", ""), ("paper_clock", "25:99"), ("paper_by", "rater-1"), ("paper_day", "2031-01-01"),
     ("paper_day", "")],
)  # fmt: skip
def test_without_its_time_or_its_writer_nothing_is_recorded_and_what_was_typed_stays(
    therapist: Tablet, field: str, typed: str
) -> None:
    begun(therapist)
    answer = on_paper(therapist, "reading", **READING, **{field: typed})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert readings() == []
    assert 'value="122"' in page
    assert 'name="paper_clock"' in page


def test_of_two_moments_of_the_clock_the_one_meant_is_asked(therapist: Tablet) -> None:
    begun(therapist)
    # In Denver the clocks were put back on 1 November 2026: 01:30 was twice.
    therapist.clock.pass_(60 * 24 * 250)
    fields = {"paper_day": "2026-11-01", "paper_clock": "01:30"}
    asked = on_paper(therapist, "event", event="nausea", **fields)
    assert asked.status_code == 422
    assert "Two moments fit that time" in asked.content.decode()
    assert read.records(STUDY, stream=STREAM, kinds=("session-event",)) == []


def test_the_page_for_copying_asks_in_every_form_and_runs_no_script(therapist: Tablet) -> None:
    dosed(therapist)
    page = therapist.client.get(f"{SESSION}?paper=1").content.decode()
    forms = [each for each in re.findall(r"<form.*?</form>", page, re.DOTALL) if "data-entry=" in each]
    assert len(forms) > 10
    assert [each for each in forms if 'name="paper_clock"' not in each] == []
    assert "dosing.js" not in page
    assert 'name="paper_clock"' not in therapist.page()
