"""The only queries: everything the pages show comes through here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db import connection

from holdfast.clinic.ledger import protocols, standings
from holdfast.clinic.ledger.models import AppointmentRow, DeviceRow, ParticipantRow, SiteRow, StudyRow
from holdfast.clinic.ledger.stored import Where, fetch
from holdfast.conduct.standing import (
    ParticipantStanding,
    SessionStanding,
    SiteStanding,
    Standing,
    StudyStanding,
)
from holdfast.errors import UnknownName
from holdfast.protocol.model import Protocol
from holdfast.records.envelope import Record, Sealed

T = TypeVar("T")


def ping() -> None:
    """Ask the database for anything."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def studies() -> list[StudyRow]:
    """Every study of the clinic, by code."""
    return list(StudyRow.objects.order_by("study"))


def study(code: str) -> StudyRow:
    """A study; UnknownName where there is none."""
    row = StudyRow.objects.filter(study=code).first()
    if row is None:
        raise UnknownName(f"There is no study {code!r} in this clinic.")
    return row


def is_locked(code: str) -> bool:
    """Whether data entry of a study is closed; no study is not."""
    return StudyRow.objects.filter(study=code, locked_at__isnull=False).exists()


def protocol(study: str) -> Protocol:
    """The protocol in force."""
    return protocols.in_force(study)


def sites(study: str) -> list[SiteRow]:
    """A study's sites, by code."""
    return list(SiteRow.objects.filter(study=study).order_by("site"))


def appointments(*, study: str, person: str = "") -> list[AppointmentRow]:
    """Roles held in a study now, by one person or by everybody."""
    rows = AppointmentRow.objects.filter(study=study)
    return list((rows.filter(person=person) if person else rows).order_by("person", "site", "role"))


def appointments_of(person: str) -> list[AppointmentRow]:
    """Roles somebody holds now, in every study of the clinic."""
    return list(AppointmentRow.objects.filter(person=person).order_by("study", "site", "role"))


def appointments_of_all(people: Collection[str]) -> list[AppointmentRow]:
    """Roles that any of these people hold now, in every study of the clinic."""
    return list(AppointmentRow.objects.filter(person__in=people).order_by("study", "site", "person", "role"))


def device_place(study: str, device: str) -> DeviceRow | None:
    """The session a monitor stands at, or stood at last; None where nobody ever said so."""
    return DeviceRow.objects.filter(study=study, device=device).first()


def device_places(study: str) -> dict[str, DeviceRow]:
    """Where each monitor of a study stands, by its code."""
    return {each.device: each for each in DeviceRow.objects.filter(study=study)}


def participants(study: str, *, sites: Sequence[str] | None = None) -> list[ParticipantRow]:
    """The list of participants, of some sites or of all."""
    rows = ParticipantRow.objects.filter(study=study)
    return list((rows if sites is None else rows.filter(site__in=sites)).order_by("participant"))


def participant_count(study: str, *, sites: Collection[str] | None = None) -> int:
    """How many participants a study knows, of some sites or of all, whatever became of them."""
    rows = ParticipantRow.objects.filter(study=study)
    return (rows if sites is None else rows.filter(site__in=sites)).count()


def participant(study: str, code: str) -> ParticipantRow:
    """One row of that list; UnknownName where there is none."""
    row = ParticipantRow.objects.filter(study=study, participant=code).first()
    if row is None:
        raise UnknownName(f"There is no participant {code!r} in this study.")
    return row


