"""Enrolment: prescreened → consent → screening → eligible → baseline → eligible again → randomised."""

from __future__ import annotations

from holdfast.conduct import consent
from holdfast.conduct.actions import AssessEligibility, EnterTreatment, FailScreening, Prescreen, Randomise
from holdfast.conduct.case import Case, Pen
from holdfast.conduct.decision import Reason
from holdfast.conduct.facts import participant_facts, verdict
from holdfast.conduct.standing import ListStanding, ParticipantStanding
from holdfast.conduct.streams import list_stream, participant_stream, stratum_of
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.protocol.model import Protocol, VisitKind
from holdfast.records.enrolment import (
    EligibilityAssessed,
    Prescreened,
    Randomised,
    ScreenFailed,
    TreatmentEntered,
)
from holdfast.records.supply import SlotTaken

PRIOR_MDMA = ("never", "once", "2-5", "more", "not said")


def prescreen(case: Case, tell: Prescreen, pen: Pen) -> None:
    """Log that somebody was in touch. A second log of the same code is told apart by a deviation."""
    if not tell.participant or "/" in tell.participant:
        raise ImpossibleValue("A participant's code is a word without a slash.", field="participant")
    if tell.prior_mdma not in PRIOR_MDMA:
        words = ", ".join(PRIOR_MDMA)
        raise ImpossibleValue(
            f"Earlier MDMA use is one of: {words}; found {tell.prior_mdma!r}.", field="prior_mdma"
        )
    if not tell.outcome:
        raise ImpossibleValue('The outcome is "invited" or the reason why not.', field="outcome")
    stream, before = participant_stream(tell.participant), case.newcomer(tell.participant)
    fact = Prescreened(
        participant=tell.participant,
        referred_by=tell.referred_by,
        prior_mdma=tell.prior_mdma,
        outcome=tell.outcome,
    )
    main = pen.write(stream, fact)
    if before.known:
        what = f"{tell.participant} was already prescreened: is this the same person?"
        pen.deviate(stream, "prescreened-twice", what, severity="minor", because=main.id)


def assess_eligibility(case: Case, ask: AssessEligibility, pen: Pen) -> list[Reason]:
    """Judge every criterion of screening or baseline from what is known now."""
    if ask.at not in ("screening", "baseline"):
        raise ImpossibleValue(f"Eligibility is judged at screening or baseline, not {ask.at!r}.", field="at")
    person = case.participant(ask.participant)
    reasons = [
        *consent.in_force(case.protocol, person),
        *not_screen_failed(person),
        *not_randomised(person),
        *not_entered(person),
    ]
    if reasons:
        return reasons
    truths = criteria(case.protocol, person, at=ask.at)
    eligible = all(truth == "holds" for truth in truths.values())
    fact = EligibilityAssessed(at=ask.at, answers=dict(truths), eligible=eligible)
    pen.write(participant_stream(ask.participant), fact)
    return []


def criteria(protocol: Protocol, person: ParticipantStanding, *, at: str) -> dict[str, str]:
    """Each criterion of that time: "holds", "fails" or "unknown"."""
    facts = participant_facts(protocol, person)
    return {
        each.code: verdict(each.rule, facts).truth.value for each in protocol.eligibility if each.at == at
    }


def fail_screening(case: Case, tell: FailScreening, pen: Pen) -> None:
    """The person does not enter, and why."""
    person = case.participant(tell.participant)
    known = {each.code for each in case.protocol.eligibility}
    for code in tell.criteria:
        if code not in known:
            raise UnknownName(f"The protocol has no eligibility criterion {code!r}.")
    stream = participant_stream(tell.participant)
    main = pen.write(stream, ScreenFailed(criteria=tell.criteria, note=tell.note))
    if person.entered is not None:
        what = "Recorded as not entering after randomisation; a participant leaves by withdrawing."
        pen.deviate(stream, "screen-failed-after-randomisation", what, severity="major", because=main.id)


def randomise(case: Case, ask: Randomise, pen: Pen) -> list[Reason]:
    """The next free slot of the stratum's list becomes the participant's."""
    person = case.participant(ask.participant)
    stratum = stratum_of(case.action)
    slots = case.slots(stratum)
    reasons = [
        *randomised_design(case.protocol),
        *consent.in_force(case.protocol, person),
        *eligible(case.protocol, person),
        *baseline_complete(case.protocol, person),
        *not_screen_failed(person),
        *not_randomised(person),
        *treatment_open(person),
        *right_stratum(case, person, stratum),
        *free_slot(slots, stratum),
    ]
    if reasons or slots.next_slot is None:
        return reasons
    stream = participant_stream(ask.participant)
    main = pen.write(stream, Randomised(slot=slots.next_slot, stratum=stratum))
    taken = SlotTaken(slot=slots.next_slot, participant=ask.participant)
    pen.write(list_stream(stratum), taken, because=main.id)
    return []


