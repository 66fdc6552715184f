"""The site as an ASGI application whose clock is set by a file: hours pass at once in a test."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import holdfast.clinic.asgi as site  # before anything that has models
from holdfast.clinic import edge

CLOCK = Path(os.environ["HOLDFAST_TEST_CLOCK"])


def now() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=float(CLOCK.read_text(encoding="ascii")))


edge.now = now
application = site.application
