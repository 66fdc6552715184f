"""Data keys: one for each participant's bodies, one for the other bodies of a study.

Destroying a participant's key makes their content unreadable while the chain, which
covers salted digests, still verifies.
"""

from __future__ import annotations

from collections.abc import Iterable

from holdfast.clinic.keys import cipher, master
from holdfast.clinic.keys.models import DataKey

# Keys read back from the database. One made in a transaction that may still roll back is
# not kept here: a body would be encrypted under a key that nobody has.
_known: dict[str, bytes] = {}


def key_id(study: str, stream: str) -> str:
    """The id of the key of a stream's bodies."""
    parts = stream.split("/")
    participant = parts[1] if parts[0] in ("participant", "session") else ""
    return f"{study}/{participant}"


def data_keys(ids: Iterable[str], *, make: bool = False) -> dict[str, bytes]:
    """Keys by id; ids without a key are absent unless ``make``, which makes them."""
    wanted = set(ids)
    missing = wanted - _known.keys()
    found = _read(missing)
    _known.update(found)
    absent = missing - found.keys()
    made: dict[str, bytes] = {}
    if make and absent:
        new = {each: master.wrap(cipher.new_key(), belongs_to=each) for each in sorted(absent)}
        rows = [DataKey(id=each, wrapped=wrapped) for each, wrapped in new.items()]
        DataKey.objects.bulk_create(rows, ignore_conflicts=True)
        made = _read(absent)  # of two writers one row wins; both read that one
    return {each: key for each in wanted if (key := _known.get(each) or made.get(each)) is not None}


def forget() -> None:
    """Drop the keys held in memory (another database, a destroyed key)."""
    _known.clear()


def _read(ids: set[str]) -> dict[str, bytes]:
    if not ids:
        return {}
    rows = DataKey.objects.filter(id__in=ids).values_list("id", "wrapped")
    return {name: master.unwrap(bytes(wrapped), belongs_to=name) for name, wrapped in rows}
