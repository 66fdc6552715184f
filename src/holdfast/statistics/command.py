"""What ``holdfast mmrm`` does: read a long table, fit it, print tables or JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from holdfast.statistics.fit import Method
from holdfast.statistics.long_table import Roles, read_csv, rows_of_table
from holdfast.statistics.lsmeans import DegreesOfFreedom
from holdfast.statistics.mmrm import CellEstimate, MmrmFit, fit_rows

WIDE = 1000
"""Columns of a terminal in which every table has its natural width."""
_NUMBERS = ("estimate", "se", "df", "p", "lower", "upper")


def analyse_file(path: Path, *, roles: Roles, method: Method, df: DegreesOfFreedom) -> MmrmFit:
    """Fit the long table in a CSV file. Raises TableError where it cannot be used."""
    rows, warnings = rows_of_table(read_csv(path), roles)
    return fit_rows(rows, by_visit=roles.by_visit, method=method, df=df, warnings=warnings)


def as_json(fit: MmrmFit) -> str:
    """The fit as JSON; what could not be estimated is null."""
    return json.dumps(
        {
            "contrasts": [_cell(cell) for cell in fit.contrasts],
            "neg2ll": fit.neg2ll,
            "converged": fit.converged,
            "warnings": list(fit.warnings),
            "reference": fit.reference,
            "ls_means": [_cell(cell) for cell in fit.ls_means],
            "covariance": [[_number(value) for value in row] for row in fit.covariance.tolist()],
            "subjects": fit.subjects,
            "observations": fit.observations,
            "structure": "us",
            "method": fit.method,
            "df": fit.df,
        },
        indent=2,
        ensure_ascii=False,
        allow_nan=False,
    )


def show(fit: MmrmFit, *, response: str) -> None:
    """Print the differences and the means as tables, the fit and its warnings below."""
    console = Console()
    for table in (
        _table(f"{response}: difference from {fit.reference}", fit.contrasts, with_p=True),
        _table(f"{response}: least squares means", fit.ls_means, with_p=False),
    ):
        # A number cut to the width of the terminal is a wrong number: the lines wrap instead.
        least = Console(width=WIDE).measure(table).minimum
        Console(width=max(least, console.width)).print(table)
    freedom = {"kr": "Kenward-Roger (linear)", "satterthwaite": "Satterthwaite"}[fit.df]
    console.print(
        f"{fit.observations} responses of {fit.subjects} subjects; unstructured covariance, "
        f"{fit.method.upper()}, {freedom}; intervals cover 95 %; "
        f"-2 log likelihood {fit.neg2ll:.4f}, {fit.iterations} steps.",
        highlight=False,
    )
    if not fit.converged:
        console.print("The fit did not converge: these numbers must not be reported.", style="bold red")
    for warning in fit.warnings:
        console.print(f"Note: {warning}", highlight=False, markup=False)


def _table(title: str, cells: Sequence[CellEstimate], *, with_p: bool) -> Table:
    # Text, because a label may hold brackets, which rich would read as its markup.
    table = Table(title=Text(title), title_justify="left")
    table.add_column("arm", overflow="fold", min_width=8)
    table.add_column("visit", overflow="fold", min_width=8)
    names = ("estimate", "SE", "df", *(["p"] if with_p else []), "95 % interval")
    rows = [_row(cell, with_p=with_p) for cell in cells]
    for column, written in zip(names, zip(*rows, strict=True), strict=False):
        table.add_column(column, justify="right", no_wrap=True, min_width=max(map(len, (column, *written))))
    for cell, row in zip(cells, rows, strict=True):
        table.add_row(Text(cell.arm), Text(cell.visit), *row)
    return table


def _row(cell: CellEstimate, *, with_p: bool) -> tuple[str, ...]:
    return (
        _written(cell.estimate, 3),
        _written(cell.se, 3),
        _written(cell.df, 1),
        *([_written_p(cell.p)] if with_p else []),
        "–" if math.isnan(cell.lower) else f"{cell.lower:.3f} to {cell.upper:.3f}",
    )


def _written(value: float, places: int) -> str:
    return "–" if math.isnan(value) else f"{value:.{places}f}"


def _written_p(p: float) -> str:
    return "–" if math.isnan(p) else "<0.0001" if p < 0.0001 else f"{p:.4f}"


def _cell(cell: CellEstimate) -> dict[str, object]:
    numbers = {name: _number(getattr(cell, name)) for name in _NUMBERS}
    return {"arm": cell.arm, "visit": cell.visit, **numbers}


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
