"""Before the first participant: study, sites, people, sealed lists, kits; and the end of it all."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from holdfast.allocation.key import Key, merge, part_for_slots
from holdfast.allocation.kits import Kit, choose_kit, make_kits, steps_of
from holdfast.allocation.lists import SlotList, make_list_with_totals
from holdfast.allocation.sealing import commit
from holdfast.conduct.actions import (
    Appoint,
    BringWording,
    CheckEmergencyKit,
    DestroyKit,
    LockStudy,
    OpenSite,
    OpenStudy,
    ReceiveKit,
    RecordCredential,
    ReleaseKit,
    SealList,
    UnblindStudy,
)
from holdfast.errors import UnknownName
from holdfast.instruments import catalogue
from holdfast.instruments.words import Permission, practice
from holdfast.protocol.model import Protocol
from holdfast.protocol.roles import Role
from holdfast.simulation.assumptions import Assumptions
from holdfast.simulation.cast import Person, Site, renewals
from holdfast.simulation.play_programme import authorise
from holdfast.simulation.stage import Actor, Script, moment
from holdfast.simulation.story import Story
from holdfast.simulation.strata import labels, randomisation_of, site_in

SPARE_SLOTS = 8
SPARE_KITS = 4
SHIPMENTS = 3
YEARS = 4


def allocate(
    assumptions: Assumptions, protocol: Protocol, sites: tuple[Site, ...], *, strata: list[str], seed: int
) -> tuple[tuple[SlotList, ...], Key]:
    """The sealed lists of a trial whose totals by arm are given; as many slots as people come, and spares.

    ``strata`` are the labels of all who enter, in the order of randomisation.

    Raises:
        Refusal: for a study that does not randomise within sites.
    """
    randomisation = randomisation_of(protocol)
    numbers = {label: strata.count(label) for label in labels(randomisation, [site.code for site in sites])}
    totals = dict(
        zip(
            (arm.code for arm in protocol.arms), map(int, assumptions.recruitment.by_arm.numbers), strict=True
        )
    )
    return make_list_with_totals(randomisation, numbers=numbers, totals=totals, seed=seed, extra=SPARE_SLOTS)


def pack(
    protocol: Protocol,
    sites: tuple[Site, ...],
    *,
    arms: Mapping[str, list[str]],
    strata: list[str],
    seed: int,
    start: date,
) -> tuple[tuple[Kit, ...], Key]:
    """Kits of every step for every site: of each arm as many as its people need, and some to spare."""
    taken: dict[str, list[str]] = {site.code: [] for site in sites}
    for label, dealt in arms.items():
        taken[site_in(label)] += dealt[: strata.count(label)]
    per_site = {
        site: max(map(dealt.count, set(dealt)), default=0) + SPARE_KITS for site, dealt in taken.items()
    }
    expires = start.replace(year=start.year + YEARS).isoformat()
    return make_kits(
        steps_of(protocol), per_site=per_site, expires=expires, lot=f"LOT{start:%y%m}", seed=seed
    )


def key_of(slots: Key, kits: Key) -> Key:
    """The whole key of a trial."""
    return merge(slots, kits)


def secret(seed: int) -> bytes:
    """The secret of a rehearsal's commitments, from its seed."""
    return hashlib.sha256(f"holdfast rehearsal secret {seed}".encode()).digest()


def commitment(seed: int, key: Key, slots: tuple[str, ...]) -> str:
    """What the records hold of a stratum's part of the key."""
    return commit(part_for_slots(key, slots), secret=secret(seed))


def sponsor(site: Site) -> Actor:
    """The sponsor, acting for a site."""
    return Actor("sponsor", Role.SPONSOR, site.code, site.zone, "sponsor-desk")


def opening(
    story: Story, lists: tuple[SlotList, ...], kits: tuple[Kit, ...], *, start: date, end: date
) -> Script:
    """Open the study and its sites, appoint everybody, seal the lists, receive the first kits."""
    stage, first = story.stage, story.sites[0]
    yield _morning(start, first)
    stage.must(OpenStudy(life="rehearsal"), sponsor(first))
    for site in story.sites:
        _open_site(story, site, end)
        authorise(story, site, end)
    bring_words(story)
    for each in lists:
        site = next(site for site in story.sites if site.code == site_in(each.stratum))
        sealed = SealList(
            stratum=each.stratum, slots=each.slots, commitment=commitment(stage.seed, story.key, each.slots)
        )
        stage.must(sealed, Actor.of(site.pharmacist, site))
    story.coming = list(kits)
    for number, batch in enumerate(_shipments(kits)):
        yield stage.now + (timedelta(days=1) if number == 0 else (end - start) * 0.1)
        for kit in batch:
            deliver(story, kit)


