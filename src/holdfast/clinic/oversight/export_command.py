"""``holdfast clinic export-registry``: the files of an export into a folder."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from holdfast.clinic import edge
from holdfast.clinic.accounts.acts import Act, allowed
from holdfast.clinic.accounts.may import study_roles
from holdfast.clinic.ledger import read
from holdfast.clinic.ledger.models import SiteRow
from holdfast.clinic.oversight import exporting
from holdfast.errors import NotPermitted, Refusal, UnknownName
from holdfast.protocol.roles import Role

DEVICE = "command"


def export_to(out: Path, *, study: str, to: str, by: str, site: str, now: datetime) -> str:
    """Make an export, record it, write its files; a sentence of what was written.

    Raises NotPermitted for somebody without the role, Refusal with every reason of the ledger.
    """
    here, role = _site(study, site), _role(study, by)
    found = exporting.export(
        study, site=here, to=to, author=by, role=role, device=DEVICE, entry=edge.new_id(), now=now
    )
    if found.refused:
        raise Refusal(" ".join(each.sentence for each in found.refused))
    out.mkdir(parents=True, exist_ok=True)
    for name, content in found.files.items():
        (out / name).write_bytes(content)
    return f"{len(found.files)} files of {found.people} people for {to} in {out}. It is recorded."


def _site(study: str, site: str) -> SiteRow:
    rows = read.sites(read.study(study).study)
    chosen = [each for each in rows if site in ("", each.site)]
    if len(chosen) != 1:
        known = ", ".join(each.site for each in rows)
        raise UnknownName(f"Name the site with --site; the study has {known or 'none'}.")
    return chosen[0]


def _role(study: str, person: str) -> Role:
    able = allowed(Act.EXPORT, locked=True)
    held = [role for role in study_roles(person, study) if role in able]
    if not held:
        words = ", ".join(sorted(role.value for role in able))
        raise NotPermitted(f"{person} may not export from {study}: this is done by {words}.")
    return held[0]
