"""What the page on benefits and risks shows: the evidence, each number with its figure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from functools import cache
from statistics import NormalDist

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from holdfast.clinic.languages.written import day_said, number_said
from holdfast.clinic.public.people_drawn import Arm, people
from holdfast.clinic.public.shown import Shown, Told, say
from holdfast.evidence.certainty import Decision, Domain, certainty, decisions, elsewhere
from holdfast.evidence.expectations import EXPECTED, Expectation, Share, expect
from holdfast.evidence.harms import Event, harms
from holdfast.evidence.synthesis import Synthesis, synthesise
from holdfast.evidence.trials import counted
from holdfast.sourced import Figure, Status

PHASE = 3
MADE = "2026"


@dataclass(frozen=True, slots=True)
class ArmShown:
    """One arm's hundred people."""

    arm: Arm
    name: str
    yes: Shown
    no: Shown
    range: Shown | None
    counts: Shown
    picture: SafeString


@dataclass(frozen=True, slots=True)
class Pair:
    """Both arms of an outcome or an event, one denominator."""

    title: str
    words: str
    period: Shown
    arms: tuple[ArmShown, ArmShown]
    figure: Figure


def arm_names() -> dict[Arm, str]:
    """Both arms in words."""
    return {
        "mdma": _("of those given MDMA with therapy"),
        "placebo": _("of those given placebo with the same therapy"),
    }


def helped() -> list[Pair]:
    """Remission, loss of the diagnosis, response."""
    words = {
        "remission": (_("Nearly free of symptoms"), _("The score was so low that hardly anything was left.")),
        "no-diagnosis": (_("No longer fits the diagnosis"), _("Some symptoms may still be there.")),
        "response": (_("Clearly better"), _("The score fell by as much as the trial had set as an answer.")),
    }
    found = {outcome: expect(outcome) for outcome in EXPECTED}
    return [_pair(found[outcome], *words[outcome]) for outcome in ("remission", "no-diagnosis", "response")]


def _pair(found: Expectation, title: str, words: str) -> Pair:
    arms = (_share("mdma", found.mdma, found.figure), _share("placebo", found.placebo, found.figure))
    period = Shown(_("at week %s") % found.weeks, found.figure)
    return Pair(title, words, period, arms, found.figure)


def _share(arm: Arm, share: Share, figure: Figure) -> ArmShown:
    given = {"n": share.of_hundred, "not": share.not_of_hundred, "low": share.low, "high": share.high}
    label = (
        _("%(n)s of 100 helped, %(not)s not helped; anything from %(low)s to %(high)s may be true.") % given
    )
    counts = _("%(events)s of %(n)s people") % {"events": share.events, "n": share.assessed}
    return ArmShown(
        arm=arm,
        name=arm_names()[arm],
        yes=Shown(_("%s of 100") % share.of_hundred, figure),
        no=Shown(str(share.not_of_hundred), figure),
        range=Shown(_("%(low)s to %(high)s") % given, figure),
        counts=Shown(counts, figure),
        picture=people(share.of_hundred, arm=arm, label=label, low=share.low, high=share.high),
    )


def harmed(language: str) -> dict[str, Pair]:
    """Each unwanted event counted in both arms, by its code."""
    return {each.code: _event(each, language) for each in harms().events}


def _event(event: Event, language: str) -> Pair:
    figure = harms().figure(event)
    arms = (_had("mdma", event, 0, figure), _had("placebo", event, 1, figure))
    return Pair(say(event.label, language), "", Shown(say(event.period, language), figure), arms, figure)


def _had(arm: Arm, event: Event, place: int, figure: Figure) -> ArmShown:
    count = event.of_hundred(place)
    label = _("%(n)s of 100 had it, %(not)s did not.") % {"n": count, "not": 100 - count}
    counts = _("%(events)s of %(n)s people") % {"events": event.events[place], "n": event.n[place]}
    return ArmShown(
        arm=arm,
        name=arm_names()[arm],
        yes=Shown(_("%s of 100") % count, figure),
        no=Shown(str(100 - count), figure),
        range=None,
        counts=Shown(counts, figure),
        picture=people(count, arm=arm, label=label),
    )


@dataclass(frozen=True, slots=True)
class Severity:
    """The difference in severity in plain words: of a hundred pairs, those in which MDMA did better."""

    pairs: Shown
    range: Shown
    trials: Shown
    people: Shown
    scores: tuple[tuple[Shown, Shown, Figure], ...]


