"""The band for the highest dose, the same for everybody; a person's own forecast where nobody is blind."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client, override_settings

from clinic import day, scene
from clinic.bedside import PLAIN
from clinic.cast import browser
from clinic.databases import fresh_database
from clinic.live_site import fill
from clinic.scene import Scene
from holdfast.allocation.key import Key, flipped
from holdfast.clinic import edge
from holdfast.clinic.dosing.forecast_ready import Prepared, prepared
from holdfast.clinic.embedded.server import Server
from holdfast.clinic.pharmacy import key_store
from holdfast.conduct import actions as act
from holdfast.protocol.compiler import compile_text
from holdfast.protocol.model import Protocol
from holdfast.protocol.roles import Role
from holdfast.studies import path_of
from protocol.test_study_designs import single_arm

pytestmark = pytest.mark.postgres
STUDY = "inactive-placebo"
SESSION = "/s/inactive-placebo/sessions/P-001/dosing-1/"
SHIPPED = path_of(STUDY).read_text(encoding="utf-8")
LABEL = "Band for the highest dose allowed, the same for everybody: not a forecast of this person"
MADE_S = 120.0
PAGE_BYTES = 40_000
"""Half of what the page with all its files may weigh."""


def shows(text: str, what: str) -> Protocol:
    return compile_text(
        text.replace("\nsettings:\n", f"\nforecast: {{show: {what}}}\n\nsettings:\n", 1), name="s"
    )


def dosed(protocol: Protocol, monkeypatch: pytest.MonkeyPatch, *, rest: bool = True, **said: object) -> Scene:
    """A session just dosed, with the readings before it; ``said`` is answered in the forms of entry."""
    with monkeypatch.context() as patch:
        patch.setattr(day, "protocol", lambda *_: protocol)
        patch.setattr(scene, "SAID", {**scene.SAID, **said})
        if protocol.randomisation is None:
            patch.setattr(Scene, "randomised", enter)
        made = day.morning()
    start = act.StartSession(
        participant="P-001",
        visit="dosing-1",
        monitors=("s01-therapist-1", "s01-therapist-2"),
        physician="s01-physician",
    )
    made.do(start, Role.THERAPIST)
    if rest:
        read(made, 122)
    kit = made.book.standing("session/P-001/dosing-1").kits["s1-first"].kit  # type: ignore[union-attr]
    give = act.GiveDose(
        participant="P-001", visit="dosing-1", step="s1-first", kit=kit, witness="s01-therapist-2"
    )
    made.do(give, Role.THERAPIST)
    return made


def enter(self: Scene, participant: str) -> Scene:
    self.do(act.EnterTreatment(participant=participant), Role.COORDINATOR)
    return self


def read(made: Scene, systolic: float, *, minutes: float = 0, due: int | None = None) -> None:
    made.now += timedelta(minutes=minutes)
    tell = act.ReadVitals(
        participant="P-001",
        visit="dosing-1",
        due_minute=due,
        systolic=systolic,
        diastolic=80,
        heart_rate=80,
        temperature=36.8,
    )
    made.do(tell, Role.THERAPIST)


@contextmanager
def served(made: Scene, monkeypatch: pytest.MonkeyPatch, *, after: float = 20) -> Iterator[Client]:
    """The therapist's browser on that scene, some minutes after its last record."""
    fill(made)
    at = made.now + timedelta(minutes=after)
    monkeypatch.setattr(edge, "now", lambda: at)
    monkeypatch.setattr(edge, "new_id", lambda: UUID(int=7))
    monkeypatch.setattr("django.template.context_processors.get_token", lambda request: "t" * 64)
    with override_settings(STORAGES=PLAIN):
        yield browser(Role.THERAPIST)


def page(client: Client, path: str = SESSION) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def ready(client: Client, path: str = SESSION) -> str:
    """The page once its band is made."""
    page(client, path)
    assert prepared.wait(MADE_S)
    return page(client, path)


