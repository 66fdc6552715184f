"""A rehearsal study with many dosing sessions under way at once, made by actions through ``decide``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from holdfast.conduct import actions as act
from holdfast.conduct.book import Book
from holdfast.conduct.decision import Refused
from holdfast.instruments import catalogue
from holdfast.instruments.scale import Item
from holdfast.protocol.compiler import compile_text
from holdfast.protocol.model import Protocol
from holdfast.protocol.roles import Role
from holdfast.records.fact import Json
from holdfast.studies import path_of
from holdfast.timing import Instant

DESIGN, VISIT, ZONE = "inactive-placebo", "dosing-1", "UTC"
NAMESPACE = UUID("f1f6a6f8-8f4e-4c36-9a52-2f1f55f6b2a4")
SINCE_DOSE = timedelta(hours=2)
CREDENTIALS = {
    Role.COORDINATOR: ("gcp",),
    Role.PHYSICIAN: ("licence", "gcp"),
    Role.THERAPIST: ("licence", "gcp", "session-monitor-lead"),
    Role.PHARMACIST: ("licence", "gcp"),
    Role.ATTENDANT: ("licence", "gcp"),
}
STAFF = {
    "coordinator": Role.COORDINATOR,
    "physician": Role.PHYSICIAN,
    "therapist-1": Role.THERAPIST,
    "therapist-2": Role.THERAPIST,
    "pharmacist": Role.PHARMACIST,
    "attendant": Role.ATTENDANT,
}
TRUE_AT_ENROLMENT = {
    "fluent_in_site_language", "swallows_capsules", "accepts_recording", "contact_person_named",
    "reports_medical_events", "accepts_session_conditions", "contraception_agreed",
    "screening_pregnancy_negative", "able_to_consent", "medication_tapered", "eligibility_confirmed",
}  # fmt: skip
ANSWERED: dict[str, Json] = {
    "age": 38, "sex": "female", "weight": 70.0, "height": 170.0, "ptsd_months": 60, "qtc": 410,
    "ethnicity": "not-said", "race": "not-said", "alcohol_use_disorder": "none",
    "cannabis_use_disorder": "none", "prior_mdma_use": "never", "last_mdma_use": {"absent": "not_applicable"},
}  # fmt: skip
CONFIRMED: dict[str, Json] = {
    "identity_confirmed": True, "kit_matches": True, "mao_inhibitor_or_lithium": False,
    "pregnancy_test_negative": True, "physician_reachable": True, "washout_done": True,
    "laboratory_in_window": True, "fasted": True, "escort_arranged": True,
    "eligibility_rechecked": True, "touch_agreement_read": True,
}  # fmt: skip
BLOOD_AND_ECG = (
    ("ALT", 24.0, 7.0, 45.0, "U/L"), ("sodium", 140.0, 135.0, 145.0, "mmol/L"),
    ("potassium", 4.2, 3.5, 5.1, "mmol/L"), ("QTc", 410.0, 380.0, 450.0, "ms"),
)  # fmt: skip
NOT_SUICIDAL = ("q1", "q2", "actual_attempt", "interrupted_attempt", "aborted_attempt", "preparatory_acts")
ONE_TAP = ("music-on", "eyeshades-on", "jaw-clenching", "warm", "eyeshades-off", "talking", "silence", "cold")


@dataclass
class Ward:
    """The study while it is made: ``now`` is the time of the next act."""

    protocol: Protocol
    book: Book
    now: datetime
    site: str = ""
    count: int = 0
    sessions: list[tuple[str, str]] = field(default_factory=list)

    @property
    def study(self) -> str:
        """The study's code."""
        return self.protocol.study.code

    def do(self, what: act.Ask | act.Tell, role: Role, *, author: str = "") -> None:
        """Perform one act, a minute after the one before."""
        self.count += 1
        self.now += timedelta(minutes=1)
        stamp = act.Stamp(
            id=uuid5(NAMESPACE, str(self.count)),
            study=self.study,
            site=self.site,
            author=author or self.who(role),
            role=role.value,
            device="bench",
            happened_at=Instant(self.now, ZONE),
        )
        decision = self.book.perform(act.Action(stamp=stamp, what=what), self.now)
        if isinstance(decision, Refused):
            raise RuntimeError(f"{type(what).__name__} was refused: {[r.sentence for r in decision.reasons]}")

    def who(self, role: Role) -> str:
        """The first of a role at the present site."""
        names = (name for name, held in STAFF.items() if held is role)
        return f"{self.site.lower()}-{next(names, role.value)}"


