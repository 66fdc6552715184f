"""The ways in and out: a link that opens once, its code typed by hand, a passkey; asking for a link."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.edge import arrived
from holdfast.clinic.portal.party import browser_of, party_of
from holdfast.clinic.portal.signed import Signed, private, sign_in
from holdfast.clinic.public.frame import LEAVE
from holdfast.clinic.reaching import links, passkeys
from holdfast.errors import Refusal


@asks(Act.OWN_PAGES)
@require_http_methods(["GET", "POST"])
def link(request: HttpRequest) -> HttpResponse:
    """Type the code of a link; sent, it opens the own pages."""
    if request.method == "GET":
        return _door(request, "link")
    code = request.POST.get("code", "")[:64]
    found = links.use(code, now=arrived(request))
    if found is None:
        # Used, too old or never made: one answer, which tells nobody which.
        return _door(request, "closed", code=code, status=400)
    sign_in(request, found)
    # A browser that can keep a passkey says so; another is shown nothing of it.
    offer = request.POST.get("can") and party_of(request)
    return private(redirect("own-device" if offer else "own"))


@asks(Act.OWN_PAGES)
@require_GET
def followed(request: HttpRequest, code: str) -> HttpResponse:
    """A link that was followed. Mail programs follow links too, so that only the button uses it up."""
    return _door(request, "followed", code=code[:64])


@asks(Act.OWN_PAGES)
@require_POST
def passkey_options(request: HttpRequest) -> HttpResponse:
    """What the browser needs to let a device sign; the same for everybody but for its random part."""
    party = party_of(request)
    if party is None:
        raise Refusal(_("No passkey can be kept at this address. Links open your pages."))
    asked = passkeys.ask_to_use(browser=browser_of(request), party=party, now=arrived(request))
    return private(HttpResponse(asked, content_type="application/json"))


@asks(Act.OWN_PAGES)
@require_http_methods(["GET", "POST"])
def passkey(request: HttpRequest) -> HttpResponse:
    """What a device signed; it opens the own pages."""
    if request.method == "GET":
        return private(redirect("own-link"))
    party, found = party_of(request), None
    if party is not None:
        answer, browser = request.POST.get("credential", ""), browser_of(request)
        found = passkeys.use(answer, browser=browser, party=party, now=arrived(request))
    if found is None:
        # Ended, unknown, too late, of elsewhere: one answer, which tells nobody which.
        return _door(request, "refused", status=400)
    sign_in(request, found)
    return private(redirect("own"))


@asks(Act.OWN_PAGES)
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Ask the site for a new link; the answer is the same whether the code is known or not."""
    links.ask(request.POST.get("code", "")[:64], now=arrived(request))
    return _door(request, "asked")


@asks(Act.OWN_PAGES)
@require_GET
def away(request: HttpRequest) -> HttpResponse:
    """Quick exit: the pages are closed in this browser, and another page is shown."""
    if Signed.of(request) is not None:
        request.session.flush()
    return private(HttpResponseRedirect(LEAVE))


@asks(Act.OWN_PAGES)
@require_POST
def close(request: HttpRequest) -> HttpResponse:
    """Sign out."""
    if Signed.of(request) is not None:
        request.session.flush()
    response = private(_door(request, "left"))
    response["Clear-Site-Data"] = '"cache"'
    return response


def _door(request: HttpRequest, state: str, *, code: str = "", status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"state": state, "code": code, "passkeys": party_of(request) is not None}
    return private(render(request, "portal/door.html", context, status=status))
