"""What a trial holds beside scores: what was felt, sessions, intercurrent events, SDS.

Drawn after ``trial.draw_trial`` and from the same people, only where they are wanted: an
analysis that handles events, or the Course that a rehearsal plays. Compiled.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from holdfast.compiling import compiled
from holdfast.simulation import streams
from holdfast.simulation.compiled_dice import normal_at, trial_state, uniform_at
from holdfast.simulation.model import Model

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint64]


class Attended(NamedTuple):
    """Sessions: ``early`` (n,) leavers go before that period's session; ``held``, ``supplement`` (n, V).

    ``events`` (n, E) are the first visits that each of ``model.event_codes`` bears on, V for never.
    """

    early: Bools
    held: Bools
    supplement: Bools
    events: Ints


def room_for_sessions(n: int, *, visits: int, events: int) -> Attended:
    """Arrays for one trial of ``n`` persons with ``events`` codes."""
    return Attended(
        early=np.zeros(n, dtype=np.bool_),
        held=np.zeros((n, visits), dtype=np.bool_),
        supplement=np.zeros((n, visits), dtype=np.bool_),
        events=np.zeros((n, events), dtype=np.int64),
    )


@compiled
def draw_sessions(
    model: Model, seed: np.uint64, trial: int, person: Words, left: Ints, attended: Attended
) -> None:
    """Sessions held, supplemental doses, and the first visit each event bears on.

    ``left`` (n,) are those of the trial drawn. The first session is never missed, and somebody
    who has left has none.
    """
    word, number = np.uint64(seed), np.uint64(trial)
    word_of, mixed, part, visits = model.streams, model.mixed, model.sessions, model.visits
    early, held, supplement, events = attended.early, attended.held, attended.supplement, attended.events
    before = trial_state(word, word_of[streams.EARLY], number)
    missing = trial_state(word, word_of[streams.SESSION_MISSED], number)
    stopping = trial_state(word, word_of[streams.TREATMENT_STOPPED], number)
    without = trial_state(word, word_of[streams.WITHOUT_SUPPLEMENT], number)
    share = model.leaving.before_session
    for i in range(person.size):
        for e in range(model.events.size):
            events[i, e] = visits
        early[i] = uniform_at(before, person[i], mixed[0]) < share and left[i] > 0
        stopped, missed, lacked = visits, visits, visits
        for k in range(visits):
            if stopped == visits and left[i] > k and uniform_at(stopping, person[i], mixed[k]) < part.stopped:
                stopped = k
            planned = (left[i] > k or (left[i] == k and not early[i])) and stopped >= k
            misses = planned and k > 0 and uniform_at(missing, person[i], mixed[k]) < part.missed
            held[i, k] = planned and not misses
            lacks = held[i, k] and uniform_at(without, person[i], mixed[k]) < part.without_supplement
            supplement[i, k] = held[i, k] and not lacks
            missed = k if misses and missed == visits else missed
            lacked = k if lacks and lacked == visits else lacked
        for e in range(model.events.size):
            if model.events[e] == word_of[streams.TREATMENT_STOPPED]:
                events[i, e] = stopped
            elif model.events[e] == word_of[streams.SESSION_MISSED]:
                events[i, e] = missed
            elif model.events[e] == word_of[streams.WITHOUT_SUPPLEMENT]:
                events[i, e] = lacked
    _other_events(model, word, number, person, left, events)


@compiled
def _other_events(
    model: Model, seed: np.uint64, trial: np.uint64, person: Words, left: Ints, events: Ints
) -> None:
    """Events that belong to no session: per period, of people who are there at its end."""
    mixed, word_of, words, rates = model.mixed, model.streams, model.events, model.event_rates
    for e in range(words.size):
        of_sessions = (
            words[e] == word_of[streams.TREATMENT_STOPPED]
            or words[e] == word_of[streams.SESSION_MISSED]
            or words[e] == word_of[streams.WITHOUT_SUPPLEMENT]
        )
        if of_sessions or rates[e] == 0.0:
            continue
        state = trial_state(seed, words[e], trial)
        for i in range(person.size):
            for k in range(left[i]):
                if uniform_at(state, person[i], mixed[k]) < rates[e]:
                    events[i, e] = k
                    break


@compiled
def draw_felt(model: Model, seed: np.uint64, trial: int, person: Words, level: Ints, felt: Floats) -> None:
    """What was felt in each session (n, V), 0 to 10."""
    word, number, mixed = np.uint64(seed), np.uint64(trial), model.mixed
    own = trial_state(word, model.streams[streams.FELT_PERSON], number)
    each = trial_state(word, model.streams[streams.FELT], number)
    for i in range(person.size):
        always = normal_at(own, person[i], mixed[0])
        for k in range(model.visits):
            this = normal_at(each, person[i], mixed[k])
            felt[i, k] = min(max(model.felt.mean[level[i]] + model.felt.spread * (always + this), 0.0), 10.0)


@compiled
def draw_disability(
    model: Model,
    seed: np.uint64,
    trial: int,
    person: Words,
    baseline: Ints,
    score: Ints,
    disability: Floats,
    change: Floats,
) -> None:
    """SDS mean item at baseline (n,) and its change at each visit (n, V), not yet rounded."""
    word, number = np.uint64(seed), np.uint64(trial)
    part, mixed = model.disability, model.mixed
    start = trial_state(word, model.streams[streams.DISABILITY], number)
    noise = trial_state(word, model.streams[streams.DISABILITY_CHANGE], number)
    for i in range(person.size):
        first = part.mean + part.baseline_sd * normal_at(start, person[i], mixed[0])
        disability[i] = min(max(first, 0.0), 10.0)
        for k in range(model.visits):
            fall = part.slope * (score[i, k] - baseline[i])
            change[i, k] = fall + part.sd * normal_at(noise, person[i], mixed[k])
