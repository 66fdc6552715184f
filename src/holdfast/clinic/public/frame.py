"""The frame of every public page: the site map, the one honest sentence, the list of sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from holdfast.clinic.languages.choosing import in_each
from holdfast.clinic.languages.written import day_said
from holdfast.clinic.public.shown import Sources
from holdfast.evidence.certainty import decisions

LEAVE = "https://www.wikipedia.org/"
"""Where quick exit goes: a page that anybody may have been reading."""


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the site map."""

    name: str
    label: str
    address: str
    here: bool


def site_map() -> tuple[tuple[str, str], ...]:
    """Every public page: its address's name and its label, in order."""
    return (
        ("public-home", _("Home")),
        ("public-how", _("How it works")),
        ("public-benefits", _("Benefits and risks")),
        ("public-fit", _("Who it may fit")),
        ("public-finding", _("Finding treatment")),
        ("public-cost", _("Cost and fairness")),
        ("public-unknown", _("What we do not know")),
        ("public-help", _("Help now")),
    )


def public_page(name: str, template: str, context: Mapping[str, Any]) -> HttpResponse:
    """A page of the site map, drawn without the request: it cannot differ by who asks.

    ``name`` is the page's address's name, ``template`` lies in ``templates/public``.
    """
    found = places(name)
    after = [each.name for each in found].index(name) + 1
    given = {
        "name": name,
        "places": found,
        "next": found[after] if after < len(found) else None,
        "honest": honest(),
        "leave": LEAVE,
        "languages": in_each(name),
        "sources": Sources(),
        **context,
    }
    response = HttpResponse(render_to_string(f"public/{template}", given))
    # Nothing stays in a browser that others may use.
    response["Cache-Control"] = "no-store"
    return response


def places(name: str) -> list[Place]:
    """The site map as links; a page that is not built in is left out."""
    found = []
    for each, label in site_map():
        try:
            found.append(Place(each, label, reverse(each), each == name))
        except NoReverseMatch:
            continue
    return found


def honest() -> dict[str, object]:
    """What every page opens with: approved where, as known on a day, and declined when."""
    known = decisions()
    declined = next(each for each in known.decisions if each.kind == "declined" and each.country == "US")
    return {
        "checked": day_said(known.approved.checked),
        "checked_iso": known.approved.checked.isoformat(),
        "countries": known.approved.countries,
        "declined": declined.date[:4],
    }
