"""``holdfast simulate``: what is asked, what it would take, the run, and what is written."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from holdfast import __version__
from holdfast.analysis.results import without_nan
from holdfast.compiling import cache_folder, digest
from holdfast.errors import ImpossibleValue, Refusal, Unavailable
from holdfast.planning.batch import Batch, Question, Setup, carry_out
from holdfast.planning.engine import Engine
from holdfast.planning.find import Found, find_n
from holdfast.planning.moments import Share
from holdfast.planning.outcome import Outcome
from holdfast.planning.report import html
from holdfast.planning.run import Finished, digest_of, run, trials_of
from holdfast.planning.scenario import Ground, Scenario
from holdfast.planning.store import Store
from holdfast.planning.summary import outcome_of
from holdfast.planning.tornado import Apart, Tornado, apart, ends, tornado
from holdfast.protocol.writing import write_whole
from holdfast.simulation.catalogue import Parameter

LONG_S = 1800.0
"""A run that would take longer than this is begun only when that is said to be wanted."""
PILOT = 40
CURVE = (0.0, 0.25, 0.5, 0.75, 1.0)
"""The expectancy shares of the picture that matters most."""
TORNADO_QUESTIONS = (Question.PLANNED, Question.TRUTH)
SHARE_OF_TORNADO = 5
"""Each end of the tornado is given a fifth of the trials: its bars are for ranking."""

Tell = Callable[[str, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """The outcomes of the scenarios asked for, how the run went, and what was written."""

    outcomes: tuple[Outcome, ...]
    carried: int
    seconds: float
    engine: Engine
    seed: int
    trials: int
    files: tuple[Path, ...] = ()

    @property
    def trials_per_second(self) -> float:
        """Trials carried out a second, of all questions; those kept from before are not counted."""
        return self.carried / self.seconds if self.seconds else math.nan

    def as_json(self) -> dict[str, Any]:
        """A JSON-native map of the run."""
        plain = without_nan(
            {
                "scenarios": [outcome.as_json() for outcome in self.outcomes],
                "trials_per_second": self.trials_per_second,
                "seconds": self.seconds,
                "trials": self.trials,
                "seed": self.seed,
                "engine": self.engine.name,
                "workers": self.engine.workers,
                "version": __version__,
                "note": "Simulation: no real person.",
            }
        )
        assert isinstance(plain, dict)
        return plain


def scenarios_of(grounds: Sequence[Ground], values: Sequence[Mapping[str, float]]) -> tuple[Scenario, ...]:
    """Every study with every set of values, the study slowest. Raises what ``Ground.scenario`` raises."""
    return tuple(ground.scenario(each) for ground in grounds for each in values)


def simulate(
    grounds: Sequence[Ground],
    values: Sequence[Mapping[str, float]],
    *,
    trials: int,
    seed: int,
    engine: Engine,
    out: Path | None = None,
    yes: bool = False,
    tell: Tell = lambda words, part: None,
) -> Simulated:
    """Simulate every study with every set of values; with ``out`` write JSON and report there.

    Raises:
        Refusal: for what cannot be simulated, or a run of more than half an hour without ``yes``.
        Unavailable: where disk or cluster will not do it; what was done is kept for the next time.
    """
    scenarios = scenarios_of(grounds, values)
    setups = [scenario.setups() for scenario in scenarios]
    more = _for_the_report(grounds, values, scenarios[0]) if out is not None else None
    tell("Getting ready", 0.0)
    _refuse_long(setups, more, trials=trials, engine=engine, yes=yes)
    store = store_for(out, setups, seed=seed)
    finished = run(
        setups, trials=trials, seed=seed, engine=engine, code=digest(), store=store,
        tell=lambda part: tell("Simulating", part),
    )  # fmt: skip
    outcomes = _outcomes(scenarios, finished, seed=seed)
    simulated = Simulated(
        outcomes=outcomes, carried=finished.carried, seconds=finished.seconds, engine=engine, seed=seed,
        trials=trials,
    )  # fmt: skip
    if out is None or more is None:
        store.forget()
        return simulated
    return _written(simulated, more, out, store=store, tell=tell)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Report:
    """What the report shows besides: scenarios along expectancy, and the tornado of the first scenario.

    ``ends`` are its parameters with the scenarios at both ends of their ranges, ``apart`` those
    that bear on something else.
    """

    grounds: tuple[Ground, ...]
    curve: tuple[Scenario, ...]
    first: Scenario
    ends: tuple[tuple[Parameter, Scenario, Scenario], ...]
    apart: tuple[Apart, ...]


def _for_the_report(
    grounds: Sequence[Ground], values: Sequence[Mapping[str, float]], scenario: Scenario
) -> _Report:
    first = {name: value for name, value in values[0].items() if name not in ("expectancy", "latent.share")}
    curve = tuple(ground.scenario({**first, "expectancy": share}) for ground in grounds for share in CURVE)
    return _Report(
        grounds=tuple(grounds),
        curve=curve,
        first=scenario,
        ends=tuple(ends(grounds[0], values[0])),
        apart=apart(grounds[0], values[0]),
    )


def _written(simulated: Simulated, more: _Report, out: Path, *, store: Store, tell: Tell) -> Simulated:
    """Run what the report needs besides and write the files; batches are kept beside them."""
    trials, seed, engine = simulated.trials, simulated.seed, simulated.engine
    along = run(
        [scenario.setups() for scenario in more.curve], trials=trials, seed=seed, engine=engine,
        code=digest(), store=store, tell=lambda part: tell("Along expectancy", part),
    )  # fmt: skip
    curves: dict[str, list[Outcome]] = {}
    for scenario, outcome in zip(more.curve, _outcomes(more.curve, along, seed=seed), strict=True):
        curves.setdefault(scenario.protocol.study.code, []).append(outcome)
    turned = _turned(simulated, more, store=store, tell=tell)
    page = html(
        simulated.outcomes, curves=curves, tornado=turned, trials_per_second=simulated.trials_per_second,
        seconds=simulated.seconds, engine=f"{engine.name}, {engine.workers} at once",
        version=__version__, grounds=more.grounds,
    )  # fmt: skip
    files = (out / "simulation.json", out / "report.html")
    text = json.dumps(simulated.as_json(), indent=2, ensure_ascii=False) + "\n"
    for file, content in zip(files, (text, page), strict=True):
        write_whole(file, content)
    return Simulated(
        outcomes=simulated.outcomes, carried=simulated.carried, seconds=simulated.seconds, engine=engine,
        seed=seed, trials=trials, files=files,
    )  # fmt: skip


def _turned(simulated: Simulated, more: _Report, *, store: Store, tell: Tell) -> Tornado:
    """The tornado of the first scenario: each assumption at both ends of its range."""
    fewer = max(simulated.trials // SHARE_OF_TORNADO, min(simulated.trials, 500))
    # The base is given as few trials as the ends, so that what has no effect moves nothing at all.
    both = [more.first, *(scenario for _, low, high in more.ends for scenario in (low, high))]
    finished = run(
        [scenario.setups(TORNADO_QUESTIONS) for scenario in both], trials=fewer, seed=simulated.seed,
        engine=simulated.engine, code=digest(), store=store,
        tell=lambda part: tell("What would change my mind", part),
    )  # fmt: skip
    outcomes = _outcomes(both, finished, seed=simulated.seed)
    return tornado(
        outcomes[0],
        [
            (parameter, low, high)
            for (parameter, _, _), low, high in zip(more.ends, outcomes[1::2], outcomes[2::2], strict=True)
        ],
        more.apart,
    )


def _outcomes(scenarios: Sequence[Scenario], finished: Finished, *, seed: int) -> tuple[Outcome, ...]:
    return tuple(
        outcome_of(scenario, ran, seed=seed) for scenario, ran in zip(scenarios, finished.ran, strict=True)
    )


def find(
    ground: Ground,
    values: Mapping[str, float],
    *,
    power: float,
    trials: int,
    seed: int,
    engine: Engine,
    tell: Tell = lambda words, part: None,
) -> Found:
    """The smallest n whose lower 95 % Monte-Carlo bound reaches a power, other values as given."""
    if "n" in values:
        raise ImpossibleValue("n is what --find looks for: do not set it.", field="n")
    if not 0.0 < power < 1.0:
        raise ImpossibleValue(f"The power to reach lies between 0 and 1, not at {power:g}.")

    def at(n: int, count: int) -> Share:
        tell(f"Trying {n}", 0.0)
        setups = [ground.scenario({**values, "n": float(n)}).setups((Question.PLANNED,))]
        done = run(setups, trials=count, seed=seed, engine=engine, code=digest())
        return done.ran[0].moments[Question.PLANNED].share("rejects")

    start = int(ground.scenario(values).design.n)
    return find_n(at, target=power, trials=trials, step=ground.step, start=start)


def store_for(out: Path | None, setups: Sequence[Mapping[Question, Setup]], *, seed: int) -> Store:
    """Where finished batches are kept: in ``out``, else in the user's cache under the run's own name.

    Raises:
        Refusal: where ``out`` is there and holds something else.
        Unavailable: where it cannot be made.
    """
    if out is None:
        name = digest_of((digest(), seed, tuple(tuple(each.values()) for each in setups)))
        folder = cache_folder(f"runs/{name}")
        return Store(folder) if folder is not None else Store(Path("/nonexistent"), keeping=False)
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / Store.NAME).exists())):
        raise Refusal(f"{out} is there already and holds no simulation: name a folder that is not there.")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"{out} could not be made: {error.strerror}.") from error
    return Store(out)


def _refuse_long(
    setups: Sequence[Mapping[Question, Setup]],
    more: _Report | None,
    *,
    trials: int,
    engine: Engine,
    yes: bool,
) -> None:
    """Time a few trials, and refuse a run that would take long unless it is wanted."""
    asked = [(setup, trials_of(question, trials)) for each in setups for question, setup in each.items()]
    each = seconds_per_trial(asked[0][0])
    n = int(asked[0][0].design.by_arm.sum())
    whole = sum(count * int(setup.design.by_arm.sum()) / n for setup, count in asked)
    if more is not None:
        whole += len(more.curve) * 5 * trials + len(more.ends) * 4 * trials / SHARE_OF_TORNADO
    seconds = whole * each / engine.workers
    if seconds > LONG_S and not yes:
        raise Refusal(
            f"This would take about {in_words(seconds)} (scenarios: {len(setups):,}, trials of each: "
            f"{trials:,}, at once: {engine.workers}). Ask for fewer, or say --yes."
        )


def seconds_per_trial(setup: Setup) -> float:
    """What a trial takes here, after a first call that compiles what is not compiled yet."""
    for count in (1, PILOT):
        started = perf_counter()
        carry_out(Batch(key="", question=Question.PLANNED, setup=setup, seed=0, first=0, count=count))
    return (perf_counter() - started) / PILOT


def in_words(seconds: float) -> str:
    """A duration in the unit that suits it."""
    for unit, length in (("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds"
