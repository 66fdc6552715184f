"""Anyone's long table: one row per subject and visit, checked and turned into the rows of a trial."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import polars as pl

from holdfast.errors import TableError
from holdfast.statistics.arrays import Bools, Floats, Ints
from holdfast.statistics.design import Factor, Rows

#: The column of the line each row begins on; no header cell can be called so, being stripped.
LINE = " line"
MISSING = frozenset({"", "NA", "."})
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_NOT_FINITE = re.compile(r"[+-]?(inf|infinity|nan)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Which column is what.

    ``by_visit`` and ``factors`` are covariates too, whether or not ``covariates`` names
    them. Arms and visits sort naturally; ``reference`` puts an arm first, ``visits``
    says which visits are analysed and in which order. ``labels`` are columns that tell
    subjects apart without being in the model: covariance groups, clusters, pairs.
    """

    response: str
    subject: str
    visit: str
    arm: str
    covariates: Sequence[str] = ()
    by_visit: Sequence[str] = ()
    factors: Sequence[str] = ()
    reference: str | None = None
    visits: Sequence[str] = ()
    labels: Sequence[str] = ()

    @property
    def all_covariates(self) -> tuple[str, ...]:
        """Every covariate once, in the order named."""
        return tuple(dict.fromkeys((*self.covariates, *self.by_visit, *self.factors)))


def read_csv(path: Path) -> pl.DataFrame:
    """A CSV file as text, cells stripped of blanks, with the line each row begins on.

    Python's reader, not polars': it knows the line of each row, which every refusal
    names. Raises TableError where the file is not there or is no table.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = [name.strip() for name in next(reader, [])]
            _check_header(header, path)
            rows = [(reader.line_num, row) for row in reader if row]
    except FileNotFoundError:
        raise TableError(f"There is no file {path}.") from None
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise TableError(f'{path} is not text in UTF-8: save it as "CSV UTF-8".') from error
    except csv.Error as error:
        raise TableError(f"{path} cannot be read as a CSV file: {error}.") from error
    for line, row in rows:
        if len(row) != len(header):
            raise TableError(f"{path}, line {line}: {len(row)} cells, but the header has {len(header)}.")
    columns = {name: [row[k].strip() for _, row in rows] for k, name in enumerate(header) if name}
    lines = pl.Series(LINE, [line for line, _ in rows], dtype=pl.Int64)
    return pl.DataFrame({LINE: lines, **columns}, schema_overrides=dict.fromkeys(columns, pl.String))


def _check_header(header: Sequence[str], path: Path) -> None:
    if not any(header):
        raise TableError(f"{path} is empty: the first line must name the columns.")
    repeated = sorted({name for name in header if name and header.count(name) > 1})
    if repeated:
        raise TableError(f"{path} names the column {repeated[0]!r} twice.")
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        raise TableError(f"{path} has one column, {header[0]!r}: cells must be separated by commas.")


def rows_of_table(table: pl.DataFrame, roles: Roles) -> tuple[Rows, tuple[str, ...]]:
    """The analysable rows of a table of text, and sentences on what was left out.

    Empty, NA and . are missing. Rows without a response are not used; rows without a
    covariate are dropped and counted. Raises TableError, naming the line of the file
    (the header is line 1), for anything that would make the analysis a different one.
    """
    _check_columns(table, roles)
    for role in (roles.subject, roles.visit, roles.arm):
        _check_present(table, role)
    arms = _arms(table, roles)
    visits = _visits(table, roles)
    warnings: list[str] = []
    within = table.filter(pl.col(roles.visit).is_in(visits))
    if within.height < table.height:
        warnings.append(f"{table.height - within.height} rows at visits not asked for were left out.")
    _check_unique(within, roles)
    _check_one_arm_each(within, roles)
    response = _numbers(within, roles.response)
    complete = _complete(within, (*roles.all_covariates, *roles.labels))
    observed = ~np.isnan(response)
    if not complete.all():
        warnings.append(_dropped_rows(complete, observed))
    used = observed & complete
    if not used.any():
        raise TableError(f"No row has a value of {roles.response!r} and of every covariate.")
    rows = within.filter(pl.Series(used))
    covariates, factors = _covariates(rows, roles, warnings)
    return (
        Rows(
            response=response[used],
            subject=np.unique(rows[roles.subject].to_numpy(), return_inverse=True)[1].reshape(-1),
            visit=_codes(rows, roles.visit, visits),
            arm=_codes(rows, roles.arm, arms),
            visits=visits,
            arms=arms,
            covariates=covariates,
            factors=factors,
            labels={name: _label(rows, name) for name in roles.labels},
        ),
        tuple(warnings),
    )


def natural_order(labels: Iterable[str]) -> tuple[str, ...]:
    """Distinct labels sorted with the numbers in them by value: 2 before 10, week 4 before week 12."""
    distinct = sorted(set(labels))
    if all(_NUMBER.fullmatch(label) for label in distinct):
        return tuple(sorted(distinct, key=float))
    return tuple(sorted(distinct, key=_natural_key))


def _natural_key(label: str) -> tuple[tuple[int, float, str], ...]:
    parts = re.split(r"(\d+(?:\.\d+)?)", label)
    return tuple(
        (0, float(part), "") if k % 2 else (1, 0.0, part.casefold()) for k, part in enumerate(parts) if part
    )


def _check_columns(table: pl.DataFrame, roles: Roles) -> None:
    named = (roles.response, roles.subject, roles.visit, roles.arm, *roles.all_covariates)
    there = [name for name in table.columns if name != LINE]
    for name in (*named, *roles.labels):
        if name not in there:
            raise TableError(f"The table has no column {name!r}{_instead(name, there)}")
    for name in named:
        if named.count(name) > 1:
            raise TableError(f"The column {name!r} is named for two parts of the model: each needs its own.")
    if table.height == 0:
        raise TableError("The table has a header but no rows.")


def _instead(name: str, known: Sequence[str]) -> str:
    by_folded = {each.casefold(): each for each in known}
    close = get_close_matches(name.casefold(), list(by_folded), n=1, cutoff=0.6)
    if close:
        return f"; did you mean {by_folded[close[0]]!r}?"
    return f"; there are {', '.join(map(repr, known))}."


def _check_present(table: pl.DataFrame, column: str) -> None:
    lost = table.filter(pl.col(column).is_in(list(MISSING)))
    if lost.height:
        raise TableError(
            f"{column!r} is missing on line {lost[0, LINE]}"
            f"{f' and {lost.height - 1} more' if lost.height > 1 else ''}: "
            "every row needs its subject, visit and arm."
        )


def _arms(table: pl.DataFrame, roles: Roles) -> tuple[str, ...]:
    arms = natural_order(table[roles.arm])
    if len(arms) == 1:
        raise TableError(f"There is only one arm, {arms[0]!r}: a comparison needs two.")
    if roles.reference is None:
        return arms
    if roles.reference not in arms:
        raise TableError(f"No row has the reference arm {roles.reference!r}{_instead(roles.reference, arms)}")
    return (roles.reference, *(arm for arm in arms if arm != roles.reference))


def _visits(table: pl.DataFrame, roles: Roles) -> tuple[str, ...]:
    found = natural_order(table[roles.visit])
    for visit in roles.visits:
        if visit not in found:
            raise TableError(f"No row has the visit {visit!r}{_instead(visit, found)}")
    if len(set(roles.visits)) < len(roles.visits):
        raise TableError("A visit is asked for twice.")
    return tuple(roles.visits) or found


def _check_unique(table: pl.DataFrame, roles: Roles) -> None:
    key = [roles.subject, roles.visit]
    repeated = table.filter(pl.struct(key).is_duplicated()).sort(LINE)
    if repeated.height:
        first = repeated.row(0, named=True)
        same = repeated.filter(
            (pl.col(roles.subject) == first[roles.subject]) & (pl.col(roles.visit) == first[roles.visit])
        )
        raise TableError(
            f"Subject {first[roles.subject]!r} has visit {first[roles.visit]!r} more than once "
            f"(lines {', '.join(map(str, same[LINE]))}): there may be one row for each."
        )


def _check_one_arm_each(table: pl.DataFrame, roles: Roles) -> None:
    per_subject = table.group_by(roles.subject, maintain_order=True).agg(pl.col(roles.arm).unique().sort())
    changing = per_subject.filter(pl.col(roles.arm).list.len() > 1)
    if changing.height:
        subject, arms = changing.row(0)
        raise TableError(f"Subject {subject!r} is in more than one arm ({', '.join(arms)}).")


def _numbers(table: pl.DataFrame, column: str) -> Floats:
    """(N,) the column's numbers, NaN where missing."""
    values = np.full(table.height, np.nan)
    for i, (line, text) in enumerate(zip(table[LINE], table[column], strict=True)):
        if text in MISSING:
            continue
        if not _NUMBER.fullmatch(text) or not np.isfinite(float(text)):
            raise TableError(
                f"{column!r} on line {line} is {text!r}: a number is expected, or NA where missing."
            )
        values[i] = float(text)
    return values


