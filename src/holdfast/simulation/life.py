"""Everything a rehearsal needs of its people, from the Course of one trial: answers and readings.

Scales other than CAPS-5 follow from its score at the nearest rating (assumptions,
section ``selfreport``); items add up to drawn totals. All of it is drawn at once.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from holdfast.dice import normal, uniform
from holdfast.records.fact import Json
from holdfast.simulation.assumptions import Assumptions
from holdfast.simulation.course import Course
from holdfast.simulation.items import allot, caps_items, own_weights
from holdfast.simulation.vitals import readings

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

STEP, FIRST_MINUTE, LAST_MINUTE, MORNING = 5, -90, 560, 1440
_GENTLE = np.array([1.0, 1.3, 1.1, 0.7, 0.0])
_PHQ_GAIN = np.array([1.0, 1.2, 0.8, 0.0])
_SDS_GAIN = np.ones(11)
_SDS_GAIN[10] = 0.0
_ROOM = 96


@dataclass(frozen=True, slots=True)
class Life:
    """Answers and readings of all n people of one trial.

    ``moments`` are the visits at which scales are given, screening first, then the ratings, then follow-up;
    ``severity`` (n, m) is the CAPS-5 total at each. Item arrays are (n, m, items).
    ``reached`` (n, m) says whether somebody who stayed is reached at follow-up.
    ``vitals`` (n, sessions, minutes, 4) are readings every ``STEP`` minutes.
    """

    moments: tuple[str, ...]
    severity: Ints
    caps: Ints
    pcl5: Ints
    phq9: Ints
    ders16: Ints
    sds: Ints
    reached: Bools
    vitals: Floats
    morning: Floats

    def place(self, minute: int) -> int:
        """The index of the nearest drawn minute."""
        return round((min(max(minute, FIRST_MINUTE), LAST_MINUTE) - FIRST_MINUTE) / STEP)

    def reading(self, person: int, session: int, minute: int) -> tuple[float, ...]:
        """Systolic, diastolic, heart rate and temperature at the nearest drawn minute."""
        return tuple(float(value) for value in self.vitals[person, session, self.place(minute)])


def draw_life(
    assumptions: Assumptions, course: Course, *, rated: Mapping[str, int], followed: Mapping[str, int]
) -> Life:
    """The life of the first trial of a course; ``rated`` and ``followed`` are visits with their study days.

    Raises:
        Refusal: where the assumptions are of another number of follow-up visits.
    """
    moments = ("screening", "baseline", *rated, *followed)
    seed, trial, person = course.seed, course.trials[[0]], course.people
    severity, reached = _severity(assumptions, course, list(rated.values()), list(followed.values()))
    of_rating = np.concatenate([severity[:, :1] * 0 + severity[:, [1]], severity[:, 1:]], axis=1)
    weights = own_weights(assumptions, seed, np.broadcast_to(trial, person.shape), person)
    draws = _Draws(seed, int(trial[0]), person)
    return Life(
        moments=moments,
        severity=severity,
        caps=_caps(assumptions, course, severity, weights),
        pcl5=draws.items(
            "pcl5",
            draws.total(
                "pcl5",
                assumptions.selfreport.pcl5_slope.number * of_rating,
                sd=assumptions.selfreport.pcl5_sd.number,
                top=80,
            ),
            weights=weights,
            gain=_GENTLE,
        ),
        phq9=draws.items(
            "phq9",
            draws.total(
                "phq9",
                assumptions.selfreport.phq9_slope.number * of_rating,
                sd=assumptions.selfreport.phq9_sd.number,
                top=27,
            ),
            weights=np.ones((len(person), 9)),
            gain=_PHQ_GAIN,
        ),
        ders16=1
        + draws.items(
            "ders16", _ders(assumptions, draws, severity), weights=np.ones((len(person), 16)), gain=_GENTLE
        ),
        sds=draws.items("sds", _sds(course, severity), weights=np.ones((len(person), 3)), gain=_SDS_GAIN),
        reached=reached,
        vitals=_vitals(assumptions, course),
        morning=_morning(assumptions, course),
    )


@dataclass(frozen=True, slots=True)
class _Draws:
    seed: int
    trial: int
    person: Ints

    def total(self, stream: str, mean: npt.NDArray[Any], *, sd: float, top: int) -> Ints:
        noise = normal(self.seed, self.trial, self.person[:, None], stream, np.arange(mean.shape[1]))
        return np.asarray(np.clip(np.rint(mean + sd * noise), 0, top), dtype=np.int64)

    def items(self, stream: str, totals: Ints, *, weights: Floats, gain: Floats) -> Ints:
        n, m = totals.shape
        k = np.arange(m * _ROOM)
        chance: Floats = uniform(self.seed, self.trial, self.person[:, None], f"{stream}-items", k).reshape(
            n * m, _ROOM
        )
        own = np.repeat(weights, m, axis=0)
        return allot(totals.reshape(-1), weights=own, gain=gain, chance=chance).reshape(n, m, -1)


def _severity(
    assumptions: Assumptions, course: Course, rated: list[int], followed: list[int]
) -> tuple[Ints, Bools]:
    """Scores and who is reached: after the last rating each visit goes on from the one before it."""
    part, n = assumptions.follow_up, len(course.people)
    ratings = np.column_stack([course.baseline[0], course.score[0]])
    now: npt.NDArray[Any] = ratings[:, -1]
    scores, reached = [], []
    for k, (day, steps) in enumerate(zip(followed, part.steps_to(len(followed)), strict=True)):
        later = day > rated[-1]
        start = now if later else _between(ratings, [1, *rated], day)
        noise = normal(course.seed, course.trials[0], course.people, "follow-up", k)
        moved = start + part.drift.number * steps + part.sd.number * math.sqrt(steps) * noise
        scores.append(np.clip(np.rint(moved), 0, 80).astype(np.int64))
        now = scores[-1] if later else now
        lost = 1 - (1 - part.lost.number) ** steps
        reached.append(uniform(course.seed, course.trials[0], course.people, "reached", k) >= lost)
    before = np.ones((n, ratings.shape[1] + 1), dtype=np.bool_)
    return np.column_stack([ratings[:, :1], ratings, *scores]), np.column_stack([before, *reached])


def _between(ratings: Ints, days: list[int], day: int) -> Floats:
    """The score on the straight line between the two ratings around a day."""
    place = bisect_right(days, day)
    part = (day - days[place - 1]) / (days[place] - days[place - 1])
    return (1 - part) * ratings[:, place - 1] + part * ratings[:, place]


def _caps(assumptions: Assumptions, course: Course, severity: Ints, weights: Floats) -> Ints:
    """Items at every moment: those of the course as far as it goes, then of follow-up."""
    drawn = caps_items(assumptions, course)[0]
    later = severity[:, drawn.shape[1] + 1 :]
    draws = _Draws(course.seed, int(course.trials[0]), course.people)
    after = draws.items("caps-later", later, weights=weights, gain=np.array(assumptions.items.gain.numbers))
    return np.concatenate([drawn[:, :1], drawn, after], axis=1)


def _ders(assumptions: Assumptions, draws: _Draws, severity: Ints) -> Ints:
    part = assumptions.selfreport
    mean = part.ders16_mean.number + 0.5 * (severity - severity[:, [1]]) - 16
    return draws.total("ders16", mean, sd=part.ders16_sd.number, top=64)


def _sds(course: Course, severity: Ints) -> Ints:
    """SDS totals of three items: the mean item to the nearest third; it stays after the last rating."""
    start = course.disability[0][:, None]
    mean = np.concatenate([start, start, start + course.disability_change[0]], axis=1)
    more = severity.shape[1] - mean.shape[1]
    mean = np.concatenate([mean, np.repeat(mean[:, [-1]], more, axis=1)], axis=1)
    return np.asarray(np.clip(np.rint(3 * mean), 0, 30), dtype=np.int64)


def _vitals(assumptions: Assumptions, course: Course) -> Floats:
    minutes = np.arange(FIRST_MINUTE, LAST_MINUTE + STEP, STEP)
    return _of_sessions(assumptions, course, minutes)


def _morning(assumptions: Assumptions, course: Course) -> Floats:
    return _of_sessions(assumptions, course, np.array([MORNING]))[:, :, 0]


def _of_sessions(assumptions: Assumptions, course: Course, minutes: Ints) -> Floats:
    trial = np.broadcast_to(course.trials[[0]], course.people.shape)
    each = [
        readings(
            assumptions,
            seed=course.seed,
            trial=trial,
            person=course.people,
            level=course.level[0],
            session=session,
            minutes=minutes,
            supplement=course.supplement[0, :, session],
        )
        for session in range(course.visits)
    ]
    return np.stack(each, axis=1)


def cssrs(ideation: int, behaviour: str = "") -> dict[str, Json]:
    """C-SSRS answers for a level of ideation; deeper questions are asked only after the second."""
    behaviours = ("actual_attempt", "interrupted_attempt", "aborted_attempt", "preparatory_acts")
    answers: dict[str, Json] = {f"q{level}": ideation >= level for level in (1, 2)}
    if ideation >= 2:
        answers |= {f"q{level}": ideation >= level for level in (3, 4, 5)}
    return answers | {each: each == behaviour for each in behaviours}


def numbered(values: Ints | list[int], start: int = 1) -> dict[str, Json]:
    """Answers q1, q2, … of item values."""
    return {f"q{index}": int(value) for index, value in enumerate(values, start=start)}


def vital_answers(reading: tuple[float, ...]) -> dict[str, Json]:
    """Answers of the VITALS form."""
    names = ("systolic", "diastolic", "heart_rate", "temperature")
    return dict(zip(names, reading, strict=True))
