"""What a programme outside trials holds of one participant: sessions prescribed, authorities told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from holdfast.clinic.languages.written import day_said
from holdfast.clinic.ledger import read
from holdfast.clinic.participants import wording
from holdfast.clinic.participants.dossier import Dossier
from holdfast.clinic.participants.programme_lines import FOR_ALL, ProgrammeLine, line
from holdfast.conduct.programme import why_not
from holdfast.conduct.programme_outlook import to_do
from holdfast.conduct.standing import SiteStanding
from holdfast.protocol.model import Notice, VisitKind


@dataclass(frozen=True, slots=True)
class Told:
    """A session and its prescription, or a notice and when it was given; ``why`` stands against it."""

    name: str
    words: str
    mark: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class PersonProgramme:
    """The panel of a participant's page; ``held_up`` is what stops a session, and stands above everything."""

    todo: tuple[ProgrammeLine, ...]
    held_up: tuple[ProgrammeLine, ...]
    sessions: tuple[Told, ...]
    notices: tuple[Told, ...]


def of_person(dossier: Dossier) -> PersonProgramme | None:
    """What the page shows; None in a trial."""
    if dossier.protocol.programme is None:
        return None
    site = read.site_standing(dossier.study, dossier.site.site)
    todo = to_do(dossier.protocol, [dossier.standing], site, dossier.now)
    dosing = [each for each in dossier.protocol.visits if each.kind is VisitKind.DOSING]
    return PersonProgramme(
        todo=tuple(line(dossier.protocol, each) for each in todo if each.step not in FOR_ALL),
        held_up=tuple(line(dossier.protocol, each) for each in todo if each.step in FOR_ALL),
        sessions=tuple(_session(dossier, site, each.code, wording.said(each.name)) for each in dosing),
        notices=tuple(_given(dossier)),
    )


def _session(dossier: Dossier, site: SiteStanding, visit: str, name: str) -> Told:
    held = dossier.standing.prescriptions.get(visit)
    if held is None:
        return Told(name, _("not prescribed"), "upcoming")
    words = _("prescribed on %(day)s by %(who)s under %(approval)s") % {
        "day": day_said(held.at.day),
        "who": dossier.name(held.prescriber),
        "approval": held.approval,
    }
    state = dossier.standing.visits.get(visit)
    if state is not None and state.held is not None:
        return Told(name, words, "done")
    why = why_not(site, held.approval, day=dossier.today)
    return Told(name, words, "fails" if why else "holds", why)


def _given(dossier: Dossier) -> list[Told]:
    programme = dossier.protocol.programme
    known = {each.code: each for state in programme.states for each in state.notices} if programme else {}
    return [
        Told(
            _notice_name(dossier, known.get(code), code, visit),
            _("given on %(day)s") % {"day": day_said(date.fromisoformat(given))},
            "done",
        )
        for (code, visit), given in sorted(dossier.standing.notices.items(), key=lambda each: each[1])
    ]


def _notice_name(dossier: Dossier, notice: Notice | None, code: str, visit: str) -> str:
    label = wording.said(notice.label) if notice is not None else code
    return f"{label} · {wording.visit_name(dossier.protocol, visit)}" if visit else label
