"""``may(person, act, study, site)``: the one question before every page and call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.clinic.accounts.acts import (
    AFTER_LOCK,
    ANYONE,
    PUBLIC,
    WHILE_OPEN_NOT_BLINDED,
    WHO,
    Act,
    allowed,
)
from holdfast.clinic.accounts.models import StudyRole
from holdfast.clinic.ledger import read
from holdfast.protocol.roles import Role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from holdfast.clinic.accounts.models import Person


def may(
    person: Person | AnonymousUser,
    act: Act,
    study: str = "",
    site: str | None = None,
    *,
    held: tuple[Role, ...] | None = None,
) -> bool:
    """Whether somebody may do something in a study, at a site (None: at any site of theirs).

    ``held`` are the roles they hold there, where that was asked already.
    """
    if act in PUBLIC:
        return True
    if not person.is_authenticated or not person.is_active:
        return False
    return act in ANYONE or bool(roles_for(person, act, study, site, held=held))


def roles_for(
    person: Person | AnonymousUser,
    act: Act,
    study: str,
    site: str | None = None,
    *,
    held: tuple[Role, ...] | None = None,
) -> tuple[Role, ...]:
    """The roles by which somebody may; the first is the one that records carry."""
    locked = act in (*AFTER_LOCK, *WHILE_OPEN_NOT_BLINDED) and read.is_locked(study)
    blinded = act not in WHILE_OPEN_NOT_BLINDED or read.protocol(study).blinded
    here = roles(person, study, site) if held is None else held
    return tuple(role for role in here if role in allowed(act, locked=locked, blinded=blinded))


def roles(person: Person | AnonymousUser, study: str, site: str | None = None) -> tuple[Role, ...]:
    """The roles somebody holds in a study at a site, in the order of ``Role``."""
    name = person.get_username()
    held = read.appointments(study=study, person=name)
    here = {Role(each.role) for each in held if site is None or each.site == site}
    everything = here | study_roles(name, study)
    return tuple(role for role in Role if role in everything)


def study_roles(person: str, study: str) -> frozenset[Role]:
    """The roles of the study, rather than of a site, that somebody holds now."""
    rows = StudyRole.objects.filter(study=study, person=person, ended_at=None)
    return frozenset(Role(role) for role in rows.values_list("role", flat=True))


def held(person: Person | AnonymousUser) -> dict[str, frozenset[Role]]:
    """The roles somebody holds anywhere in each study, by study."""
    name = person.get_username()
    found: dict[str, set[Role]] = {}
    for each in read.appointments_of(name):
        found.setdefault(each.study, set()).add(Role(each.role))
    rows = StudyRole.objects.filter(person=name, ended_at=None)
    for study, role in rows.values_list("study", "role"):
        found.setdefault(study, set()).add(Role(role))
    return {study: frozenset(roles) for study, roles in found.items()}


def sites(person: Person | AnonymousUser, act: Act, study: str) -> frozenset[str]:
    """The sites of a study at which somebody may do something."""
    name, able = person.get_username(), WHO.get(act, frozenset())
    if study_roles(name, study) & able:
        return frozenset(each.site for each in read.sites(study))
    held_here = read.appointments(study=study, person=name)
    return frozenset(each.site for each in held_here if Role(each.role) in able)
