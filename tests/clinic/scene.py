"""A small study for the tests of the clinic: one site, its people, participants brought to a point.

Made through ``decide`` in an in-memory book, so that it can be taken in whole, or acted
upon by the clinic's own writer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from holdfast.conduct import actions as act
from holdfast.conduct.book import Book
from holdfast.conduct.decision import Refused
from holdfast.instruments import catalogue
from holdfast.protocol.compiler import compile_text
from holdfast.protocol.model import Protocol
from holdfast.protocol.roles import Role
from holdfast.records.envelope import Record
from holdfast.records.fact import Json
from holdfast.studies import path_of
from holdfast.timing import Instant

SITE, ZONE = "S01", "America/Denver"
NAMESPACE = UUID("5d5f0a36-1d2c-4c5e-9d11-6f2f6f1d7a10")
START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
PEOPLE = {
    "s01-coordinator": (Role.COORDINATOR, ("gcp",)),
    "s01-physician": (Role.PHYSICIAN, ("licence", "gcp")),
    "s01-therapist-1": (Role.THERAPIST, ("licence", "gcp", "session-monitor-lead")),
    "s01-therapist-2": (Role.THERAPIST, ("licence", "gcp", "session-monitor-assistant")),
    "s01-pharmacist": (Role.PHARMACIST, ("licence", "gcp")),
    "rater-1": (Role.RATER, ("gcp", "caps-5")),
}
WHO = {
    role: next(person for person, (held, _) in PEOPLE.items() if held is role)
    for role in (Role.COORDINATOR, Role.PHYSICIAN, Role.THERAPIST, Role.PHARMACIST, Role.RATER)
}
YES = {
    "fluent_in_site_language", "swallows_capsules", "accepts_recording", "contact_person_named",
    "reports_medical_events", "accepts_session_conditions", "contraception_agreed",
    "screening_pregnancy_negative", "able_to_consent", "medication_tapered", "eligibility_confirmed",
}  # fmt: skip
SAID = {
    "age": 38, "sex": "female", "weight": 70.0, "height": 170.0, "ptsd_months": 60, "qtc": 410,
    "ethnicity": "not-said", "race": "not-said", "alcohol_use_disorder": "none",
    "cannabis_use_disorder": "none", "prior_mdma_use": "never", "last_mdma_use": {"absent": "not_applicable"},
}  # fmt: skip


@cache
def protocol(code: str = "inactive-placebo") -> Protocol:
    """The shipped design under a study code."""
    text = path_of("inactive-placebo").read_text(encoding="utf-8")
    return compile_text(text.replace("code: inactive-placebo", f"code: {code}", 1), name="study.yaml")


@dataclass
class Clock:
    """The clinic's clock in a test: it stands until it is moved."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, minutes: float) -> None:
        self.at += timedelta(minutes=minutes)


