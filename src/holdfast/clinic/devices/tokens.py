"""A device and its token: made, found by the token, ended. The token itself is shown once and never kept."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from holdfast.clinic.devices.models import Device
from holdfast.errors import Conflict, ImpossibleValue, UnknownName

CODE = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?", re.ASCII)
LONGEST_DAYS = 366
TOKEN_BYTES = 32


def make(
    study: str, site: str, *, code: str, name: str, serial: str, days: int, by: str, now: datetime
) -> tuple[Device, str]:
    """A new device and its token, which is told this once. Raises ImpossibleValue and Conflict."""
    if not CODE.fullmatch(code):
        raise ImpossibleValue(
            _("A device's code is a word of small letters, digits and hyphens, 40 at most: monitor-1."),
            field="code",
        )
    if not name.strip() or len(name) > 80 or len(serial) > 80:
        raise ImpossibleValue(
            _("Give the device a name; name and serial have 80 letters at most."), field="name"
        )
    if not 1 <= days <= LONGEST_DAYS:
        raise ImpossibleValue(_("A token lasts from 1 to 366 days."), field="days")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    try:
        with transaction.atomic():
            device = Device.objects.create(
                study=study,
                site=site,
                code=code,
                name=name.strip(),
                serial=serial.strip(),
                token_digest=digest(token),
                made_at=now,
                made_by=by,
                expires_at=now + timedelta(days=days),
            )
    except IntegrityError:
        raise Conflict(
            _("There is a device %(code)s in this study already. Choose another code.") % {"code": code}
        ) from None
    return device, token


def digest(token: str) -> str:
    """What is kept of a token. It has 256 random bits: no salt and no slow hash add anything."""
    return hashlib.sha256(token.encode()).hexdigest()


def device_of(token: str, *, now: datetime) -> Device | None:
    """The device whose token it is and that may send now; None for any other."""
    device = Device.objects.filter(token_digest=digest(token)).first()
    if device is None or device.ended_at is not None or device.expires_at <= now:
        return None
    return device


def end(study: str, code: str, *, by: str, now: datetime) -> Device:
    """Take a device's right to send; what it sent stays. Ending twice changes nothing."""
    Device.objects.filter(study=study, code=code, ended_at=None).update(ended_at=now, ended_by=by)
    return found(study, code)


def found(study: str, code: str) -> Device:
    """A device of a study, ended or not; UnknownName."""
    device = Device.objects.filter(study=study, code=code).first()
    if device is None:
        raise UnknownName(_("There is no device %(code)s in this study.") % {"code": code})
    return device


def of_site(study: str, sites: frozenset[str] | set[str], *, now: datetime | None = None) -> list[Device]:
    """The devices of some sites; with ``now`` those that may send."""
    rows = Device.objects.filter(study=study, site__in=sites).order_by("site", "code")
    if now is not None:
        rows = rows.filter(ended_at=None, expires_at__gt=now)
    return list(rows)
