"""``Protocol`` and its parts: the frozen shape of a study file.

Everything here is plain data. The compiler (``protocol.compiler``) fills it from
YAML; cross-checks live there, not here. Codes are lower-case words joined by
hyphens. ``Text`` fields are maps by language; English is always there.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, TypeVar

from pydantic import Field, field_validator

from holdfast.protocol.part import Code as Code
from holdfast.protocol.part import FormCode as FormCode
from holdfast.protocol.part import Part as Part
from holdfast.protocol.part import Text as Text
from holdfast.protocol.roles import Role
from holdfast.protocol.sharing import DataUseWithdrawal as DataUseWithdrawal
from holdfast.protocol.sharing import RegistryExport as RegistryExport
from holdfast.sourced import Figure, Status


class Source(Part):
    """A work, or the reason of an assumption, that figures name by its key in ``sources``.

    A figure that names it takes over ``status`` and ``date`` unless it states its own.
    """

    cite: str = Field(min_length=8)
    status: Status
    date: str = Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")

    @field_validator("date", mode="before")
    @classmethod
    def _year_as_text(cls, given: object) -> object:
        # YAML reads a bare year as a number.
        return str(given) if isinstance(given, int) else given


class StudyHead(Part):
    """What the study is."""

    code: Code
    version: str
    title: Text
    summary: Text
    design: Literal["parallel", "single-arm"] = "parallel"
    registry: tuple[str, ...] = ()
    provenance: Text
    planned_n: Figure


class Arm(Part):
    """A treatment arm. ``level`` 0 inactive, 1 full dose, 2 low dose, 3 an active comparator."""

    code: Code
    name: Text
    role: Literal["experimental", "comparator"]
    level: Literal[0, 1, 2, 3]


class VisitKind(StrEnum):
    """What happens at a visit."""

    SCREENING = "screening"
    PREPARATION = "preparation"
    BASELINE = "baseline"
    DOSING = "dosing"
    INTEGRATION = "integration"
    ASSESSMENT = "assessment"
    CONTACT = "contact"
    FOLLOW_UP = "follow-up"


class ScheduledForm(Part):
    """A form at a visit, the role that fills it, and whether the visit is incomplete without it."""

    form: FormCode
    by: Role
    required: bool = True


class Visit(Part):
    """A planned visit.

    Timed either by ``day`` (study day; negative before randomisation) or by
    ``after`` (another visit's code) plus ``days``. ``early`` and ``late`` are the
    days its window opens before and closes after the target.
    """

    code: Code
    name: Text
    kind: VisitKind
    day: Figure | None = None
    after: Code | None = None
    days: Figure | None = None
    early: Figure
    late: Figure
    minutes: Figure | None = None
    week: int | None = None
    forms: tuple[ScheduledForm, ...] = ()


class DoseStep(Part):
    """One capsule-taking: its code (the word records use) and mg by arm."""

    step: Code
    mg: dict[str, Figure]
    opens_h: Figure | None = None
    closes_h: Figure | None = None
    gate: tuple[Code, ...] = ()


class DosingSession(Part):
    """A dosing session: the visit it is held at, the first dose and the supplemental one.

    ``end_gate`` and ``discharge_gate`` list the gate items that must hold before the
    session ends and before the participant leaves; each ``DoseStep`` has its own gate.
    ``overnight``: the participant stays the night at the site, with an attendant.
    """

    visit: Code
    first: DoseStep
    supplemental: DoseStep | None = None
    minimum_hours: Figure
    monitors: Figure
    overnight: bool = False
    end_gate: tuple[Code, ...] = ()
    discharge_gate: tuple[Code, ...] = ()


class Variable(Part):
    """A declared name that rules may use.

    ``score`` ("CAPS-5.total") takes it from a form's score; otherwise it is a
    field of a study form (``StudyForm.fields``). ``says`` holds the words of
    options; one without reads as its code.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    type: Literal["number", "bool", "text", "date"]
    label: Text
    unit: str = "1"
    options: tuple[str, ...] = ()
    says: dict[str, Text] = Field(default_factory=dict)
    minimum: float | None = None
    maximum: float | None = None
    score: str | None = None
    visit: Code | None = None


class StudyForm(Part):
    """A form of this study: an instrument of the catalogue, or own fields (variable names).

    ``read`` names every role that may read it once filled; who fills it may always read
    back what they wrote. ``holds_allocation`` marks a form that tells an arm: only
    unblinded roles may then read it.
    """

    form: FormCode
    name: Text
    instrument: str | None = None
    fields: tuple[str, ...] = ()
    read: tuple[Role, ...]
    holds_allocation: bool = False


class Criterion(Part):
    """One eligibility criterion: the rule holds for a person who may enter."""

    code: Code
    type: Literal["inclusion", "exclusion"]
    original: Text
    plain: Text
    rule: str
    source: str
    status: str
    at: Literal["screening", "baseline"] = "screening"


class ConsentItem(Part):
    """One thing consented to separately; ``required`` ones are needed to take part."""

    code: Code
    label: Text
    required: bool
    may_be_withdrawn: Literal["any-time", "ends-participation"] = "any-time"


class Stratum(Part):
    """A stratification factor: ``site`` or a declared variable with its levels."""

    factor: str
    levels: tuple[str, ...] = ()
    source: str
    status: str


class Randomisation(Part):
    """Permuted blocks within strata."""

    ratio: dict[str, int]
    strata: tuple[Stratum, ...]
    block_sizes: Figure


class Blinding(Part):
    """Who may know an arm, when and why; everybody else is blind."""

    unblinded: tuple[Role, ...]
    reason: Text
    guesses: tuple[ScheduledForm, ...] = ()


class VitalsPlan(Part):
    """What is measured in a session, and when (minutes after the first dose; negative before)."""

    measures: tuple[Code, ...]
    at_minutes: Figure
    late_after_minutes: Figure
    deferral_ceiling_minutes: Figure
    repeat_after_minutes: Figure


class Limit(Part):
    """A limit on a measure, with the action it names.

    ``measure`` is one of the vital measures (``VitalsPlan.measures``) or ``suds``, which
    is asked and not read by a device. The limit is passed where ``measure op value``.
    ``blocks`` lists what may not be done while it is passed: "first-dose",
    "supplemental-dose", "discharge".
    """

    code: Code
    measure: Code
    op: Literal[">=", "<="]
    value: Figure
    priority: Literal["high", "medium", "low"]
    action: Text
    blocks: tuple[Literal["first-dose", "supplemental-dose", "discharge"], ...] = ()


class GateItem(Part):
    """One condition of a gate. ``override`` "nobody", or "physician" with a reason.

    ``source`` and ``status`` say where a number in the rule comes from; a rule without
    a number needs neither.
    """

    code: Code
    label: Text
    rule: str
    override: Literal["nobody", "physician"]
    owner: Role
    source: str = ""
    status: str = ""


class TestBeforeDose(Part):
    """A laboratory or ECG value that must be there before a first dose.

    ``test`` is what results call it, ``age`` the setting that says how old it may be (days);
    ``source`` and ``status`` say why it is asked for.
    """

    test: FormCode
    label: Text
    age: Code
    source: str
    status: str


class WashOut(Part):
    """Which classes of medicine must be washed out, and the settings that say for how long.

    ``half_lives`` (1) and ``stabilisation`` (days) are codes of settings.
    """

    classes: tuple[Code, ...]
    half_lives: Code
    stabilisation: Code
    source: str
    status: str


class BeforeDose(Part):
    """What the records must show before a first dose. A part left out is confirmed by people."""

    laboratory: tuple[TestBeforeDose, ...] = ()
    pregnancy_test: TestBeforeDose | None = None
    wash_out: WashOut | None = None


class Prompt(Part):
    """One thing asked for by name in a session, whatever its value to the participant.

    ``asked`` are the words in which the participant is asked, where they are not the label's.
    """

    code: Code
    label: Text
    asked: Text | None = None
    category: Literal["abuse-potential", "impairment", "physical", "psychological"]


class AdverseEvents(Part):
    """The one definition of an adverse event, and what is prompted for."""

    definition: Text
    excludes: tuple[str, ...] = ()
    prompts: tuple[Prompt, ...]
    prompt_at_hours: Figure
    participant_at_hours: Figure | None = None
    grades: Text
    serious_report_hours: Figure

    @property
    def participant_hours(self) -> tuple[float, ...]:
        """The hours that the participant rates; the observer rates the others."""
        return self.participant_at_hours.numbers if self.participant_at_hours else ()


class Strategy(StrEnum):
    """ICH E9(R1) strategies for intercurrent events."""

    TREATMENT_POLICY = "treatment-policy"
    HYPOTHETICAL = "hypothetical"
    COMPOSITE = "composite"
    WHILE_ON_TREATMENT = "while-on-treatment"
    PRINCIPAL_STRATUM = "principal-stratum"


class IntercurrentEvent(Part):
    """An event after randomisation that changes what an outcome means."""

    code: Code
    label: Text


class Estimand(Part):
    """The five attributes of ICH E9(R1)."""

    code: Code
    label: Text
    treatment: Text
    population: Text
    variable: str
    visit: Code
    summary: Literal["difference-in-means", "risk-difference", "mean-change", "share"]
    strategies: dict[str, Strategy]


class Analysis(Part):
    """A planned analysis of one estimand."""

    code: Code
    estimand: Code
    role: Literal["primary", "secondary", "sensitivity"]
    method: Literal["mmrm", "proportion"]
    outcome: str
    visits: tuple[Code, ...]
    structure: Literal["us"] = "us"
    df: Literal["kr", "satterthwaite"] = "kr"
    by_visit: tuple[str, ...] = ("baseline",)
    factors: tuple[str, ...] = ()
    alpha: Figure


class Rung(Part):
    """One attempt to reach somebody: how, and how many days after the one before (or the window's opening).

    Where ``channel`` is the code of a consent item, the attempt needs that consent.
    """

    channel: Code
    label: Text
    after: Figure


class FollowUp(Part):
    """Long-term follow-up inside the same protocol and consent.

    ``ladder`` are the attempts one after another, as many as ``attempts``. ``script`` is what is said when
    somebody answers, ``unanswered`` what is left behind when nobody does, in each language of the study's
    title. Without them staff see only how often somebody tried.
    """

    visits: tuple[Code, ...]
    attempts: Figure
    reasons_missing: tuple[Code, ...]
    ladder: tuple[Rung, ...] = ()
    script: Text | None = None
    unanswered: Text | None = None


class ForecastShown(Part):
    """What the session page shows of the forecast (``pharmacology``); without this part it shows none.

    "highest-dose": the band for the highest dose allowed, the same for every participant.
    "posterior": a person's own forecast, fitted to readings; only where nothing is blinded.
    """

    show: Literal["highest-dose", "posterior"]


class Condition(Part):
    """Something that whoever records an approval confirms, by its code; without it none is recorded."""

    code: Code
    label: Text


class PrescriberAuthority(Part):
    """What must be in force before anybody prescribes: a named person's approval for a product at sites."""

    label: Text
    conditions: tuple[Condition, ...]
    source: str
    status: str = ""


class Notice(Part):
    """Something an authority is told of a treatment.

    ``when`` "before-prescribing": once for each person, before the first prescription. "after-prescribing":
    for each prescription, within ``business_days`` of it. ``holds`` lists what the notice must say.
    """

    code: Code
    label: Text
    to: Text
    when: Literal["before-prescribing", "after-prescribing"]
    business_days: Figure | None = None
    holds: tuple[Text, ...] = ()
    source: str
    status: str = ""


class State(Part):
    """What a state or territory asks beside the country.

    ``check`` says what staff must find out there; whoever records an approval confirms that they did.
    ``public_holidays`` are ISO dates that its deadlines pass over; without them every day from Monday to
    Friday counts, and a last day is the earliest it can be.
    """

    code: Annotated[str, Field(pattern=r"^[A-Z]{2,4}$")]
    name: Text
    notices: tuple[Notice, ...] = ()
    check: Text | None = None
    public_holidays: tuple[Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")], ...] = ()
    source: str
    status: str = ""


class PeriodicReport(Part):
    """A report for each half of a year: what the authority asks for, and what is kept beside it.

    It is due ``due_days`` after the period's last day; ``copies`` are who else is sent it.
    """

    label: Text
    to: Text
    copies: tuple[Text, ...] = ()
    months: Figure
    due_days: Figure
    asked: tuple[Text, ...]
    source: str
    status: str = ""


class Duty(Part):
    """Something else that an authority or a payer wants: what, to whom, when, what it holds."""

    code: Code
    label: Text
    to: Text
    when: Text
    holds: tuple[Text, ...] = ()
    source: str
    status: str = ""


class Programme(Part):
    """The rules of a treatment programme outside trials, in one country.

    ``duties`` and ``payers`` are shown to staff; no request is refused for want of them.
    """

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    authority: PrescriberAuthority
    states: tuple[State, ...]
    report: PeriodicReport
    duties: tuple[Duty, ...] = ()
    payers: tuple[Duty, ...] = ()

    def conditions(self, state: str) -> tuple[Condition, ...]:
        """What is confirmed when an approval is recorded at a site in that state."""
        there = self.state(state)
        if there is None or there.check is None:
            return self.authority.conditions
        return (*self.authority.conditions, Condition(code=f"{state.lower()}-asked", label=there.check))

    def state(self, code: str) -> State | None:
        """The state of that code, where the programme knows it."""
        return next((each for each in self.states if each.code == code), None)


class SettingFigure(Part):
    """A named number that is none of the above (laboratory window, discharge value, wash-out)."""

    code: Code
    label: Text
    value: Figure


class Protocol(Part):
    """A compiled study file. ``text`` is the file itself, ``hash`` the SHA-256 of its text."""

    holdfast: Literal[1]
    study: StudyHead
    arms: tuple[Arm, ...]
    visits: tuple[Visit, ...]
    sessions: tuple[DosingSession, ...]
    variables: tuple[Variable, ...]
    forms: tuple[StudyForm, ...]
    eligibility: tuple[Criterion, ...]
    consent: tuple[ConsentItem, ...]
    randomisation: Randomisation | None
    blinding: Blinding
    vitals: VitalsPlan
    limits: tuple[Limit, ...]
    gates: tuple[GateItem, ...]
    before_dose: BeforeDose = BeforeDose()
    adverse_events: AdverseEvents
    intercurrent_events: tuple[IntercurrentEvent, ...]
    estimands: tuple[Estimand, ...]
    analyses: tuple[Analysis, ...]
    follow_up: FollowUp
    data_use_withdrawal: DataUseWithdrawal | None = None
    registry_export: RegistryExport = RegistryExport()
    forecast: ForecastShown | None = None
    programme: Programme | None = None
    settings: tuple[SettingFigure, ...] = ()
    sources: dict[Code, Source] = Field(default_factory=dict)
    text: str = Field(default="", repr=False)
    hash: str = ""

    @property
    def blinded(self) -> bool:
        """Whether there is an arm to be blind to."""
        return len(self.arms) > 1

    def visit(self, code: str) -> Visit:
        """The visit of that code; KeyError where there is none."""
        return next_of(self.visits, code)

    def session(self, visit: str) -> DosingSession:
        """The dosing session held at a visit; KeyError where there is none."""
        for session in self.sessions:
            if session.visit == visit:
                return session
        raise KeyError(visit)

    def limit(self, code: str) -> Limit:
        """The limit of that code; KeyError where there is none."""
        return next_of(self.limits, code)


P = TypeVar("P", Visit, Limit)


def next_of(parts: tuple[P, ...], code: str) -> P:
    """The first part with that code; KeyError where there is none."""
    for part in parts:
        if part.code == code:
            return part
    raise KeyError(code)
