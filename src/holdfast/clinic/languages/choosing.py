"""Which language a page is in: what its address names, else what a browser asks for.

Public pages lie at ``/help/`` (English) and at ``/es/help/``, ``/en/help/`` …: an address that names
its language keeps it, and so do the links of its page. No cookie is set or read. The staff's pages are
in English; a participant's are in the language of their consent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

PUBLIC, OWN = "public-", "own"
"""How the names of addresses begin: of public pages, of a participant's."""

NAMED = "holdfast.clinic.urls_named"
"""The site's addresses where public ones name their language, English too."""


@dataclass(frozen=True, slots=True)
class Other:
    """A page in a language: its address there."""

    code: str
    label: str
    address: str
    here: bool


def in_each(name: str) -> list[Other]:
    """A public page in every language; ``name`` is its address's name."""
    here = translation.get_language()
    return [Other(code, label, address_in(name, code), code == here) for code, label in settings.LANGUAGES]


def address_in(name: str, language: str) -> str:
    """A public page's address that names a language."""
    with translation.override(language):
        return reverse(name, urlconf=NAMED)


def asked_for(request: HttpRequest) -> str:
    """The offered language that a browser asks for before others; English where it asks for none."""
    codes = dict(settings.LANGUAGES)
    for asked, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        for code in (asked, asked.partition("-")[0]):
            if code in codes:
                return code
    return settings.LANGUAGE_CODE


class Chosen:
    """Answers each request in its language, and leaves none behind for the next one."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or send on to the address that names what the browser asks for."""
        named = request.path_info[1:].partition("/")[0]
        named = named if named in dict(settings.LANGUAGES) else ""
        asked = asked_for(request)
        kind = "" if named or asked == settings.LANGUAGE_CODE else _kind(request.path_info)
        if kind.startswith(PUBLIC):
            return _sent_on(request, asked)
        if named:
            request.urlconf = NAMED
        with translation.override(named or (asked if _may_choose(request, kind) else settings.LANGUAGE_CODE)):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or "")
        if not named:
            patch_vary_headers(response, ("Accept-Language",))
        return response


def _kind(path: str) -> str:
    """The name of the address of a path, which names no language."""
    try:
        with translation.override(settings.LANGUAGE_CODE):
            return resolve(path, urlconf=settings.ROOT_URLCONF).url_name or ""
    except Resolver404:
        return ""


def _may_choose(request: HttpRequest, kind: str) -> bool:
    """A participant's pages before they are opened, and the front door to a stranger."""
    if kind == "home":
        return settings.SESSION_COOKIE_NAME not in request.COOKIES
    return kind.startswith(OWN)


def _sent_on(request: HttpRequest, language: str) -> HttpResponse:
    response = HttpResponseRedirect(f"/{language}{request.get_full_path()}")
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ("Accept-Language",))
    return response
