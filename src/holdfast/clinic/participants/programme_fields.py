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
from holdfast.conduct.standing import SiteStanding
from holdfast.protocol.model import Notice, Protocol, Visit, VisitKind
from holdfast.records.fact import Json

APART = "|"
"""Between a notice and the visit of the prescription that it tells of."""


def is_programme(protocol: Protocol) -> bool:
    """Whether the study is a programme."""
    return protocol.programme is not None


def prescription(dossier: Dossier) -> tuple[Field, ...]:
    """Which session, under which of the reader's approvals that is in force."""
    site = read.site_standing(dossier.study, dossier.site.site)
    visits = tuple(
        Choice(each.code, each.code, wording.said(each.name)) for each in _to_prescribe(dossier, site)
    )
    approvals = tuple(
        Choice(code, code, f"{code} · {held.product}")
        for code, held in site.authorities.items()
        if held.prescriber == dossier.reader and in_force(site, code, day=dossier.today)
    )
    return (
        Field(
            code="visit",
            label=_("Session"),
            kind=Kind.CHOICE,
            choices=visits,
            required=True,
            initial=visits[0].value if visits else None,
            hint="" if visits else _("Every session that is still to come is prescribed."),
        ),
        Field(
            code="approval",
            label=_("Under which approval of yours"),
            kind=Kind.CHOICE,
            choices=approvals,
            required=True,
            initial=approvals[0].value if len(approvals) == 1 else None,
            hint="" if approvals else _("You hold no approval in force at this site."),
        ),
    )


def _to_prescribe(dossier: Dossier, site: SiteStanding) -> tuple[Visit, ...]:
    """Sessions still to come that are not prescribed under an approval in force."""
    person = dossier.standing
    return tuple(
        each
        for each in dossier.protocol.visits
        if each.kind is VisitKind.DOSING
        and ((state := person.visits.get(each.code)) is None or not (state.held or state.missed))
        and (
            (held := person.prescriptions.get(each.code)) is None
            or not in_force(site, held.approval, day=dossier.today)
        )
    )


def notice(dossier: Dossier) -> tuple[Field, ...]:
    """Which notice, of which prescription, when, with which reference."""
    choices = _notices(dossier)
    return (
        Field(
            code="notice",
            label=_("Which notice"),
            kind=Kind.CHOICE,
            choices=choices,
            required=True,
            initial=choices[0].value if len(choices) == 1 else None,
            hint=_holds(dossier) if choices else _("The protocol file knows of none for this place."),
        ),
        Field(
            code="given_on",
            label=_("Given on"),
            kind=Kind.DATE,
            required=True,
            initial=dossier.today.isoformat(),
        ),
        Field(code="reference", label=_("Reference, if there is one"), kind=Kind.TEXT, required=False),
    )


def _notices(dossier: Dossier) -> tuple[Choice, ...]:
    found = []
    for each in _of_place(dossier):
        label = wording.said(each.label)
        if each.when == BEFORE:
            found.append(Choice(each.code, each.code, label))
            continue
        for visit in dossier.standing.prescriptions:
            code = f"{each.code}{APART}{visit}"
            name = wording.visit_name(dossier.protocol, visit)
            found.append(Choice(code, code, f"{label} · {name}"))
    return tuple(found)


def _of_place(dossier: Dossier) -> tuple[Notice, ...]:
    """The notices of the states that the site's approvals name; of every state while it has none."""
    programme = dossier.protocol.programme
    site = read.site_standing(dossier.study, dossier.site.site)
    here = {each.state for each in site.authorities.values()}
    states = programme.states if programme else ()
    return tuple(each for state in states if not here or state.code in here for each in state.notices)


def _holds(dossier: Dossier) -> str:
    """What the place's notices must say, where it is known."""
    parts = [wording.said(each) for notice in _of_place(dossier) for each in notice.holds]
    return _("It must hold: %(parts)s.") % {"parts": "; ".join(parts)} if parts else ""


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
