"""The cast of characters: a browser for everybody of the small study, and what they are shown."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.test import Client

from clinic.live_site import fill
from clinic.scene import WHO, Scene, protocol
from holdfast.clinic.accounts.models import Person
from holdfast.conduct import actions as act
from holdfast.protocol.roles import Role

STUDY = "inactive-placebo"
BACKEND = "django.contrib.auth.backends.ModelBackend"


def small_study() -> Scene:
    """P-001 randomised; P-002 everything but randomised; P-003 prescreened; P-004 in screening."""
    made = Scene(protocol()).open()
    made.ready("P-001").randomised("P-001").ready("P-002")
    for code in ("P-003", "P-004"):
        made.do(
            act.Prescreen(participant=code, referred_by="self", prior_mdma="never", outcome="invited"),
            Role.COORDINATOR,
        )
    items = tuple(item.code for item in made.protocol.consent)
    made.do(
        act.GiveConsent(participant="P-004", items=items, language="en", explained_by=WHO[Role.PHYSICIAN]),
        Role.PHYSICIAN,
    )
    made.do(act.HoldVisit(participant="P-004", visit="screening"), Role.COORDINATOR)
    made.do(
        act.AssignRater(participant="P-001", visit="week-4", raters=(WHO[Role.RATER],), draw=0.0),
        Role.COORDINATOR,
    )
    return made


def bring(made: Scene) -> None:
    """Take the study and its people into the clinic."""
    fill(made)


def browser(role: Role) -> Client:
    """Somebody of that role, signed in."""
    person = WHO.get(role, f"demo-{role.value.replace('_', '-')}")
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(Person.objects.get(person=person), backend=BACKEND)
    return client


def hidden(page: str) -> dict[str, str]:
    """The hidden inputs of the page's own form."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    return {name: value for name, value in found if name not in ("csrfmiddlewaretoken", "next")}


def typed(answers: Mapping[str, object]) -> dict[str, object]:
    """Answers as a browser sends them."""
    sent: dict[str, object] = {}
    for code, answer in answers.items():
        if isinstance(answer, dict):
            sent[f"absent.{code}"] = answer["absent"]
        elif isinstance(answer, bool):
            sent[f"a.{code}"] = "true" if answer else "false"
        elif isinstance(answer, float):
            sent[f"a.{code}"] = f"{answer:g}"
        else:
            sent[f"a.{code}"] = str(answer)
    return sent
