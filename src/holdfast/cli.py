"""The command line: parse, one call, print.

Exit codes: 0 done; 2 what came in was refused, with sentences on stderr; 1 anything
that is not the user's doing. Heavy rooms are imported inside the commands that need
them: ``holdfast check`` must start at once.
"""

from __future__ import annotations

import os
import sys
from datetime import date
from enum import StrEnum
from importlib.metadata import entry_points
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from holdfast import __version__
from holdfast.errors import HoldfastError, Refusal

LARGEST_SEED = 2**64 - 1
"""The dice take a seed modulo 2**64: a larger one would silently be another's twin."""

app = typer.Typer(
    name="holdfast",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Designs, runs and judges MDMA-assisted therapy for PTSD, from one protocol file.",
)


@app.callback(invoke_without_command=True)
def root(version: bool = typer.Option(False, "--version", help="Print the version and stop.")) -> None:
    """Designs, runs and judges MDMA-assisted therapy for PTSD, from one protocol file."""
    if version:
        typer.echo(f"holdfast {__version__}")
        raise typer.Exit


@app.command()
def check(
    study: Annotated[str, typer.Argument(help="A shipped study, or the path of a study file.")],
) -> None:
    """Compile a study file: one line where it is sound, else a line for every problem (exit 2)."""
    from holdfast.protocol.command import check as run
    from holdfast.studies import path_of

    typer.echo(run(path_of(study)))


@app.command()
def show(
    study: Annotated[str, typer.Argument(help="A shipped study, or the path of a study file.")],
    html: Annotated[Path | None, typer.Option(help="Write one HTML page here instead of printing.")] = None,
) -> None:
    """Put a protocol into words: schedule of activities, every rule, every figure with its source."""
    from rich.console import Console

    from holdfast.protocol.command import show as run
    from holdfast.studies import path_of

    run(path_of(study), page=html, console=Console(highlight=False))


@app.command()
def diff(
    old: Annotated[str, typer.Argument(help="A shipped study, or the path of a study file.")],
    new: Annotated[str, typer.Argument(help="Another, or a later version.")],
) -> None:
    """Say what changed in meaning from one study file to another (exit 0 whether or not anything did)."""
    from holdfast.protocol.command import diff as run
    from holdfast.studies import path_of

    for line in run(path_of(old), path_of(new)):
        typer.echo(line)


@app.command()
def rehearse(
    study: Annotated[str, typer.Argument(help="A shipped study, or the path of a study file.")],
    out: Annotated[Path, typer.Option(help="The folder to write; it must not be there yet.")],
    seed: Annotated[
        int, typer.Option(min=0, max=LARGEST_SEED, help="The seed: the same seed gives the same records.")
    ] = 1,
) -> None:
    """Play one whole trial of virtual participants, analyse it, and write records, tables and report."""
    from holdfast.planning.command import rehearse as run

    run(study, seed=seed, out=out)


@app.command()
def simulate(
    studies: Annotated[list[str], typer.Argument(help="Shipped studies, or paths of study files.")],
    assume: Annotated[Path | None, typer.Option(help="Another assumption file for all of them.")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="name=value, as often as needed.")] = None,
    grid: Annotated[
        list[str] | None, typer.Option(help="name=a,b,c: every combination is simulated.")
    ] = None,
    trials: Annotated[int, typer.Option(help="How many trials of each scenario, 20 at least.")] = 10_000,
    seed: Annotated[
        int, typer.Option(min=0, max=LARGEST_SEED, help="The seed: the same seed gives the same results.")
    ] = 1,
    workers: Annotated[int | None, typer.Option(help="How many at once; else one for each core.")] = None,
    engine: Annotated[str | None, typer.Option(help="dask://HOST:PORT instead of this machine.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a summary.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write JSON and report into this folder; given again, it goes on.")
    ] = None,
    find: Annotated[str | None, typer.Option(help="n: look for the smallest n with the power.")] = None,
    power: Annotated[float, typer.Option(help="With --find: the power to reach.")] = 0.9,
    yes: Annotated[bool, typer.Option("--yes", help="Begin even a run that takes hours.")] = False,
    names: Annotated[bool, typer.Option("--names", help="List what may be set, and stop.")] = False,
) -> None:
    """Simulate many trials of a design: power, bias, coverage, duration, cost, each with its error."""
    from holdfast.planning.command import list_names
    from holdfast.planning.command import simulate_studies as run

    if names:
        list_names(studies, assume=assume)
        return
    run(
        studies,
        assume=assume,
        set_=set_ or (),
        grid=grid or (),
        trials=trials,
        seed=seed,
        workers=workers,
        engine=engine,
        as_json=json,
        out=out,
        sought=find,
        power=power,
        yes=yes,
    )


