"""Doses: the gate asked, the supplemental dose decided, a capsule swallowed.

Asking may be refused. What was swallowed is always recorded, and whatever was wrong about
it stands beside it as a deviation, with an alarm.
"""

from __future__ import annotations

from holdfast.conduct import consent, programme, values
from holdfast.conduct.actions import AskDose, DecideSupplement, GiveDose
from holdfast.conduct.case import Case, Pen, hours_between, minutes_between
from holdfast.conduct.decision import Reason
from holdfast.conduct.enrolment import treatment_open
from holdfast.conduct.facts import session_facts
from holdfast.conduct.gate import answers, gate_reasons, limits_passed, setting_signed
from holdfast.conduct.session import milestone, opened, session_of, started
from holdfast.conduct.standing import KitStanding, SessionStanding
from holdfast.conduct.streams import kit_stream, session_stream
from holdfast.conduct.visits import Break
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.protocol.model import DoseStep, DosingSession, Protocol
from holdfast.protocol.roles import Role
from holdfast.records.session import DoseGiven, GateChecked, SupplementDecided
from holdfast.records.supply import KitUsed


def step_of(plan: DosingSession, step: str) -> DoseStep:
    """A dose step of the session; UnknownName where there is none."""
    for each in (plan.first, plan.supplemental):
        if each is not None and each.step == step:
            return each
    raise UnknownName(f"The session of {plan.visit} has no dose step {step!r}.")


def is_supplemental(protocol: Protocol, visit: str, step: str) -> bool:
    """Whether the step is the session's supplemental dose."""
    supplemental = session_of(protocol, visit).supplemental
    return supplemental is not None and supplemental.step == step


def ask_dose(case: Case, ask: AskDose, pen: Pen) -> list[Reason]:
    """May this dose be given now? Granted, the gate's answers are recorded, open."""
    session = opened(case, ask.participant, ask.visit)
    step = step_of(session_of(case.protocol, ask.visit), ask.step)
    person = case.participant(ask.participant)
    facts = session_facts(
        case,
        session,
        step=ask.step,
        confirmed=ask.confirmed,
        consent_in_force=not consent.in_force(case.protocol, person),
    )
    reasons = [
        *started(session),
        *session_open(session),
        *treatment_open(person),
        *programme.may_be_dosed(case, person, ask.visit),
        *not_given(session, ask.step),
        *kit_for_step(case, session, ask.step),
        *supplement_ready(case, session, step),
        *setting_signed(case, "vitals-age-at-dose"),
        *gate_reasons(case, session, ask.step, step.gate, facts),
        *limits_passed(case, session, blocks=blocked_by(case, ask), gate=ask.step),
    ]
    if reasons:
        return reasons
    given = answers(case, session, ask.step, step.gate, facts)
    fact = GateChecked(step=ask.step, answers=dict(given), facts=dict(ask.confirmed), open_=True)
    pen.write(session_stream(ask.participant, ask.visit), fact)
    return []


def blocked_by(case: Case, ask: AskDose) -> str:
    """What limits call this dose."""
    return "supplemental-dose" if is_supplemental(case.protocol, ask.visit, ask.step) else "first-dose"


def session_open(session: SessionStanding) -> list[Reason]:
    """The session was not ended."""
    if session.ended is None:
        return []
    return [Reason("session-already-ended", "The session is over: no dose any more.")]


def not_given(session: SessionStanding, step: str) -> list[Reason]:
    """The dose of this step was not taken yet."""
    taken = session.doses.get(step)
    if taken is None:
        return []
    return [Reason("dose-already-given", f"{step} was taken at {taken.at.local:%H:%M}.", step)]


def kit_for_step(case: Case, session: SessionStanding, step: str) -> list[Reason]:
    """A kit in date is set aside for this step."""
    kit = session.kits.get(step)
    if kit is None:
        return [Reason("no-kit", f"No kit is set aside for {step}: ask the pharmacist.", step)]
    if kit.expires < case.today:
        return [Reason("kit-expired", f"Kit {kit.kit} ran out on {kit.expires}.", kit.kit)]
    return []


