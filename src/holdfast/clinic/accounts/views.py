"""Sign-in, sign-out, the demonstration's people, health."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from holdfast.clinic.accounts import demo_people
from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.accounts.loopback import is_loopback
from holdfast.clinic.ledger import read
from holdfast.errors import NotPermitted


@asks(Act.SIGN_IN)
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for person and password; in demo mode also show the demonstration's people."""
    problem = ""
    if request.method == "POST":
        # By the name of the field: under another, the lock-out would not know whose attempt it was.
        account = authenticate(
            request, person=request.POST.get("person", ""), password=request.POST.get("password", "")
        )
        if account is not None:
            login(request, account)
            return HttpResponseRedirect(_onward(request))
        problem = _("That person and password do not go together. Try again.")
    shown = demo_people.shown() if settings.DEMO and is_loopback(request) else ()
    onward = request.POST.get("next") or request.GET.get("next", "")
    context = {
        "problem": problem,
        "people": shown,
        "next": onward,
        "person": request.POST.get("person", ""),
    }
    return render(request, "accounts/sign_in.html", context, status=400 if problem else 200)


@asks(Act.SIGN_IN)
@require_POST
def sign_in_demo(request: HttpRequest) -> HttpResponse:
    """One-click sign-in of a demonstration person, on a loopback address only."""
    if not settings.DEMO or not is_loopback(request):
        raise NotPermitted(_("Demonstration people sign in only in demo mode, on the clinic's own machine."))
    account = demo_people.account(request.POST.get("person", ""))
    login(request, account, backend="django.contrib.auth.backends.ModelBackend")
    return HttpResponseRedirect(_onward(request))


@asks(Act.SIGN_OUT)
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    response = redirect("sign-in")
    # The next person at this tablet goes back through no pages of the last one.
    response["Clear-Site-Data"] = '"cache"'
    return response


@asks(Act.SEE_HEALTH)
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Whether the database answers: 200, or 503."""
    read.ping()
    return JsonResponse({"database": "answers"})


def locked_out(request: HttpRequest, *_response: object, **_credentials: object) -> HttpResponse:
    """What axes shows after too many wrong passwords."""
    context = {"problem": _("Too many wrong passwords. Wait a quarter of an hour and try again.")}
    return render(request, "accounts/sign_in.html", context, status=429)


def _onward(request: HttpRequest) -> str:
    onward = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(onward, {request.get_host()}, require_https=request.is_secure())
    return onward if safe else reverse("home")
