"""What follows from what was recorded: alarms and risks taken on, events closed, serious ones reported.

And the events of the weeks between sessions, which nobody asked for by name.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from holdfast.conduct.actions import (
    AcknowledgeAlarm,
    AcknowledgeRisk,
    CloseAdverseEvent,
    ReadVitals,
    ReportAdverseEvent,
    ReportDeviation,
    ReportSerious,
)
from holdfast.records.envelope import Record
from holdfast.simulation.luck import Luck
from holdfast.simulation.play_prompts import ALIKE, at_level
from holdfast.simulation.play_queries import after_form, answered
from holdfast.simulation.play_readiness import countersigned
from holdfast.simulation.stage import Script
from holdfast.simulation.story import Player, Story

TERMS = {
    "muscle-tightness": "Muscle tightness",
    "hyperhidrosis": "Hyperhidrosis",
    "mydriasis": "Mydriasis",
    "bruxism": "Bruxism",
    "nystagmus": "Nystagmus",
    "feeling-jittery": "Feeling jittery",
    "chest-discomfort": "Non-cardiac chest discomfort",
    "chills": "Chills",
    "insomnia": "Insomnia",
    "fatigue": "Fatigue",
    "upper-respiratory-infection": "Upper respiratory infection",
}
"""Events between sessions by their code in the assumptions."""
SERIOUS = (
    ("Appendicitis", "hospitalisation", "not-related", ""),
    ("Suicidal ideation with admission at own wish", "hospitalisation", "possible", "suicidality"),
    ("Ventricular extrasystoles, observed overnight", "hospitalisation", "possible", "cardiovascular"),
)
JUST_READ = timedelta(minutes=3)
"""Nobody cuffs a person again for another alarm so soon after a reading, or just before the next is due."""
PLANS = {
    "high": "Physician called and on the way; repeat in five minutes; no further dose.",
    "medium": "Repeat in five minutes; physician told by telephone.",
    "low": "Next reading in time.",
}


def consequence(story: Story, record: Record) -> Script | None:
    """The script that a record calls for, if it calls for one."""
    player = _whose(story, record)
    if player is None:
        return None
    fact: Any = record.fact
    if record.kind == "alarm-raised":
        return _take_alarm(player, record, fact)
    if record.kind == "risk-raised":
        return _take_risk(player, record)
    if record.kind == "form-completed" and record.corrects is None:
        return after_form(player, record, fact)
    if record.kind == "query-raised":
        return answered(player, record, fact)
    if record.kind == "override-reported":
        return countersigned(player, record, record.stream.split("/")[2])
    if record.kind == "adverse-event" and record.corrects is None:
        return _see_to_event(player, record, fact)
    return None


def _whose(story: Story, record: Record) -> Player | None:
    parts = record.stream.split("/")
    return story.players.get(parts[1]) if parts[0] in ("participant", "session") else None


def _take_alarm(player: Player, record: Record, fact: Any) -> Script:
    visit = record.stream.split("/")[2]
    stage = player.stage
    yield stage.now + timedelta(seconds=60 + int(150 * player.luck.draw("alarm-wait")))
    session: Any = stage.book.standing(record.stream)
    start = session.t0 or session.started
    passed = int((stage.now - start.at) / timedelta(minutes=1))
    # What lasts is looked at with the readings of the plan; at first, and once more, sooner.
    seen = sum(each.code == fact.code for each in session.alarms.values())
    wait = 5 if seen < 3 else 15
    ask = AcknowledgeAlarm(
        participant=player.code,
        visit=visit,
        alarm=record.id,
        plan=PLANS[fact.priority],
        recheck_minute=passed + (wait + 1 if fact.measure else 20),
    )
    stage.do(ask, player.physician if fact.priority == "high" else player.lead)
    if not fact.measure or session.t0 is None:
        return
    yield stage.now + timedelta(minutes=wait)
    _read_again(player, visit, stage.book.standing(record.stream))


def _read_again(player: Player, visit: str, session: Any) -> None:
    last = session.last["systolic"].at.at
    minute = int((player.stage.now - session.t0.at) / timedelta(minutes=1))
    plan = player.story.protocol.vitals.at_minutes.numbers
    soon = any(-1 <= each - minute <= 2 and each not in session.due for each in plan)
    if session.discharged is not None or player.stage.now - last < JUST_READ or soon:
        return
    number = player.story.dosing.index(visit)
    values = player.story.life.reading(player.index, number, minute)
    what = ReadVitals(
        participant=player.code,
        visit=visit,
        due_minute=None,
        systolic=values[0],
        diastolic=values[1],
        heart_rate=values[2],
        temperature=values[3],
        repeat=True,
    )
    player.stage.do(what, player.second)


def _take_risk(player: Player, record: Record) -> Script:
    yield player.stage.now + timedelta(minutes=player.luck.whole("risk-wait", 8, 55))
    ask = AcknowledgeRisk(
        participant=player.code, risk=record.id, plan="Spoken with; safety plan gone through; call tomorrow."
    )
    player.stage.do(ask, player.physician)


def _see_to_event(player: Player, record: Record, fact: Any) -> Script:
    """A serious event is reported to the sponsor; every event is followed to its outcome."""
    if fact.serious:
        yield player.stage.now + timedelta(hours=player.luck.whole("serious-hours", 2, 27))
        player.stage.do(
            ReportSerious(participant=player.code, event=record.id, to="sponsor"), player.physician
        )
    prompted = fact.source == "prompted"
    days = player.luck.whole("event-days", 0, 2) if prompted else player.luck.whole("event-weeks", 2, 25)
    yield player.stage.now + timedelta(
        days=1 + days, hours=3, minutes=player.luck.whole("event-minute", 0, 59)
    )
    lasting = not prompted and player.luck.strikes("lasting", 0.04)
    rated = _rated_over(player, record)
    ended = (player.stage.now - timedelta(days=1 if prompted else 2)).date().isoformat()
    what = CloseAdverseEvent(
        participant=player.code,
        event=record.id,
        outcome="not-recovered" if lasting else "recovered",
        end="" if lasting else rated or ended,
    )
    player.stage.do(what, player.coordinator)


def _rated_over(player: Player, record: Record) -> str:
    """When an effect was over by its ratings; empty where they do not tell."""
    person: Any = player.stage.book.standing(record.stream)
    return str(person.events[record.id].fact.end)


def events_of_treatment(player: Player) -> Script:
    """Events in the days after sessions, in the order of time."""
    found = []
    story = player.story
    level = int(story.course.level[0, player.index])
    prompts = {ALIKE.get(each.code, each.code) for each in story.protocol.adverse_events.prompts}
    held = [k for k in range(story.course.visits) if story.course.held[0, player.index, k]]
    for code, figure in story.assumptions.adverse.items():
        if code not in TERMS or code in prompts or not held:
            continue
        if player.luck.strikes(f"event-of-treatment/{code}", at_level(figure.numbers, level)):
            found.append(_after_session(player, held, TERMS[code]))
    if player.luck.strikes("serious", story.assumptions.adverse["serious"].number):
        found.append(_after_session(player, held or [0], ""))
    if player.habit("told_deviation"):
        found.append(_after_session(player, held or [0], "deviation"))
    for when, term in sorted(found):
        yield when
        if player.quiet:
            return
        _tell_event(player, term)


def _after_session(player: Player, held: list[int], term: str) -> tuple[Any, str]:
    k = held[player.luck.whole("event-session", 0, len(held) - 1)]
    day = player.visits[player.story.dosing[k]] + timedelta(days=player.luck.whole("event-day", 1, 6))
    return player.at(day, player.hour("event-hour", 11.2, 17.5)), term


def _tell_event(player: Player, term: str) -> None:
    if term == "deviation":
        what = "The session room was entered by a cleaner; the session went on after a minute."
        told = ReportDeviation(participant=player.code, code="disturbance", what=what, severity="minor")
        player.stage.do(told, player.lead)
        return
    words, criterion, related, interest = term, "", _relation(player.luck), ""
    if not term:
        words, criterion, related, interest = SERIOUS[player.luck.whole("serious-kind", 0, len(SERIOUS) - 1)]
    onset = (player.stage.now - timedelta(days=1)).date().isoformat()
    severe = 0.01 if not criterion else 1.0
    severity = (
        "severe"
        if player.luck.strikes("severe", severe)
        else player.luck.pick("severity", ("mild", "mild", "moderate"))
    )
    event = ReportAdverseEvent(
        participant=player.code,
        term=words,
        onset=onset,
        end="",
        severity=severity,
        serious=bool(criterion),
        criteria=(criterion,) if criterion else (),
        related=related,
        special_interest=interest,
        visit="",
    )
    player.stage.do(event, player.lead)


def _relation(luck: Luck) -> str:
    return luck.pick("related", ("possible", "probable", "not-related"), (0.5, 0.35, 0.15))
