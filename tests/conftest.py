"""What all tests share: with HOLDFAST_NO_DJANGO set, Django cannot be imported (law 2)."""

from __future__ import annotations

import os
import sys
from importlib.abc import MetaPathFinder
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from holdfast.protocol.model import Protocol
    from holdfast.simulation.play import Rehearsal


# How long an example takes depends on what else the machine does: figures are measured in bench/.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


class _NoDjango(MetaPathFinder):
    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        if fullname.split(".")[0] in {"django", "psycopg"}:
            raise ModuleNotFoundError(f"{fullname} is kept out of the core tests", name=fullname)


if os.environ.get("HOLDFAST_NO_DJANGO"):
    sys.meta_path.insert(0, _NoDjango())


@pytest.fixture(scope="session")
def shipped() -> Protocol:
    """The shipped study ``inactive-placebo``, compiled."""
    from holdfast.protocol.compiler import compile_study
    from holdfast.studies import path_of

    return compile_study(path_of("inactive-placebo"))


@pytest.fixture(scope="session")
def finished(shipped: Protocol) -> Rehearsal:
    """One whole rehearsal of the shipped study, seed 1: finished, locked, unblinded. Read only."""
    from holdfast.simulation.assumptions import load
    from holdfast.simulation.play import play
    from holdfast.studies import path_of

    return play(shipped, load(path_of("inactive-placebo").with_name("assumptions.yaml")), seed=1)
