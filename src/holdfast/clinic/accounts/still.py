"""Whether people who have a page open may still have it: asked for all of them at once, again and again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.contrib.sessions.models import Session

from holdfast.clinic.accounts.models import Person, StudyRole
from holdfast.clinic.ledger import read
from holdfast.protocol.roles import Role


@dataclass(frozen=True, slots=True)
class Presence:
    """Somebody signed in (``web_session``) who was let in at a site by the roles they held there."""

    person: str
    web_session: str
    study: str
    site: str
    held: tuple[Role, ...]


def gone(present: Collection[Presence], *, now: datetime) -> set[Presence]:
    """Those who signed out, whose account ended, or whose roles there are others now."""
    people = sorted({each.person for each in present})
    active = set(Person.objects.filter(person__in=people, ended_at=None).values_list("person", flat=True))
    signed_in = _signed_in(sorted({each.web_session for each in present}), now)
    held = _held(people)
    return {
        each
        for each in present
        if each.person not in active
        or each.web_session not in signed_in
        or _roles(held, each) != each.held
        or not each.held
    }


def _signed_in(keys: Collection[str], now: datetime) -> set[str]:
    rows = Session.objects.filter(session_key__in=keys, expire_date__gt=now)
    return set(rows.values_list("session_key", flat=True))


def _held(people: Collection[str]) -> dict[tuple[str, str, str], set[Role]]:
    """Roles by person, study and site; those of a study as a whole have no site."""
    found: dict[tuple[str, str, str], set[Role]] = defaultdict(set)
    for each in read.appointments_of_all(people):
        found[each.person, each.study, each.site].add(Role(each.role))
    rows = StudyRole.objects.filter(person__in=people, ended_at=None)
    for person, study, role in rows.values_list("person", "study", "role"):
        found[person, study, ""].add(Role(role))
    return found


def _roles(held: dict[tuple[str, str, str], set[Role]], one: Presence) -> tuple[Role, ...]:
    here = held.get((one.person, one.study, one.site), set()) | held.get((one.person, one.study, ""), set())
    return tuple(role for role in Role if role in here)
