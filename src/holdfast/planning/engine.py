"""Where batches are carried out: in this process, in processes beside it, or on a Dask cluster.

An engine is given tasks that stand alone and gives results back as they come, in any
order. A task is a pure function of itself, so that it may be repeated elsewhere when
whoever had it is lost, and its result does not tell where it was made.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from holdfast.errors import ImpossibleValue, Unavailable

Task = TypeVar("Task")
Result = TypeVar("Result")

ATTEMPTS = 4
"""How often a batch is given out again when its worker is lost, before the run stops."""
PATIENCE = "5s"
"""How long a scheduler may take to answer."""
WARM = ("holdfast.planning.batch",)
"""What worker processes have imported before they are asked anything."""


class Engine(Protocol):
    """Carries out tasks."""

    @property
    def name(self) -> str:
        """What it is called in words."""
        ...

    @property
    def workers(self) -> int:
        """How many batches it carries out at once."""
        ...

    def run(self, work: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[tuple[int, Result]]:
        """Pairs of a task's index and its result, as they come. Raises Unavailable where it cannot go on."""
        ...


@dataclass(frozen=True, slots=True)
class Here:
    """This process alone."""

    name: str = "here"
    workers: int = 1

    def run(self, work: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[tuple[int, Result]]:
        """One after the other."""
        for index, task in enumerate(tasks):
            yield index, work(task)


@dataclass(frozen=True, slots=True)
class Processes:
    """Processes of this machine."""

    workers: int
    name: str = "local processes"

    def run(self, work: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[tuple[int, Result]]:
        """As they come; what a lost process had is done again by a new one."""
        left = dict(enumerate(tasks))
        for _ in range(ATTEMPTS):
            try:
                for index, result in self._pool(work, dict(left)):
                    del left[index]
                    yield index, result
            except BrokenProcessPool:
                continue
            return
        raise Unavailable(
            f"A worker process was ended from outside {ATTEMPTS} times over (memory?). "
            "Give the same command again with fewer --workers: it goes on from what is done."
        )

    def _pool(self, work: Callable[[Task], Result], tasks: dict[int, Task]) -> Iterator[tuple[int, Result]]:
        pool = _standing(self.workers)
        waiting: dict[Future[Result], int] = {}
        try:
            ahead = iter(tasks.items())
            while True:
                # Few at a time, so that an interruption need not wait for a long queue.
                while len(waiting) < 2 * self.workers and (following := next(ahead, None)) is not None:
                    waiting[pool.submit(work, following[1])] = following[0]
                if not waiting:
                    return
                done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    yield waiting.pop(future), future.result()
        except BrokenProcessPool:
            _pools.pop(self.workers).shutdown(wait=False)
            raise
        finally:
            for future in waiting:
                future.cancel()


_pools: dict[int, ProcessPoolExecutor] = {}
"""Pools that stand until this process ends: a new worker reads its compiled code first, for a second."""


def _standing(workers: int) -> ProcessPoolExecutor:
    if workers not in _pools:
        # A server that has imported everything once forks the workers: no thread of this process
        # is forked with them.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(WARM))
        _pools[workers] = ProcessPoolExecutor(
            workers, mp_context=context, initializer=_leave_interrupts_to_the_parent
        )
    return _pools[workers]


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A Dask cluster, found by its scheduler's address ``HOST:PORT``."""

    address: str
    workers: int
    name: str = "dask"

    def run(self, work: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[tuple[int, Result]]:
        """As they come; Dask gives what a lost worker had to another, and so do we where it gives up."""
        from distributed import as_completed
        from distributed.client import FutureCancelledError
        from distributed.scheduler import KilledWorker

        client = _client(self.address)
        try:
            left = dict(enumerate(tasks))
            for _ in range(ATTEMPTS):
                given = {
                    client.submit(_each, work, [left[index] for index in some], pure=False): some
                    for some in _lumps(list(left), self.workers)
                }
                for future in as_completed(list(given), loop=client.loop):
                    try:
                        results = future.result()
                    except (KilledWorker, FutureCancelledError):
                        continue
                    for index, result in zip(given[future], results, strict=True):
                        del left[index]
                        yield index, result
                if not left:
                    return
        except (OSError, TimeoutError) as error:
            raise _lost(self.address, error) from error
        finally:
            client.close(timeout=5)
        raise Unavailable(
            f"The workers of {self.address} were lost {ATTEMPTS} times over. "
            "Give the same command again: it goes on from what is done."
        )


LUMP = 10
"""At most so many batches travel together: a scheduler's word costs a tenth of a batch."""


def _lumps(indices: list[int], workers: int) -> list[list[int]]:
    """The tasks in lumps, small enough that every worker has several."""
    size = max(1, min(LUMP, len(indices) // (4 * workers)))
    return [indices[start : start + size] for start in range(0, len(indices), size)]


def _each(work: Callable[[Task], Result], tasks: Sequence[Task]) -> list[Result]:
    return [work(task) for task in tasks]


def _client(address: str) -> Any:
    try:
        from distributed import Client
    except ModuleNotFoundError as missing:
        raise Unavailable(
            f"A Dask engine needs the extra 'cluster', and {missing.name} is missing: "
            "pip install 'holdfast[cluster]'."
        ) from missing
    try:
        return Client(f"tcp://{address}", timeout=PATIENCE, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise _lost(address, error) from error


def _lost(address: str, error: BaseException) -> Unavailable:
    return Unavailable(
        f"No Dask scheduler answers at {address} ({type(error).__name__}). Start one with 'dask scheduler', "
        "give it workers that have Holdfast installed, and give the same command again."
    )


def engine_of(text: str | None, *, workers: int | None) -> Engine:
    """The engine asked for: ``dask://HOST:PORT``, or local processes; one worker is this process itself.

    Raises ImpossibleValue where the address or the number of workers is none, Unavailable where no
    scheduler answers.
    """
    if workers is not None and workers < 1:
        raise ImpossibleValue(f"At least one worker is needed, not {workers}.")
    if text is None:
        count = workers or os.cpu_count() or 1
        return Here() if count == 1 else Processes(count)
    scheme, _, address = text.partition("://")
    host, _, port = address.rpartition(":")
    if scheme != "dask" or not host or not port.isdigit():
        raise ImpossibleValue(f"An engine is given as dask://HOST:PORT, not {text!r}.")
    client = _client(address)
    try:
        found = len(client.scheduler_info(n_workers=-1)["workers"])
    finally:
        client.close(timeout=5)
    if not found:
        raise Unavailable(
            f"The Dask scheduler at {address} has no worker. Start some with 'dask worker {address}' "
            "where Holdfast is installed, and give the same command again."
        )
    return Cluster(address, found)
