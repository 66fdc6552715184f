"""What the supply pages show: kits by step, sessions that wait for one, one kit and its history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from holdfast.allocation.key import Key
from holdfast.allocation.kits import Kit
from holdfast.clinic.ledger import read
from holdfast.conduct.standing import KitStanding, fold
from holdfast.protocol.model import Protocol, VisitKind
from holdfast.records.envelope import Record
from holdfast.timing import in_words


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a kit, for the key holder alone."""

    arm: str
    mg: str


@dataclass(frozen=True, slots=True)
class KitLine:
    """One kit."""

    kit: str
    site: str
    step: str
    state: str
    state_words: str
    on_hand: int
    expires: str
    whose: str
    contents: Contents | None


@dataclass(frozen=True, slots=True)
class StepLine:
    """The kits of a step at a site, counted by state."""

    site: str
    step: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Need:
    """A dose step of a coming session: the kit set aside for it, or none yet."""

    participant: str
    visit: str
    site: str
    step: str
    on: date
    kit: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One record of a kit."""

    when: str
    what: str
    who: str


STATES = ("quarantined", "free", "set-aside", "used", "returned", "gone", "expired")


def state_words() -> dict[str, str]:
    """The states in words."""
    return {
        "quarantined": _("not released"),
        "free": _("free"),
        "set-aside": _("set aside"),
        "used": _("used"),
        "returned": _("returned"),
        "gone": _("destroyed or lost"),
        "expired": _("out of date"),
    }


def kits(study: str, sites: Sequence[str]) -> dict[str, KitStanding]:
    """The standing of every kit at these sites, by number: one query for all."""
    streams: dict[str, list[Record]] = defaultdict(list)
    for record in read.under(study, "kit/"):
        streams[record.stream].append(record)
    found = {}
    for stream, records in streams.items():
        standing = fold(stream, records)
        if isinstance(standing, KitStanding) and standing.known and standing.site in sites:
            found[stream.partition("/")[2]] = standing
    return dict(sorted(found.items()))


def state(kit: KitStanding, *, day: str) -> str:
    """How a kit stands on a day."""
    if kit.used and not kit.on_hand:
        return "used"
    if kit.returned:
        return "returned"
    if not kit.on_hand:
        return "gone"
    if not kit.in_date(day=day):
        return "expired"
    if not kit.released:
        return "quarantined"
    return "set-aside" if kit.assigned else "free"


def lines(held: Mapping[str, KitStanding], *, day: str, contents: Mapping[str, Contents]) -> list[KitLine]:
    """A line for each kit."""
    words = state_words()
    return [
        KitLine(
            kit=number,
            site=kit.site,
            step=kit.step,
            state=(now := state(kit, day=day)),
            state_words=words[now],
            on_hand=kit.on_hand,
            expires=kit.expires,
            whose=" ".join(kit.assigned[:2]) if kit.assigned else "",
            contents=contents.get(number),
        )
        for number, kit in held.items()
    ]


def by_step(found: Sequence[KitLine]) -> list[StepLine]:
    """Counts by site and step, a column for each state."""
    counted: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(STATES, 0))
    for line in found:
        counted[line.site, line.step][line.state] += 1
    return [
        StepLine(site, step, tuple(counts[each] for each in STATES))
        for (site, step), counts in sorted(counted.items())
    ]


def needs(study: str, protocol: Protocol, sites: Sequence[str]) -> list[Need]:
    """Dose steps of the coming sessions, the next first."""
    dosing = {each.code for each in protocol.visits if each.kind is VisitKind.DOSING}
    found = []
    for row in read.participants(study, sites=sites):
        if row.next_visit not in dosing or row.due_on is None or row.randomised_on is None:
            continue
        plan = protocol.session(row.next_visit)
        aside = read.session_standing(study, row.participant, row.next_visit).kits
        for step in (plan.first, plan.supplemental):
            if step is not None:
                there = aside.get(step.step)
                kit = there.kit if there else ""
                found.append(Need(row.participant, row.next_visit, row.site, step.step, row.due_on, kit))
    return sorted(found, key=lambda each: (each.on, each.participant, each.step))


def contents(key: Key, protocol: Protocol) -> dict[str, Contents]:
    """What is in each kit, in words."""
    names = {arm.code: arm.name["en"] for arm in protocol.arms}
    return {
        kit: Contents(names.get(arm, arm), f"{key.mg_of_kit[kit]:g} mg")
        for kit, arm in key.arm_of_kit.items()
    }


def usable(held: Mapping[str, KitStanding], *, site: str, day: str) -> list[Kit]:
    """Kits that may be set aside at a site: released, in date, nobody's yet."""
    return [
        Kit(
            number=number,
            site=kit.site,
            step=kit.step,
            capsules=kit.on_hand,
            expires=kit.expires,
            lot=kit.lot,
        )
        for number, kit in held.items()
        if kit.site == site and state(kit, day=day) == "free"
    ]


def history(records: Sequence[Record]) -> list[Moment]:
    """A kit's records in words, the latest first."""
    words = {
        "kit-received": _("received"),
        "kit-released": _("released"),
        "kit-assigned": _("set aside"),
        "kit-used": _("used"),
        "kit-returned": _("returned"),
        "kit-counted": _("counted"),
        "kit-destroyed": _("destroyed"),
    }
    return [
        Moment(
            when=in_words(record.happened_at),
            what=getattr(record.fact, "what", "") or words.get(record.fact.KIND, record.fact.KIND),
            who=record.author,
        )
        for record in reversed(records)
    ]
