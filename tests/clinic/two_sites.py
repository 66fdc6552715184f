"""Two sites in one study and a second study: who must never see whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from clinic import scene as scenes
from clinic.scene import PEOPLE, Scene, protocol
from holdfast.clinic.accounts import demo_people
from holdfast.clinic.accounts.models import Person
from holdfast.clinic.devices import tokens
from holdfast.clinic.ledger import write
from holdfast.conduct import actions as act
from holdfast.protocol.roles import Role

STUDY, OTHER = "inactive-placebo", "another-study"
THERE = "S02"
MINE, THEIRS = "P-001", "Q-001"
BACKEND = "django.contrib.auth.backends.ModelBackend"


def people_of(prefix: str) -> dict[str, tuple[Role, tuple[str, ...]]]:
    """The cast of a site under other names."""
    return {
        person.replace("s01", prefix).replace("rater", f"{prefix}-rater"): held
        for person, held in PEOPLE.items()
    }


def first_of(people: dict[str, tuple[Role, tuple[str, ...]]]) -> dict[Role, str]:
    return {held: person for person, (held, _) in reversed(people.items())}


class Elsewhere:
    """While it lasts, scenes play at another site, by other people."""

    def __init__(self, site: str, prefix: str) -> None:
        people = people_of(prefix)
        self.given = {"SITE": site, "PEOPLE": people, "WHO": first_of(people)}

    def __enter__(self) -> None:
        self.before = {name: getattr(scenes, name) for name in self.given}
        for name, value in self.given.items():
            setattr(scenes, name, value)

    def __exit__(self, *_: object) -> None:
        for name, value in self.before.items():
            setattr(scenes, name, value)


def make() -> None:
    """P-001 at S01 and Q-001 at S02, both in a session with a rating drawn; O-001 in another study."""
    made = Scene(protocol()).open().ready(MINE).randomised(MINE).in_session(MINE)
    drawn(made, MINE)
    with Elsewhere(THERE, "s02"):
        made.do(
            act.OpenSite(name="Harbour", country="US", zone=scenes.ZONE, phone="+1 303 555 0103"),
            Role.SPONSOR,
        )
        for person, (role, credentials) in scenes.PEOPLE.items():
            made.do(act.Appoint(person=person, role=role.value, name=person.title()), Role.SPONSOR)
            for each in credentials:
                made.do(
                    act.RecordCredential(person=person, credential=each, valid_until="2030-01-01"),
                    Role.SPONSOR,
                )
        made.do(act.CheckEmergencyKit(valid_until="2030-01-01"), Role.PHYSICIAN)
        slots = tuple(f"{THERE}-{number:03d}" for number in range(1, 5))
        made.do(act.SealList(stratum=f"site={THERE}", slots=slots, commitment="cd" * 32), Role.PHARMACIST)
        made.ready(THEIRS).randomised(THEIRS)
        in_session_there(made)
        drawn(made, THEIRS)
    write.take_in(made.book.sealed)
    with Elsewhere("O01", "o01"):
        other = Scene(protocol(OTHER)).open().ready("O-001")
        write.take_in(other.book.sealed)
    for prefix in ("s01", "s02", "o01"):
        demo_people.enter({person: person.title() for person in people_of(prefix)})
    demo_people.enter({person: person.title() for person in PEOPLE})
    demo_people.give_study_roles(STUDY, now=made.now)
    for site, whose in (("S01", MINE), (THERE, THEIRS)):
        code = f"monitor-{whose.lower()}"
        tokens.make(STUDY, site, code=code, name=code, serial="", days=90, by="s01-coordinator", now=made.now)


def in_session_there(made: Scene) -> None:
    plan = made.protocol.session("dosing-1")
    for step in (plan.first, plan.supplemental):
        assert step is not None
        kit = f"K-{THEIRS}-{step.step}"
        received = act.ReceiveKit(kit=kit, step=step.step, capsules=1, expires="2030-01-01", lot="L1")
        made.do(received, Role.PHARMACIST)
        made.do(act.ReleaseKit(kit=kit), Role.PHARMACIST)
        made.do(act.AssignKit(kit=kit, participant=THEIRS, visit="dosing-1", step=step.step), Role.PHARMACIST)
    start = act.StartSession(
        participant=THEIRS,
        visit="dosing-1",
        monitors=("s02-therapist-1", "s02-therapist-2"),
        physician="s02-physician",
    )
    made.do(start, Role.THERAPIST)


def drawn(made: Scene, participant: str) -> None:
    raters = (scenes.WHO[Role.RATER],)
    made.do(
        act.AssignRater(participant=participant, visit="week-4", raters=raters, draw=0.0), Role.COORDINATOR
    )


def browser(person: str, **more: object) -> Client:
    """Somebody signed in, on the clinic's own machine."""
    client = Client(SERVER_NAME="127.0.0.1", raise_request_exception=False, **more)  # type: ignore[arg-type]
    client.force_login(Person.objects.get(person=person), backend=BACKEND)
    return client


def patterns(found: object = None) -> Iterator[tuple[str, Callable[..., object], set[str]]]:
    """Name, view and names of the parts of every address of the site."""
    for each in (found or get_resolver()).url_patterns:  # type: ignore[attr-defined]
        if isinstance(each, URLResolver):
            yield from patterns(each)
        elif isinstance(each, URLPattern) and each.name:
            yield each.name, each.callback, set(each.pattern.converters)


def addresses(study: str, participant: str, **more: str) -> dict[str, str]:
    """Every address of the site that names a study, filled with what exists, by name."""
    given = {
        "study": study, "participant": participant, "visit": "dosing-1", "form": "C-SSRS", "by": "therapist",
        "record": "11111111-1111-4111-8111-111111111111", "deed": "withdraw", "task": "0" * 32,
        "section": "schedule-of-activities", "kit": f"K-{participant}-s1-first", "what": "count",
        "design": "22222222-2222-4222-8222-222222222222", "device": f"monitor-{participant.lower()}",
        "payer": "dva", "query": "33333333-3333-4333-8333-333333333333", **more,
    }  # fmt: skip
    found = {}
    for name, _view, parts in patterns():
        if "study" in parts:
            found[name] = reverse(name, kwargs={part: given[part] for part in parts})
    return found
