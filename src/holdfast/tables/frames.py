"""What every table is built with: resolved records by kind, and frames with a declared schema."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import polars as pl

from holdfast.records.envelope import Record
from holdfast.records.fact import Fact

T = TypeVar("T", bound=Fact)
Schema = Mapping[str, type[pl.DataType] | pl.DataType]


@dataclass(frozen=True, slots=True)
class Resolved:
    """Records with their corrections applied, by kind, in the order of recording."""

    by_kind: Mapping[str, Sequence[Record]]

    def of(self, kind: type[T]) -> Iterable[tuple[Record, T]]:
        """Each record of a kind with its fact."""
        for record in self.by_kind.get(kind.KIND, ()):
            fact = record.fact
            if isinstance(fact, kind):
                yield record, fact


def resolved(records: Iterable[Record]) -> Resolved:
    """Group records whose corrections were applied by ``records.correction.resolve``."""
    by_kind: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        by_kind[record.kind].append(record)
    return Resolved(by_kind)


def participant_of(record: Record) -> str:
    """The participant a record is about, from its stream; empty for other streams."""
    parts = record.stream.split("/")
    return parts[1] if parts[0] in {"participant", "session"} and len(parts) > 1 else ""


def frame(rows: Sequence[Mapping[str, Any]], *, schema: Schema, sort: Sequence[str]) -> pl.DataFrame:
    """A frame with exactly the schema's columns and types, sorted, nulls last."""
    columns = {name: [row.get(name) for row in rows] for name in schema}
    return pl.DataFrame(columns, schema=dict(schema)).sort(list(sort), nulls_last=True)
