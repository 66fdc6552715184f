"""Asking the registry: the same question always, patience within bounds, a calm sentence for every fault."""

from __future__ import annotations

import gzip
import itertools
import json
import socket
import time
import tracemalloc
from datetime import date

import pytest

from evidence.registry_world import Asked, Clock, Reply, line, raw_study, registry
from holdfast.errors import Unavailable
from holdfast.evidence.registry.client import FIELDS, QUESTION, ask, one
from holdfast.evidence.registry.refresh import refresh
from holdfast.evidence.registry.snapshot import newest, packaged

TODAY = date(2026, 11, 26)


@pytest.fixture(autouse=True)
def only_this_machine(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every connection that is made; one to another machine fails the test."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    reached: list[str] = []
    connect = socket.create_connection

    def watched(address, *args, **kwargs):
        reached.append(address[0])
        assert address[0] == "127.0.0.1", f"something went out to {address[0]}"
        return connect(address, *args, **kwargs)

    monkeypatch.setattr(socket, "create_connection", watched)
    return reached


def pages(*sizes: int):
    """A script of pages with so many studies each."""
    first = [sum(sizes[:k]) + 1 for k in range(len(sizes))]

    def script(asked: Asked) -> Reply:
        page = int(asked.params.get("pageToken", "0"))
        found = {
            "studies": [raw_study(first[page] + k) for k in range(sizes[page])],
            "totalCount": sum(sizes),
        }
        return Reply(found | ({"nextPageToken": str(page + 1)} if page + 1 < len(sizes) else {}))

    return script


def asked_of(script, **bounds):
    with registry(script) as world, line(world, **bounds) as way:
        return ask(way, today=TODAY), world.asked


def test_all_pages_are_read_at_the_registrys_pace_by_one_fixed_question():
    clock = Clock()
    with registry(pages(3, 3, 1)) as world, line(world, clock=clock) as way:
        found = ask(way, today=TODAY)
    assert [each.registry_id for each in found.studies] == [f"NCT{k:08d}" for k in range(1, 8)]
    assert (found.whole, found.notes, found.others) == (True, (), 0)
    # 50 requests a minute are allowed: one each 1.2 s at most.
    assert clock.waits == [1.3, 1.3]
    for each in world.asked:
        assert each.path == "/api/v2/studies"
        params = each.params.copy()
        params.pop("pageToken", None)
        assert params == QUESTION | {"fields": FIELDS, "pageSize": "100"}
        assert set(each.headers) <= {"host", "user-agent", "accept", "accept-encoding", "connection"}


def test_a_busy_registry_is_asked_again_after_the_time_it_names():
    answers = iter(
        [
            Reply({}, 429, {"Retry-After": "7"}),
            Reply({}, 429, {"Retry-After": "Thu, 26 Nov 2020 12:00:09 GMT"}),  # long past: at once
            Reply({"studies": [raw_study(1)]}),
        ]
    )
    clock = Clock()
    with registry(lambda _: next(answers)) as world, line(world, clock=clock) as way:
        assert len(ask(way, today=TODAY).studies) == 1
    assert clock.waits[0] == 7.0
    assert len(world.asked) == 3


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply({}, 429, {"Retry-After": "86400"}), "busy and asks us to wait 86400 seconds"),
        (Reply({}, 429), "busy. Try again in some minutes"),
        (Reply({}, 503), r"does not answer as it should \(HTTP 503\)"),
        (Reply({}, 400), r"does not answer as it should \(HTTP 400\)"),
        (Reply({}, 404), "does not know this question any more"),
        (Reply(b"<html>maintenance</html>"), "cannot be read"),
        (Reply(b'{"studies": [{"protocolSec'), "cannot be read"),
        (Reply(b"[" * 200_000), "cannot be read"),
        (Reply([1, 2]), "cannot be read"),
        (Reply({"results": []}), "another shape"),
        (Reply({"studies": {"NCT00000001": {}}}), "another shape"),
        (Reply({"studies": []}), "no study at all"),
        (Reply({"studies": [None, 7, {"protocolSection": []}]}), "none on MDMA in PTSD"),
        (Reply({}, 301, {"Location": "https://example.org/api/v2/studies"}), "another place"),
        (Reply({}, 302, {"Location": "/api/v2/studies"}), "round in circles"),
    ],
)
def test_every_fault_of_the_first_page_is_a_sentence(reply, said):
    with pytest.raises(Unavailable, match=said):
        asked_of(lambda _: reply)


def test_nobody_there_is_a_sentence():
    with registry(pages(1)) as world:
        pass
    with line(world) as way, pytest.raises(Unavailable, match=r"cannot be reached \(no connection\)"):
        ask(way, today=TODAY)


def test_a_silent_registry_is_left_in_time():
    def silent(_: Asked) -> Reply:
        time.sleep(0.5)
        return Reply({"studies": []})

    with pytest.raises(Unavailable, match="no answer in time"):
        asked_of(silent, seconds_silent=0.1)


def test_a_registry_that_drips_is_left_in_time():
    def drip():
        for _ in range(1000):
            time.sleep(0.02)
            yield b" "

    with registry(lambda _: Reply(pieces=drip())) as world, line(world, seconds_in_all=0.2) as way:
        way.clock, way.began = time.monotonic, time.monotonic()
        with pytest.raises(Unavailable, match="too slowly"):
            ask(way, today=TODAY)


