"""The matter before ``decide``: protocol, standings, action, now; and the pen that writes records."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID, uuid5

from holdfast.conduct import streams
from holdfast.conduct.actions import Action, Stamp
from holdfast.conduct.decision import Standings
from holdfast.conduct.standing import (
    KitStanding,
    ListStanding,
    ParticipantStanding,
    SessionStanding,
    SiteStanding,
    StaffStanding,
    StudyStanding,
    empty,
)
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.protocol.model import Protocol, Visit
from holdfast.protocol.roles import Role
from holdfast.records.envelope import Record
from holdfast.records.fact import Fact
from holdfast.records.safety import Deviation
from holdfast.records.session import AlarmRaised
from holdfast.timing import Instant

T = TypeVar("T")
SOFTWARE = "holdfast"
"""The author of what follows by rule: deviations, alarms, raised risks."""


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a decision may look at. ``now`` is the server's time of recording (UTC)."""

    protocol: Protocol
    standings: Standings
    action: Action
    now: datetime
    # Every rule asks for these: they are looked up once.
    stamp: Stamp = field(init=False)  # who, where, when
    at: Instant = field(init=False)  # when it happened in the world
    study: StudyStanding = field(init=False)
    site: SiteStanding = field(init=False)  # of the site the action names

    def __post_init__(self) -> None:
        stamp = self.action.stamp
        study = self._standing(streams.study_stream(stamp.study), StudyStanding)
        site = self._standing(streams.site_stream(stamp.site), SiteStanding)
        for name, found in (("stamp", stamp), ("at", stamp.happened_at), ("study", study), ("site", site)):
            object.__setattr__(self, name, found)

    @property
    def today(self) -> str:
        """The local date it happened on, as ISO text."""
        return self.at.day.isoformat()

    def _standing(self, stream: str, kind: type[T]) -> T:
        standing = self.standings.get(stream)
        found = empty(stream) if standing is None else standing
        if not isinstance(found, kind):
            raise TypeError(f"the standing given for {stream} is a {type(found).__name__}")
        return found

    def staff(self, person: str) -> StaffStanding:
        """A person's standing."""
        return self._standing(streams.staff_stream(person), StaffStanding)

    def participant(self, code: str) -> ParticipantStanding:
        """A participant's standing; UnknownName where nobody ever logged such a person."""
        standing = self._standing(streams.participant_stream(code), ParticipantStanding)
        if not standing.known:
            raise UnknownName(
                f"There is no participant {code}: prescreen the person first, or check the code."
            )
        return standing

    def newcomer(self, code: str) -> ParticipantStanding:
        """A participant's standing, known or not yet."""
        return self._standing(streams.participant_stream(code), ParticipantStanding)

    def session(self, participant: str, visit: str) -> SessionStanding:
        """A dosing session's standing."""
        return self._standing(streams.session_stream(participant, visit), SessionStanding)

    def kit(self, kit: str) -> KitStanding:
        """A kit's standing."""
        return self._standing(streams.kit_stream(kit), KitStanding)

    def slots(self, stratum: str) -> ListStanding:
        """The standing of a stratum's list."""
        return self._standing(streams.list_stream(stratum), ListStanding)

    def visit(self, code: str) -> Visit:
        """A visit of the protocol; UnknownName where there is none."""
        try:
            return self.protocol.visit(code)
        except KeyError:
            raise UnknownName(f"The protocol has no visit {code!r}.") from None


class Pen:
    """Writes an action's records: the first has the action's id, later ones ids derived from it."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self.records: list[Record] = []

    def write(
        self,
        stream: str,
        fact: Fact,
        *,
        because: UUID | None = None,
        corrects: UUID | None = None,
        reason: str = "",
    ) -> Record:
        """A record by the person who acts; ``reason`` where it is not the stamp's."""
        stamp = self._case.stamp
        by = (stamp.author, stamp.role, stamp.device)
        return self._add(stream, fact, by, because=because, corrects=corrects, reason=reason or stamp.reason)

    def follow(self, stream: str, fact: Fact, *, because: UUID) -> Record:
        """A record the software makes by rule, because of another."""
        by = (SOFTWARE, Role.SYSTEM.value, SOFTWARE)
        return self._add(stream, fact, by, because=because, corrects=None, reason="")

    def deviate(self, stream: str, code: str, what: str, *, severity: str, because: UUID) -> Record:
        """A deviation beside what was recorded."""
        fact = Deviation(code=code, what=what, severity=severity, detected_by=SOFTWARE)
        return self.follow(stream, fact, because=because)

    def alarm(self, stream: str, code: str, action: str, *, because: UUID, priority: str = "high") -> Record:
        """An alarm that names no measure."""
        fact = AlarmRaised(code=code, priority=priority, measure="", value=None, limit=None, action=action)
        return self.follow(stream, fact, because=because)

    def _add(
        self,
        stream: str,
        fact: Fact,
        by: tuple[str, str, str],
        *,
        because: UUID | None,
        corrects: UUID | None,
        reason: str,
    ) -> Record:
        case, stamp = self._case, self._case.stamp
        index = len(self.records)
        record = Record(
            id=stamp.id if index == 0 else uuid5(stamp.id, str(index)),
            study=stamp.study,
            site=stamp.site,
            stream=stream,
            fact=fact,
            protocol_hash=case.protocol.hash,
            happened_at=stamp.happened_at,
            recorded_at=case.now,
            author=by[0],
            role=by[1],
            device=by[2],
            reason=reason,
            corrects=corrects,
            because=because,
            skew_s=stamp.skew_s,
        )
        self.records.append(record)
        return record


def hours_between(earlier: Instant, later: Instant) -> float:
    """Elapsed hours, negative where ``later`` is the earlier one."""
    return (later.at - earlier.at) / timedelta(hours=1)


def minutes_between(earlier: Instant, later: Instant) -> float:
    """Elapsed minutes, negative where ``later`` is the earlier one."""
    return (later.at - earlier.at) / timedelta(minutes=1)


def needed(text: str, *, field: str, ask: str) -> None:
    """ImpossibleValue with the sentence ``ask`` where a text that must be there is blank."""
    if not text.strip():
        raise ImpossibleValue(ask, field=field)
