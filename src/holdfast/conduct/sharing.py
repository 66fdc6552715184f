"""What leaves the study under a consent item: refused for whom nobody may send, recorded before it leaves.

A participant is in an export under a random id that is theirs with that recipient and with no other, so
that two recipients cannot join what they hold.
"""

from __future__ import annotations

import hashlib
import re

from holdfast.conduct import data_use
from holdfast.conduct.actions import RecordExport, TellRecipient
from holdfast.conduct.case import Case, Pen, needed
from holdfast.conduct.decision import Reason
from holdfast.conduct.standing import ParticipantStanding
from holdfast.conduct.standing.parts import Shared
from holdfast.conduct.streams import participant_stream, study_stream
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.records.canonical import canonical
from holdfast.records.sharing import Exported, IncludedInExport, RecipientTold

DIGEST = re.compile(r"[0-9a-f]{64}")


def record_export(case: Case, ask: RecordExport, pen: Pen) -> list[Reason]:
    """Who is in the files, for whom they are, what they are: refused where one person may not be in them."""
    _said(case, ask)
    people = [case.participant(code) for code in sorted(ask.pseudonyms)]
    reasons = [
        *somebody(people),
        *(
            reason
            for person in people
            for reason in (*may_go(person, ask.item), *same_pseudonym(person, ask), *here(case, person))
        ),
    ]
    if reasons:
        return reasons
    _write(case, ask, pen)
    return []


def _said(case: Case, ask: RecordExport) -> None:
    needed(ask.to, field="to", ask="Name the recipient.")
    if ask.item not in {each.code for each in case.protocol.consent}:
        raise UnknownName(f"The protocol has no consent item {ask.item!r}.")
    if not ask.files or not all(DIGEST.fullmatch(digest) for digest in ask.files.values()):
        raise ImpossibleValue("Name each file with its SHA-256.", field="files")
    if len(set(ask.pseudonyms.values())) < len(ask.pseudonyms):
        raise ImpossibleValue("Two people have the same random id.", field="pseudonyms")
    for code, pseudonym in ask.pseudonyms.items():
        if not pseudonym.strip() or code.lower() in pseudonym.lower():
            raise ImpossibleValue(f"The random id of {code} tells who it is.", field="pseudonyms")


def _write(case: Case, ask: RecordExport, pen: Pen) -> None:
    fact = Exported(
        item=ask.item,
        to=ask.to,
        at_site=case.stamp.site,
        people=len(ask.pseudonyms),
        files=dict(ask.files),
        digest=hashlib.sha256(canonical(dict(ask.files))).hexdigest(),
    )
    main = pen.write(study_stream(case.stamp.study), fact)
    for code, pseudonym in sorted(ask.pseudonyms.items()):
        included = IncludedInExport(export=str(main.id), item=ask.item, to=ask.to, pseudonym=pseudonym)
        pen.write(participant_stream(code), included, because=main.id)


def somebody(people: list[ParticipantStanding]) -> list[Reason]:
    """The files hold somebody."""
    return [] if people else [Reason("export-of-nobody", "Nobody agreed to this: there is nothing to send.")]


def may_go(person: ParticipantStanding, item: str) -> list[Reason]:
    """The person agreed to it, and did not withdraw the use of their data."""
    reasons = data_use.research_open(person, "an export of their data")
    if item not in person.consents:
        sentence = f"{person.participant} has not agreed to {item}, or took it back: make the files anew."
        reasons.append(Reason("export-not-agreed", sentence, person.participant))
    return reasons


def same_pseudonym(person: ParticipantStanding, ask: RecordExport) -> list[Reason]:
    """A recipient knows the person by one random id; another recipient does not know it."""
    known = pseudonym_of(person, item=ask.item, to=ask.to)
    given = ask.pseudonyms[person.participant]
    elsewhere = {each.pseudonym for each in person.shared if (each.item, each.to) != (ask.item, ask.to)}
    if (not known or known == given) and given not in elsewhere:
        return []
    sentence = f"{person.participant} is known to {ask.to} by another random id, or to another by this one."
    return [Reason("pseudonym-differs", sentence, person.participant)]


def here(case: Case, person: ParticipantStanding) -> list[Reason]:
    """The person is a participant of the site that sends."""
    if person.site == case.stamp.site:
        return []
    return [Reason("other-site", f"{person.participant} is a participant of {person.site}.", person.site)]


def pseudonym_of(person: ParticipantStanding, *, item: str, to: str) -> str:
    """The random id by which a recipient knows a person; empty where it does not."""
    return next((each.pseudonym for each in person.shared if (each.item, each.to) == (item, to)), "")


def to_tell(person: ParticipantStanding) -> tuple[Shared, ...]:
    """The last export to each recipient who must be told that the data may no longer be used."""
    last = {(each.item, each.to): each for each in person.shared}
    return tuple(
        each for place, each in last.items() if _over(person, each) and not _told_since(person, place, each)
    )


def _over(person: ParticipantStanding, each: Shared) -> bool:
    return data_use.withdrawn(person) or each.item not in person.consents


def _told_since(person: ParticipantStanding, place: tuple[str, str], each: Shared) -> bool:
    told = person.recipients_told.get(place)
    if told is None:
        return False
    gone = person.consents_withdrawn.get(each.item)
    since = each.at if gone is None else max(each.at, gone, key=lambda one: one.at)
    return told.at >= since.at


def tell_recipient(case: Case, tell: TellRecipient, pen: Pen) -> None:
    """A recipient was told that a person's data may no longer be used."""
    person = case.participant(tell.participant)
    needed(tell.how, field="how", ask="Say how the recipient was told, and what they answered.")
    if not pseudonym_of(person, item=tell.item, to=tell.to):
        raise UnknownName(f"No export under {tell.item!r} to {tell.to!r} held {tell.participant}.")
    fact = RecipientTold(to=tell.to, item=tell.item, how=tell.how)
    pen.write(participant_stream(tell.participant), fact)
