"""Checks of languages: what participants read is whole in each language that the study's title has."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.protocol.checks.fault import Fault
from holdfast.protocol.model import Protocol
from holdfast.protocol.told import languages, told


def faults(protocol: Protocol) -> Iterator[Fault]:
    """Every text that a participant can see and that lacks one of the languages."""
    for language in languages(protocol):
        if language == "en":
            continue  # every text has it (``whole``)
        for _kind, place, text in told(protocol):
            if not text.get(language, "").strip():
                yield Fault(
                    place,
                    f"no text in {language!r}",
                    "what participants read in each language of the study's title",
                    f"Write it under {language!r}, or take that language out of the title.",
                )