def ward(*, sites: int, sessions_each: int, now: datetime, code: str = "ward") -> Ward:
    """Sessions ``SINCE_DOSE`` after their first dose, with the readings and events of that time."""
    text = path_of(DESIGN).read_text(encoding="utf-8")
    protocol = compile_text(text.replace(f"code: {DESIGN}", f"code: {code}", 1), name="study.yaml")
    made = Ward(protocol, Book(protocol, salt_seed=1), now - timedelta(days=12), site="S01")
    made.do(act.OpenStudy(life="rehearsal"), Role.SPONSOR)
    for number in range(1, sites + 1):
        made.site, made.now = f"S{number:02d}", now - timedelta(days=11)
        _open_site(made, places=sessions_each)
        for place in range(1, sessions_each + 1):
            participant = f"P-{number:02d}{place:02d}"
            made.now = now - timedelta(days=10)
            _enrol(made, participant)
            made.now = now - SINCE_DOSE - timedelta(minutes=75)
            _open_session(made, participant)
            _spend(made, participant, until=now)
            made.sessions.append((made.site, participant))
    return made


def _open_site(made: Ward, *, places: int) -> None:
    made.do(
        act.OpenSite(name=f"Site {made.site}", country="US", zone=ZONE, phone="+1 303 555 0102"), Role.SPONSOR
    )
    for name, role in STAFF.items():
        person = f"{made.site.lower()}-{name}"
        made.do(act.Appoint(person=person, role=role.value, name=f"{name.title()} {made.site}"), Role.SPONSOR)
        for each in CREDENTIALS[role]:
            held = act.RecordCredential(person=person, credential=each, valid_until="2090-01-01")
            made.do(held, Role.SPONSOR)
    made.do(act.CheckEmergencyKit(valid_until="2090-01-01"), Role.PHYSICIAN)
    slots = tuple(f"{made.site}-{number:03d}" for number in range(1, places + 1))
    seal = act.SealList(stratum=f"site={made.site}", slots=slots, commitment="ab" * 32)
    made.do(seal, Role.PHARMACIST)


def _enrol(made: Ward, participant: str) -> None:
    invited = act.Prescreen(
        participant=participant, referred_by="self", prior_mdma="never", outcome="invited"
    )
    made.do(invited, Role.COORDINATOR)
    items = tuple(item.code for item in made.protocol.consent)
    physician = made.who(Role.PHYSICIAN)
    agreed = act.GiveConsent(participant=participant, items=items, language="en", explained_by=physician)
    made.do(agreed, Role.PHYSICIAN)
    for visit in ("screening", "baseline"):
        made.do(act.HoldVisit(participant=participant, visit=visit), Role.COORDINATOR)
        for form in made.protocol.visit(visit).forms:
            role = form.by if form.by in CREDENTIALS else Role.COORDINATOR
            answers = dict(_answers(made.protocol, form.form))
            filled = act.FillForm(participant=participant, visit=visit, form=form.form, answers=answers)
            made.do(filled, role)
        made.do(act.AssessEligibility(participant=participant, at=visit), Role.PHYSICIAN)
    made.do(act.Randomise(participant=participant), Role.COORDINATOR)


