import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.errors import BrokenRecord, UnknownName
from holdfast.records.ndjson import from_line, read, read_file, to_line, write_file
from record_building import chained, reading, records
from scale import scaled

EXAMPLES = scaled(2000)
STREAM = chained([reading(number) for number in range(1, 4)])
LINE = to_line(STREAM[0])


@settings(max_examples=EXAMPLES, deadline=None)
@given(given_records=st.lists(records(), max_size=3, unique_by=lambda record: record.id))
def test_nothing_is_lost_on_the_way_through_a_line(given_records):
    sealed = chained(given_records)
    back = [from_line(to_line(each)) for each in sealed]
    assert back == sealed
    assert [repr(each) for each in back] == [repr(each) for each in sealed]
    assert [to_line(each) for each in back] == [to_line(each) for each in sealed]


def test_a_line_is_one_json_object_with_sorted_keys():
    held = json.loads(LINE)
    assert b"\n" not in LINE
    assert list(held) == [
        "author",
        "because",
        "body",
        "body_digest",
        "corrects",
        "device",
        "happened_at",
        "hash",
        "id",
        "kind",
        "previous",
        "protocol_hash",
        "reason",
        "recorded_at",
        "role",
        "salt",
        "sequence",
        "site",
        "skew_s",
        "stream",
        "study",
        "version",
    ]
    assert held["recorded_at"] == "2026-03-02T09:15:00.000000Z"
    assert held["happened_at"] == {
        "at": "2026-03-02T09:15:00.000000Z",
        "precision": "second",
        "zone": "Europe/Berlin",
    }
    assert held["body"]["systolic"] == 120.0


def changed(**fields):
    held = {**json.loads(LINE), **fields}
    held = {name: value for name, value in held.items() if value != "gone"}
    return json.dumps(held, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (b"", "not valid JSON in UTF-8"),
        (b"\xff\xfe", "not valid JSON in UTF-8"),
        (b'{"a":NaN}', "not valid JSON in UTF-8"),
        (b"[" * 100_000, "not valid JSON in UTF-8"),
        (b"[1]", "not a JSON object"),
        (b"{}", "kind is missing"),
        (changed(hash="gone"), "hash is missing"),
        (changed(sequence=0), "sequence is not a number from 1"),
        (changed(sequence=True), "sequence is not a number from 1"),
        (changed(author=7), "author is not text"),
        (changed(skew_s="1"), "skew_s is not a number"),
        (changed(id="x"), "badly formed hexadecimal UUID string"),
        (changed(recorded_at="yesterday"), "Invalid isoformat string"),
        (changed(recorded_at="2026-03-02T09:15:00"), "not in canonical form"),
        (changed(recorded_at="2026-03-02T09:15:00Z"), "not in canonical form"),
        (changed(happened_at="2026-03-02"), "not a record"),
        (changed(body=[]), "body is not a JSON object"),
        (changed(body=None), "body is not a JSON object"),
        (changed(salt="zz"), "not a record"),
        (changed(arm="mdma"), "has fields that no record has"),
        (LINE.replace(b",", b", ", 1), "not in canonical form"),
        (LINE.replace(b'"author":"m1"', b'"author":"m0","author":"m1"'), "not in canonical form"),
    ],
)
def test_what_is_not_a_record_is_refused_in_a_sentence(line, sentence):
    with pytest.raises(BrokenRecord, match=sentence) as broken:
        from_line(line)
    assert str(broken.value).endswith(".")


def test_messages_of_a_file_name_the_line():
    lines = [to_line(each) + b"\n" for each in STREAM]
    with pytest.raises(BrokenRecord, match=r"^Line 2: It is not valid JSON"):
        list(read([lines[0], b"oops\n", lines[2]]))
    with pytest.raises(BrokenRecord, match=r"^Line 3: It does not end: the file was cut off"):
        list(read([*lines[:2], lines[2][:-1]]))
    later = changed(version=9) + b"\n"
    with pytest.raises(UnknownName, match=r"^Line 1: A record of kind 'vitals-read' is of version 9"):
        list(read([later]))


def test_a_file_comes_back_as_it_was_written(tmp_path):
    path = tmp_path / "records.ndjson"
    write_file(path, STREAM)
    assert read_file(path) == STREAM
    assert path.read_bytes().count(b"\n") == 3
    assert [each.name for each in tmp_path.iterdir()] == ["records.ndjson"]


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "records.ndjson"
    write_file(path, STREAM[:1])

    def failing():
        yield STREAM[0]
        raise OSError(28, os.strerror(28))

    with pytest.raises(OSError, match="No space left"):
        write_file(path, failing())
    assert read_file(path) == STREAM[:1]
    assert [each.name for each in tmp_path.iterdir()] == ["records.ndjson"]
