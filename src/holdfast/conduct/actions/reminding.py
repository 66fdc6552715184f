"""What is told of reminders: whether somebody wants them, and that one was sent or could not be."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.conduct.actions.stamp import Tell


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseReminders(Tell):
    """A participant says whether they want to be reminded, and how."""

    participant: str
    wanted: bool
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteReminder(Tell):
    """The software tells what became of a reminder; ``why`` where it could not be sent."""

    participant: str
    matter: str
    visit: str
    form: str
    channel: str
    outcome: str
    why: str
