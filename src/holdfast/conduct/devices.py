"""Monitors that send readings by themselves: whose a reading is, how often one becomes a record, a flood.

Everything a monitor sends is kept as it came (by the clinic). At most one reading of a monitor in
``device-interval-seconds`` becomes a record, but for one that raises an alarm: that one does at once,
so that no high value waits behind many others.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from holdfast.conduct import values
from holdfast.conduct.actions import PlaceDevice, ReportFlood
from holdfast.conduct.case import SOFTWARE, Case, Pen, needed
from holdfast.conduct.decision import Decision, Refused
from holdfast.conduct.session import opened, outside_session
from holdfast.conduct.standing import SessionStanding, SiteStanding, StudyStanding
from holdfast.conduct.streams import session_stream
from holdfast.conduct.visits import Break
from holdfast.errors import ImpossibleValue
from holdfast.protocol.model import Protocol
from holdfast.records.safety import Deviation
from holdfast.records.session import AlarmRaised, DevicePlaced
from holdfast.timing import Instant

FLOOD = "device-flood"


def place_device(case: Case, tell: PlaceDevice, pen: Pen) -> None:
    """A monitor stands at this session; what it reads from now on is this participant's."""
    session = opened(case, tell.participant, tell.visit)
    needed(tell.device, field="device", ask="Say which monitor.")
    if session.started is None and tell.here:
        raise ImpossibleValue("Start the session first; then say which monitor is at it.", field="device")
    here = session_stream(tell.participant, tell.visit)
    main = pen.write(here, DevicePlaced(device=tell.device, name=tell.name, here=tell.here))
    outside_session(case, session, main, pen)


def is_of(session: SessionStanding, device: str, at: Instant) -> bool:
    """Whether what a monitor read at a moment is this session's participant's.

    It is from when somebody said that the monitor stands here until it was taken away or the
    participant left; what was read before or after is for a person to say.
    """
    placed = session.devices.get(device)
    if placed is None or not placed.here or at.at < placed.since.at:
        return False
    return session.discharged is None or at.at <= session.discharged.at


def raises_alarm(decision: Decision) -> bool:
    """Whether what would be recorded raises an alarm."""
    return not isinstance(decision, Refused) and any(
        isinstance(record.fact, AlarmRaised) for record in decision
    )


def waits_seconds(
    protocol: Protocol, last: datetime | None, now: datetime, *, study: StudyStanding, site: SiteStanding
) -> float:
    """Seconds until a reading of a monitor may become a record again; 0 where it may now."""
    interval = values.constant(protocol, "device-interval-seconds", study=study, site=site)
    if last is None:
        return 0.0
    return max(0.0, (last + timedelta(seconds=interval) - now).total_seconds())


def most_a_minute(protocol: Protocol, *, study: StudyStanding, site: SiteStanding) -> int:
    """More readings of one monitor in a minute than this are a flood."""
    return int(values.constant(protocol, "device-flood-readings", study=study, site=site))


def report_flood(case: Case, tell: ReportFlood, pen: Pen) -> None:
    """A monitor sends more than it can measure: a deviation, and one alarm."""
    session = opened(case, tell.participant, tell.visit)
    here = session_stream(tell.participant, tell.visit)
    for code, what, severity in flood(tell):
        found = Deviation(code=code, what=what, severity=severity, detected_by=SOFTWARE)
        main = pen.write(here, found)
        outside_session(case, session, main, pen)
        pen.alarm(
            here,
            "device-flood",
            "Measure by hand, check the monitor, take it away from the session if it goes on.",
            because=main.id,
            priority="medium",
        )


def flood(tell: ReportFlood) -> Iterable[Break]:
    """The one break that a flood is."""
    what = (
        f"{tell.name} sent {tell.received} readings in {tell.seconds:.0f} seconds: more than it can "
        "measure. All are kept; few became records."
    )
    return [("device-flood", what, "minor")]
