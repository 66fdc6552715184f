"""Before a dosing day: blood and ECG, wash-outs judged, what is arranged ahead; and overrides on the day."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from holdfast.conduct.actions import (
    Countersign,
    JudgeWashout,
    NoteReadiness,
    OverrideGate,
    RecordLaboratory,
    ReportOverride,
)
from holdfast.conduct.facts import participant_facts
from holdfast.conduct.washout import listed
from holdfast.protocol.roles import Role
from holdfast.records.envelope import Record
from holdfast.simulation.play_holding import laboratory, local_day
from holdfast.simulation.play_programme import prescribe
from holdfast.simulation.stage import Script
from holdfast.simulation.story import Player

JUDGED_DAYS = 30
"""A physician who finds no half-life at hand counts a month from the last day of a medicine."""
WHY = {
    "escort-arranged": "The escort is confirmed by telephone for tomorrow; the participant stays overnight.",
    "laboratory-in-window": "Slightly outside its range twice; no symptom, discussed with the participant.",
    "wash-outs-done": "Begun again since; the effect may be weaker, the participant knows, watched closely.",
}
"""What a physician says who lets an item pass, by item."""


def prepare(player: Player, visit: str) -> Script:
    """Two days before: blood and ECG, what is arranged; what is off is taken again on the eve."""
    tests = tuple(each.test for each in player.story.protocol.before_dose.laboratory)
    off = laboratory(player, tests)
    judge_washouts(player)
    prescribe(player, visit)
    for item, note in (("room", "Booked for the day and the night."), ("escort-arranged", "Asked for.")):
        noted = NoteReadiness(participant=player.code, visit=visit, item=item, note=note)
        player.stage.do(noted, player.coordinator)
    if off:
        yield player.stage.now + timedelta(hours=23)
        laboratory(player, off)


def judge_washouts(player: Player) -> None:
    """A physician judges the wash-outs that cannot be worked out, once."""
    asked = player.story.protocol.before_dose.wash_out
    for root, each in player.standing.medicines.items():
        if asked is None or root in player.standing.washouts or not each.stopped:
            continue
        if each.class_ not in asked.classes or listed(each.medicine) is not None:
            continue
        over = date.fromisoformat(each.stopped) + timedelta(days=JUDGED_DAYS)
        judged = JudgeWashout(
            participant=player.code,
            medicine=root,
            over_on=over.isoformat(),
            why=f"Product information read; {JUDGED_DAYS} days after the last one.",
        )
        player.stage.do(judged, player.physician)


def pregnancy_test(player: Player) -> None:
    """On the morning, where pregnancy is possible."""
    asked = player.story.protocol.before_dose.pregnancy_test
    facts = participant_facts(player.story.protocol, player.standing)
    if asked is None or facts.get("childbearing_potential") is not True:
        return
    result = RecordLaboratory(
        participant=player.code,
        test=asked.test,
        value=0.0,
        unit="1",
        low=None,
        high=0.0,
        taken_on=local_day(player).isoformat(),
    )
    player.stage.do(result, player.lead)


def override(player: Player, visit: str, step: str, about: set[str]) -> None:
    """A physician lets pass what may pass: beside the participant, or by telephone before two people."""
    for item, why in WHY.items():
        if item not in about:
            continue
        if player.luck.strikes("override-by-telephone", 0.5):
            told = ReportOverride(
                participant=player.code,
                visit=visit,
                step=step,
                item=item,
                physician=player.site.physician.code,
                how="read-back",
                why=why,
                witness=player.pair[1].code,
                read_back=True,
            )
            player.stage.do(told, player.lead)
        else:
            asked = OverrideGate(participant=player.code, visit=visit, step=step, item=item)
            player.stage.do(asked, player.physician, reason=why)


def countersigned(player: Player, record: Record, visit: str) -> Script:
    """The physician countersigns what was reported, most often in time."""
    yield player.stage.now + timedelta(hours=player.luck.whole("countersign-hours", 1, 25))
    ask = Countersign(participant=player.code, visit=visit, override=UUID(str(record.id)), agrees=True)
    player.stage.do(ask, player.staff(Role.PHYSICIAN))
