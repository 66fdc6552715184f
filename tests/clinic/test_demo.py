"""Filling a clinic with its demonstration: whole studies, their key, their people, once."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from clinic.scene import PEOPLE, START, Scene, protocol
from holdfast.allocation.key import Key
from holdfast.clinic import demo, filling
from holdfast.clinic.accounts.models import Person, StudyRole
from holdfast.clinic.ledger import read, write
from holdfast.clinic.ledger.verify import verify
from holdfast.clinic.pharmacy import key_store
from holdfast.records.study import StudyOpened

pytestmark = pytest.mark.postgres


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """*play* replaced by a small scene: what is tested here is the taking in. The studies played."""
    called: list[str] = []

    def rehearse(made: demo.Made, *, now: object, progress: Any = None) -> SimpleNamespace:
        called.append(made.code)
        progress(0.5)
        assert filling.sentence().endswith("50 %")
        scene = Scene(demo.protocol_of(made.code)).open()
        if made.design == demo.DESIGN:
            scene.ready("S01-001")
        key = Key(arm_of_slot={f"S01-{number:03d}": "mdma" for number in range(1, 9)})
        return SimpleNamespace(sealed=scene.book.sealed, key=key)

    monkeypatch.setattr(demo, "rehearse", rehearse)
    return called


def test_an_empty_clinic_gets_every_study_their_keys_and_their_people(
    database: str, played: list[str]
) -> None:
    told = demo.fill(now=START)
    codes = sorted(made.code for made in demo.STUDIES)
    assert [row.study for row in read.studies()] == codes
    assert all(code in told for code in codes)
    assert {row.life for row in read.studies()} == {"rehearsal"}
    for code in codes:
        assert [record.fact.life for record in read.records(code, kinds=[StudyOpened.KIND])] == ["rehearsal"]
        assert key_store.is_kept(code)
        assert read.protocol(code).study.code == code
        assert StudyRole.objects.filter(study=code).count() == 5
    assert set(PEOPLE) < set(Person.objects.values_list("person", flat=True))
    assert not any(person.has_usable_password() for person in Person.objects.all())
    assert verify().studies == 3
    assert filling.sentence() == ""


@pytest.mark.parametrize(
    ("now", "evening"),
    [
        (datetime(2026, 11, 26, 9, 0, tzinfo=UTC), datetime(2026, 11, 26, 9, 0, tzinfo=UTC)),
        (datetime(2026, 11, 26, 8, 59, tzinfo=UTC), datetime(2026, 11, 25, 9, 0, tzinfo=UTC)),
        (datetime(2026, 11, 26, 23, 0, tzinfo=UTC), datetime(2026, 11, 26, 9, 0, tzinfo=UTC)),
    ],
)
def test_the_programme_stops_on_the_last_evening_at_its_sites(now: datetime, evening: datetime) -> None:
    assert demo.evening_before(now) == evening


def test_the_programme_is_small_and_has_the_rules_of_its_design() -> None:
    made = demo.STUDIES[2]
    assert sum(demo.assumed(made).recruitment.by_arm.numbers) == 40
    assert demo.protocol_of(made.code).programme is not None
    assert demo.protocol_of(made.code).study.code == made.code
    assert demo.protocol_of("any-other").programme is None


def test_filling_again_adds_nothing(database: str, played: list[str]) -> None:
    demo.fill(now=START)
    before = verify()
    assert "nothing was added" in demo.fill(now=START)
    assert verify() == before
    assert len(played) == 3


def test_filling_that_was_interrupted_goes_on_with_the_study_that_is_missing(
    database: str, played: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = demo.STUDIES
    original = demo.enter

    def interrupted(made: demo.Made, **given: Any) -> int:
        if made is second:
            raise KeyboardInterrupt
        return original(made, **given)

    monkeypatch.setattr(demo, "enter", interrupted)
    with pytest.raises(KeyboardInterrupt):
        demo.fill(now=START)
    assert [row.study for row in read.studies()] == [first.code]
    assert filling.sentence() == ""
    monkeypatch.setattr(demo, "enter", original)
    demo.fill(now=START)
    assert verify().studies == 3
    assert played == [first.code, second.code, third.code]


def test_a_study_half_taken_in_leaves_nothing(
    database: str, played: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("no room for the key")

    monkeypatch.setattr(key_store, "keep", fails)
    with pytest.raises(RuntimeError, match="no room"):
        demo.fill(now=START)
    assert read.studies() == []
    assert read.sealed() == []


def test_a_clinic_with_other_studies_is_left_alone(database: str, played: list[str]) -> None:
    write.take_in(Scene(protocol()).open().book.sealed)
    assert "nothing was added" in demo.fill(now=START)
    assert [row.study for row in read.studies()] == ["inactive-placebo"]
    assert played == []