def severity() -> Severity:
    """From the pooled difference, and both large trials' scores at the end."""
    found = _pooled()
    cites = "; ".join(each.trial.cite for each in found.contributions)
    low, middle, high = sorted(_lower_of_hundred(each) for each in (*found.interval, found.effect))
    figure = Figure(
        value=(float(low), float(middle), float(high)),
        unit="of 100 pairs",
        source=f"the standard normal of the pooled difference over the root of 2, from {cites}",
        status=Status.DERIVED,
        date=MADE,
    )
    scores = []
    for trial in counted():
        for row in trial.rows:
            if trial.phase == PHASE and row.outcome == "severity" and row.synthesised and row.mean:
                scores.append(_scores(trial.figure(row, row.mean, unit="points")))
    return Severity(
        pairs=Shown(_("%s of 100") % middle, figure),
        range=Shown(_("%(low)s to %(high)s") % {"low": low, "high": high}, figure),
        trials=Shown(str(len(found.contributions)), figure),
        people=Shown(str(found.people), figure),
        scores=tuple(scores),
    )


@cache
def _pooled() -> Synthesis:
    return synthesise("severity")


def _scores(figure: Figure) -> tuple[Shown, Shown, Figure]:
    mdma, placebo = figure.numbers
    return Shown(number_said(mdma), figure), Shown(number_said(placebo), figure), figure


def _lower_of_hundred(effect: float) -> int:
    """Of a hundred pairs, one of each arm, those in which MDMA's score is the lower one; chance gives 50."""
    return round(100 * NormalDist().cdf(-effect / math.sqrt(2)))


def weeks() -> Shown:
    """How long the large trials asked: the weeks, with their source."""
    found = expect("response")
    return Shown(str(found.weeks), found.figure)


@dataclass(frozen=True, slots=True)
class Other:
    """Another outcome: what was found, or that it is not known."""

    label: str
    told: Told | None
    words: str


def others(language: str) -> list[Other]:
    """Depression, function, and what nobody measured."""
    known = [
        Other(
            say(each.label, language),
            Told(say(each.say, language), each.source, each.status, str(each.date)),
            "",
        )
        for each in elsewhere().results
    ]
    unknown = [
        Other(say(each.label, language), None, say(each.say, language)) for each in elsewhere().not_measured
    ]
    return known + unknown


@dataclass(frozen=True, slots=True)
class Doubt:
    """A domain of certainty: the question, how much doubt, why."""

    label: str
    judgement: str
    reason: Told


def doubts(language: str) -> list[Doubt]:
    """How certain, domain by domain."""
    words = {"not serious": _("little doubt"), "serious": _("doubt"), "very serious": _("great doubt")}
    return [
        Doubt(say(each.label, language), words[each.judgement], _reason(each, language))
        for each in certainty().domains
    ]


def _reason(domain: Domain, language: str) -> Told:
    return Told(say(domain.reason, language), domain.source, domain.status, MADE)


@dataclass(frozen=True, slots=True)
class Decided:
    """What a regulator decided, when."""

    date: str
    words: str
    body: str
    what: Told


def decided(language: str) -> list[Decided]:
    """What regulators decided, the newest first."""
    return [_decided(each, language) for each in decisions().decisions]


def _decided(decision: Decision, language: str) -> Decided:
    what = Told(say(decision.what, language), decision.source, decision.status, decision.date[:4])
    return Decided(decision.date, day_in_words(decision.date), say(decision.body, language), what)


def day_in_words(iso: str) -> str:
    """A date that may be a year alone, as pages write it."""
    return day_said(date.fromisoformat(iso)) if len(iso) == len("2024-08-08") else iso


@dataclass(frozen=True, slots=True)
class Reaction:
    """How often the body passed a mark in the laboratory."""

    label: str
    share: Shown


def reactions(language: str) -> list[Reaction]:
    """Pressure, rate and temperature of healthy volunteers."""
    found = []
    for each in harms().body:
        figure = harms().figure(each)
        found.append(
            Reaction(say(each.label, language), Shown(_("%s of 100") % number_said(each.percent), figure))
        )
    return found


def highest(language: str) -> list[Reaction]:
    """The highest values seen in a laboratory study."""
    found = []
    for each in harms().highest:
        figure = harms().figure(each)
        found.append(
            Reaction(say(each.label, language), Shown(f"{number_said(each.value)} {each.unit}", figure))
        )
    return found


def more_often(language: str) -> tuple[list[str], Told]:
    """What came more often with MDMA where no counts are at hand, and the odds of any event."""
    known = harms().more_often
    odds = harms().pooled[0]
    text = _(
        "The odds of any unwanted event were %(ratio)s times as high with MDMA (%(low)s to %(high)s)."
    ) % {
        "ratio": number_said(odds.ratio),
        "low": number_said(odds.interval[0]),
        "high": number_said(odds.interval[1]),
    }
    told = Told(text, odds.source_text, odds.status, odds.date)
    return [say(each, language) for each in known.terms], told
