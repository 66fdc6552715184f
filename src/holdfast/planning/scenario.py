"""A scenario: a study, its assumptions with what was set otherwise, and the design's own settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.planning.batch import Question, Setup
from holdfast.planning.setup import primary_of, setups_of
from holdfast.protocol.compiler import compile_study
from holdfast.protocol.model import Protocol
from holdfast.simulation import assumptions as assumption_files
from holdfast.simulation.assumptions import Assumptions
from holdfast.simulation.catalogue import Parameter, parameters, with_values
from holdfast.simulation.plan import shares_of
from holdfast.sourced import Status
from holdfast.studies import path_of, shipped

CHOSEN = "Chosen so that a plan can be made; set what holds for you."


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignSettings:
    """What a design fixes beside the assumptions; costs in the currency of whoever sets them."""

    n: int
    alpha: float
    interim: float
    futility: float
    needed: float
    hour_cost: float
    session_cost: float
    participant_cost: float
    screening_cost: float


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One scenario. ``changed`` are the values that were asked for, by the name they were asked by."""

    label: str
    protocol: Protocol
    assumptions: Assumptions
    design: DesignSettings
    changed: Mapping[str, float]

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Participants by arm code."""
        assert self.protocol.randomisation is not None
        codes = [arm.code for arm in self.protocol.arms]
        ratio = [self.protocol.randomisation.ratio[code] for code in codes]
        return dict(zip(codes, shares_of(self.design.n, ratio).tolist(), strict=True))

    def setups(self, questions: Sequence[Question] = tuple(Question)) -> Mapping[Question, Setup]:
        """What the compiled loop needs, by question. Raises Refusal for a study it cannot simulate."""
        return setups_of(
            self.protocol,
            self.assumptions,
            n=self.design.n,
            alpha=self.design.alpha,
            interim=self.design.interim,
            futility=self.design.futility,
            questions=questions,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A study and its assumptions as they are, from which scenarios are made."""

    name: str
    protocol: Protocol
    assumptions: Assumptions

    @property
    def step(self) -> int:
        """The smallest number of participants that keeps the ratio."""
        assert self.protocol.randomisation is not None
        return sum(self.protocol.randomisation.ratio.values())

    def parameters(self) -> tuple[Parameter, ...]:
        """Every number that may be set: the design's own, then the assumptions'."""
        return (*design_parameters(self.protocol), *parameters(self.assumptions))

    def scenario(self, values: Mapping[str, float]) -> Scenario:
        """The scenario with these values set, by name or alias.

        Raises:
            UnknownName: for a name that is none, with the nearest.
            ImpossibleValue: for a value outside its range.
            Refusal: for a study that cannot be simulated.
        """
        primary_of(self.protocol)
        own = {each.alias: each for each in design_parameters(self.protocol)}
        chosen = {name: each.value for name, each in own.items()}
        for name, value in values.items():
            if name in own:
                _check(own[name], value)
                chosen[name] = value
        rest = {name: value for name, value in values.items() if name not in own}
        return Scenario(
            label=self.protocol.study.title["en"],
            protocol=self.protocol,
            assumptions=with_values(self.assumptions, rest, also=own),
            design=DesignSettings(
                n=int(chosen["n"]),
                alpha=chosen["alpha"],
                interim=chosen["interim"],
                futility=chosen["futility"],
                needed=chosen["needed"],
                hour_cost=chosen["hour-cost"],
                session_cost=chosen["session-cost"],
                participant_cost=chosen["participant-cost"],
                screening_cost=chosen["screening-cost"],
            ),
            changed=dict(values),
        )


def ground_of(study: str, *, assume: Path | None = None) -> Ground:
    """A shipped study or a study file with the assumptions beside it, or those of ``assume``.

    Raises:
        UnknownName: where there is no such study or file.
        StudyFileError: where one does not compile.
    """
    if assume is not None and not assume.exists():
        raise UnknownName(f"There is no file {assume}: --assume takes the path of an assumption file.")
    file = path_of(study)
    protocol = compile_study(file)
    found = assumption_files.load(assume or file.parent / "assumptions.yaml")
    return Ground(name=study, protocol=protocol, assumptions=found)


@cache
def shipped_designs() -> tuple[str, ...]:
    """The shipped studies that compare arms: a programme without randomisation has no power to compute."""
    return tuple(name for name in shipped() if compile_study(path_of(name)).randomisation is not None)


def design_parameters(protocol: Protocol) -> tuple[Parameter, ...]:
    """The design's own settings, their defaults from the protocol where it has them."""
    analysis, planned = primary_of(protocol), protocol.study.planned_n

    def chosen(
        alias: str, label: str, unit: str, value: float, high: float, reason: str = CHOSEN
    ) -> Parameter:
        return Parameter(
            name=alias, alias=alias, label=label, unit=unit, value=value, allowed=(0.0, high), scan=None,
            whole=False, source=reason, status=Status.ASSUMED,
        )  # fmt: skip

    return (
        Parameter(
            name="n", alias="n", label="Participants randomised", unit="1", value=planned.number,
            allowed=(8.0, 20_000.0), scan=None, whole=True, source=planned.source, status=planned.status,
        ),
        Parameter(
            name="alpha", alias="alpha", label="Two-sided level of the test", unit="1",
            value=analysis.alpha.number, allowed=(1e-6, 0.5), scan=None, whole=False,
            source=analysis.alpha.source, status=analysis.alpha.status,
        ),
        chosen("interim", "Interim look at this share of participants (0: none)", "1", 0.0, 0.95),
        chosen("futility", "Stop then below this conditional power (0: never)", "1", 0.0, 0.95),
        chosen("needed", "Points at equal belief that would be worth going on", "points", 4.0, 40.0),
        chosen("hour-cost", "Cost of a therapist's hour", "currency", 150.0, 1e6),
        chosen("session-cost", "Cost of a dosing session beside therapists", "currency", 1000.0, 1e6),
        chosen("participant-cost", "Cost of a participant beside sessions", "currency", 3000.0, 1e7),
        chosen("screening-cost", "Cost of somebody screened who does not enter", "currency", 800.0, 1e6),
    )  # fmt: skip


def _check(parameter: Parameter, value: float) -> None:
    low, high = parameter.allowed
    if not low <= value <= high or (parameter.whole and value != int(value)):
        kind = "a whole number" if parameter.whole else "a number"
        raise ImpossibleValue(
            f"{parameter.alias} ({parameter.label}) is {kind} from {low:g} to {high:g}, not {value:g}.",
            field=parameter.alias,
        )
