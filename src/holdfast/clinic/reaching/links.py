"""One-time links: made by staff, opened once within a day, kept as a digest.

The code has sixty random bits in letters and digits that cannot be mistaken for each other, so that
it can be typed from a card as well as followed as a link.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from holdfast.clinic.jobs import outbox, texts
from holdfast.clinic.keys import reachable
from holdfast.clinic.languages.spoken import spoken
from holdfast.clinic.ledger import read
from holdfast.clinic.ledger.models import ParticipantRow
from holdfast.clinic.reaching.models import Link, Message
from holdfast.clinic.reaching.ways import Way, alone, times_ended
from holdfast.protocol.roles import Role

FOR = timedelta(hours=24)
"""A link that nobody opened by then opens nothing."""
ALPHABET, LENGTH = "0123456789ABCDEFGHJKMNPQRSTVWXYZ", 12
ASKED = "link-asked"


def make(study: str, participant: str, *, by: str, now: datetime) -> str:
    """Make a link's code; the participant's earlier ones that nobody opened end."""
    code = "".join(secrets.choice(ALPHABET) for _place in range(LENGTH))
    with transaction.atomic():
        alone(study, participant)
        mine = Link.objects.filter(study=study, participant=participant, used_at=None, ends_at__gt=now)
        mine.update(ends_at=now)
        Link.objects.create(
            study=study,
            participant=participant,
            digest=digest(code),
            made_at=now,
            made_by=by,
            ends_at=now + FOR,
        )
    return "-".join(code[at : at + 4] for at in range(0, LENGTH, 4))


def digest(code: str) -> str:
    """What is kept of a code. Sixty random bits need no salt."""
    plain = "".join(each for each in code.upper() if each.isalnum())
    plain = plain.replace("O", "0").replace("I", "1").replace("L", "1")
    return hashlib.sha256(plain.encode()).hexdigest()


def use(code: str, *, now: datetime) -> Way | None:
    """Open a link: the first time within its day, else None."""
    link = Link.objects.filter(digest=digest(code)).first()
    if link is None:
        return None
    with transaction.atomic():
        alone(link.study, link.participant)
        if not Link.objects.filter(id=link.id, used_at=None, ends_at__gt=now).update(used_at=now):
            return None
        endings = times_ended(link.study, link.participant)
    return Way(study=link.study, participant=link.participant, by=link.made_by, endings=endings)


def ask(code: str, *, now: datetime) -> None:
    """Note that somebody asks for a new link, by an old link's code or the code on their card."""
    link = Link.objects.filter(digest=digest(code)).first()
    if link is not None:
        rows = list(ParticipantRow.objects.filter(study=link.study, participant=link.participant))
    else:
        rows = list(ParticipantRow.objects.filter(participant__iexact=code.strip()))
    for row in rows:
        _note(row, now=now)


def _note(row: ParticipantRow, *, now: datetime) -> None:
    since = Link.objects.filter(study=row.study, participant=row.participant).count()
    # One for each link made so far: asking again and again leaves no more rows.
    about = f"{row.participant}/{since}"
    _message, new = Message.objects.get_or_create(
        study=row.study,
        matter=ASKED,
        about=about,
        person="",
        defaults={"at": now, "site": row.site, "participant": row.participant, "text": ""},
    )
    for person in _office(row) if new else ():
        letter = outbox.Letter(
            study=row.study,
            site=row.site,
            person=person,
            matter=outbox.LINK_ASKED,
            once=about,
            about=about,
            text=texts.LINK_ASKED,
            language=settings.LANGUAGE_CODE,
        )
        outbox.put(letter, now=now)


def _office(row: ParticipantRow) -> list[str]:
    """The coordinators of a participant's site."""
    held = read.appointments(study=row.study)
    return [each.person for each in held if each.role == Role.COORDINATOR and each.site == row.site]


def send(study: str, participant: str, code: str, *, now: datetime) -> bool:
    """Send a link that was just made to the address that is kept; False where nothing can be sent."""
    if not sendable(study, participant):
        return False
    outbox.replace(study, participant, matter=outbox.LINK, now=now)
    person = read.participant_standing(study, participant)
    letter = outbox.Letter(
        study=study,
        site=person.site,
        participant=participant,
        matter=outbox.LINK,
        once=digest(code),
        text=texts.LINK,
        language=spoken(person),
        code=code,
    )
    return outbox.put(letter, now=now) is not None


def sendable(study: str, participant: str) -> bool:
    """Whether a link could be sent: this site sends messages, and an address is kept."""
    return not outbox.off(study) and bool(reachable.read(study, participant).email)


def asked(study: str, sites: frozenset[str]) -> list[str]:
    """The participants of these sites who ask for a new link, and have none since."""
    rows = Message.objects.filter(study=study, matter=ASKED, site__in=sites)
    since = dict(rows.values_list("participant").annotate(at=Max("at")).order_by("at"))
    links = Link.objects.filter(study=study, participant__in=list(since))
    made = dict(links.values_list("participant").annotate(at=Max("made_at")))
    return [each for each, at in since.items() if each not in made or made[each] <= at]


def made_for(study: str, participant: str) -> list[Link]:
    """Every link made for a participant, the latest first."""
    return list(Link.objects.filter(study=study, participant=participant).order_by("-made_at"))
