"""What a trial costs those who give it: therapists' hours and money, per participant."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.protocol.model import Protocol, VisitKind

MINUTES = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """Hours of therapists, all of them together: before the first session, and for each session held."""

    preparation: float
    session: float

    def hours(self, sessions: float) -> float:
        """The hours of a participant who has this many dosing sessions."""
        return self.preparation + sessions * self.session


def effort_of(protocol: Protocol) -> Effort:
    """From the lengths of visits in the protocol and the therapists who sit in each.

    Integration belongs to the dosing sessions in equal parts. Visits without a stated length
    (ratings, calls) are not the therapists' hours.
    """
    together = max(session.monitors.number for session in protocol.sessions)
    hours = {
        kind: sum(
            visit.minutes.number / MINUTES
            for visit in protocol.visits
            if visit.kind is kind and visit.minutes is not None
        )
        for kind in (VisitKind.PREPARATION, VisitKind.DOSING, VisitKind.INTEGRATION)
    }
    sessions = sum(visit.kind is VisitKind.DOSING for visit in protocol.visits)
    return Effort(
        preparation=together * hours[VisitKind.PREPARATION],
        session=together * (hours[VisitKind.DOSING] + hours[VisitKind.INTEGRATION]) / sessions,
    )
