"""The demonstration: two rehearsals of the published design and one of a programme, taken in whole.

Of the design, one is finished, locked and unblinded; of the other, today is the middle. The programme
outside trials has run for most of a year. All are rehearsals for ever: every page of them says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

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

DESIGN, PROGRAMME = "inactive-placebo", "authorised-prescriber"
RUNS_FOR = timedelta(days=655)
"""How long the programme has run: many are followed up, and its approvals, renewed once, soon run out."""
FEWER = {"by_arm": 40, "per_month": 2}
"""People of the programme and their pace: some are followed up, dosed, being screened; it is quick."""
EVENING = time(9, 0)
"""UTC: the working day of the programme's sites, in Australia, is over."""


@dataclass(frozen=True, slots=True)
class Made:
    """One study of the demonstration: its code, its seed, whether it still runs, what it is made from."""

    code: str
    seed: int
    under_way: bool
    design: str = DESIGN


STUDIES = (
    Made("mapp-under-way", 20, True),
    Made("mapp-finished", 7, False),
    Made("programme-under-way", 1, True, PROGRAMME),
)


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
    protocol, believed = protocol_of(made.code), assumed(made)
    if made.design == PROGRAMME:
        evening = evening_before(now)
        start = (evening - RUNS_FOR).date()
        return play(protocol, believed, seed=made.seed, start=start, until=evening, progress=progress)
    today, until = (now.date(), now) if made.under_way else (None, None)
    return play(protocol, believed, seed=made.seed, today=today, until=until, progress=progress)


def evening_before(now: datetime) -> datetime:
    """The last evening at the programme's sites: its day is still to be worked, whenever one looks."""
    evening = datetime.combine(now.date(), EVENING, tzinfo=now.tzinfo)
    return evening if evening <= now else evening - timedelta(days=1)


def assumed(made: Made) -> assumptions.Assumptions:
    """The virtual people of a study of the demonstration; of the programme, fewer than its file plans."""
    believed = assumptions.load(path_of(made.design).with_name("assumptions.yaml"))
    if made.design != PROGRAMME:
        return believed
    pace = believed.recruitment
    slower = {name: getattr(pace, name).model_copy(update={"value": value}) for name, value in FEWER.items()}
    return believed.model_copy(update={"recruitment": pace.model_copy(update=slower)})


def protocol_of(code: str) -> Protocol:
    """The shipped design under another study code: one clinic holds it twice."""
    design = next((made.design for made in STUDIES if made.code == code), DESIGN)
    text = path_of(design).read_text(encoding="utf-8")
    return compile_text(text.replace(f"code: {design}", f"code: {code}", 1), name=f"{code}/study.yaml")


def _progress(head: str) -> Callable[[float], None]:
    told = -1

    def tell(part: float) -> None:
        nonlocal told
        percent = int(100 * part)
        if percent > told:
            told = percent
            filling.say(f"{head}: {percent} %")

    return tell