def _answers(protocol: Protocol, code: str) -> Iterator[tuple[str, Json]]:
    form = next(each for each in protocol.forms if each.form == code)
    if form.instrument:
        for item in catalogue.get(form.instrument).items:
            yield item.code, 3 if code == "CAPS-5" and item.code[1:].isdigit() else _least(item)
        return
    kinds = {each.name: each for each in protocol.variables}
    for name in form.fields:
        yield name, ANSWERED.get(name, name in TRUE_AT_ENROLMENT if kinds[name].type == "bool" else 0)


def _least(item: Item) -> Json:
    if item.options:
        return item.options[0].value
    if item.minimum is not None:
        return int(item.minimum) if item.whole else float(item.minimum)
    return "none"


def _open_session(made: Ward, participant: str) -> None:
    plan = made.protocol.session(VISIT)
    for step in (plan.first, plan.supplemental):
        if step is not None:
            kit = f"K-{participant}-{step.step}"
            arrived = act.ReceiveKit(kit=kit, step=step.step, capsules=1, expires="2090-01-01", lot="L1")
            made.do(arrived, Role.PHARMACIST)
            made.do(act.ReleaseKit(kit=kit), Role.PHARMACIST)
            aside = act.AssignKit(kit=kit, participant=participant, visit=VISIT, step=step.step)
            made.do(aside, Role.PHARMACIST)
    for test, value, low, high, unit in BLOOD_AND_ECG:
        taken = act.RecordLaboratory(
            participant=participant,
            test=test,
            value=value,
            unit=unit,
            low=low,
            high=high,
            taken_on=made.now.date().isoformat(),
        )
        made.do(taken, Role.COORDINATOR)
    answers: dict[str, Json] = dict.fromkeys(NOT_SUICIDAL, False)
    form = act.FillForm(participant=participant, visit=VISIT, form="C-SSRS", answers=answers)
    made.do(form, Role.THERAPIST)
    site = made.site.lower()
    monitors = (f"{site}-therapist-1", f"{site}-therapist-2")
    start = act.StartSession(
        participant=participant, visit=VISIT, monitors=monitors, physician=made.who(Role.PHYSICIAN)
    )
    made.do(start, Role.THERAPIST)


def _spend(made: Ward, participant: str, *, until: datetime) -> None:
    """The gate, the dose, every scheduled reading, and an event beside each."""
    step = made.protocol.session(VISIT).first.step
    dosed = until - SINCE_DOSE
    minutes = [int(each) for each in made.protocol.vitals.at_minutes.numbers]
    _read_at(made, participant, [each for each in minutes if each < 0], dosed)
    ask = act.AskDose(participant=participant, visit=VISIT, step=step, confirmed=CONFIRMED)
    made.do(ask, Role.THERAPIST)
    made.now = dosed - timedelta(minutes=1)
    dose = act.GiveDose(
        participant=participant,
        visit=VISIT,
        step=step,
        kit=f"K-{participant}-{step}",
        witness=f"{made.site.lower()}-therapist-2",
    )
    made.do(dose, Role.THERAPIST)
    passed = SINCE_DOSE.total_seconds() / 60.0
    _read_at(made, participant, [each for each in minutes if 0 < each < passed], dosed)


def _read_at(made: Ward, participant: str, minutes: Sequence[int], dosed: datetime) -> None:
    for place, minute in enumerate(minutes):
        made.now = dosed + timedelta(minutes=minute - 1)
        taken = act.ReadVitals(
            participant=participant,
            visit=VISIT,
            due_minute=minute,
            systolic=118.0 + place,
            diastolic=76.0 + place,
            heart_rate=70.0 + place,
            temperature=36.8,
        )
        made.do(taken, Role.THERAPIST)
        tap = act.NoteSessionEvent(participant=participant, visit=VISIT, event=ONE_TAP[place % len(ONE_TAP)])
        made.do(tap, Role.THERAPIST)
