"""Read models: rows that are a function of a stream's standing, so that they can be rebuilt.

Written only by the ledger, in the transaction of the records they show.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import connection, models

from holdfast.clinic.ledger.models import (
    AppointmentRow,
    DeviceRow,
    ParticipantRow,
    ProtocolRow,
    SiteRow,
    StudyRow,
)
from holdfast.conduct import data_use, outlook
from holdfast.conduct.calendar import planned
from holdfast.conduct.followup import OF_TREATMENT
from holdfast.conduct.standing import (
    ParticipantStanding,
    SessionStanding,
    SiteStanding,
    StaffStanding,
    Stage,
    StudyStanding,
)
from holdfast.conduct.standing.parts import VisitState
from holdfast.protocol.model import Protocol
from holdfast.records.study import ProtocolAdopted, StudyOpened

READ_MODELS: tuple[type[models.Model], ...] = (
    StudyRow,
    ProtocolRow,
    SiteRow,
    AppointmentRow,
    ParticipantRow,
    DeviceRow,
)


def show(study: str, standing: Any, *, protocol: Protocol) -> None:
    """Write the rows of one standing; streams without a read model have none."""
    writer = _WRITERS.get(type(standing))
    if writer is not None and standing.history:
        writer(study, standing, protocol)


def _put(model: type[models.Model], named: dict[str, Any], shown: dict[str, Any]) -> None:
    """Insert a row, or give the one of that name these values: one statement, not a read and a write."""
    model._default_manager.bulk_create(
        [model(**named, **shown)],
        update_conflicts=True,
        unique_fields=list(named),
        update_fields=list(shown),
    )


def _study(study: str, standing: StudyStanding, protocol: Protocol) -> None:
    facts = [record.fact for record in standing.history]
    adopted = [fact for fact in facts if isinstance(fact, ProtocolAdopted)]
    title = next((fact.title for fact in facts if isinstance(fact, StudyOpened)), study)
    for fact in adopted:
        _put(ProtocolRow, {"hash": fact.protocol_hash}, {"text": fact.text})
    _put(
        StudyRow,
        {"study": study},
        {
            "life": standing.life,
            "title": title,
            "protocol_hash": adopted[-1].protocol_hash if adopted else "",
            "locked_at": standing.locked_at,
            "unblinded_at": standing.unblinded_at,
        },
    )


def _site(study: str, standing: SiteStanding, protocol: Protocol) -> None:
    if standing.opened:
        _put(
            SiteRow,
            {"study": study, "site": standing.stream.partition("/")[2]},
            {
                "name": standing.name,
                "country": standing.country,
                "zone": standing.zone,
                "phone": standing.phone,
            },
        )


def _staff(study: str, standing: StaffStanding, protocol: Protocol) -> None:
    person = standing.stream.partition("/")[2]
    AppointmentRow.objects.filter(study=study, person=person).delete()
    AppointmentRow.objects.bulk_create(
        AppointmentRow(study=study, person=person, site=site, role=role, name=standing.name)
        for role, site in sorted(standing.held)
    )


def _participant(study: str, standing: ParticipantStanding, protocol: Protocol) -> None:
    named = {"study": study, "participant": standing.participant}
    _put(ParticipantRow, named, participant_fields(standing, protocol))


def _session(study: str, standing: SessionStanding, protocol: Protocol) -> None:
    """Where monitors stand: of several sessions the one that says so of the latest moment counts."""
    if not standing.devices:
        return
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO ledger_devicerow (study, device, participant, visit, said_at, gone_at) "
            "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (study, device) DO UPDATE SET "
            "participant = EXCLUDED.participant, visit = EXCLUDED.visit, said_at = EXCLUDED.said_at, "
            "gone_at = EXCLUDED.gone_at WHERE ledger_devicerow.said_at <= EXCLUDED.said_at",
            [
                (study, device, standing.participant, standing.visit, at, None if placed.here else at)
                for device, placed in sorted(standing.devices.items())
                for at in (placed.since.at,)
            ],
        )


def participant_fields(standing: ParticipantStanding, protocol: Protocol) -> dict[str, Any]:
    """What the list of participants shows of one."""
    visit, due = _next(standing, protocol)
    recorded_at = max(record.recorded_at for record in standing.history)
    to_do = outlook.next_action(protocol, standing, recorded_at)
    return {
        "site": standing.site,
        "status": standing.stage.value,
        "randomised_on": standing.day_one,
        "next_visit": visit,
        "due_from": due[0],
        "due_on": due[1],
        "due_until": due[2],
        "to_do": to_do.code if to_do else "",
        "to_do_about": to_do.about if to_do else "",
        "form_open_since": outlook.form_open_since(protocol, standing, recorded_at),
        "risks_open": len(standing.open_risks()),
        "recorded_at": recorded_at,
    }


Due = tuple[date | None, date | None, date | None]
OVER = frozenset({Stage.UNKNOWN, Stage.NOT_INVITED, Stage.SCREEN_FAILED, Stage.WITHDRAWN, Stage.COMPLETED})
"""Stages in which no visit is to come."""


def _next(standing: ParticipantStanding, protocol: Protocol) -> tuple[str, Due]:
    """The open visit that is due first; before anything has a date, the first of the protocol."""
    if standing.stage in OVER:
        return "", (None, None, None)
    found: list[tuple[date, int, str, Due]] = []
    for index, visit in enumerate(protocol.visits):
        state = standing.visits.get(visit.code, VisitState())
        gone = (standing.stopped and visit.kind in OF_TREATMENT) or not data_use.expected(standing, visit)
        if state.held or state.missed or gone:
            continue
        plan = planned(protocol, standing, visit)
        on = date.fromisoformat(state.scheduled) if state.scheduled else plan.target
        found.append((on or date.max, index, visit.code, (plan.first, on, plan.last)))
    return min(found)[2:] if found else ("", (None, None, None))


_WRITERS: dict[type, Callable[[str, Any, Protocol], None]] = {
    StudyStanding: _study,
    SiteStanding: _site,
    StaffStanding: _staff,
    ParticipantStanding: _participant,
    SessionStanding: _session,
}
