"""Facts of reminders. Stream: participant. None of them holds an address."""

from __future__ import annotations

from holdfast.records.fact import Fact, kind


@kind("reminders-chosen")
class RemindersChosen(Fact):
    """Whether the participant wants to be reminded, and how; the latest choice counts."""

    wanted: bool
    channel: str  # "email"


@kind("reminder-sent")
class ReminderSent(Fact):
    """A reminder was handed to the mail server, or could not be; ``why`` says in a word why not.

    Handed over is not read. It is no attempt to reach somebody (``contact-attempted``).
    """

    matter: str  # "visit-near", "follow-up-closing", "follow-up-open", "form-waiting"
    visit: str
    form: str  # of "form-waiting"; else empty
    channel: str  # "email"
    outcome: str  # "sent", "failed", "rehearsal" (nothing is sent in one)
    why: str  # of "failed": "refused", "no-answer", "no-address"
