"""The demonstration's people: one for every role, shown on the sign-in page in demo mode only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from holdfast.clinic.accounts.acts import STUDY_ROLES
from holdfast.clinic.accounts.models import Person, StudyRole
from holdfast.clinic.clocks.practice_time import is_one
from holdfast.clinic.ledger import read
from holdfast.errors import UnknownName
from holdfast.protocol.roles import Role
from holdfast.records.session import SessionStarted


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody of the demonstration: account, name, and the role in words."""

    person: str
    name: str
    role: Role

    @property
    def role_name(self) -> str:
        """The role in words."""
        return role_names()[self.role]


def role_names() -> dict[Role, str]:
    """Every role in words, in the language of the page."""
    return {
        Role.COORDINATOR: _("coordinator"),
        Role.THERAPIST: _("therapist"),
        Role.PHYSICIAN: _("physician"),
        Role.PHARMACIST: _("pharmacist"),
        Role.RATER: _("independent rater"),
        Role.ATTENDANT: _("overnight attendant"),
        Role.SAFETY_MONITOR: _("safety monitor"),
        Role.DATA_BOARD: _("data board"),
        Role.STATISTICIAN: _("statistician"),
        Role.SPONSOR: _("sponsor"),
        Role.AUDITOR: _("auditor"),
        Role.PARTICIPANT: _("participant"),
        Role.SYSTEM: _("the software"),
    }


def shown() -> tuple[DemoPerson, ...]:
    """One person for each role that somebody holds in a study here, in the order of roles.

    People of the site that last opened a dosing session come first: theirs is the day
    that there is most to see of.
    """
    accounts = _accounts()
    busy = _site_of_the_last_session()
    found: dict[Role, DemoPerson] = {}
    for role, _site, person in sorted(_held(), key=lambda held: (held[0], held[1] != busy, held[2])):
        if person in accounts:
            found.setdefault(role, DemoPerson(person, accounts[person].name, role))
    return tuple(found[role] for role in Role if role in found)


def _held() -> set[tuple[Role, str, str]]:
    """Role, site and person of everybody who holds a role in a study here; no site where study-wide."""
    held = {
        (Role(each.role), each.site, each.person)
        for study in read.studies()
        if not is_one(study)
        for each in read.appointments(study=study.study)
    }
    rows = StudyRole.objects.filter(ended_at=None).values_list("role", "person")
    return held | {(Role(role), "", person) for role, person in rows}


def _site_of_the_last_session() -> str:
    opened = [
        record
        for study in read.studies()
        if not is_one(study)
        for record in read.records(study.study, kinds=(SessionStarted.KIND,))
    ]
    return max(opened, key=lambda record: record.recorded_at).site if opened else ""


def account(person: str) -> Person:
    """The account of a demonstration person; UnknownName for anybody else."""
    found = _accounts().get(person)
    if found is None or person not in {each for _role, _site, each in _held()}:
        raise UnknownName(_("There is no such person in the demonstration."))
    return found


def _accounts() -> dict[str, Person]:
    """Accounts one may enter by a click: without a password, and of no one in a live study."""
    live = {row.study for row in read.studies() if row.life != "rehearsal"}
    real = {each.person for study in live for each in read.appointments(study=study)}
    real |= set(StudyRole.objects.filter(study__in=live).values_list("person", flat=True))
    people = Person.objects.filter(ended_at=None).exclude(person__in=real)
    return {each.person: each for each in people if not each.has_usable_password()}


def enter(people: Mapping[str, str]) -> None:
    """Make accounts (without passwords) for people, name by id, who have none."""
    known = set(Person.objects.values_list("person", flat=True))
    for person, name in people.items():
        if person not in known:
            Person.objects.enter(person, name=name)


def give_study_roles(study: str, *, now: datetime) -> None:
    """Give each role of the study to one made-up person."""
    enter({_person(role): role_names()[role].capitalize() for role in STUDY_ROLES})
    for role in sorted(STUDY_ROLES):
        StudyRole.objects.create(
            study=study, person=_person(role), role=role, given_at=now, given_by="holdfast"
        )


def _person(role: Role) -> str:
    return f"demo-{role.value.replace('_', '-')}"
