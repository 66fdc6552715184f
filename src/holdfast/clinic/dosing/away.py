"""What a tablet asks that was away, or will be: who is there, and the worker that opens its page."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

from csp.utils import build_policy
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_GET

from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.dosing.shown import iso
from holdfast.clinic.edge import moment_of

WORKER = "holdfast/session/worker.js"
BESIDE = (
    "holdfast/site.css",
    "holdfast/dosing.css",
    "holdfast/offline.css",
    "holdfast/dosing.js",
    "holdfast/mark.svg",
)


@asks(Act.FOLLOW_SESSION)
@require_GET
def hello(request: HttpRequest, study: str, participant: str, visit: str) -> JsonResponse:
    """The time and who is signed in, for a tablet that was away; with it comes a token for forms."""
    get_token(request)
    return JsonResponse({"now": iso(moment_of(request)), "person": request.user.get_username()})


@asks(Act.FOLLOW_SESSION)
@require_GET
def worker(request: HttpRequest, study: str, participant: str, visit: str) -> HttpResponse:
    """The script that opens this session's page without a network; its scope ends with this page."""
    told = {
        "version": version(),
        "here": reverse("session", args=[study, participant, visit]),
        "files": [static(name) for name in files()],
        "policy": build_policy(),
    }
    text = f"self.holdfast = {json.dumps(told)};\nimportScripts({json.dumps(static(WORKER))});\n"
    return HttpResponse(text, content_type="text/javascript")


@cache
def files() -> tuple[str, ...]:
    """Every static file that the page needs, by its name."""
    parts = [each for each in sorted(_folder().glob("*.js")) if each.name != Path(WORKER).name]
    return (*BESIDE, *(f"holdfast/session/{each.name}" for each in parts))


@cache
def version() -> str:
    """A short digest of those files: another release brings another worker."""
    digest = hashlib.sha256()
    for name in (*files(), WORKER):
        digest.update(_found(name).read_bytes())
    return digest.hexdigest()[:16]


def _folder() -> Path:
    return _found(WORKER).parent


def _found(name: str) -> Path:
    found = finders.find(name)
    if not isinstance(found, str):
        raise FileNotFoundError(f"the static file {name} is missing from the installation")
    return Path(found)
