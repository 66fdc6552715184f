"""A programme outside trials: approvals recorded and renewed, notices given, sessions prescribed."""

from __future__ import annotations

from datetime import date, timedelta

from holdfast.conduct.actions import GiveNotice, Prescribe, RecordAuthority, SendReport
from holdfast.conduct.programme import BEFORE
from holdfast.protocol.model import Notice, Programme
from holdfast.protocol.periods import periods
from holdfast.simulation.cast import Site
from holdfast.simulation.play_holding import local_day
from holdfast.simulation.stage import Actor, Script, moment
from holdfast.simulation.story import Player, Story

PRODUCT = "MDMA capsules"
RENEWED_BEFORE = timedelta(days=30)


def authorise(story: Story, site: Site, end: date) -> None:
    """The physician's approvals at a site over the whole programme; none in a trial."""
    if story.protocol.programme is not None:
        story.stage.enter(_approvals(story, site, end, programme=story.protocol.programme))
        story.stage.enter(_reports(story, site, end, programme=story.protocol.programme))


def _approvals(story: Story, site: Site, end: date, *, programme: Programme) -> Script:
    number = 1
    while True:
        begins = story.stage.now.date()
        last = begins.replace(year=begins.year + 1, day=min(begins.day, 28))
        what = RecordAuthority(
            prescriber=site.physician.code,
            product=PRODUCT,
            approval=approval_of(site, number),
            committee="Ethics committee of the rehearsal",
            ethics_approval=f"HREC-{site.code}-{number}",
            ethics_until=last.isoformat(),
            sites=(site.code,),
            state=site.state,
            # The day before: it is dated by the clock at the place, which may be a day behind UTC.
            valid_from=(begins - timedelta(days=1)).isoformat(),
            valid_until=last.isoformat(),
            confirmed=tuple(each.code for each in programme.conditions(site.state)),
        )
        story.stage.must(what, Actor.of(site.coordinator, site))
        if last >= end:
            return
        number += 1
        yield moment(last - RENEWED_BEFORE, 9.0, site.zone)


REPORTED_AFTER = timedelta(days=10)


def _reports(story: Story, site: Site, end: date, *, programme: Programme) -> Script:
    """The report of every period, some days after it is over, with a copy to the ethics committee."""
    begun = story.stage.now.date()
    for period in reversed(periods(programme, first=begun, last=end)):
        yield moment(period.last + REPORTED_AFTER, 11.0, site.zone)
        sent = SendReport(
            first=period.first.isoformat(),
            sent_on=(period.last + REPORTED_AFTER).isoformat(),
            reference=f"{site.code}-{period.last:%Y-%m}",
            copied_to="Ethics committee of the rehearsal",
        )
        story.stage.must(sent, Actor.of(site.coordinator, site))


def approval_of(site: Site, number: int) -> str:
    """The number of a site's n-th approval."""
    return f"AP-{site.code}-{number}"


def prescribe(player: Player, visit: str) -> None:
    """What the state wants to hear first, the prescription, and what it wants to hear after."""
    programme = player.story.protocol.programme
    if programme is None:
        return
    notices = _notices(programme, player.site)
    for each in notices:
        if each.when == BEFORE and (each.code, "") not in player.standing.notices:
            _tell(player, each, "", late=False)
    approval = _newest(player)
    player.stage.do(Prescribe(participant=player.code, visit=visit, approval=approval), player.physician)
    for each in notices:
        if each.when != BEFORE and visit in player.standing.prescriptions:
            player.stage.enter(_afterwards(player, each, visit))


def _notices(programme: Programme, site: Site) -> tuple[Notice, ...]:
    state = programme.state(site.state)
    return state.notices if state is not None else ()


def _newest(player: Player) -> str:
    site = player.stage.book.standing(f"site/{player.site.code}")
    return max(getattr(site, "authorities"), default="")  # noqa: B009 - a standing of any stream


def _tell(player: Player, notice: Notice, visit: str, *, late: bool) -> None:
    day = local_day(player)
    what = GiveNotice(
        participant=player.code,
        notice=notice.code,
        given_on=day.isoformat(),
        visit=visit,
        reference=f"{notice.code}-{player.code}{'-late' if late else ''}",
    )
    player.stage.do(what, player.coordinator)


def _afterwards(player: Player, notice: Notice, visit: str) -> Script:
    """Told the same day; where somebody forgot, some days later."""
    late = player.habit("contact_fails")
    yield player.stage.now + (timedelta(days=5) if late else timedelta(hours=2))
    _tell(player, notice, visit, late=late)
