"""The one analysis: the same code for simulated, blinded and final data."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import polars as pl

from holdfast.allocation.key import Key
from holdfast.analysis.blinding import guesses
from holdfast.analysis.efficacy import continuous, proportions
from holdfast.analysis.flow import baseline, flow
from holdfast.analysis.results import Conduct, Results
from holdfast.analysis.safety import safety
from holdfast.analysis.vitals import vitals
from holdfast.errors import TableError
from holdfast.protocol.model import Protocol
from holdfast.records.canonical import canonical
from holdfast.records.correction import resolve
from holdfast.records.envelope import Record
from holdfast.records.fact import to_body
from holdfast.records.safety import Deviation
from holdfast.records.study import StudyLocked, StudyOpened, StudyUnblinded
from holdfast.tables.adae import adae
from holdfast.tables.adex import adex
from holdfast.tables.adice import adice
from holdfast.tables.adqs import adqs
from holdfast.tables.adsl import adsl
from holdfast.tables.advs import advs
from holdfast.tables.data_use import LeftOut, for_analysis
from holdfast.tables.frames import Resolved, resolved
from holdfast.timing import Instant, in_words

LATE_VITALS = "late-vitals"
LATE_ENTRY = "late-entry"
UNCOMPARED = (
    "Nobody was given anything else: a change is that of drug, therapy, time, expectancy and regression to "
    "the mean together. It is not the drug effect."
)
"""What the results of a study of one arm say first."""


def tables(records: Sequence[Record], protocol: Protocol, key: Key | None = None) -> dict[str, pl.DataFrame]:
    """The analysis tables by name: corrections applied, what withdrawal from data use leaves out left out."""
    used, _ = for_analysis(resolved(resolve(records)), protocol)
    return _tables(used, protocol, key)


def _tables(clean: Resolved, protocol: Protocol, key: Key | None) -> dict[str, pl.DataFrame]:
    return {
        "adsl": adsl(clean, protocol, key),
        "adqs": adqs(clean, protocol),
        "advs": advs(clean),
        "adae": adae(clean),
        "adex": adex(clean, key),
        "adice": adice(clean, protocol),
    }


def analyse(records: Sequence[Record], protocol: Protocol, key: Key | None = None) -> Results:
    """Analyse a study's records as its protocol plans; arms are told apart only with the key.

    Raises TableError where there is nothing to analyse or the key came before unblinding.
    """
    if not records:
        raise TableError("There are no records to analyse; play or run the study first.")
    clean = resolved(resolve(records))
    unblinded = any(True for _ in clean.of(StudyUnblinded))
    if key is not None and not unblinded:
        raise TableError("The study is still blinded: lock it and unblind it before using the key.")
    told_apart = key is not None or not protocol.blinded
    used, left_out = for_analysis(clean, protocol)
    made = _tables(used, protocol, key)
    people, scores = made["adsl"], made["adqs"]
    planned = protocol.analyses if people.filter(pl.col("RANDFL") == "Y").height else ()
    _, opened = next(iter(clean.of(StudyOpened)))
    return Results(
        study=records[0].study,
        title=protocol.study.title["en"],
        life=opened.life,
        unblinded=told_apart,
        locked=any(True for _ in clean.of(StudyLocked)),
        data_as_of=in_words(Instant(max(record.recorded_at for record in records), "UTC")),
        protocol_hash=protocol.hash,
        data_hash=data_hash(records),
        code_hash=code_hash(),
        arms={arm.code: arm.name["en"] for arm in protocol.arms},
        visits={
            visit.code: f"week {visit.week}" if visit.week else visit.name["en"] for visit in protocol.visits
        },
        events={event.code: event.label["en"] for event in protocol.intercurrent_events},
        flow=flow(people, adqs=scores, protocol=protocol),
        baseline=baseline(people, adqs=scores, protocol=protocol),
        continuous=tuple(
            continuous(each, adsl=people, adqs=scores, adice=made["adice"], protocol=protocol)
            for each in planned
            if each.method == "mmrm"
        ),
        proportions=tuple(
            row
            for each in planned
            if each.method == "proportion"
            for row in proportions(each, adsl=people, adqs=scores, adice=made["adice"], protocol=protocol)
        ),
        safety=safety(people, adae=made["adae"], protocol=protocol),
        vitals=vitals(people, advs=made["advs"], records=used, protocol=protocol, late_code=LATE_VITALS),
        guesses=guesses(people, adqs=scores, protocol=protocol),
        conduct=_conduct(records, clean, left_out, unblinded=told_apart),
        warnings=_warnings(key, unblinded=unblinded) if protocol.blinded else (UNCOMPARED,),
    )


def _conduct(records: Sequence[Record], clean: Resolved, left_out: LeftOut, *, unblinded: bool) -> Conduct:
    codes = Counter(deviation.code for _, deviation in clean.of(Deviation))
    return Conduct(
        records=len(records) if unblinded else None,
        deviations=dict(codes.most_common()),
        # A severity raised by a later prompt also corrects, but follows from a record: nobody erred.
        corrections=sum(record.corrects is not None and record.because is None for record in records),
        late_entries=codes.get(LATE_ENTRY, 0),
        data_use_withdrawn=left_out.people,
        forms_left_out=left_out.forms,
        records_left_out=left_out.records if unblinded else None,
    )


def _warnings(key: Key | None, *, unblinded: bool) -> tuple[str, ...]:
    if key is None:
        return ("Arms are not told apart in this report.",) if not unblinded else ()
    return (
        "The difference between arms is drug and expectancy together: most participants of the "
        "published trials knew what they had been given. It is not the drug effect alone.",
    )


def data_hash(records: Sequence[Record]) -> str:
    """SHA-256 over ids and canonical bodies in order: what this analysis rests on."""
    digest = hashlib.sha256()
    for record in records:
        digest.update(record.id.bytes)
        digest.update(canonical(to_body(record.fact)))
    return digest.hexdigest()


@cache
def code_hash() -> str:
    """SHA-256 over the sources of statistics, tables and analysis."""
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for room in ("statistics", "tables", "analysis"):
        for path in sorted((package / room).glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
