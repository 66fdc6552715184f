"""The page of one's own account: the address to which what one is told is sent as well."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from holdfast.clinic.accounts import making
from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.accounts.models import Person
from holdfast.errors import ImpossibleValue


@asks(Act.OWN_ACCOUNT)
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """See and change one's own address."""
    person, problem = cast("Person", request.user), ""
    typed = person.email
    if request.method == "POST":
        typed = request.POST.get("email", "")[:400]
        try:
            making.write_to(person, typed)
        except ImpossibleValue as wrong:
            problem = str(wrong)
        else:
            messages.success(request, _("Saved."))
            return redirect("account")
    context = {"typed": typed, "problem": problem}
    return render(request, "accounts/account.html", context, status=400 if problem else 200)
