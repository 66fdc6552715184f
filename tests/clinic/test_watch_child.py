"""`holdfast clinic run` keeps one process that records what is overdue, with no more rights than the site."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.clinic import running
from holdfast.clinic.running import LOOK_AGAIN_SECONDS, Running


class Child:
    """A process that a test can let stop."""

    def __init__(self, command: list[str], env: dict[str, str]) -> None:
        self.command, self.env, self.code = command, env, None

    def poll(self) -> int | None:
        return self.code


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Child]:
    made: list[Child] = []

    def spawn(command: list[str], *, env: dict[str, str]) -> Child:
        made.append(Child(command, env))
        return made[-1]

    monkeypatch.setattr(running, "_spawn", spawn)
    return made


def test_one_is_started_and_started_again_when_it_stops_but_not_at_once(
    started: list[Child], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(running.time, "monotonic", lambda: now[0])
    parent = Running(host="127.0.0.1", port=1, demo=False, say=lambda _: None)
    for _ in range(3):
        parent._tend_looking()
    assert [each.command[-2:] for each in started] == [["clinic", "watch"]]
    started[0].code = 1  # type: ignore[assignment]
    parent._tend_looking()
    assert len(started) == 1
    now[0] += LOOK_AGAIN_SECONDS
    parent._tend_looking()
    parent._tend_looking()
    assert len(started) == 2


def test_it_gets_no_rights_of_the_owner(started: list[Child], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDFAST_DATABASE_OWNER_URL", "postgresql://owner@nowhere/db")
    monkeypatch.setenv("HOLDFAST_AS", "owner")
    parent: Any = Running(host="127.0.0.1", port=1, demo=True, say=lambda _: None)
    parent._tend_looking()
    assert not {"HOLDFAST_DATABASE_OWNER_URL", "HOLDFAST_AS", "HOLDFAST_DEMO"} & started[0].env.keys()