@app.command()
def calibrate(
    study: str = typer.Argument(help="A shipped study, or the path of a study file."),
    trials: int = typer.Option(2000, min=20, help="How many trials to draw at each expectancy share."),
    seed: int = typer.Option(
        1, min=0, max=LARGEST_SEED, help="The seed: the same seed gives the same table."
    ),
    out: Annotated[Path | None, typer.Option(help="Write the page here instead of printing it.")] = None,
) -> None:
    """Set the virtual participants beside the published trials, misfits included."""
    from holdfast.simulation.command import calibrate as run

    run(study, trials=trials, seed=seed, out=out)


class Structure(StrEnum):
    """Covariance structures; a last h means a variance for each visit."""

    us = "us"
    ar1 = "ar1"
    ar1h = "ar1h"
    cs = "cs"
    csh = "csh"
    toep = "toep"
    toeph = "toeph"
    ad = "ad"
    adh = "adh"


class Sandwich(StrEnum):
    """Cluster-robust errors: bias-reduced, or the plain sandwich."""

    cr2 = "cr2"
    cr0 = "cr0"


class Likelihood(StrEnum):
    """Restricted or full maximum likelihood."""

    reml = "reml"
    ml = "ml"


class Freedom(StrEnum):
    """Degrees of freedom: the linear Kenward-Roger, or Satterthwaite."""

    kr = "kr"
    satterthwaite = "satterthwaite"


