"""The way in: contact, consent, screening, preparation, baseline rating, randomisation, or not."""

from __future__ import annotations

from datetime import timedelta

from holdfast.conduct.actions import (
    AssessEligibility,
    EnterTreatment,
    FailScreening,
    GiveConsent,
    Prescreen,
    Randomise,
    RecordMedication,
)
from holdfast.conduct.enrolment import stratum_of_person
from holdfast.protocol.model import Visit, VisitKind
from holdfast.simulation.play_holding import assign_rater, hold, laboratory, schedule
from holdfast.simulation.play_safety import events_of_treatment
from holdfast.simulation.play_visits import after_randomisation
from holdfast.simulation.stage import Script
from holdfast.simulation.story import Player, minutes

REFERRALS = ("clinician", "web-page", "another-participant", "veterans-service")
NOT_INVITED = ("too-far", "not-interested", "in-treatment-elsewhere", "medical-history", "no-answer")
JUDGED_AFTER = (4, 6)
"""Days from screening until eligibility is judged: from the soonest to the latest."""
AT_SCREENING = ("ALT", "AST", "sodium", "potassium", "creatinine", "QTc")
HABITUAL = (
    ("sertraline", "ssri"),
    ("escitalopram", "ssri"),
    ("paroxetine", "ssri"),
    ("trazodone", "other-antidepressant"),
)
_PRESCREEN_WORDS = {"never": "never", "once": "once", "2-5": "2-5", "more": "more", "not-said": "not said"}


def way_in(player: Player, ends: str) -> Script:
    """From the first contact to randomisation; ``ends`` says where others' way ends."""
    wait = timedelta(days=player.luck.whole("contact-lead", 2, 9))
    yield player.at(min(player.visits.values()) - wait, 10.5)
    _prescreen(player, invited=ends != "not-invited")
    if ends == "not-invited":
        return
    visits = player.story.protocol.visits
    screening = next(visit for visit in visits if visit.kind is VisitKind.SCREENING)
    early = [visit for visit in visits if visit.kind in (VisitKind.PREPARATION, VisitKind.BASELINE)]
    schedule(player, [screening.code])
    yield player.at(player.visits[screening.code], player.hour("screening", 9.0, 13.0))
    yield from _screening(player, screening)
    if ends == "screening":
        _fail(player, "screening")
        return
    schedule(player, [visit.code for visit in early])
    for visit in early:
        yield player.at(player.visits[visit.code], player.hour("preparation", 9.0, 12.0)) - timedelta(hours=1)
        if player.quiet:
            return
        if visit.kind is VisitKind.BASELINE:
            yield from _baseline(player, visit, ends)
            return
        yield from hold(player, visit)
        if visit is early[-2] and player.habit("early_randomise"):
            # Somebody is in a hurry: the baseline rating is not even done.
            player.stage.do(_to_randomise(player), player.coordinator)


def _prescreen(player: Player, *, invited: bool) -> None:
    part = player.story.assumptions.recruitment
    prior = str(player.facts.get("prior_mdma_use", "not-said"))
    player.stage.must(
        Prescreen(
            participant=player.code,
            referred_by=player.luck.pick("referral", REFERRALS, part.referrals.numbers),
            prior_mdma=_PRESCREEN_WORDS.get(prior, "not said"),
            outcome="invited" if invited else player.luck.pick("not-invited", NOT_INVITED),
        ),
        player.coordinator,
    )


def _screening(player: Player, visit: Visit) -> Script:
    items = tuple(
        item.code for item in player.story.protocol.consent if item.required or _agrees(player, item.code)
    )
    player.touch = "touch-hand" in items and "touch-shoulder" in items
    consent = GiveConsent(
        participant=player.code, items=items, language="en", explained_by=player.site.coordinator.code
    )
    if player.habit("early_schedule"):
        # Somebody would put the next visit on the calendar before there is consent.
        preparation = next(
            each.code
            for each in player.story.protocol.visits
            if each.code in player.visits and each.kind is VisitKind.PREPARATION
        )
        schedule(player, [preparation])
    player.stage.must(consent, player.coordinator)
    yield player.stage.now + minutes(player, "after-consent", 10, 30)
    yield from hold(player, visit)
    laboratory(player, AT_SCREENING)
    _medicines(player, visit)
    # Blood values and old records take some days to come.
    yield player.stage.now + timedelta(days=player.luck.whole("judged", *JUDGED_AFTER), hours=2)
    player.stage.must(AssessEligibility(participant=player.code, at="screening"), player.physician)


