"""The effects asked for by name at fixed hours, pleasant ones too."""

from __future__ import annotations

from functools import partial

from holdfast.conduct.actions import RatePrompts
from holdfast.conduct.rounds import PARTICIPANT, asked_of
from holdfast.protocol.model import Prompt
from holdfast.records.fact import Json
from holdfast.simulation.assumptions import Assumptions
from holdfast.simulation.day import Day, Scene

ALIKE = {"jaw-tightness": "muscle-tightness", "sweating": "hyperhidrosis"}
"""Prompts whose published rate goes by another name."""
SESSIONS = 3
STILL_THERE = 0.08
"""How often an effect of the session is still noticed the next morning; chosen, nothing published says."""


def chance(assumptions: Assumptions, prompt: Prompt, level: int) -> float:
    """How likely an effect is in one session: from a rate per person where there is one, else by category."""
    per_person = assumptions.adverse.get(ALIKE.get(prompt.code, prompt.code))
    if per_person is not None:
        return float(1 - (1 - at_level(per_person.numbers, level)) ** (1 / SESSIONS))
    figure = assumptions.adverse[f"prompt_{prompt.category.replace('-', '_')}"]
    return at_level(figure.numbers, level)


def at_level(rates: tuple[float, ...], level: int) -> float:
    """The rate of an arm level; a low dose or active comparator goes a third of the way to full."""
    inactive, full = rates
    low = inactive + (full - inactive) / 3
    return {0: inactive, 1: full, 2: low, 3: low}[level]


def prompt_scenes(day: Day) -> list[Scene]:
    """A rating at each hour of the plan within the session; those of the morning come at discharge."""
    day.courses = _courses(day, _hours(day))
    return [(60 * hour + 4, partial(_rate, day, hour)) for hour in _hours(day) if not _after(day, hour)]


def morning_prompts(day: Day) -> None:
    """The ratings of the plan that come after the session's end, the next morning."""
    for hour in _hours(day):
        if _after(day, hour):
            _rate(day, hour)


def _hours(day: Day) -> tuple[float, ...]:
    return day.player.story.protocol.adverse_events.prompt_at_hours.numbers


def _after(day: Day, hour: float) -> bool:
    return hour > day.plan.minimum_hours.number


def _courses(day: Day, hours: tuple[float, ...]) -> dict[str, list[int]]:
    """The severity of each effect at each hour: when it begins, how strong it gets, when it is gone."""
    story, luck = day.player.story, day.player.luck
    level = int(story.course.level[0, day.player.index])
    felt = float(story.course.felt[0, day.player.index, day.number]) / 10
    found = {}
    for prompt in story.protocol.adverse_events.prompts:
        course = [0] * len(hours)
        likely = chance(story.assumptions, prompt, level) * (0.6 + 0.8 * felt)
        if luck.strikes("prompt", likely):
            begins = luck.whole("prompt-begins", 0, 1)
            lasts = luck.whole("prompt-lasts", 1, 3)
            draw = luck.draw("prompt-severity")
            peak = 3 if draw < 0.003 else (2 if draw < 0.3 else 1)
            for at in range(begins, min(begins + lasts, len(hours))):
                course[at] = peak if at > begins else max(1, peak - 1)
            if _after(day, hours[-1]) and luck.strikes("prompt-morning", STILL_THERE):
                course[-1] = 1
        found[prompt.code] = course
    return found


def _rate(day: Day, hour: float) -> None:
    (code, visit), at = day.ids, _hours(day).index(hour)
    ratings: dict[str, Json] = {prompt: course[at] for prompt, course in day.courses.items()}
    by = dict(asked_of(day.player.story.protocol))[hour]
    what = RatePrompts(participant=code, visit=visit, at_hour=hour, rated_by=by, ratings=ratings)
    day.player.stage.do(what, day.player.oneself if by == PARTICIPANT else day.player.lead)
