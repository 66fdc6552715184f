"""Lists of slots and kits: sealed, received, released, set aside, used, returned, counted, destroyed.

Nothing here knows what is in a capsule. Conduct checks that a kit is released, in date,
unassigned and of the right step; which kit is the right one is the key holder's affair.
"""

from __future__ import annotations

from datetime import date

from holdfast.conduct.actions import (
    AssignKit,
    CountKit,
    DestroyKit,
    ReceiveKit,
    ReleaseKit,
    ReturnKit,
    SealList,
)
from holdfast.conduct.case import Case, Pen
from holdfast.conduct.decision import Reason
from holdfast.conduct.enrolment import entered, treatment_open
from holdfast.conduct.standing import KitStanding
from holdfast.conduct.streams import kit_stream, list_stream, session_stream
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.protocol.model import DoseStep, Protocol
from holdfast.records.envelope import Record
from holdfast.records.supply import (
    KitAssigned,
    KitCounted,
    KitDestroyed,
    KitPutBack,
    KitReceived,
    KitReleased,
    KitReturned,
    KitSetAside,
    ListSealed,
)


def seal_list(case: Case, ask: SealList, pen: Pen) -> list[Reason]:
    """Enter a stratum's sealed list of slots, once."""
    if not ask.slots or len(set(ask.slots)) != len(ask.slots):
        raise ImpossibleValue("A list has at least one slot and none twice.", field="slots")
    reasons = [*not_sealed(case, ask), *committed(ask)]
    if reasons:
        return reasons
    fact = ListSealed(stratum=ask.stratum, slots=ask.slots, commitment=ask.commitment)
    pen.write(list_stream(ask.stratum), fact)
    return []


def not_sealed(case: Case, ask: SealList) -> list[Reason]:
    """A sealed list is never replaced."""
    if not case.slots(ask.stratum).slots:
        return []
    return [Reason("list-already-sealed", f"The list of {ask.stratum} is sealed already.", ask.stratum)]


def committed(ask: SealList) -> list[Reason]:
    """The key is bound before the first slot is taken."""
    return [] if ask.commitment else [Reason("no-commitment", "Seal the key first: the commitment is empty.")]


def steps(protocol: Protocol) -> dict[str, tuple[str, DoseStep]]:
    """Every dose step with the visit of its session."""
    return {
        step.step: (session.visit, step)
        for session in protocol.sessions
        for step in (session.first, session.supplemental)
        if step is not None
    }


def receive_kit(case: Case, tell: ReceiveKit, pen: Pen) -> None:
    """A kit arrived at the site."""
    before = case.kit(tell.kit)
    if not tell.kit or "/" in tell.kit:
        raise ImpossibleValue("A kit's number is a word without a slash.", field="kit")
    if tell.step not in steps(case.protocol):
        raise UnknownName(f"The protocol has no dose step {tell.step!r}.")
    if tell.capsules < 1:
        raise ImpossibleValue(f"A kit holds at least one capsule; found {tell.capsules}.", field="capsules")
    _iso(tell.expires)
    stream = kit_stream(tell.kit)
    fact = KitReceived(
        kit=tell.kit, step=tell.step, capsules=tell.capsules, expires=tell.expires, lot=tell.lot
    )
    main = pen.write(stream, fact)
    if before.known:
        what = f"Kit {tell.kit} was received before: one number, one kit."
        pen.deviate(stream, "kit-received-twice", what, severity="major", because=main.id)
    if tell.expires < case.today:
        what = f"Kit {tell.kit} ran out on {tell.expires}, before it arrived."
        pen.deviate(stream, "kit-received-expired", what, severity="minor", because=main.id)


def release_kit(case: Case, ask: ReleaseKit, pen: Pen) -> list[Reason]:
    """A kit may be used from now on."""
    kit = known_kit(case, ask.kit)
    reasons = [*not_released(kit, ask.kit), *kit_in_date(case, kit, ask.kit), *kit_here(case, kit, ask.kit)]
    if reasons:
        return reasons
    pen.write(kit_stream(ask.kit), KitReleased(kit=ask.kit))
    return []


def assign_kit(case: Case, ask: AssignKit, pen: Pen) -> list[Reason]:
    """Set a kit aside for a participant's dose step; the session's stream notes it."""
    kit, person = known_kit(case, ask.kit), case.participant(ask.participant)
    if ask.step not in steps(case.protocol) or steps(case.protocol)[ask.step][0] != ask.visit:
        raise UnknownName(f"The protocol has no dose step {ask.step!r} at {ask.visit!r}.")
    reasons = [
        *released(kit, ask.kit),
        *kit_in_date(case, kit, ask.kit),
        *kit_here(case, kit, ask.kit),
        *unassigned(kit, ask.kit),
        *right_step(kit, ask),
        *capsules_left(kit, ask.kit),
        *entered(case.protocol, person),
        *treatment_open(person),
        *none_set_aside(case, ask),
    ]
    if reasons:
        return reasons
    fact = KitAssigned(kit=ask.kit, participant=ask.participant, visit=ask.visit, step=ask.step)
    main = pen.write(kit_stream(ask.kit), fact)
    note = KitSetAside(kit=ask.kit, step=ask.step, expires=kit.expires)
    pen.write(session_stream(ask.participant, ask.visit), note, because=main.id)
    return []


def known_kit(case: Case, kit: str) -> KitStanding:
    """A kit that arrived; UnknownName for others."""
    standing = case.kit(kit)
    if not standing.known:
        raise UnknownName(f"There is no kit {kit}: receive it first, or check the number.")
    return standing


