"""Answers to every form of a visit, from the person's life; study forms from what the study asks."""

from __future__ import annotations

import math

from holdfast.instruments.catalogue import ASK_OF_SUICIDE
from holdfast.protocol.model import Protocol, StudyForm, Variable, Visit
from holdfast.protocol.roles import Role
from holdfast.records.fact import Json
from holdfast.simulation.assumptions import People
from holdfast.simulation.life import cssrs, numbered, vital_answers
from holdfast.simulation.luck import Luck
from holdfast.simulation.story import Player

Answers = dict[str, Json]


def answers(player: Player, visit: Visit, form: StudyForm, role: Role) -> Answers:
    """The answers to a form at a visit in a role."""
    if form.instrument is None:
        return study_answers(player, form, visit.code)
    if form.instrument == "GUESS":
        return guess_answers(player, visit.code, role)
    if form.instrument in ASK_OF_SUICIDE:
        return cssrs(*_said_at(player, visit.code))
    given = _SCALES[form.instrument](player, moment_of(player, visit.code))
    return _as_told(player, given, visit.code) if form.instrument == "PHQ-9" else given


def moment_of(player: Player, visit: str) -> int:
    """The index of the scale moment a visit stands for, or the last one before it."""
    moments = player.story.life.moments
    if visit in moments:
        return moments.index(visit)
    order = [each.code for each in player.story.protocol.visits]
    before = [moments.index(code) for code in order[: order.index(visit)] if code in moments]
    return before[-1] if before else 0


def severity(player: Player, visit: str) -> int:
    """The CAPS-5 total at the nearest moment before a visit."""
    if not player.enrolled:
        return player.baseline_score
    return int(player.story.life.severity[player.index, moment_of(player, visit)])


def _said_at(player: Player, visit: str) -> tuple[int, str]:
    """Ideation and behaviour as told at a visit: to whoever asks the same, alone or in an interview."""
    if visit not in player.ideation:
        player.ideation[visit] = ideation(player, visit)
    return player.ideation[visit]


def ideation(player: Player, visit: str) -> tuple[int, str]:
    """The C-SSRS level of ideation, 0 to 5, and a behaviour's item code or nothing."""
    part, luck = player.story.assumptions.selfreport, player.luck
    told = list(player.ideation.values())
    stays = bool(told) and luck.strikes("ideation-stays", part.ideation_stays.number)
    level = told[-1][0] if stays else _ideation_anew(player, visit)
    behaviour = "preparatory_acts" if luck.strikes("behaviour", part.behaviour.number) else ""
    return level, behaviour


def _ideation_anew(player: Player, visit: str) -> int:
    part, luck = player.story.assumptions.selfreport, player.luck
    logit = part.ideation_intercept.number + part.ideation_slope.number * severity(player, visit)
    if not luck.strikes("ideation", 1 / (1 + math.exp(-logit))):
        return 0
    return int(luck.pick("ideation-level", ("1", "2", "3", "4", "5"), part.ideation_levels.numbers))


def guess_answers(player: Player, visit: str, role: Role) -> Answers:
    """Which arm somebody believes it was: participants by the course, therapists by what they saw."""
    course, index, luck = player.story.course, player.index, player.luck
    if role is Role.RATER:
        return _rater_guess(player, visit)
    dosing, rated = player.story.dosing, player.story.rated
    after = player.story.protocol.visit(visit).after
    final = visit == rated[-1]
    k = dosing.index(after) if after in dosing else rated.index(visit) if visit in rated else -1
    belief = float(course.guess_chance[0, index]) if final else float(course.belief[0, index, k])
    if role is Role.THERAPIST:
        felt = float(course.felt[0, index, k])
        belief = 1 / (1 + math.exp(-player.story.assumptions.observers.therapist.number * (felt - 5)))
    own = final and role is Role.PARTICIPANT
    return _guessed(bool(course.guess[0, index]) if own else luck.strikes("guess", belief), belief)


def _rater_guess(player: Player, visit: str) -> Answers:
    """A rater saw nothing but the rating: improvement since baseline, and at baseline none."""
    improved = severity(player, BASELINE) - severity(player, visit)
    lean = player.story.assumptions.observers.rater.number * (improved - 20) / 10
    belief = 1 / (1 + math.exp(-lean))
    guess = _guessed(player.luck.strikes("guess", belief), belief)
    return guess | {"why": player.luck.pick("guess-why", WHY_GUESSED)}


def _guessed(drug: bool, belief: float) -> Answers:
    certainty = 1 + min(4, int(10 * abs(belief - 0.5)))
    return {"guess": "experimental" if drug else "comparator", "certainty": certainty}


BASELINE = "baseline"
WHY_GUESSED = ("Nothing; I had to say something.", "How much has changed.", "The way it was told.")


def _caps(player: Player, moment: int) -> Answers:
    if not player.enrolled:
        return _spread(player, player.baseline_score)
    return numbered(player.story.life.caps[player.index, moment])