def enter(case: Case, ask: EnterTreatment, pen: Pen) -> list[Reason]:
    """Treatment begins where nobody is randomised: the same conditions, and no list."""
    person = case.participant(ask.participant)
    reasons = [
        *unrandomised_design(case.protocol),
        *consent.in_force(case.protocol, person),
        *eligible(case.protocol, person),
        *baseline_complete(case.protocol, person),
        *not_screen_failed(person),
        *not_entered(person),
        *treatment_open(person),
    ]
    if reasons:
        return reasons
    pen.write(participant_stream(ask.participant), TreatmentEntered(confirmed_by=case.stamp.author))
    return []


def unrandomised_design(protocol: Protocol) -> list[Reason]:
    """The protocol has no randomisation."""
    if protocol.randomisation is None:
        return []
    return [Reason("randomised-design", "In this study people enter by being randomised.")]


def not_entered(person: ParticipantStanding) -> list[Reason]:
    """The person has not entered treatment yet."""
    if person.entered_at is None:
        return []
    return [Reason("already-entered", f"{person.participant} entered treatment on {person.day_one}.")]


def entered(protocol: Protocol, person: ParticipantStanding) -> list[Reason]:
    """The person was randomised or, where nobody is, entered treatment."""
    if person.entered is not None:
        return []
    if protocol.randomisation is None:
        return [Reason("not-entered", f"{person.participant} has not entered treatment.")]
    return [Reason("not-randomised", f"{person.participant} is not randomised.")]


def randomised_design(protocol: Protocol) -> list[Reason]:
    """The protocol has a randomisation."""
    if protocol.randomisation is not None:
        return []
    return [Reason("not-randomised-design", "This study has no randomisation.")]


def eligible(protocol: Protocol, person: ParticipantStanding) -> list[Reason]:
    """Judged eligible at screening and, where there are criteria for it, at baseline."""
    reasons = []
    for at in ("screening", "baseline"):
        judged = person.eligibility.get(at)
        if not any(each.at == at for each in protocol.eligibility):
            continue
        if judged is None:
            reasons.append(Reason("eligibility-not-assessed", f"Eligibility at {at} was not judged yet.", at))
        elif not judged.eligible:
            open_ = sorted(code for code, truth in judged.answers.items() if truth != "holds")
            reasons.append(Reason("not-eligible", f"Not eligible at {at}: {', '.join(open_)}.", at))
    return reasons


def baseline_complete(protocol: Protocol, person: ParticipantStanding) -> list[Reason]:
    """Every required form of the baseline visit is there, the rating first of all."""
    return [
        Reason(
            "baseline-form-missing",
            f"{form.form} at {visit.code} is not filled; nobody is randomised without a baseline.",
            form.form,
        )
        for visit in protocol.visits
        if visit.kind is VisitKind.BASELINE
        for form in visit.forms
        if form.required and person.form_at(visit.code, form.form) is None
    ]


def not_screen_failed(person: ParticipantStanding) -> list[Reason]:
    """The person was not found unfit to enter."""
    if person.screen_failed is None:
        return []
    return [Reason("screen-failed", f"{person.participant} was recorded as not entering the study.")]


def not_randomised(person: ParticipantStanding) -> list[Reason]:
    """The person has no slot yet."""
    if person.randomised is None:
        return []
    return [Reason("already-randomised", f"{person.participant} was randomised on {person.randomised_on}.")]


def treatment_open(person: ParticipantStanding) -> list[Reason]:
    """Treatment was not stopped, whether by the site or by the participant."""
    if not person.stopped:
        return []
    return [Reason("treatment-stopped", f"Treatment of {person.participant} has been stopped.")]


def right_stratum(case: Case, person: ParticipantStanding, stratum: str) -> list[Reason]:
    """The list asked for is the one of the participant's own stratum."""
    own, missing = stratum_of_person(case.protocol, person, site=case.stamp.site)
    if missing:
        return [
            Reason("stratum-unknown", f"The stratum needs {', '.join(missing)}: fill the form that tells.")
        ]
    if own in ("", stratum):
        return []
    return [Reason("wrong-stratum", f"{person.participant} belongs to stratum {own}, not {stratum}.", own)]


def stratum_of_person(
    protocol: Protocol, person: ParticipantStanding, *, site: str
) -> tuple[str, tuple[str, ...]]:
    """The label of somebody's stratum, and the factors not known yet; no label where one is missing.

    Without randomisation there is neither.
    """
    if protocol.randomisation is None:
        return "", ()
    facts = {"site": site, **participant_facts(protocol, person)}
    factors = [each.factor for each in protocol.randomisation.strata]
    missing = tuple(factor for factor in factors if factor not in facts)
    return ("" if missing else ",".join(f"{factor}={facts[factor]}" for factor in factors)), missing


def free_slot(slots: ListStanding, stratum: str) -> list[Reason]:
    """The stratum's list is sealed and not used up."""
    if not slots.slots:
        return [Reason("list-not-sealed", f"There is no sealed list for stratum {stratum}.", stratum)]
    if slots.next_slot is None:
        return [Reason("no-free-slot", f"The list of stratum {stratum} is used up.", stratum)]
    return []
