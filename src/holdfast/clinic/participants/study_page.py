"""The study: its sites and people, and the protocol in words, a section a page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.demo_people import role_names
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.accounts.may import may
from holdfast.clinic.forms import worded
from holdfast.clinic.ledger import read
from holdfast.errors import UnknownName
from holdfast.protocol.outline import Outline, outline
from holdfast.protocol.roles import Role


@asks(Act.SEE_STUDY)
@gzip_page
@require_GET
def study(request: HttpRequest, study: str) -> HttpResponse:
    """Sites, people, the protocol in force and its parts."""
    found = _outline(study)
    protocol = read.protocol(study)
    names = role_names()
    people = [
        (each.name, names[Role(each.role)], each.site)
        for each in sorted(read.appointments(study=study), key=lambda row: (row.site, row.role, row.name))
        if each.role != Role.PARTICIPANT
    ]
    context = {
        "protocol": protocol,
        "lead": found.lead[:2],
        "sections": [(slugify(each.title), each.title, len(each.rows)) for each in found.sections],
        "sites": read.sites(study),
        "people": people,
        "brought": worded.held(study, protocol),
        "explains": may(request.user, Act.READ_EXPLORER, study),
        "reads_exports": may(request.user, Act.READ_EXPORTS, study),
    }
    return render(request, "participants/study.html", context)


@asks(Act.SEE_STUDY)
@gzip_page
@require_GET
def section(request: HttpRequest, study: str, section: str) -> HttpResponse:
    """One part of the protocol in words."""
    for each in _outline(study).sections:
        if slugify(each.title) == section:
            return render(request, "participants/study_section.html", {"section": each})
    raise UnknownName(_("The protocol has no part of that name."))


_in_words: dict[tuple[str, str], Outline] = {}


def _outline(study: str) -> Outline:
    # A hash names one text for ever, so each is put into words once in each language.
    protocol, language = read.protocol(study), get_language() or "en"
    key = protocol.hash, language
    if key not in _in_words:
        _in_words[key] = outline(protocol, language=language)
    return _in_words[key]
