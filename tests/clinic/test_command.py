"""The commands as processes: exit codes and sentences, on a PostgreSQL of one's own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection, connections
from django.test import Client

from clinic.scene import Scene, protocol
from holdfast.clinic.accounts.models import Person, StudyRole
from holdfast.clinic.ledger import read as ledger
from holdfast.clinic.ledger import write
from holdfast.records import ndjson

pytestmark = pytest.mark.postgres
COMMAND = [sys.executable, "-c", "from holdfast.cli import main; main()", "clinic"]


def url(alias: str) -> str:
    known = connections[alias].settings_dict
    return f"postgresql://{known['USER']}:{known['PASSWORD']}@/{known['NAME']}?host={known['HOST']}"


def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("HOLDFAST_AS",)}
    named = {"DATABASE_URL": url("default"), "HOLDFAST_DATABASE_OWNER_URL": url("owner"), **more}
    return subprocess.run(
        [*COMMAND, *words], env={**kept, **named}, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture
def scene(database: str) -> Scene:
    made = Scene(protocol()).open().ready("P-001")
    write.take_in(made.book.sealed)
    return made


def test_verify_export_and_rebuild_on_a_postgresql_of_ones_own(scene: Scene, tmp_path: Path) -> None:
    verified = run("verify")
    assert verified.returncode == 0, verified.stderr
    assert f"{len(scene.book.sealed)} records" in verified.stdout
    exported = run("export", str(tmp_path / "clinic.zip"))
    assert exported.returncode == 0, exported.stderr
    digest = re.search(r"Digest of all heads: (\w+)", verified.stdout)
    assert digest is not None
    assert digest[0] in exported.stdout
    assert "none differed" in run("rebuild").stdout


def test_what_does_not_verify_ends_in_exit_1_and_names_the_place(scene: Scene) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "UPDATE ledger_envelope SET author = 'nobody' WHERE stream = 'participant/P-001' AND sequence = 2"
        )
        cursor.execute("SET session_replication_role = origin")
    found = run("verify")
    assert found.returncode == 1
    assert "Record 2 of participant/P-001" in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize(
    ("words", "named", "sentence"),
    [
        (("import", "no-such-file.zip"), {}, "There is no file"),
        (("verify",), {"HOLDFAST_DATABASE_OWNER_URL": ""}, "HOLDFAST_DATABASE_OWNER_URL"),
        (("account", "a/b"), {}, "without a slash"),
        (
            ("account", "x", "--study", "inactive-placebo", "--role", "therapist"),
            {},
            "not a role of the study",
        ),
        (("account", "x", "--study", "no-such", "--role", "auditor"), {}, "no study"),
        (("account", "holdfast"), {}, "the software records"),
        (
            ("account", "s01-pharmacist", "--study", "inactive-placebo", "--role", "statistician"),
            {},
            "stays apart",
        ),
        (("account", "rater-1", "--study", "inactive-placebo", "--role", "sponsor"), {}, "stays apart"),
    ],
)
def test_what_cannot_be_is_refused_with_exit_2(
    scene: Scene, words: tuple[str, ...], named: dict[str, str], sentence: str
) -> None:
    refused = run(*words, **named)
    assert refused.returncode == 2, refused.stderr
    assert sentence in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not Person.objects.filter(person="x").exists()


def test_a_study_that_is_there_already_is_not_taken_in_again(scene: Scene, tmp_path: Path) -> None:
    ndjson.write_file(tmp_path / "records.ndjson", scene.book.sealed)
    refused = run("import", str(tmp_path / "records.ndjson"))
    assert refused.returncode == 2
    assert "already holds records of inactive-placebo" in refused.stderr


def test_a_database_that_is_not_there_is_exit_1(scene: Scene) -> None:
    away = "postgresql://nobody:x@/nothing?host=/tmp/there-is-none"
    failed = run("verify", DATABASE_URL=away, HOLDFAST_DATABASE_OWNER_URL=away)
    assert failed.returncode == 1
    assert "cannot" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_an_export_that_cannot_be_written_is_exit_1_and_leaves_nothing(scene: Scene, tmp_path: Path) -> None:
    failed = run("export", str(tmp_path / "no-such-folder" / "clinic.zip"))
    assert failed.returncode == 1
    assert "cannot be written" in failed.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_account_made_by_command_signs_in_and_a_renewed_password_replaces_the_old(scene: Scene) -> None:
    made = run("account", "ida", "--name", "Ida", "--study", "inactive-placebo", "--role", "auditor")
    assert made.returncode == 0, made.stderr
    password = made.stdout.rsplit(": ", 1)[1].strip()
    assert StudyRole.objects.get(person="ida").role == "auditor"
    assert signs_in("ida", password)
    renewed = run("account", "ida").stdout.rsplit(": ", 1)[1].strip()
    assert not signs_in("ida", password)
    assert signs_in("ida", renewed)
    assert Person.objects.get(person="ida").name == "Ida"
    connection.close()


def signs_in(person: str, password: str) -> bool:
    answer = Client(SERVER_NAME="127.0.0.1").post("/sign-in", {"person": person, "password": password})
    return answer.status_code == 302


def test_words_are_brought_from_a_file_and_a_file_that_lacks_some_brings_none(
    scene: Scene, tmp_path: Path
) -> None:
    file = tmp_path / "ders.yaml"
    printed = run("wording-template", "DERS-16")
    assert printed.returncode == 0, printed.stderr
    file.write_text(printed.stdout.replace("  q16:", "  q17:"), encoding="utf-8")
    refused = run("wording", str(file), "--study", "inactive-placebo")
    assert refused.returncode == 2
    assert f"{file}:23: items.q17: found 'q17'; expected an item of DERS-16." in refused.stderr
    assert f"{file}:7: items: found no q16" in refused.stderr
    file.write_text(printed.stdout, encoding="utf-8")
    brought = run("wording", str(file), "--study", "inactive-placebo", "--by", "mia")
    assert brought.returncode == 0, brought.stderr
    assert "DERS-16 is asked in these words (en) in inactive-placebo from now on." in brought.stdout
    (record,) = ledger.records("inactive-placebo", kinds=("wording-brought",))
    assert (record.author, record.role, record.stream) == ("mia", "sponsor", "study/inactive-placebo")
    again = run("wording", str(file), "--study", "inactive-placebo")
    assert again.returncode == 2
    assert "These very words are in force already." in again.stderr
