import hashlib
import json
from pathlib import Path

import pytest

from holdfast.conduct.standing import empty, fold, fold_resolved
from holdfast.records import ndjson
from holdfast.records.catalogue import KINDS
from holdfast.records.chain import Head, verify_ledger
from holdfast.records.correction import flagged, resolve
from holdfast.records.fact import Redacted
from holdfast.records.study import ProtocolAdopted

HERE = Path(__file__).parent
SETS = sorted(HERE.glob("*/*.ndjson"))
NEWEST = max((path.parent for path in SETS), key=lambda folder: [int(n) for n in folder.name.split(".")])


def beside(path, ending):
    return path.with_name(f"{path.stem}.{ending}")


@pytest.fixture(params=SETS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def golden(request):
    return request.param


def test_every_release_is_read_and_verified_against_its_heads(golden):
    sealed = ndjson.read_file(golden)
    heads = [Head(**held) for held in json.loads(beside(golden, "heads.json").read_text())]
    found = verify_ledger(sealed, heads=heads)
    assert sorted(found.values(), key=lambda head: head.stream) == heads
    assert len(sealed) >= 300


def test_every_release_is_written_back_byte_for_byte(golden):
    sealed = ndjson.read_file(golden)
    assert b"".join(ndjson.to_line(each) + b"\n" for each in sealed) == golden.read_bytes()


def test_the_study_file_is_the_one_that_was_adopted(golden):
    text = beside(golden, "study.yaml").read_bytes()
    facts = [each.record.fact for each in ndjson.read_file(golden)]
    adopted = next(fact for fact in facts if isinstance(fact, ProtocolAdopted))
    assert hashlib.sha256(text).hexdigest() == adopted.protocol_hash
    assert text.decode("utf-8") == adopted.text


def test_every_release_is_resolved_and_folded(golden):
    records = [each.record for each in ndjson.read_file(golden)]
    resolved = resolve(records)
    corrections = [record for record in records if record.corrects is not None]
    assert len(resolved) == len(records) - len(corrections)
    streams = sorted({record.stream for record in records})
    for stream in streams:
        here = [record for record in records if record.stream == stream]
        standing = fold(stream, here)
        assert standing == fold_resolved(stream, here), stream
        assert standing != empty(stream), stream


def test_the_construction_holds_corrections_their_consequences_and_a_redaction():
    records = [each.record for each in ndjson.read_file(NEWEST / "constructed.ndjson")]
    assert len(flagged(records)) >= 2
    assert sum(isinstance(record.fact, Redacted) for record in records) == 1


def test_the_newest_release_has_every_kind_at_its_present_version():
    lines = (NEWEST / "constructed.ndjson").read_bytes().splitlines()
    written = {(held["kind"], held["version"]) for held in map(json.loads, lines)}
    assert written == {(name, kind.VERSION) for name, kind in KINDS.items()}