def test_the_band_is_drawn_labelled_and_told_in_numbers(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = dosed(shows(SHIPPED, "highest-dose"), monkeypatch)
    with served(made, monkeypatch) as client:
        shown = ready(client)
    assert shown.count(LABEL) == 4  # above the numbers, and as the name of each lane's band
    assert (shown.count('class="band-ninety"'), shown.count('class="band-half"')) == (4, 4)
    assert shown.count('class="band-bound"') == 4
    assert re.search(r"At T\+0:30 nine of ten readings would be between \d+ and \d+ mmHg systolic\.", shown)
    rows = re.findall(
        r'<th scope="row">(Systolic blood pressure ≥ 180 mmHg)</th><td class="number">([^<]+)<', shown
    )
    assert len(rows) == 1
    assert re.fullmatch(r"under 1 %|\d+ %", rows[0][1])
    table = shown[shown.index("fold-band") :]
    assert re.findall(r'<th scope="row">(T\+\d:\d\d)</th>', table)[:4] == [
        "T+0:00",
        "T+0:30",
        "T+1:00",
        "T+1:30",
    ]
    assert not re.search(r"\b\d+ mg\b", shown)
    weight = len(gzip.compress(shown.encode(), 6))
    print(f"\nthe page with its band: {weight:,} bytes, compressed")
    assert weight < PAGE_BYTES


def test_there_is_none_before_a_dose_nor_where_the_study_file_is_silent(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = dosed(compile_text(SHIPPED, name="s"), monkeypatch)
    assert made.protocol.forecast is None
    with served(made, monkeypatch) as client:
        shown = page(client)
        assert 'id="forecast"' not in shown
        assert "band-" not in shown
        refused = client.get(f"{SESSION}forecast")
    assert refused.status_code == 403


def test_in_a_blinded_study_nobody_gets_a_person_s_forecast(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = dosed(shows(SHIPPED, "highest-dose"), monkeypatch)
    with served(made, monkeypatch):
        for role in (Role.THERAPIST, Role.PHYSICIAN, Role.PHARMACIST, Role.SAFETY_MONITOR):
            answer = browser(role).get(f"{SESSION}forecast")
            assert answer.status_code == 403, role
            assert b"bits" not in answer.content


def test_twins_who_differ_in_arm_weight_and_sex_give_the_same_bytes(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    protocol = shows(SHIPPED, "highest-dose")
    key = Key(
        arm_of_slot={f"S01-{k:03d}": ("mdma", "placebo")[k % 2] for k in range(1, 9)},
        arm_of_kit={"K104207": "mdma", "K588310": "mdma", "K1": "placebo", "K2": "placebo"},
        mg_of_kit={"K104207": 80.0, "K588310": 40.0, "K1": 0.0, "K2": 0.0},
        step_of_kit={
            "K104207": "s1-first",
            "K588310": "s1-supplemental",
            "K1": "s1-first",
            "K2": "s1-supplemental",
        },
    )
    pages = []
    for twin, weight, sex in ((key, 58.0, "female"), (flipped(key), 104.0, "male")):
        with fresh_database(server):
            made = dosed(protocol, monkeypatch, weight=weight, sex=sex)
            with served(made, monkeypatch) as client:
                key_store.keep(STUDY, twin, secret=b"s" * 32, now=made.now)
                ready(client)
                pages.append((page(client), page(client, f"{SESSION}now")))
    assert 'class="band-ninety"' in pages[0][0]
    assert pages[0] == pages[1]


def test_an_open_label_study_shows_prior_posterior_and_what_was_told(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = dosed(shows(single_arm(), "posterior"), monkeypatch)
    with served(made, monkeypatch, after=1) as client:
        assert 'id="forecast"' not in page(client)
        first = ready(client, f"{SESSION}forecast")
    assert "Forecast (rehearsal) after 80 mg" in first
    assert (first.count('class="band-ninety"'), first.count('class="band-edge"')) == (4, 8)
    assert "Before any reading" in first
    for word in ("clearance", "concentration", "ng/mL"):
        assert word not in first.replace("how fast this person clears the drug", "")


def test_it_says_that_it_is_only_the_prior_while_nothing_was_read(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prior = "This is still only the prior"
    made = dosed(shows(single_arm(), "posterior"), monkeypatch, rest=False)
    with served(made, monkeypatch, after=1) as client:
        assert prior in ready(client, f"{SESSION}forecast")


def test_it_says_what_the_readings_have_told_once_they_have(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = dosed(shows(single_arm(), "posterior"), monkeypatch)
    for minute, systolic in ((30, 128), (60, 152), (90, 166), (120, 171)):
        read(made, systolic, minutes=30, due=minute)
    with served(made, monkeypatch, after=1) as client:
        told = ready(client, f"{SESSION}forecast")
    assert "This is still only the prior" not in told
    assert re.search(r"About \d+\.\d bits", told)


def test_bands_are_made_by_one_thread_and_the_studies_that_wait_are_told() -> None:
    told: list[str] = []
    own = Prepared(told.append)
    steps = ((0.0, (0.0, 80.0)),)
    assert own.ask(steps, study="one") is None
    assert own.ask(steps, study="two") is None
    assert own.wait(MADE_S)
    assert own.ask(steps, study="one") is own.ask(steps, study="three")
    assert sorted(told) == ["one", "two"]
    outside = ((0.0, (0.0, 400.0)),)
    assert own.ask(outside, study="one") is None
    assert own.wait(MADE_S)
    assert "400 mg" in str(own.ask(outside, study="one"))


def test_the_site_starts_without_the_equations() -> None:
    told = (
        "import sys, django; django.setup(); import holdfast.clinic.dosing.urls; "
        "print([name for name in ('numba', 'holdfast.pharmacology.day') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]", found.stdout
