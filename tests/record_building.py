"""Facts and records for tests: any value of any kind in the catalogue."""

from datetime import UTC, datetime
from types import UnionType
from typing import Union, get_args, get_origin, get_type_hints
from uuid import UUID

from hypothesis import strategies as st

from holdfast.records import chain
from holdfast.records.catalogue import KINDS
from holdfast.records.envelope import Record
from holdfast.records.session import VitalsRead
from holdfast.timing import Instant, Precision

NOW = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
GENESIS = chain.genesis("demo", "rehearsal")

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
numbers = st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | numbers | texts
KIND_NAMES = tuple(sorted(KINDS))
jsons = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)

SIMPLE = {
    str: texts,
    int: st.integers(-1000, 1000),
    float: numbers,
    bool: st.booleans(),
    type(None): st.none(),
}


def values(hint):
    """Values of an annotation of the kinds that facts use."""
    if get_origin(hint) in (Union, UnionType):
        return st.one_of([values(part) for part in get_args(hint)])
    if get_origin(hint) is dict:
        return st.dictionaries(texts, jsons, max_size=3)
    if get_origin(hint) is tuple:
        return st.lists(values(get_args(hint)[0]), max_size=3).map(tuple)
    simple = {
        str: texts,
        int: st.integers(-1000, 1000),
        float: numbers,
        bool: st.booleans(),
        type(None): st.none(),
    }
    return simple[hint]


def facts():
    """Facts of every kind."""
    return (
        st.sampled_from(KIND_NAMES)
        .map(KINDS.get)
        .flatmap(
            lambda cls: st.builds(cls, **{name: values(hint) for name, hint in field_hints(cls).items()})
        )
    )


def field_hints(cls):
    return {name: hint for name, hint in get_type_hints(cls).items() if name not in ("KIND", "VERSION")}


# hypothesis likes fold=1, which means nothing in UTC but shows in a repr
moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(fold=0)
)
zones = st.sampled_from(["Europe/Berlin", "America/New_York", "UTC"])
instants = st.builds(Instant, moments, zones, st.sampled_from(Precision))


def records(fact=None, **fixed):
    """Records of stream participant/P001 with anything in them."""
    return st.builds(
        Record,
        id=st.uuids(),
        study=st.just("demo"),
        site=texts,
        stream=st.just("participant/P001"),
        fact=facts() if fact is None else fact,
        protocol_hash=texts,
        happened_at=instants,
        recorded_at=moments,
        author=texts,
        role=texts,
        device=texts,
        reason=texts,
        corrects=st.none() | st.uuids(),
        because=st.none() | st.uuids(),
        skew_s=st.none() | numbers,
    )


def reading(number, systolic=120.0, **fields):
    """A plain record: one reading, its id made of a number."""
    fact = VitalsRead(
        due_minute=15,
        systolic=systolic,
        diastolic=80.0,
        heart_rate=70.0,
        temperature=None,
        position="sitting",
        repeat=False,
    )
    standard = {
        "id": UUID(int=number),
        "study": "demo",
        "site": "S01",
        "stream": "session/P001/dosing-1",
        "fact": fact,
        "protocol_hash": "0" * 64,
        "happened_at": Instant(NOW, "Europe/Berlin"),
        "recorded_at": NOW,
        "author": "m1",
        "role": "monitor",
        "device": "tablet",
    }
    return Record(**{**standard, **fields})


def chained(given, *, previous=GENESIS):
    """The records sealed one after the other."""
    sealed = []
    for sequence, record in enumerate(given, start=1):
        salt = chain.salt_of(b"a secret of the tests", record.id)
        sealed.append(chain.seal(record, sequence=sequence, previous=previous, salt=salt))
        previous = sealed[-1].hash
    return sealed
