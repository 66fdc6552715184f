"""Site and browser as a device with passkeys knows them."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from ipaddress import ip_address

from django.http import HttpRequest
from django.http.request import split_domain_port
from django.middleware.csrf import get_token

from holdfast.clinic.reaching.ceremony import Party

OF_ITSELF = "localhost"
"""The one name that browsers trust without TLS."""
USUAL = {"https": "443", "http": "80"}


def party_of(request: HttpRequest) -> Party | None:
    """The site by the host that was asked for, one of the allowed; None where no browser can keep passkeys.

    Browsers want a name, not an address of numbers, and TLS but for ``localhost``.
    """
    host, port = split_domain_port(request.get_host().lower())
    scheme = request.scheme or ""
    if _is_address(host) or (scheme != "https" and host != OF_ITSELF):
        return None
    # As browsers write an origin: without the port that its scheme has anyway.
    origin = f"{scheme}://{host}" if port in ("", USUAL[scheme]) else f"{scheme}://{host}:{port}"
    return Party(id=host, origin=origin)


def _is_address(host: str) -> bool:
    with suppress(ValueError):
        ip_address(host.strip("[]"))
        return True
    return False


def browser_of(request: HttpRequest) -> str:
    """The browser by its session, else by the secret of its forms: strangers fill no table with sessions."""
    if request.session.session_key is not None:
        return str(request.session.session_key)
    get_token(request)  # makes the secret where this browser has none yet
    return hashlib.sha256(request.META["CSRF_COOKIE"].encode()).hexdigest()