def _spread(player: Player, total: int) -> Answers:
    """A total laid over the items in turn, for people who will not enter."""
    given = [0] * 20
    for point in range(total):
        given[(point * 7 + player.index) % 20] += 1
    return numbered([min(4, value) for value in given])


def _pcl(player: Player, moment: int) -> Answers:
    if not player.enrolled:
        return _spread(player, min(76, player.baseline_score + 12))
    return _with_gaps(player, numbered(player.story.life.pcl5[player.index, moment]))


def _phq(player: Player, moment: int) -> Answers:
    if not player.enrolled:
        return numbered([player.luck.whole("phq", 0, 2) for _ in range(9)])
    return _with_gaps(player, numbered(player.story.life.phq9[player.index, moment]))


def _as_told(player: Player, given: Answers, visit: str) -> Answers:
    """Item 9 of a PHQ-9 as the person speaks of suicide at that visit; its total stays."""
    alone = player.luck.strikes("item9-alone", player.story.assumptions.selfreport.item9_alone.number)
    tells = _said_at(player, visit)[0] > 0 or alone
    return _with_item9(given, at_least=1 if tells else 0, at_most=3 if tells else 0)


def _with_item9(given: Answers, *, at_least: int, at_most: int) -> Answers:
    """The same total, with item 9 between two values where the other items leave room for it."""
    was = given["q9"]
    if not isinstance(was, int):
        return given
    others = {f"q{k}": value for k in range(1, 9) if isinstance(value := given[f"q{k}"], int)}
    item9 = min(max(was, at_least), at_most)
    move = was - item9  # points for the others, or from them
    for code in sorted(others, key=lambda each: others[each], reverse=move < 0):
        step = max(-others[code], min(3 - others[code], move))
        others[code] += step
        move -= step
    return {**given, **others, "q9": item9}


def _ders(player: Player, moment: int) -> Answers:
    if not player.enrolled:
        return numbered([player.luck.whole("ders", 2, 4) for _ in range(16)])
    return numbered(player.story.life.ders16[player.index, moment])


def _sds(player: Player, moment: int) -> Answers:
    names = ("work", "social", "family")
    if not player.enrolled:
        return {name: player.luck.whole("sds", 3, 9) for name in names}
    return dict(zip(names, (int(v) for v in player.story.life.sds[player.index, moment]), strict=True))


def _vitals(player: Player, moment: int) -> Answers:
    if player.enrolled:
        session = min(moment, player.story.life.vitals.shape[1] - 1)
        return dict(vital_answers(player.story.life.reading(player.index, session, -90)))
    whole = player.luck.whole
    return dict(vital_answers((whole("bp", 102, 138), whole("bp", 62, 88), whole("pulse", 55, 85), 36.6)))


def _pc_ptsd(player: Player, moment: int) -> Answers:
    yes = player.luck.whole("pc-ptsd", 3, 5)
    given: Answers = {f"q{k}": k <= yes for k in range(1, 6)}
    return {"exposure": True, **given}


def _audit(player: Player, moment: int) -> Answers:
    mean = player.story.assumptions.selfreport.audit_mean.number
    first = player.luck.whole("audit", 0, 3)
    heavy = player.luck.strikes("audit-heavy", mean / 20)
    later: Answers = {f"q{k}": (1 if heavy else 0) for k in range(2, 9)} if first else {}
    return {"q1": first, **later, "q9": 0, "q10": 0}


def _with_gaps(player: Player, given: Answers) -> Answers:
    """Now and then a question is left out, with its reason."""
    rate = player.story.assumptions.selfreport.absent_answer.number * len(given)
    if not player.luck.strikes("absent-answer", rate):
        return given
    item = f"q{player.luck.whole('absent-item', 1, len(given))}"
    return given | {item: {"absent": "refused"}}


_SCALES = {
    "CAPS-5": _caps,
    "PCL-5": _pcl,
    "PHQ-9": _phq,
    "DERS-16": _ders,
    "SDS": _sds,
    "VITALS": _vitals,
    "PC-PTSD-5": _pc_ptsd,
    "AUDIT": _audit,
}

_POSITIVE = frozenset(
    {
        "fluent_in_site_language",
        "swallows_capsules",
        "accepts_recording",
        "contact_person_named",
        "reports_medical_events",
        "accepts_session_conditions",
        "contraception_agreed",
        "screening_pregnancy_negative",
        "able_to_consent",
        "medication_tapered",
        "eligibility_confirmed",
        "opening_read",
        "approved_treatments_considered",
    }
)
FAILING: tuple[tuple[str, Json], ...] = (
    ("personality_disorder", True),
    ("uncontrolled_hypertension", True),
    ("arrhythmia", True),
    ("bipolar_1", True),
    ("qtc", 474),
    ("ptsd_months", 4),
    ("alcohol_use_disorder", "severe"),
    ("serious_suicide_risk", True),
    ("accepts_recording", False),
)
"""What screening finds in people who do not enter."""


