"""Passkeys: made in pages that a link opened, used to open them again, ended; never deleted."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from webauthn.helpers import bytes_to_base64url
from webauthn.registration.verify_registration_response import VerifiedRegistration

from holdfast.clinic import edge
from holdfast.clinic.reaching import ceremony, challenges
from holdfast.clinic.reaching.ceremony import Party
from holdfast.clinic.reaching.challenges import Purpose
from holdfast.clinic.reaching.models import Passkey, PasskeyTry
from holdfast.clinic.reaching.ways import Way, alone, times_ended
from holdfast.errors import UnknownName

OPENED, REFUSED = "opened", "refused"


def ask_to_make(study: str, participant: str, *, browser: str, party: Party, name: str, now: datetime) -> str:
    """What a browser needs to make a passkey for a participant, as JSON; the device shows ``name``."""
    mine = Passkey.objects.filter(study=study, participant=participant)
    # One handle for each participant, so that a device replaces one that was ended instead of keeping both.
    handle = mine.values_list("handle", flat=True).first() or ceremony.new_handle()
    challenge = challenges.ask(browser, Purpose.MAKE, handle=handle, now=now)
    held = live(study, participant)
    return ceremony.to_make(party=party, name=name, handle=handle, challenge=challenge, held=held)


def make(answer: str, *, way: Way, browser: str, party: Party, now: datetime) -> Passkey | None:
    """Keep the passkey that a device made in pages opened by a link; None where anything of it is wrong."""
    asked = challenges.take(browser, Purpose.MAKE, now=now)
    given = ceremony.read_made(answer)
    # A passkey makes no other: whoever finds pages open for a moment gains no way in that lasts.
    if asked is None or given is None or way.passkey:
        return None
    made = ceremony.made(given, challenge=bytes(asked.value), party=party)
    if made is None:
        return None
    transports = " ".join(each.value for each in given.response.transports or ())
    return _keep(made, way=way, handle=asked.handle, transports=transports, now=now)


def _keep(
    made: VerifiedRegistration, *, way: Way, handle: str, transports: str, now: datetime
) -> Passkey | None:
    with transaction.atomic():
        alone(way.study, way.participant)
        if times_ended(way.study, way.participant) != way.endings:
            return None
        passkey, new = Passkey.objects.get_or_create(
            credential=bytes_to_base64url(made.credential_id),
            defaults={
                "id": edge.new_id(),
                "study": way.study,
                "participant": way.participant,
                "handle": handle,
                "public_key": made.credential_public_key,
                "sign_count": made.sign_count,
                "transports": transports,
                "made_at": now,
                "link_by": way.by,
            },
        )
    return passkey if new else None


def ask_to_use(*, browser: str, party: Party, now: datetime) -> str:
    """What a browser needs to let a device sign, as JSON."""
    return ceremony.to_use(party=party, challenge=challenges.ask(browser, Purpose.USE, now=now))


def use(answer: str, *, browser: str, party: Party, now: datetime) -> Way | None:
    """Whose pages a device opens; None where anything of it is wrong, and nothing tells what."""
    asked = challenges.take(browser, Purpose.USE, now=now)
    given = ceremony.read_used(answer)
    if asked is None or given is None:
        return None
    known = Passkey.objects.filter(credential=bytes_to_base64url(given.raw_id)).first()
    if known is None:
        return None
    with transaction.atomic():
        alone(known.study, known.participant)
        passkey = Passkey.objects.filter(id=known.id, ended_at=None).first()
        if passkey is None or _rests(passkey, now=now):
            return None
        signed = ceremony.signed(given, passkey, challenge=bytes(asked.value), party=party)
        outcome = REFUSED if signed is None else OPENED
        PasskeyTry.objects.create(id=edge.new_id(), passkey=passkey, at=now, outcome=outcome)
        if signed is None:
            return None
        Passkey.objects.filter(id=passkey.id).update(sign_count=signed.new_sign_count)
        return _way(passkey)


def _way(passkey: Passkey) -> Way:
    return Way(
        study=passkey.study,
        participant=passkey.participant,
        by=passkey.link_by,
        endings=times_ended(passkey.study, passkey.participant),
        passkey=str(passkey.id),
        made=passkey.made_at.isoformat(),
    )


def _rests(passkey: Passkey, *, now: datetime) -> bool:
    """Whether it was refused so often lately that it opens nothing: the same as with a wrong password."""
    since = now - timedelta(hours=settings.AXES_COOLOFF_TIME)
    lately = PasskeyTry.objects.filter(passkey=passkey, outcome=REFUSED, at__gt=since)
    return lately.count() >= settings.AXES_FAILURE_LIMIT


def end(study: str, participant: str, passkey: UUID, *, now: datetime) -> None:
    """The participant ends one of their own; UnknownName for any other. What is ended already stays so."""
    mine = Passkey.objects.filter(id=passkey, study=study, participant=participant)
    if not mine.exists():
        raise UnknownName(_("There is no such page of yours."))
    with transaction.atomic():
        alone(study, participant)
        mine.filter(ended_at=None).update(ended_at=now, ended_by=participant)


def live(study: str, participant: str) -> list[Passkey]:
    """The passkeys of a participant that open their pages now, the latest first."""
    return [each for each in made_for(study, participant) if each.ended_at is None]


def made_for(study: str, participant: str) -> list[Passkey]:
    """Every passkey of a participant, the latest first."""
    return list(Passkey.objects.filter(study=study, participant=participant).order_by("-made_at"))


def uses_of(passkey: Passkey) -> list[datetime]:
    """When it opened the pages, the latest first."""
    opened = PasskeyTry.objects.filter(passkey=passkey, outcome=OPENED).order_by("-at")
    return list(opened.values_list("at", flat=True))
