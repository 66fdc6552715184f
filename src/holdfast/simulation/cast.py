"""Who works in a rehearsal: sites with their zones, and the people of each role at each site.

All of them are invented; so are the telephone numbers (555-01xx, in Australia 5550 xxxx, is set
apart for fiction).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from holdfast.protocol.roles import Role


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff: the code records use, and the name pages show."""

    code: str
    name: str
    role: Role
    credentials: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Site:
    """A site and its people. Therapists come in pairs; the first of a pair leads."""

    code: str
    name: str
    country: str
    zone: str
    phone: str
    coordinator: Person
    physician: Person
    pharmacist: Person
    witness: Person
    attendants: tuple[Person, Person]
    pairs: tuple[tuple[Person, Person], ...]
    state: str = ""

    @property
    def people(self) -> tuple[Person, ...]:
        """Everyone appointed here, raters apart."""
        therapists = tuple(person for pair in self.pairs for person in pair)
        office = (self.coordinator, self.physician, self.pharmacist, self.witness)
        return (*office, *self.attendants, *therapists)


_Place = tuple[str, str, str, str, str, str]
_AUSTRALIA: tuple[_Place, ...] = (
    ("S01", "Yarra Bank Clinic", "AU", "Australia/Melbourne", "+61 3 5550 0101", "VIC"),
    ("S02", "Torrens Psychiatry", "AU", "Australia/Adelaide", "+61 8 5550 0102", "SA"),
    ("S03", "Harbour Street Institute", "AU", "Australia/Sydney", "+61 2 5550 0103", "NSW"),
    ("S04", "River Road Centre", "AU", "Australia/Brisbane", "+61 7 5550 0104", "QLD"),
)
_PLACES: tuple[_Place, ...] = (
    ("S01", "Hudson Street Clinic", "US", "America/New_York", "+1 212 555 0101", ""),
    ("S02", "Front Range Trauma Center", "US", "America/Denver", "+1 303 555 0102", ""),
    ("S03", "Bayview Institute", "US", "America/Los_Angeles", "+1 415 555 0103", ""),
    ("S04", "Carmel Medical Centre", "IL", "Asia/Jerusalem", "+972 4 555 0104", ""),
)
_NAMES = (
    ("Ana Ferreira", "Dr. Miriam Okafor", "Peter Lindqvist", "Sana Qureshi", "Tom Whitfield", "Ines Marek"),
    ("Joan Castellano", "Dr. Henrik Dahl", "Yuki Tanabe", "Omar Haddad", "Beth Sandoval", "Luis Ortega"),
    ("Priya Raman", "Dr. Celeste Moreau", "Aaron Feld", "Grace Muriuki", "Noah Petrov", "Mei Chen"),
    ("Talia Bar-On", "Dr. Yusuf Amir", "Dana Levin", "Eitan Roth", "Rivka Stern", "Samir Khoury"),
)
_THERAPISTS = (
    ("Ruth Adeyemi", "Daniel Kowalski", "Elena Voss", "Marcus Bell"),
    ("Fatima Zahra", "Colin Reyes", "Hannah Brandt", "Isaac Noor"),
    ("Naomi Field", "Andrei Popescu", "Carla Jimenez", "Wen Li"),
    ("Leah Shapiro", "Jonas Haag", "Amira Saleh", "Boaz Tamir"),
)
_RATERS = ("Vera Lund", "Kofi Mensah", "Alice Novak", "Ryo Sato", "Maja Horvat", "Paul Byrne")
_LEAD = ("licence", "gcp", "session-monitor-lead")
_ASSISTANT = ("licence", "gcp", "session-monitor-assistant")


def sites(count: int, *, country: str = "") -> tuple[Site, ...]:
    """The first ``count`` sites with their people; in Australia where a programme's ``country`` is "AU".

    Raises:
        ValueError: for more sites than there are.
    """
    if not 1 <= count <= len(_PLACES):
        raise ValueError(f"a rehearsal has one to {len(_PLACES)} sites, not {count}")
    places = _AUSTRALIA if country == "AU" else _PLACES
    return tuple(_site(index, places[index]) for index in range(count))


def raters() -> tuple[Person, ...]:
    """The central pool of independent raters, who work for every site."""
    return tuple(
        Person(f"rater-{number}", name, Role.RATER, ("gcp", "caps-5"))
        for number, name in enumerate(_RATERS, start=1)
    )


def _site(index: int, place: _Place) -> Site:
    code, name, country, zone, phone, state = place
    office = _NAMES[index]
    short = code.lower()

    def person(role: Role, said: str, suffix: str, credentials: tuple[str, ...]) -> Person:
        return Person(f"{short}-{suffix}", said, role, credentials)

    first, second, third, fourth = _THERAPISTS[index]
    return Site(
        code=code,
        name=name,
        country=country,
        zone=zone,
        phone=phone,
        state=state,
        coordinator=person(Role.COORDINATOR, office[0], "coordinator", ("gcp",)),
        physician=person(Role.PHYSICIAN, office[1], "physician", ("licence", "gcp")),
        pharmacist=person(Role.PHARMACIST, office[2], "pharmacist", ("licence", "gcp")),
        witness=person(Role.PHARMACIST, office[3], "pharmacist-2", ("licence", "gcp")),
        attendants=(
            person(Role.ATTENDANT, office[4], "attendant-1", ("gcp",)),
            person(Role.ATTENDANT, office[5], "attendant-2", ("gcp",)),
        ),
        pairs=(
            (
                person(Role.THERAPIST, first, "therapist-1", _LEAD),
                person(Role.THERAPIST, second, "therapist-2", _ASSISTANT),
            ),
            (
                person(Role.THERAPIST, third, "therapist-3", _LEAD),
                person(Role.THERAPIST, fourth, "therapist-4", _ASSISTANT),
            ),
        ),
    )


def renewals(start: date, end: date, *, years: int = 2) -> tuple[tuple[date, date], ...]:
    """When a credential is recorded and its last day, renewed before it runs out, over a study."""
    found = []
    day = start
    while day <= end:
        last = date(day.year + years, day.month, min(day.day, 28))
        found.append((day, last))
        day = date.fromordinal(last.toordinal() - 30)
    return tuple(found)
