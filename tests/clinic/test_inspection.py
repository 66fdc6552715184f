"""What an inspector asks of the ledger, the backup and the database beside what test_ledger.py shows."""

from __future__ import annotations

import json
import threading
import zipfile
from collections.abc import Iterable
from pathlib import Path
from uuid import uuid5

import psycopg
import pytest
from django.db import DatabaseError, connection, connections, transaction

from clinic.scene import NAMESPACE, Scene, protocol, reading
from clinic.test_ledger import as_owner, count, owner_of
from holdfast.clinic import backup, running
from holdfast.clinic.accounts.models import Person
from holdfast.clinic.embedded.server import Server
from holdfast.clinic.keys import data_keys, identity
from holdfast.clinic.ledger import protocols, read, rights, write
from holdfast.clinic.ledger.rebuild import rebuild
from holdfast.clinic.ledger.standings import kept
from holdfast.clinic.ledger.verify import verify
from holdfast.errors import BrokenRecord, Conflict, Refusal, Unavailable
from holdfast.protocol.roles import Role
from holdfast.records.envelope import Sealed

pytestmark = pytest.mark.postgres


@pytest.fixture
def scene(database: str) -> Scene:
    made = Scene(protocol()).open().ready("P-001").randomised("P-001").in_session("P-001")
    write.take_in(made.book.sealed)
    return made


def empty_the_clinic() -> None:
    kinds = ("envelope", "body", "head", "act")
    read_models = ("studyrow", "protocolrow", "siterow", "appointmentrow", "participantrow")
    for table in (*kinds, *read_models):
        as_owner(f"DELETE FROM ledger_{table}")
    kept.clear()


# --- the backup -------------------------------------------------------------------------------------


