"""The results of a study: values that carry their warnings, ready for JSON and the report."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

ALL = "All arms together"
"""The one group of a blinded analysis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number with its interval (95 %) and how many it rests on; None where not estimable."""

    estimate: float | None
    lower: float | None
    upper: float | None
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Participant flow after CONSORT 2010; counts by group where people are randomised."""

    contacted: int
    consented: int
    screen_failed: int
    screen_failures: Mapping[str, int]
    in_screening: int
    randomised: Mapping[str, int]
    dosed: Mapping[str, int]
    treatment_stopped: Mapping[str, int]
    left_study: Mapping[str, int]
    completed: Mapping[str, int]
    ongoing: Mapping[str, int]
    assessed: Mapping[str, Mapping[str, int]]  # visit to group to n with the primary outcome
    reasons_left: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # group to reason to n
    entry: str = "Randomised"  # what entering is called: where nobody is randomised, "Entered treatment"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineRow:
    """One characteristic: its text by group ("38.2 (11.0)" or "21 (40 %)")."""

    label: str
    by_group: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """A difference from the reference arm at a visit; df is Kenward-Roger's or Satterthwaite's."""

    arm: str
    reference: str
    visit: str
    estimate: float
    se: float
    df: float
    p: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanAtVisit:
    """A mean at a visit in a group, with SD and 95 % t interval, of those observed."""

    group: str
    visit: str
    week: int | None
    n: int
    mean: float
    sd: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An estimand in words (ICH E9(R1)); ``strategies`` by the label of the event."""

    treatment: str
    population: str
    visit: str
    summary: str
    strategies: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinuousResult:
    """A planned mixed-model analysis. Without the key only observed means are there.

    ``ls_changes`` carry as n how many responses the model has there, after the strategies.
    """

    analysis: str
    role: str
    outcome: str
    estimand: str
    strategies: Mapping[str, str]
    question: Question
    contrasts: tuple[Contrast, ...]
    ls_changes: tuple[MeanAtVisit, ...]
    observed: tuple[MeanAtVisit, ...]
    excluded: Mapping[str, int]  # observations left out by a hypothetical strategy, by event
    converged: bool | None
    method: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProportionResult:
    """A planned analysis of a yes-no outcome at a visit.

    n of a group are those ``assessed`` and those ``counted_as_no`` by a composite strategy
    without being assessed; ``left_out`` are the dosed of whom neither is known.
    """

    analysis: str
    role: str
    outcome: str
    visit: str
    question: Question
    definition: str
    by_group: Mapping[str, Estimate]
    difference: Estimate | None
    assessed: Mapping[str, int]
    counted_as_no: Mapping[str, int]
    left_out: Mapping[str, int]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """People with at least one event of a term, and events, by group."""

    term: str
    prompted: bool
    people: Mapping[str, int]
    events: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Safety:
    """Treatment-emergent adverse events among those dosed; n by group are the denominators."""

    denominators: Mapping[str, int]
    any_event: Mapping[str, int]
    serious: Mapping[str, int]
    severe: Mapping[str, int]
    special: Mapping[str, Mapping[str, int]]
    rows: tuple[EventRow, ...]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VitalsBand:
    """A vital sign at a scheduled minute over sessions: mean, 5th and 95th percentile."""

    group: str
    parameter: str
    unit: str
    minute: int
    n: int
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """Vital signs of dosing sessions, how many readings came late or not, and peaks."""

    sessions: int
    readings: int
    late: int
    missed: int
    bands: tuple[VitalsBand, ...]
    peaks: Mapping[str, Mapping[str, Estimate]]  # parameter to group


@dataclass(frozen=True, slots=True, kw_only=True)
class GuessRow:
    """Guesses of one kind of evaluator (role) by group; ``correct`` and ``bang`` only with the key."""

    evaluator: str
    visit: str
    group: str
    n: int
    experimental: int
    comparator: int
    correct: Estimate | None
    bang: Estimate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """How the study was run, from its records; their number only with the key.

    Every effect of a session is a record: how many came in a day would show an arm.
    ``data_use_withdrawn`` counts people; what the analysis leaves out of them are forms, and records in all.
    """

    records: int | None
    deviations: Mapping[str, int]
    corrections: int
    late_entries: int
    data_use_withdrawn: int = 0
    forms_left_out: int = 0
    records_left_out: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Everything a report shows. ``unblinded`` tells whether the key was given."""

    study: str
    title: str
    life: str
    unblinded: bool
    locked: bool
    data_as_of: str
    protocol_hash: str
    data_hash: str
    code_hash: str
    arms: Mapping[str, str]
    visits: Mapping[str, str]
    events: Mapping[str, str]
    flow: Flow
    baseline: tuple[BaselineRow, ...]
    continuous: tuple[ContinuousResult, ...]
    proportions: tuple[ProportionResult, ...]
    safety: Safety
    vitals: Vitals
    guesses: tuple[GuessRow, ...]
    conduct: Conduct
    warnings: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """A JSON-native map of the whole; what cannot be estimated is null, never NaN."""
        plain = without_nan(asdict(self))
        assert isinstance(plain, dict)
        return plain


def without_nan(value: object) -> object:
    """The same value in JSON's types, with null where a number is not finite."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: without_nan(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(each) for each in value]
    return value
