"""A dosing day: kits, start, gate, doses, readings, alarms, prompts, touch, end, the night, discharge.

The script follows the course: who holds the session, takes the supplemental dose, feels
what, and what the cuff shows. Everything else about the day is habit and luck.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from holdfast.conduct.actions import (
    AskDose,
    AssignKit,
    CountKit,
    DecideSupplement,
    Discharge,
    EndSession,
    FillForm,
    GiveDose,
    NotePresence,
    NoteSessionEvent,
    ReadVitals,
    ReportIntercurrentEvent,
    ReturnKit,
    StartSession,
)
from holdfast.conduct.decision import Refused
from holdfast.protocol.model import Visit
from holdfast.protocol.roles import Role
from holdfast.records.fact import Json
from holdfast.simulation.day import Day, Scene
from holdfast.simulation.life import cssrs
from holdfast.simulation.periods import NO_SUPPLEMENT
from holdfast.simulation.play_care import begin, gap_scenes, morning, night, sign
from holdfast.simulation.play_forms import ideation
from holdfast.simulation.play_opening import kit_for
from holdfast.simulation.play_prompts import morning_prompts, prompt_scenes
from holdfast.simulation.play_readiness import override, pregnancy_test
from holdfast.simulation.play_readings import reading_scenes
from holdfast.simulation.play_touch import touch_scenes
from holdfast.simulation.play_watch import look
from holdfast.simulation.stage import Actor, Script, Stumble
from holdfast.simulation.story import Player, minutes
from holdfast.simulation.vitals import GATE_MINUTES, supplement_bounds

BEFORE = (-60, -30, -5)
CONFIRMED_FIRST = (
    "identity_confirmed",
    "kit_matches",
    "physician_reachable",
    "fasted",
    "escort_arranged",
    "touch_agreement_read",
    "eligibility_rechecked",
)
CONFIRMED_SECOND = ("identity_confirmed", "kit_matches", "physician_reachable")
ATTEMPTS = 8
ALONE_FOR = 16
"""Minutes after which a monitor alone is looked for: one more than the limit."""


def set_kits_aside(player: Player, visit: str) -> None:
    """The pharmacist, who alone holds the key, sets aside a kit for each step of the session."""
    story, plan = player.story, player.story.protocol.session(visit)
    pharmacist = player.staff(Role.PHARMACIST)
    for step in (plan.first, plan.supplemental):
        if step is None:
            continue
        kit = kit_for(story, site=player.site.code, slot=story.slots[player.code], step=step.step)
        if plan.supplemental is not None and player.habit("kit_slip"):
            other = plan.supplemental if step is plan.first else plan.first
            slip = AssignKit(kit=kit.number, participant=player.code, visit=visit, step=other.step)
            player.stage.do(slip, pharmacist)
        player.stage.must(
            AssignKit(kit=kit.number, participant=player.code, visit=visit, step=step.step), pharmacist
        )
        story.stock[player.site.code].remove(kit)
        counted = 0 if player.habit("count_short") else kit.capsules
        witness = player.site.witness.code
        player.stage.do(CountKit(kit=kit.number, counted=counted, witness=witness), pharmacist)
        if counted != kit.capsules:  # it had slipped behind the tray: counted again, all there
            player.stage.do(CountKit(kit=kit.number, counted=kit.capsules, witness=witness), pharmacist)


def session(player: Player, visit: Visit, number: int) -> Script:
    """The whole day, from the morning of the dose to the discharge the morning after."""
    begins = player.session_start.get(visit.code) or player.at(
        player.visits[visit.code], player.hour("t0", 9.5, 11.0)
    )
    yield begins - timedelta(minutes=80)
    if player.quiet:
        return
    day = DosingDay(player, visit, number)
    pregnancy_test(player)
    day.open()
    for minute in BEFORE:
        yield max(player.stage.now + timedelta(seconds=30), begins + timedelta(minutes=minute))
        day.read(minute, due=minute)
    yield from day.first_dose(begins)
    for after, scene in sorted(day.scenes(), key=lambda each: each[0]):
        yield day.t0 + timedelta(minutes=after)
        scene()
    yield from day.close()


class DosingDay(Day):
    """The dosing day itself: opened, dosed, filled with scenes, closed."""

    def open(self) -> None:
        """C-SSRS, start with two monitors and a physician on call, everybody in the room."""
        player, (code, visit) = self.player, self.ids
        level, behaviour = ideation(player, visit)
        player.stage.do(
            FillForm(participant=code, visit=visit, form="C-SSRS", answers=cssrs(level, behaviour)),
            player.lead,
        )
        if player.habit("expired_credential"):
            attendant = player.staff(Role.ATTENDANT).code
            self._start((player.pair[0].code, attendant), player.lead)
        self._start((player.pair[0].code, player.pair[1].code), player.lead)
        if player.session(visit).started is None:
            raise Stumble(f"The session {visit} of {code} could not be started.")
        for person in player.pair:
            player.stage.do(
                NotePresence(participant=code, visit=visit, person=person.code, present=True), player.lead
            )
        self._suds(player.luck.whole("suds-before", 1, 4))
        begin(self)

    def _start(self, monitors: tuple[str, str], by: Actor) -> None:
        code, visit = self.ids
        physician = self.player.site.physician.code
        self.player.stage.do(
            StartSession(participant=code, visit=visit, monitors=monitors, physician=physician), by
        )

    def _suds(self, amount: float) -> None:
        code, visit = self.ids
        self.player.stage.do(
            NoteSessionEvent(participant=code, visit=visit, event="suds", amount=amount), self.player.lead
        )

    def first_dose(self, begins: datetime) -> Script:
        """The gate until it opens, then the first dose."""
        player, (code, visit) = self.player, self.ids
        step = self.plan.first.step
        confirmed = _said(CONFIRMED_FIRST, mao_inhibitor_or_lithium=False)
        yield max(player.stage.now, begins - timedelta(minutes=2))
        if player.habit("premature_dose"):
            forgotten = ("fasted", "escort_arranged")
            self._ask(step, {name: said for name, said in confirmed.items() if name not in forgotten})
            yield player.stage.now + minutes(player, "gate-wait", 2, 5)
        if player.habit("unauthorised"):
            # The attendant presses the button that is the therapists'.
            self._ask(step, confirmed, by=player.staff(Role.ATTENDANT))
        if player.habit("gate_override"):
            confirmed["escort_arranged"] = False
        for _ in range(ATTEMPTS):
            refused = self._ask(step, confirmed)
            if refused is None:
                break
            yield player.stage.now + minutes(player, "gate-wait", 6, 11)
            self._mend(refused, step)
        else:
            raise Stumble(f"The first dose of {code} at {visit} was refused {ATTEMPTS} times.")
        yield player.stage.now + timedelta(seconds=60)
        self.t0 = player.stage.now
        self._give(step)

    def _ask(self, step: str, confirmed: dict[str, Json], *, by: Actor | None = None) -> set[str] | None:
        """Ask for a dose: None where it is granted, else the subjects of the refusal."""
        code, visit = self.ids
        asked = AskDose(participant=code, visit=visit, step=step, confirmed=confirmed)
        decision = self.player.stage.do(asked, by or self.player.lead)
        if isinstance(decision, Refused):
            return {reason.about or reason.code for reason in decision.reasons}
        return None

    def _mend(self, about: set[str], step: str) -> None:
        """Do what a refusal asks for: another reading, a physician's reassessment or override."""
        player, visit = self.player, self.visit.code
        override(player, visit, step, about)
        if "no-acute-suicidality" in about:
            self._reassess()
        self.read(-player.luck.whole("repeat-minute", 1, 17) * 5, due=None, repeat=True)

    def _reassess(self) -> None:
        """A physician speaks with the participant and fills the C-SSRS again."""
        code, visit = self.ids
        again = FillForm(
            participant=code, visit=visit, form="C-SSRS", answers=cssrs(2), occurrence="repeated"
        )
        self.player.stage.do(again, self.player.physician)

    def _give(self, step: str) -> None:
        code, visit = self.ids
        self.player.stage.do(
            GiveDose(
                participant=code,
                visit=visit,
                step=step,
                kit=self.kit(step),
                witness=self.player.pair[1].code,
            ),
            self.player.lead,
        )

    def scenes(self) -> list[Scene]:
        """Everything between the first dose and the end of the session, each at its minute."""
        return [
            *reading_scenes(self),
            *self._supplement(),
            *prompt_scenes(self),
            *touch_scenes(self),
            *self._small_things(),
            *gap_scenes(self),
            *self._end(),
        ]

    def _supplement(self) -> list[Scene]:
        if self.plan.supplemental is None:
            return []
        step = self.plan.supplemental.step
        found: list[Scene] = []
        if self.player.habit("early_supplement"):
            found.append((80, lambda: self._try_supplement(step, decided=False)))
        if not self._declines():
            found += [(minute + 1, lambda: self._try_supplement(step)) for minute in GATE_MINUTES]
        found.append((GATE_MINUTES[-1] + 2, lambda: self._without(step)))
        return found

    def _declines(self) -> bool:
        """The supplemental dose is left out although nothing measured speaks against it."""
        bounds = supplement_bounds(self.player.story.protocol)
        life, index = self.player.story.life, self.player.index
        asked = life.vitals[index, self.number, [life.place(minute) for minute in GATE_MINUTES]]
        given = bool(self.player.story.course.supplement[0, index, self.number])
        return not given and not bounds.passed(asked).all()

    def _try_supplement(self, step: str, *, decided: bool = True) -> None:
        if self.supplemented:
            return
        player, visit = self.player, self.visit.code
        if decided and player.session(visit).supplement is None:
            agreed = self._decision(True, "Well tolerated so far; the participant wishes it.")
            player.stage.do(agreed, player.lead)
        if self._ask(step, _said(CONFIRMED_SECOND, contraindication=False)) is None:
            self._give(step)
            self.supplemented = True

    def _decision(self, give: bool, why: str) -> DecideSupplement:
        code, visit = self.ids
        return DecideSupplement(
            participant=code, visit=visit, give=give, decided_by=self.player.pair[0].code, why=why
        )

    def _without(self, step: str) -> None:
        """No supplemental dose: decided, noted as an intercurrent event, and the kit goes back."""
        if self.supplemented:
            return
        player, (code, visit) = self.player, self.ids
        why = "The participant does not wish it." if self._declines() else "Vital signs above the limits."
        player.stage.do(self._decision(False, why), player.lead)
        noted = ReportIntercurrentEvent(participant=code, event=NO_SUPPLEMENT, visit=visit, detail=why)
        player.stage.do(noted, player.lead)
        witness = player.pair[1].code
        back = ReturnKit(kit=self.kit(step), capsules=1, witness=witness, participant=code, visit=visit)
        player.stage.do(back, player.lead)

    def _small_things(self) -> list[Scene]:
        """Eyeshades, music, water, the bathroom, a therapist out for a moment, how distressing it is."""
        luck, (code, visit) = self.player.luck, self.ids

        def note(
            event: str, amount: float | None = None, *, unit: str = "", detail: str = ""
        ) -> Callable[[], None]:
            what = NoteSessionEvent(
                participant=code, visit=visit, event=event, detail=detail, amount=amount, unit=unit
            )
            return lambda: self._tell(what)

        found: list[Scene] = [(3, note("music", detail="on")), (6, note("eyeshades", detail="on"))]
        for hour in (1, 4):
            water = 150.0 + 50 * luck.whole("fluids", 0, 3)
            found.append((60 * hour + 7, note("fluids", water, unit="mL")))
        for hour in (1, 3):
            found.append((60 * hour + 12, note("suds", float(luck.whole("suds", 0, 7)))))
        for _ in range(luck.whole("bathrooms", 0, 2)):
            found.append((luck.whole("bathroom", 130, 460), note("bathroom")))
        found.append((luck.whole("eyeshades-off", 250, 400), note("eyeshades", detail="off")))
        out = luck.whole("therapist-out", 200, 400)
        shortest, longest = (17, 28) if self.player.habit("long_break") else (4, 12)
        back = out + luck.whole("break", shortest, longest)
        found += [(out, lambda: self._presence(False)), (back, lambda: self._presence(True))]
        found.append((out + ALONE_FOR, lambda: look(self)))
        found.append((470, note("suds", float(luck.whole("suds-end", 0, 2)))))
        return found

    def _tell(self, what: NoteSessionEvent) -> None:
        self.player.stage.do(what, self.player.second)

    def _presence(self, present: bool) -> None:
        code, visit = self.ids
        person = self.player.pair[1].code
        self.player.stage.do(
            NotePresence(participant=code, visit=visit, person=person, present=present), self.player.lead
        )

    def _end(self) -> list[Scene]:
        hours = self.plan.minimum_hours.number
        found: list[Scene] = [(60 * hours + 6, self._finish)]
        if self.player.habit("early_discharge"):
            found.append((60 * hours - 25, self._finish))
        return found

    def _finish(self) -> None:
        code, visit = self.ids
        self.player.stage.do(
            EndSession(participant=code, visit=visit, confirmed={"oriented": True}), self.player.lead
        )

    def close(self) -> Script:
        """The night with the attendant, and the discharge with an escort the morning after."""
        player, (code, visit) = self.player, self.ids
        while player.session(visit).ended is None:
            yield player.stage.now + timedelta(minutes=15)
            self.read(480, due=None, repeat=True)
            yield player.stage.now + timedelta(minutes=5)
            self._finish()
        yield from night(self)
        breakfast = player.at(player.visits[visit] + timedelta(days=1), 10.6)
        yield max(player.stage.now + timedelta(hours=2), breakfast)
        morning(self)
        self._morning_reading()
        morning_prompts(self)
        for _ in range(ATTEMPTS):
            yield player.stage.now + timedelta(minutes=10)
            if self._leaves():
                sign(self)
                return
            self._reassess()
            self._morning_reading()
        raise Stumble(f"The discharge of {code} from {visit} was refused {ATTEMPTS} times.")

    def _morning_reading(self) -> None:
        code, visit = self.ids
        values = self.player.story.life.morning[self.player.index, self.number]
        what = ReadVitals(
            participant=code,
            visit=visit,
            due_minute=None,
            systolic=float(values[0]),
            diastolic=float(values[1]),
            heart_rate=float(values[2]),
            temperature=float(values[3]),
        )
        self.player.stage.do(what, self.player.staff(Role.ATTENDANT))
        self._suds(self.player.luck.whole("suds-leaving", 0, 2))

    def _leaves(self) -> bool:
        player, (code, visit) = self.player, self.ids
        tomorrow = (player.stage.now + timedelta(hours=22)).isoformat()
        decision = player.stage.do(
            Discharge(
                participant=code,
                visit=visit,
                confirmed=_said(("oriented", "gait_steady", "escort_arranged")),
                escort=player.luck.pick("escort", ("partner", "sister", "friend", "parent")),
                next_contact=tomorrow,
            ),
            player.lead,
        )
        return not isinstance(decision, Refused)


def _said(names: tuple[str, ...], **others: bool) -> dict[str, Json]:
    """What people at a gate confirm: yes to the names, and the others as given."""
    confirmed: dict[str, Json] = dict.fromkeys(names, True)
    return {**confirmed, **others}
