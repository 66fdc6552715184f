"""A payer's packet on the site: for whoever may ask, printable, the same as JSON, and none in a trial."""

from __future__ import annotations

import json

import pytest

from clinic.cast import browser
from clinic.scene import Scene
from clinic.test_portal import text
from clinic.test_programme_pages import PERSON, STUDY, made
from holdfast.clinic.accounts.models import Opened
from holdfast.protocol.roles import Role

__all__ = ["made"]  # a fixture
pytestmark = pytest.mark.postgres
PAGE = f"{PERSON}funding/dva"


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.PHYSICIAN])
def test_who_may_ask_prints_what_is_recorded_and_lines_for_the_rest(made: Scene, role: Role) -> None:
    client = browser(role)
    assert f'href="{PAGE}"' in text(client.get(PERSON))
    page = text(client.get(PAGE))
    assert "Rehearsal: no real person. Send this to nobody." in page
    assert "Treatments of PTSD tried before" in page
    assert page.count('class="to-fill"') > 10
    assert "at least two strongly recommended treatments" in page
    assert "style=" not in page


@pytest.mark.parametrize("role", [Role.THERAPIST, Role.PHARMACIST, Role.AUDITOR, Role.RATER])
def test_others_do_not(made: Scene, role: Role) -> None:
    client = browser(role)
    for address in (PAGE, f"{PAGE}.json"):
        assert client.get(address).status_code == 403
    if role is not Role.RATER:
        assert f'href="{PAGE}"' not in text(client.get(PERSON))


def test_the_same_as_json_and_that_it_was_opened_is_written_down(made: Scene) -> None:
    before = Opened.objects.filter(participant="P-001").count()
    answer = browser(Role.COORDINATOR).get(f"{PAGE}.json")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="REHEARSAL-dva-P-001.json"'
    said = json.loads(answer.content)
    assert (said["study"], said["participant"], said["rehearsal"]) == (STUDY, "P-001", True)
    assert any(line["value"] is None for part in said["parts"] for line in part["lines"])
    assert Opened.objects.filter(participant="P-001").count() == before + 1


def test_an_unknown_payer_is_no_page(made: Scene) -> None:
    assert browser(Role.COORDINATOR).get(f"{PERSON}funding/nobody").status_code == 404
