"""What is sent tells nothing: no word of a study file or an instrument, nothing an arm could be told by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta

import pytest
from django.conf import settings

from clinic.mail_server import sends_through
from clinic.test_twins import STUDY, Clinic, clinic
from holdfast.allocation.key import flipped
from holdfast.clinic.jobs import outbox, sending, texts, transport
from holdfast.clinic.languages.spoken import spoken
from holdfast.clinic.ledger import read
from holdfast.conduct import reminders
from holdfast.instruments.catalogue import INSTRUMENTS
from holdfast.protocol.compiler import compile_study
from holdfast.studies import path_of
from scale import scaled

__all__ = ["clinic"]  # a fixture
WORD = re.compile(r"[^\W\d_]{4,}")
PLAIN = {"call", "whom", "tiene"}
"""Words of everyday language that a study file uses too."""
LANGUAGES = [code for code, _name in settings.LANGUAGES]


def words(of: Iterable[str]) -> set[str]:
    return {word.lower() for text in of for word in WORD.findall(text)}


def telling() -> Iterator[str]:
    """Everything of the shipped studies and instruments that somebody could know them by."""
    for study in ("inactive-placebo", "low-dose-control", "authorised-prescriber"):
        protocol = compile_study(path_of(study))
        named = [protocol.study.title, protocol.study.summary]
        named += [each.name for each in (*protocol.arms, *protocol.visits)]
        yield study
        for each in named:
            yield from each.values()
        for form in protocol.forms:
            yield form.form
    for instrument in INSTRUMENTS.values():
        yield instrument.code
        yield from instrument.name.values()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", sorted(texts.TEXTS))
def test_no_word_of_a_study_or_an_instrument_is_in_a_message(text: str, language: str) -> None:
    said = texts.written(text, language=language, address="https://x.example", code="AAAA-BBBB-CCCC")
    assert words([said.subject, said.body]) & words(telling()) <= PLAIN
    tells = r"mdma|ptsd|tept|holdfast|trial|study|estudio|ensayo|P-\d|\b20\d\d\b"
    assert not re.search(tells, f"{said.subject}\n{said.body}", re.IGNORECASE)
    assert len(said.body.splitlines()) < 20
    assert max(len(line) for line in said.body.splitlines()) <= texts.WIDTH


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_every_text_is_said_in_every_language(language: str) -> None:
    for text in texts.TEXTS:
        theirs = texts.written(text, language=language, address="https://x.example", code="A")
        english = texts.written(text, language="en", address="https://x.example", code="A")
        assert theirs.subject != english.subject
        assert not set(theirs.body.splitlines()) & set(english.body.splitlines()) - {
            "", "https://x.example/", "https://x.example/my/", "https://x.example/my/link/A",
        }  # fmt: skip


@pytest.mark.postgres
def test_twins_get_the_same_messages_on_the_same_days_byte_for_byte(clinic: Clinic) -> None:
    people = [each.participant for each in read.participants(STUDY) if each.randomised_on][: scaled(8)]
    clinic.turn(clinic.rehearsal.key)
    first = {each: messages(clinic, each) for each in people}
    clinic.turn(flipped(clinic.rehearsal.key))
    second = {each: messages(clinic, each) for each in people}
    assert first == second
    count = sum(len(each) for each in first.values())
    print(f"\nmessages alike in twins: {count} to {len(people)} people")
    assert count >= 5 * len(people)


def messages(clinic: Clinic, participant: str) -> list[tuple[int, bytes]]:
    """What somebody could be reminded of in the weeks to come, as it would be sent."""
    person, protocol = read.participant_standing(STUDY, participant), read.protocol(STUDY)
    study, site = read.study_standing(STUDY), read.site_standing(STUDY, person.site)
    found = []
    with sends_through(25):
        server = transport.server()
        assert server is not None
        for day in range(0, 400, 2):
            now = clinic.now + timedelta(days=day)
            for each in reminders.waiting(protocol, person, now, study=study, site=site):
                letter = outbox.Letter(
                    study=STUDY,
                    site=person.site,
                    participant=participant,
                    matter=outbox.REMINDER,
                    once=f"{day}",
                    text=texts.APPOINTMENT if each.matter == reminders.VISIT_NEAR else texts.WAITS,
                    language=spoken(person),
                )
                said = texts.written(letter.text, language=letter.language, address=server.address)
                mail = transport.Mail(
                    to="x@mail.example",
                    subject=said.subject,
                    body=said.body,
                    id=sending.message_id(letter.id),
                )
                found.append((day, transport.message(server, mail, now=now).message().as_bytes()))
    return found
