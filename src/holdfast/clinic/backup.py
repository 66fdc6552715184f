"""A clinic in one file: written by ``export``, brought into another by ``import``.

A zip with ``records.ndjson`` (every record, as ``holdfast`` reads and verifies it
anywhere), ``beside.json`` (accounts, answered actions, who opened what, and the sealed
allocation keys and identities as they lie, encrypted) and ``manifest.json``. The
master key is not in it.
"""

from __future__ import annotations

import base64
import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError, connection, models, transaction

from holdfast import __version__
from holdfast.clinic.accounts.models import Opened, Person, StudyRole
from holdfast.clinic.clocks.models import Moved
from holdfast.clinic.devices.models import Device, Received, Taken
from holdfast.clinic.devices.received import place_of
from holdfast.clinic.keys import master
from holdfast.clinic.keys.models import Identity
from holdfast.clinic.ledger import write as ledger
from holdfast.clinic.ledger.models import Act
from holdfast.clinic.ledger.stored import Where, fetch
from holdfast.clinic.ledger.verify import digest_of
from holdfast.clinic.pharmacy.models import SealedKey
from holdfast.clinic.planner.models import Design, Withdrawal
from holdfast.clinic.practice.models import Chosen, Practice
from holdfast.clinic.reaching.models import Ending, Link, Passkey, PasskeyTry
from holdfast.errors import BrokenRecord, Refusal, Unavailable
from holdfast.records import ndjson
from holdfast.records.chain import verify_ledger

FORMAT = 1
BESIDE: dict[str, type[models.Model]] = {
    "people": Person,
    "study_roles": StudyRole,
    "acts": Act,
    "opened": Opened,
    "allocation_keys": SealedKey,
    "identities": Identity,
    "devices": Device,
    "device_readings": Received,
    "device_records": Taken,
    "designs": Design,
    "withdrawn_designs": Withdrawal,
    "practices": Practice,
    "practice_times": Moved,
    "practice_choices": Chosen,
    "links": Link,
    "passkeys": Passkey,
    "passkey_uses": PasskeyTry,
    "endings": Ending,
}
SEALED: dict[str, Callable[[dict[str, Any]], str]] = {
    "allocation_keys": lambda row: f"allocation/{row['study']}",
    "identities": lambda row: f"identity/{row['study']}/{row['participant']}",
    "device_readings": lambda row: place_of(row["study"], row["device"], row["says"]),
}


def write(file: Path, *, now: datetime) -> str:
    """Write the whole clinic to a file, whole or not at all; return what to tell."""
    with transaction.atomic():
        # One moment for all of it: what is answered while this runs is in it whole or not at all.
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        sealed = fetch(Where())
        beside = {name: _dump(model) for name, model in BESIDE.items()}
    digest = digest_of(verify_ledger(sealed).values())
    manifest = {
        "holdfast": __version__,
        "format": FORMAT,
        "written_at": now.isoformat(),
        "records": len(sealed),
        "digest": digest,
    }
    try:
        handle, name = tempfile.mkstemp(dir=file.resolve().parent, prefix=f".{file.name}.")  # 0600
        unfinished = Path(name)
        try:
            with os.fdopen(handle, "wb") as out, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("manifest.json", json.dumps(manifest, indent=2))
                with archive.open("records.ndjson", "w", force_zip64=True) as lines:
                    lines.writelines(ndjson.to_line(each) + b"\n" for each in sealed)
                archive.writestr("beside.json", json.dumps(beside))
            _reach_the_disk(unfinished)
            unfinished.replace(file)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise Unavailable(f"The backup {file} cannot be written: {error.strerror or error}.") from error
    return (
        f"Wrote {len(sealed):,} records to {file}.\nDigest of all heads: {digest}\n"
        "Identities and allocation keys in it open only with this clinic's keys/master: keep a copy "
        "of that file elsewhere."
    )


def _reach_the_disk(file: Path) -> None:
    with file.open("rb") as written:
        os.fsync(written.fileno())


