"""The demonstration: two rehearsals of the published design, made by *play* and taken in whole.

One is finished, locked and unblinded; of the other, today is the middle. Both are
rehearsals for ever: every page of them says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from holdfast.clinic import filling
from holdfast.clinic.accounts import demo_people
from holdfast.clinic.embedded.server import Say
from holdfast.clinic.ledger import read, write
from holdfast.clinic.pharmacy import key_store
from holdfast.protocol.compiler import compile_text
from holdfast.protocol.model import Protocol
from holdfast.simulation import assumptions
from holdfast.simulation.play import Rehearsal, play
from holdfast.simulation.play_opening import secret
from holdfast.studies import path_of

DESIGN = "inactive-placebo"


@dataclass(frozen=True, slots=True)
class Made:
    """One study of the demonstration: its code, its seed, and whether today is its middle."""

    code: str
    seed: int
    under_way: bool


STUDIES = (Made("mapp-under-way", 20, True), Made("mapp-finished", 7, False))


def fill(*, now: datetime, say: Say = lambda _: None) -> str:
    """Fill an empty clinic; a clinic that holds a study is left as it is. Returns what to tell."""
    present = [row.study for row in read.studies()]
    missing = [made for made in STUDIES if made.code not in present]
    if any(code not in {made.code for made in STUDIES} for code in present) or not missing:
        filling.done()
        return f"This clinic already holds {', '.join(present)}; nothing was added."
    total = 0
    try:
        for number, made in enumerate(missing, start=1):
            head = f"Rehearsing study {number} of {len(missing)} ({made.code})"
            filling.say(f"{head} …")
            say(f"{head} ...")
            total += enter(made, now=now, progress=_progress(head))
    finally:
        filling.done()
    return f"The clinic holds {', '.join(made.code for made in STUDIES)}: {total:,} records."


def enter(made: Made, *, now: datetime, progress: Callable[[float], None] | None = None) -> int:
    """Rehearse one study and take it in with its key and its people; how many records."""
    rehearsal = rehearse(made, now=now, progress=progress)
    with transaction.atomic():
        count = write.take_in(rehearsal.sealed)
        key_store.keep(made.code, rehearsal.key, secret=secret(made.seed), now=now)
        demo_people.enter({each.person: each.name for each in read.appointments(study=made.code)})
        demo_people.give_study_roles(made.code, now=now)
    return count


def rehearse(made: Made, *, now: datetime, progress: Callable[[float], None] | None = None) -> Rehearsal:
    """Play one study of the demonstration."""
    today: date | None = now.date() if made.under_way else None
    believed = assumptions.load(path_of(DESIGN).with_name("assumptions.yaml"))
    return play(
        protocol_of(made.code),
        believed,
        seed=made.seed,
        today=today,
        until=now if made.under_way else None,
        progress=progress,
    )


def protocol_of(code: str) -> Protocol:
    """The shipped design under another study code: one clinic holds it twice."""
    text = path_of(DESIGN).read_text(encoding="utf-8")
    return compile_text(text.replace(f"code: {DESIGN}", f"code: {code}", 1), name=f"{code}/study.yaml")


def _progress(head: str) -> Callable[[float], None]:
    told = -1

    def tell(part: float) -> None:
        nonlocal told
        percent = int(100 * part)
        if percent > told:
            told = percent
            filling.say(f"{head}: {percent} %")

    return tell
