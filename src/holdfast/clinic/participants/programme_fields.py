"""What is asked of a prescription and of a notice, in a programme outside trials."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from holdfast.clinic.forms.fields import Choice, Field, Kind
from holdfast.clinic.ledger import read
from holdfast.clinic.participants import wording
from holdfast.clinic.participants.dossier import Dossier
from holdfast.conduct import actions as act
from holdfast.conduct.programme import BEFORE, in_force
from holdfast.protocol.model import Protocol, VisitKind
from holdfast.records.fact import Json

APART = "|"
"""Between a notice and the visit of the prescription that it tells of."""


def is_programme(protocol: Protocol) -> bool:
    """Whether the study is a programme."""
    return protocol.programme is not None


def prescription(dossier: Dossier) -> tuple[Field, ...]:
    """Which session, under which of the reader's approvals that is in force."""
    visits = tuple(
        Choice(each.code, each.code, wording.said(each.name))
        for each in dossier.protocol.visits
        if each.kind is VisitKind.DOSING
    )
    site = read.site_standing(dossier.study, dossier.site.site)
    approvals = tuple(
        Choice(code, code, f"{code} · {held.product}")
        for code, held in site.authorities.items()
        if held.prescriber == dossier.reader and in_force(site, code, day=dossier.today)
    )
    return (
        Field(code="visit", label=_("Session"), kind=Kind.CHOICE, choices=visits, required=True),
        Field(
            code="approval",
            label=_("Under which approval of yours"),
            kind=Kind.CHOICE,
            choices=approvals,
            required=True,
            hint="" if approvals else _("You hold no approval in force at this site."),
        ),
    )


def notice(dossier: Dossier) -> tuple[Field, ...]:
    """Which notice, of which prescription, when, with which reference."""
    return (
        Field(
            code="notice",
            label=_("Which notice"),
            kind=Kind.CHOICE,
            choices=_notices(dossier),
            required=True,
        ),
        Field(code="given_on", label=_("Given on"), kind=Kind.DATE, required=True),
        Field(code="reference", label=_("Reference, if there is one"), kind=Kind.TEXT, required=False),
    )


def _notices(dossier: Dossier) -> tuple[Choice, ...]:
    programme = dossier.protocol.programme
    found = []
    for state in programme.states if programme else ():
        for each in state.notices:
            label = wording.said(each.label)
            if each.when == BEFORE:
                found.append(Choice(each.code, each.code, label))
                continue
            for visit in dossier.standing.prescriptions:
                code = f"{each.code}{APART}{visit}"
                name = wording.visit_name(dossier.protocol, visit)
                found.append(Choice(code, code, f"{label} · {name}"))
    return tuple(found)


def told(participant: str, answers: Mapping[str, Json]) -> act.GiveNotice:
    """The report that an authority was told."""
    code, _apart, visit = str(answers.get("notice") or "").partition(APART)
    return act.GiveNotice(
        participant=participant,
        notice=code,
        given_on=str(answers.get("given_on") or ""),
        visit=visit,
        reference=str(answers.get("reference") or ""),
    )
