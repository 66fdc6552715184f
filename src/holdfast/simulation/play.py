"""*play*: a Course turned into actions through ``conduct``, from the study's opening to its unblinding.

It constructs no record: every record of a rehearsal was returned by ``decide``. The same
protocol, assumptions and seed give byte-identical records on one platform; ids, salts and
the clock come from the seed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from holdfast.allocation.key import Key
from holdfast.allocation.lists import SlotList
from holdfast.protocol.model import Protocol
from holdfast.protocol.schedule import planned_day
from holdfast.records.envelope import Record, Sealed
from holdfast.simulation.assumptions import Assumptions
from holdfast.simulation.cast import Site, raters, sites
from holdfast.simulation.course import Course, candidate, draw_course
from holdfast.simulation.draw import rated_visits
from holdfast.simulation.itinerary import Itinerary, Newcomer, Week, itineraries, newcomers, site_of
from holdfast.simulation.life import draw_life
from holdfast.simulation.luck import Luck
from holdfast.simulation.play_entry import way_in
from holdfast.simulation.play_forms import FAILING, facts_of
from holdfast.simulation.play_opening import allocate, closing, commitment, key_of, opening, pack
from holdfast.simulation.play_safety import consequence
from holdfast.simulation.stage import Stage
from holdfast.simulation.story import Player, Story
from holdfast.simulation.strata import label_of, of_site, randomisation_of
from holdfast.simulation.today import Underway, underway
from holdfast.simulation.vitals import supplement_bounds

START = date(2023, 1, 9)
"""The day a rehearsal's study opens, unless told otherwise."""
LATE = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What went otherwise than planned: none is zero in a whole rehearsal."""

    records: int
    refused: int
    deviations: int
    corrections: int
    late_entries: int
    missed_readings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A played trial: its sealed records in the order of recording, the key, and the counts.

    ``refused`` names each refused request and the codes of the reasons. ``course`` is what
    was played; ``codes`` maps its person indices to participant codes.
    """

    protocol: Protocol
    sealed: tuple[Sealed, ...]
    key: Key
    commitments: dict[str, str]
    counts: Counts
    refused: tuple[tuple[str, tuple[str, ...]], ...]
    course: Course
    codes: dict[int, str]

    @property
    def records(self) -> list[Record]:
        """The records without their seals."""
        return [each.record for each in self.sealed]


def play(
    protocol: Protocol,
    assumptions: Assumptions,
    *,
    seed: int,
    until: datetime | None = None,
    today: date | None = None,
    way: float = 0.55,
    start: date = START,
    progress: Callable[[float], None] | None = None,
) -> Rehearsal:
    """Play one trial.

    ``until`` (UTC) stops it at that moment. ``today`` moves the calendar so that the day
    lies in the middle: about the share ``way`` of the participants are randomised, one is
    in a dosing session (begun some hours before ``until``, which is then 17:30 UTC unless
    given), others are being screened, prepared, overdue, withdrawn. ``progress`` is told
    the part done.

    Raises:
        Refusal: for a study that this release cannot rehearse.
        Stumble: where study file, conduct and script do not fit each other.
    """
    country = protocol.programme.country if protocol.programme else ""
    cast = sites(int(assumptions.recruitment.sites.number), country=country)
    people = int(sum(assumptions.recruitment.by_arm.numbers))
    homes = site_of(assumptions, seed=seed, people=people)
    strata = _strata(assumptions, protocol, cast, homes, seed=seed)
    lists, slot_key, arms = _allocated(assumptions, protocol, cast, strata, seed=seed)
    levels = _levels(protocol, strata, arms)
    course = draw_course(assumptions, seed=seed, level=levels, bounds=supplement_bounds(protocol))
    plan = _plan(
        assumptions,
        protocol,
        course,
        seed=seed,
        homes=homes,
        cast=cast,
        start=start,
        today=today,
        until=until,
        way=way,
    )
    kits, kit_key = pack(protocol, cast, arms=arms, strata=strata, seed=seed, start=plan.start)
    rated = rated_visits(protocol)
    stage = Stage(protocol, seed=seed, until=plan.until)
    story = Story(
        stage=stage,
        assumptions=assumptions,
        course=course,
        life=draw_life(
            assumptions,
            course,
            rated=_days(protocol, rated),
            followed=_days(protocol, protocol.follow_up.visits),
        ),
        sites=cast,
        raters=raters(),
        key=key_of(slot_key, kit_key),
        rated=rated,
        followed=protocol.follow_up.visits,
    )
    stage.consequences.append(lambda record: consequence(story, record))
    end = max(max(each.visits.values()) for each in plan.enrolled) + timedelta(days=60)
    stage.enter(opening(story, lists, kits, start=plan.start, end=end))
    _players(story, plan)
    stage.enter(closing(story, lists, on=end))
    stage.run(_part(progress, plan.start, plan.until or _at(end)))
    return Rehearsal(
        protocol=protocol,
        sealed=tuple(stage.book.sealed),
        key=story.key,
        commitments={each.stratum: commitment(seed, story.key, each.slots) for each in lists},
        counts=_counts(stage),
        refused=tuple(stage.refused),
        course=course,
        codes={player.index: player.code for player in story.players.values() if player.enrolled},
    )


def _days(protocol: Protocol, visits: tuple[str, ...]) -> dict[str, int]:
    """Visits with their planned study days."""
    return {code: planned_day(protocol, code) for code in visits}


