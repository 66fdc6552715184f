"""A rule of conduct that is switched off changes the rehearsal: play passes through every file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from holdfast import conduct
from holdfast.conduct.decision import Reason
from holdfast.conduct.evidence import Said
from holdfast.protocol.model import Protocol
from holdfast.simulation.assumptions import Assumptions
from holdfast.simulation.play import play
from holdfast.simulation.stage import Stumble
from simulation_tests import digest, small, with_value


def nothing(*args: Any, **kwargs: Any) -> list[Any]:
    return []


def refused(*args: Any, **kwargs: Any) -> list[Reason]:
    return [Reason("no", "No.")]


RULES: dict[str, tuple[str, Callable[..., Any]]] = {
    "alarms": ("quiet", lambda *args, **kwargs: True),
    "assessment": ("risks", nothing),
    "authority": ("role_may", nothing),
    "calendar": ("_target", lambda *args: None),
    "consent": ("in_force", nothing),
    "contradictions": ("denies", lambda form: False),
    "corrections": ("recomputed", lambda case, fact: fact),
    "decide": ("late_entry", nothing),
    "dose": ("supplement_ready", nothing),
    "effects": ("_by_source", lambda *args: {}),
    "enrolment": ("eligible", nothing),
    "evidence": ("_all", lambda *args: Said(value=False, because=("shut",), alone=False)),
    "facts": ("_ideation", lambda *args: {}),
    "followup": ("visits_settled", nothing),
    "gate": ("overridden", lambda *args: False),
    "laboratory": ("_within", lambda *args: (False, "off")),
    "leaving": ("unused", lambda session: [("K", "s1-first")]),
    "overnight": ("role_here", lambda *args: None),
    "override": ("reason_given", refused),
    "prompts": ("prompted_event", lambda *args, **kwargs: None),
    "queries": ("words_given", refused),
    "recording": ("gap_over", nothing),
    "recording_gaps": ("off_since", lambda *args: None),
    "rounds": ("_recorded", lambda *args, **kwargs: False),
    "safety": ("serious_due", lambda protocol, event: datetime(2999, 1, 1, tzinfo=UTC)),
    "session": ("minimum_hours", nothing),
    "setting": ("answered", lambda items: {}),
    "signature": ("says_what_it_means", refused),
    "staff": ("locked_first", nothing),
    "supply": ("right_step", nothing),
    "touch": ("permitted", lambda *args: True),
    "values": ("passed", lambda *args, **kwargs: False),
    "visits": ("outside_window", nothing),
    "vitals": ("late_reading", nothing),
    "washout": ("_half_life", lambda *args, **kwargs: None),
    "watch": ("due", nothing),
    "wordings": ("not_in_force", refused),
}
"""One rule of each file, and what stands in its place."""

WITHOUT_RULES = {
    *("__init__", "actions", "book", "case", "decision", "streams"),
    *(
        "bedside",
        "course",
        "outlook",
        "morning",
        "programme_outlook",
        "readiness",
        "retention",
    ),  # views for pages: they decide nothing
    *("note", "note_lines", "note_night"),  # sentences made of records: pinned as text in tests/conduct
    # What a rehearsal has none of: tablets and monitors that send, clocks that are typed, rescue medicine
    # (no rate is known), a participant's own pages, a programme outside trials, exports and whoever
    # withdraws the use of their data.
    *("arrival", "clock", "data_use", "devices", "own_forms", "programme", "reach", "reminders", "rescue"),
    *("sent", "sharing"),
}
SEED = 2


@pytest.fixture(scope="module")
def clumsy(model: Assumptions) -> Assumptions:
    # Everything that can go wrong goes wrong in six people, so that each run takes a second or two.
    few = small(model, clumsy=12)
    adverse = {**few.adverse, "serious": with_value(few.adverse["serious"], 0.8)}
    return few.model_copy(update={"adverse": adverse})


@pytest.fixture(scope="module")
def untouched(protocol: Protocol, clumsy: Assumptions) -> str:
    return digest(play(protocol, clumsy, seed=SEED))


def test_every_file_of_conduct_has_a_rule_here() -> None:
    files = {file.stem for file in Path(conduct.__file__).parent.glob("*.py")}
    assert files - WITHOUT_RULES == set(RULES)


@pytest.mark.parametrize("file", sorted(RULES))
def test_the_rehearsal_changes_without_the_rule(
    protocol: Protocol, clumsy: Assumptions, untouched: str, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, instead = RULES[file]
    module = import_module(f"holdfast.conduct.{file}")
    assert callable(getattr(module, name))
    monkeypatch.setattr(module, name, instead)
    try:
        changed = digest(play(protocol, clumsy, seed=SEED))
    except Stumble as stumbled:
        changed = str(stumbled)  # the story cannot go on as it did: that is a change, too
    assert changed != untouched
