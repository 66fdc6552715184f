"""What leaves the study: who may make it, that it is recorded first, who sees it, who is told later."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from clinic.bedside import served
from clinic.cast import browser, hidden
from clinic.scene import SITE, WHO, Scene, protocol
from clinic.test_command import run
from clinic.test_portal import own, text
from holdfast.clinic.ledger import read, verify
from holdfast.conduct import actions as act
from holdfast.protocol.roles import Role
from holdfast.records.sharing import Exported, IncludedInExport, RecipientTold

pytestmark = pytest.mark.postgres
STUDY = "inactive-placebo"
PAGE, NEW = f"/s/{STUDY}/exports/", f"/s/{STUDY}/exports/new"
PERSON = f"/s/{STUDY}/participants/P-001/"
TO = "The registry at ANU"
READ = (Role.AUDITOR, Role.COORDINATOR, Role.PHYSICIAN, Role.SPONSOR, Role.STATISTICIAN)
CLOSED = (Role.THERAPIST, Role.PHARMACIST, Role.RATER, Role.DATA_BOARD, Role.SAFETY_MONITOR)


@pytest.fixture
def scene(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """P-001 and P-002 randomised, both agreed to everything; P-003 agreed and did not enter."""
    made = Scene(protocol()).open()
    for code in ("P-001", "P-002"):
        made.ready(code).randomised(code)
    made.ready("P-003")
    made.do(act.HoldVisit(participant="P-001", visit="week-4"), Role.COORDINATOR)
    made.do(made.filled("P-001", "week-4", "PCL-5"), Role.PARTICIPANT, author="P-001")
    with served(made, monkeypatch):
        yield made


def ask(client: Client, to: str = TO, site: str = SITE, **more: str) -> Any:
    fields = {"action": hidden(text(browser(Role.STATISTICIAN).get(PAGE)))["action"], "to": to, "site": site}
    return client.post(NEW, {**fields, **more})


def unpacked(answer: Any) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def rows(files: dict[str, bytes]) -> list[dict[str, str]]:
    (name,) = [each for each in files if each.endswith("-data.csv")]
    return list(csv.DictReader(io.StringIO(files[name].decode())))


def shared(person: str) -> list[str]:
    return [each.pseudonym for each in read.participant_standing(STUDY, person).shared]


def test_the_files_are_given_away_and_stand_in_the_ledger(scene: Scene) -> None:
    answer = ask(browser(Role.STATISTICIAN))
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="REHEARSAL-inactive-placebo-registry.zip"'
    )
    files = unpacked(answer)
    assert len(files) == 5
    ids = {row["record_id"] for row in rows(files)}
    assert ids == {f"REHEARSAL-{each}" for person in ("P-001", "P-002") for each in shared(person)}
    (record,) = read.records(STUDY, kinds=("exported",))
    assert isinstance(record.fact, Exported)
    assert (record.fact.people, record.fact.to, record.author) == (2, TO, "demo-statistician")
    assert set(record.fact.files) == set(files)
    assert shared("P-003") == []
    assert verify.verify().in_words()


def test_the_id_is_random_stays_with_a_recipient_and_is_another_with_the_next(scene: Scene) -> None:
    for to in (TO, TO, "Another registry"):
        assert ask(browser(Role.STATISTICIAN), to=to).status_code == 200
    first, again, other = shared("P-001")
    assert first == again != other
    assert re.fullmatch(r"[0-9a-f]{32}", first)
    everybody = [*shared("P-001")[1:], *shared("P-002")[1:]]
    assert len(set(everybody)) == 4


def test_sent_twice_it_is_one_export_and_the_same_bytes(scene: Scene) -> None:
    client = browser(Role.STATISTICIAN)
    entry = hidden(text(client.get(PAGE)))["action"]
    one, two = (ask(client, action=entry) for _ in range(2))
    assert one.content == two.content
    assert len(read.records(STUDY, kinds=("exported",))) == 1


@pytest.mark.parametrize("role", CLOSED)
def test_others_neither_see_nor_make_it(scene: Scene, role: Role) -> None:
    client = browser(role)
    assert client.get(PAGE).status_code == 403
    assert ask(client).status_code == 403
    assert PAGE not in text(client.get(f"/s/{STUDY}/study/"))
    assert read.records(STUDY, kinds=("exported",)) == []


@pytest.mark.parametrize("role", READ)
def test_those_who_answer_for_it_see_that_it_left_and_only_the_statistician_makes_it(
    scene: Scene, role: Role
) -> None:
    assert ask(browser(Role.STATISTICIAN)).status_code == 200
    client = browser(role)
    page = text(client.get(PAGE))
    assert TO in page
    assert ("Record it and download" in page) is (role is Role.STATISTICIAN)
    assert PAGE in text(client.get(f"/s/{STUDY}/study/"))
    if role is not Role.STATISTICIAN:
        assert ask(client).status_code == 403


def test_whoever_withdrew_is_in_none_and_where_nobody_is_left_nothing_leaves(scene: Scene) -> None:
    client = own(scene)
    fields = hidden(text(client.get("/my/stop")))
    client.post("/my/stop", {**fields, "part": ["data-use"], "sure": "yes"})
    files = unpacked(ask(browser(Role.STATISTICIAN)))
    assert {row["record_id"] for row in rows(files)} == {f"REHEARSAL-{shared('P-002')[0]}"}
    assert shared("P-001") == []
    other = own(scene, "P-002")
    fields = hidden(text(other.get("/my/stop")))
    other.post("/my/stop", {**fields, "part": ["data-use"], "sure": "yes"})
    refused = ask(browser(Role.STATISTICIAN))
    assert refused.status_code == 400
    assert "Nothing left, and nothing was recorded." in text(refused)
    assert len(read.records(STUDY, kinds=("exported",))) == 1


def test_without_a_recipient_or_a_site_nothing_leaves(scene: Scene) -> None:
    client = browser(Role.STATISTICIAN)
    assert "Name the recipient." in text(ask(client, to="  "))
    assert ask(client, site="S09").status_code == 404
    assert client.get(NEW).status_code == 405
    assert read.records(STUDY, kinds=("exported",)) == []


def test_the_participant_sees_what_was_sent_and_that_it_was_called_back(scene: Scene) -> None:
    client = own(scene)
    assert "Nothing. It would stand here" in text(client.get("/my/looked"))
    ask(browser(Role.STATISTICIAN))
    page = text(client.get("/my/looked"))
    assert f"Sent to {TO} on " in page
    assert "random number" in page
    assert shared("P-001")[0] not in page
    fields = hidden(text(client.get("/my/stop")))
    client.post("/my/stop", {**fields, "part": ["data-use"], "sure": "yes"})
    tell(browser(Role.COORDINATOR))
    assert "They were told on " in text(client.get("/my/looked"))


def tell(client: Client) -> Any:
    address = f"{PERSON}do/tell-recipient"
    page = text(client.get(address))
    choice = re.search(r'value="(registry \| [^"]+)"', page)
    assert choice is not None, page
    said = {**hidden(page), "a.recipient": choice[1], "a.how": "by e-mail; removed on the same day"}
    answer = client.post(address, said)
    assert answer.status_code == 302, text(answer)
    return answer


def test_a_withdrawal_stands_on_today_and_on_the_page_until_the_recipient_is_told(scene: Scene) -> None:
    staff = browser(Role.COORDINATOR)
    assert "tell-recipient" not in text(staff.get(PERSON))
    ask(browser(Role.STATISTICIAN))
    assert "Must be told" not in text(staff.get(PERSON))
    client = own(scene)
    fields = hidden(text(client.get("/my/stop")))
    client.post("/my/stop", {**fields, "part": ["data-use"], "sure": "yes"})
    today = text(staff.get(f"/s/{STUDY}/"))
    assert f"P-001: {TO}" in today
    assert TO not in text(browser(Role.THERAPIST).get(f"/s/{STUDY}/"))
    page = text(staff.get(PERSON))
    assert "Withdrew the use of their data on " in page
    assert "Nothing more is recorded for research" in page
    assert "Must be told of the withdrawal" in page
    assert shared("P-001")[0] in page
    tell(staff)
    (record,) = [
        each for each in read.participant_records(STUDY, "P-001") if isinstance(each.fact, RecipientTold)
    ]
    assert (record.fact.to, record.author) == (TO, WHO[Role.COORDINATOR])
    assert TO not in text(staff.get(f"/s/{STUDY}/"))
    assert "Told of the withdrawal on " in text(staff.get(PERSON))


def test_the_audit_of_a_participant_tells_the_export(scene: Scene) -> None:
    ask(browser(Role.STATISTICIAN))
    held = [each.fact for each in read.participant_records(STUDY, "P-001")]
    (fact,) = [each for each in held if isinstance(each, IncludedInExport)]
    page = text(browser(Role.AUDITOR).get(f"{PERSON}changes"))
    assert "ncluded in export" in page
    assert TO in page
    assert fact.pseudonym not in page


def test_no_blinded_file_or_page_of_an_export_tells_an_arm(scene: Scene) -> None:
    files = unpacked(ask(browser(Role.STATISTICIAN)))
    slots = {read.participant_standing(STUDY, each).slot for each in ("P-001", "P-002")}
    whole = b"".join([name.encode() + content for name, content in files.items()]).decode()
    page = text(browser(Role.COORDINATOR).get(PAGE))
    for told in (*slots, "P-001", "P-002", SITE):
        assert told not in whole
    for told in (*slots, *shared("P-001")):
        assert told not in page


# --- the command -------------------------------------------------------------------------------------


def test_the_command_writes_the_same_files_and_records_them(scene: Scene, tmp_path: Path) -> None:
    words = (
        "export-registry",
        STUDY,
        "--to",
        TO,
        "--by",
        "demo-statistician",
        "--out",
        str(tmp_path / "out"),
    )
    done = run(*words)
    assert done.returncode == 0, done.stderr
    assert "5 files of 2 people" in done.stdout
    written = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    (record,) = read.records(STUDY, kinds=("exported",))
    assert set(written) == set(record.fact.files)
    assert (record.author, record.device) == ("demo-statistician", "command")
    page = unpacked(ask(browser(Role.STATISTICIAN)))
    assert page == written


def test_the_command_refuses_who_may_not_and_what_is_not_there(scene: Scene, tmp_path: Path) -> None:
    for by, study, site, said in (
        (WHO[Role.COORDINATOR], STUDY, "", "may not export"),
        ("demo-statistician", "nowhere", "", "no study"),
        ("demo-statistician", STUDY, "S09", "--site"),
    ):
        words = ("export-registry", study, "--to", TO, "--by", by, "--out", str(tmp_path / "none"))
        done = run(*words, *(("--site", site) if site else ()))
        assert done.returncode != 0
        assert said in done.stderr
    assert not (tmp_path / "none").exists()
    assert read.records(STUDY, kinds=("exported",)) == []
