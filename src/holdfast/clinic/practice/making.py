"""A practice is made: the protocol's text under a code of its own, played up to a first session's morning.

Nothing is written into the study it is made from, and nothing of it is copied but its protocol.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from holdfast.clinic import edge
from holdfast.clinic.clocks import practice_time
from holdfast.clinic.clocks.practice_time import PREFIX
from holdfast.clinic.ledger import read, write
from holdfast.clinic.practice import warming
from holdfast.clinic.practice.models import Practice
from holdfast.conduct.actions import Action, Appoint, Ask, RecordCredential, Stamp, Tell
from holdfast.errors import Conflict, HoldfastError, Refusal
from holdfast.protocol.compiler import compile_text
from holdfast.protocol.model import Protocol
from holdfast.protocol.roles import Role
from holdfast.simulation import assumptions
from holdfast.simulation.assumptions import Assumptions
from holdfast.simulation.practice import Prepared, prepared
from holdfast.studies import path_of, shipped
from holdfast.timing import Instant

CREDENTIALS = ("licence", "gcp", "session-monitor-lead")
VALID = timedelta(days=365)
SPONSOR = "sponsor"


def make(of: str, *, person: str, name: str, seed: int, now: datetime) -> Practice:
    """Make a practice of a study for somebody, who is one of its monitors.

    Raises:
        Refusal: for a study that cannot be rehearsed, or that is a practice itself.
        Conflict: where somebody made one at the same moment.
    """
    if practice_time.is_practice(of):
        raise Refusal(
            _("This is a practice already. Make another one from the list of the study's sessions.")
        )
    warming.make_ready()
    code = next_code(of)
    protocol = renamed(read.protocol(of), of, code)
    design, morning = _morning(protocol, seed=seed, now=now)
    practice = Practice(
        study=code,
        of=of,
        person=person,
        participant=morning.participant,
        visit=morning.visit,
        design=design,
        seed=seed,
        made_at=now,
    )
    try:
        with transaction.atomic():
            write.take_in(morning.sealed)
            practice.save(force_insert=True)
            practice_time.move(code, by=morning.begins - now, at=now, person=person)
    except (Conflict, IntegrityError):
        raise Conflict(_("Another practice was made at this moment. Ask again.")) from None
    _appoint(morning, code, person=person, name=name)
    return practice


def next_code(of: str) -> str:
    """The code of a study's next practice."""
    return f"{PREFIX}{of}-{Practice.objects.filter(of=of).count() + 1}"


def renamed(protocol: Protocol, of: str, code: str) -> Protocol:
    """The same protocol under another study code; nothing else of its text differs."""
    text, count = re.subn(
        rf"^(\s+code:\s*[\"']?){re.escape(of)}\b", rf"\g<1>{code}", protocol.text, count=1, flags=re.MULTILINE
    )
    if not count:
        raise Refusal(_("The study's code is not found in its file, so it cannot be practised."))
    return compile_text(text, name=f"{code}/study.yaml")


def assumed(design: str) -> Assumptions:
    """The assumptions of a shipped design."""
    return assumptions.load(path_of(design).with_name("assumptions.yaml"))


def _morning(protocol: Protocol, *, seed: int, now: datetime) -> tuple[str, Prepared]:
    """The morning, by the first shipped assumptions that the study can be played with, the likest first."""
    refused: HoldfastError | None = None
    for design in _likest_first(protocol):
        try:
            return design, prepared(protocol, assumed(design), seed=seed, before=now.date())
        except HoldfastError as why:
            refused = refused or why
    raise Refusal(_("This study cannot be practised: %(why)s") % {"why": refused})


def _likest_first(protocol: Protocol) -> list[str]:
    levels = [arm.level for arm in protocol.arms]

    def unlike(name: str) -> bool:
        text = path_of(name).read_text(encoding="utf-8")
        return [arm.level for arm in compile_text(text, name=name).arms] != levels

    return sorted(shipped(), key=unlike)


def _appoint(morning: Prepared, code: str, *, person: str, name: str) -> None:
    """The one who practises becomes a monitor of the practice's site."""
    at = Instant(morning.begins, morning.site.zone)
    for what in _appointment(morning, person, name):
        stamp = _stamp(code, morning.site.code, at, edge.new_id())
        write.perform(Action(stamp=stamp, what=what), now=morning.begins)


def _appointment(morning: Prepared, person: str, name: str) -> Iterator[Ask | Tell]:
    yield Appoint(person=person, role=Role.THERAPIST.value, name=name)
    until = (morning.begins.date() + VALID).isoformat()
    for credential in CREDENTIALS:
        yield RecordCredential(person=person, credential=credential, valid_until=until)


def _stamp(study: str, site: str, at: Instant, entry: UUID) -> Stamp:
    return Stamp(
        id=entry,
        study=study,
        site=site,
        author=SPONSOR,
        role=Role.SPONSOR.value,
        device="practice",
        happened_at=at,
    )
