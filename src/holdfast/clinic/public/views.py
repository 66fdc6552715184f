"""The public pages: each asks the evidence and draws one template."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from holdfast.clinic import filling
from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.public.frame import public_page


@asks(Act.READ_PUBLIC)
@require_safe
def home(_request: HttpRequest) -> HttpResponse:
    """Two doors: to understand, and to run studies."""
    return public_page("public-home", "home.html", {"filling": filling.sentence()})
