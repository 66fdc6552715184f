"""What is known of MDMA-assisted therapy for PTSD as headings and tables of words."""

from __future__ import annotations

from collections.abc import Callable

from holdfast.evidence.certainty import certainty, decisions, elsewhere
from holdfast.evidence.expectations import EXPECTED, Share, expect
from holdfast.evidence.harms import harms
from holdfast.evidence.reading import Words
from holdfast.evidence.synthesis import POOLED, Synthesis, synthesise
from holdfast.evidence.trials import trials
from holdfast.protocol.outline import Outline, Section

Say = Callable[[Words], str]
NAMES = {
    "severity": "PTSD severity (CAPS)",
    "response": "Response",
    "remission": "Remission",
    "no-diagnosis": "No longer meeting the diagnosis",
}
LEAD = (
    "An approved medicine nowhere that we know of ({checked}); declined by the FDA in August 2024; most "
    "participants knew what they had been given.",
    "Every contrast is MDMA with therapy against placebo, or a low dose, with the same therapy. It is the "
    "drug and what knowing of it does, together, never that of the drug alone. Informs; advises nobody.",
)


def outline(*, language: str = "en") -> Outline:
    """The evidence in words; texts in ``language`` where there is one, else English."""

    def say(words: Words) -> str:
        return words.get(language) or words["en"]

    checked = decisions().approved.checked
    lead = (LEAD[0].format(checked=f"{checked.day} {checked:%b %Y}"), LEAD[1])
    sections = (
        *(_synthesis(synthesise(outcome)) for outcome in POOLED),
        _hundred(),
        _elsewhere(say),
        _harms(say),
        _certainty(say),
        _decisions(say),
        _trials(),
    )
    return Outline("MDMA-assisted therapy for PTSD: what was found", lead, sections)


def _range(effect: float, interval: tuple[float, float], decimals: int) -> str:
    shown = [f"{value:.{decimals}f}".replace("-", "−") for value in (effect, *interval)]
    return f"{shown[0]} ({shown[1]} to {shown[2]})"


def _synthesis(found: Synthesis) -> Section:
    rows = tuple(
        (
            each.trial.name,
            f"{each.row.arm} against {each.row.reference}",
            f"{each.row.n[0]} and {each.row.n[1]}",
            _range(each.effect, each.interval, 2),
            f"{each.weight:.0f} %",
        )
        for each in found.contributions
    )
    between = found.pooled.heterogeneity
    ahead = "" if found.prediction is None else f"; a next trial {_range(found.effect, found.prediction, 2)}"
    total = ("All", "", str(found.people), _range(found.effect, found.interval, 4), "100 %")
    unit = "SDs, below 0 favours MDMA" if found.measure == "g" else "ratio, above 1 favours MDMA"
    return Section(
        f"{NAMES[found.outcome]}: {len(found.contributions)} trials, {found.people} people",
        ("Trial", "Arms", "People", f"{found.measure} ({unit})", "Weight"),
        (*rows, total),
        note=(
            f"Random effects, Hartung and Knapp, 95 % intervals; between-trial variance {between.tau2:.4f}, "
            f"I2 {between.i2:.0f} %{ahead}."
        ),
    )


def _hundred() -> Section:
    def share(found: Share) -> str:
        return f"{found.of_hundred} ({found.low} to {found.high}), not {found.not_of_hundred}"

    found = [expect(outcome) for outcome in EXPECTED]
    return Section(
        "Of a hundred people, at week 18 of the two large trials",
        ("Outcome", "MDMA with therapy", "Placebo with therapy", "Counts", "Source"),
        tuple(
            (
                NAMES[each.outcome],
                share(each.mdma),
                share(each.placebo),
                f"{each.mdma.events} of {each.mdma.assessed} ({each.mdma.began} began); "
                f"{each.placebo.events} of {each.placebo.assessed} ({each.placebo.began} began)",
                each.figure.source,
            )
            for each in found
        ),
        note="The range counts, at its lower end, everybody who was not assessed as not helped.",
    )


def _harms(say: Say) -> Section:
    return Section(
        "Unwanted events",
        ("Event", "MDMA with therapy", "Placebo with therapy", "Period", "Source"),
        tuple(
            (
                " ".join(say(words).rstrip(".") for words in (each.label, each.note) if words),
                f"{each.of_hundred(0)} of 100 ({each.events[0]} of {each.n[0]})",
                f"{each.of_hundred(1)} of 100 ({each.events[1]} of {each.n[1]})",
                say(each.period),
                harms().sources[each.source].cite,
            )
            for each in harms().events
        ),
        note="Probably too few: the FDA found that favourable and abuse-related effects were not captured.",
    )


def _elsewhere(say: Say) -> Section:
    found = tuple(
        (
            say(each.label),
            f"{each.measure} {_range(each.effect, each.interval, 2)}",
            str(each.trials),
            str(each.people),
            say(each.say),
            each.source,
        )
        for each in elsewhere().results
    )
    unknown = tuple(
        (say(each.label), "not known", "", "", say(each.say), "") for each in elsewhere().not_measured
    )
    columns = ("Outcome", "Result", "Trials", "People", "In words", "Source")
    return Section("What others pooled, and what is not known", columns, (*found, *unknown))


def _certainty(say: Say) -> Section:
    return Section(
        f"How certain: {certainty().overall}",
        ("Domain", "Doubt", "Reason", "Source"),
        tuple(
            (say(each.label), each.judgement, say(each.reason), each.source) for each in certainty().domains
        ),
        note=f"{say(certainty().why)} Judged by this project after the manner of GRADE; no panel did.",
    )


def _decisions(say: Say) -> Section:
    return Section(
        "What regulators and journals decided",
        ("When", "Who", "What", "Source"),
        tuple((each.date, say(each.body), say(each.what), each.source) for each in decisions().decisions),
    )


def _trials() -> Section:
    return Section(
        "Trials kept here",
        ("Trial", "Registry", "Phase", "Randomised", "Counted", "Citation"),
        tuple(
            (
                each.name,
                each.registry,
                str(each.phase),
                "" if each.randomised is None else str(each.randomised),
                f"no: retracted {each.retracted}" if each.retracted else "yes",
                each.cite,
            )
            for each in trials()
        ),
    )
