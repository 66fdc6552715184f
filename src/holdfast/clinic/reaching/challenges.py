"""What a device is asked to sign: random, for one browser and one purpose, taken once, gone in minutes."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction

from holdfast.clinic.reaching.models import Challenge

FOR = timedelta(minutes=5)
"""Long enough to find a finger or a PIN, and no longer."""
BYTES = 32


class Purpose(StrEnum):
    """What the signature is for; what was asked for one opens nothing of the other."""

    MAKE = "make"
    USE = "use"


def ask(browser: str, purpose: Purpose, *, now: datetime, handle: str = "") -> bytes:
    """A new challenge for a browser; an earlier one of the same purpose ends."""
    Challenge.objects.filter(ends_at__lte=now).delete()
    value = secrets.token_bytes(BYTES)
    kept = {"value": value, "handle": handle, "ends_at": now + FOR}
    Challenge.objects.update_or_create(browser=browser, purpose=purpose.value, defaults=kept)
    return value


def take(browser: str, purpose: Purpose, *, now: datetime) -> Challenge | None:
    """The challenge of a browser, which is then gone; None where there is none or it is too old."""
    with transaction.atomic():
        rows = Challenge.objects.select_for_update().filter(browser=browser, purpose=purpose.value)
        found = rows.first()
        if found is None:
            return None
        found.delete()
    return found if found.ends_at > now else None
