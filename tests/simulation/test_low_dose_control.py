"""A shrunken ``low-dose-control``, rehearsed from its first contact to its analysis."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import timedelta

import numpy as np
import pytest

from holdfast.analysis.analyse import analyse
from holdfast.analysis.report import html
from holdfast.analysis.results import Results
from holdfast.conduct.standing import ParticipantStanding, fold
from holdfast.protocol.compiler import compile_study
from holdfast.records.envelope import Record
from holdfast.simulation import assumptions
from holdfast.simulation.course import draw_course
from holdfast.simulation.draw import batches
from holdfast.simulation.play import Rehearsal, play
from holdfast.statistics.mmrm import mmrm
from holdfast.studies import path_of
from scale import scaled
from simulation_tests import small, with_value

ARMS = ("low-dose", "full-dose")
SINCE = ("ssri-restart", "other-ptsd-therapy", "non-study-mdma", "mdma-therapy-elsewhere")
PEOPLE = 18


@pytest.fixture(scope="module")
def played() -> Rehearsal:
    """Eighteen in each arm, at two sites; events of follow-up and slips of ratings often enough to meet."""
    file = path_of("low-dose-control")
    model = small(assumptions.load(file.parent / "assumptions.yaml"), by_arm=(PEOPLE, PEOPLE), clumsy=0.5)
    rates = dict.fromkeys(SINCE, 0.015) | {"unblinding": 0.03}
    often = {
        code: with_value(figure, rates.get(code, figure.number)) for code, figure in model.events.items()
    }
    return play(compile_study(file), model.model_copy(update={"events": often}), seed=5)


@pytest.fixture(scope="module")
def results(played: Rehearsal) -> Results:
    return analyse(played.records, played.protocol, played.key)


def of(played: Rehearsal, kind: str) -> list[Record]:
    return [record for record in played.records if record.kind == kind]


def forms(played: Rehearsal, form: str, role: str) -> list[Record]:
    return [each for each in of(played, "form-completed") if each.fact.form == form and each.role == role]


def test_each_stratum_of_site_and_earlier_use_has_a_list_and_everybody_their_own(played: Rehearsal) -> None:
    sealed = {record.fact.stratum for record in of(played, "list-sealed")}
    assert sealed == {f"site={site},prior_mdma={used}" for site in ("S01", "S02") for used in ("no", "yes")}
    told = {
        record.stream.partition("/")[2]: record.fact.answers["prior_mdma"]
        for record in forms(played, "SCREENING", "physician")
    }
    randomised = of(played, "randomised")
    assert len(randomised) == 2 * PEOPLE
    for record in randomised:
        person = record.stream.partition("/")[2]
        assert record.fact.stratum == f"site={record.site},prior_mdma={told[person]}"
    arms = Counter(played.key.arm_of_slot[record.fact.slot] for record in randomised)
    assert arms == dict.fromkeys(ARMS, PEOPLE)


def test_kits_of_both_arms_look_alike_and_hold_what_the_study_file_says(played: Rehearsal) -> None:
    seen, held = defaultdict(set), defaultdict(set)
    for record in of(played, "kit-received"):
        kit = record.fact
        arm = played.key.arm_of_kit[kit.kit]
        seen[kit.step, arm].add((kit.capsules, kit.expires, kit.lot))
        held[kit.step, arm].add(played.key.mg_of_kit[kit.kit])
    amounts = {"s1-first": (30, 80), "s1-supplemental": (15, 40)}
    amounts |= {f"s{k}-first": (40, 120) for k in (2, 3)} | {f"s{k}-supplemental": (20, 60) for k in (2, 3)}
    for step, mg in amounts.items():
        assert [held[step, arm] for arm in ARMS] == [{mg[0]}, {mg[1]}]
        assert seen[step, "low-dose"] == seen[step, "full-dose"]
        assert len(seen[step, "low-dose"]) == 1


def test_no_record_names_an_arm_but_the_study_itself(played: Rehearsal) -> None:
    for sealed in played.sealed:
        if sealed.record.kind in ("study-opened", "protocol-adopted"):
            continue
        body = json.dumps(sealed.record.fact, default=lambda fact: getattr(fact, "__dict__", str(fact)))
        assert not any(arm in body for arm in ARMS), sealed.record.kind


def test_a_rating_is_opened_closed_guessed_and_only_then_signed(played: Rehearsal) -> None:
    ratings = forms(played, "CAPS-5", "rater")
    assert len(ratings) > 5 * PEOPLE
    signed = {record.fact.form_record: record for record in of(played, "form-signed")}
    at = defaultdict(list)
    for record in of(played, "form-completed"):
        if record.role == "rater":
            at[record.stream, record.fact.visit].append(record)
    for rating in ratings:
        here = at[rating.stream, rating.fact.visit]
        by_form = {record.fact.form: record for record in here}
        assert set(by_form) == {"RATING-OPENING", "CAPS-5", "SDS", "RATING-CLOSE", "GUESS"}
        assert {record.author for record in here} == {rating.author}
        assert by_form["RATING-OPENING"].fact.answers == {"opening_read": True}
        guess = by_form["GUESS"]
        assert guess.fact.answers["certainty"] in range(1, 6)
        assert guess.fact.answers["why"]
        assert by_form["RATING-CLOSE"].fact.answers["belief_rests_on"]
        assert signed[str(rating.id)].recorded_at >= guess.recorded_at


def test_who_learned_something_in_a_rating_rates_that_person_no_more(played: Rehearsal) -> None:
    incidents = of(played, "unblinding-incident")
    assert any("spoke of a dosing session" in record.fact.how for record in incidents)
    assert any("relative" in record.fact.how for record in incidents)
    for told in incidents:
        later = [
            record
            for record in of(played, "rater-assigned")
            if record.stream == told.stream and record.recorded_at > told.recorded_at
        ]
        assert all(record.fact.rater != told.fact.who for record in later)
    codes = Counter(record.fact.code for record in of(played, "deviation"))
    assert codes["unblinding-incident"] == len(incidents)
    assert not codes["rater-told"]
    assert not codes["rater-not-assigned"]


def test_what_is_asked_since_the_last_visit_agrees_with_the_events_told(
    played: Rehearsal,
) -> None:
    told = {
        (record.stream, record.fact.visit, record.fact.event) for record in of(played, "intercurrent-event")
    }
    asked = forms(played, "SINCE-LAST-VISIT", "coordinator")
    said = {
        (record.stream, record.fact.visit, event)
        for record in asked
        for event in SINCE
        if record.fact.answers[f"{event.replace('-', '_')}_since"] is True
    }
    answered = {(record.stream, record.fact.visit) for record in asked}
    assert said == {each for each in told if each[:2] in answered and each[2] in SINCE}
    visits = {visit for _, visit, _ in said}
    assert {
        "follow-up-6-months",
        "follow-up-9-months",
        "follow-up-12-months",
        "follow-up-24-months",
    } <= visits


def test_nothing_told_before_the_first_month_is_asked_for_only_at_week_18(played: Rehearsal) -> None:
    held = {
        record.stream: record.happened_at.at
        for record in of(played, "visit-held")
        if record.fact.visit == "follow-up-1-month"
    }
    told = [each for each in of(played, "intercurrent-event") if each.fact.event in SINCE]
    between = [each for each in told if each.fact.visit == "follow-up-1-month"]
    assert between
    for record in told:
        if record.fact.visit == "week-18" and record.stream in held:
            assert record.happened_at.at > held[record.stream] - timedelta(days=1)


def test_who_answers_alone_what_was_asked_in_an_interview_says_the_same(played: Rehearsal) -> None:
    def said(form: str, role: str) -> dict[tuple[str, str], tuple[object, object]]:
        return {
            (each.stream, each.fact.visit): (each.fact.scores["ideation"], each.fact.scores["behaviour"])
            for each in forms(played, form, role)
            if each.fact.visit.startswith("follow-up")
        }

    alone, interview = said("C-SSRS-SR", "participant"), said("C-SSRS", "physician")
    assert len(alone) > 5 * PEOPLE
    assert alone.items() <= interview.items()
    assert any(ideation for ideation, _behaviour in alone.values())


def test_a_missed_follow_up_has_its_attempts_and_a_coded_reason(played: Rehearsal) -> None:
    missed = [each for each in of(played, "visit-missed") if each.fact.visit.startswith("follow-up")]
    assert missed
    for record in missed:
        assert record.fact.why in played.protocol.follow_up.reasons_missing
        tried = [
            each
            for each in of(played, "contact-attempted")
            if (each.stream, each.fact.for_visit) == (record.stream, record.fact.visit)
        ]
        assert len(tried) in (3, 5)  # five are asked for; given up after three is a deviation


def test_effects_are_asked_once_more_before_discharge_the_next_morning(played: Rehearsal) -> None:
    hours = defaultdict(set)
    discharged = {record.stream: record.happened_at.at for record in of(played, "discharged")}
    for record in of(played, "prompts-rated"):
        hours[record.stream].add(record.fact.at_hour)
        if record.fact.at_hour == 24:
            after = discharged[record.stream] - record.happened_at.at
            assert timedelta(0) < after < timedelta(hours=3)
    assert len(hours) > 2.5 * PEOPLE
    assert all(asked == {1, 2, 4, 6, 8, 24} for asked in hours.values())
    events = [each.fact for each in of(played, "adverse-event") if each.fact.source == "prompted"]
    assert any(each.special_interest == "abuse-potential" for each in events)


def test_expectancy_is_recorded_before_randomisation_and_differs_between_people(played: Rehearsal) -> None:
    randomised = {record.stream: record.recorded_at for record in of(played, "randomised")}
    for role, times in (("participant", 2), ("therapist", 1)):
        own = [each for each in forms(played, "EXPECTANCY", role) if each.stream in randomised]
        assert Counter(Counter(each.stream for each in own).values()) == {times: 2 * PEOPLE}
        assert all(each.recorded_at <= randomised[each.stream] for each in own)
        assert len({each.fact.answers["expected_improvement"] for each in own}) > PEOPLE


def test_the_records_fold_to_people_who_completed_or_left(played: Rehearsal) -> None:
    streams = defaultdict(list)
    for record in played.records:
        streams[record.stream].append(record)
    ends = Counter()
    for record in of(played, "randomised"):
        standing = fold(record.stream, streams[record.stream])
        assert isinstance(standing, ParticipantStanding)
        ends["completed" if standing.completed else "left" if standing.left else "open"] += 1
    assert ends["completed"] > PEOPLE
    assert ends["open"] == 0, ends


def test_the_primary_analysis_and_those_of_a_year_on_compare_the_two_doses(results: Results) -> None:
    mixed = {each.analysis: each for each in results.continuous}
    assert list(mixed) == [
        *("caps5-mmrm", "sds-mmrm", "caps5-durability", "caps5-durability-as-lived"),
        "caps5-two-years-as-lived",
    ]
    for code, visit in (
        *(("caps5-mmrm", "week-18"), ("caps5-durability", "follow-up-12-months")),
        ("caps5-durability-as-lived", "follow-up-12-months"),
        ("caps5-two-years-as-lived", "follow-up-24-months"),
    ):
        found = mixed[code]
        assert found.converged, found.warnings
        last = found.contrasts[-1]
        assert (last.arm, last.reference, last.visit) == ("full-dose", "low-dose", visit)
        assert last.lower < last.estimate < last.upper
    assert not mixed["caps5-durability-as-lived"].excluded
    assert set(mixed["caps5-durability"].excluded) & set(SINCE)
    weeks = {row.visit: row.week for row in mixed["caps5-durability"].observed}
    assert weeks["follow-up-6-months"] == 34  # day 59 and 183 more, from day 1, in weeks
    assert weeks["follow-up-12-months"] == 60
    shares = {each.analysis: each for each in results.proportions}
    assert shares["durable-response"].visit == "follow-up-12-months"
    assert shares["durable-response"].difference is not None


def test_guesses_of_raters_are_told_for_every_rating(results: Results) -> None:
    rated = {row.visit for row in results.guesses if row.evaluator == "rater"}
    assert rated == {
        *("baseline", "week-4", "week-8", "week-18"),
        *("follow-up-6-months", "follow-up-12-months", "follow-up-24-months"),
    }


def test_the_report_names_both_arms_and_tells_them_apart_only_with_the_key(
    played: Rehearsal, results: Results
) -> None:
    page = html(results)
    for name in ("Low-dose MDMA with therapy", "Full-dose MDMA with therapy"):
        assert page.count(name) > 10
    assert "response, Follow-up at 12 months:" in page
    assert results.flow.assessed["follow-up-12-months"].keys() == set(ARMS)
    blinded = analyse(played.records, played.protocol)
    assert list(blinded.flow.randomised.values()) == [2 * PEOPLE]
    assert all(not each.contrasts for each in blinded.continuous)


@pytest.mark.parametrize(("people", "expected"), [(200, 0.80), (104, 0.50)])
def test_without_intercurrent_events_the_power_is_that_of_the_generators_table(
    people: int, expected: float
) -> None:
    """Half of the contrast through belief; within three Monte-Carlo errors."""
    file, trials = path_of("low-dose-control"), scaled(1200)
    protocol, model = compile_study(file), assumptions.load(file.parent / "assumptions.yaml")
    level = np.repeat([2, 1], people // 2)
    course = draw_course(model, seed=people, level=level, trials=np.arange(trials), share=0.5)
    rejected = 0
    for trial in batches(course, protocol):
        fit = mmrm(trial, by_visit=("baseline",), factors=(), method="reml", df="kr")
        last = next(row for row in fit.contrasts if row.visit == "week-18")
        rejected += last.p < 0.05 and last.estimate < 0
    assert abs(rejected / trials - expected) < 3 * (expected * (1 - expected) / trials) ** 0.5