def _morning(day: date, site: Site) -> datetime:
    return moment(day, 9.0, site.zone)


def _shipments(kits: tuple[Kit, ...]) -> list[list[Kit]]:
    """Every site and step gets a share of each shipment; arms are dealt by chance of the numbers."""
    return [list(kits[number::SHIPMENTS]) for number in range(SHIPMENTS)]


def deliver(story: Story, kit: Kit) -> None:
    """A kit arrives at its site and is released, unless it was sent ahead by express."""
    if kit not in story.coming:
        return
    story.coming.remove(kit)
    site = next(site for site in story.sites if site.code == kit.site)
    by = Actor.of(site.pharmacist, site)
    received = ReceiveKit(
        kit=kit.number, step=kit.step, capsules=kit.capsules, expires=kit.expires, lot=kit.lot
    )
    story.stage.do(received, by)
    story.stage.do(ReleaseKit(kit=kit.number), by)
    story.stock.setdefault(site.code, []).append(kit)


def kit_for(story: Story, *, site: str, slot: str, step: str) -> Kit:
    """The kit for a slot's dose step; what is still to come for the step is sent for where none is left."""
    try:
        return choose_kit(story.key, slot=slot, step=step, kits=story.stock[site])
    except UnknownName:
        for kit in [each for each in story.coming if each.site == site and each.step == step]:
            deliver(story, kit)
        return choose_kit(story.key, slot=slot, step=step, kits=story.stock[site])


def bring_words(story: Story) -> None:
    """Invented words in the place of those that the software does not have, and that people read alone."""
    for form in story.protocol.forms:
        instrument = catalogue.get(form.instrument) if form.instrument else None
        if instrument is None or not instrument.needs_words:
            continue
        what = BringWording(words=practice(instrument), permission=Permission(rehearsal=True))
        (record, *_) = story.stage.must(what, sponsor(story.sites[0]))
        story.wordings[form.form] = str(getattr(record.fact, "digest"))  # noqa: B009 - no fact is imported here


def _open_site(story: Story, site: Site, end: date) -> None:
    stage, by = story.stage, sponsor(site)
    opened = OpenSite(name=site.name, country=site.country, zone=site.zone, phone=site.phone)
    stage.must(opened, by)
    for person in (*site.people, *story.raters):
        appointed = Appoint(person=person.code, role=person.role.value, name=person.name)
        stage.must(appointed, by)
    for person in (*site.people, *(story.raters if site is story.sites[0] else ())):
        stage.enter(_credentials(story, site, person, end))
    stage.enter(_emergency_kit(story, site, end))


def _credentials(story: Story, site: Site, person: Person, end: date) -> Script:
    """Recorded at the start and renewed before they run out."""
    stage = story.stage
    for number, (day, last) in enumerate(renewals(stage.now.date(), end)):
        if number:
            yield _morning(day, site)
        for credential in person.credentials:
            what = RecordCredential(person=person.code, credential=credential, valid_until=last.isoformat())
            stage.do(what, sponsor(site))


def _emergency_kit(story: Story, site: Site, end: date) -> Script:
    stage = story.stage
    while stage.now.date() <= end:
        until = stage.now.date() + timedelta(days=190)
        stage.do(CheckEmergencyKit(valid_until=until.isoformat()), Actor.of(site.physician, site))
        yield stage.now + timedelta(days=180)


def closing(story: Story, lists: tuple[SlotList, ...], *, on: date) -> Script:
    """What is left of the drug is destroyed, the study is locked, and the key released."""
    stage, first = story.stage, story.sites[0]
    yield _morning(on, first)
    for site in story.sites:
        by = Actor.of(site.pharmacist, site)
        for kit in story.stock[site.code]:
            witnesses = (site.witness.code, site.physician.code)
            stage.do(DestroyKit(kit=kit.number, capsules=kit.capsules, witnesses=witnesses), by)
    yield stage.now + timedelta(days=14)
    curious = UnblindStudy(commitment="")
    stage.do(curious, sponsor(first))  # asked for before the data are locked: refused
    statistician = Actor("statistician", Role.STATISTICIAN, first.code, first.zone, "statistics-desk")
    frozen = hashlib.sha256("\n".join(each.hash for each in stage.book.sealed).encode()).hexdigest()
    stage.must(LockStudy(data_hash=frozen), statistician)
    yield stage.now + timedelta(days=2)
    released = "\n".join(commitment(stage.seed, story.key, each.slots) for each in lists)
    stage.must(UnblindStudy(commitment=hashlib.sha256(released.encode()).hexdigest()), statistician)
