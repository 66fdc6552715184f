"""How a participant wants to be reached: who reads it is written down, and none of it is in a record."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from holdfast.clinic import edge
from holdfast.clinic.accounts.acts import WHO, Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.forms import answers as reading
from holdfast.clinic.forms import rendering, sending
from holdfast.clinic.forms.fields import Field
from holdfast.clinic.jobs import outbox
from holdfast.clinic.keys import reachable
from holdfast.clinic.keys.reachable import Reached
from holdfast.clinic.participants import reached_fields
from holdfast.clinic.participants.dossier import Dossier, opened
from holdfast.conduct.actions import ChooseReminders
from holdfast.conduct.reminders import EMAIL
from holdfast.timing import Instant, in_words

CONTACT_PERSON = "contact-person"
"""The consent to asking the person they named, in the studies that have it."""


@asks(Act.READ_IDENTITY)
@require_http_methods(["GET", "POST"])
def reached(request: HttpRequest, study: str, participant: str) -> HttpResponse:
    """Read and write an address and a number, and what they say of reminders."""
    dossier, asked = opened(request, study, participant), _fields()
    kept = reachable.read(study, participant)
    if request.method == "GET":
        given = reached_fields.as_kept(asked, kept, dossier.standing)
        return _page(request, dossier, asked, given, kept=kept, entry=edge.new_id())
    entry = sending.action_id(request)
    given, new = reached_fields.read(asked, request.POST)
    if given.errors:
        return _page(request, dossier, asked, given, kept=kept, entry=entry)
    if new != kept:
        reachable.keep(study, participant, new, by=dossier.reader, now=dossier.now)
    if (wanted := reached_fields.chosen(given, dossier.standing)) is not None:
        role = next(each for each in dossier.roles if each in WHO[Act.READ_IDENTITY])
        what = ChooseReminders(participant=participant, wanted=wanted, channel=EMAIL)
        sending.send(request, what, study=study, site=dossier.site, role=role)
    messages.success(request, _("Saved."))
    return redirect("participant", study, participant)


def _fields() -> tuple[Field, ...]:
    return reached_fields.fields(
        email=_("E-mail address"),
        telephone=_("Telephone number"),
        wanted=_("Do they want to be reminded by e-mail?"),
        hint=_("As they say. Without an answer nobody reminds them; they can change it on their own pages."),
    )


def _page(
    request: HttpRequest,
    dossier: Dossier,
    asked: tuple[Field, ...],
    given: reading.Given,
    *,
    kept: Reached,
    entry: UUID,
) -> HttpResponse:
    last = reachable.last_written(dossier.study, dossier.participant)
    context = {
        # No draft of an address is kept in a browser that others may use.
        **rendering.context(asked, given, action=entry, draft=""),
        "dossier": dossier,
        "may_note": bool(set(dossier.roles) & WHO[Act.FILL_FORM]),
        "telephone": kept.telephone,
        "dialled": reachable.dialled(kept.telephone),
        "contact_person": CONTACT_PERSON in dossier.standing.consents,
        "off": outbox.off(dossier.study),
        "written_at": in_words(Instant(last[0], dossier.site.zone)) if last else "",
        "written_by": dossier.name(last[1]) if last else "",
    }
    bad = request.method == "POST"
    response = render(request, "participants/reached.html", context, status=400 if bad else 200)
    response["Cache-Control"] = "no-store"  # an address stays in no browser that others may use
    return response
