"""Bands of the forecast made beside the pages: no page waits for them, and no start of the site.

The equations are compiled the first time a machine runs them, which takes up to a minute of an
interpreter: a process of its own does that into the cache on disk. Then a band takes a fifth of
a second, once for the doses of a step. Nothing but the protocol's steps is asked for.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import connection

from holdfast.clinic.ledger.write import CHANNEL
from holdfast.conduct.streams import study_stream
from holdfast.errors import HoldfastError

if TYPE_CHECKING:
    from holdfast.pharmacology.forecast_blinded import BlindedBand

LOG = logging.getLogger("holdfast.clinic")
PATIENCE_S = 600.0
Steps = tuple[tuple[float, tuple[float, ...]], ...]
"""Each step so far: the protocol's hour, and every amount (mg) that any arm may give there."""


class Prepared:
    """Bands by the steps they are of; asked for by pages, made by one thread."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._made: dict[Steps, BlindedBand | str] = {}
        self._waiting: dict[Steps, set[str]] = {}
        self._thread: threading.Thread | None = None
        self._news = threading.Condition()

    def ask(self, steps: Steps, *, study: str) -> BlindedBand | str | None:
        """The band; why there is none; or None while it is made, after which ``study`` is told."""
        with self._news:
            if steps in self._made:
                return self._made[steps]
            self._waiting.setdefault(steps, set()).add(study)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="forecast", daemon=True)
                self._thread.start()
            return None

    def wait(self, seconds: float) -> bool:
        """Wait until everything asked for is made; whether it is."""
        with self._news:
            return self._news.wait_for(lambda: not self._waiting, seconds)

    def _work(self) -> None:
        compile_apart()
        while True:
            with self._news:
                if not self._waiting:
                    self._thread = None
                    self._news.notify_all()
                    return
                steps = next(iter(self._waiting))
            made = _band(steps)
            with self._news:
                self._made[steps] = made
                told = self._waiting.pop(steps)
                self._news.notify_all()
            for study in sorted(told):
                self._tell(study)


def _band(steps: Steps) -> BlindedBand | str:
    # Weight: numba and the equations, which only this thread needs.
    from holdfast.pharmacology.forecast_blinded import Step, blinded_band

    try:
        return blinded_band([Step(at_h, mg) for at_h, mg in steps])
    except HoldfastError as error:
        return str(error)


def compile_apart() -> None:
    """Compile in a process of its own what nobody on this machine has compiled yet."""
    from holdfast import compiling  # weight: numba

    mark = Path(os.environ["NUMBA_CACHE_DIR"]) / f"forecast-{compiling.digest()}"
    if mark.exists():
        return
    try:
        # -P: what lies in the folder somebody happens to be in is no part of the program.
        command = [sys.executable, "-P", "-m", "holdfast.pharmacology.forecast_warming"]
        subprocess.run(command, check=True, timeout=PATIENCE_S)
        mark.touch()
    except (OSError, subprocess.SubprocessError) as error:
        LOG.warning("The forecast is compiled inside the site, which may slow it: %s", error)


def look_anew(study: str) -> None:
    """Let open pages of a study look at what they show."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"{study} {study_stream(study)}"])
    finally:
        connection.close()  # this thread's own


prepared = Prepared(look_anew)
