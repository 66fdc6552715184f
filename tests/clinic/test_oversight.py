"""Who sees which report, and that arms stay closed until the study is unblinded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.test import Client, override_settings

from clinic.bedside import PLAIN
from clinic.live_site import fill
from clinic.scene import START, Scene, protocol
from holdfast.allocation.key import Key
from holdfast.clinic.accounts.models import Opened, Person
from holdfast.clinic.ledger import write
from holdfast.clinic.oversight import analysing
from holdfast.clinic.pharmacy import by_arm, key_store
from holdfast.conduct import actions as act
from holdfast.errors import NotPermitted
from holdfast.protocol.roles import Role

pytestmark = pytest.mark.postgres
REPORT = "/s/inactive-placebo/report/"
ARMS = {"S01-001": "mdma", "S01-002": "placebo", "S01-003": "mdma"}


@dataclass
class Reader:
    """Somebody signed in."""

    person: str

    def get(self, address: str) -> tuple[int, str]:
        client = Client(SERVER_NAME="127.0.0.1")
        account = Person.objects.get(person=self.person)
        client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
        answer = client.get(address)
        return answer.status_code, answer.content.decode()


def small() -> Scene:
    """Three people randomised, one in a session."""
    made = Scene(protocol()).open()
    for code in ("P-001", "P-002", "P-003"):
        made.ready(code).randomised(code)
    return made.in_session("P-001")


def kept(study: str) -> None:
    slots = {f"S01-{number:03d}": "placebo" for number in range(1, 9)} | ARMS
    key_store.keep(study, Key(arm_of_slot=slots), secret=b"s" * 32, now=START)


@pytest.fixture
def blinded(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    made = small()
    fill(made)
    kept(made.study)
    monkeypatch.setattr("holdfast.clinic.oversight.views.PATIENCE_S", 60.0)
    with override_settings(STORAGES=PLAIN):
        yield made


@pytest.fixture
def unblinded(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    made = small()
    made.do(act.LockStudy(data_hash="0" * 64), Role.SPONSOR)
    made.do(act.UnblindStudy(commitment="ab" * 32), Role.SPONSOR)
    fill(made)
    kept(made.study)
    monkeypatch.setattr("holdfast.clinic.oversight.views.PATIENCE_S", 60.0)
    with override_settings(STORAGES=PLAIN):
        yield made


BY_ARM = ("demo-statistician", "demo-data-board", "demo-sponsor", "demo-auditor")
OF_THE_SITE = ("s01-coordinator", "s01-physician")
POOLED = ("demo-safety-monitor", *OF_THE_SITE)
CLOSED = ("s01-therapist-1", "s01-pharmacist", "rater-1")


@pytest.mark.parametrize("person", OF_THE_SITE)
def test_before_the_lock_nobody_of_a_site_reads_the_figures_of_a_few(blinded: Scene, person: str) -> None:
    """With one rating in, the mean is that rating, and the guesses are that guess."""
    for address in (REPORT, f"{REPORT}download"):
        assert Reader(person).get(address)[0] == 403
    assert REPORT not in Reader(person).get("/s/inactive-placebo/")[1]
    assert (
        write.perform(
            blinded.action(act.LockStudy(data_hash="0" * 64), Role.STATISTICIAN), now=blinded.now
        ).refused
        is None
    )
    status, text = Reader(person).get(REPORT)
    assert (status, "Blinded: arms together" in text) == (200, True)
    assert REPORT in Reader(person).get("/s/inactive-placebo/")[1]


@pytest.mark.parametrize("person", [*BY_ARM, "demo-safety-monitor"])
def test_before_unblinding_those_of_the_study_read_the_pooled_report(blinded: Scene, person: str) -> None:
    status, text = Reader(person).get(REPORT)
    assert status == 200
    assert "Blinded: arms together" in text
    assert "Unblinded" not in text
    status, file = Reader(person).get(f"{REPORT}download")
    assert status == 200
    assert file.startswith("<!doctype html>")
    assert "Rehearsal: no real person" in file


@pytest.mark.parametrize("person", BY_ARM)
def test_after_unblinding_those_who_may_read_it_by_arm(unblinded: Scene, person: str) -> None:
    status, text = Reader(person).get(REPORT)
    assert status == 200
    assert "Unblinded: by arm" in text


@pytest.mark.parametrize("person", POOLED)
def test_after_unblinding_the_others_still_read_it_pooled(unblinded: Scene, person: str) -> None:
    status, text = Reader(person).get(REPORT)
    assert (status, "Blinded: arms together" in text) == (200, True)


@pytest.mark.parametrize("person", CLOSED)
def test_the_report_is_closed_to_who_could_be_swayed_by_it(unblinded: Scene, person: str) -> None:
    for address in (REPORT, f"{REPORT}download"):
        status, text = Reader(person).get(address)
        assert (status, "Unblinded: by arm" in text) == (403, False)


def test_results_by_arm_are_not_given_while_the_study_is_blinded(blinded: Scene) -> None:
    with pytest.raises(NotPermitted):
        by_arm.results(Person.objects.get(person="demo-statistician"), blinded.study)


def test_that_arms_were_looked_at_is_written_down(unblinded: Scene) -> None:
    Reader("s01-coordinator").get(REPORT)
    Reader("demo-statistician").get(REPORT)
    Reader("demo-statistician").get(f"{REPORT}download")
    rows = Opened.objects.filter(act="read-report-by-arm").order_by("id")
    assert [(each.person, each.path) for each in rows] == [
        ("demo-statistician", REPORT), ("demo-statistician", f"{REPORT}download"),
    ]  # fmt: skip


def test_a_kept_report_by_arm_is_not_shown_to_the_next_who_asks(unblinded: Scene) -> None:
    assert "Unblinded: by arm" in Reader("demo-statistician").get(REPORT)[1]
    assert "Unblinded: by arm" not in Reader("s01-coordinator").get(REPORT)[1]


def test_the_report_is_made_once_for_a_head_and_anew_after_a_record(
    blinded: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    original = analysing._analyse

    def counted(*args: object, **more: object) -> analysing.Report:
        made.append("once")
        return original(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(analysing, "_analyse", counted)
    for _ in range(3):
        Reader("demo-sponsor").get(REPORT)
    assert made == ["once"]
    tell = act.NoteSessionEvent(participant="P-001", visit="dosing-1", event="music-on")
    write.perform(blinded.action(tell, Role.THERAPIST), now=blinded.now)
    Reader("demo-sponsor").get(REPORT)
    assert made == ["once", "once"]


def test_while_it_is_made_the_page_says_so(blinded: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("holdfast.clinic.oversight.views.PATIENCE_S", 0.0)
    monkeypatch.setattr(analysing, "_kept", type(analysing._kept)())
    status, text = Reader("demo-sponsor").get(REPORT)
    assert status == 200
    assert "The analysis is running" in text


def test_limits_say_who_signed_what_where(database: str) -> None:
    made = small()
    sign = act.SignLimit(path="limits.systolic-stop.value", value=175.0)
    made.do(sign, Role.PHYSICIAN)
    fill(made)
    with override_settings(STORAGES=PLAIN):
        status, text = Reader("s01-therapist-1").get("/s/inactive-placebo/limits/")
    assert status == 200
    assert "limits.systolic-stop.value" in text
    assert "175 mmHg <small>s01-physician" in text
    assert "not signed" in text
