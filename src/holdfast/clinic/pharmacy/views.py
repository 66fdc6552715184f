"""Views of the pharmacy: kits on hand, setting one aside by the key, counting and returning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from holdfast.allocation.kits import choose_kit
from holdfast.clinic import edge
from holdfast.clinic.accounts import openings
from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.accounts.may import may, roles_for, sites
from holdfast.clinic.edge import moment_of
from holdfast.clinic.ledger import read, write
from holdfast.clinic.ledger.models import ParticipantRow
from holdfast.clinic.pharmacy import key_store, supply
from holdfast.conduct import actions as act
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.timing import Instant, time_in_words

SHOWN = 200
"""So many kits are listed at once; the step and the state narrow the list."""


@asks(Act.READ_SUPPLY)
@require_GET
def stock(request: HttpRequest, study: str) -> HttpResponse:
    """Kits by step and state, the sessions that wait for one, and the kits themselves."""
    reach, day = sorted(sites(request.user, Act.READ_SUPPLY, study)), _day(request)
    protocol = read.protocol(study)
    held = supply.kits(study, reach)
    found = supply.lines(held, day=day, contents=_contents(request, study))
    step, state = request.GET.get("step", ""), request.GET.get("state", "")
    wanted = [each for each in found if step in ("", each.step) and state in ("", each.state)]
    words = supply.state_words()
    context = {
        "steps": supply.by_step(found),
        "states": [(code, words[code]) for code in supply.STATES],
        "needs": supply.needs(study, protocol, reach),
        "kits": wanted[:SHOWN],
        "more": max(0, len(wanted) - SHOWN),
        "all_steps": sorted({each.step for each in found}),
        "step": step,
        "state": state,
        "dispenses": may(request.user, Act.DISPENSE, study),
        "kept": key_store.is_kept(study),
        "fresh": edge.new_id,
    }
    return render(request, "pharmacy/stock.html", context)


@asks(Act.READ_SUPPLY)
@require_GET
def kit(request: HttpRequest, study: str, kit: str) -> HttpResponse:
    """One kit: where its capsules are, and everything that happened to it."""
    reach = sites(request.user, Act.READ_SUPPLY, study)
    records = read.records(study, stream=f"kit/{kit}")
    found = supply.lines(
        {kit: standing} if (standing := supply.kits(study, sorted(reach)).get(kit)) else {},
        day=_day(request),
        contents=_contents(request, study),
    )
    if not found or standing is None:
        raise UnknownName(_("There is no such kit at a site of yours."))
    context = {
        "line": found[0],
        "kit": standing,
        "history": supply.history(records),
        "works": may(request.user, Act.WORK_SUPPLY, study, standing.site),
        "witnesses": sorted(
            {
                (each.person, each.name)
                for each in read.appointments(study=study)
                if each.site == standing.site
            }
            - {(request.user.get_username(), getattr(request.user, "name", ""))}
        ),
        "fresh": edge.new_id,
    }
    return render(request, "pharmacy/kit.html", context)


@asks(Act.DISPENSE)
@require_POST
def set_aside(request: HttpRequest, study: str, participant: str) -> HttpResponse:
    """Choose a kit by the key and set it aside for a dose step."""
    row = read.participant(study, participant)
    step, visit = request.POST.get("step", ""), request.POST.get("visit", "")
    # Sent twice: the kit of the first time is asked for again, and answered as then.
    aside = read.session_standing(study, participant, visit).kits.get(step)
    number = aside.kit if aside else _chosen(request, study, row, step)
    what = act.AssignKit(kit=number, participant=participant, visit=visit, step=step)
    told = _("Kit %(kit)s is set aside.") % {"kit": number}
    return _done(request, study, row.site, Act.DISPENSE, what, told)


def _chosen(request: HttpRequest, study: str, row: ParticipantRow, step: str) -> str:
    key = key_store.for_pharmacy(request.user, study, row.site)
    openings.note(request, Act.DISPENSE, study, site=row.site, participant=row.participant)
    slot = read.participant_standing(study, row.participant).slot
    if not slot and read.protocol(study).randomisation is not None:
        raise ImpossibleValue(_("Nobody is given a kit before they are randomised."), field="participant")
    usable = supply.usable(supply.kits(study, [row.site]), site=row.site, day=_day(request))
    return choose_kit(key, slot=slot, step=step, kits=usable).number


@asks(Act.WORK_SUPPLY)
@require_POST
def work(request: HttpRequest, study: str, kit: str, what: str) -> HttpResponse:
    """Release, count, or take capsules back."""
    standing = supply.kits(study, sorted(sites(request.user, Act.WORK_SUPPLY, study))).get(kit)
    if standing is None or what not in WORK:
        raise UnknownName(_("There is no such kit at a site of yours."))
    told = WORK[what](kit, request)
    if isinstance(told, act.ReturnKit) and standing.assigned:
        # The session that it was set aside for then knows that it went back.
        told = replace(told, participant=standing.assigned[0], visit=standing.assigned[1])
    return _done(request, study, standing.site, Act.WORK_SUPPLY, told, _("Recorded."))


def _done(
    request: HttpRequest, study: str, site: str, act_: Act, what: act.Ask | act.Tell, sentence: str
) -> HttpResponse:
    zone = read.site_standing(study, site).zone
    stamp = act.Stamp(
        id=_id(request),
        study=study,
        site=site,
        author=request.user.get_username(),
        role=roles_for(request.user, act_, study, site)[0].value,
        device="browser",
        happened_at=Instant(moment_of(request), zone),
        reason=request.POST.get("reason", "").strip(),
    )
    outcome = write.perform(act.Action(stamp=stamp, what=what), now=moment_of(request))
    if outcome.refused is not None:
        for reason in outcome.refused.reasons:
            messages.error(request, reason.sentence)
    else:
        messages.success(request, f"{sentence} {time_in_words(stamp.happened_at, seconds=True)}")
    kit = getattr(what, "kit", "")
    to_kit = kit and request.POST.get("back") == "kit"
    return redirect("kit", study, kit) if to_kit else redirect("supply", study)


def _id(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("id", ""))
    except ValueError:
        raise ImpossibleValue(
            _("The entry came without a proper id; open the page again."), field="id"
        ) from None


def _whole(request: HttpRequest, name: str) -> int:
    typed = request.POST.get(name, "").strip()
    if not typed.isdecimal():
        raise ImpossibleValue(
            _("A whole number is expected; found “%(typed)s”.") % {"typed": typed}, field=name
        )
    return int(typed)


def _day(request: HttpRequest) -> str:
    return moment_of(request).date().isoformat()


def _contents(request: HttpRequest, study: str) -> dict[str, supply.Contents]:
    """What is in the kits: for the key holder; nothing for everybody else."""
    if not may(request.user, Act.DISPENSE, study) or not key_store.is_kept(study):
        return {}
    openings.note(request, Act.DISPENSE, study)
    return supply.contents(key_store.for_pharmacy(request.user, study), read.protocol(study))


WORK: dict[str, Callable[[str, HttpRequest], act.Ask | act.Tell]] = {
    "release": lambda kit, request: act.ReleaseKit(kit=kit),
    "count": lambda kit, request: act.CountKit(
        kit=kit, counted=_whole(request, "capsules"), witness=request.POST.get("witness", "")
    ),
    "return": lambda kit, request: act.ReturnKit(
        kit=kit, capsules=_whole(request, "capsules"), witness=request.POST.get("witness", "")
    ),
}
"""What may be done with a kit, by the last part of its address."""
