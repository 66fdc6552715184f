"""The analysis of a study: one at a time in a thread of its own, kept until a record comes.

An analysis takes seconds and a request must not. Results by arm and pooled results are
kept apart; who may see which is asked for every request, not here.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, connections

from holdfast.analysis import report
from holdfast.analysis.analyse import analyse
from holdfast.analysis.results import Results
from holdfast.clinic.ledger import read
from holdfast.clinic.pharmacy import by_arm

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from holdfast.clinic.accounts.models import Person

CAPACITY = 8


@dataclass(frozen=True, slots=True)
class Report:
    """Results and the page's content made of them."""

    results: Results
    body: str


_worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="analysis")
_kept: OrderedDict[tuple[str, str, bool, int], Future[Report]] = OrderedDict()
_lock = threading.Lock()


def analysed(person: Person | AnonymousUser, study: str, *, arms: bool, patience_s: float) -> Report | None:
    """The report as of the last record; None while it is still being made after ``patience_s``.

    Raises what the analysis raises: TableError where there is nothing to analyse.
    """
    future = _asked_for(person, study, arms=arms)
    try:
        return future.result(timeout=patience_s)
    except TimeoutError:
        return None


def _asked_for(person: Person | AnonymousUser, study: str, *, arms: bool) -> Future[Report]:
    place = (str(connection.settings_dict["NAME"]), study, arms, read.head(study))
    with _lock:
        future = _kept.get(place)
        if future is None or (future.done() and future.exception() is not None):
            future = _worker.submit(_analyse, person, study, arms=arms)
            _kept[place] = future
        _kept.move_to_end(place)
        while len(_kept) > CAPACITY:
            _kept.popitem(last=False)
    return future


def _analyse(person: Person | AnonymousUser, study: str, *, arms: bool) -> Report:
    try:
        if arms:
            results = by_arm.results(person, study)
        else:
            results = analyse(read.records(study), read.protocol(study))
        return Report(results, report.body(results))
    finally:
        connections.close_all()