@dataclass
class Scene:
    """A study being made. Each act happens a minute after the one before."""

    protocol: Protocol
    now: datetime = START
    count: int = 0
    perform: Callable[[act.Action, datetime], object] | None = None
    book: Book = field(init=False)
    clock: Clock = field(init=False)  # the clinic's, once the study is in it

    def __post_init__(self) -> None:
        self.book = Book(self.protocol, salt_seed=1)

    @property
    def study(self) -> str:
        return self.protocol.study.code

    def action(
        self,
        what: act.Ask | act.Tell,
        role: Role,
        *,
        author: str = "",
        own: UUID | None = None,
        reason: str = "",
    ) -> act.Action:
        self.count += 1
        self.now += timedelta(minutes=1)
        stamp = act.Stamp(
            id=own or uuid5(NAMESPACE, f"{self.study}/{self.count}"),
            study=self.study,
            site=SITE,
            author=author or WHO.get(role, f"demo-{role.value}"),
            role=role.value,
            device="test",
            happened_at=Instant(self.now, ZONE),
            reason=reason,
        )
        return act.Action(stamp=stamp, what=what)

    def do(self, what: act.Ask | act.Tell, role: Role, *, author: str = "") -> list[Record]:
        action = self.action(what, role, author=author)
        decision = self.book.perform(action, self.now)
        assert not isinstance(decision, Refused), (what, decision)
        return decision

    # --- steps ------------------------------------------------------------------

    def open(self, *, slots: int = 8, life: str = "rehearsal") -> Scene:
        """Study, site, people, emergency kit, a sealed list."""
        self.do(act.OpenStudy(life=life), Role.SPONSOR)
        site = act.OpenSite(name="Front Range", country="US", zone=ZONE, phone="+1 303 555 0102")
        self.do(site, Role.SPONSOR)
        for person, (role, credentials) in PEOPLE.items():
            self.do(act.Appoint(person=person, role=role.value, name=person.title()), Role.SPONSOR)
            for each in credentials:
                held = act.RecordCredential(person=person, credential=each, valid_until="2030-01-01")
                self.do(held, Role.SPONSOR)
        self.do(act.CheckEmergencyKit(valid_until="2030-01-01"), Role.PHYSICIAN)
        names = tuple(f"{SITE}-{number:03d}" for number in range(1, slots + 1))
        seal = act.SealList(stratum=f"site={SITE}", slots=names, commitment="ab" * 32)
        self.do(seal, Role.PHARMACIST)
        return self

    def ready(self, participant: str) -> Scene:
        """Everything up to randomisation."""
        invited = act.Prescreen(
            participant=participant, referred_by="self", prior_mdma="never", outcome="invited"
        )
        self.do(invited, Role.COORDINATOR)
        items = tuple(item.code for item in self.protocol.consent)
        consent = act.GiveConsent(
            participant=participant, items=items, language="en", explained_by=WHO[Role.PHYSICIAN]
        )
        self.do(consent, Role.PHYSICIAN)
        for at in ("screening", "baseline"):
            self.do(act.HoldVisit(participant=participant, visit=at), Role.COORDINATOR)
            for form in self.protocol.visit(at).forms:
                by = form.by if form.by is not Role.PARTICIPANT else Role.COORDINATOR
                self.do(self.filled(participant, at, form.form), by)
            self.do(act.AssessEligibility(participant=participant, at=at), Role.PHYSICIAN)
        return self

    def randomised(self, participant: str) -> Scene:
        self.do(act.Randomise(participant=participant), Role.COORDINATOR)
        return self

    def tested(self, participant: str) -> Scene:
        """Every value that is asked for before a dose, within its range."""
        for test, value, low, high, unit in (
            ("ALT", 24, 7, 45, "U/L"), ("sodium", 140, 135, 145, "mmol/L"),
            ("potassium", 4.2, 3.5, 5.1, "mmol/L"), ("QTc", 410, 380, 450, "ms"),
        ):  # fmt: skip
            taken = self.now.astimezone(ZoneInfo(ZONE)).date().isoformat()
            result = act.RecordLaboratory(
                participant=participant, test=test, value=value, unit=unit, low=low, high=high, taken_on=taken
            )
            self.do(result, Role.COORDINATOR)
        return self

    def in_session(self, participant: str, visit: str = "dosing-1") -> Scene:
        """A randomised participant, kits set aside, in a session that has begun."""
        plan = self.protocol.session(visit)
        for step in (plan.first, plan.supplemental):
            if step is None:
                continue
            kit = f"K-{participant}-{step.step}"
            self.do(
                act.ReceiveKit(kit=kit, step=step.step, capsules=1, expires="2030-01-01", lot="L1"),
                Role.PHARMACIST,
            )
            self.do(act.ReleaseKit(kit=kit), Role.PHARMACIST)
            assign = act.AssignKit(kit=kit, participant=participant, visit=visit, step=step.step)
            self.do(assign, Role.PHARMACIST)
        start = act.StartSession(
            participant=participant,
            visit=visit,
            monitors=("s01-therapist-1", "s01-therapist-2"),
            physician="s01-physician",
        )
        self.do(start, Role.THERAPIST)
        return self

    def filled(self, participant: str, visit: str, code: str) -> act.FillForm:
        form = next(each for each in self.protocol.forms if each.form == code)
        answers: dict[str, Json] = {}
        if form.instrument:
            for item in catalogue.get(form.instrument).items:
                answers[item.code] = 3 if code == "CAPS-5" and item.code[1:].isdigit() else _least(item)
        else:
            kinds = {each.name: each for each in self.protocol.variables}
            for name in form.fields:
                answers[name] = SAID.get(name, name in YES if kinds[name].type == "bool" else 0)
        return act.FillForm(participant=participant, visit=visit, form=code, answers=answers)


def _least(item: object) -> Json:
    options, minimum = item.options, item.minimum  # type: ignore[attr-defined]
    if options:
        return options[0].value
    if minimum is not None:
        return int(minimum) if item.whole else float(minimum)  # type: ignore[attr-defined]
    return "none"


def reading(participant: str, visit: str, systolic: float, **more: object) -> act.ReadVitals:
    """A vitals reading."""
    return act.ReadVitals(
        participant=participant,
        visit=visit,
        due_minute=None,
        systolic=systolic,
        diastolic=80.0,
        heart_rate=70.0,
    )
