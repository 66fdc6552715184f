"""Everything about one participant that a page may need, opened once for a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpRequest

from holdfast.clinic.accounts.acts import WHO, Act
from holdfast.clinic.accounts.may import roles
from holdfast.clinic.edge import moment_of
from holdfast.clinic.ledger import read
from holdfast.clinic.ledger.models import SiteRow
from holdfast.conduct import outlook
from holdfast.conduct.standing import ParticipantStanding
from holdfast.conduct.standing.parts import FormDone
from holdfast.errors import UnknownName
from holdfast.protocol.model import Protocol, StudyForm, Visit
from holdfast.protocol.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """A participant, where they stand, and what whoever opened this may see of them."""

    study: str
    participant: str
    protocol: Protocol
    standing: ParticipantStanding
    site: SiteRow
    reader: str
    roles: tuple[Role, ...]
    names: Mapping[str, str]
    now: datetime

    @property
    def today(self) -> date:
        """The local date at the site."""
        return outlook.today(self.standing, self.now)

    def may(self, act: Act) -> bool:
        """Whether the reader may do something here."""
        return any(role in WHO[act] for role in self.roles)

    def visit(self, code: str) -> Visit:
        """A visit of the protocol; UnknownName where there is none."""
        for each in self.protocol.visits:
            if each.code == code:
                return each
        raise UnknownName(f"The protocol has no visit {code!r}.")

    def form(self, code: str) -> StudyForm:
        """A form of the study; UnknownName where there is none."""
        for each in self.protocol.forms:
            if each.form == code:
                return each
        raise UnknownName(f"The protocol has no form {code!r}.")

    def reads(self, form: str, done: FormDone | None = None) -> bool:
        """Whether the reader may read a filled form: by role, or because they filled it."""
        wrote = done is not None and done.author == self.reader
        return wrote or any(role in self.form(form).read for role in self.roles)

    def name(self, person: str) -> str:
        """A person's name; their id where it is not known, the software for itself."""
        return self.names.get(person, person)


def opened(request: HttpRequest, study: str, participant: str) -> Dossier:
    """Open a participant's dossier; UnknownName where there is none."""
    row = read.participant(study, participant)
    site = next((each for each in read.sites(study) if each.site == row.site), None)
    if site is None:
        raise UnknownName(f"The site {row.site!r} of {participant} is not open.")
    return Dossier(
        study=study,
        participant=participant,
        protocol=read.protocol(study),
        standing=read.participant_standing(study, participant),
        site=site,
        reader=request.user.get_username(),
        roles=roles(request.user, study, row.site),
        names={each.person: each.name for each in read.appointments(study=study)},
        now=moment_of(request),
    )
