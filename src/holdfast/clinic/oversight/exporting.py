"""An export for a registry: files made of the records, recorded with everybody in them, then given away.

The one way for the page and the command. Nothing leaves that the ledger did not grant: the files are made
first, and are thrown away where it refuses.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from holdfast.clinic import edge
from holdfast.clinic.ledger import read, write
from holdfast.clinic.ledger.models import SiteRow
from holdfast.conduct import sharing
from holdfast.conduct.actions import Action, RecordExport, Stamp
from holdfast.conduct.decision import Reason
from holdfast.errors import NotPermitted
from holdfast.exchange.registry import ITEM, Registry, people, registry
from holdfast.exchange.registry_fields import forms_of
from holdfast.protocol.model import Protocol
from holdfast.protocol.roles import Role
from holdfast.records.sharing import Exported
from holdfast.timing import Instant, in_words

OLDEST = (1980, 1, 1, 0, 0, 0)
"""The first time a zip file can name: the same files are the same bytes, whenever they are packed."""
KINDS = (
    "study-opened", "consent-given", "consent-withdrawn", "withdrew", "randomised", "treatment-entered",
    "visit-held", "visit-missed", "form-completed", "dose-given",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An export that may leave, or every reason why not."""

    files: Mapping[str, bytes]
    people: int
    refused: tuple[Reason, ...] = ()

    @property
    def name(self) -> str:
        """What the packed files are called: as they are, without what tells them apart."""
        return next(iter(self.files)).rpartition("-")[0] + ".zip"

    def packed(self) -> bytes:
        """The files as one zip file."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, content in self.files.items():
                packed.writestr(zipfile.ZipInfo(name, OLDEST), content, zipfile.ZIP_DEFLATED)
        return out.getvalue()


def export(
    study: str, *, site: SiteRow, to: str, author: str, role: Role, device: str, entry: UUID, now: datetime
) -> Made:
    """Make the files, record them, give them away; refused, nothing is recorded and nothing leaves."""
    protocol = read.protocol(study)
    reads_all(protocol, role)
    made, pseudonyms = _made(study, protocol, site=site.site, to=to)
    what = RecordExport(item=ITEM, to=to, pseudonyms=pseudonyms, files=made.digests)
    stamp = Stamp(
        id=entry,
        study=study,
        site=site.site,
        author=author,
        role=role.value,
        device=device,
        happened_at=Instant(now, site.zone),
    )
    outcome = write.perform(Action(stamp=stamp, what=what), now=now)
    if outcome.refused is not None:
        return Made(files={}, people=0, refused=outcome.refused.reasons)
    return Made(files=made.files, people=len(made.people))


def reads_all(protocol: Protocol, role: Role) -> None:
    """NotPermitted where the study file lets that role read not every form that goes."""
    closed = [form.form for form in forms_of(protocol) if role not in form.read]
    if closed:
        sentence = _("The study file does not let your role read %(forms)s, which would be in the files.")
        raise NotPermitted(sentence % {"forms": ", ".join(closed)})


def _made(study: str, protocol: Protocol, *, site: str, to: str) -> tuple[Registry, dict[str, str]]:
    records = read.records(study, kinds=KINDS)
    pseudonyms = {person: _pseudonym(study, person, to=to) for person in people(records, site=site)}
    return registry(records, protocol, site=site, pseudonyms=pseudonyms), pseudonyms


def _pseudonym(study: str, person: str, *, to: str) -> str:
    """The random id by which that recipient knows the person, or a new one."""
    known = sharing.pseudonym_of(read.participant_standing(study, person), item=ITEM, to=to)
    return known or edge.new_id().hex


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An export that left: when, to whom, of which site, of how many, by whom, the digest of its files."""

    at: Instant
    to: str
    site: str
    people: int
    by: str
    digest: str

    @property
    def when(self) -> str:
        """The moment in words."""
        return in_words(self.at)


def left(study: str, *, sites: frozenset[str]) -> list[Line]:
    """Every export of these sites, the latest first."""
    names = {each.person: each.name for each in read.appointments(study=study)}
    found = [
        Line(
            at=record.happened_at,
            to=record.fact.to,
            site=record.fact.at_site,
            people=record.fact.people,
            by=names.get(record.author, record.author),
            digest=record.fact.digest,
        )
        for record in read.records(study, kinds=(Exported.KIND,))
        if isinstance(record.fact, Exported) and record.fact.at_site in sites
    ]
    return found[::-1]
