"""From a page to the ledger: the stamp of what somebody does now, and the one way to send it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils.translation import gettext as _

from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.may import roles_for
from holdfast.clinic.edge import EARLIEST, moment_of
from holdfast.clinic.ledger import write
from holdfast.clinic.ledger.models import SiteRow
from holdfast.conduct.actions import Action, Ask, Stamp, Tell
from holdfast.conduct.authority import MAY
from holdfast.errors import ImpossibleValue, NotPermitted
from holdfast.protocol.roles import Role
from holdfast.timing import Instant, Precision

DEVICE = "web"
WHEN_DAY, WHEN_TIME, REASON, ID = "when.day", "when.time", "reason", "action"


def roles_to(
    request: HttpRequest, what: type[Ask | Tell], act: Act, *, study: str, site: str
) -> tuple[Role, ...]:
    """The roles by which somebody may do this here, on the site and in the study's conduct."""
    allowed = MAY[what]
    return tuple(role for role in roles_for(request.user, act, study, site) if role in allowed)


def action_id(request: HttpRequest) -> UUID:
    """The id that was drawn into the page; ImpossibleValue where it was lost on the way."""
    try:
        return UUID(request.POST.get(ID, ""))
    except ValueError:
        raise ImpossibleValue(_("This form lost its number on the way. Open the page again.")) from None


def happened_at(request: HttpRequest, site: SiteRow) -> Instant:
    """When it happened: now, or the earlier day and time that was given with a reason."""
    now = moment_of(request)
    day, time = request.POST.get(WHEN_DAY, ""), request.POST.get(WHEN_TIME, "")
    if not day:
        return Instant(now, site.zone)
    try:
        at = datetime.fromisoformat(f"{date.fromisoformat(day)}T{time or '12:00'}").replace(
            tzinfo=ZoneInfo(site.zone)
        )
    except ValueError:
        at = None
    if at is None or at < EARLIEST:
        raise ImpossibleValue(_("Give the earlier day, and the time where it is known."), field=WHEN_DAY)
    if at > now:
        raise ImpossibleValue(_("That time is still to come. Give the time it happened."), field=WHEN_DAY)
    if not request.POST.get(REASON, "").strip():
        raise ImpossibleValue(_("Say why it is entered later than it happened."), field=REASON)
    return Instant(at, site.zone, Precision.MINUTE if time else Precision.DAY)


def send(
    request: HttpRequest,
    what: Ask | Tell,
    *,
    study: str,
    site: SiteRow,
    role: Role,
    author: str = "",
    device: str = DEVICE,
) -> write.Outcome:
    """Perform what somebody asks or tells. A resend returns the first answer."""
    if role not in MAY[type(what)]:
        raise NotPermitted(_("Your role does not do this."))
    stamp = Stamp(
        id=action_id(request),
        study=study,
        site=site.site,
        author=author or request.user.get_username(),
        role=role.value,
        device=device,
        happened_at=happened_at(request, site),
        reason=request.POST.get(REASON, "").strip(),
    )
    return write.perform(Action(stamp=stamp, what=what), now=moment_of(request))
