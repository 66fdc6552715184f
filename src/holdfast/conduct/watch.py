"""What is overdue in a session and raises itself: nobody need look at a page for an alarm to exist.

``due`` says what nobody has done in time; ``NoteOverdue``, told by the software's own role,
records it as an alarm. It is asked again and again (every quarter of a minute in the
clinic): what stands as an alarm already is not due a second time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from holdfast.conduct import alarms, values
from holdfast.conduct.actions import NoteOverdue
from holdfast.conduct.case import Case, Pen, minutes_between
from holdfast.conduct.dose import window_hours
from holdfast.conduct.outlook import readings_due
from holdfast.conduct.recording_gaps import agreed, off_since
from holdfast.conduct.rounds import LATE, asked_of
from holdfast.conduct.session import opened, session_of
from holdfast.conduct.standing import SessionStanding
from holdfast.conduct.standing.session import MONITORS, Alarm
from holdfast.conduct.streams import session_stream
from holdfast.conduct.vitals import schedule
from holdfast.errors import ImpossibleValue
from holdfast.records.session import AlarmRaised

NEVER = datetime.min.replace(tzinfo=UTC)
NOTICE = "notice"
"""Said on the page and never recorded: it asks for a decision, nothing is amiss yet."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """Something nobody has done in time: what, since when, how soon somebody must act, and what to do.

    ``priority`` is an alarm's, or ``NOTICE``. ``value`` is the last value of a measure, the
    minute of a reading, or the hour of a round.
    """

    code: str
    priority: str
    since: datetime
    action: str
    measure: str = ""
    value: float | None = None
    limit: float | None = None


def due(case: Case, session: SessionStanding) -> tuple[Overdue, ...]:
    """Everything overdue in a session at the moment of the case, each code once, the most urgent first."""
    if session.started is None or session.discharged is not None:
        return ()
    found = [*unlooked(case, session), *unconfirmed(case, session)]
    if session.t0 is not None:
        found += [*unread(case, session), *unrated(case, session)]
        if session.ended is None:
            found += [*alone(case, session), *unattended(case, session), *undecided(case, session)]
            found += unrecorded(case, session)
    found.sort(key=lambda each: alarms.RANK.get(each.priority, len(alarms.RANK)))
    once = {each.code: each for each in reversed(found)}
    return tuple(each for each in found if once[each.code] is each)


def note_overdue(case: Case, tell: NoteOverdue, pen: Pen) -> None:
    """What the software found overdue, as an alarm; sent back where it is not overdue any more."""
    session = opened(case, tell.participant, tell.visit)
    found = next((each for each in due(case, session) if each.code == tell.code), None)
    if found is None or found.priority == NOTICE:
        raise ImpossibleValue(f"Nothing of the kind {tell.code!r} is overdue now.", field="code")
    fact = AlarmRaised(
        code=found.code,
        priority=found.priority,
        measure=found.measure,
        value=found.value,
        limit=found.limit,
        action=found.action,
    )
    here = session_stream(tell.participant, tell.visit)
    main = pen.write(here, fact)
    if found.code == "participant-unattended" and found.code not in session.noticed:
        what = "The participant was found without a monitor under drug effect."
        pen.deviate(here, "participant-unattended", what, severity="major", because=main.id)


def stands(case: Case, session: SessionStanding, code: str, priority: str) -> bool:
    """Whether an alarm of that code, at least as severe, stands."""
    alarm = session.latch(code)
    if alarm is None or alarms.RANK[alarm.priority] > alarms.RANK[priority]:
        return False
    return alarms.stands(case.protocol, session, alarm, at=case.at)


# --- readings and rechecks ---------------------------------------------------------------


def unread(case: Case, session: SessionStanding) -> Iterator[Overdue]:
    """The last scheduled reading is late and nothing was read since; medium once two in a row are."""
    if session.ended is not None or not _gap(case, session):
        return
    rows = readings_due(case.protocol, session, case.at.at, study=case.study, site=case.site)
    last = _last_read(session)
    late = [
        each.at
        for each in rows
        if each.state == "late" and each.minute >= 0 and each.at is not None and not last >= each.at
    ]
    if not late:
        return
    priority = "low" if len(late) == 1 else "medium"
    if not stands(case, session, "vitals-overdue", priority):
        minute = max(float(each.minute) for each in rows if each.state == "late")
        yield Overdue("vitals-overdue", priority, late[0], ACTIONS["vitals-overdue"], value=minute)


def _gap(case: Case, session: SessionStanding) -> bool:
    """Whether a scheduled minute has passed since anything was read; asked first, because it is quick."""
    plan = schedule(case.protocol, study=case.study, site=case.site)
    if plan is None or session.t0 is None:
        return False
    read = (_last_read(session) - session.t0.at) / timedelta(minutes=1)
    return any(max(read, 0) < minute < minutes_between(session.t0, case.at) for minute in plan)


def _last_read(session: SessionStanding) -> datetime:
    read = [each.at.at for code, each in session.last.items() if code != "suds"]
    return max(read, default=NEVER)


def unconfirmed(case: Case, session: SessionStanding) -> Iterator[Overdue]:
    """A value beyond a medium limit that was to be read again, and was not: it is believed."""
    within = values.constant(case.protocol, "confirm-within-minutes", study=case.study, site=case.site)
    for limit in case.protocol.limits:
        notice = session.latch(alarms.REPEAT + limit.code)
        if notice is None or alarms.over(case.protocol, session, notice):
            continue
        waited = minutes_between(notice.raised_at, case.at)
        if waited >= within and not stands(case, session, limit.code, limit.priority):
            yield _again(notice, limit.code, limit.priority, notice.raised_at.at, limit.action["en"])


def unlooked(case: Case, session: SessionStanding) -> Iterator[Overdue]:
    """An alarm was taken on, its time to look again has passed, and nobody has."""
    for code in session.latched:
        alarm = session.latch(code)
        if alarm is None or not alarm.taken_by or code.startswith(alarms.REPEAT):
            continue
        again = alarms.recheck_at(session, alarm)
        if again is None or minutes_between(again, case.at) < alarms.GRACE.number:
            continue
        # Whoever has read since has looked: that reading rang for itself if it had to.
        last = session.last.get(alarm.measure)
        looked = last is not None and alarms.recheck_due(session, alarm, at=last.at)
        if looked or _settled(case, session, alarm):
            continue
        action = f"The time to look again has passed. {_action(case, session, alarm)}".strip()
        yield _again(alarm, code, alarm.priority, again.at, action, latest=_value(session, alarm))


def _settled(case: Case, session: SessionStanding, alarm: Alarm) -> bool:
    """Whether nothing is to be looked at: the cause is over, was of a moment, or a severer alarm stands."""
    protocol = case.protocol
    if alarms.momentary(protocol, alarm) or alarms.over(protocol, session, alarm):
        return True
    if alarm.code == "recording-stopped" and not recorded(case, session):
        return True
    limit = alarms.limit_of(protocol, alarm)
    if limit is None:
        return False
    others = alarms.of_measure(protocol, session, limit)
    return any(alarms.stands(protocol, session, each, at=case.at) for each in others)


def _value(session: SessionStanding, alarm: Alarm) -> float | None:
    last = session.last.get(alarm.measure)
    return alarm.worst if last is None else last.value


def _action(case: Case, session: SessionStanding, alarm: Alarm) -> str:
    limit = alarms.limit_of(case.protocol, alarm)
    return ACTIONS.get(alarm.code, "") if limit is None else limit.action["en"]


def _again(
    alarm: Alarm, code: str, priority: str, since: datetime, action: str, *, latest: float | None = None
) -> Overdue:
    value = alarm.worst if latest is None else latest
    return Overdue(code, priority, since, action, measure=alarm.measure, value=value, limit=alarm.limit)


# --- people, rounds, the supplemental dose, the recording ---------------------------------------

ACTIONS = {
    "monitor-alone": "Send the second monitor back into the room.",
    "participant-unattended": "Send a monitor into the room now.",
    "prompts-overdue": "Ask for the effects of the round now, or say that they were not asked for.",
    "recording-stopped": "Start the recording again, or end it and say why.",
    "vitals-missed": "Take the next reading in time.",
    "vitals-overdue": "Read now, put the reading off, or say why it is not taken.",
}
"""What is to be done about what raises itself."""


def alone(case: Case, session: SessionStanding) -> Iterator[Overdue]:
    """Fewer than two monitors in the room, for longer than the limit, while it lasts."""
    code = "monitor-alone"
    if session.t0 is None or session.few_since is None or not 0 < len(session.in_room) < MONITORS:
        return
    since = max(session.few_since, session.t0, key=lambda each: each.at)
    limit = values.constant(case.protocol, "alone-limit", study=case.study, site=case.site)
    if minutes_between(since, case.at) > limit and not _taken_or_stands(case, session, code, "medium"):
        yield Overdue(code, "medium", since.at, ACTIONS[code])


def unattended(case: Case, session: SessionStanding) -> Iterator[Overdue]:
    """No monitor is in the room under drug effect, and no alarm says so yet."""
    code = "participant-unattended"
    if not session.in_room and not _taken_or_stands(case, session, code, "high"):
        since = session.few_since or case.at
        yield Overdue(code, "high", since.at, ACTIONS[code])


def unrated(case: Case, session: SessionStanding) -> Iterator[Overdue]:
    """A round of prompts is overdue, and neither it nor a later one was rated."""
    code = "prompts-overdue"
    allowed = values.constant(case.protocol, LATE, study=case.study, site=case.site)
    if session.t0 is None:
        return
    since = minutes_between(session.t0, case.at)
    late = [hour for hour, _by in asked_of(case.protocol) if 60 * hour + allowed < since]
    if not late or alarms.rated(session, max(late)) or _taken_or_stands(case, session, code, "low"):
        return
    at = session.t0.at + timedelta(hours=max(late))
    yield Overdue(code, "low", at, ACTIONS[code], value=max(late))


def _taken_or_stands(case: Case, session: SessionStanding, code: str, priority: str) -> bool:
    """Whether an alarm of a lasting cause stands, or is watched until ``unlooked`` rings it again."""
    if stands(case, session, code, priority):
        return True
    alarm = session.latch(code)
    return alarm is not None and bool(alarm.taken_by) and not _over_since(case, session, alarm)


def _over_since(case: Case, session: SessionStanding, alarm: Alarm) -> bool:
    """Whether the cause was over between the alarm and now: what lasts now began after it."""
    if alarm.code in ("prompts-overdue", "recording-stopped"):
        return alarms.over(case.protocol, session, alarm)
    return session.few_since is not None and session.few_since.at > alarm.raised_at.at


def undecided(case: Case, session: SessionStanding) -> Iterator[Overdue]:
    """The window of the supplemental dose closes soon and nobody has decided: a notice, no alarm."""
    step = session_of(case.protocol, session.visit).supplemental
    if step is None or session.supplement is not None or session.t0 is None:
        return
    _, closes = window_hours(case, session.visit, step)
    if closes is None:
        return
    before = values.constant(case.protocol, "supplement-reminder-minutes", study=case.study, site=case.site)
    end = session.t0.at + timedelta(hours=closes)
    if timedelta(0) <= end - case.at.at <= timedelta(minutes=before):
        action = "Decide on the supplemental dose: its window closes soon."
        yield Overdue("supplement-closing", NOTICE, end, action)


def unrecorded(case: Case, session: SessionStanding) -> Iterator[Overdue]:
    """The recording does not run under drug effect, though consent to it is in force."""
    code = "recording-stopped"
    since = off_since(session, case.at)
    if since is None or not recorded(case, session):
        return
    limit = values.constant(case.protocol, "recording-gap-minutes", study=case.study, site=case.site)
    if minutes_between(since, case.at) > limit and not _taken_or_stands(case, session, code, "low"):
        yield Overdue(code, "low", since.at, ACTIONS[code])


def recorded(case: Case, session: SessionStanding) -> bool:
    """Whether a recording is consented to, and was not ended."""
    ended = bool(session.recording) and session.recording[-1].act == "ended"
    return not ended and agreed(case.newcomer(session.participant), case.at)
