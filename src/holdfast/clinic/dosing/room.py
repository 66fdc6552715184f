"""Everything the page of one session rests on, read once: protocol, standings, people, the moment."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.http import HttpRequest

from holdfast.clinic.accounts.acts import WHO, Act
from holdfast.clinic.accounts.may import roles
from holdfast.clinic.edge import moment_of
from holdfast.clinic.ledger import read
from holdfast.conduct.actions import Action, Ask, Stamp, Tell
from holdfast.conduct.authority import MAY
from holdfast.conduct.case import Case
from holdfast.conduct.decide import decide
from holdfast.conduct.decision import Reason, Refused
from holdfast.conduct.session import session_of
from holdfast.conduct.standing import ParticipantStanding, SessionStanding, SiteStanding, StudyStanding
from holdfast.conduct.streams import streams_of
from holdfast.protocol.model import DosingSession, Protocol
from holdfast.protocol.roles import Role
from holdfast.timing import Instant

LOOKING = UUID(int=0)
"""The id of an action that is only tried, never performed."""
OF_THE_ROOM = frozenset({Role.THERAPIST, Role.PHYSICIAN, Role.ATTENDANT})


@dataclass(frozen=True)
class Room:
    """One session as somebody sees it at one moment."""

    study: str
    participant: str
    visit: str
    author: str
    held: tuple[Role, ...]
    protocol: Protocol
    plan: DosingSession
    at: Instant
    site_code: str

    @cached_property
    def session(self) -> SessionStanding:
        """The session's standing."""
        return read.session_standing(self.study, self.participant, self.visit)

    @cached_property
    def person(self) -> ParticipantStanding:
        """The participant's standing."""
        return read.participant_standing(self.study, self.participant)

    @cached_property
    def site(self) -> SiteStanding:
        """The site's standing."""
        return read.site_standing(self.study, self.site_code)

    @cached_property
    def whole_study(self) -> StudyStanding:
        """The study's standing: what is signed for all sites."""
        return read.study_standing(self.study)

    @cached_property
    def people(self) -> dict[str, str]:
        """Names of everybody appointed in the study, by id."""
        return {each.person: each.name for each in read.appointments(study=self.study)}

    @cached_property
    def team(self) -> dict[Role, tuple[str, ...]]:
        """Who may work at a session of this site, by role."""
        rows = [each for each in read.appointments(study=self.study) if each.site == self.site_code]
        return {
            role: tuple(each.person for each in rows if each.role == role) for role in sorted(OF_THE_ROOM)
        }

    def name(self, person: str) -> str:
        """Somebody's name; the id of a person who left."""
        return self.people.get(person, person)

    def may(self, act: Act, what: type[Ask | Tell]) -> bool:
        """Whether who looks may do something here, on the site and in the study's conduct."""
        return any(role in WHO[act] and role in MAY[what] for role in self.held)

    def role_for(self, act: Act, what: type[Ask | Tell]) -> Role:
        """The role somebody does it by: one that conduct allows where they hold one."""
        able = [role for role in self.held if role in WHO[act]]
        return next((role for role in able if role in MAY[what]), able[0] if able else self.held[0])

    def stamp(
        self,
        act: Act,
        what: Ask | Tell,
        *,
        entry: UUID = LOOKING,
        at: Instant | None = None,
        reason: str = "",
        device: str = "",
        skew_s: float | None = None,
    ) -> Stamp:
        """The circumstances of something done, or only tried; now, unless ``at`` says when."""
        return Stamp(
            id=entry,
            study=self.study,
            site=self.site_code,
            author=self.author,
            role=self.role_for(act, type(what)).value,
            device=device or "browser",
            happened_at=at or self.at,
            reason=reason,
            skew_s=skew_s,
        )

    def case(self, act: Act, what: Ask | Tell) -> Case:
        """The matter as ``decide`` would have it before it."""
        action = Action(stamp=self.stamp(act, what), what=what)
        standings = read.standings_of(self.study, streams_of(action))
        return Case(self.protocol, standings, action, self.at.at)

    def against(self, act: Act, ask: Ask) -> tuple[Reason, ...]:
        """Every reason why a request would be refused now; nothing is recorded."""
        case = self.case(act, ask)
        decision = decide(self.protocol, case.standings, case.action, self.at.at)
        return decision.reasons if isinstance(decision, Refused) else ()


def enter(request: HttpRequest, study: str, participant: str, visit: str) -> Room:
    """The room of a request; UnknownName where the visit has no dosing session."""
    protocol = read.protocol(study)
    plan = session_of(protocol, visit)
    row = read.participant(study, participant)
    site = read.site_standing(study, row.site)
    return Room(
        study=study,
        participant=participant,
        visit=visit,
        author=request.user.get_username(),
        held=roles(request.user, study, row.site),
        protocol=protocol,
        plan=plan,
        at=Instant(moment_of(request), site.zone),
        site_code=row.site,
    )
