"""What the records say of a condition that people would otherwise only confirm.

A *no* counts whoever says it, records or people. A *yes* of people opens nothing that
the records close, and nothing that the records leave open for a physician.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from holdfast.conduct import values
from holdfast.conduct.laboratory import pregnancy_test, tests_on
from holdfast.conduct.standing import ParticipantStanding, SiteStanding, StudyStanding
from holdfast.conduct.washout import washouts
from holdfast.protocol.model import Protocol
from holdfast.protocol.rules import Value


@dataclass(frozen=True, slots=True)
class Said:
    """What the records say of one fact: yes, no, or None (not known); and why, in sentences.

    ``alone`` says that people cannot add a yes: only the records count, or a physician;
    ``unsigned`` that a figure it needs awaits a signature.
    """

    value: bool | None
    because: tuple[str, ...]
    alone: bool
    unsigned: bool = False


def of_records(
    protocol: Protocol, person: ParticipantStanding, on: date, *, study: StudyStanding, site: SiteStanding
) -> Mapping[str, Said]:
    """The facts of which the records speak, for a dose on that day."""
    found: dict[str, Said] = {}
    asked = protocol.before_dose
    if asked.laboratory:
        tests = tests_on(protocol, person, on, study=study, site=site)
        unsigned = any(each.earliest is None for each in tests)
        found["laboratory_in_window"] = _all([(each.truth, each.sentence) for each in tests], unsigned)
    if asked.wash_out is not None:
        out = washouts(protocol, person, on, study=study, site=site)
        codes = (asked.wash_out.half_lives, asked.wash_out.stabilisation)
        unsigned = any(values.setting(protocol, each, study=study, site=site) is None for each in codes)
        found["washout_done"] = _all([(each.truth, each.sentence) for each in out], unsigned)
    if asked.pregnancy_test is not None:
        value, sentence = pregnancy_test(protocol, person, on, study=study, site=site)
        because = (sentence,) if sentence else ()
        found["pregnancy_test_negative"] = Said(value, because, alone=value is not None)
    return found


def _all(judged: Sequence[tuple[bool | None, str]], unsigned: bool) -> Said:
    """One no makes it a no, else one unknown an unknown; the sentences are of the parts that decide."""
    truths = {truth for truth, _ in judged}
    value = False if False in truths else None if None in truths else True
    because = tuple(words for truth, words in judged if truth is not True)
    return Said(value, because, alone=True, unsigned=unsigned)


def with_people(said: Mapping[str, Said], confirmed: Mapping[str, Value]) -> dict[str, Value]:
    """What people confirmed, corrected by what the records say."""
    facts = dict(confirmed)
    for name, each in said.items():
        if confirmed.get(name) is False:
            continue
        if each.value is not None:
            facts[name] = each.value
        elif each.alone:
            facts.pop(name, None)
    return facts
