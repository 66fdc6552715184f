"""The allocation key of each study, sealed under the master key.

Three doors: the pharmacist, to dispense; the report, once the study is locked and
unblinded; and whoever makes the study, to put it in. There is no fourth.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from holdfast.allocation.key import Key, from_bytes, to_bytes
from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.may import may
from holdfast.clinic.keys import master
from holdfast.clinic.ledger import read
from holdfast.clinic.pharmacy.models import SealedKey
from holdfast.errors import NotPermitted, UnknownName

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from holdfast.clinic.accounts.models import Person


def keep(study: str, key: Key, *, secret: bytes, now: datetime) -> None:
    """Seal a study's key, with the secret of its commitments; a kept key is never replaced."""
    plain = json.dumps({"key": to_bytes(key).decode(), "secret": secret.hex()}).encode()
    SealedKey.objects.create(study=study, sealed=master.wrap(plain, belongs_to=_place(study)), kept_at=now)


def for_pharmacy(person: Person | AnonymousUser, study: str, site: str | None = None) -> Key:
    """The key for dispensing; NotPermitted for everybody but the pharmacist."""
    if not may(person, Act.DISPENSE, study, site):
        raise NotPermitted("Only the pharmacist may open the allocation key.")
    return _open(study)[0]


def for_report(person: Person | AnonymousUser, study: str) -> Key | None:
    """The key for the report by arm; None while the study is blinded or for who may not see arms."""
    unblinded = read.study_standing(study).unblinded_at is not None
    if not unblinded or not may(person, Act.READ_REPORT_BY_ARM, study):
        return None
    return _open(study)[0]


def is_kept(study: str) -> bool:
    """Whether a study's key is here."""
    return SealedKey.objects.filter(study=study).exists()


def _open(study: str) -> tuple[Key, bytes]:
    row = SealedKey.objects.filter(study=study).first()
    if row is None:
        raise UnknownName(f"No allocation key of study {study} is kept in this clinic.")
    held = json.loads(master.unwrap(bytes(row.sealed), belongs_to=_place(study)))
    return from_bytes(held["key"].encode()), bytes.fromhex(held["secret"])


def _place(study: str) -> str:
    return f"allocation/{study}"
