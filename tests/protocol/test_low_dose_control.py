"""The shipped study ``low-dose-control``: what it says, and that it differs where it was meant to."""

from __future__ import annotations

import pytest

from holdfast.errors import StudyFileError
from holdfast.protocol.compare import changes
from holdfast.protocol.compiler import compile_study, compile_text
from holdfast.protocol.figures import figures
from holdfast.protocol.model import Protocol, Strategy, Visit, VisitKind
from holdfast.protocol.outline import outline
from holdfast.protocol.page import html
from holdfast.protocol.roles import Role
from holdfast.protocol.schedule import planned_day
from holdfast.sourced import Status
from holdfast.studies import path_of

PATH = path_of("low-dose-control")
RATED_LATER = ("follow-up-6-months", "follow-up-12-months", "follow-up-24-months")
RATINGS = ("baseline", "week-4", "week-8", "week-18", *RATED_LATER)
FOLLOW_UPS = (
    *("follow-up-1-month", "follow-up-3-months", "follow-up-6-months"),
    *("follow-up-9-months", "follow-up-12-months", "follow-up-24-months"),
)
SOUGHT = ("ssri-restart", "other-ptsd-therapy", "non-study-mdma", "mdma-therapy-elsewhere")


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return compile_study(PATH)


@pytest.fixture(scope="module")
def other() -> Protocol:
    return compile_study(path_of("inactive-placebo"))


def forms_by(visit: Visit, role: Role) -> tuple[str, ...]:
    return tuple(each.form for each in visit.forms if each.by is role)


def test_both_arms_are_active_and_the_low_one_is_the_comparator(protocol: Protocol) -> None:
    assert [(arm.code, arm.role, arm.level) for arm in protocol.arms] == [
        ("low-dose", "comparator", 2),
        ("full-dose", "experimental", 1),
    ]
    assert protocol.randomisation is not None
    assert protocol.randomisation.ratio == {"low-dose": 1, "full-dose": 1}


def test_the_doses_by_session_and_step(protocol: Protocol) -> None:
    doses = {
        step.step: (step.mg["low-dose"].value, step.mg["full-dose"].value)
        for session in protocol.sessions
        for step in (session.first, session.supplemental)
        if step is not None
    }
    assert doses == {
        "s1-first": (30, 80),
        "s1-supplemental": (15, 40),
        "s2-first": (40, 120),
        "s2-supplemental": (20, 60),
        "s3-first": (40, 120),
        "s3-supplemental": (20, 60),
    }


def test_what_was_chosen_says_so_with_its_reason_and_the_trial_it_leans_on(protocol: Protocol) -> None:
    found = figures(protocol)
    low = found["sessions.dosing-1.first.mg.low-dose"]
    assert low.status is Status.ASSUMED
    assert low.source.startswith("assumed: 30 mg")
    assert "NCT01211405" in low.source
    assert "NCT01793610" in found["sessions.dosing-2.first.mg.low-dose"].source
    assert found["sessions.dosing-2.first.mg.full-dose"].status is Status.SOURCED_SECONDARY
    size = found["study.planned_n"]
    assert (size.value, size.status) == (200, Status.ASSUMED)
    assert "0.91, 0.76 and 0.58" in size.source
    assert "simulate" in size.source


def test_no_rating_tells_its_rater_which_visit_it_is(protocol: Protocol) -> None:
    asked = {visit.code: forms_by(visit, Role.RATER) for visit in protocol.visits}
    assert {code: forms for code, forms in asked.items() if forms} == dict.fromkeys(
        RATINGS, ("RATING-OPENING", "CAPS-5", "SDS", "RATING-CLOSE", "GUESS")
    )


def test_raters_read_nothing_but_their_ratings(protocol: Protocol) -> None:
    assert {form.form for form in protocol.forms if Role.RATER in form.read} == {
        *("CAPS-5", "SDS", "RATING-OPENING")
    }
    assert Role.RATER not in protocol.blinding.unblinded


def test_the_opening_is_read_aloud_as_the_file_has_it(protocol: Protocol) -> None:
    opening = next(each for each in protocol.variables if each.name == "opening_read")
    assert "Please say nothing of your sessions" in opening.label["en"]
    assert opening.type == "bool"
    assert protocol.visit("week-4").forms[-5].form == "RATING-OPENING"


