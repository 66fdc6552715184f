"""Who opens which page of a participant, and what stands on it."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinic.cast import STUDY, bring, browser, hidden, small_study
from clinic.scene import WHO, Scene
from holdfast.clinic.accounts.models import Opened
from holdfast.clinic.ledger import read
from holdfast.protocol.roles import Role

pytestmark = pytest.mark.postgres

ROLES = (
    Role.COORDINATOR, Role.THERAPIST, Role.PHYSICIAN, Role.PHARMACIST, Role.RATER,
    Role.SAFETY_MONITOR, Role.DATA_BOARD, Role.STATISTICIAN, Role.SPONSOR, Role.AUDITOR,
)  # fmt: skip
BASE = f"/s/{STUDY}"
PERSON = f"{BASE}/participants/P-001"
YES, NO = 200, 403
PAGES = {
    # the roles in the order of ROLES
    "/": (YES,) * 10,
    f"{BASE}/": (YES, YES, YES, YES, NO, YES, NO, NO, NO, YES),
    f"{BASE}/participants/": (YES, YES, YES, YES, NO, YES, NO, NO, NO, YES),
    f"{BASE}/newcomer": (YES, NO, YES, NO, NO, NO, NO, NO, NO, NO),
    f"{PERSON}/": (YES, YES, YES, YES, NO, YES, NO, NO, NO, YES),
    f"{PERSON}/changes": (YES, YES, YES, YES, NO, YES, NO, NO, NO, YES),
    f"{PERSON}/visits/screening/": (YES, YES, YES, YES, NO, YES, NO, NO, NO, YES),
    f"{PERSON}/visits/screening/C-SSRS/physician": (YES, YES, YES, NO, NO, YES, NO, NO, NO, YES),
    f"{PERSON}/visits/prep-1/C-SSRS/therapist": (YES, YES, YES, NO, NO, NO, NO, NO, NO, NO),
    f"{PERSON}/visits/week-4/CAPS-5/rater": (NO, NO, NO, NO, NO, NO, NO, NO, NO, NO),
    f"{PERSON}/do/schedule-visit": (YES, YES, NO, NO, NO, NO, NO, NO, NO, NO),
    f"{PERSON}/do/randomise": (YES, NO, NO, NO, NO, NO, NO, NO, NO, NO),
    f"{PERSON}/do/assess-eligibility": (NO, NO, YES, NO, NO, NO, NO, NO, NO, NO),
    f"{PERSON}/do/adverse-event": (YES, YES, YES, NO, NO, NO, NO, NO, NO, NO),
    f"{PERSON}/do/acknowledge-risk": (NO, YES, YES, NO, NO, NO, NO, NO, NO, NO),
    f"{BASE}/tasks/": (NO, NO, NO, NO, YES, NO, NO, NO, NO, NO),
    f"{BASE}/study/": (YES,) * 10,
    f"{BASE}/study/schedule-of-activities/": (YES,) * 10,
    f"{PERSON}/visits/nowhere/": (404, 404, 404, 404, NO, 404, NO, NO, NO, 404),
    f"{BASE}/participants/P-999/": (404,) * 10,
    "/s/nothing/participants/": (NO,) * 10,
}


@pytest.fixture
def scene(database: str) -> Scene:
    made = small_study()
    bring(made)
    return made


def test_each_role_opens_what_it_may_and_nothing_else(scene: Scene) -> None:
    found = {}
    for index, role in enumerate(ROLES):
        client = browser(role)
        for address, expected in PAGES.items():
            status = client.get(address).status_code
            if status != expected[index]:
                found[role.value, address] = (status, expected[index])
    assert found == {}


def test_a_stranger_is_asked_to_sign_in(scene: Scene) -> None:
    stranger = Client(SERVER_NAME="127.0.0.1")
    for address in PAGES:
        answer = stranger.get(address)
        if address == "/":
            assert answer.status_code == 200
            assert b"MDMA is an approved medicine nowhere" in answer.content
        else:
            assert (answer.status_code, answer.headers["Location"]) == (302, f"/sign-in?next={address}")


def test_navigation_shows_only_what_the_role_may_open(scene: Scene) -> None:
    def places(role: Role) -> list[str]:
        page = browser(role).get(f"{BASE}/study/").content.decode()
        nav = re.search(r'<nav class="nav".*?</nav>', page, re.DOTALL)
        assert nav
        return re.findall(r">([^<>\n]+)</a>", nav.group())

    assert places(Role.RATER) == ["My ratings", "Study"]
    assert places(Role.THERAPIST) == ["Today", "Participants", "Sessions", "Devices", "Study"]
    assert places(Role.STATISTICIAN) == ["Report", "Planner", "Study"]


def test_every_page_of_a_rehearsal_says_so_and_none_is_called_an_alarm(scene: Scene) -> None:
    client = browser(Role.COORDINATOR)
    for address in PAGES:
        answer = client.get(address)
        if "/s/inactive-placebo/" in address:
            assert b"Rehearsal: no real person" in answer.content, address
        assert b"not the primary patient alarm and not a medical device" in answer.content, address


def test_the_list_takes_three_queries_and_is_sorted_by_urgency(scene: Scene) -> None:
    client = browser(Role.COORDINATOR)
    client.get(f"{BASE}/participants/")  # the protocol is compiled and kept
    with CaptureQueriesContext(connection) as queries:
        page = client.get(f"{BASE}/participants/").content.decode()
    asked = [each["sql"] for each in queries if "ledger_participantrow" in each["sql"]]
    assert len(asked) == 1
    assert len(queries) <= 17  # session, account, roles and frame included; none per participant
    assert re.findall(r">(P-00\d)</a>", page)[0] in {"P-001", "P-002", "P-003", "P-004"}


def test_the_list_is_filtered_by_code_and_status(scene: Scene) -> None:
    client = browser(Role.COORDINATOR)
    found = client.get(f"{BASE}/participants/", {"find": "p-003"}).content.decode()
    assert re.findall(r">(P-00\d)</a>", found) == ["P-003"]
    nobody = client.get(f"{BASE}/participants/", {"find": "x"}).content.decode()
    assert "Nobody fits" in nobody


def test_the_page_says_what_is_next_and_what_would_settle_eligibility(scene: Scene) -> None:
    page = browser(Role.PHYSICIAN).get(f"{BASE}/participants/P-004/").content.decode()
    assert "Next: fill the open forms of Screening" in re.sub(r"\s+", " ", page)
    assert "Unknown: what would settle it" in page
    assert "age &gt;= 18 years" in page
    assert "Settled by: Age (Demographics)" in page


def test_scores_are_shown_to_those_the_protocol_lets_read_the_form(scene: Scene) -> None:
    def scores(role: Role) -> set[str]:
        page = browser(role).get(f"{PERSON}/").content.decode()
        part = page[page.index('id="forms"') : page.index('id="events"')]
        return set(re.findall(r"<summary><span>([^<]+)<br>", part))

    readable = {"Columbia-Suicide Severity Rating Scale", "Primary Care PTSD Screen", "Vital signs"}
    assert scores(Role.THERAPIST) == readable
    assert scores(Role.PHYSICIAN) == readable | {
        "PTSD Checklist for DSM-5", "Patient Health Questionnaire",
        "Difficulties in Emotion Regulation Scale", "Alcohol Use Disorders Identification Test",
    }  # fmt: skip
    assert scores(Role.PHARMACIST) == set()


def test_no_page_of_a_blinded_role_holds_an_arm(scene: Scene) -> None:
    words = re.compile(r"mdma arm|assigned to (mdma|placebo)|\b\d+\s?mg\b", re.IGNORECASE)
    for role in (Role.COORDINATOR, Role.THERAPIST, Role.PHYSICIAN, Role.RATER, Role.AUDITOR):
        client = browser(role)
        for address in PAGES:
            if "participants" in address or "tasks" in address:
                assert not words.search(client.get(address).content.decode()), (role, address)


def test_opening_a_participant_leaves_a_row_that_the_page_shows(scene: Scene) -> None:
    browser(Role.AUDITOR).get(f"{PERSON}/")
    assert Opened.objects.filter(participant="P-001", person="demo-auditor").count() == 1
    page = browser(Role.COORDINATOR).get(f"{PERSON}/changes").content.decode()
    assert "demo-auditor" in page or "Auditor" in page


def test_randomise_is_refused_with_every_reason_and_records_nothing(scene: Scene) -> None:
    client = browser(Role.COORDINATOR)
    address = f"{BASE}/participants/P-004/do/randomise"
    before = len(read.records(STUDY))
    answer = client.post(address, hidden(client.get(address).content.decode()))
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "This cannot be done now. Nothing was recorded." in page
    assert page.count("is not filled; nobody is randomised without a baseline") == 7
    assert "Eligibility at screening was not judged yet." in page
    assert len(read.records(STUDY)) == before


def test_randomise_gives_a_slot_once_however_often_it_is_sent(scene: Scene) -> None:
    client = browser(Role.COORDINATOR)
    address = f"{BASE}/participants/P-002/do/randomise"
    form = hidden(client.get(address).content.decode())
    first, again = client.post(address, form), client.post(address, form)
    assert first.status_code == again.status_code == 302
    assert first.headers["Location"] == again.headers["Location"]
    kinds = [each.kind for each in read.records(STUDY, stream="participant/P-002")]
    assert kinds.count("randomised") == 1


def test_the_same_number_with_other_content_is_a_conflict(scene: Scene) -> None:
    client = browser(Role.COORDINATOR)
    address = f"{PERSON}/do/medication"
    form = {"action": str(uuid4()), "a.medicine": "ibuprofen", "a.class_": "other"}
    assert client.post(address, form).status_code == 302
    answer = client.post(address, {**form, "a.medicine": "lithium", "a.class_": "lithium"})
    assert answer.status_code == 409
    assert b"The first entry stands as it was." in answer.content
    medicines = read.participant_standing(STUDY, "P-001").medicines.values()
    assert [each.medicine for each in medicines] == ["ibuprofen"]


def test_what_happened_earlier_needs_its_reason(scene: Scene) -> None:
    client = browser(Role.THERAPIST)
    address = f"{PERSON}/do/hold-visit"
    form = {
        "action": str(uuid4()), "a.visit": "prep-1", "a.mode": "telehealth",
        "when.day": "2026-03-01", "when.time": "09:30",
    }  # fmt: skip
    refused = client.post(address, form)
    assert refused.status_code == 400
    assert b"Say why it is entered later than it happened." in refused.content
    assert b'value="2026-03-01"' in refused.content
    assert client.post(address, {**form, "reason": "Network was down."}).status_code == 302
    record = read.records(STUDY, stream="participant/P-001", kinds=["visit-held"])[-1]
    assert (record.happened_at.local.isoformat(), record.reason) == (
        "2026-03-01T09:30:00-07:00",
        "Network was down.",
    )


def test_a_first_contact_is_logged_and_opens_a_participant(scene: Scene) -> None:
    client = browser(Role.COORDINATOR)
    form = hidden(client.get(f"{BASE}/newcomer").content.decode())
    said = {
        "a.site": "S01", "a.participant": "P-010", "a.referred_by": "self", "a.prior_mdma": "never",
        "a.invited": "false",
    }  # fmt: skip
    incomplete = client.post(f"{BASE}/newcomer", {**form, **said})
    assert incomplete.status_code == 400
    assert b"Give the reason why they were not invited." in incomplete.content
    answer = client.post(f"{BASE}/newcomer", {**form, **said, "a.why_not": "pregnant"})
    assert answer.headers["Location"].startswith(f"{BASE}/participants/P-010/?saved=")
    assert read.participant(STUDY, "P-010").status == "not-invited"


def test_another_reader_of_another_site_sees_nobody(scene: Scene) -> None:
    from holdfast.clinic.accounts import demo_people
    from holdfast.clinic.accounts.models import Person

    demo_people.enter({"s02-therapist": "Elsewhere"})
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(
        Person.objects.get(person="s02-therapist"), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert client.get(f"{PERSON}/").status_code == 403
    assert WHO[Role.THERAPIST] != "s02-therapist"
