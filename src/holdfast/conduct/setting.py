"""The setting of a session: our short list of questions, after the items of the ReSPCT guidelines.

The wording is ours. Items 14, 15 and 17 of ReSPCT come from what is recorded anyway
(doses, procedures, disturbances); items 18 to 30 are not of one session's room.

Source: Pronovost-Morgan C, Greenway KT, Roseman L and the ReSPCT Experts, Nature Medicine
2025, doi:10.1038/s41591-025-03685-9; items as listed at respctguidelines.com.
"""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.conduct.actions import NoteSetting
from holdfast.conduct.case import Case, Pen
from holdfast.conduct.session import opened, outside_session
from holdfast.conduct.streams import session_stream
from holdfast.errors import ImpossibleValue
from holdfast.records.fact import Json
from holdfast.records.session import SettingNoted

EDITION = "setting-2026-1"
LONGEST = 500
DISTURBANCES = ("noise", "interruption", "equipment-failure")
"""Session events that disturbed the session (ReSPCT item 17)."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question: free text, or one of ``options``; ``item`` is ReSPCT's number, 0 where it is ours."""

    code: str
    ask: str
    item: int
    options: tuple[str, ...] = ()


QUESTIONS = (
    Question("place", "Where is the room: indoors or outdoors, town or country?", 1),
    Question("feel", "What was done so that the room feels welcoming?", 2),
    Question("nature", "What of nature can be seen or reached?", 3),
    Question("objects", "Which objects and pictures are in the room, and whose?", 4),
    Question("light", "How is the light?", 5, ("dark", "dim", "daylight", "bright", "changing")),
    Question("light-control", "Who can change the light?", 5, ("participant", "team", "both", "nobody")),
    Question("shut-out", "What shuts senses out?", 6, ("both", "eyeshades", "headphones", "neither")),
    Question("bathroom", "Which bathroom is there?", 7, ("own", "shared", "not-near")),
    Question("people", "Who is present, by role?", 8),
    Question("positions", "Where does everybody sit or lie, and on what?", 9),
    Question("focus", "Where does attention go?", 10, ("inward", "outward", "in-turns")),
    Question("music", "What music or sound is there?", 11),
    Question("music-chosen", "Who chose it?", 11, ("participant", "team", "both", "fixed-list", "no-music")),
    Question("words", "How do the therapists step in?", 12, ("when-asked", "by-offering", "by-leading")),
    Question("agency", "How much does the participant decide?", 13, ("freely", "within-limits", "little")),
    Question("around", "What comes before the dose and after the session?", 16),
    Question("privacy", "Can others see or hear in?", 0, ("no", "hear", "see", "both")),
)
"""The list of this edition, in the order of the form."""


def note_setting(case: Case, tell: NoteSetting, pen: Pen) -> None:
    """The setting of the session; noted again, the later one stands."""
    session = opened(case, tell.participant, tell.visit)
    items = answered(tell.items)
    here = session_stream(tell.participant, tell.visit)
    main = pen.write(here, SettingNoted(questions=EDITION, items=items))
    outside_session(case, session, main, pen)


def answered(items: dict[str, Json]) -> dict[str, Json]:
    """The answers that say something; ImpossibleValue for a stranger, and for a list without any."""
    asked = {each.code: each for each in QUESTIONS}
    found: dict[str, Json] = {}
    for code, said in items.items():
        if code not in asked:
            raise ImpossibleValue(f"{code!r} is not a question about the setting.", field=code)
        if not isinstance(said, str) or len(said) > LONGEST:
            raise ImpossibleValue(f"Answer in words, {LONGEST} characters at most.", field=code)
        options = asked[code].options
        if said.strip() and options and said not in options:
            raise ImpossibleValue(f"Expected one of {', '.join(options)}; found {said!r}.", field=code)
        if said.strip():
            found[code] = said.strip()
    if not found:
        raise ImpossibleValue("Nothing about the setting is answered yet.", field=QUESTIONS[0].code)
    return found
