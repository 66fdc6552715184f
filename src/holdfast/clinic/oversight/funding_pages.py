"""A payer's packet for one person: to print and sign, and the same as JSON."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.ledger import read
from holdfast.clinic.oversight.programme_shown import SECOND_HAND
from holdfast.clinic.participants.dossier import opened
from holdfast.errors import NotPermitted
from holdfast.exchange.funding import Packet, packet
from holdfast.sourced import CITABLE

OF_STUDY_AND_STAFF = (
    "study-opened", "authority-recorded", "staff-appointed", "staff-ended", "credential-recorded",
)  # fmt: skip


@asks(Act.READ_PARTICIPANT)
@require_GET
def page(request: HttpRequest, study: str, participant: str, payer: str) -> HttpResponse:
    """The packet to print: what is recorded, and lines to fill in by hand."""
    made = _packet(request, study, participant, payer)
    context = {
        "packet": made,
        "payer": payer,
        "verified": made.status in CITABLE and made.status not in SECOND_HAND,
    }
    return render(request, "oversight/funding.html", context)


@asks(Act.READ_PARTICIPANT)
@require_GET
def as_json(request: HttpRequest, study: str, participant: str, payer: str) -> HttpResponse:
    """The same for a program; a blank is null."""
    made = _packet(request, study, participant, payer)
    text = json.dumps(made.as_json(), ensure_ascii=False, indent=1)
    answer = HttpResponse(text, content_type="application/json; charset=utf-8")
    prefix = "REHEARSAL-" if made.rehearsal else ""
    answer["Content-Disposition"] = f'attachment; filename="{prefix}{payer}-{participant}.json"'
    return answer


def _packet(request: HttpRequest, study: str, participant: str, payer: str) -> Packet:
    dossier = opened(request, study, participant)
    if not dossier.may(Act.ENROL):
        raise NotPermitted(_("Your role does not do this."))
    records = [
        *read.records(study, kinds=OF_STUDY_AND_STAFF),
        *read.participant_records(study, participant),
    ]
    site = dossier.site.site
    return packet(records, dossier.protocol, payer=payer, participant=participant, site=site)
