"""The recording of a session: started, stopped, resumed, ended; every gap under drug effect is told.

The recording itself is never stored here, nor where it lies: only its digest and who keeps it.
Where consent to recording is not in force, stopping is right and starting is the break.
"""

from __future__ import annotations

import re

from holdfast.conduct.actions import KeepRecording, NoteRecording
from holdfast.conduct.case import Case, Pen, needed
from holdfast.conduct.recording_gaps import agreed, gap_over, ran_on
from holdfast.conduct.session import opened, outside_session
from holdfast.conduct.standing.care import RUNS
from holdfast.conduct.streams import session_stream
from holdfast.errors import ImpossibleValue
from holdfast.records.session import RecordingKept, RecordingNoted

ACTS = ("started", "stopped", "resumed", "ended")
_DIGEST = re.compile(r"[0-9a-f]{64}")


def note_recording(case: Case, tell: NoteRecording, pen: Pen) -> None:
    """The recording started, stopped, resumed or ended; a gap that is over is told."""
    session, person = opened(case, tell.participant, tell.visit), case.participant(tell.participant)
    if tell.act not in ACTS:
        raise ImpossibleValue(f"Expected one of {', '.join(ACTS)}; found {tell.act!r}.", field="act")
    here = session_stream(tell.participant, tell.visit)
    main = pen.write(here, RecordingNoted(act=tell.act, why=tell.why))
    outside_session(case, session, main, pen)
    if tell.act in RUNS and not agreed(person, case.at):
        what = "The recording was started without consent to it in force."
        found = pen.deviate(here, "recording-without-consent", what, severity="major", because=main.id)
        action = "Stop the recording, tell the participant, and ask what becomes of what was recorded."
        pen.alarm(here, "recording-without-consent", action, because=found.id, priority="medium")
        return
    breaks = gap_over(case, session) if tell.act in RUNS else ran_on(case, session, person)
    for code, what, severity in breaks:
        pen.deviate(here, code, what, severity=severity, because=main.id)


def keep_recording(case: Case, tell: KeepRecording, pen: Pen) -> None:
    """A recording is with its custodian; only its digest and the person are kept here."""
    opened(case, tell.participant, tell.visit)
    digest = tell.sha256.strip().lower()
    if not _DIGEST.fullmatch(digest):
        raise ImpossibleValue(
            "Expected the SHA-256 of the recording: 64 characters, 0 to 9 and a to f.", field="sha256"
        )
    needed(tell.custodian, field="custodian", ask="Name the person who keeps the recording.")
    fact = RecordingKept(sha256=digest, custodian=tell.custodian)
    pen.write(session_stream(tell.participant, tell.visit), fact)
