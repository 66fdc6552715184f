"""``may(person, act, study, site)``: the one question before every page and call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.clinic.accounts.acts import ANYONE, PUBLIC, STUDY_WIDE, WHO, Act
from holdfast.clinic.ledger import read
from holdfast.protocol.roles import Role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from holdfast.clinic.accounts.models import Person


def may(person: Person | AnonymousUser, act: Act, study: str = "", site: str | None = None) -> bool:
    """Whether somebody may do something in a study, at a site (None: at any site of theirs)."""
    if act in PUBLIC:
        return True
    if not person.is_authenticated or not person.is_active:
        return False
    return act in ANYONE or bool(roles_for(person, act, study, site))


def roles_for(
    person: Person | AnonymousUser, act: Act, study: str, site: str | None = None
) -> tuple[Role, ...]:
    """The roles by which somebody may; the first is the one that records carry."""
    allowed = WHO.get(act, frozenset())
    return tuple(role for role in roles(person, study, site) if role in allowed)


def roles(person: Person | AnonymousUser, study: str, site: str | None = None) -> tuple[Role, ...]:
    """The roles somebody holds in a study at a site, in the order of ``Role``."""
    held = read.appointments(study=study, person=person.get_username())
    here = {
        Role(each.role)
        for each in held
        if site is None or each.site in (site, "") or Role(each.role) in STUDY_WIDE
    }
    return tuple(role for role in Role if role in here)


def sites(person: Person | AnonymousUser, act: Act, study: str) -> frozenset[str]:
    """The sites of a study at which somebody may do something."""
    return frozenset(each.site for each in read.sites(study) if roles_for(person, act, study, each.site))
