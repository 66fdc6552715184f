"""Numbers on public pages: each through a tag that takes its figure and ties it to the page's sources."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString

from holdfast.clinic.languages.written import number_said
from holdfast.clinic.public import shown as figures
from holdfast.sourced import Figure

register = template.Library()


@register.simple_tag(takes_context=True)
def shown(context: dict[str, Any], number: figures.Shown) -> SafeString:
    """A number with its figure."""
    return _sources(context).mark(number)


@register.simple_tag(takes_context=True)
def told(context: dict[str, Any], sentence: figures.Told) -> SafeString:
    """A sentence with its source."""
    return _sources(context).told(sentence)


@register.simple_tag(takes_context=True)
def shown_of(context: dict[str, Any], figure: Figure) -> SafeString:
    """The one number of a figure, written with thousands."""
    return _sources(context).mark(figures.Shown(number_said(figure.number, ",g"), figure))


@register.simple_tag(takes_context=True)
def told_label(context: dict[str, Any], text: str, number: figures.Shown) -> SafeString:
    """Words that hold numbers, such as a line's name, tied to the source of a number beside them."""
    return _sources(context).within(text, number.figure)


@register.simple_tag(takes_context=True)
def cite(context: dict[str, Any], *known: figures.Shown | figures.Told | Figure) -> SafeString:
    """Links to the sources of what is named."""
    return _sources(context).cite(tuple(_figure(each) for each in known))


@register.simple_tag(takes_context=True)
def figure_of(context: dict[str, Any], figure: Figure) -> str:
    """The mark of a picture's figure, for its ``data-figure``."""
    return f"source-{_sources(context).number(figure)}"


@register.inclusion_tag("public/sources.html", takes_context=True)
def sources(context: dict[str, Any]) -> dict[str, object]:
    """The page's list of sources; it comes last."""
    return {"listed": _sources(context).listed()}


def _sources(context: dict[str, Any]) -> figures.Sources:
    found: figures.Sources = context["sources"]
    return found


def _figure(known: figures.Shown | figures.Told | Figure) -> Figure:
    if isinstance(known, figures.Shown):
        return known.figure
    return known.figure() if isinstance(known, figures.Told) else known