def _allocated(
    assumptions: Assumptions, protocol: Protocol, cast: tuple[Site, ...], strata: list[str], *, seed: int
) -> tuple[tuple[SlotList, ...], Key, dict[str, list[str]]]:
    """The sealed lists, their key and the arms of their slots; everybody in the one arm without lists."""
    if not protocol.blinded:
        (arm,) = protocol.arms
        return (), Key(), {label: [arm.code] * strata.count(label) for label in dict.fromkeys(strata)}
    lists, key = allocate(assumptions, protocol, cast, strata=strata, seed=seed)
    return lists, key, _arms(lists, key)


def _arms(lists: tuple[SlotList, ...], key: Key) -> dict[str, list[str]]:
    """The arms of each stratum's slots in order."""
    return {each.stratum: [key.arm_of_slot[slot] for slot in each.slots] for each in lists}


def _strata(
    assumptions: Assumptions, protocol: Protocol, cast: tuple[Site, ...], homes: list[int], *, seed: int
) -> list[str]:
    """Each enrolled person's stratum, from their site and who they are."""
    if not protocol.blinded:
        return [of_site(cast[home].code) for home in homes]
    randomisation = randomisation_of(protocol)
    return [
        label_of(randomisation, site=cast[home].code, facts=facts_of(assumptions.people, Luck(seed, index)))
        for index, home in enumerate(homes)
    ]


def _levels(protocol: Protocol, strata: list[str], arms: dict[str, list[str]]) -> np.ndarray:
    """Each person's arm level: the next slot of their stratum's list, in the order of randomisation."""
    level = {arm.code: arm.level for arm in protocol.arms}
    taken = dict.fromkeys(arms, 0)
    found = []
    for stratum in strata:
        found.append(level[arms[stratum][taken[stratum]]])
        taken[stratum] += 1
    return np.array(found)


def _plan(
    assumptions: Assumptions,
    protocol: Protocol,
    course: Course,
    *,
    seed: int,
    homes: list[int],
    cast: tuple[Site, ...],
    start: date,
    today: date | None,
    until: datetime | None,
    way: float,
) -> Underway:
    if today is None:
        week = Week()
        enrolled = itineraries(assumptions, protocol, seed=seed, sites=homes, start=start, week=week)
        others = newcomers(assumptions, protocol, seed=seed, enrolled=enrolled, week=week)
        return Underway(start, until, tuple(enrolled), tuple(others), {}, {})
    moment = until or datetime.combine(today, time(17, 30), tzinfo=UTC)
    return underway(
        assumptions, protocol, course, seed=seed, homes=homes, cast=cast, today=today, until=moment, way=way
    )


def _players(story: Story, plan: Underway) -> None:
    """Everyone who comes into contact, coded at each site in the order of contact."""
    everyone: list[Itinerary | Newcomer] = sorted(
        (*plan.enrolled, *plan.others), key=lambda each: (each.contact, each.index)
    )
    numbers = dict.fromkeys((site.code for site in story.sites), 0)
    for each in everyone:
        site = story.sites[each.site]
        numbers[site.code] += 1
        ends = each.ends if isinstance(each, Newcomer) else ""
        player = _player(story, each, f"{site.code}-{numbers[site.code]:03d}", ends)
        player.quiet_from = plan.quiet.get(each.index)
        player.session_start.update(plan.session_start.get(each.index, {}))
        story.players[player.code] = player
        story.stage.enter(way_in(player, ends))


def _player(story: Story, each: Itinerary | Newcomer, code: str, ends: str) -> Player:
    site = story.sites[each.site]
    luck = Luck(story.stage.seed, each.index)
    player = Player(
        story=story,
        code=code,
        site=site,
        index=each.index,
        luck=luck,
        visits=dict(each.visits),
        enrolled=isinstance(each, Itinerary),
        pair=site.pairs[luck.whole("pair", 0, len(site.pairs) - 1)],
    )
    player.facts = facts_of(story.assumptions.people, luck)
    player.no_touch = player.habit("no_touch_consent")
    if ends == "screening":
        player.finding = FAILING[luck.whole("finding", 0, len(FAILING) - 1)]
    elif ends == "baseline":
        player.baseline_score = _below(story, each.index)
    return player


def _below(story: Story, person: int) -> int:
    """A baseline score under the bar: that of the first attempt that does not enter."""
    for attempt in range(2000):
        score = candidate(story.assumptions, seed=story.stage.seed, trial=0, person=person, attempt=attempt)
        if score < story.assumptions.baseline.entry.number:
            return score
    return int(story.assumptions.baseline.entry.number) - 1


def _counts(stage: Stage) -> Counts:
    records = stage.book.records
    return Counts(
        records=len(records),
        refused=len(stage.refused),
        deviations=sum(record.kind == "deviation" for record in records),
        corrections=sum(record.corrects is not None and record.because is None for record in records),
        late_entries=sum(_late(record) for record in records),
        missed_readings=sum(record.kind == "vitals-missed" for record in records),
    )


def _late(record: Record) -> bool:
    """Something a person entered more than a day after it happened."""
    return record.because is None and record.recorded_at - record.happened_at.at > LATE


def _at(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _part(
    progress: Callable[[float], None] | None, start: date, end: datetime
) -> Callable[[datetime], None] | None:
    if progress is None:
        return None
    whole = max(1.0, (end - _at(start)) / timedelta(days=1))
    return lambda now: progress(min(1.0, max(0.0, (now - _at(start)) / timedelta(days=1) / whole)))
