"""Whether a request comes from this very machine."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from django.http import HttpRequest

FORWARDED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_REAL_IP", "HTTP_VIA")


def is_loopback(request: HttpRequest) -> bool:
    """Peer and Host are both loopback, and nothing says that a proxy stands between.

    A proxy on this machine makes every stranger's peer address 127.0.0.1; a page of
    another site, its name pointed at 127.0.0.1, arrives with its own Host.
    """
    if any(request.META.get(name) for name in FORWARDED):
        return False
    host = urlsplit(f"//{request.get_host()}").hostname or ""
    return _is_loopback_address(request.META.get("REMOTE_ADDR", "")) and (
        host == "localhost" or _is_loopback_address(host)
    )


def _is_loopback_address(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).is_loopback
    except ValueError:
        return False
