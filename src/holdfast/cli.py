"""The command line: parse, one call, print.

Exit codes: 0 done; 2 what came in was refused, with sentences on stderr; 1 anything
that is not the user's doing. Heavy rooms are imported inside the commands that need
them: ``holdfast check`` must start at once.
"""

from __future__ import annotations

import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated

import typer

from holdfast import __version__
from holdfast.errors import HoldfastError, Refusal

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
def calibrate(
    study: str = typer.Argument(help="A shipped study, or the path of a study file."),
    trials: int = typer.Option(2000, min=20, help="How many trials to draw at each expectancy share."),
    seed: int = typer.Option(1, help="The seed: the same seed gives the same table."),
    out: Annotated[Path | None, typer.Option(help="Write the page here instead of printing it.")] = None,
) -> None:
    """Set the virtual participants beside the published trials, misfits included."""
    from holdfast.simulation.command import calibrate as run

    run(study, trials=trials, seed=seed, out=out)


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


def main() -> None:
    """Run the command line, turning refusals into sentences and exit codes."""
    _add_installed_commands()
    try:
        app()
    except Refusal as refusal:
        typer.echo(str(refusal), err=True)
        raise SystemExit(2) from None
    except HoldfastError as error:
        typer.echo(str(error), err=True)
        raise SystemExit(1) from None
