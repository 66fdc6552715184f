"""What the page on benefits and risks shows: the evidence, each number with its figure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from holdfast.clinic.languages.written import number_said, partial_said
from holdfast.clinic.public.people_drawn import Arm, people
from holdfast.clinic.public.shown import Shown, Told, say
from holdfast.evidence.certainty import Decision, Domain, certainty, decisions, elsewhere
from holdfast.evidence.expectations import EXPECTED, Expectation, Share, expect
from holdfast.evidence.harms import Event, harms
from holdfast.evidence.synthesis import Synthesis, synthesise
from holdfast.evidence.trials import counted
from holdfast.sourced import Figure, Status
from holdfast.timing import PartialDate

PHASE = 3
MADE = "2026"


@dataclass(frozen=True, slots=True)
class ArmShown:
    """One arm's hundred people."""

    arm: Arm
    name: str
    yes: Shown
    no: Shown
    range: Shown
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
    """Remission, loss of the diagnosis, response: title, words, and how the others are named."""
    words = {
        "remission": (
            _("Nearly free of symptoms"),
            _("The score was so low that hardly anything was left."),
            _("%(no)s were not."),
        ),
        "no-diagnosis": (
            _("No longer fits the diagnosis"),
            _("Some symptoms may still be there."),
            _("%(no)s still did."),
        ),
        "response": (
            _("Clearly better"),
            _("The score fell by as much as the trial had set for that."),
            _("%(no)s were not."),
        ),
    }
    found = {outcome: expect(outcome) for outcome in EXPECTED}
    return [_pair(found[outcome], *words[outcome]) for outcome in ("remission", "no-diagnosis", "response")]


def _pair(found: Expectation, title: str, words: str, others: str) -> Pair:
    arms = (
        _share("mdma", found.mdma, found.figure, others),
        _share("placebo", found.placebo, found.figure, others),
    )
    period = Shown(_("At week %s.") % found.weeks, found.figure)
    return Pair(title, words, period, arms, found.figure)


def _share(arm: Arm, share: Share, figure: Figure, others: str) -> ArmShown:
    counts = _("%(events)s of %(n)s people") % {"events": share.events, "n": share.assessed}
    return ArmShown(
        arm=arm,
        name=arm_names()[arm],
        yes=Shown(_("%s of 100") % share.of_hundred, figure),
        no=Shown(others % {"no": share.not_of_hundred}, figure),
        range=Shown(_range(share.low, share.high), figure),
        counts=Shown(counts, figure),
        picture=_hundred(arm, share.of_hundred, share.low, share.high),
    )


def _hundred(arm: Arm, count: int, low: int, high: int) -> SafeString:
    given = {"n": count, "not": 100 - count, "low": low, "high": high}
    label = _("%(n)s of 100 yes, %(not)s no; the true number is probably from %(low)s to %(high)s.") % given
    return people(count, arm=arm, label=label, low=low, high=high)


def _range(low: int, high: int) -> str:
    return _("%(low)s to %(high)s") % {"low": low, "high": high}


def harmed(language: str) -> dict[str, Pair]:
    """Each unwanted event counted in both arms, by its code."""
    return {each.code: _event(each, language) for each in harms().events}


def _event(event: Event, language: str) -> Pair:
    figure = harms().figure(event)
    arms = (_had("mdma", event, 0, figure), _had("placebo", event, 1, figure))
    period = Shown(_("Within %s.") % say(event.period, language), figure)
    words = say(event.note, language) if event.note else ""
    return Pair(say(event.label, language), words, period, arms, figure)


def _had(arm: Arm, event: Event, place: int, figure: Figure) -> ArmShown:
    count, (low, high) = event.of_hundred(place), event.range_of_hundred(place)
    counts = _("%(events)s of %(n)s people") % {"events": event.events[place], "n": event.n[place]}
    return ArmShown(
        arm=arm,
        name=arm_names()[arm],
        yes=Shown(_("%s of 100") % count, figure),
        no=Shown(_("%(no)s did not have it.") % {"no": 100 - count}, figure),
        range=Shown(_range(low, high), harms().range_figure(event)),
        counts=Shown(counts, figure),
        picture=_hundred(arm, count, low, high),
    )


@dataclass(frozen=True, slots=True)
class Severity:
    """The difference in severity in plain words: of a hundred pairs, those in which MDMA did better."""

    pairs: Shown
    range: Shown
    trials: Shown
    people: Shown
    scores: tuple[tuple[str, Shown, Shown, Figure], ...]


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
    return Severity(
        pairs=Shown(_("%s of 100") % middle, figure),
        range=Shown(_("%(low)s to %(high)s") % {"low": low, "high": high}, figure),
        trials=Shown(str(len(found.contributions)), figure),
        people=Shown(str(found.people), figure),
        scores=_scores(),
    )


@cache
def _pooled() -> Synthesis:
    return synthesise("severity")


def _scores() -> tuple[tuple[str, Shown, Shown, Figure], ...]:
    """Both large trials' mean scores at the end, the earlier trial first."""
    known = [
        (trial.year, trial.figure(row, row.mean, unit="points"))
        for trial in counted()
        for row in trial.rows
        if trial.phase == PHASE and row.outcome == "severity" and row.synthesised and row.mean
    ]
    names = (_("The first large trial"), _("The second large trial"))
    figures = [figure for _year, figure in sorted(known, key=lambda each: each[0])]
    return tuple(
        (name, _mean(figure, 0), _mean(figure, 1), figure)
        for name, figure in zip(names, figures, strict=True)
    )


def _mean(figure: Figure, arm: int) -> Shown:
    return Shown(number_said(figure.numbers[arm]), figure)


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
    return Decided(
        decision.date, partial_said(PartialDate.parse(decision.date)), say(decision.body, language), what
    )


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


def seen_in() -> Shown:
    """How many people the highest values were seen in."""
    first = harms().highest[0]
    return Shown(str(first.of), harms().figure(first))


def more_often(language: str) -> tuple[list[str], Told]:
    """What came more often with MDMA where no counts are at hand, and the odds of any event."""
    known = harms().more_often
    odds = harms().pooled[0]
    text = _(
        "All kinds taken together, unwanted events came far more often with MDMA: their odds were "
        "%(ratio)s times as high (range %(low)s to %(high)s)."
    ) % {
        "ratio": number_said(odds.ratio),
        "low": number_said(odds.interval[0]),
        "high": number_said(odds.interval[1]),
    }
    told = Told(text, odds.source_text, odds.status, odds.date)
    return [say(each, language) for each in known.terms], told
