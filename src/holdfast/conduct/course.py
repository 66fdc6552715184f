"""How far somebody has come, for the status line: a view of the stage and the visits; it decides nothing.

Rules ask the stage (``standing.Stage``), which knows no phase after the first dose. Between the doses and
the last follow-up lie months, and whoever opens a page wants to know which of them it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.conduct.followup import OF_TREATMENT
from holdfast.conduct.standing import ParticipantStanding, Stage
from holdfast.protocol.model import Protocol, Visit, VisitKind

DOSING, INTEGRATION, FOLLOW_UP = "dosing", "integration", "follow-up"


@dataclass(frozen=True, slots=True)
class Phase:
    """A stage's code, or "dosing" or "integration" with the number of the session, or "follow-up"."""

    code: str
    session: int = 0


def phase(protocol: Protocol, standing: ParticipantStanding) -> Phase:
    """The phase of a participant; the stage itself before the first dose and once treatment was stopped.

    Read off the latest visit, in the protocol's order, that was held or begun or recorded as missed: one
    that was overlooked before it holds nobody back. After the last visit of treatment follows follow-up.
    """
    if standing.stage is not Stage.IN_TREATMENT:
        return Phase(standing.stage.value)
    place = max((n for n, each in enumerate(protocol.visits, 1) if _reached(standing, each)), default=0)
    before, rest = protocol.visits[:place], protocol.visits[place:]
    sessions = sum(each.kind is VisitKind.DOSING for each in before)
    if standing.under_effect:
        return Phase(DOSING, sessions)
    if not any(each.kind in OF_TREATMENT for each in rest):
        return Phase(FOLLOW_UP)
    if rest[0].kind is VisitKind.DOSING:
        return Phase(DOSING, sessions + 1)
    return Phase(INTEGRATION, sessions)


def _reached(standing: ParticipantStanding, visit: Visit) -> bool:
    state, session = standing.visits.get(visit.code), standing.sessions.get(visit.code)
    settled = state is not None and (state.held is not None or bool(state.missed))
    return settled or (session is not None and session.started is not None)
