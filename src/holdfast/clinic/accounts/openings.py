"""The log of who opened what: pages that show a participant, and whatever shows arms."""

from __future__ import annotations

from django.http import HttpRequest

from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.models import Opened
from holdfast.clinic.edge import arrived


def note(request: HttpRequest, act: Act, study: str, *, site: str = "", participant: str = "") -> None:
    """Write down that whoever asks opened something; rows are only ever added."""
    Opened.objects.create(
        at=arrived(request),
        person=request.user.get_username(),
        act=act,
        study=study,
        site=site,
        participant=participant,
        path=request.path,
    )
