"""The first page: what Holdfast is, for a stranger; their studies, for whoever is signed in."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from holdfast.clinic import filling
from holdfast.clinic.accounts.acts import WHO, Act
from holdfast.clinic.accounts.demo_people import role_names
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.accounts.may import held, sites
from holdfast.clinic.clocks.practice_time import is_one
from holdfast.clinic.ledger import read
from holdfast.clinic.ledger.models import StudyRow
from holdfast.clinic.public import views as public
from holdfast.protocol.roles import Role
from holdfast.timing import date_in_words


@dataclass(frozen=True, slots=True)
class StudyCard:
    """A study on the first page."""

    code: str
    title: str
    rehearsal: bool
    roles: tuple[str, ...]
    address: str
    sentence: str


@asks(Act.SEE_HOME)
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The public front, or the studies of whoever is signed in."""
    if not request.user.is_authenticated:
        return public.home(request)
    mine = held(request.user)
    # Practices stand with the sessions of the study they were made from, never among studies.
    shown = [each for each in read.studies() if each.study in mine and not is_one(each)]
    cards = [
        _card(study, mine[study.study], reach=sites(request.user, Act.LIST_PARTICIPANTS, study.study))
        for study in shown
    ]
    return render(request, "participants/home.html", {"studies": cards, "filling": filling.sentence()})


def _card(study: StudyRow, roles: frozenset[Role], *, reach: frozenset[str]) -> StudyCard:
    names = role_names()
    return StudyCard(
        code=study.study,
        title=study.title,
        rehearsal=study.life == "rehearsal",
        roles=tuple(names[role] for role in Role if role in roles),
        address=first_place(study.study, roles),
        sentence=_sentence(study, reach),
    )


def _people(study: str, reach: frozenset[str]) -> str:
    """How many participants: of the sites whose list somebody sees, or of all where they see none."""
    if not reach or len(reach) == len(read.sites(study)):
        count = read.participant_count(study)
        return ngettext("%(count)s participant", "%(count)s participants", count) % {"count": count}
    count = read.participant_count(study, sites=reach)
    words = ngettext(
        "%(count)s participant at the sites you see", "%(count)s participants at the sites you see", count
    )
    return words % {"count": count}


def _sentence(study: StudyRow, reach: frozenset[str]) -> str:
    people = _people(study.study, reach)
    if study.unblinded_at is not None:
        state = _("unblinded on %(day)s") % {"day": date_in_words(study.unblinded_at.date())}
    elif study.locked_at is not None:
        state = _("locked on %(day)s") % {"day": date_in_words(study.locked_at.date())}
    else:
        state = _("under way")
    return _("%(people)s, %(state)s.") % {"people": people, "state": state}


def first_place(study: str, roles: frozenset[Role]) -> str:
    """Where somebody begins in a study: their day, their ratings, or the study itself."""
    if roles & WHO[Act.LIST_PARTICIPANTS]:
        return reverse("today", args=[study])
    if roles & WHO[Act.RATE]:
        return reverse("tasks", args=[study])
    return reverse("study", args=[study])