def test_expectancy_is_asked_at_consent_and_before_randomisation_and_of_therapists(
    protocol: Protocol,
) -> None:
    asked = [
        (visit.kind, each.by)
        for visit in protocol.visits
        for each in visit.forms
        if each.form == "EXPECTANCY"
    ]
    assert asked == [
        (VisitKind.SCREENING, Role.PARTICIPANT),
        (VisitKind.PREPARATION, Role.THERAPIST),
        (VisitKind.BASELINE, Role.PARTICIPANT),
    ]
    form = next(each for each in protocol.forms if each.form == "EXPECTANCY")
    assert not {Role.PARTICIPANT, Role.THERAPIST, Role.COORDINATOR, Role.RATER} & set(form.read)


def test_earlier_use_of_mdma_is_a_stratum(protocol: Protocol) -> None:
    assert protocol.randomisation is not None
    assert [(each.factor, each.levels) for each in protocol.randomisation.strata] == [
        ("site", ()),
        ("prior_mdma", ("no", "yes")),
    ]
    assert {each.factors for each in protocol.analyses if each.method == "mmrm"} == {("site", "prior_mdma")}


def test_follow_up_is_of_this_protocol_and_its_one_consent(protocol: Protocol) -> None:
    assert protocol.follow_up.visits == FOLLOW_UPS
    last = planned_day(protocol, "dosing-3")
    assert [planned_day(protocol, code) - last for code in FOLLOW_UPS] == [30, 91, 183, 274, 365, 730]
    rated = [code for code in FOLLOW_UPS if forms_by(protocol.visit(code), Role.RATER)]
    assert rated == list(RATED_LATER)
    assert "twenty-four months" in next(each for each in protocol.consent if each.code == "study").label["en"]
    assert "no-answer" in protocol.follow_up.reasons_missing


def test_the_first_month_lies_between_the_last_integration_session_and_the_week_18_rating(
    protocol: Protocol,
) -> None:
    def window(code: str) -> tuple[float, float]:
        visit, day = protocol.visit(code), planned_day(protocol, code)
        return day - visit.early.number, day + visit.late.number

    first, last = window("follow-up-1-month")
    # Both count from the last dosing session, which may be a week late; the rating does not.
    late = protocol.visit("dosing-3").late.number
    assert window("integration-3-3")[1] < first
    assert last + late < window("week-18")[0]
    # What bears on a visit bears on those below it in the file: the order is that of time.
    days = [
        planned_day(protocol, each.code) for each in protocol.visits if each.code in (*RATINGS, *FOLLOW_UPS)
    ]
    assert days == sorted(days)
    added = [protocol.visit("follow-up-1-month"), protocol.visit("follow-up-24-months")]
    for visit in added:
        assert visit.days is not None
        assert {each.status for each in (visit.days, visit.early, visit.late)} == {Status.ASSUMED}
        assert visit.early.source != visit.days.source


@pytest.mark.parametrize("study", ["low-dose-control", "authorised-prescriber"])
def test_what_each_follow_up_asks_of_whom(study: str) -> None:
    protocol = compile_study(path_of(study))
    assert protocol.follow_up.visits == FOLLOW_UPS
    for code in FOLLOW_UPS:
        visit = protocol.visit(code)
        assert forms_by(visit, Role.COORDINATOR) == ("SINCE-LAST-VISIT",)
        assert forms_by(visit, Role.PHYSICIAN) == ("C-SSRS",)
        asked = forms_by(visit, Role.PARTICIPANT)
        assert asked[:3] == ("C-SSRS-SR", "PCL-5", "PHQ-9")
        regulation = code.removeprefix("follow-up-") in ("1-month", "6-months", "12-months", "24-months")
        assert asked[3:] == (("DERS-16",) if regulation else ())
    own = next(each for each in protocol.forms if each.form == "C-SSRS-SR")
    assert not {Role.THERAPIST, Role.COORDINATOR, Role.RATER} & set(own.read)


def test_other_treatment_and_abuse_are_asked_at_every_rating_and_follow_up(protocol: Protocol) -> None:
    asked = [
        visit.code for visit in protocol.visits if "SINCE-LAST-VISIT" in forms_by(visit, Role.COORDINATOR)
    ]
    assert asked == ["week-4", "week-8", FOLLOW_UPS[0], "week-18", *FOLLOW_UPS[1:]]
    fields = set(next(each for each in protocol.forms if each.form == "SINCE-LAST-VISIT").fields)
    events = {event.code for event in protocol.intercurrent_events}
    for code in SOUGHT:
        assert code in events
        assert f"{code.replace('-', '_')}_since" in fields
    assert {"mdma_sought", "mdma_wish", "other_drug_use", "asked_for_more_drug"} < fields


