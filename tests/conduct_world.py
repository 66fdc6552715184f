"""A small site to try conduct in: its people, kits and list, and one participant led to any point."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from holdfast.conduct import actions as act
from holdfast.conduct.book import Book
from holdfast.conduct.decision import Refused
from holdfast.instruments import catalogue
from holdfast.protocol.compiler import compile_study
from holdfast.protocol.model import Protocol
from holdfast.records.envelope import Record
from holdfast.records.fact import Fact
from holdfast.studies import path_of
from holdfast.timing import Instant

STUDY, SITE, ZONE, PERSON = "inactive-placebo", "S01", "America/Denver", "S01-001"
BEGIN = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
SPACE = UUID("5f3b8f7e-0c55-4a8e-9d2b-8f1d0f6a9a11")

CAST = {
    "lee": "coordinator",
    "ana": "therapist",
    "ben": "therapist",
    "dr-okafor": "physician",
    "kim": "pharmacist",
    "rae": "rater",
    "ray": "rater",
    "uma": "attendant",
}
CREDENTIALS = {
    "ana": ("licence", "session-monitor-lead"),
    "ben": ("licence", "session-monitor-assistant"),
    "dr-okafor": ("licence",),
}
GATE = {
    "identity_confirmed": True,
    "kit_matches": True,
    "mao_inhibitor_or_lithium": False,
    "physician_reachable": True,
    "fasted": True,
    "escort_arranged": True,
    "touch_agreement_read": True,
    "eligibility_rechecked": True,
}
LABORATORY = {
    "ALT": (24, "U/L", 7, 45),
    "sodium": (140, "mmol/L", 135, 145),
    "potassium": (4.2, "mmol/L", 3.5, 5.1),
    "QTc": (410, "ms", 380, 450),
}
SCREENING = {
    "ptsd_months": 60,
    "fluent_in_site_language": True,
    "swallows_capsules": True,
    "accepts_recording": True,
    "contact_person_named": True,
    "reports_medical_events": True,
    "accepts_session_conditions": True,
    "in_other_trial": False,
    "childbearing_potential": False,
    "contraception_agreed": True,
    "screening_pregnancy_negative": {"absent": "not_applicable"},
    "lactating": False,
    "psychotic_disorder": False,
    "bipolar_1": False,
    "dissociative_identity_disorder": False,
    "purging": False,
    "psychotic_depression": False,
    "personality_disorder": False,
    "alcohol_use_disorder": "none",
    "cannabis_use_disorder": "none",
    "other_substance_use_disorder": False,
    "uncontrolled_hypertension": False,
    "arrhythmia": False,
    "qt_prolongation": False,
    "qtc": 410,
    "torsade_risk": False,
    "sympathomimetic_harmful": False,
    "symptomatic_liver_disease": False,
    "hyponatraemia_or_hyperthermia": False,
    "serious_suicide_risk": False,
    "able_to_consent": True,
    "prior_mdma_use": "never",
    "last_mdma_use": {"absent": "not_applicable"},
}
DEMOGRAPHICS = {
    "age": 41,
    "sex": "female",
    "ethnicity": "not-hispanic-or-latino",
    "race": "white",
    "weight": 70,
    "height": 168,
}


@cache
def protocol() -> Protocol:
    """The shipped study."""
    return compile_study(path_of(STUDY))


def answers(form: str, **given: object) -> dict:
    """Valid answers to an instrument: the middle of numbers, the first option, no to yes or no."""
    found: dict = {}
    for item in catalogue.get(form).items:
        if not item.required:
            continue
        if item.options:
            values = [option.value for option in item.options]
            found[item.code] = False if any(each is False for each in values) else values[0]
        elif item.minimum is not None and item.maximum is not None:
            found[item.code] = int((item.minimum + item.maximum) / 2)
        else:
            found[item.code] = "as before"
    return {**found, **given}


def caps(severity: int = 2) -> dict:
    """CAPS-5 with every symptom at one severity."""
    given = answers("CAPS-5")
    return {**given, **{f"q{k}": severity for k in range(1, 21)}}


def cssrs(**given: object) -> dict:
    """C-SSRS with everything answered no, but for what is given."""
    codes = ["q1", "q2", "actual_attempt", "interrupted_attempt", "aborted_attempt", "preparatory_acts"]
    return {**dict.fromkeys(codes, False), **given}


def codes(decision: list[Record] | Refused) -> list[str]:
    """The codes of a refusal, or of the deviations among records."""
    if isinstance(decision, Refused):
        return [reason.code for reason in decision.reasons]
    return [record.fact.code for record in decision if record.kind == "deviation"]


def kinds(decision: list[Record] | Refused) -> list[str]:
    """The kinds of the records; fails on a refusal."""
    assert not isinstance(decision, Refused), decision
    return [record.kind for record in decision]


@dataclass
class World:
    """A book with a clock. ``do`` acts as somebody, now; ``told`` insists that it was granted."""

    protocol: Protocol = field(default_factory=protocol)
    life: str = "rehearsal"
    now: datetime = BEGIN
    count: int = 0
    last_id: UUID | None = None
    book: Book = field(init=False)

    def __post_init__(self) -> None:
        self.book = Book(self.protocol, salt_seed=1)

    def later(self, *, days: float = 0, hours: float = 0, minutes: float = 0) -> World:
        self.now += timedelta(days=days, hours=hours, minutes=minutes)
        return self

    def action(
        self,
        who: str,
        what: act.Ask | act.Tell,
        *,
        role: str | None = None,
        ago: timedelta = timedelta(0),
        reason: str = "",
        site: str = SITE,
        action_id: UUID | None = None,
        device: str = "tablet-1",
    ) -> act.Action:
        self.count += 1
        self.last_id = action_id or uuid5(SPACE, str(self.count))
        stamp = act.Stamp(
            id=self.last_id,
            study=STUDY,
            site=site,
            author=who,
            role=role or CAST.get(who, "participant" if who == PERSON else "sponsor"),
            device=device,
            happened_at=Instant(self.now - ago, ZONE),
            reason=reason,
        )
        return act.Action(stamp=stamp, what=what)

    def do(self, who: str, what: act.Ask | act.Tell, **how: object) -> list[Record] | Refused:
        return self.book.perform(self.action(who, what, **how), self.now)

    def told(self, who: str, what: act.Ask | act.Tell, **how: object) -> list[Record]:
        decision = self.do(who, what, **how)
        assert not isinstance(decision, Refused), decision
        return decision

    def standing(self, stream: str) -> object:
        return self.book.standing(stream)

    @property
    def person(self):
        return self.book.standing(f"participant/{PERSON}")

    def session(self, visit: str = "dosing-1"):
        return self.book.standing(f"session/{PERSON}/{visit}")

    # --- led to a point ---------------------------------------------------------------

    def opened(self) -> World:
        self.told("sponsor", act.OpenStudy(life=self.life))
        self.told("sponsor", act.OpenSite(name="Site", country="US", zone=ZONE, phone="+1 555 0100"))
        for who, role in CAST.items():
            self.told("sponsor", act.Appoint(person=who, role=role, name=who.title()))
        for who, credentials in CREDENTIALS.items():
            for each in credentials:
                self.told("lee", act.RecordCredential(person=who, credential=each, valid_until="2027-12-31"))
        self.told("lee", act.CheckEmergencyKit(valid_until="2027-06-30"))
        slots = tuple(f"{SITE}-slot-{k:02d}" for k in range(1, 5))
        self.told("kim", act.SealList(stratum=f"site={SITE}", slots=slots, commitment="c0ffee"))
        return self

    def kit(self, number: str, step: str, *, capsules: int = 1, expires: str = "2027-05-31") -> World:
        self.told("kim", act.ReceiveKit(kit=number, step=step, capsules=capsules, expires=expires, lot="L1"))
        self.told("kim", act.ReleaseKit(kit=number))
        return self

    def consented(self, items: tuple[str, ...] = ()) -> World:
        self.opened()
        prescreen = act.Prescreen(
            participant=PERSON, referred_by="self", prior_mdma="never", outcome="invited"
        )
        self.told("lee", prescreen)
        self.consent(items)
        return self

    def consent(self, items: tuple[str, ...] = ()) -> list[Record] | Refused:
        required = tuple(item.code for item in self.protocol.consent if item.required)
        ask = act.GiveConsent(
            participant=PERSON, items=(*required, *items), language="en", explained_by="lee"
        )
        return self.do("lee", ask)

    def fill(self, who: str, visit: str, form: str, given: dict, **how: object) -> list[Record]:
        fill = act.FillForm(participant=PERSON, visit=visit, form=form, answers=given)
        return self.told(who, fill, **how)

    def hold(self, visit: str, who: str = "lee", **how: object) -> list[Record]:
        return self.told(who, act.HoldVisit(participant=PERSON, visit=visit), **how)

    def screened(self, items: tuple[str, ...] = (), **facts: object) -> World:
        self.consented(items)
        self.hold("screening")
        self.fill("lee", "screening", "DEMOGRAPHICS", DEMOGRAPHICS)
        self.fill("dr-okafor", "screening", "SCREENING", {**SCREENING, **facts})
        self.told("dr-okafor", act.AssessEligibility(participant=PERSON, at="screening"))
        return self

    def baseline(self, items: tuple[str, ...] = ()) -> World:
        self.screened(items).later(days=21).hold("prep-1", "ana")
        self.later(days=7).hold("prep-2", "ana")
        self.later(days=7).hold("prep-3", "ana")
        self.later(days=6).hold("baseline")
        draw = act.AssignRater(participant=PERSON, visit="baseline", raters=("rae", "ray"), draw=0.1)
        self.told("lee", draw)
        self.fill("rae", "baseline", "CAPS-5", caps())
        self.fill("rae", "baseline", "SDS", answers("SDS"))
        self.fill("dr-okafor", "baseline", "C-SSRS", cssrs())
        check = {"medication_tapered": True, "eligibility_confirmed": True}
        self.fill("dr-okafor", "baseline", "BASELINE-CHECK", check)
        for form in ("PCL-5", "PHQ-9", "DERS-16"):
            self.fill(PERSON, "baseline", form, answers(form))
        self.told("dr-okafor", act.AssessEligibility(participant=PERSON, at="baseline"))
        return self

    def randomised(self, items: tuple[str, ...] = ()) -> World:
        self.baseline(items).told("lee", act.Randomise(participant=PERSON))
        return self

    def kitted(self, items: tuple[str, ...] = ()) -> World:
        self.randomised(items).kit("K1", "s1-first").kit("K2", "s1-supplemental")
        for number, step in (("K1", "s1-first"), ("K2", "s1-supplemental")):
            ask = act.AssignKit(kit=number, participant=PERSON, visit="dosing-1", step=step)
            self.told("kim", ask)
        self.tested()
        return self.later(days=2)

    def tested(self, *, but: tuple[str, ...] = ()) -> World:
        """Every value that is asked for before a dose, taken today and within its range."""
        for test in LABORATORY:
            if test not in but:
                self.test(test)
        return self

    def test(self, test: str, value: float | None = None, **changes: object) -> list[Record]:
        usual, unit, low, high = LABORATORY.get(test, (0, "1", None, None))
        given = {
            "unit": unit,
            "low": low,
            "high": high,
            "taken_on": self.now.astimezone(ZoneInfo(ZONE)).date().isoformat(),
            **changes,
        }
        found = usual if value is None else value
        return self.told("lee", act.RecordLaboratory(participant=PERSON, test=test, value=found, **given))

    def start_ask(self, visit: str = "dosing-1", **changes: object) -> act.StartSession:
        given = {"monitors": ("ana", "ben"), "physician": "dr-okafor", **changes}
        return act.StartSession(participant=PERSON, visit=visit, **given)

    def started(self, items: tuple[str, ...] = ()) -> World:
        self.kitted(items).told("ana", self.start_ask())
        self.fill("ana", "dosing-1", "C-SSRS", cssrs())
        self.suds(2)
        self.record("started")
        return self

    def record(self, what: str, **how: object) -> list[Record]:
        return self.told("ben", act.NoteRecording(participant=PERSON, visit="dosing-1", act=what), **how)

    def give_back(self, kit: str = "K2") -> list[Record]:
        tell = act.ReturnKit(kit=kit, capsules=1, witness="ben", participant=PERSON, visit="dosing-1")
        return self.told("ana", tell)

    def hand_over(self, to: str = "uma", from_: str = "ana", who: str = "ana") -> list[Record]:
        told = "Slept little; offer water; systolic was high at two hours."
        tell = act.HandOver(participant=PERSON, visit="dosing-1", from_=from_, to=to, told=told)
        return self.told(who, tell)

    def vitals(
        self,
        minute: int | None = None,
        *,
        systolic: float = 118,
        diastolic: float = 74,
        heart_rate: float = 70,
        temperature: float = 36.6,
        repeat: bool = False,
    ) -> list[Record]:
        tell = act.ReadVitals(
            participant=PERSON,
            visit="dosing-1",
            due_minute=minute,
            systolic=systolic,
            diastolic=diastolic,
            heart_rate=heart_rate,
            temperature=temperature,
            repeat=repeat,
        )
        return self.told("ben", tell)

    def ask_dose(self, step: str = "s1-first", **confirmed: object) -> list[Record] | Refused:
        given = {**GATE, **confirmed}
        if step.endswith("supplemental"):
            given = {k: given[k] for k in ("identity_confirmed", "kit_matches", "physician_reachable")}
            given |= {"contraindication": False, **confirmed}
        return self.do("ana", act.AskDose(participant=PERSON, visit="dosing-1", step=step, confirmed=given))

    def give(self, step: str = "s1-first", kit: str = "K1", witness: str = "ben") -> list[Record]:
        tell = act.GiveDose(participant=PERSON, visit="dosing-1", step=step, kit=kit, witness=witness)
        return self.told("ana", tell)

    def dosed(self, items: tuple[str, ...] = ()) -> World:
        self.started(items).vitals(-5)
        assert not isinstance(granted := self.ask_dose(), Refused), granted
        assert codes(self.later(minutes=5).give()) == []
        return self

    def supplemented(self) -> World:
        self.dosed().later(minutes=90).vitals(90)
        decision = act.DecideSupplement(
            participant=PERSON, visit="dosing-1", give=True, decided_by="ana", why="Settled and willing."
        )
        self.told("ana", decision)
        assert not isinstance(granted := self.ask_dose("s1-supplemental"), Refused), granted
        assert codes(self.later(minutes=5).give("s1-supplemental", "K2")) == []
        return self

    def ended(self) -> World:
        self.dosed().later(minutes=480).vitals(480)
        self.suds(1)
        ask = act.EndSession(participant=PERSON, visit="dosing-1", confirmed={"oriented": True})
        self.told("ana", ask)
        self.record("ended")
        self.give_back()
        self.hand_over()
        return self

    def suds(self, amount: float) -> list[Record]:
        return self.told(
            "ana", act.NoteSessionEvent(participant=PERSON, visit="dosing-1", event="suds", amount=amount)
        )

    def discharge(self, **changes: object) -> list[Record] | Refused:
        contact = (self.now + timedelta(hours=20)).isoformat()
        given = {
            "confirmed": {"oriented": True, "gait_steady": True, "escort_arranged": True},
            "escort": "a sister",
            "next_contact": contact,
            **changes,
        }
        return self.do("uma", act.Discharge(participant=PERSON, visit="dosing-1", **given))


def fact_of(records: list[Record], kind: str) -> Fact:
    """The fact of the first record of a kind."""
    return next(record.fact for record in records if record.kind == kind)
