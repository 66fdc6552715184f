"""Facts of safety and quality. Stream: participant (deviations: where they happened)."""

from __future__ import annotations

from holdfast.records.fact import Fact, Json, kind


@kind("adverse-event", version=2)
class AdverseEvent(Fact):
    """One adverse event, of any valence. ``onset`` and ``end`` are ISO times or partial dates.

    ``source`` is "spontaneous" or "prompted"; ``prompt`` the prompt code it came from. Of a
    prompted event ``peak`` is the ISO time of the highest rating and ``rated`` the highest
    rating (1 to 3) by who gave it, "observer" or "participant".
    """

    term: str
    onset: str
    end: str
    severity: str  # "mild", "moderate", "severe"
    serious: bool
    criteria: tuple[str, ...]  # of seriousness
    related: str  # "not-assessed", "not-related", "possible", "probable", "definite"
    special_interest: str  # "", "suicidality", "cardiovascular", "abuse-potential"
    source: str
    prompt: str
    visit: str
    peak: str
    rated: dict[str, Json]


@kind("adverse-event-closed")
class AdverseEventClosed(Fact):
    """The outcome of an event; no outcome says that it was none."""

    event: str  # the record id of the event
    outcome: str  # "recovered", "recovering", "not-recovered", "sequelae", "fatal", "unknown"; "": came back
    end: str


@kind("serious-report")
class SeriousReport(Fact):
    """A serious event was reported to the sponsor; ``due`` is the ISO time it was due."""

    event: str
    due: str
    to: str


@kind("deviation")
class Deviation(Fact):
    """A difference between the protocol and what was done, found by the software or told by a person."""

    code: str
    what: str
    severity: str  # "minor", "major"
    detected_by: str  # "holdfast" or a person


@kind("risk-raised")
class RiskRaised(Fact):
    """An answer that must bring help at once; ``finding`` is the instrument's code for it."""

    finding: str
    form_record: str
    priority: str


@kind("risk-acknowledged")
class RiskAcknowledged(Fact):
    """A named clinician takes a raised risk on."""

    risk: str
    by: str
    plan: str


@kind("risk-passed-on")
class RiskPassedOn(Fact):
    """Who was told of a raised risk; ``step`` 1 is the first telling, 2 and more for want of an answer."""

    risk: str
    step: int
    to: tuple[str, ...]


@kind("unblinded")
class Unblinded(Fact):
    """The allocation of one participant was revealed to one physician for treatment.

    What it was stands in the pharmacy's sealed answer, never here.
    """

    to: str
    why: str
