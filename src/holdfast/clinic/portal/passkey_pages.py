"""This device next time: the offer, the passkey that is made of it, the list of passkeys and their end."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from holdfast.clinic.edge import arrived
from holdfast.clinic.portal.help_shown import help_of
from holdfast.clinic.portal.party import browser_of, party_of
from holdfast.clinic.portal.signed import Own, Signed, own_page
from holdfast.clinic.portal.ways_shown import staff_names, ways_shown
from holdfast.clinic.reaching import passkeys
from holdfast.errors import Refusal


@own_page
@require_http_methods(["GET", "POST"])
def device(request: HttpRequest, own: Own) -> HttpResponse:
    """Offer to open the pages by this device next time; sent, keep the passkey that it made."""
    if request.method == "GET":
        return _offer(request, own)
    party, made = party_of(request), None
    if party is not None:
        answer, browser = request.POST.get("credential", ""), browser_of(request)
        made = passkeys.make(answer, way=own.signed, browser=browser, party=party, now=arrived(request))
    return _offer(request, own, status=400) if made is None else redirect(f"{reverse('own-passkeys')}?made=1")


def _offer(request: HttpRequest, own: Own, *, status: int = 200) -> HttpResponse:
    party = party_of(request)
    context = {
        "host": party.id if party else "",
        "by_link": not own.signed.passkey,
        "problem": status != 200,
        **help_of(own),
    }
    return render(request, "portal/device.html", context, status=status)


@own_page
@require_POST
def device_options(request: HttpRequest, own: Own) -> HttpResponse:
    """What the browser needs to make a passkey."""
    party = party_of(request)
    if party is None:
        raise Refusal(_("No passkey can be kept at this address. Links open your pages."))
    asked = passkeys.ask_to_make(
        own.study,
        own.participant,
        browser=browser_of(request),
        party=party,
        name=_("My pages"),
        now=arrived(request),
    )
    return HttpResponse(asked, content_type="application/json")


@own_page
@require_GET
def listed(request: HttpRequest, own: Own) -> HttpResponse:
    """Every passkey: made when, last used, ended by whom; a way to end each, and where it opens."""
    context = {
        **ways_shown(own, staff_names(own)),
        "possible": party_of(request) is not None,
        "by_link": not own.signed.passkey,
        "door": request.build_absolute_uri(reverse("own-link")),
        **help_of(own),
    }
    return render(request, "portal/passkeys.html", context)


@own_page
@require_POST
def end(request: HttpRequest, own: Own, passkey: UUID) -> HttpResponse:
    """End a passkey, and close the pages that it opened."""
    passkeys.end(own.study, own.participant, passkey, now=arrived(request))
    return redirect("own-passkeys" if Signed.of(request) else "own-link")
