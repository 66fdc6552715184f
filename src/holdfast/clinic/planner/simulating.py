"""Simulation behind the page: one thread for the whole site, a step at a time, kept by what was asked.

First numbers come from few trials; then the same trials are continued to ten thousand.
Whoever has nothing yet goes before whoever is being refined, and what nobody looks at
any more is left where it is. No record of a study comes in here: virtual people only.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any, TypeVar

from django.conf import settings
from django.utils.translation import gettext as _

from holdfast import compiling
from holdfast.clinic.planner.inputs import Plan
from holdfast.clinic.planner.warming import make_ready
from holdfast.errors import HoldfastError, Unavailable
from holdfast.planning.batch import Question, Setup
from holdfast.planning.moments import Moments
from holdfast.planning.outcome import AgainstTruth, Outcome
from holdfast.planning.run import Ran, run
from holdfast.planning.scenario import Scenario
from holdfast.planning.store import Store
from holdfast.planning.summary import against_truths, outcome_of

LOG = logging.getLogger("holdfast.clinic.planner")
Task = TypeVar("Task")
Result = TypeVar("Result")

STEPS = (
    ("mine", 250), ("beside", 250), ("curve", 250), ("mine", 1000), ("beside", 1000), ("mine", 2500),
    ("curve", 1000), ("beside", 2500), ("mine", 5000), ("beside", 5000), ("mine", 10_000), ("beside", 10_000),
    ("curve", 2500),
)  # fmt: skip
"""What is worked on in turn, and with how many trials; each continues what was there."""
EXPECTANCIES = (0.0, 0.25, 0.5, 0.75, 1.0)
WANTED_S = 5.0
"""A plan that nobody asked about for so long is left."""
LONGEST_S = 60.0
"""The processor time after which a plan is not refined any further."""
QUEUE = 16
"""So many plans at most wait or are being refined at once."""
CAPACITY = 64
"""So many plans are kept."""


def steps() -> tuple[tuple[str, int], ...]:
    """The steps of this site: none beyond the trials that it allows."""
    return tuple(step for step in STEPS if step[1] <= max(settings.PLANNER_TRIALS, STEPS[0][1]))


@dataclass(frozen=True, slots=True)
class Point:
    """Power and bias at one expectancy."""

    expectancy: float
    against: AgainstTruth
    power: float
    lower: float
    upper: float
    trials: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is known of a plan after some steps; ``finished`` where no more comes."""

    step: int = 0
    seconds: float = 0.0
    mine: Outcome | None = None
    beside: Outcome | None = None
    curves: Mapping[str, tuple[Point, ...]] = field(default_factory=dict)
    finished: bool = False
    failed: str = ""

    @property
    def trials(self) -> int:
        """How many trials the design's own numbers rest on."""
        return 0 if self.mine is None else self.mine.trials

    def as_json(self) -> dict[str, Any]:
        """The outcomes, and how they were come by, as a map for a saved design."""
        return {
            "mine": None if self.mine is None else self.mine.as_json(),
            "beside": None if self.beside is None else self.beside.as_json(),
            "trials": self.trials,
            "seconds": round(self.seconds, 2),
        }


class Left(Exception):
    """Work on a plan stops between two batches: somebody else has nothing yet, or nobody looks any more."""


class Kept(Store):
    """Batches in memory, so that a plan goes on where it stopped."""

    def __init__(self) -> None:
        self.kept = {}

    def keep(self, key: str, moments: Moments) -> None:
        """Add a batch."""
        self.kept[key] = moments


