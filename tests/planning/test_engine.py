"""Engines: the same results from one process, several, or a cluster, and from those that lose workers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine_work import always_die, square, square_but_die_once
from holdfast.errors import ImpossibleValue, Unavailable
from holdfast.planning.engine import Cluster, Here, Processes, engine_of


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """A Dask scheduler with two worker processes on a free port of this machine."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", host="127.0.0.1"
    ) as local:
        yield local.scheduler_address.removeprefix("tcp://")


def test_one_process_and_several_give_the_same():
    tasks = list(range(20))
    expected = {number: number * number for number in tasks}
    assert dict(Here().run(square, tasks)) == expected
    assert dict(Processes(2).run(square, tasks)) == expected


def test_what_a_lost_process_had_is_done_again(tmp_path: Path):
    tasks = [(number, str(tmp_path)) for number in range(8)]
    assert dict(Processes(2).run(square_but_die_once, tasks)) == {n: n * n for n in range(8)}
    assert (tmp_path / "died").exists()


def test_processes_that_always_die_are_told_in_a_sentence():
    with pytest.raises(Unavailable, match=r"ended from outside 4 times over.*goes on from what is done"):
        list(Processes(1).run(always_die, [1]))


def test_a_cluster_gives_the_same_and_survives_a_lost_worker(cluster: str, tmp_path: Path):
    engine = engine_of(f"dask://{cluster}", workers=None)
    assert engine == Cluster(cluster, 2)
    assert dict(engine.run(square, list(range(20)))) == {n: n * n for n in range(20)}
    tasks = [(number, str(tmp_path)) for number in range(8)]
    assert dict(engine.run(square_but_die_once, tasks)) == {n: n * n for n in range(8)}
    assert (tmp_path / "died").exists()


def test_a_scheduler_that_is_not_there_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("holdfast.planning.engine.PATIENCE", "500ms")
    with pytest.raises(Unavailable, match=r"No Dask scheduler answers at 127\.0\.0\.1:1 .*dask scheduler"):
        engine_of("dask://127.0.0.1:1", workers=None)


@pytest.mark.parametrize(
    "text", ["dask://", "dask://host", "spark://host:1", "127.0.0.1:8786", "dask://host:port"]
)
def test_an_address_that_is_none_is_refused(text: str):
    with pytest.raises(ImpossibleValue, match="dask://HOST:PORT"):
        engine_of(text, workers=None)


def test_no_worker_is_refused_and_one_is_this_process():
    with pytest.raises(ImpossibleValue, match="At least one worker is needed, not 0"):
        engine_of(None, workers=0)
    assert engine_of(None, workers=1) == Here()
    assert engine_of(None, workers=3) == Processes(3)