def supplement_ready(case: Case, session: SessionStanding, step: DoseStep) -> list[Reason]:
    """A supplemental dose follows the first, within its window, by a recorded decision."""
    if not is_supplemental(case.protocol, session.visit, step.step):
        return []
    reasons = []
    if session.supplement is not True:
        reasons.append(
            Reason(
                "supplement-not-decided",
                "Record the decision to give the supplemental dose, by whom and why.",
            )
        )
    if session.t0 is None:
        reasons.append(Reason("first-dose-missing", "There is no first dose to supplement."))
        return reasons
    opens, closes = window_hours(case, session.visit, step)
    since = hours_between(session.t0, case.at)
    if opens is None or closes is None:
        reasons.append(
            Reason("no-signed-limit", "The window of the supplemental dose awaits a signature.", step.step)
        )
    elif not opens <= since <= closes:
        reasons.append(
            Reason(
                "dose-out-of-window",
                f"{since:.2f} hours after the first dose; the window is {opens:g} to {closes:g} hours.",
                step.step,
            )
        )
    return reasons


def window_hours(case: Case, visit: str, step: DoseStep) -> tuple[float | None, float | None]:
    """When the step's window opens and closes, in hours after the first dose; None unsigned."""
    opens, closes = (
        None
        if figure is None
        else values.value(figure, f"sessions.{visit}.supplemental.{name}", study=case.study, site=case.site)
        for name, figure in (("opens_h", step.opens_h), ("closes_h", step.closes_h))
    )
    return opens, closes


def decide_supplement(case: Case, tell: DecideSupplement, pen: Pen) -> None:
    """Whether the supplemental dose is given, by whom and why."""
    session = opened(case, tell.participant, tell.visit)
    if not tell.why.strip():
        raise ImpossibleValue("Give the reason for the decision.", field="why")
    here = session_stream(tell.participant, tell.visit)
    fact = SupplementDecided(give=tell.give, decided_by=tell.decided_by, why=tell.why)
    main = pen.write(here, fact)
    decider, site = case.staff(tell.decided_by), case.stamp.site
    if not (decider.holds(Role.THERAPIST, site=site) or decider.holds(Role.PHYSICIAN, site=site)):
        what = f"{tell.decided_by} decided on the supplemental dose without holding a role for it here."
        pen.deviate(here, "supplement-decider", what, severity="major", because=main.id)
    if session.t0 is None:
        what = "The supplemental dose was decided on before any first dose."
        pen.deviate(here, "supplement-before-first-dose", what, severity="minor", because=main.id)


def give_dose(case: Case, tell: GiveDose, pen: Pen) -> None:
    """A dose was swallowed: recorded whatever its circumstances, with every break beside it."""
    session = opened(case, tell.participant, tell.visit)
    step = step_of(session_of(case.protocol, tell.visit), tell.step)
    if not tell.kit.strip() or "/" in tell.kit:
        raise ImpossibleValue("A kit's number is a word without a slash.", field="kit")
    kit = case.kit(tell.kit)
    capsules = max(kit.on_hand, 1) if tell.capsules is None else tell.capsules
    if capsules < 1:
        raise ImpossibleValue(f"A dose has at least one capsule; found {capsules}.", field="capsules")
    here = session_stream(tell.participant, tell.visit)
    fact = DoseGiven(
        participant=tell.participant,
        visit=tell.visit,
        step=tell.step,
        kit=tell.kit,
        witness=tell.witness,
    )
    main = pen.write(here, fact)
    pen.write(kit_stream(tell.kit), KitUsed(kit=tell.kit, capsules=capsules), because=main.id)
    milestone(pen, main, tell.participant, tell.visit, "dosed", step=tell.step)
    for code, what, severity in dose_breaks(case, session, step, tell, kit, capsules):
        deviation = pen.deviate(here, code, what, severity=severity, because=main.id)
        pen.alarm(
            here, code, "Call the physician now; check participant, kit and step.", because=deviation.id
        )


def dose_breaks(
    case: Case,
    session: SessionStanding,
    step: DoseStep,
    tell: GiveDose,
    kit: KitStanding,
    capsules: int,
) -> list[Break]:
    """Everything that was wrong about a dose."""
    return [
        *dose_outside_session(case, session),
        *dose_without_gate(case, session, step),
        *dose_outside_window(case, session, step),
        *dose_twice(session, step),
        *dose_after_stop(case, tell),
        *dose_wrong_kit(session, step, tell, kit),
        *dose_kit_unfit(case, tell, kit, capsules),
        *dose_unwitnessed(case, tell),
        *programme.dose_unauthorised(case, case.participant(tell.participant), tell.visit),
    ]