def _agrees(player: Player, code: str) -> bool:
    if code.startswith("touch-"):
        return (
            code != "touch-bodywork"
            and not player.no_touch
            and (code != "touch-embrace" or player.luck.strikes("embrace", 0.4))
        )
    return player.luck.strikes("consent-item", 0.8)


def _medicines(player: Player, visit: Visit) -> None:
    """What was taken before, and when it was stopped for the wash-out."""
    if player.luck.strikes("ssri-before", player.story.assumptions.people.ssri_before.number):
        name = player.luck.pick("medicine", tuple(name for name, _ in HABITUAL))
        started = str(2012 + player.luck.whole("started", 0, 8))
        stopped = player.visits[visit.code] - timedelta(days=player.luck.whole("stopped", 5, 60))
        _take(player, name, dict(HABITUAL)[name], started, stopped.isoformat())
    if player.luck.strikes("other-medicine", 0.35):
        name = player.luck.pick("other", ("ibuprofen", "levothyroxine", "cetirizine", "oral contraceptive"))
        _take(player, name, "other", str(2014 + player.luck.whole("started", 0, 8)), "")


def _take(player: Player, name: str, class_: str, started: str, stopped: str) -> None:
    what = RecordMedication(
        participant=player.code, medicine=name, class_=class_, started=started, stopped=stopped
    )
    player.stage.do(what, player.coordinator)


def _baseline(player: Player, visit: Visit, ends: str) -> Script:
    assign_rater(player, visit.code)
    yield player.stage.now + timedelta(hours=1)
    yield from hold(player, visit)
    yield player.stage.now + minutes(player, "judging", 15, 35)
    player.stage.must(AssessEligibility(participant=player.code, at="baseline"), player.physician)
    if ends == "baseline":
        _fail(player, "baseline")
        return
    # Person i of the course is the i-th to be randomised at their site: later in the day, later in line.
    yield player.at(player.visits[visit.code], 16.0) + timedelta(minutes=2 * (player.index % 100))
    _randomise(player)
    after = [
        each.code
        for each in player.story.protocol.visits
        if each.kind in (VisitKind.DOSING, VisitKind.ASSESSMENT)
    ]
    schedule(player, after)
    player.stage.enter(after_randomisation(player))
    player.stage.enter(events_of_treatment(player))


def _randomise(player: Player) -> None:
    if player.story.protocol.randomisation is None:
        player.stage.must(EnterTreatment(participant=player.code), player.coordinator)
        player.story.slots[player.code] = ""
        return
    (record, *_) = player.stage.must(_to_randomise(player), player.coordinator)
    player.story.slots[player.code] = str(getattr(record.fact, "slot"))  # noqa: B009 - no fact is imported


def _to_randomise(player: Player) -> Randomise | EnterTreatment:
    """The request to enter: for the next slot of the own stratum, as far as it is known, or for treatment."""
    if player.story.protocol.randomisation is None:
        return EnterTreatment(participant=player.code)
    own, _ = stratum_of_person(player.story.protocol, player.standing, site=player.site.code)
    return Randomise(participant=player.code, stratum=own)


def _fail(player: Player, at: str) -> None:
    """The person does not enter; first somebody tries all the same, and is refused."""
    judged = player.standing.eligibility.get(at)
    failed = tuple(code for code, truth in judged.answers.items() if truth == "fails") if judged else ()
    if at == "baseline":
        player.stage.do(_to_randomise(player), player.coordinator)
    player.stage.must(FailScreening(participant=player.code, criteria=failed, note=""), player.physician)
