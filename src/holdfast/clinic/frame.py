"""What the frame of every page shows: the study one is in, where one may go, who one is.

A context processor. It reads who holds which role once for a request; entries whose
page does not exist yet, or which the person may not open, are not shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from holdfast.clinic.accounts.acts import Act, allowed
from holdfast.clinic.accounts.demo_people import role_names
from holdfast.clinic.accounts.may import held
from holdfast.clinic.clocks.practice_time import is_one
from holdfast.clinic.ledger import read
from holdfast.clinic.ledger.models import StudyRow
from holdfast.protocol.roles import Role


@dataclass(frozen=True, slots=True)
class Entry:
    """One place of the navigation."""

    label: str
    address: str
    here: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """Who asks, where, and the roles they hold in each study."""

    studies: tuple[StudyRow, ...]
    held: dict[str, frozenset[Role]]
    study: StudyRow | None


def places() -> tuple[tuple[str, str, Act], ...]:
    """Every place of the staff's navigation: its address's name, its label, the act it asks for."""
    return (
        ("today", _("Today"), Act.LIST_PARTICIPANTS),
        ("tasks", _("My ratings"), Act.RATE),
        ("participants", _("Participants"), Act.LIST_PARTICIPANTS),
        ("sessions", _("Sessions"), Act.READ_SESSION),
        ("devices", _("Devices"), Act.SEE_DEVICES),
        ("supply", _("Supply"), Act.READ_SUPPLY),
        ("programme", _("Programme"), Act.READ_AUDIT),
        ("report", _("Report"), Act.READ_REPORT),
        ("planner", _("Planner"), Act.READ_PLAN),
        ("study", _("Study"), Act.SEE_STUDY),
    )


def frame(request: HttpRequest) -> dict[str, Any]:
    """What ``holdfast/base.html`` uses. A view may pass ``study`` itself."""
    if not getattr(getattr(request, "user", None), "is_authenticated", False):
        return {}
    found = _frame(request)
    roles = found.held.get(found.study.study, frozenset()) if found.study else frozenset()
    names = role_names()
    return {
        "study": found.study,
        "my_studies": found.studies,
        "my_roles": [names[role] for role in Role if role in roles],
        "nav": _nav(request, found.study, roles) if found.study else [],
    }


def _frame(request: HttpRequest) -> Frame:
    mine = held(request.user)
    everything = read.studies()
    match = request.resolver_match
    code = match.kwargs.get("study") if match else None
    return Frame(
        studies=tuple(each for each in everything if each.study in mine and not is_one(each)),
        held=mine,
        study=next((each for each in everything if each.study == code and code in mine), None),
    )


def _nav(request: HttpRequest, study: StudyRow, roles: frozenset[Role]) -> list[Entry]:
    entries = []
    for name, label, act in places():
        if name == "programme" and read.protocol(study.study).programme is None:
            continue
        if roles & allowed(act, locked=study.locked_at is not None):
            try:
                address = reverse(name, args=[study.study])
            except NoReverseMatch:  # a part of the clinic that is not built in yet
                continue
            entries.append(Entry(label, address, _is_here(request, name, address)))
    return entries


def _is_here(request: HttpRequest, name: str, address: str) -> bool:
    if name == "today":
        return request.path == address
    return request.path.startswith(address.rstrip("/") + "/") or request.path == address
