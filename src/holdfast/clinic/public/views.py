"""The public pages: each asks the evidence and draws one template."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from holdfast.clinic import filling
from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.public import benefits_data as found
from holdfast.clinic.public.frame import public_page


@asks(Act.READ_PUBLIC)
@require_safe
def home(_request: HttpRequest) -> HttpResponse:
    """Two doors: to understand, and to run studies."""
    context = {
        "filling": filling.sentence(),
        "helped": found.helped()[0],
        "harmed": found.harmed(get_language() or "en")["muscle-tightness"],
        "about": about(),
    }
    return public_page("public-home", "home.html", context)


def about() -> dict[str, str]:
    """What each page of the site map tells, by its address's name."""
    return {
        "public-how": _("The course, and a dosing day hour by hour."),
        "public-benefits": _("What was found, with both sides of it."),
        "public-fit": _("A few questions. Your answers stay in your browser."),
        "public-finding": _("Trials and other lawful ways, by country."),
        "public-cost": _("Time, travel, money, and who was left out."),
        "public-unknown": _("Said as plainly as what is known."),
        "public-help": _("Whom to call, and signs of danger."),
    }
