"""The pages of a programme outside trials: approvals, entering, prescribing, notices, report, outcomes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from uuid import uuid4

import pytest
from django.test import Client, override_settings

from clinic import scene as scenes
from clinic.bedside import PLAIN
from clinic.live_site import fill
from clinic.scene import SITE, WHO, Scene
from holdfast.allocation.kits import make_kits, steps_of
from holdfast.analysis.periodic import COLUMNS
from holdfast.clinic import edge
from holdfast.clinic.accounts.models import Person
from holdfast.clinic.ledger import read, write
from holdfast.clinic.pharmacy import key_store
from holdfast.conduct import actions as act
from holdfast.protocol.compiler import compile_study
from holdfast.protocol.model import Protocol
from holdfast.protocol.roles import Role
from holdfast.studies import path_of

pytestmark = pytest.mark.postgres
STUDY = "authorised-prescriber"
CONDITIONS = ("specialist", "own-product", "standard-pathway", "ethics-first", "ptsd-only")
PAGE = f"/s/{STUDY}/programme/"
PERSON = f"/s/{STUDY}/participants/P-001/"


@cache
def protocol() -> Protocol:
    return compile_study(path_of(STUDY))


def authority(state: str = "VIC") -> act.RecordAuthority:
    return act.RecordAuthority(
        prescriber=WHO[Role.PHYSICIAN], product="MDMA capsules", approval="AP-1", committee="Committee",
        ethics_approval="HREC-1", ethics_until="2027-06-30", sites=(SITE,), state=state,
        valid_from="2026-01-01", valid_until="2026-12-31",
    )  # fmt: skip


SAID = {
    "treatments_tried": 3, "travel_time": "1-to-3-hours", "travel_paid_back": "none", "payer": "self",
    "own_cost": "over-15000", "payer_cost": "not-said",
}  # fmt: skip


@pytest.fixture
def made(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """One person judged eligible, nobody entered, no approval."""
    with monkeypatch.context() as patch:
        patch.setattr(scenes, "YES", scenes.YES | {"approved_treatments_considered"})
        patch.setattr(scenes, "SAID", {**scenes.SAID, **SAID})
        scene = Scene(protocol()).open().ready("P-001")
    fill(scene)
    monkeypatch.setattr(edge, "now", lambda: scene.now + timedelta(minutes=5))
    with override_settings(STORAGES=PLAIN):
        yield scene


def browser(role: Role) -> Client:
    client = Client(SERVER_NAME="127.0.0.1")
    account = Person.objects.get(person=WHO[role])
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def send(role: Role, path: str, **given: str | tuple[str, ...]) -> tuple[int, str]:
    sent = {f"a.{name}": value for name, value in given.items()}
    answer = browser(role).post(path, {"action": str(uuid4()), **sent})
    return answer.status_code, answer.content.decode()


def shown(role: Role, path: str = PAGE) -> str:
    answer = browser(role).get(path)
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


APPROVAL = {
    "site": SITE, "state": "SA", "prescriber": WHO[Role.PHYSICIAN], "product": "MDMA capsules",
    "approval": "AP-1", "committee": "Committee", "ethics_approval": "HREC-1", "ethics_until": "2027-06-30",
    "valid_from": "2026-01-01", "valid_until": "2026-12-31", "confirmed": CONDITIONS,
}  # fmt: skip


def test_a_person_is_entered_and_never_randomised(made: Scene) -> None:
    page = shown(Role.COORDINATOR, PERSON)
    assert "Enter into treatment" in page
    assert "Randomise" not in page
    status, _ = send(Role.COORDINATOR, f"{PERSON}do/enter-treatment")
    assert status == 302
    person = read.participant_standing(STUDY, "P-001")
    assert person.entered_at is not None
    assert read.participant(STUDY, "P-001").randomised_on == person.day_one


def test_from_approval_to_prescription_to_notice(made: Scene) -> None:
    assert "nobody may prescribe" in shown(Role.COORDINATOR)
    status, page = send(Role.COORDINATOR, f"{PAGE}approval", **APPROVAL)
    assert status == 302, page
    send(Role.COORDINATOR, f"{PERSON}do/enter-treatment")
    asked = {"visit": "dosing-1", "approval": "AP-1"}
    assert send(Role.PHYSICIAN, f"{PERSON}do/prescribe", **asked)[0] == 302
    assert "Notice of a prescription of MDMA" in todo()
    notice = {"notice": "sa-chief-psychiatrist|dosing-1", "given_on": made.now.date().isoformat()}
    assert send(Role.COORDINATOR, f"{PERSON}do/give-notice", **notice)[0] == 302
    assert "No prescription, notice or report is due, and no approval ends soon." in todo()


def todo() -> str:
    return shown(Role.COORDINATOR).split('id="todo"')[1].split("</section>")[0]


def test_what_is_to_be_done_leads_to_where_it_is_done(made: Scene) -> None:
    send(Role.COORDINATOR, f"{PAGE}approval", **{**APPROVAL, "state": "VIC"})
    send(Role.COORDINATOR, f"{PERSON}do/enter-treatment")
    for page in (todo(), shown(Role.COORDINATOR, f"/s/{STUDY}/"), shown(Role.COORDINATOR, PERSON)):
        assert f'{PERSON}do/give-notice?notice=vic-form-7"' in page
        assert "do/prescribe?" not in page  # the physician's
    asked = shown(Role.COORDINATOR, f"{PERSON}do/give-notice?notice=vic-form-7")
    assert "It must hold: the psychiatrist" in asked
    today = shown(Role.PHYSICIAN, f"/s/{STUDY}/")
    assert f'{PERSON}do/prescribe?visit=dosing-1"' in today
    for role in (Role.THERAPIST, Role.PHARMACIST):
        assert "vic-form-7" not in shown(role, f"/s/{STUDY}/")


def test_an_approval_without_its_conditions_is_refused_and_names_them(made: Scene) -> None:
    status, page = send(Role.COORDINATOR, f"{PAGE}approval", **{**APPROVAL, "confirmed": CONDITIONS[:3]})
    assert status == 400
    refused = page.split('id="refused"')[1].split("</div>")[0]
    assert refused.count("Confirm first") == 2
    assert "human research ethics committee" in refused
    status, page = send(Role.COORDINATOR, f"{PAGE}approval", **{**APPROVAL, "state": "NSW"})
    assert (status, "New South Wales was asked" in page.split('id="problems"')[1].split("</div>")[0]) == (
        400,
        True,
    )
    asked = {**APPROVAL, "state": "NSW", "asked-NSW": "nsw-asked"}
    assert send(Role.COORDINATOR, f"{PAGE}approval", **asked)[0] == 302


END = {"approval": f"{SITE}|AP-1", "why": "Suspended by the regulator."}


def prescribed() -> None:
    send(Role.COORDINATOR, f"{PAGE}approval", **{**APPROVAL, "state": "NSW", "asked-NSW": "nsw-asked"})
    send(Role.COORDINATOR, f"{PERSON}do/enter-treatment")
    assert send(Role.PHYSICIAN, f"{PERSON}do/prescribe", visit="dosing-1", approval="AP-1")[0] == 302


def test_an_approval_that_ends_stops_prescribing_and_lists_whom_it_holds_up(made: Scene) -> None:
    prescribed()
    assert "Held up" not in shown(Role.COORDINATOR)
    assert "approval=S01%7CAP-1" in shown(Role.COORDINATOR)
    assert send(Role.COORDINATOR, f"{PAGE}approval/end", **END)[0] == 302
    page = shown(Role.COORDINATOR)
    held = page.split('id="held-1"')[1].split("</section>")[0]
    assert "AP-1 is not in force" in held
    assert "Suspended by the regulator." in held
    assert "P-001" in held
    assert "nobody at the site may prescribe it" in held
    status, refused = send(Role.PHYSICIAN, f"{PERSON}do/prescribe", visit="dosing-2", approval="AP-1")
    assert status == 400
    assert "AP-1" not in refused.split("Under which approval of yours")[1].split("</fieldset>")[0]
    for role in (Role.COORDINATOR, Role.PHYSICIAN, Role.THERAPIST, Role.PHARMACIST):
        assert "nobody at the site may prescribe it" in shown(role, f"/s/{STUDY}/"), role
    assert "nobody at the site may prescribe it" in shown(Role.THERAPIST, PERSON)
    assert "No approval is recorded at your site that has not ended." in shown(
        Role.COORDINATOR, f"{PAGE}approval/end"
    )


def test_an_end_needs_its_reason_and_somebody_who_may(made: Scene) -> None:
    prescribed()
    status, page = send(Role.COORDINATOR, f"{PAGE}approval/end", **{**END, "why": ""})
    assert (status, "Why it ended" in page) == (400, True)
    status, page = send(Role.COORDINATOR, f"{PAGE}approval/end", **{**END, "approval": "S09|AP-1"})
    assert status == 400
    for role in (Role.THERAPIST, Role.PHARMACIST, Role.RATER):
        assert send(role, f"{PAGE}approval/end", **END)[0] == 403
    assert read.site_standing(STUDY, SITE).authorities_ended == {}
    assert send(Role.PHYSICIAN, f"{PAGE}approval/end", **END)[0] == 302


def test_an_approval_that_soon_ends_stands_on_today(made: Scene) -> None:
    last = made.now.date() + timedelta(days=45)
    send(Role.COORDINATOR, f"{PAGE}approval", **{**APPROVAL, "valid_until": last.isoformat()})
    for role in (Role.COORDINATOR, Role.PHYSICIAN):
        assert "in 45 days. Nothing recorded takes its place." in shown(role, f"/s/{STUDY}/")
    assert "45 days" not in shown(Role.THERAPIST, f"/s/{STUDY}/")
    assert "Ends in 45 days" in shown(Role.COORDINATOR)
    assert "in 45 days. Nothing recorded takes its place." in todo()
    assert "No prescription, notice or report is due" not in todo()
    newer = {**APPROVAL, "approval": "AP-2", "valid_until": "2027-06-30"}
    assert send(Role.COORDINATOR, f"{PAGE}approval", **newer)[0] == 302
    assert "45 days." not in shown(Role.COORDINATOR, f"/s/{STUDY}/")


def test_a_prescription_without_the_notice_before_it_is_refused_in_words(made: Scene) -> None:
    send(Role.COORDINATOR, f"{PAGE}approval", **{**APPROVAL, "state": "VIC"})
    send(Role.COORDINATOR, f"{PERSON}do/enter-treatment")
    status, page = send(Role.PHYSICIAN, f"{PERSON}do/prescribe", visit="dosing-1", approval="AP-1")
    assert status == 400
    assert "First: Form 7" in page
    assert read.participant_standing(STUDY, "P-001").prescriptions == {}


def test_an_approval_with_its_dates_exchanged_is_sent_back_with_what_was_typed(made: Scene) -> None:
    wrong = {**APPROVAL, "valid_from": "2026-12-31", "valid_until": "2026-01-01"}
    status, page = send(Role.COORDINATOR, f"{PAGE}approval", **wrong)
    assert status == 400
    assert "ends before it begins" in page
    assert 'value="HREC-1"' in page


def test_the_rules_say_what_is_not_verified(made: Scene) -> None:
    rules = shown(Role.COORDINATOR).split('id="rules"')[1]
    assert rules.count(">not verified<") == 7  # five states, and two duties that are only recalled
    assert rules.count("verify: not read in the official text") == 10
    assert "Within 1 business day of each prescription" in rules
    assert "ask the Ministry of Health" in rules


def test_the_report_of_a_period_is_on_the_page_and_in_the_file(made: Scene) -> None:
    send(Role.COORDINATOR, f"{PAGE}approval", **APPROVAL)
    assert "Due on 31 July 2026" in shown(Role.COORDINATOR)
    answer = browser(Role.COORDINATOR).get(f"{PAGE}report.csv?from=2026-01-01")
    assert answer["Content-Disposition"].endswith('report-2026-01-01-to-2026-06-30.csv"')
    rows = list(csv.reader(io.StringIO(answer.content.decode())))
    assert rows[0] == ["Rehearsal: no real person"]
    assert tuple(rows[2]) == COLUMNS
    assert rows[3][:2] == ["AP-1", WHO[Role.PHYSICIAN]]
    assert rows[3][5:] == ["0"] * 6


@pytest.mark.parametrize("first", ["", "nonsense", "0001-01-01", "9999-12-31", "2026-13-40"])
def test_a_period_that_cannot_be_is_no_dead_end(made: Scene, first: str) -> None:
    assert "Periodic report" in shown(Role.COORDINATOR, f"{PAGE}?from={first}")


def test_outcomes_say_so_while_nobody_is_assessed(made: Scene) -> None:
    assert "Nobody treated has been rated" in shown(Role.COORDINATOR, f"{PAGE}outcomes")


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.COORDINATOR, 200),
        (Role.PHYSICIAN, 200),
        (Role.THERAPIST, 403),
        (Role.PHARMACIST, 403),
        (Role.RATER, 403),
    ],
)
def test_who_opens_the_pages(made: Scene, role: Role, status: int) -> None:
    for path in (PAGE, f"{PAGE}report.csv", f"{PAGE}outcomes"):
        assert browser(role).get(path).status_code == status, path


def test_a_stranger_is_asked_to_sign_in(made: Scene) -> None:
    for path in (PAGE, f"{PAGE}report.csv", f"{PAGE}outcomes", f"{PAGE}approval", f"{PAGE}approval/end"):
        assert Client(SERVER_NAME="127.0.0.1").get(path).status_code == 302


def test_the_page_of_the_study_leads_there(made: Scene) -> None:
    assert PAGE in shown(Role.COORDINATOR, f"/s/{STUDY}/study/")


def test_a_kit_is_set_aside_without_a_slot(made: Scene) -> None:
    """Where nobody is randomised the key tells kits alone, and the one that expires first is taken."""
    send(Role.COORDINATOR, f"{PERSON}do/enter-treatment")
    kits, key = make_kits(steps_of(protocol()), per_site={SITE: 2}, expires="2030-01-01", lot="L1", seed=1)
    key_store.keep(STUDY, key, secret=b"s" * 32, now=made.now)
    for kit in (each for each in kits if each.step == "s1-first"):
        arrived = act.ReceiveKit(
            kit=kit.number, step=kit.step, capsules=kit.capsules, expires=kit.expires, lot=kit.lot
        )
        for what in (arrived, act.ReleaseKit(kit=kit.number)):
            write.perform(made.action(what, Role.PHARMACIST), now=made.now)
    path = f"/s/{STUDY}/supply/for/P-001"
    answer = browser(Role.PHARMACIST).post(
        path, {"id": str(uuid4()), "visit": "dosing-1", "step": "s1-first"}
    )
    assert answer.status_code == 302, answer.content.decode()
    kit = read.session_standing(STUDY, "P-001", "dosing-1").kits["s1-first"].kit
    assert key.step_of_kit[kit] == "s1-first"


def test_a_report_that_is_owed_stands_on_today_until_it_was_sent(
    made: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(Role.COORDINATOR, f"{PAGE}approval", **APPROVAL)
    assert "Periodic report" not in shown(Role.COORDINATOR, f"/s/{STUDY}/")
    assert "No report is owed." in shown(Role.COORDINATOR, f"{PAGE}report/sent")
    july = made.now.replace(month=7, day=10)
    monkeypatch.setattr(edge, "now", lambda: july)
    today = shown(Role.COORDINATOR, f"/s/{STUDY}/")
    assert "Periodic report, 1 Jan to 30 Jun 2026" in today
    assert "by 31 Jul 2026" in today
    assert "Periodic report, 1 Jan to 30 Jun 2026" in todo()
    assert "Periodic report" not in shown(Role.THERAPIST, f"/s/{STUDY}/")
    given = {
        "report": f"{SITE}|2026-01-01",
        "sent_on": "2026-07-09",
        "reference": "R-7",
        "copied_to": "Committee",
    }
    status, page = send(Role.COORDINATOR, f"{PAGE}report/sent", **{**given, "sent_on": "2026-06-01"})
    assert (status, "was not over" in page) == (400, True)
    assert send(Role.THERAPIST, f"{PAGE}report/sent", **given)[0] == 403
    assert send(Role.COORDINATOR, f"{PAGE}report/sent", **given)[0] == 302
    assert "Periodic report" not in shown(Role.COORDINATOR, f"/s/{STUDY}/")
    page = shown(Role.COORDINATOR, f"{PAGE}?from=2026-01-01")
    assert "on 9 Jul 2026" in page
    assert "copy to Committee" in page
