"""What a participant's standing keeps of reminders."""

from __future__ import annotations

from holdfast.conduct.standing.history import Change, Handlers
from holdfast.conduct.standing.participant import ParticipantStanding
from holdfast.conduct.standing.parts import Reminded
from holdfast.records.envelope import Record
from holdfast.records.reminding import RemindersChosen, ReminderSent

P = ParticipantStanding


def _chosen(standing: P, record: Record, fact: RemindersChosen) -> Change:
    return {"reminders": fact.channel if fact.wanted else ""}


def _sent(standing: P, record: Record, fact: ReminderSent) -> Change:
    told = Reminded(record.id, fact.matter, fact.visit, record.happened_at, fact.outcome)
    return {"reminded": (*standing.reminded, told)}


REMINDING: Handlers[ParticipantStanding] = {
    RemindersChosen: _chosen,
    ReminderSent: _sent,
}