@app.command()
def mmrm(
    file: Annotated[Path, typer.Argument(help="A CSV file, one row per subject and visit.")],
    response: Annotated[str, typer.Option(help="The column of the outcome.")],
    subject: Annotated[str, typer.Option(help="The column that tells subjects apart.")],
    visit: Annotated[str, typer.Option(help="The column of the visit.")],
    arm: Annotated[str, typer.Option(help="The column of the arm.")],
    covariates: Annotated[str, typer.Option(help="Columns, with commas; text ones become factors.")] = "",
    by_visit: Annotated[str, typer.Option(help="Covariates whose effect may differ by visit.")] = "",
    factors: Annotated[str, typer.Option(help="Covariates that are factors though they are numbers.")] = "",
    reference: Annotated[str | None, typer.Option(help="The arm to compare with; else the first.")] = None,
    visits: Annotated[str, typer.Option(help="The visits to analyse, in order, with commas.")] = "",
    structure: Annotated[Structure, typer.Option(help="Covariance of a subject's visits.")] = Structure.us,
    group: Annotated[
        str | None, typer.Option(help="A column, such as the arm's: a covariance for each of its values.")
    ] = None,
    pair: Annotated[
        str | None, typer.Option(help="The column of the therapist pair: random effects of it, and by arm.")
    ] = None,
    cluster: Annotated[
        str | None, typer.Option(help="A column, such as the subject's: cluster-robust errors.")
    ] = None,
    robust: Annotated[Sandwich, typer.Option(help="The kind of cluster-robust errors.")] = Sandwich.cr2,
    method: Annotated[Likelihood, typer.Option(help="How to fit.")] = Likelihood.reml,
    df: Annotated[Freedom, typer.Option(help="Degrees of freedom.")] = Freedom.kr,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Analyse a long table by a mixed model for repeated measures: arm, visit and their product."""
    from holdfast.statistics.command import analyse_file, as_json, show
    from holdfast.statistics.long_table import Roles

    roles = Roles(
        response=response,
        subject=subject,
        visit=visit,
        arm=arm,
        covariates=_names(covariates),
        by_visit=_names(by_visit),
        factors=_names(factors),
        reference=reference,
        visits=_names(visits),
    )
    fit = analyse_file(
        file, roles=roles, method=method.value, df=df.value, structure=structure.value,
        group=group, pair=pair, cluster=cluster, robust=robust.value,
    )  # fmt: skip
    if json:
        typer.echo(as_json(fit))
    else:
        show(fit, response=response)


class Genotype(StrEnum):
    """CYP2D6 classes."""

    poor = "poor"
    intermediate = "intermediate"
    normal = "normal"
    ultrarapid = "ultrarapid"


class Kinetics(StrEnum):
    """A published and linear; B proposed, the drug inactivates its own enzyme."""

    A = "A"
    B = "B"


@app.command()
def explain(
    dose: Annotated[float, typer.Option(help="The first dose, mg of MDMA HCl, as studies gave it.")],
    out: Annotated[Path, typer.Option(help="The file to write: .html, .svg or .json.")],
    supplement: Annotated[
        list[str] | None, typer.Option(help="A later dose as mg@hours, such as 60@1.75; may be repeated.")
    ] = None,
    weight: Annotated[float | None, typer.Option(help="Body weight, kg; else people differ.")] = None,
    genotype: Annotated[Genotype | None, typer.Option(help="CYP2D6 class; else people differ.")] = None,
    medicine: Annotated[
        list[str] | None, typer.Option("--with", help="A medicine taken with it, such as paroxetine.")
    ] = None,
    model: Annotated[Kinetics, typer.Option(help="The kinetic model.")] = Kinetics.B,
    fed: Annotated[bool, typer.Option("--fed", help="After a meal.")] = False,
) -> None:
    """Draw what published studies would lead one to expect of a dosing day, for staff and researchers."""
    from holdfast.pharmacology.command import explain as run

    said = run(
        dose=dose, supplements=supplement or [], weight=weight, genotype=genotype and genotype.value,
        medicines=medicine or [], model=model.value, fed=fed, out=out,
    )  # fmt: skip
    typer.echo(said)


@app.command()
def evidence(
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    out: Annotated[Path | None, typer.Option(help="The file to write: .html or .json.")] = None,
) -> None:
    """Show what trials found, how certain it is, what can go wrong, and what regulators decided."""
    from rich.console import Console

    from holdfast.evidence.command import evidence as run

    run(json_wanted=json, out=out, console=Console(highlight=False))


class Recruiting(StrEnum):
    """Which trials: those that take people, those that do or may soon, or all."""

    recruiting = "recruiting"
    open = "open"
    all = "all"


@app.command()
def find(
    near: Annotated[str | None, typer.Option(help="LAT,LON in degrees: the nearest first.")] = None,
    country: Annotated[
        str | None, typer.Option(help="Trials of a country, by its two letters, and its lawful routes.")
    ] = None,
    status: Annotated[Recruiting, typer.Option(help="Which trials.")] = Recruiting.open,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Ask the registry first, always the same question.")
    ] = False,
) -> None:
    """Find trials of MDMA in PTSD and lawful routes; works without a network, where you are stays here."""
    from rich.console import Console

    from holdfast.evidence.registry.command import find as run

    run(
        near=near, country=country, status=status.value, fresh=refresh, as_json=json, today=date.today(),
        console=Console(highlight=False),
    )  # fmt: skip


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _add_installed_commands() -> None:
    # The clinic is an extra: found by entry point, never imported by name (law 2).
    wanted = set(sys.argv[1:2])
    for entry in entry_points(group="holdfast.commands"):
        if entry.name in wanted or not wanted or wanted & {"--help", "-h"}:
            try:
                app.add_typer(entry.load(), name=entry.name)
            except ModuleNotFoundError as missing:
                if entry.name in wanted:
                    sys.exit(
                        f"holdfast {entry.name} needs the extra {entry.name!r}: "
                        f"pip install 'holdfast[{entry.name}]' ({missing.name} is missing)."
                    )


def _any_terminal() -> None:
    # Where a terminal cannot show a character, a question mark says more than a failure.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _write_no_more() -> None:
    # What is still buffered would fail a second time when Python ends, as a traceback.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)


def main() -> None:
    """Run the command line, turning refusals into sentences and exit codes."""
    _any_terminal()
    _add_installed_commands()
    try:
        app()
    except Refusal as refusal:
        typer.echo(str(refusal), err=True)
        raise SystemExit(2) from None
    except HoldfastError as error:
        typer.echo(str(error), err=True)
        raise SystemExit(1) from None
    except OSError as error:
        _write_no_more()
        place = f"{error.filename}: " if error.filename else ""
        typer.echo(f"This machine refused: {place}{error.strerror or error}.", err=True)
        raise SystemExit(1) from None
