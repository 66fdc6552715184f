"""What ``holdfast mmrm`` does: read a long table, fit it, print tables or JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from holdfast.statistics.arrays import Floats
from holdfast.statistics.fit import Method
from holdfast.statistics.joint import JointTest
from holdfast.statistics.long_table import Roles, read_csv, rows_of_table
from holdfast.statistics.lsmeans import DegreesOfFreedom
from holdfast.statistics.mmrm import CellEstimate, MmrmFit, arm_at_all_visits, arm_by_visit, fit_rows
from holdfast.statistics.robust import Robust
from holdfast.statistics.structures import WORDS, Structure

WIDE = 1000
"""Columns of a terminal in which every table has its natural width."""
_NUMBERS = ("estimate", "se", "df", "p", "lower", "upper")


def analyse_file(
    path: Path,
    *,
    roles: Roles,
    method: Method,
    df: DegreesOfFreedom,
    structure: Structure = "us",
    group: str | None = None,
    pair: str | None = None,
    cluster: str | None = None,
    robust: Robust = "cr2",
) -> MmrmFit:
    """Fit the long table in a CSV file. Raises TableError where it cannot be used.

    ``group``, ``pair`` and ``cluster`` are columns of the file, the arm's and the
    subject's among them.
    """
    own = {roles.arm: "arm", roles.subject: "subject"}
    others = dict.fromkeys(name for name in (group, pair, cluster) if name is not None and name not in own)
    rows, warnings = rows_of_table(read_csv(path), replace(roles, labels=tuple(others)))
    return fit_rows(
        rows,
        by_visit=roles.by_visit,
        method=method,
        df=df,
        structure=structure,
        group=None if group is None else own.get(group, group),
        pair=None if pair is None else own.get(pair, pair),
        cluster=None if cluster is None else own.get(cluster, cluster),
        robust=robust,
        warnings=warnings,
    )


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
            "covariance": _covariance(fit),
            "covariance_parameters": [
                {"name": p.name, "estimate": _number(p.estimate), "se": _number(p.se)} for p in fit.parameters
            ],
            "number_of_covariance_parameters": len(fit.parameters),
            "aic": _number(fit.aic),
            "bic": _number(fit.bic),
            "tests": [{"test": name, **_test(found)} for name, found in joint_tests(fit)],
            "subjects": fit.subjects,
            "observations": fit.observations,
            "structure": fit.structure,
            "method": fit.method,
            "df": fit.df,
            "robust": None if fit.model.sandwich is None else fit.model.sandwich.kind,
            "clusters": None if fit.model.sandwich is None else fit.model.sandwich.clusters,
        },
        indent=2,
        ensure_ascii=False,
        allow_nan=False,
    )


def joint_tests(fit: MmrmFit) -> tuple[tuple[str, JointTest], ...]:
    """The tests of all visits at once that the trial allows, named."""
    found = []
    if len(fit.arms) > 1 and any(math.isfinite(cell.estimate) for cell in fit.contrasts):
        found.append(("arm at all visits", arm_at_all_visits(fit)))
        if len(fit.visits) > 1 and _two_visits(fit):
            found.append(("arm by visit", arm_by_visit(fit)))
    return tuple(found)


def _two_visits(fit: MmrmFit) -> bool:
    """Whether some change of a difference from the first visit to another can be estimated."""
    known = {(cell.arm, cell.visit) for cell in fit.contrasts if math.isfinite(cell.estimate)}
    return any((arm, fit.visits[0]) in known and visit != fit.visits[0] for arm, visit in known)


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
    for name, found in joint_tests(fit):
        console.print(
            f"Test of {name}: F({found.numerator_df}, {_written(found.df, 1)}) = {_written(found.f, 3)}, "
            f"p {_written_p(found.p)}.",
            highlight=False,
        )
    each = f", one for each of {', '.join(fit.groups)}" if fit.groups else ""
    console.print(
        f"{fit.observations} responses of {fit.subjects} subjects; {WORDS[fit.structure]} covariance{each}, "
        f"{fit.method.upper()}, {_freedom(fit)}; intervals cover 95 %; "
        f"-2 log likelihood {fit.neg2ll:.4f}, {len(fit.parameters)} covariance parameters, "
        f"AIC {fit.aic:.2f}, BIC {fit.bic:.2f}, {fit.iterations} steps.",
        highlight=False,
        markup=False,
    )
    if not fit.converged:
        console.print("The fit did not converge: these numbers must not be reported.", style="bold red")
    for warning in fit.warnings:
        console.print(f"Note: {warning}", highlight=False, markup=False)


def _freedom(fit: MmrmFit) -> str:
    if fit.model.sandwich is None:
        return {"kr": "Kenward-Roger (linear)", "satterthwaite": "Satterthwaite"}[fit.df]
    kind, clusters = fit.model.sandwich.kind.upper(), fit.model.sandwich.clusters
    return f"cluster-robust errors ({kind}, {clusters} clusters, Satterthwaite)"


def _covariance(fit: MmrmFit) -> object:
    """Rows of numbers, or with groups an object of them by group."""
    if not fit.groups:
        return _rows(fit.covariance)
    each = fit.covariance.reshape(-1, len(fit.visits), len(fit.visits))
    return {group: _rows(one) for group, one in zip(fit.groups, each, strict=True)}


def _rows(matrix: Floats) -> list[list[float | None]]:
    return [[_number(value) for value in row] for row in matrix.tolist()]


def _test(found: JointTest) -> dict[str, object]:
    return {
        "f": _number(found.f),
        "numerator_df": found.numerator_df,
        "df": _number(found.df),
        "p": _number(found.p),
        "warnings": list(found.warnings),
    }


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