def test_a_backup_written_while_people_work_is_of_one_moment(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = backup.fetch

    def fetch_and_meanwhile(where: object) -> list[Sealed]:
        found = fetch(where)  # type: ignore[arg-type]
        worker = threading.Thread(target=meanwhile)
        worker.start()
        worker.join()
        return found

    def meanwhile() -> None:
        write.perform(scene.action(reading("P-001", "dosing-1", 121.0), Role.THERAPIST), now=scene.now)
        connections.close_all()

    before = count()
    monkeypatch.setattr(backup, "fetch", fetch_and_meanwhile)
    backup.write(tmp_path / "clinic.zip", now=scene.now)
    assert count() > before
    empty_the_clinic()
    backup.read(tmp_path / "clinic.zip")
    assert verify().records == before


def changed(file: Path, harm: dict[str, Iterable[bytes]]) -> None:
    with zipfile.ZipFile(file) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    with zipfile.ZipFile(file, "w") as other:
        for name, content in parts.items():
            other.writestr(name, b"".join(harm.get(name, [content])))


def test_a_backup_cut_at_the_end_of_a_stream_is_refused(scene: Scene, tmp_path: Path) -> None:
    """Every chain in it still verifies: only what the file says of itself tells."""
    file = tmp_path / "clinic.zip"
    backup.write(file, now=scene.now)
    with zipfile.ZipFile(file) as whole:
        lines = whole.read("records.ndjson").splitlines(keepends=True)
    changed(file, {"records.ndjson": lines[:-1]})
    empty_the_clinic()
    with pytest.raises(Refusal, match="something was taken out or put in"):
        backup.read(file)
    assert count() == 0


def test_a_backup_with_a_changed_record_is_refused_by_the_records_name(scene: Scene, tmp_path: Path) -> None:
    file = tmp_path / "clinic.zip"
    backup.write(file, now=scene.now)
    with zipfile.ZipFile(file) as whole:
        lines = whole.read("records.ndjson").splitlines(keepends=True)
    place = next(n for n, line in enumerate(lines) if b'"randomised"' in line)
    lines[place] = lines[place].replace(b"s01-coordinator", b"s01-therapist-1")
    changed(file, {"records.ndjson": lines})
    empty_the_clinic()
    with pytest.raises(Refusal, match=r"ecord \d+ of participant/P-001"):
        backup.read(file)
    assert count() == 0


@pytest.mark.parametrize(
    "row", [{"person": "x", "is_superuser": True}, {"person": 1, "last_login": "x"}, "x"]
)
def test_a_backup_with_rubbish_beside_its_records_is_refused_whole(
    scene: Scene, tmp_path: Path, row: object
) -> None:
    file = tmp_path / "clinic.zip"
    backup.write(file, now=scene.now)
    with zipfile.ZipFile(file) as whole:
        beside = json.loads(whole.read("beside.json"))
    beside["people"] = [row]
    changed(file, {"beside.json": [json.dumps(beside).encode()]})
    empty_the_clinic()
    with pytest.raises(Refusal, match="damaged"):
        backup.read(file)
    assert count() == 0


# --- the database ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("statement", [
    "UPDATE keys_datakey SET wrapped = ''", "DELETE FROM keys_datakey", "DELETE FROM keys_identity",
    "UPDATE pharmacy_sealedkey SET sealed = ''", "DELETE FROM pharmacy_sealedkey",
    "DELETE FROM accounts_studyrole", "TRUNCATE ledger_participantrow", "CREATE SCHEMA mine",
    "CREATE OR REPLACE FUNCTION holdfast_add_only() RETURNS trigger "
    "LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$", "SELECT pg_read_file('/etc/passwd')",
    "COPY ledger_studyrow TO PROGRAM 'true'", "SET ROLE holdfast_owner",
])  # fmt: skip
def test_the_site_may_not(scene: Scene, statement: str) -> None:
    with (
        pytest.raises(DatabaseError, match=r"permission denied|must be owner|no schema"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_a_site_that_would_own_its_records_does_not_start(scene: Scene) -> None:
    with pytest.raises(Refusal, match="may change records"):
        rights.grant("holdfast_owner")
    rights.grant("holdfast_site")


def test_what_was_typed_is_in_no_log_of_the_database(scene: Scene, server: Server) -> None:
    typed = "a name that nobody may read in a log"
    for alias in ("default", "owner"):
        with (
            pytest.raises(DatabaseError),
            transaction.atomic(using=alias),
            connections[alias].cursor() as cursor,
        ):
            cursor.execute("INSERT INTO ledger_envelope (study, author) VALUES ('x', %s)", [typed])
    told = server.layout.log.read_text(encoding="utf-8", errors="replace")
    assert "violates not-null constraint" in told
    assert typed not in told


def test_a_writer_that_hangs_keeps_others_waiting_for_a_while_only(scene: Scene) -> None:
    with connection.cursor() as cursor:
        for name, value in (("lock_timeout", "30s"), ("idle_in_transaction_session_timeout", "1min")):
            cursor.execute(f"SHOW {name}")
            assert cursor.fetchone() == (value,)
    action = scene.action(reading("P-001", "dosing-1", 121.0), Role.THERAPIST)
    with psycopg.connect(**owner_of(str(connection.settings_dict["NAME"]))) as hanging:
        hanging.execute("SELECT 1 FROM ledger_head WHERE stream = 'session/P-001/dosing-1' FOR UPDATE")
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        with pytest.raises(Unavailable, match="kept in this browser"):
            write.perform(action, now=scene.now)
    assert not write.perform(action, now=scene.now).replay


def test_news_are_told_after_they_are_true(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    with psycopg.connect(**owner_of(str(connection.settings_dict["NAME"])), autocommit=True) as wire:
        wire.execute(f"LISTEN {write.CHANNEL}")

        def fails(*_: object) -> None:
            raise RuntimeError("after the news was asked for")

        with monkeypatch.context() as patched:
            patched.setattr(write, "_remember", fails)
            with pytest.raises(RuntimeError):
                write.perform(
                    scene.action(reading("P-001", "dosing-1", 121.0), Role.THERAPIST), now=scene.now
                )
        assert list(wire.notifies(timeout=0.3, stop_after=1)) == []
        done = write.perform(scene.action(reading("P-001", "dosing-1", 122.0), Role.THERAPIST), now=scene.now)
        notes = [note.payload for note in wire.notifies(timeout=5, stop_after=1)]
        assert notes == [f"{scene.study} {done.records[0].stream}"]


def test_the_id_of_an_entry_of_one_study_is_none_of_another(scene: Scene) -> None:
    other = Scene(protocol("another-study")).open().ready("P-001").randomised("P-001").in_session("P-001")
    write.take_in(other.book.sealed)
    own = uuid5(NAMESPACE, "one id")
    first = scene.action(reading("P-001", "dosing-1", 121.0), Role.THERAPIST, own=own)
    assert not write.perform(first, now=scene.now).replay
    before = count()
    with pytest.raises(Conflict):
        write.perform(
            other.action(reading("P-001", "dosing-1", 121.0), Role.THERAPIST, own=own), now=other.now
        )
    assert count() == before


def test_a_protocol_changed_behind_the_ledger_decides_nothing(scene: Scene) -> None:
    as_owner("UPDATE ledger_protocolrow SET text = replace(text, 'value: 180', 'value: 280')")
    protocols._adopted.cache_clear()
    with pytest.raises(BrokenRecord, match="is another one"):
        read.protocol(scene.study)
    rebuild()
    assert read.protocol(scene.study).hash == scene.protocol.hash


REORDERED = {
    "two records exchanged": "UPDATE ledger_envelope SET sequence = 1003 - sequence "
    "WHERE stream = 'participant/P-001' AND sequence IN (1001, 1002)",
    "a body given to another": "UPDATE ledger_body b SET content = o.content, salt = o.salt, key = o.key "
    "FROM ledger_body o WHERE b.id = (SELECT id FROM ledger_envelope WHERE kind = 'randomised') AND o.id = "
    "(SELECT id FROM ledger_envelope WHERE kind = 'prescreened')",
    "a stream under another name": "UPDATE ledger_envelope SET stream = 'participant/P-009' "
    "WHERE stream = 'participant/P-001'",
    "a record in another study": "UPDATE ledger_envelope SET study = 'x' WHERE kind = 'randomised'",
    "a life changed": "UPDATE ledger_envelope SET kind = 'study-closed' WHERE kind = 'study-opened'",
}


@pytest.mark.parametrize("what", REORDERED)
def test_more_tampering_is_found(scene: Scene, what: str) -> None:
    if "exchanged" in what:
        as_owner(
            "UPDATE ledger_envelope SET sequence = sequence + 1000 "
            "WHERE stream = 'participant/P-001' AND sequence IN (1, 2)"
        )
        as_owner(
            "UPDATE ledger_envelope SET sequence = 2003 - sequence - 1000 WHERE sequence IN (1001, 1002)"
        )
    else:
        as_owner(REORDERED[what])
    kept.clear()
    data_keys.forget()
    with pytest.raises(Exception) as found:
        verify()
    assert type(found.value).__name__ in ("BrokenRecord", "UnknownName"), found.value


# --- processes -------------------------------------------------------------------------------


def test_the_web_server_is_not_told_the_owners_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDFAST_DATABASE_OWNER_URL", "postgresql://owner:secret@/x")
    monkeypatch.setenv("HOLDFAST_AS", "owner")
    told = running._environment_of_the_web(demo=True)
    assert "secret" not in " ".join(told.values())
    assert ("HOLDFAST_AS" in told, told["HOLDFAST_DEMO"]) == (False, "1")


def test_an_identity_is_in_no_backup_in_clear(scene: Scene, tmp_path: Path) -> None:
    identity.keep(scene.study, "P-001", who={"name": "Made Up"}, by="s01-coordinator", now=scene.now)
    Person.objects.enter("somebody", name="Somebody", password="a long password of a test")
    file = tmp_path / "clinic.zip"
    backup.write(file, now=scene.now)
    with zipfile.ZipFile(file) as whole:
        everything = b"".join(whole.read(name) for name in whole.namelist())
    assert b"Made Up" not in everything
    assert b"a long password of a test" not in everything