def _complete(table: pl.DataFrame, covariates: Sequence[str]) -> Bools:
    complete = np.ones(table.height, dtype=np.bool_)
    for name in covariates:
        complete &= ~table[name].is_in(list(MISSING)).to_numpy()
    return complete


def _dropped_rows(complete: Bools, observed: Bools) -> str:
    dropped, lost = int((~complete).sum()), int((~complete & observed).sum())
    return f"{dropped} rows without a covariate were dropped; {lost} of them had a response."


def _covariates(
    table: pl.DataFrame, roles: Roles, warnings: list[str]
) -> tuple[dict[str, Floats], dict[str, Factor]]:
    covariates, factors = {}, {}
    for name in roles.all_covariates:
        texts = table[name].to_list()
        words = [text for text in texts if not _NUMBER.fullmatch(text)]
        if name not in roles.factors and all(_NOT_FINITE.fullmatch(word) for word in words):
            covariates[name] = _numbers(table, name)
            continue
        if name not in roles.factors and 2 * len(words) < len(texts):
            warnings.append(
                f"{name!r} is taken as a factor because of {words[0]!r}; most values are numbers."
            )
        levels = natural_order(texts)
        factors[name] = Factor(codes=_codes(table, name, levels), levels=levels)
    return covariates, factors


def _label(table: pl.DataFrame, name: str) -> Factor:
    levels = natural_order(table[name])
    return Factor(codes=_codes(table, name, levels), levels=levels)


def _codes(table: pl.DataFrame, column: str, labels: Sequence[str]) -> Ints:
    index = {label: k for k, label in enumerate(labels)}
    return np.array([index[text] for text in table[column]], dtype=np.int64)
