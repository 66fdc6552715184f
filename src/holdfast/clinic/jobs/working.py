"""The worker: a thread beside the watch, so that a mail server that hangs delays no alarm."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import Error, connection

from holdfast.clinic import edge
from holdfast.clinic.jobs import reminding, sending, transport
from holdfast.errors import HoldfastError

LOG = logging.getLogger("holdfast.clinic")
EVERY_SECONDS = 5.0
REMIND_EVERY = timedelta(minutes=5)


def start() -> threading.Thread:
    """Send what is due in a thread of its own, until the process ends."""
    thread = threading.Thread(target=keep_sending, name="sending", daemon=True)
    thread.start()
    return thread


def keep_sending(*, sleep: Callable[[float], None] = time.sleep) -> None:
    """Work out reminders every few minutes and send what is due; what goes wrong is tried again."""
    looked_at: datetime | None = None
    while True:
        try:
            looked_at = work(looked_at)
        except Error as error:
            LOG.warning("Nothing can be sent just now: %s", error)
            connection.close()
        except Exception:
            # Whatever it is: the thread must live, or nothing is sent until somebody notices.
            LOG.exception("Sending went wrong; it goes on")
        sleep(EVERY_SECONDS)


def work(looked_at: datetime | None) -> datetime | None:
    """Once around; when reminders were last worked out. Nothing is done where this site sends nothing."""
    if not transport.on():
        return looked_at
    now = edge.now()
    if looked_at is None or now - looked_at >= REMIND_EVERY:
        try:
            reminding.look(now=now)
        except HoldfastError as error:
            LOG.error("Reminders cannot be worked out just now: %s", error)
        looked_at = now
    sending.send_due(now=edge.now)
    return looked_at
