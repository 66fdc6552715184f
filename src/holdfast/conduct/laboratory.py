"""Laboratory values and ECG before a dose: there, young enough, within their reference range."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from holdfast.conduct import values
from holdfast.conduct.standing import ParticipantStanding, SiteStanding, StudyStanding
from holdfast.conduct.standing.parts import Laboratory
from holdfast.protocol.model import Protocol, TestBeforeDose


@dataclass(frozen=True, slots=True)
class TestNow:
    """How a test stands for a day. ``truth``: True fit for a dose, False not, None not to be told.

    ``earliest`` is the first day on which a sample taken is still young enough for that
    day; None where the age awaits a signature.
    """

    test: TestBeforeDose
    truth: bool | None
    sentence: str
    earliest: date | None


def tests_on(
    protocol: Protocol, person: ParticipantStanding, on: date, *, study: StudyStanding, site: SiteStanding
) -> tuple[TestNow, ...]:
    """Every test that the study file asks for before a dose, as it stands for a dose on that day."""
    ages = {
        each.age: values.setting(protocol, each.age, study=study, site=site)
        for each in protocol.before_dose.laboratory
    }
    return tuple(_test(each, person, on, ages[each.age]) for each in protocol.before_dose.laboratory)


def _test(test: TestBeforeDose, person: ParticipantStanding, on: date, days: float | None) -> TestNow:
    label = test.label["en"]
    earliest = None if days is None else on - timedelta(days=days)
    found = person.laboratory.get(test.test)
    if found is None:
        return TestNow(test, False, f"{label} is missing.", earliest)
    if earliest is None:
        return TestNow(test, None, f"{label}: how old it may be awaits a physician's signature.", None)
    taken = date.fromisoformat(found.taken_on)
    if taken < earliest:
        sentence = f"{label} of {taken} is too old: {days:g} days are the most."
        return TestNow(test, False, sentence, earliest)
    return TestNow(test, *_within(found, label), earliest)


def _within(found: Laboratory, label: str) -> tuple[bool | None, str]:
    value = f"{found.value:g} {found.unit}".strip()
    if found.low is None and found.high is None:
        return None, f"{label} is {value}, without a reference range: a physician judges it."
    if found.low is not None and found.value < found.low:
        return False, f"{label} is {value}, below its reference range ({found.low:g} is the lowest)."
    if found.high is not None and found.value > found.high:
        return False, f"{label} is {value}, above its reference range ({found.high:g} is the highest)."
    return True, f"{label} of {found.taken_on} is within its reference range."


def pregnancy_test(
    protocol: Protocol, person: ParticipantStanding, on: date, *, study: StudyStanding, site: SiteStanding
) -> tuple[bool | None, str]:
    """What the last recorded pregnancy test says for a dose on that day; None where it says nothing.

    A positive one counts until a later one is negative, however old it is.
    """
    asked = protocol.before_dose.pregnancy_test
    found = None if asked is None else person.laboratory.get(asked.test)
    if asked is None or found is None:
        return None, ""
    if found.value > (found.high or 0):
        return False, f"The pregnancy test of {found.taken_on} is not negative."
    days = values.setting(protocol, asked.age, study=study, site=site)
    if days is None:
        return None, "How old a pregnancy test may be awaits a physician's signature."
    if date.fromisoformat(found.taken_on) < on - timedelta(days=days):
        return None, f"The pregnancy test of {found.taken_on} is too old."
    return True, f"The pregnancy test of {found.taken_on} is negative."


def possible(facts: Mapping[str, object]) -> bool:
    """Whether pregnancy has to be thought of: it is, unless a form says that it is not possible."""
    return facts.get("childbearing_potential") is not False