def is_taken(study: str, code: str, *, but_for: UUID) -> bool:
    """Whether a code is a participant's already, other than by the action of that id."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM ledger_envelope WHERE study = %s AND stream = %s AND sequence = 1 AND id <> %s",
            [study, f"participant/{code}", but_for],
        )
        return cursor.fetchone() is not None


def standing(study: str, stream: str) -> Standing:
    """Where a stream stands now."""
    return standings.standing(study, stream)


def standings_of(study: str, streams: Sequence[str]) -> dict[str, Standing]:
    """Where several streams stand now, by name."""
    return standings.standings_at(study, standings.heads(study, streams))


def study_standing(study: str) -> StudyStanding:
    """Where the study stands."""
    return _of(StudyStanding, study, f"study/{study}")


def site_standing(study: str, site: str) -> SiteStanding:
    """Where a site stands."""
    return _of(SiteStanding, study, f"site/{site}")


def participant_standing(study: str, participant: str) -> ParticipantStanding:
    """Where a participant stands."""
    return _of(ParticipantStanding, study, f"participant/{participant}")


def session_standing(study: str, participant: str, visit: str) -> SessionStanding:
    """Where a dosing session stands."""
    return _of(SessionStanding, study, f"session/{participant}/{visit}")


def _of(kind: type[T], study: str, stream: str) -> T:
    found = standing(study, stream)
    if not isinstance(found, kind):
        raise TypeError(f"{stream} is a {type(found).__name__}")
    return found


def open_sessions() -> list[tuple[str, str, str]]:
    """Study, site and stream of every dosing session that was started and not closed by a discharge."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT begun.study, begun.site, begun.stream FROM ledger_envelope AS begun "
            "WHERE begun.kind = 'session-started' AND NOT EXISTS ("
            "SELECT 1 FROM ledger_envelope AS left_ WHERE left_.study = begun.study "
            "AND left_.stream = begun.stream AND left_.kind = 'discharged') ORDER BY 1, 3"
        )
        return [(str(study), str(site), str(stream)) for study, site, stream in cursor.fetchall()]


def streams_with(study: str, *, kind: str, since: datetime | None = None) -> list[str]:
    """The streams of a study that hold a record of that kind, recorded ``since`` then, by name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT stream FROM ledger_envelope WHERE study = %s AND kind = %s "
            "AND (%s::timestamptz IS NULL OR recorded_at >= %s) ORDER BY stream",
            [study, kind, since, since],
        )
        return [str(stream) for (stream,) in cursor.fetchall()]


def sealed(study: str | None = None, *, stream: str | None = None) -> list[Sealed]:
    """Sealed records of everything, a study or a stream, in the order of writing."""
    return fetch(Where(study=study, stream=stream))


def records(study: str, *, stream: str | None = None, kinds: Sequence[str] = ()) -> list[Record]:
    """Records of a study, a stream, some kinds; as written, corrections unresolved."""
    return [each.record for each in fetch(Where(study=study, stream=stream, kinds=tuple(kinds)))]


def participant_records(study: str, participant: str) -> list[Record]:
    """Everything of one participant: the own stream and those of the dosing sessions."""
    own = fetch(Where(study=study, stream=f"participant/{participant}"))
    sessions = fetch(Where(study=study, prefix=f"session/{participant}/"))
    return [
        each.record for each in sorted((*own, *sessions), key=lambda s: (s.record.recorded_at, s.sequence))
    ]


def under(study: str, prefix: str) -> list[Record]:
    """Records of every stream whose name begins so, in the order of writing."""
    return [each.record for each in fetch(Where(study=study, prefix=prefix))]


def head(study: str) -> int:
    """The place of a study's last record in the order of writing: what changes when anything does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(place) FROM ledger_envelope WHERE study = %s", [study])
        row = cursor.fetchone()
    return int(row[0] or 0) if row else 0


def record(study: str, record_id: UUID) -> Record:
    """One record; UnknownName where there is none."""
    found = fetch(Where(study=study, id=record_id))
    if not found:
        raise UnknownName("There is no such record.")
    return found[0].record


def last_recorded_at(study: str) -> datetime | None:
    """When anything was last recorded in a study."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(recorded_at) FROM ledger_envelope WHERE study = %s", [study])
        row = cursor.fetchone()
    return row[0] if row else None
