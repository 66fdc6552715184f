"""Drop the read models and make them again from the records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection, transaction

from holdfast.clinic.ledger import rows
from holdfast.clinic.ledger.standings import kept
from holdfast.clinic.ledger.stored import Where, fetch
from holdfast.clinic.ledger.write import show_all


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many rows there are now, and how many differed from those before."""

    rows: int
    differed: int

    def in_words(self) -> str:
        """One sentence for the person who asked."""
        found = "none differed" if not self.differed else f"{self.differed:,} differed and are now right"
        return f"Made {self.rows:,} rows again from the records; {found}."


def rebuild() -> Rebuilt:
    """Make every read model again, in one transaction; writers wait, readers see the old rows."""
    kept.clear()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE ledger_head IN SHARE ROW EXCLUSIVE MODE")
        before = _contents()
        for model in rows.READ_MODELS:
            model.objects.all().delete()  # type: ignore[attr-defined]
        show_all(fetch(Where()))
        after = _contents()
    differed = sum(len(after[name] ^ before[name]) for name in after)
    return Rebuilt(sum(len(held) for held in after.values()), differed)


def _contents() -> Mapping[str, frozenset[tuple[object, ...]]]:
    return {
        model.__name__: frozenset(
            model.objects.values_list(  # type: ignore[attr-defined]
                *(field.name for field in model._meta.fields if field.name != "id")
            )
        )
        for model in rows.READ_MODELS
    }
