"""The ledger on a real PostgreSQL: one writer, answered once, nothing changed, everything verified."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid5

import psycopg
import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, connections, transaction

from clinic.scene import NAMESPACE, SITE, Scene, protocol, reading
from holdfast.clinic import backup
from holdfast.clinic.keys.models import DataKey
from holdfast.clinic.ledger import read, standings, write
from holdfast.clinic.ledger.models import ParticipantRow
from holdfast.clinic.ledger.rebuild import rebuild
from holdfast.clinic.ledger.rights import ADD_ONLY
from holdfast.clinic.ledger.verify import verify
from holdfast.conduct import actions as act
from holdfast.conduct.book import Book
from holdfast.conduct.standing import fold
from holdfast.errors import BrokenRecord, Conflict, ImpossibleValue, Refusal, Unavailable, UnknownName
from holdfast.protocol.roles import Role
from holdfast.records import ndjson
from scale import scaled

pytestmark = pytest.mark.postgres
SESSION = "session/P-001/dosing-1"


@pytest.fixture
def scene(database: str) -> Scene:
    """A study in the clinic with somebody in a dosing session."""
    made = Scene(protocol()).open().ready("P-001").randomised("P-001").in_session("P-001")
    write.take_in(made.book.sealed)
    return made


def count(table: str = "ledger_envelope") -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


def as_owner(statement: str) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SET session_replication_role = replica"
        )  # triggers off: what only an intruder could do
        cursor.execute(statement)
        cursor.execute("SET session_replication_role = origin")


# --- performing ---------------------------------------------------------------------


def test_a_study_performed_action_by_action_equals_the_same_in_the_book(database: str) -> None:
    whole = Scene(protocol()).open()
    taken: list[act.Action] = []
    made = Scene(protocol())
    original = Book.perform

    def both(book: Book, action: act.Action, now: datetime) -> object:
        given = protocol() if isinstance(action.what, act.OpenStudy) else None
        outcome = write.perform(action, now=now, protocol=given)
        decision = original(book, action, now)
        assert list(outcome.records) == decision
        taken.append(action)
        return decision

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Book, "perform", both)
        made.open().ready("P-001").randomised("P-001").in_session("P-001")
    assert len(taken) > 50
    assert read.records(made.study) == made.book.records
    assert whole.book.records == made.book.records[: len(whole.book.records)]
    for stream in {record.stream for record in made.book.records}:
        standings.kept.clear()
        assert read.standing(made.study, stream) == made.book.standing(stream)
    assert verify().records == len(made.book.records)


def test_the_same_action_again_is_answered_as_the_first_time(scene: Scene) -> None:
    action = scene.action(reading("P-001", "dosing-1", 130.0), Role.THERAPIST)
    first = write.perform(action, now=scene.now)
    before = count()
    later = replace(
        action,
        stamp=replace(
            action.stamp, happened_at=replace(action.stamp.happened_at, at=scene.now + timedelta(seconds=9))
        ),
    )
    again = write.perform(later, now=scene.now + timedelta(seconds=9))
    assert again.replay
    assert not first.replay
    assert again.records == first.records
    assert count() == before


def test_the_same_id_with_other_content_is_a_conflict_and_changes_nothing(scene: Scene) -> None:
    action = scene.action(reading("P-001", "dosing-1", 130.0), Role.THERAPIST)
    write.perform(action, now=scene.now)
    before = count()
    for other in (
        replace(action, what=replace(action.what, systolic=131.0)),
        replace(action, stamp=replace(action.stamp, author="s01-physician")),
        replace(
            action,
            stamp=replace(
                action.stamp, happened_at=replace(action.stamp.happened_at, at=scene.now - timedelta(hours=1))
            ),
        ),
    ):
        with pytest.raises(Conflict, match="already recorded"):
            write.perform(other, now=scene.now)
    taken_in = scene.book.records[0]
    with pytest.raises(Conflict):
        write.perform(
            scene.action(reading("P-001", "dosing-1", 120.0), Role.THERAPIST, own=taken_in.id), now=scene.now
        )
    assert count() == before


def test_a_refused_request_leaves_nothing(scene: Scene) -> None:
    before, heads, acts = count(), count("ledger_head"), count("ledger_act")
    outcome = write.perform(scene.action(act.Randomise(participant="P-001"), Role.COORDINATOR), now=scene.now)
    assert outcome.refused is not None
    assert "already-randomised" in {reason.code for reason in outcome.refused.reasons}
    assert (count(), count("ledger_head"), count("ledger_act")) == (before, heads, acts)


def test_what_cannot_be_is_sent_back_and_leaves_nothing(scene: Scene) -> None:
    before = count()
    with pytest.raises(ImpossibleValue):
        write.perform(scene.action(reading("P-001", "dosing-1", 900.0), Role.THERAPIST), now=scene.now)
    with pytest.raises(UnknownName):
        write.perform(scene.action(reading("P-404", "dosing-1", 120.0), Role.THERAPIST), now=scene.now)
    action = scene.action(reading("P-001", "dosing-1", 120.0), Role.THERAPIST, reason="a\x00b")
    with pytest.raises(ImpossibleValue, match="NUL"):
        write.perform(action, now=scene.now)
    assert count() == before


def test_an_unknown_study_is_told(database: str) -> None:
    with pytest.raises(UnknownName, match="no study"):
        write.perform(
            Scene(protocol()).action(act.LockStudy(data_hash=""), Role.SPONSOR), now=Scene(protocol()).now
        )


def test_standings_in_memory_equal_the_fold_from_zero(scene: Scene) -> None:
    for systolic in range(110, 130):
        write.perform(
            scene.action(reading("P-001", "dosing-1", float(systolic)), Role.THERAPIST), now=scene.now
        )
    warm = read.standing(scene.study, SESSION)
    assert warm == fold(SESSION, read.records(scene.study, stream=SESSION))


def test_one_hundred_connections_randomise_one_hundred_people_into_one_hundred_slots(database: str) -> None:
    people = [f"P-{number:03d}" for number in range(1, scaled(100) + 1)]
    made = Scene(protocol()).open(slots=len(people))
    for person in people:
        made.ready(person)
    write.take_in(made.book.sealed)
    actions = [made.action(act.Randomise(participant=person), Role.COORDINATOR) for person in people]
    barrier, outcomes = threading.Barrier(len(people)), []
    preparing_connections(len(people))

    def one(action: act.Action) -> None:
        connection.ensure_connection()
        barrier.wait()
        outcomes.append(write.perform(action, now=made.now))
        connection.close()

    threads = [threading.Thread(target=one, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == len(people)
    assert all(outcome.refused is None for outcome in outcomes)
    slots = [record.fact.slot for record in read.records(made.study, kinds=["randomised"])]
    assert len(set(slots)) == len(people)
    assert set(slots) == {f"{SITE}-{number:03d}" for number in range(1, len(people) + 1)}
    assert verify().records == count()


def preparing_connections(number: int) -> None:
    connection.close()
    connection.close_pool()
    connection.settings_dict["OPTIONS"]["pool"]["max_size"] = number + 5


def test_two_senders_of_one_action_at_once_leave_it_once(scene: Scene) -> None:
    action = scene.action(reading("P-001", "dosing-1", 130.0), Role.THERAPIST)
    before, barrier, outcomes = count(), threading.Barrier(8), []

    def one() -> None:
        barrier.wait()
        outcomes.append(write.perform(action, now=scene.now))
        connection.close()

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcome.replay for outcome in outcomes) == [False] + [True] * 7
    assert count() == before + len(outcomes[0].records)


# --- add only -----------------------------------------------------------------------------


@pytest.mark.parametrize("table", ADD_ONLY)
@pytest.mark.parametrize("alias", ["default", "owner"])
def test_rows_are_neither_changed_nor_deleted_by_the_site_nor_by_the_owner(
    scene: Scene, table: str, alias: str
) -> None:
    with connections["owner"].cursor() as cursor:
        column = connections["owner"].introspection.get_table_description(cursor, table)[0].name
    for statement in (
        f"UPDATE {table} SET {column} = {column}",
        f"DELETE FROM {table}",
        f"TRUNCATE {table} CASCADE",
    ):
        with (
            pytest.raises(DatabaseError, match=r"permission denied|only ever added"),
            transaction.atomic(using=alias),
            connections[alias].cursor() as cursor,
        ):
            cursor.execute(statement)


def test_the_site_cannot_lift_the_guard(scene: Scene) -> None:
    for statement in (
        "ALTER TABLE ledger_envelope DISABLE TRIGGER ALL",
        "DROP TABLE ledger_envelope",
        "SET session_replication_role = replica",
        "DELETE FROM ledger_head",
        "CREATE TABLE more (n int)",
    ):
        with (
            pytest.raises(DatabaseError, match=r"permission denied|must be owner"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_flush_fails(scene: Scene) -> None:
    before = count()
    with pytest.raises(Exception, match=r"couldn't be flushed|only ever added"):
        call_command("flush", database="owner", verbosity=0, interactive=False)
    assert count() == before


# --- verifying -------------------------------------------------------------------------------


LAST = "place = (SELECT max(place) FROM ledger_envelope)"
ONE = "(SELECT id FROM ledger_envelope WHERE kind = 'randomised')"
TAMPERED = {
    "a body swapped": "UPDATE ledger_body SET content = (SELECT content FROM ledger_body LIMIT 1 OFFSET 3) "
    f"WHERE id = {ONE}",
    "an author changed": f"UPDATE ledger_envelope SET author = 'nobody' WHERE {LAST}",
    "a time moved": "UPDATE ledger_envelope SET happened_at = happened_at - interval '1 hour' "
    "WHERE kind = 'session-started'",
    "the last record cut off": f"DELETE FROM ledger_envelope WHERE {LAST}",
    "one in the middle gone": "DELETE FROM ledger_envelope WHERE kind = 'randomised'",
    "a whole stream gone": f"DELETE FROM ledger_envelope WHERE stream = '{SESSION}'",
    "a head put back": "UPDATE ledger_head SET sequence = sequence - 1 WHERE stream = 'participant/P-001'",
    "a body gone": f"DELETE FROM ledger_body WHERE id = {ONE}",
}


@pytest.mark.parametrize("what", TAMPERED)
def test_tampering_is_found(scene: Scene, what: str) -> None:
    assert verify().records == len(scene.book.records)
    as_owner(TAMPERED[what])
    with pytest.raises(BrokenRecord):
        verify()


def test_bodies_lie_encrypted_and_apart_from_other_participants_keys(scene: Scene) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(content, ''::bytea) FROM ledger_body")
        everything = bytes(cursor.fetchone()[0])
    for word in (b"P-001", b"systolic", b"Front Range", b"inactive"):
        assert word not in everything
    assert set(DataKey.objects.values_list("id", flat=True)) == {f"{scene.study}/P-001", f"{scene.study}/"}


def test_rebuilding_gives_the_rows_that_were_there(scene: Scene) -> None:
    found = rebuild()
    assert found.differed == 0
    assert found.rows > 8
    ParticipantRow.objects.update(status="lost")
    assert rebuild().differed == 2  # the wrong row went, the right one came
    assert read.participant(scene.study, "P-001").status == "randomised"


# --- exporting, importing ------------------------------------------------------------------------


def test_an_export_brought_into_an_empty_clinic_has_equal_hashes(
    scene: Scene, server: object, tmp_path: Path
) -> None:
    for systolic in (120.0, 190.0):
        write.perform(scene.action(reading("P-001", "dosing-1", systolic), Role.THERAPIST), now=scene.now)
    file, before, records = tmp_path / "clinic.zip", verify(), read.sealed()
    assert "Wrote" in backup.write(file, now=scene.now)
    assert file.stat().st_mode & 0o777 == 0o600
    resent = scene.action(reading("P-001", "dosing-1", 150.0), Role.THERAPIST)
    write.perform(resent, now=scene.now)
    backup.write(file, now=scene.now)
    before, records = verify(), read.sealed()
    empty_clinic()
    assert f"Took in {len(records):,} records" in backup.read(file)
    assert verify() == before
    assert [each.hash for each in read.sealed()] == [each.hash for each in records]
    assert read.sealed() == records
    assert write.perform(resent, now=scene.now).replay
    with pytest.raises(Conflict, match="already holds"):
        backup.read(file)


def test_the_records_of_a_rehearsal_are_brought_in(database: str, tmp_path: Path) -> None:
    made = Scene(protocol()).open().ready("P-001")
    file = tmp_path / "records.ndjson"
    ndjson.write_file(file, made.book.sealed)
    assert f"Took in {len(made.book.sealed)} records" in backup.read(file)
    assert read.sealed() == made.book.sealed


@pytest.mark.parametrize("harm", ["cut", "changed", "empty", "no zip", "missing"])
def test_a_damaged_file_is_refused_and_nothing_taken_in(database: str, tmp_path: Path, harm: str) -> None:
    file = tmp_path / "records.ndjson"
    ndjson.write_file(file, Scene(protocol()).open().book.sealed)
    whole = file.read_bytes()
    harmed = {
        "cut": whole[:-40],
        "changed": whole.replace(b"Front Range", b"Other Range", 1),
        "empty": b"",
        "no zip": b"PK\x03\x04 and then nothing of the kind",
        "missing": whole,
    }[harm]
    file.write_bytes(harmed)
    if harm == "missing":
        file.unlink()
    with pytest.raises(Refusal):
        backup.read(file)
    assert count() == 0


@pytest.mark.alone
def test_forty_five_thousand_records_are_taken_in_within_half_a_minute(database: str) -> None:
    made = Scene(protocol()).open(slots=400)
    wanted = max(4_500, scaled(45_000))
    number = 0
    while len(made.book.sealed) < wanted:
        number += 1
        made.ready(f"P-{number:04d}")
    began = time.monotonic()
    assert write.take_in(made.book.sealed) == len(made.book.sealed)
    took = time.monotonic() - began
    print(f"{len(made.book.sealed)} records in {took:.1f} s")
    # Half a minute for all of them is five times what it takes on an idle machine.
    assert took < 30 * len(made.book.sealed) / 45_000 + 3
    assert len(read.participants(made.study)) == number


def empty_clinic() -> None:
    tables = (
        "ledger_envelope, ledger_body, ledger_head, ledger_act, accounts_opened, keys_datakey, "
        + ", ".join(
            f"ledger_{name}"
            for name in ("studyrow", "protocolrow", "siterow", "appointmentrow", "participantrow")
        )
    )
    as_owner(f"TRUNCATE {tables}")
    standings.kept.clear()
    from holdfast.clinic.keys import data_keys

    data_keys.forget()


# --- not the user's doing -----------------------------------------------------------------------------


def lost(scene: Scene, prepare: Callable[[], None], restore: Callable[[], None], words: str) -> None:
    action = scene.action(reading("P-001", "dosing-1", 144.0), Role.THERAPIST)
    before = count()
    prepare()
    try:
        with pytest.raises(Unavailable, match=words):
            write.perform(action, now=scene.now)
    finally:
        restore()
    assert count() == before
    assert not write.perform(action, now=scene.now).replay


def test_a_read_only_database_is_told_and_nothing_is_half_written(scene: Scene, server: object) -> None:
    name = connection.settings_dict["NAME"]

    def read_only(on: str) -> Callable[[], None]:
        def switch() -> None:
            with connections["owner"].cursor() as cursor:
                cursor.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {on}')
            connection.close()
            connection.close_pool()

        return switch

    def restore() -> None:
        connections["owner"].close()
        connection.close()
        connection.close_pool()
        with psycopg.connect(
            **owner_of(name), options="-c default_transaction_read_only=off", autocommit=True
        ) as owner:
            owner.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')

    lost(scene, read_only("on"), restore, "can only be read")


def owner_of(name: str) -> dict[str, str]:
    known = connections["owner"].settings_dict
    return {"host": known["HOST"], "user": known["USER"], "password": known["PASSWORD"], "dbname": name}


def test_a_connection_cut_in_the_middle_is_told_and_nothing_is_half_written(scene: Scene) -> None:
    original = write._move_heads

    def cut(study: str, ends: object) -> None:
        with connections["owner"].cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE usename = 'holdfast_site' AND datname = current_database()"
            )
        original(study, ends)  # type: ignore[arg-type]

    def prepare() -> None:
        write._move_heads = cut

    def restore() -> None:
        write._move_heads = original
        connection.close()

    lost(scene, prepare, restore, "cannot be reached")


def test_an_id_made_on_a_tablet_is_kept(scene: Scene) -> None:
    own = uuid5(NAMESPACE, "a tablet's own")
    outcome = write.perform(
        scene.action(reading("P-001", "dosing-1", 133.0), Role.THERAPIST, own=own), now=scene.now
    )
    assert outcome.records[0].id == own
    assert read.record(scene.study, own) == outcome.records[0]