def not_released(kit: KitStanding, number: str) -> list[Reason]:
    """The kit was not released before."""
    return (
        [Reason("kit-already-released", f"Kit {number} is released already.", number)] if kit.released else []
    )


def released(kit: KitStanding, number: str) -> list[Reason]:
    """The kit was released for use."""
    return [] if kit.released else [Reason("kit-not-released", f"Kit {number} is not released.", number)]


def kit_in_date(case: Case, kit: KitStanding, number: str) -> list[Reason]:
    """The kit is in date today."""
    if kit.in_date(day=case.today):
        return []
    return [Reason("kit-expired", f"Kit {number} ran out on {kit.expires}.", number)]


def kit_here(case: Case, kit: KitStanding, number: str) -> list[Reason]:
    """The kit is at this site."""
    if kit.site == case.stamp.site:
        return []
    return [Reason("kit-elsewhere", f"Kit {number} is at {kit.site}, not at {case.stamp.site}.", number)]


def unassigned(kit: KitStanding, number: str) -> list[Reason]:
    """The kit is nobody's yet."""
    return [Reason("kit-assigned", f"Kit {number} is set aside already.", number)] if kit.assigned else []


def right_step(kit: KitStanding, ask: AssignKit) -> list[Reason]:
    """The kit is for this dose step."""
    if kit.step == ask.step:
        return []
    return [Reason("kit-wrong-step", f"Kit {ask.kit} is for {kit.step}, not {ask.step}.", ask.kit)]


def capsules_left(kit: KitStanding, number: str) -> list[Reason]:
    """Something is in the kit."""
    return [] if kit.on_hand > 0 else [Reason("kit-empty", f"No capsule of kit {number} is on hand.", number)]


def none_set_aside(case: Case, ask: AssignKit) -> list[Reason]:
    """One kit for one dose step."""
    there = case.session(ask.participant, ask.visit).kits.get(ask.step)
    if there is None:
        return []
    return [Reason("step-has-kit", f"Kit {there.kit} is set aside for {ask.step} already.", there.kit)]


def return_kit(case: Case, tell: ReturnKit, pen: Pen) -> None:
    """Unused capsules come back, witnessed; a session that they were set aside for notes it."""
    kit = known_kit(case, tell.kit)
    _positive(tell.capsules)
    stream = kit_stream(tell.kit)
    mine = (tell.participant, tell.visit)
    if tell.visit and (kit.assigned is None or kit.assigned[:2] != mine):
        raise UnknownName(f"Kit {tell.kit} was not set aside for {tell.participant} at {tell.visit}.")
    fact = KitReturned(kit=tell.kit, capsules=tell.capsules, witness=tell.witness)
    main = pen.write(stream, fact)
    if tell.visit:
        note = KitPutBack(kit=tell.kit, capsules=tell.capsules)
        pen.write(session_stream(*mine), note, because=main.id)
    if tell.capsules > kit.on_hand:
        what = f"{tell.capsules} capsules of kit {tell.kit} came back; {kit.on_hand} were on hand."
        pen.deviate(stream, "kit-overdrawn", what, severity="major", because=main.id)
    _witness_check(case, (tell.witness,), wanted=1, main=main, pen=pen)


def count_kit(case: Case, tell: CountKit, pen: Pen) -> None:
    """Two people counted; what differs from the ledger is a deviation and stays as lost or found."""
    kit = known_kit(case, tell.kit)
    if tell.counted < 0:
        raise ImpossibleValue(f"A count is not below zero; found {tell.counted}.", field="counted")
    stream = kit_stream(tell.kit)
    fact = KitCounted(kit=tell.kit, counted=tell.counted, expected=kit.on_hand, witness=tell.witness)
    main = pen.write(stream, fact)
    if tell.counted != kit.on_hand:
        what = f"{tell.counted} capsules of kit {tell.kit} were counted; the ledger expected {kit.on_hand}."
        pen.deviate(stream, "count-mismatch", what, severity="major", because=main.id)
    _witness_check(case, (tell.witness,), wanted=1, main=main, pen=pen)


def destroy_kit(case: Case, tell: DestroyKit, pen: Pen) -> None:
    """Capsules were destroyed before two witnesses."""
    kit = known_kit(case, tell.kit)
    _positive(tell.capsules)
    stream = kit_stream(tell.kit)
    fact = KitDestroyed(kit=tell.kit, capsules=tell.capsules, witnesses=tell.witnesses)
    main = pen.write(stream, fact)
    there = kit.on_hand + kit.returned
    if tell.capsules > there:
        what = f"{tell.capsules} capsules of kit {tell.kit} were destroyed; {there} were there."
        pen.deviate(stream, "kit-overdrawn", what, severity="major", because=main.id)
    _witness_check(case, tell.witnesses, wanted=2, main=main, pen=pen)


def unwitnessed(case: Case, witnesses: tuple[str, ...], *, wanted: int) -> bool:
    """Whether fewer than that many people other than who notes it watched."""
    return len({each for each in witnesses if each} - {case.stamp.noter}) < wanted


def _witness_check(case: Case, witnesses: tuple[str, ...], *, wanted: int, main: Record, pen: Pen) -> None:
    if unwitnessed(case, witnesses, wanted=wanted):
        what = f"This needs {wanted} witness{'es' if wanted > 1 else ''} other than {case.stamp.author}."
        pen.deviate(main.stream, "not-witnessed", what, severity="major", because=main.id)


def _positive(capsules: int) -> None:
    if capsules < 1:
        raise ImpossibleValue(f"Expected at least one capsule; found {capsules}.", field="capsules")


def _iso(text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ImpossibleValue(
            f"Expected a date such as 2026-11-23; found {text!r}.", field="expires"
        ) from None
