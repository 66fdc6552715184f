"""The page of follow-up: counts and whom to reach, for who may list participants."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clinic.cast import STUDY, bring, browser, small_study
from holdfast.clinic import edge
from holdfast.conduct import actions as act
from holdfast.protocol.roles import Role

pytestmark = pytest.mark.postgres
PAGE = f"/s/{STUDY}/follow-up/"


def test_nothing_is_known_before_anybody_came(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = small_study()
    bring(made)
    monkeypatch.setattr(edge, "now", lambda: made.now + timedelta(minutes=1))
    page = browser(Role.COORDINATOR).get(PAGE).content.decode()
    assert page.count("not known yet") == 4
    assert "To be reached <small>0</small>" in page
    assert PAGE in browser(Role.COORDINATOR).get(f"/s/{STUDY}/participants/").content.decode()
    assert browser(Role.RATER).get(PAGE).status_code == 403


def test_shares_reasons_and_attempts_are_shown(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = small_study()
    why = act.MissVisit(participant="P-001", visit="follow-up-6-months", why="moved-away")
    made.do(why, Role.COORDINATOR)
    tried = act.AttemptContact(
        participant="P-001", channel="telephone", outcome="no-answer", for_visit="follow-up-12-months"
    )
    made.do(tried, Role.COORDINATOR)
    bring(made)
    monkeypatch.setattr(edge, "now", lambda: made.now + timedelta(days=600))
    page = browser(Role.COORDINATOR).get(PAGE).content.decode()
    assert "0 of 1 so far" in page
    assert "too few to tell yet" in page
    assert "in the end" not in page
    assert "Moved away 1" in page or "moved away 1" in page
    assert "tried 1 of 5 times" in page
    assert "P-002" not in page
