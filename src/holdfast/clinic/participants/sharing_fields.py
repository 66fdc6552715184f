"""What is asked when a recipient was told that somebody withdrew; what a page shows of exports."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from holdfast.clinic.forms.fields import Choice, Field, Kind
from holdfast.clinic.ledger import read
from holdfast.clinic.participants.dossier import Dossier
from holdfast.conduct import sharing
from holdfast.conduct.actions import TellRecipient
from holdfast.conduct.standing import ParticipantStanding
from holdfast.protocol.data_use import on_withdrawal
from holdfast.records.fact import Json
from holdfast.records.sharing import IncludedInExport
from holdfast.timing import in_words

APART = " | "
"""Between a consent item and the recipient under it."""


def fields(dossier: Dossier) -> tuple[Field, ...]:
    """Which recipient, those who wait first; how they were told."""
    waiting = sharing.to_tell(dossier.standing)
    held = {(each.item, each.to): each.pseudonym for each in (*waiting, *dossier.standing.shared)}
    choices = tuple(
        Choice(APART.join(place), APART.join(place), _label(place[1], number))
        for place, number in held.items()
    )
    return (
        Field(
            code="recipient",
            label=_("Who was told"),
            kind=Kind.CHOICE,
            choices=choices,
            initial=choices[0].value if len(waiting) == 1 else None,
        ),
        Field(
            code="how",
            label=_("How, and what they answered"),
            kind=Kind.NOTE,
            hint=_("To the recipient name the random number, never the participant."),
        ),
    )


def _label(to: str, number: str) -> str:
    return _("%(to)s, random number there %(number)s") % {"to": to, "number": number}


def told(participant: str, answers: dict[str, Json]) -> TellRecipient:
    """The report."""
    item, _apart, to = str(answers.get("recipient") or "").partition(APART)
    return TellRecipient(participant=participant, item=item, to=to, how=str(answers.get("how") or ""))


@dataclass(frozen=True, slots=True)
class SentLine:
    """One export that held the participant. ``waits`` where its recipient must still be told."""

    to: str
    when: str
    pseudonym: str
    told: str
    waits: bool


def sent_lines(dossier: Dossier) -> list[SentLine]:
    """Every export that held the participant, the latest first."""
    waiting = sharing.to_tell(dossier.standing)
    told_at = dossier.standing.recipients_told
    return [
        SentLine(
            to=each.to,
            when=in_words(each.at),
            pseudonym=each.pseudonym,
            told=in_words(at) if (at := told_at.get((each.item, each.to))) and at.at >= each.at.at else "",
            waits=each in waiting,
        )
        for each in reversed(dossier.standing.shared)
    ]


@dataclass(frozen=True, slots=True)
class ToTell:
    """A recipient of exports who must still be told of a participant's withdrawal."""

    participant: str
    to: str


def waiting(study: str, *, sites: frozenset[str]) -> list[ToTell]:
    """Every recipient of these sites' exports who must still be told, by participant."""
    held = {
        record.stream
        for record in read.records(study, kinds=(IncludedInExport.KIND,))
        if record.site in sites
    }
    people = read.standings_of(study, sorted(held)).values() if held else ()
    return [
        ToTell(person.participant, each.to)
        for person in people
        if isinstance(person, ParticipantStanding)
        for each in sharing.to_tell(person)
    ]


def data_use_words(dossier: Dossier) -> tuple[str, ...]:
    """What holds since the participant withdrew the use of their data; empty where they did not."""
    since = dossier.standing.data_use_until
    if since is None:
        return ()
    given = on_withdrawal(dossier.protocol)
    ended = dossier.standing.collection_ended
    kept = given.analysis == "to-date"
    return (
        _("Withdrew the use of their data on %(at)s.") % {"at": in_words(since)},
        _("Nothing more is recorded for research; harm that is told is.")
        if ended
        else _(
            "Treatment goes on, with what it needs; questionnaires, ratings and visits for research do not."
        ),
        _("What was collected before stays in the study's own analysis.")
        if kept
        else _("Of this person the study's analysis keeps safety alone."),
    )
