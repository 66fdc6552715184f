"""The signature under a session's note: over the very text that stands now."""

from __future__ import annotations

from holdfast.conduct.actions import SignNote
from holdfast.conduct.case import Case, Pen
from holdfast.conduct.decision import Reason
from holdfast.conduct.note import TEXT_VERSION, session_note
from holdfast.conduct.session import ended, opened
from holdfast.conduct.standing import SessionStanding
from holdfast.conduct.streams import session_stream
from holdfast.records.session import NoteSigned


def sign_note(case: Case, ask: SignNote, pen: Pen) -> list[Reason]:
    """Sign the note of an ended session."""
    session = opened(case, ask.participant, ask.visit)
    present = session_note(case.protocol, session).sha256
    reasons = [
        *ended(session),
        *unchanged(ask, present),
        *says_what_it_means(ask),
        *unsigned(case, session, present),
    ]
    if reasons:
        return reasons
    fact = NoteSigned(sha256=present, text_version=TEXT_VERSION, meaning=ask.meaning.strip())
    pen.write(session_stream(ask.participant, ask.visit), fact)
    return []


def unchanged(ask: SignNote, present: str) -> list[Reason]:
    """The text that was read is the text that stands now."""
    if ask.sha256.strip().lower() == present:
        return []
    return [Reason("note-changed", "The note says something else by now: read it again, then sign.")]


def says_what_it_means(ask: SignNote) -> list[Reason]:
    """A signature says what it means (21 CFR 11.50)."""
    return [] if ask.meaning.strip() else [Reason("no-meaning", "Say what your signature means.")]


def unsigned(case: Case, session: SessionStanding, present: str) -> list[Reason]:
    """Nobody signs the same text twice."""
    author = case.stamp.author
    if not any(each.by == author and each.sha256 == present for each in session.signed):
        return []
    return [Reason("already-signed", f"{author} has signed this text already.", author)]
