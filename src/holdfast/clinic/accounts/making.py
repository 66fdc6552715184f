"""Making accounts from the command line: the only way in before anybody is there."""

from __future__ import annotations

import re
import secrets
from datetime import datetime

from django.db import transaction

from holdfast.clinic.accounts.acts import STUDY_ROLES
from holdfast.clinic.accounts.models import Person, StudyRole
from holdfast.clinic.keys import reachable
from holdfast.clinic.ledger import read
from holdfast.errors import ImpossibleValue, Refusal
from holdfast.protocol.roles import Role

BY = "holdfast clinic account"
NAMED = re.compile(r"[\w.@+-]{1,150}", re.ASCII)
SOFTWARE = "holdfast"


def make(person: str, *, name: str, study: str, role: str, now: datetime, email: str = "") -> str:
    """Make an account or give it a new password, and a role of a study if named; what to tell.

    Roles of a site are not given here: they are appointments in the study's records.
    """
    if not NAMED.fullmatch(person):
        raise ImpossibleValue(
            "A person's id is a word without a slash: letters, digits, . _ @ + and -.", field="person"
        )
    if person == SOFTWARE:
        raise ImpossibleValue(f"{SOFTWARE} is the author of what the software records.", field="person")
    password, address = secrets.token_urlsafe(12), reachable.email(email)
    with transaction.atomic():
        found = Person.objects.filter(person=person).first()
        if found is None:
            Person.objects.enter(person, name=name or person, password=password)
        else:
            found.name = name or found.name
            found.set_password(password)
            found.save()
        if address:
            Person.objects.filter(person=person).update(email=address)
        if study or role:
            _give(person, study, role, now)
    return f"{'Made' if found is None else 'Renewed'} the account {person}. Password, shown once: {password}"


def write_to(person: Person, typed: str) -> None:
    """Keep the address to which somebody is written, "" for none; ImpossibleValue where it is no address."""
    person.email = reachable.email(typed)
    person.save(update_fields=["email"])


def _give(person: str, study: str, role: str, now: datetime) -> None:
    if role not in STUDY_ROLES:
        words = ", ".join(sorted(STUDY_ROLES))
        raise ImpossibleValue(
            f"{role!r} is not a role of the study ({words}). People of a site are appointed in its records.",
            field="role",
        )
    _keep_apart(person, study, role)
    if not StudyRole.objects.filter(study=study, person=person, role=role, ended_at=None).exists():
        StudyRole.objects.create(study=study, person=person, role=Role(role), given_at=now, given_by=BY)


def _keep_apart(person: str, study: str, role: str) -> None:
    """Who knows arms, or rates, holds no role of the study beside it: Refusal."""
    unblinded = read.protocol(study).blinding.unblinded
    held = {Role(each.role) for each in read.appointments(study=study, person=person)}
    clash = sorted(held & {*unblinded, Role.RATER})
    if clash:
        raise Refusal(
            f"{person} is {', '.join(clash)} of {study}, who stays apart, and is not made {role}. "
            "Choose another person, or end that appointment first."
        )
