"""Who opened the own pages in this browser: a note in its session, ended soon when nothing is done.

A participant has no account. Opening a link, or a passkey, signs out whoever was signed in here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from functools import wraps
from typing import Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _

from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.clocks.practice_time import ahead
from holdfast.clinic.edge import arrived
from holdfast.clinic.languages.spoken import spoken
from holdfast.clinic.ledger import read, write
from holdfast.clinic.ledger.models import SiteRow
from holdfast.clinic.reaching.ways import Way, still_opens
from holdfast.conduct import outlook
from holdfast.conduct.actions import Action, Stamp, Tell
from holdfast.conduct.reach import ALONE
from holdfast.conduct.standing import ParticipantStanding
from holdfast.errors import UnknownName
from holdfast.protocol.model import Protocol
from holdfast.protocol.roles import Role
from holdfast.timing import Instant

KEY = "own"
IDLE, LONGEST = timedelta(minutes=20), timedelta(hours=2)
"""Pages that nobody touched for so long, or that are open for so long, are closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed(Way):
    """The way in that is open in this browser, since when and last touched (ISO)."""

    since: str
    seen: str

    @classmethod
    def of(cls, request: HttpRequest) -> Self | None:
        """The note of this browser; None where there is none, it is too old, or what opened it was ended."""
        kept = request.session.get(KEY)
        if not kept:
            return None
        note, now = cls(**kept), arrived(request)
        old = now - datetime.fromisoformat(note.seen) > IDLE
        old = old or now - datetime.fromisoformat(note.since) > LONGEST
        if old or not still_opens(note):
            request.session.flush()
            return None
        return note

    def keep(self, request: HttpRequest) -> None:
        """Note it in this browser; it goes with the browser's window."""
        request.session[KEY] = asdict(replace(self, seen=arrived(request).isoformat()))
        request.session.set_expiry(0)


def sign_in(request: HttpRequest, way: Way) -> None:
    """Open the own pages in this browser; whoever was signed in here is signed out."""
    logout(request)
    now = arrived(request).isoformat()
    Signed(**asdict(way), since=now, seen=now).keep(request)


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """Everything the pages need of the one participant who opened them."""

    signed: Signed
    protocol: Protocol
    standing: ParticipantStanding
    site: SiteRow
    now: datetime

    @property
    def study(self) -> str:
        """The study's code."""
        return self.signed.study

    @property
    def participant(self) -> str:
        """The participant's code."""
        return self.signed.participant

    @property
    def today(self) -> date:
        """The local date at the site."""
        return outlook.today(self.standing, self.now)

    @property
    def device(self) -> str:
        """What their records call the way in. A passkey goes back to a link: its maker is named too."""
        link = f"link made by {self.signed.by}"
        if not self.signed.passkey:
            return f"{ALONE}, {link}"
        made = datetime.fromisoformat(self.signed.made).astimezone(ZoneInfo(self.site.zone))
        return f"{ALONE}, passkey made {made.date().isoformat()}, {link}"

    def tell(self, what: Tell, *, entry: UUID) -> write.Outcome:
        """Record what the participant says, as their own."""
        stamp = Stamp(
            id=entry,
            study=self.study,
            site=self.site.site,
            author=self.participant,
            role=Role.PARTICIPANT.value,
            device=self.device,
            happened_at=Instant(self.now, self.site.zone),
        )
        return write.perform(Action(stamp=stamp, what=what), now=self.now)


def own_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page of whoever opened the own pages here; others are sent to where they open."""

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **given: Any) -> HttpResponse:
        note = Signed.of(request)
        if note is None:
            return private(redirect("own-link"))
        note.keep(request)
        own = opened(request, note)
        # For all of the request, not only for the view: an error's page is said in it too.
        translation.activate(spoken(own.standing))
        return private(view(request, own, *args, **given))

    return asks(Act.OWN_PAGES)(page)


def private(response: HttpResponse) -> HttpResponse:
    """Nothing of it stays in the browser."""
    response["Cache-Control"] = "no-store"
    return response


def opened(request: HttpRequest, note: Signed) -> Own:
    """Read what stands about the participant."""
    row = read.participant(note.study, note.participant)
    site = next((each for each in read.sites(note.study) if each.site == row.site), None)
    if site is None:
        raise UnknownName(_("Your site is not open. Call the number on your card."))
    return Own(
        signed=note,
        protocol=read.protocol(note.study),
        standing=read.participant_standing(note.study, note.participant),
        site=site,
        now=arrived(request) + ahead(note.study),
    )
