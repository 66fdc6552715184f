"""The session's note and the hand-over sheet: plain sentences, made of nothing but the records.

The same records give the same text, byte for byte; a signature is over its SHA-256. What
was rated of effects asked for by name is in neither: only that it was asked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from holdfast.conduct import note_lines as lines
from holdfast.conduct import note_night as night
from holdfast.conduct.case import Case
from holdfast.conduct.note_lines import Story
from holdfast.conduct.standing import SessionStanding
from holdfast.protocol.model import Protocol

TEXT_VERSION = 1
"""The edition of the wording; another wording is another edition, for a digest is of the very words."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its sentences."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A title and the sections that have something to say."""

    title: str
    sections: tuple[Section, ...]

    @property
    def text(self) -> str:
        """The whole note as plain text, one sentence a line."""
        parts = [self.title]
        for each in self.sections:
            parts += ["", each.title, *(f"- {line}" for line in each.lines)]
        return "\n".join(parts) + "\n"

    @property
    def sha256(self) -> str:
        """The digest of the text (UTF-8, LF), in hex."""
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()


NOTE: tuple[tuple[str, Callable[[Story], list[str]]], ...] = (
    ("Times", lines.times),
    ("People", lines.people),
    ("Gates", lines.gates),
    ("Doses", lines.doses),
    ("Readings", lines.readings),
    ("Distress (SUDS)", lines.distress),
    ("Alarms", lines.alarms),
    ("Events", lines.events),
    ("Effects asked for by name", lines.rounds),
    ("Touch", lines.touches),
    ("Rescue medicine", lines.rescues),
    ("Recording", lines.recording),
    ("Setting", lines.setting),
    ("Night", lines.night),
    ("Deviations", lines.deviations),
)
"""The sections of the note, in their order."""

SHEET: tuple[tuple[str, Callable[[Case, Story], list[str]]], ...] = (
    ("Call", night.contacts),
    ("Where things stand", night.state),
    ("Last values", night.last_values),
    ("Alarms to watch", night.watched),
    ("Given in the session", night.given),
    ("Medicines on the list", night.medicines),
    ("Limits and what to do", night.limits),
    ("Touch agreed to", night.touch),
)
"""The sections of the hand-over sheet: what the night needs."""


def session_note(protocol: Protocol, session: SessionStanding) -> Note:
    """The note of a session as its records stand."""
    title = f"Session note: {session.participant}, {session.visit}, protocol {protocol.study.version}"
    story = lines.story_of(session)
    made = [Section(name, tuple(write(story))) for name, write in NOTE]
    return Note(title, tuple(each for each in made if each.lines))


def handover_sheet(case: Case, participant: str, visit: str) -> Note:
    """What whoever takes over needs to know, as of the case's moment."""
    session = case.session(participant, visit)
    title = f"Hand-over: {participant}, {visit}, as of {case.at.local:%d %b %Y %H:%M}"
    story = lines.story_of(session)
    made = [Section(name, tuple(write(case, story))) for name, write in SHEET]
    return Note(title, tuple(each for each in made if each.lines))
