"""The page on fair access: for the study's staff, counts, small groups hidden, no arm, nobody's code."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from clinic.live_site import fill
from clinic.scene import Scene, protocol
from holdfast.clinic.accounts.models import Person

pytestmark = pytest.mark.postgres
ADDRESS = "/s/inactive-placebo/fair-access/"
PEOPLE = [f"P-{number:03}" for number in range(1, 7)]


@pytest.fixture
def study(database: str) -> Scene:
    made = Scene(protocol()).open()
    for person in PEOPLE:
        made.ready(person)
    for person in PEOPLE[:5]:
        made.randomised(person)
    fill(made)
    return made


def asked(person: str | None) -> tuple[int, str]:
    client = Client(SERVER_NAME="127.0.0.1")
    if person:
        account = Person.objects.get(person=person)
        client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(ADDRESS)
    return answer.status_code, answer.content.decode()


def words(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_staff_see_totals_groups_and_waits_and_no_arm_and_no_code(study: Scene) -> None:
    status, text = asked("s01-coordinator")
    assert status == 200
    said = words(text)
    assert "First contact 6 Consent 6 Entered 5" in said
    assert "First contact to Consent median 0 days; for half of them 0 to 0 (6 people)" in said
    assert "Consent, of 6 Entered, of 5" in said
    assert "Not recorded" in said
    assert "The study does not ask, so nothing can be shown: Travel to the site, one way;" in said
    assert "The study file states no goal for this." in said
    assert "too few people to say" not in said
    for person in PEOPLE:
        assert person not in text
    assert not re.search(r"placebo(?! \()|\bmdma arm\b|\d+ mg", said.split("Fair access", 2)[-1].lower())


def test_a_small_group_is_hidden(study: Scene) -> None:
    _status, text = asked("s01-coordinator")
    rows = re.findall(r"<tr><th scope=\"row\"[^>]*>(.*?)</th>(.*?)</tr>", text)
    cells = [cell for _, row in rows for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)]
    numbers = {int(cell) for cell in cells if cell.isdigit()}
    assert numbers
    assert not numbers & {1, 2, 3, 4}


def test_a_stranger_is_sent_to_sign_in(study: Scene) -> None:
    assert asked(None)[0] in (302, 403)