def study_answers(player: Player, form: StudyForm, visit: str) -> Answers:
    """Answers to a study form: what lets a person enter, but for one finding in a screen failure.

    A field that is named for an intercurrent event and ``_since`` tells whether that event
    came by the visit.
    """
    variables = {each.name: each for each in player.story.protocol.variables}
    given = {name: _field(player, variables[name]) for name in form.fields}
    if MENTIONED in given:
        given |= _mentioned(player)
    came = player.since.get(visit, set())
    given |= {name: event in came for name, event in since(form).items()}
    finding, value = player.finding
    if finding in given:
        given[finding] = value
    return given


MENTIONED = "session_mentioned"
"""The field by which a rater says that something of the sessions was heard."""


def _mentioned(player: Player) -> Answers:
    """Now and then something of the sessions is said in a rating, in spite of its opening."""
    figure = player.story.assumptions.events.get("unblinding")
    said = figure is not None and player.luck.strikes("session-mentioned", figure.number)
    return {MENTIONED: True, "belief_rests_on": "something-said"} if said else {MENTIONED: False}


def since(form: StudyForm) -> dict[str, str]:
    """The fields of a form that ask whether an intercurrent event came, with the event's code."""
    return {
        name: name.removesuffix("_since").replace("_", "-") for name in form.fields if name.endswith("_since")
    }


def _field(player: Player, variable: Variable) -> Json:
    known = player.facts.get(variable.name)
    if known is not None:
        return known
    if variable.type == "bool":
        return variable.name in _POSITIVE
    if variable.type == "text":
        return variable.options[0] if variable.options else ""
    if variable.type == "date":
        return {"absent": "not_applicable"}
    low = 0.0 if variable.minimum is None else variable.minimum
    if variable.maximum is None:
        return low
    return player.luck.whole(f"field/{variable.name}", int(low), int(variable.maximum))


_RACES = (
    "white",
    "black-or-african-american",
    "asian",
    "american-indian-or-alaska-native",
    "native-hawaiian-or-pacific-islander",
    "multiple",
)


_COSTS = ("nothing", "under-5000", "5000-to-15000", "over-15000")
_ACCESS = {
    "travel_time": ("under-1-hour", "1-to-3-hours", "over-3-hours", "stays-overnight"),
    "travel_paid_back": ("all", "part", "none"),
    "payer": ("self", "insurer", "veterans-affairs", "employer-or-charity"),
    "own_cost": _COSTS,
    "payer_cost": _COSTS,
}


def facts_of(part: People, luck: Luck) -> Answers:
    """Who somebody is: the fields of demographics and screening that differ between people."""
    female = luck.strikes("sex", part.female.number)
    age = max(19, min(72, round(part.age_mean.number + part.age_sd.number * _bell(luck, "age"))))
    weight = part.weight_mean.number + part.weight_sd.number * _bell(luck, "weight")
    hispanic = luck.strikes("hispanic", part.hispanic.number)
    used = luck.strikes("prior-mdma", part.prior_mdma.number)
    facts: Answers = {
        "age": age,
        "sex": "female" if female else "male",
        "ethnicity": "hispanic-or-latino" if hispanic else "not-hispanic-or-latino",
        "race": luck.pick("race", _RACES, part.races.numbers),
        "weight": round(max(50.0, weight), 1),
        "height": luck.whole("height", 154, 176) if female else luck.whole("height", 166, 192),
        # Nobody has been ill for longer than they have lived.
        "ptsd_months": max(
            8,
            min(
                600, 12 * (age - 1), round(-12 * part.duration_mean.number * math.log(luck.draw("duration")))
            ),
        ),
        "childbearing_potential": female and age < 50,
        "qtc": luck.whole("qtc", 385, 442),
        "prior_mdma": "yes" if used else "no",
        "prior_mdma_use": luck.pick("prior-times", ("once", "2-5", "more")) if used else "never",
    }
    # Nothing is published of who travels how far and who pays: each answer is as likely.
    facts.update({name: luck.pick(name, options) for name, options in _ACCESS.items()})
    facts["last_mdma_use"] = {"absent": "not_applicable"}
    if used:
        facts["last_mdma_use"] = str(2004 + luck.whole("last-mdma", 0, 14))
    return facts


def _bell(luck: Luck, stream: str) -> float:
    """A standard normal number of two uniforms (Box and Muller 1958, doi:10.1214/aoms/1177706645)."""
    one, other = luck.draw(stream), luck.draw(stream)
    return math.sqrt(-2 * math.log(one)) * math.cos(2 * math.pi * other)


def form_of(protocol: Protocol, code: str) -> StudyForm:
    """A form of the study by its code; KeyError where there is none."""
    for form in protocol.forms:
        if form.form == code:
            return form
    raise KeyError(code)
