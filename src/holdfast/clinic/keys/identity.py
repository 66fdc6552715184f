"""Who participants are: kept apart from the records, encrypted, one row each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from holdfast.clinic.keys import master
from holdfast.clinic.keys.models import Identity
from holdfast.errors import UnknownName


def keep(study: str, participant: str, *, who: Mapping[str, str], by: str, now: datetime) -> None:
    """Write or replace somebody's identity (name, contact, date of birth, as the site keeps it)."""
    sealed = master.wrap(json.dumps(dict(who)).encode(), belongs_to=_place(study, participant))
    Identity.objects.update_or_create(
        study=study,
        participant=participant,
        defaults={"sealed": sealed, "written_at": now, "written_by": by},
    )


def read(study: str, participant: str) -> dict[str, str]:
    """Somebody's identity; UnknownName where none is kept."""
    row = Identity.objects.filter(study=study, participant=participant).first()
    if row is None:
        raise UnknownName(f"No identity is kept for participant {participant}.")
    opened = json.loads(master.unwrap(bytes(row.sealed), belongs_to=_place(study, participant)))
    return {str(name): str(value) for name, value in opened.items()}


def _place(study: str, participant: str) -> str:
    return f"identity/{study}/{participant}"