def dose_outside_session(case: Case, session: SessionStanding) -> list[Break]:
    """A dose without an open session."""
    if session.started is None:
        state = "never started"
    elif case.at.at < session.started.at:
        state = "not started yet"
    elif session.ended is not None:
        state = "ended"
    else:
        return []
    return [("dose-without-session", f"A dose was taken in a session that was {state}.", "major")]


def dose_without_gate(case: Case, session: SessionStanding, step: DoseStep) -> list[Break]:
    """A dose without a gate found open shortly before."""
    gate = session.gates.get(step.step)
    valid = values.constant(case.protocol, "gate-valid-minutes", study=case.study, site=case.site)
    if gate is not None and 0 <= minutes_between(gate.at, case.at) <= valid:
        return []
    what = f"{step.step} was taken without a gate found open in the {valid:g} minutes before."
    return [("dose-without-gate", what, "major")]


def dose_outside_window(case: Case, session: SessionStanding, step: DoseStep) -> list[Break]:
    """A supplemental dose outside its window, or with no first dose."""
    if not is_supplemental(case.protocol, session.visit, step.step):
        return []
    if session.t0 is None:
        return [("dose-out-of-window", "The supplemental dose was taken without a first one.", "major")]
    opens, closes = window_hours(case, session.visit, step)
    since = hours_between(session.t0, case.at)
    if opens is None or closes is None:
        return [("no-signed-limit", "The supplemental dose's window awaits a signature.", "minor")]
    if opens <= since <= closes:
        return []
    what = f"{step.step} came {since:.2f} h after the first dose; the window is {opens:g} to {closes:g} h."
    return [("dose-out-of-window", what, "major")]


def dose_twice(session: SessionStanding, step: DoseStep) -> list[Break]:
    """A step taken twice."""
    if step.step not in session.doses:
        return []
    return [("dose-twice", f"{step.step} was taken a second time.", "major")]


def dose_after_stop(case: Case, tell: GiveDose) -> list[Break]:
    """A dose to somebody whose treatment was stopped, or whose consent is not in force."""
    person, breaks = case.participant(tell.participant), []
    if person.stopped:
        breaks.append(("dose-after-stop", "A dose was taken after treatment was stopped.", "major"))
    if consent.in_force(case.protocol, person):
        breaks.append(("dose-without-consent", "A dose was taken without consent in force.", "major"))
    return breaks


def dose_wrong_kit(session: SessionStanding, step: DoseStep, tell: GiveDose, kit: KitStanding) -> list[Break]:
    """A capsule of a kit that was not set aside for this person and step."""
    mine = (session.participant, session.visit, step.step)
    if kit.assigned == mine:
        return []
    meant = session.kits.get(step.step)
    what = f"Kit {tell.kit} was used; {meant.kit if meant else 'none'} was set aside for {step.step}."
    return [("dose-wrong-kit", what, "major")]


def dose_kit_unfit(case: Case, tell: GiveDose, kit: KitStanding, capsules: int) -> list[Break]:
    """A kit nobody received or released, out of date, or with fewer capsules than were taken."""
    if not kit.known:
        return [("dose-unknown-kit", f"Kit {tell.kit} was never received.", "major")]
    breaks = []
    if not kit.released:
        breaks.append(("dose-kit-not-released", f"Kit {tell.kit} was not released.", "major"))
    if not kit.in_date(day=case.today):
        breaks.append(("dose-kit-expired", f"Kit {tell.kit} ran out on {kit.expires}.", "major"))
    if capsules > kit.on_hand:
        what = f"{capsules} capsules of kit {tell.kit} were taken; {kit.on_hand} were on hand."
        breaks.append(("kit-overdrawn", what, "major"))
    elif capsules < kit.on_hand:
        what = (
            f"{capsules} of the {kit.on_hand} capsules of kit {tell.kit} were taken; a dose is all of them."
        )
        breaks.append(("dose-incomplete", what, "major"))
    return breaks


def dose_unwitnessed(case: Case, tell: GiveDose) -> list[Break]:
    """A dose without a second person watching."""
    if tell.witness and tell.witness != case.stamp.noter:
        return []
    return [("dose-unwitnessed", "A dose was taken without a second person as witness.", "major")]
