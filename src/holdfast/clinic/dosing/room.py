"""Everything the page of one session rests on, read once: protocol, standings, people, the moment."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from holdfast.clinic.accounts.acts import WHO, Act
from holdfast.clinic.accounts.guard import let_in
from holdfast.clinic.dosing.snapshot import Snapshot
from holdfast.clinic.dosing.tablet import Carried
from holdfast.clinic.edge import moment_of
from holdfast.clinic.ledger import read
from holdfast.conduct.actions import Action, Ask, Stamp, Tell
from holdfast.conduct.authority import MAY
from holdfast.conduct.case import Case
from holdfast.conduct.decide import decide
from holdfast.conduct.decision import Reason, Refused
from holdfast.conduct.session import session_of
from holdfast.conduct.standing import ParticipantStanding, SessionStanding, SiteStanding, StudyStanding
from holdfast.conduct.streams import (
    participant_stream,
    session_stream,
    site_stream,
    staff_stream,
    streams_of,
    study_stream,
)
from holdfast.protocol.model import DosingSession, Protocol
from holdfast.protocol.roles import Role
from holdfast.timing import Instant

LOOKING = UUID(int=0)
"""The id of an action that is only tried, never performed."""
HERE = Carried(device="", noted_by="", own_clock=False, skew_s=None)
"""How something comes that is done on the page itself, or only tried."""
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
    snapshot: Snapshot

    @cached_property
    def session(self) -> SessionStanding:
        """The session's standing."""
        return self.snapshot.of(SessionStanding, session_stream(self.participant, self.visit))

    @cached_property
    def person(self) -> ParticipantStanding:
        """The participant's standing."""
        return self.snapshot.of(ParticipantStanding, participant_stream(self.participant))

    @cached_property
    def site(self) -> SiteStanding:
        """The site's standing."""
        return self.snapshot.of(SiteStanding, site_stream(self.site_code))

    @cached_property
    def whole_study(self) -> StudyStanding:
        """The study's standing: what is signed for all sites."""
        return self.snapshot.of(StudyStanding, study_stream(self.study))

    @property
    def people(self) -> dict[str, str]:
        """Names of everybody appointed in the study, by id."""
        return self.snapshot.people

    @cached_property
    def team(self) -> dict[Role, tuple[str, ...]]:
        """Who may work at a session of this site, by role."""
        rows = [each for each in self.snapshot.appointments if each.site == self.site_code]
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
        # Nobody (an unseen room) looks by the software's own role.
        return next((role for role in able if role in MAY[what]), (*able, *self.held, Role.SYSTEM)[0])

    def stamp(
        self,
        act: Act,
        what: Ask | Tell,
        *,
        entry: UUID = LOOKING,
        at: Instant | None = None,
        reason: str = "",
        came: Carried = HERE,
    ) -> Stamp:
        """The circumstances of something done, or only tried; now, unless ``at`` says when."""
        return Stamp(
            id=entry,
            study=self.study,
            site=self.site_code,
            author=self.author,
            role=self.role_for(act, type(what)).value,
            device=came.device or "browser",
            happened_at=at or self.at,
            reason=reason,
            skew_s=came.skew_s,
            noted_by=came.noted_by,
            own_clock=came.own_clock,
        )

    def case(self, act: Act, what: Ask | Tell) -> Case:
        """The matter as ``decide`` would have it before it."""
        action = Action(stamp=self.stamp(act, what), what=what)
        standings = self.snapshot.standings(streams_of(action))
        return Case(self.protocol, standings, action, self.at.at)

    def against(self, act: Act, ask: Ask) -> tuple[Reason, ...]:
        """Every reason why a request would be refused now; nothing is recorded."""
        case = self.case(act, ask)
        decision = decide(self.protocol, case.standings, case.action, self.at.at)
        return decision.reasons if isinstance(decision, Refused) else ()


def enter(request: HttpRequest, study: str, participant: str, visit: str) -> Room:
    """The room of a request; UnknownName where the visit has no dosing session."""
    person, known = request.user.get_username(), let_in(request, study, participant)
    seen = unseen(study, participant, visit, now=moment_of(request), site=known.site, viewers=[person])
    return seen_by(seen, person, known.held)


def unseen(
    study: str,
    participant: str,
    visit: str,
    *,
    now: datetime,
    site: str = "",
    viewers: Iterable[str] = (),
    lasting: dict[Hashable, Any] | None = None,
) -> Room:
    """A room that nobody looks at yet: no author, no role, hence no right. UnknownName as ``enter``.

    ``viewers`` are people who will: what stands about them is read along. ``site`` is the
    participant's, where it is known already; ``lasting`` as a snapshot takes it.
    """
    protocol = read.protocol(study)
    plan = session_of(protocol, visit)
    site = site or read.participant(study, participant).site
    named = (session_stream(participant, visit), participant_stream(participant), site_stream(site))
    expected = (*named, study_stream(study), *map(staff_stream, viewers))
    snapshot = Snapshot(study, expected, lasting=lasting)
    return Room(
        study=study,
        participant=participant,
        visit=visit,
        author="",
        held=(),
        protocol=protocol,
        plan=plan,
        at=Instant(now, snapshot.of(SiteStanding, site_stream(site)).zone),
        site_code=site,
        snapshot=snapshot,
    )


def seen_by(room: Room, author: str, held: tuple[Role, ...]) -> Room:
    """The same room at the same moment as somebody else sees it; what was read is not read again."""
    return replace(room, author=author, held=held)