def read(file: Path) -> str:
    """Bring a backup, or the records of a rehearsal, in; return what to tell."""
    lines, beside, manifest = _contents(file)
    try:
        sealed = list(ndjson.read(lines))
    except BrokenRecord as broken:
        raise Refusal(f"{file} is not a whole file of records. {broken}") from broken
    if not sealed:
        raise Refusal(f"{file} holds no records.")
    try:
        digest = digest_of(verify_ledger(sealed).values())
    except BrokenRecord as broken:
        raise Refusal(f"The records in {file} do not verify, so none was taken in. {broken}") from broken
    if manifest and (manifest.get("records"), manifest.get("digest")) != (len(sealed), digest):
        raise Refusal(
            f"{file} says that it holds {manifest.get('records')} records with the digest "
            f"{manifest.get('digest')}, but holds {len(sealed)} with {digest}: something was taken "
            "out or put in. None was taken in."
        )
    with transaction.atomic():
        ledger.take_in(sealed)
        try:
            closed = sum(_load(name, beside.get(name, [])) for name in BESIDE)
        except (TypeError, ValueError, KeyError, AttributeError, ValidationError, DataError) as error:
            raise Refusal(f"What lies beside the records in {file} is damaged: {error}.") from error
    told = f"Took in {len(sealed):,} records.\nDigest of all heads: {digest}"
    if closed:
        told += (
            f"\n{closed} sealed allocation keys and identities stayed out: they open only with the "
            "keys/master of the clinic they come from. To bring them along, put that file into this "
            "clinic's keys folder first."
        )
    return told


Contents = tuple[Iterable[bytes], dict[str, list[dict[str, Any]]], dict[str, Any]]


def _contents(file: Path) -> Contents:
    """Lines of records, what lies beside them, and the manifest; none of the last two in plain records."""
    try:
        if not zipfile.is_zipfile(file):
            with file.open("rb") as plain:
                return plain.readlines(), {}, {}
        with zipfile.ZipFile(file) as archive:
            manifest = json.loads(archive.read("manifest.json"))
            if manifest.get("format") != FORMAT:
                raise Refusal(
                    f"{file} is of format {manifest.get('format')}; this release reads format {FORMAT}."
                )
            lines = archive.read("records.ndjson").splitlines(keepends=True)
            return lines, json.loads(archive.read("beside.json")), manifest
    except FileNotFoundError:
        raise Refusal(f"There is no file {file}.") from None
    except OSError as error:
        raise Unavailable(f"{file} cannot be read: {error.strerror or error}.") from error
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise Refusal(
            f"{file} is not a backup that `holdfast clinic export` wrote, or it is damaged."
        ) from error


def _dump(model: type[models.Model]) -> list[dict[str, Any]]:
    names = [field.attname for field in model._meta.fields if not isinstance(field, models.BigAutoField)]
    rows = model._default_manager.values(*names)
    return [{name: _plain(row[name]) for name in names} for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, (bytes, memoryview)):
        return {"base64": base64.b64encode(bytes(value)).decode()}
    return value if isinstance(value, (str, int, float, bool, list, dict, type(None))) else str(value)


def _given(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"base64"}:
        return base64.b64decode(value["base64"])
    return value


def _load(name: str, rows: list[dict[str, Any]]) -> int:
    """Enter rows of one table, those already there left as they are; how many stayed closed."""
    given = [{field: _given(value) for field, value in row.items()} for row in rows]
    place = SEALED.get(name)
    fitting = [row for row in given if place is None or _opens(row["sealed"], place(row))]
    BESIDE[name]._default_manager.bulk_create([BESIDE[name](**row) for row in fitting], ignore_conflicts=True)
    return len(given) - len(fitting)


def _opens(sealed: bytes, place: str) -> bool:
    try:
        master.unwrap(sealed, belongs_to=place)
    except BrokenRecord:
        return False
    return True