def test_a_connection_that_breaks_is_a_sentence():
    reply = Reply(b'{"studies": []}', headers={"Transfer-Encoding": "chunked"})
    with pytest.raises(Unavailable, match="cannot be reached"):
        asked_of(lambda _: reply)


def test_a_second_page_that_fails_leaves_the_first():
    good = pages(2, 2)

    def script(asked: Asked) -> Reply:
        return good(asked) if "pageToken" not in asked.params else Reply(b"{", 200)

    found, _ = asked_of(script)
    assert (len(found.studies), found.whole, found.notes) == (2, False, ("broken-off",))


def test_a_token_that_comes_again_ends_the_asking():
    found, asked = asked_of(lambda _: Reply({"studies": [raw_study(1)], "nextPageToken": "same"}))
    assert (len(found.studies), found.notes, len(asked)) == (1, ("repeated",), 2)


def test_what_is_on_another_topic_is_left_out_and_counted():
    other = raw_study(2, armsInterventionsModule={"interventions": [{"name": "Aspirin"}]})
    other["protocolSection"]["identificationModule"]["briefTitle"] = "Aspirin in headache"
    found, _ = asked_of(lambda _: Reply({"studies": [raw_study(1), other, {}]}))
    assert (len(found.studies), found.others) == (1, 2)


def test_a_hundred_thousand_studies_are_cut_off_and_memory_stays_small():
    counter = itertools.count(1)

    def endless(asked: Asked) -> Reply:
        first = int(asked.params.get("pageToken", "1"))
        return Reply(
            {"studies": [raw_study(first + k) for k in range(100)], "nextPageToken": str(first + 100)}
        )

    tracemalloc.start()
    found, asked = asked_of(lambda a: (next(counter), endless(a))[1])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (len(found.studies), found.whole, found.notes, len(asked)) == (2000, False, ("capped",), 20)
    assert peak < 40 * 2**20


def test_one_page_with_all_of_them_is_not_taken():
    each = json.dumps(raw_study(1)).encode() + b","
    endless = (each * 500 for _ in range(200))  # 100,000 studies, 130 MB
    with pytest.raises(Unavailable, match="more at once than we take"):
        asked_of(lambda _: Reply(pieces=itertools.chain([b'{"studies":['], endless)), bytes_of_page=2**20)


def test_packed_answers_are_unpacked_within_bounds():
    packed = {"Content-Encoding": "gzip"}
    found, _ = asked_of(
        lambda _: Reply(gzip.compress(json.dumps({"studies": [raw_study(1)]}).encode()), 200, packed)
    )
    assert len(found.studies) == 1
    bomb = gzip.compress(b" " * 2**27)  # 128 MB in 130 kB
    tracemalloc.start()
    with pytest.raises(Unavailable, match="more at once than we take"):
        asked_of(lambda _: Reply(bomb, 200, packed), bytes_of_page=2**20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 2**20
    for content, headers, said in (
        (b"no gzip", packed, "the connection broke"),
        (b"x", {"Content-Encoding": "zstd"}, "packed in a way that was not asked for"),
    ):
        with pytest.raises(Unavailable, match=said):
            asked_of(lambda _, c=content, h=headers: Reply(c, 200, h))


def test_an_id_of_old_leads_to_its_study_and_no_other_text_is_asked_for():
    def script(asked: Asked) -> Reply:
        if asked.path.endswith("NCT00000002"):
            return Reply({}, 301, {"Location": "/api/v2/studies/NCT00000009"})
        return Reply(raw_study(9)) if asked.path.endswith("NCT00000009") else Reply({}, 404)

    with registry(script) as world, line(world) as way:
        moved = one(way, "nct2", today=TODAY)
        assert moved is not None
        assert moved.registry_id == "NCT00000009"
        assert one(way, "NCT00000003", today=TODAY) is None
        asked = len(world.asked)
        assert one(way, "../../etc/passwd", today=TODAY) is None
        assert len(world.asked) == asked


def test_a_newer_copy_is_written_and_the_older_entries_are_asked_for_again(tmp_path):
    first = packaged().entries[0].study.registry_id
    moved = packaged().entries[1].study.registry_id

    def script(asked: Asked) -> Reply:
        if asked.path == "/api/v2/studies":
            return Reply({"studies": [raw_study(1)]})
        if asked.path.endswith(moved):
            return Reply(raw_study(2))
        again = raw_study(int(first[3:]), statusModule={"overallStatus": "WITHDRAWN"})
        return Reply(again) if asked.path.endswith(first) else Reply({}, 404)

    place = tmp_path / "holdfast" / "registry.json"
    with registry(script) as world, line(world) as way:
        told = refresh(way, today=TODAY, place=place)
    count = len(packaged().entries)
    assert told == (f"Read 3 studies from the registry; {count + 1} are in the list.",)
    snapshot, unreadable = newest(place)
    assert not unreadable
    assert snapshot.whole
    found = {each.study.registry_id: each for each in snapshot.entries}
    assert found["NCT00000001"].known == "found"
    assert found["NCT00000001"].as_of.iso() == "2026-10-01"
    assert found[first].study.status == "WITHDRAWN"
    assert moved not in found
    assert "NCT00000002" in found


def test_a_refresh_that_fails_says_so_and_changes_nothing(tmp_path):
    place = tmp_path / "registry.json"
    with registry(lambda _: Reply(b"<html>")) as world, line(world) as way:
        told = refresh(way, today=TODAY, place=place)
    assert told == ("The registry's answer cannot be read. The list of before is shown.",)
    assert not place.exists()
