"""Consent: given by version and item, withdrawn at any time, in force or not.

Order: prescreened → consent → every procedure. An amended version asks for consent again
before the next request. Under drug effect a permission can only shrink.
"""

from __future__ import annotations

from holdfast.conduct.actions import GiveConsent, WithdrawConsent
from holdfast.conduct.case import Case, Pen
from holdfast.conduct.decision import Reason
from holdfast.conduct.standing import ParticipantStanding
from holdfast.conduct.streams import participant_stream
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.protocol.model import Protocol
from holdfast.protocol.roles import Role
from holdfast.records.enrolment import ConsentGiven, ConsentWithdrawn


def give_consent(case: Case, ask: GiveConsent, pen: Pen) -> list[Reason]:
    """Consent to the named items of the version in force; what is not named is declined."""
    person = case.participant(ask.participant)
    _known_items(case.protocol, ask.items)
    reasons = [
        *something_consented(ask),
        *explained(case, ask),
        *no_new_permission_under_effect(person, ask),
        *not_withdrawn_since(case, person, ask),
    ]
    if reasons:
        return reasons
    declined = tuple(item.code for item in case.protocol.consent if item.code not in ask.items)
    fact = ConsentGiven(
        items=ask.items,
        declined=declined,
        version=case.protocol.study.version,
        language=ask.language,
        explained_by=ask.explained_by,
    )
    pen.write(participant_stream(ask.participant), fact)
    return []


def withdraw_consent(case: Case, tell: WithdrawConsent, pen: Pen) -> None:
    """Items are withdrawn, at once and whatever the circumstances."""
    case.participant(tell.participant)
    _known_items(case.protocol, tell.items)
    if not tell.items:
        raise ImpossibleValue("Name the consent items that are withdrawn.", field="items")
    pen.write(participant_stream(tell.participant), ConsentWithdrawn(items=tell.items))


def in_force(protocol: Protocol, person: ParticipantStanding) -> list[Reason]:
    """Every required item is consented to, in the version in force."""
    reasons = []
    for item in protocol.consent:
        held = person.consents.get(item.code)
        if item.required and held is None:
            label = item.label["en"]
            reasons.append(Reason("consent-missing", f"Consent is not in force: {label}.", item.code))
        elif item.required and held is not None and held.version != protocol.study.version:
            reasons.append(
                Reason(
                    "consent-version",
                    f"Consent is to version {held.version}; version {protocol.study.version} is in force. "
                    "Explain what changed and ask for consent again.",
                    item.code,
                )
            )
    return reasons


def something_consented(ask: GiveConsent) -> list[Reason]:
    """At least one item and the language of the explanation are named."""
    if ask.items and ask.language:
        return []
    return [Reason("consent-empty", "Name the items consented to and the language of the explanation.")]


def explained(case: Case, ask: GiveConsent) -> list[Reason]:
    """Who explained it holds a role at the site that may."""
    person = case.staff(ask.explained_by)
    roles = (Role.COORDINATOR, Role.PHYSICIAN, Role.THERAPIST)
    if any(person.holds(role, site=case.stamp.site) for role in roles):
        return []
    return [
        Reason(
            "explainer-not-appointed",
            f"{ask.explained_by or 'Nobody'} explained the study but is not appointed for that at this site.",
            ask.explained_by,
        )
    ]


def no_new_permission_under_effect(person: ParticipantStanding, ask: GiveConsent) -> list[Reason]:
    """Between a dose and its discharge nothing new can be consented to."""
    new = sorted(set(ask.items) - set(person.consents))
    if not person.under_effect or not new:
        return []
    return [
        Reason(
            "under-drug-effect",
            f"Nothing new can be agreed to under drug effect ({', '.join(new)}); ask after discharge.",
        )
    ]


def not_withdrawn_since(case: Case, person: ParticipantStanding, ask: GiveConsent) -> list[Reason]:
    """A consent entered late does not undo a withdrawal that came after it."""
    gone = person.consents_withdrawn
    return [
        Reason("consent-withdrawn-since", f"{item} was withdrawn after that: ask for consent anew.", item)
        for item in ask.items
        if item in gone and gone[item].at > case.at.at
    ]


def _known_items(protocol: Protocol, items: tuple[str, ...]) -> None:
    known = {item.code for item in protocol.consent}
    for item in items:
        if item not in known:
            raise UnknownName(
                f"The protocol has no consent item {item!r}; it has {', '.join(sorted(known))}."
            )
