"""What a discharge finds: whether the night was kept, and capsules that nobody accounted for."""

from __future__ import annotations

from holdfast.conduct.case import Case
from holdfast.conduct.standing import SessionStanding
from holdfast.conduct.visits import Break
from holdfast.protocol.model import DosingSession
from holdfast.protocol.roles import Role


def night_kept(case: Case, plan: DosingSession, session: SessionStanding) -> list[Break]:
    """Where the protocol asks for a night at the site: an attendant took over, and it was stayed."""
    if not plan.overnight or session.t0 is None:
        return []
    asks = "The protocol asks for a night at the site with an attendant"
    if case.at.day == session.t0.day:
        return [("no-overnight-attendant", f"{asks}; the participant left on the day of the dose.", "major")]
    if any(each.role == Role.ATTENDANT for each in session.handed):
        return []
    return [("no-overnight-attendant", f"{asks}; no attendant took over.", "major")]


def unused(session: SessionStanding) -> list[tuple[str, str]]:
    """Kits set aside that were neither used nor given back, each with its dose step."""
    used = {taken.kit for taken in session.doses.values()}
    return [
        (step, kit.kit)
        for step, kit in sorted(session.kits.items())
        if kit.kit not in used | session.put_back
    ]


def capsules_unaccounted(session: SessionStanding) -> list[Break]:
    """Capsules of which the record does not say where they are when the participant leaves."""
    return [
        (
            "capsule-unaccounted",
            f"Kit {kit}, set aside for {step}, was neither used nor given back at the discharge.",
            "major",
        )
        for step, kit in unused(session)
    ]
