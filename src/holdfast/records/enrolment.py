"""Facts of a participant's way through the study. Stream: participant."""

from __future__ import annotations

from holdfast.records.fact import Fact, Json, kind


@kind("prescreened")
class Prescreened(Fact):
    """Somebody was in touch: everyone is logged, whatever came of it."""

    participant: str
    referred_by: str
    prior_mdma: str  # "never", "once", "2-5", "more", "not said"
    outcome: str  # "invited" or the coded reason why not


@kind("consent-given")
class ConsentGiven(Fact):
    """Consent to named items of a version of the information."""

    items: tuple[str, ...]
    declined: tuple[str, ...]
    version: str
    language: str
    explained_by: str


@kind("consent-withdrawn")
class ConsentWithdrawn(Fact):
    """Named consent items are withdrawn."""

    items: tuple[str, ...]


@kind("eligibility-assessed")
class EligibilityAssessed(Fact):
    """Each criterion's answer ("holds", "fails", "unknown") at screening or baseline."""

    at: str
    answers: dict[str, Json]
    eligible: bool


@kind("screen-failed")
class ScreenFailed(Fact):
    """The person does not enter; ``criteria`` are the ones that failed."""

    criteria: tuple[str, ...]
    note: str


@kind("randomised")
class Randomised(Fact):
    """A slot of the sealed list is the participant's. The slot says nothing of the arm."""

    slot: str
    stratum: str


@kind("treatment-entered")
class TreatmentEntered(Fact):
    """Somebody enters treatment in a study that does not randomise: day 1."""

    confirmed_by: str


@kind("session-milestone")
class SessionMilestone(Fact):
    """A dosing session started, a dose step was taken, the session ended, the participant left.

    It stands in the participant's stream because of the session's own record, so that
    the next act need not read every session. ``people`` are those who were in the room.
    """

    visit: str
    milestone: str  # "started", "dosed", "ended", "discharged"
    step: str
    people: tuple[str, ...]


@kind("countersignature-due")
class CountersignatureDue(Fact):
    """A physician has to countersign an override that somebody reported, by ``due`` (UTC)."""

    override: str
    visit: str
    item: str
    physician: str
    due: str


@kind("countersignature-given")
class CountersignatureGiven(Fact):
    """The physician has said whether the reported override was theirs."""

    override: str
    agrees: bool


@kind("treatment-stopped")
class TreatmentStopped(Fact):
    """No more dosing; follow-up goes on."""

    why: str


@kind("withdrew")
class Withdrew(Fact):
    """The participant withdraws from treatment, follow-up or use of data, each on its own.

    ``ends`` is what ended with it by the study file in force that day: "collection" where nothing
    more is recorded for research.
    """

    from_: tuple[str, ...]  # of "treatment", "follow-up", "data-use"
    why: str
    ends: tuple[str, ...] = ()


@kind("completed")
class Completed(Fact):
    """The participant has finished the study as planned."""

    last_visit: str


@kind("intercurrent-event")
class IntercurrentEventRecorded(Fact):
    """An event named in the protocol happened; ``visit`` is the first visit it bears on."""

    event: str
    visit: str
    detail: str