def test_effects_are_asked_in_the_session_at_its_end_and_the_next_morning(
    protocol: Protocol, other: Protocol
) -> None:
    assert protocol.adverse_events.prompt_at_hours.numbers == (1, 2, 4, 6, 8, 24)
    assert protocol.adverse_events.participant_hours == (8, 24)
    assert protocol.adverse_events.definition == other.adverse_events.definition
    assert protocol.adverse_events.excludes == ()
    assert protocol.adverse_events.prompts == other.adverse_events.prompts


@pytest.mark.parametrize(("hours", "wrong"), [("8, 11", "11 h"), ("8, 12", ""), ("8, 25", "25 h")])
def test_prompts_after_the_session_are_of_the_next_morning(hours: str, wrong: str) -> None:
    text = PATH.read_text(encoding="utf-8")
    assert text.count("[1, 2, 4, 6, 8, 24]") == 1
    changed = text.replace("[1, 2, 4, 6, 8, 24]", f"[1, 2, 4, 6, {hours}]")
    changed = changed.replace(
        "participant_at_hours: {value: [8, 24]", f"participant_at_hours: {{value: [{hours}]"
    )
    if not wrong:
        assert compile_text(changed, name="x").adverse_events.prompt_at_hours.numbers[-1] == 12
        return
    with pytest.raises(StudyFileError, match=f"prompts at {wrong} in sessions of 8 h") as refused:
        compile_text(changed, name="x")
    assert "the next morning at 12 to 24 h" in str(refused.value)


def test_durability_is_asked_three_ways_after_a_year_and_as_it_was_after_two(protocol: Protocol) -> None:
    a_year = {each.code: each for each in protocol.estimands if each.visit == "follow-up-12-months"}
    assert {code: {one.strategies[event] for event in SOUGHT} for code, one in a_year.items()} == {
        "caps5-month-12": {Strategy.HYPOTHETICAL},
        "caps5-month-12-as-lived": {Strategy.TREATMENT_POLICY},
        "response-month-12": {Strategy.COMPOSITE},
    }
    analyses = {each.estimand: (each.role, each.method) for each in protocol.analyses}
    assert [analyses[code] for code in a_year] == [
        ("secondary", "mmrm"),
        ("sensitivity", "mmrm"),
        ("secondary", "proportion"),
    ]
    events = {event.code for event in protocol.intercurrent_events}
    assert all(set(each.strategies) == events for each in protocol.estimands)
    (two,) = [each for each in protocol.estimands if each.visit == "follow-up-24-months"]
    assert {two.strategies[event] for event in SOUGHT} == {Strategy.TREATMENT_POLICY}
    assert analyses[two.code] == ("secondary", "mmrm")


def test_it_differs_from_inactive_placebo_only_where_it_was_meant_to(
    protocol: Protocol, other: Protocol
) -> None:
    assert protocol.eligibility == other.eligibility
    assert protocol.gates == other.gates
    assert protocol.limits == other.limits
    assert protocol.vitals == other.vitals
    assert protocol.settings == other.settings
    assert protocol.blinding.guesses == other.blinding.guesses
    for mine, theirs in zip(protocol.sessions, other.sessions, strict=True):
        assert mine.first.gate == theirs.first.gate
        assert mine.discharge_gate == theirs.discharge_gate
        assert mine.supplemental is not None
        assert theirs.supplemental is not None
        assert mine.supplemental.opens_h == theirs.supplemental.opens_h
    codes = {visit.code for visit in protocol.visits} - {visit.code for visit in other.visits}
    assert codes == set(FOLLOW_UPS) - {"follow-up-6-months", "follow-up-12-months"}
    told = [str(change) for change in changes(other, protocol)]
    assert "+ arms.low-dose: Low-dose MDMA with therapy" in told
    assert "+ randomisation.strata.prior_mdma" in told
    assert "~ study.planned_n: 104 [sourced_primary] → 200 * [assumed]" in told
    touched = {line[2:].partition(":")[0].split(".")[0] for line in told}
    assert touched == {
        *("study", "arms", "visits", "sessions", "variables", "forms", "consent", "randomisation"),
        *(
            "blinding",
            "forecast",
            "intercurrent_events",
            "estimands",
            "analyses",
            "follow_up",
            "sources",
        ),
    }


def test_no_word_of_a_placebo_is_left(protocol: Protocol) -> None:
    page = html(outline(protocol))
    assert "Full-dose MDMA with therapy" in page
    assert "placebo" not in page.lower()
