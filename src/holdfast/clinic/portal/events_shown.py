"""Events that a participant told, in the words in which they were asked for."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from holdfast.clinic.languages.written import moment_said, partial_said
from holdfast.clinic.participants import wording
from holdfast.clinic.portal.signed import Own
from holdfast.protocol.model import Protocol
from holdfast.records.safety import AdverseEvent
from holdfast.timing import Instant, PartialDate


def events_of(own: Own) -> list[dict[str, str]]:
    """What they told themselves, and since when, in the language of the page."""
    mine = {each.id for each in own.standing.history if each.author == own.participant}
    return [
        {"term": _term(own.protocol, each.fact), "onset": _onset(each.fact.onset, own.site.zone)}
        for each in own.standing.events.values()
        if each.root in mine
    ]


def _term(protocol: Protocol, fact: AdverseEvent) -> str:
    """Their own words, or those of the question that their answer was to."""
    asked = next((each for each in protocol.adverse_events.prompts if each.code == fact.prompt), None)
    if asked is not None:
        return wording.said(asked.asked or asked.label)
    if fact.special_interest == "suicidality":
        return _from_answers().get(fact.term, fact.term)
    return fact.term


def _from_answers() -> dict[str, str]:
    """What ``conduct`` calls an event that follows from answers about suicide."""
    return {
        "Suicidal ideation": _("Thoughts of suicide"),
        "Suicidal behaviour": _("Acts towards suicide"),
    }


def _onset(text: str, zone: str) -> str:
    if text[10:11] != "T":
        known = PartialDate.parse(text)
        return _("not known") if known.year is None else partial_said(known)
    at = datetime.fromisoformat(text)
    return moment_said(Instant(at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone)), zone))
