"""The shipped study, its assumptions, and one whole rehearsal for all tests of the room."""

from __future__ import annotations

from pathlib import Path

import pytest

from holdfast.protocol.compiler import compile_study
from holdfast.protocol.model import Protocol
from holdfast.simulation import assumptions
from holdfast.simulation.assumptions import Assumptions
from holdfast.simulation.play import Rehearsal, play
from holdfast.studies import path_of


@pytest.fixture(scope="session")
def study_file() -> Path:
    return path_of("inactive-placebo")


@pytest.fixture(scope="session")
def protocol(study_file: Path) -> Protocol:
    return compile_study(study_file)


@pytest.fixture(scope="session")
def model(study_file: Path) -> Assumptions:
    return assumptions.load(study_file.parent / "assumptions.yaml")


@pytest.fixture(scope="session")
def whole(protocol: Protocol, model: Assumptions) -> Rehearsal:
    return play(protocol, model, seed=11)
