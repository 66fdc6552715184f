"""Wash-outs: from the medication list and published half-lives to the day on which a dose is possible.

The half-lives are those of ``holdfast.pharmacology.medications``, of the drug or its
longest-lived active metabolite; the longest is taken. How many of them, and how many
days more, are settings of the study. What is not known stays open for a physician.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from holdfast.conduct import values
from holdfast.conduct.actions import JudgeWashout
from holdfast.conduct.case import Case, Pen
from holdfast.conduct.decision import Reason
from holdfast.conduct.standing import ParticipantStanding, SiteStanding, StudyStanding
from holdfast.conduct.standing.parts import Medicine
from holdfast.conduct.streams import participant_stream
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.pharmacology.medications import MEDICATIONS, Medication
from holdfast.protocol.model import Protocol
from holdfast.records.assessment import WashoutJudged
from holdfast.timing import PartialDate

GROUPS = {
    "MAO inhibitor": "mao-inhibitor",
    "lithium": "lithium",
    "SSRI": "ssri",
    "SNRI": "snri",
    "bupropion": "other-antidepressant",
    "noradrenaline reuptake inhibitor": "other-antidepressant",
}
"""The class of the medication list that a group of the pharmacology belongs to."""
LISTED = {each.name: each for each in MEDICATIONS}


@dataclass(frozen=True, slots=True)
class Washout:
    """The wash-out of one medicine on a day. ``truth``: True over, False not, None not known.

    ``over_on`` is the first day on which it is over; None where that is not known. ``judged``
    says that a physician judged it.
    """

    root: UUID
    medicine: Medicine
    truth: bool | None
    over_on: date | None
    sentence: str
    judged: bool = False


def listed(medicine: str) -> Medication | None:
    """What the pharmacology knows of a medicine as somebody wrote it; None where it is not in its list."""
    written = medicine.strip().lower()
    for name, found in LISTED.items():
        if re.search(rf"\b{re.escape(name)}\b", written):
            return found
    return None


def classes_of(medicine: Medicine) -> frozenset[str]:
    """The class a medicine was recorded with, and those its name tells."""
    found = listed(medicine.medicine)
    told = () if found is None else (GROUPS[group] for group in found.groups if group in GROUPS)
    return frozenset({medicine.class_, *told})


def washouts(
    protocol: Protocol, person: ParticipantStanding, on: date, *, study: StudyStanding, site: SiteStanding
) -> tuple[Washout, ...]:
    """The wash-out of every medicine on the list whose class must be washed out, for a dose on that day."""
    asked = protocol.before_dose.wash_out
    if asked is None:
        return ()
    lasting = _Lasting(
        half_lives=values.setting(protocol, asked.half_lives, study=study, site=site),
        days_more=values.setting(protocol, asked.stabilisation, study=study, site=site),
        live=study.live,
    )
    wanted = frozenset(asked.classes)
    return tuple(
        _washout(root, each, person, on, lasting)
        for root, each in person.medicines.items()
        if classes_of(each) & wanted
    )


@dataclass(frozen=True, slots=True)
class _Lasting:
    half_lives: float | None
    days_more: float | None
    live: bool


def _washout(root: UUID, each: Medicine, person: ParticipantStanding, on: date, lasting: _Lasting) -> Washout:
    name = each.medicine
    if not each.stopped:
        return Washout(root, each, False, None, f"{name} is still taken, as far as the list tells.")
    judged = person.washouts.get(root)
    over, why = over_on(each, lasting)
    if over is None and judged is not None:
        over, why = date.fromisoformat(judged), f"The wash-out of {name} is over on {judged}, as judged."
        return Washout(root, each, on >= over, over, why, judged=True)
    return Washout(root, each, None if over is None else on >= over, over, why)


def over_on(each: Medicine, lasting: _Lasting) -> tuple[date | None, str]:
    """The first day on which a stopped medicine is surely washed out, and the sentence that says so."""
    name, last = each.medicine, PartialDate.parse(each.stopped).latest
    if last == date.max:
        return None, f"When {name} was stopped is not known: a physician judges its wash-out."
    hours = _half_life(name, live=lasting.live)
    if hours is None:
        return None, f"The half-life of {name} is not known here: a physician judges its wash-out."
    if lasting.half_lives is None or lasting.days_more is None:
        return None, f"How long the wash-out of {name} takes awaits a physician's signature."
    days = math.ceil(lasting.half_lives * hours / 24) + math.ceil(lasting.days_more)
    over = last + timedelta(days=days)
    return over, (
        f"The wash-out of {name} ends on {over} ({lasting.half_lives:g} half-lives of {hours:g} h "
        f"and {lasting.days_more:g} days after {last})."
    )


def _half_life(medicine: str, *, live: bool) -> float | None:
    """The longest half-life (h). In a live study one that is only recalled is none."""
    found = listed(medicine)
    if found is None or found.half_life is None or (live and not found.half_life.citable):
        return None
    return max(found.half_life.numbers)


# --- judged by a physician --------------------------------------------------------------


def judge_washout(case: Case, ask: JudgeWashout, pen: Pen) -> list[Reason]:
    """A physician says when a wash-out is over that nobody can work out."""
    person = case.participant(ask.participant)
    medicine = person.medicines.get(ask.medicine)
    if medicine is None:
        raise UnknownName(f"{ask.participant} has no medicine with the record {ask.medicine}.")
    _judged_day(ask, medicine)
    reasons = [*why_judged(ask), *to_be_judged(case, person, ask)]
    if reasons:
        return reasons
    fact = WashoutJudged(medicine=str(ask.medicine), over_on=ask.over_on, why=ask.why)
    pen.write(participant_stream(ask.participant), fact, because=ask.medicine)
    return []


def _judged_day(ask: JudgeWashout, medicine: Medicine) -> None:
    try:
        over = date.fromisoformat(ask.over_on)
    except ValueError:
        raise ImpossibleValue(
            f"Expected a date such as 2026-11-23; found {ask.over_on!r}.", field="over_on"
        ) from None
    if medicine.stopped and over < PartialDate.parse(medicine.stopped).earliest:
        raise ImpossibleValue("A wash-out is not over before the medicine was stopped.", field="over_on")


def why_judged(ask: JudgeWashout) -> list[Reason]:
    """A judgement has its reason."""
    return [] if ask.why.strip() else [Reason("no-reason", "Say what the judgement rests on.")]


def to_be_judged(case: Case, person: ParticipantStanding, ask: JudgeWashout) -> list[Reason]:
    """The wash-out has to be judged: the medicine was stopped, and its end cannot be worked out."""
    name = person.medicines[ask.medicine].medicine
    found = washouts(case.protocol, person, case.at.day, study=case.study, site=case.site)
    washout = next((each for each in found if each.root == ask.medicine), None)
    if washout is None:
        return [Reason("no-washout-asked", f"The protocol asks for no wash-out of {name}.", name)]
    if not washout.medicine.stopped:
        return [Reason("still-taken", f"{name} is still taken: record first when it was stopped.", name)]
    if washout.over_on is not None and not washout.judged:
        sentence = f"{washout.sentence} An earlier dose is an override."
        return [Reason("washout-known", sentence, name)]
    return []
