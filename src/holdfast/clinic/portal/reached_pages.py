"""How they want to be reached: their address, their number, and whether reminders may come."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from holdfast.clinic import edge
from holdfast.clinic.forms import answers as reading
from holdfast.clinic.forms import rendering, sending
from holdfast.clinic.forms.fields import Field
from holdfast.clinic.jobs import outbox
from holdfast.clinic.keys import reachable
from holdfast.clinic.participants import reached_fields
from holdfast.clinic.portal.help_shown import help_of
from holdfast.clinic.portal.signed import Own, own_page
from holdfast.conduct.actions import ChooseReminders
from holdfast.conduct.reminders import EMAIL

SAVED = "saved"


@own_page
@require_http_methods(["GET", "POST"])
def reached(request: HttpRequest, own: Own) -> HttpResponse:
    """See and change how the site reaches them; say yes or no to reminders."""
    asked, kept = _fields(own), reachable.read(own.study, own.participant)
    if request.method == "GET":
        given = reached_fields.as_kept(asked, kept, own.standing)
        return _page(request, own, asked, given, entry=edge.new_id())
    entry = sending.action_id(request)
    given, new = reached_fields.read(asked, request.POST)
    if given.errors:
        return _page(request, own, asked, given, entry=entry)
    if new != kept:
        reachable.keep(own.study, own.participant, new, by=own.participant, now=own.now)
    if (wanted := reached_fields.chosen(given, own.standing)) is not None:
        own.tell(ChooseReminders(participant=own.participant, wanted=wanted, channel=EMAIL), entry=entry)
    response: HttpResponse = redirect("own-reached")
    response["Location"] += f"?{SAVED}=1"
    return response


def _fields(own: Own) -> tuple[Field, ...]:
    """Whether reminders may come is asked only where any could."""
    asked = reached_fields.fields(
        email=_("My e-mail address"),
        telephone=_("My telephone number"),
        wanted=_("May your site remind you by e-mail?"),
        hint=_("Until you say yes, no reminder comes. You can change it here at any time."),
    )
    if not outbox.off(own.study):
        return asked
    return tuple(each for each in asked if each.code != reached_fields.WANTED)


def _page(
    request: HttpRequest, own: Own, asked: tuple[Field, ...], given: reading.Given, *, entry: UUID
) -> HttpResponse:
    context = {
        # No draft is kept in a browser that others may use.
        **rendering.context(asked, given, action=entry, draft=""),
        "sends": not outbox.off(own.study),
        "said_yes": bool(own.standing.reminders),
        "saved": SAVED in request.GET,
        **help_of(own),
    }
    bad = request.method == "POST"
    return render(request, "portal/reached.html", context, status=400 if bad else 200)