@dataclass(frozen=True, slots=True)
class Between:
    """An engine that asks before every batch whether it should go on."""

    leave: Callable[[], bool]
    name: str = "the planner's thread"
    workers: int = 1

    def run(self, work: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[tuple[int, Result]]:
        """One after the other. Raises Left."""
        for index, task in enumerate(tasks):
            if self.leave():
                raise Left
            yield index, work(task)


@dataclass(eq=False)
class Job:
    """A plan being worked on."""

    plan: Plan
    wanted_at: float
    found: Found = field(default_factory=Found)
    batches: Kept = field(default_factory=Kept)


class Simulator:
    """The one thread and what it has found, by the plan's key."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None
        self._ready = False

    @property
    def ready(self) -> bool:
        """Whether the compiled loops are loaded; until then nothing can be simulated."""
        return self._ready

    def start(self) -> None:
        """Begin to load the compiled loops, unless that was begun."""
        with self._news:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="planner", daemon=True)
                self._thread.start()

    def look(self, plan: Plan, *, than: int = 0, patience_s: float = 0.0) -> Found:
        """What is known, as soon as it is of more steps than ``than``, or after ``patience_s``.

        Raises Unavailable where too many plans wait.
        """
        self.start()
        until = monotonic() + patience_s
        with self._news:
            job = self._job(plan)
            while (left := until - monotonic()) > 0 and not job.found.finished and job.found.step <= than:
                # Whoever waits here still wants it, however long the step takes.
                self._news.wait(min(left, WANTED_S / 4))
                job.wanted_at = monotonic()
            return job.found

    def _job(self, plan: Plan) -> Job:
        key, now = plan.key, monotonic()
        job = self._jobs.get(key)
        # What failed a while ago, perhaps by the machine's doing, is tried again when it is asked for anew.
        if job is None or (job.found.failed and now - job.wanted_at >= WANTED_S):
            if len(self._wanted(now)) >= QUEUE:
                raise Unavailable(
                    _("The simulator is busy with the designs of others. Yours will be taken in a moment.")
                )
            job = self._jobs[key] = Job(plan, now)
            for old in [each for each, one in self._jobs.items() if one is not job][: -CAPACITY + 1]:
                del self._jobs[old]
        job.wanted_at = now
        self._jobs.move_to_end(key)
        self._news.notify_all()
        return job

    def _wanted(self, now: float) -> list[Job]:
        return [
            job for job in self._jobs.values() if not job.found.finished and now - job.wanted_at < WANTED_S
        ]

    def _next(self) -> Job | None:
        return min(self._wanted(monotonic()), key=lambda job: (job.found.step, -job.wanted_at), default=None)

    def _work(self) -> None:
        try:
            make_ready()
        except Exception:  # what is wrong shows in every plan, which then says so
            LOG.exception("the simulator could not be made ready")
        with self._news:
            self._ready = True
            self._news.notify_all()
        while True:
            with self._news:
                while (job := self._next()) is None:
                    self._news.wait()
            found = self._stepped(job)
            with self._news:
                job.found = found
                if found.finished:
                    job.batches = Kept()
                self._news.notify_all()

    def _stepped(self, job: Job) -> Found:
        """One step further; the same as before where the work was left."""
        started = monotonic()
        try:
            return _further(job.found, job.plan, job.batches, Between(lambda: self._leaves(job)), started)
        except Left:
            return replace(job.found, seconds=job.found.seconds + monotonic() - started)
        except HoldfastError as refusal:
            return replace(job.found, failed=str(refusal), finished=True)
        except Exception:
            LOG.exception("a plan could not be simulated: %s", job.plan.query)
            failed = _("The simulation failed on our side. The server's log says why; other values may work.")
            return replace(job.found, failed=failed, finished=True)

    def _leaves(self, job: Job) -> bool:
        with self._news:
            others = [each for each in self._wanted(monotonic()) if each is not job]
            waiting = any(each.found.step == 0 for each in others)
            return (waiting and job.found.step > 0) or monotonic() - job.wanted_at > WANTED_S


def _further(found: Found, plan: Plan, kept: Kept, engine: Between, started: float) -> Found:
    """One step of ``STEPS`` more, where there is one."""
    if found.step >= len(steps()):
        return replace(found, finished=True)
    what, trials = steps()[found.step]
    scenarios = {"mine": plan.scenario(), "beside": plan.scenario_beside()}
    more: dict[str, Any] = {}
    if what == "curve":
        more["curves"] = {
            name: _curve(scenario, plan, name, trials, kept, engine)
            for name, scenario in scenarios.items()
            if scenario is not None
        }
    elif (scenario := scenarios[what]) is not None:
        ran = _ran([scenario.setups()], trials, plan.seed, kept, engine)[0]
        more[what] = outcome_of(scenario, ran, seed=plan.seed)
    step, seconds = found.step + 1, found.seconds + monotonic() - started
    finished = step == len(steps()) or seconds > LONGEST_S
    return replace(found, step=step, seconds=seconds, finished=finished, **more)


def _curve(
    scenario: Scenario, plan: Plan, name: str, trials: int, kept: Kept, engine: Between
) -> tuple[Point, ...]:
    """Power and bias at each expectancy; everything else as planned."""
    base = plan.ground if name == "mine" else plan.beside
    assert base is not None
    along = [base.scenario({**scenario.changed, "expectancy": share}) for share in EXPECTANCIES]
    asked = (Question.PLANNED, Question.TRUTH)
    every = _ran([each.setups(asked) for each in along], trials, plan.seed, kept, engine)
    points = []
    for share, ran in zip(EXPECTANCIES, every, strict=True):
        planned = ran.moments[Question.PLANNED]
        power = planned.share("rejects")
        against = against_truths(planned, ran.moments[Question.TRUTH])["equal-belief"]
        points.append(Point(share, against, power.estimate, power.lower, power.upper, trials))
    return tuple(points)


def _ran(
    setups: Sequence[Mapping[Question, Setup]], trials: int, seed: int, kept: Kept, engine: Between
) -> tuple[Ran, ...]:
    return run(setups, trials=trials, seed=seed, engine=engine, code=compiling.digest(), store=kept).ran


simulator = Simulator()
"""The site's own."""
