"""Asking ClinicalTrials.gov (API v2): one fixed question, pages of studies, and patience within bounds.

Nothing of the person who looks leaves the machine: the question is always the same. Whatever goes
wrong becomes ``Unavailable`` with a sentence; the caller keeps the copy it has.
"""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from holdfast import __version__
from holdfast.errors import Unavailable
from holdfast.evidence.registry.shape import Study, registry_id, study

ADDRESS = "https://clinicaltrials.gov/api/v2"
QUESTION = {"query.cond": "PTSD", "query.intr": "MDMA OR midomafetamine"}
FIELDS = (
    "NCTId,BriefTitle,OfficialTitle,OverallStatus,LastUpdatePostDate,LeadSponsorName,LeadSponsorClass,"
    "OversightHasDMC,IsFDARegulatedDrug,Condition,StudyType,Phase,InterventionName,InterventionOtherName,"
    "EligibilityModule,ContactsLocationsModule"
)
MOVED, BUSY, WENT_WRONG = (301, 302, 303, 307, 308), 429, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much is asked and endured; the registry allows about 50 requests a minute."""

    page: int = 100
    studies: int = 2_000
    bytes_of_page: int = 16 * 2**20
    seconds_between: float = 1.3
    seconds_connect: float = 5
    seconds_silent: float = 20
    seconds_in_all: float = 180
    tries: int = 3
    longest_wait: float = 60
    redirects: int = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: studies on the topic, how many others were sent, whether all was read, codes of notes."""

    studies: tuple[Study, ...]
    others: int
    whole: bool
    notes: tuple[str, ...]


@dataclass
class Line:
    """A connection with its clock: keeps the pace, counts the time."""

    http: httpx.Client
    address: str
    bounds: Bounds
    clock: Callable[[], float] = time.monotonic
    wait: Callable[[float], None] = time.sleep
    began: float = field(init=False)
    last: float | None = None

    def __post_init__(self) -> None:
        self.began = self.clock()

    def left(self) -> float:
        """Seconds that remain of all; Unavailable where there are none."""
        found = self.bounds.seconds_in_all - (self.clock() - self.began)
        if found <= 0:
            raise Unavailable("The registry answers too slowly.")
        return found

    def pause(self, seconds: float) -> None:
        """Wait, but not past the end; Unavailable where the registry asks for more than we may wait."""
        if seconds > min(self.bounds.longest_wait, self.left()):
            raise Unavailable(f"The registry is busy and asks us to wait {seconds:.0f} seconds.")
        self.wait(seconds)

    def paced(self) -> None:
        """Keep the registry's pace."""
        if self.last is not None:
            due = self.last + self.bounds.seconds_between - self.clock()
            if due > 0:
                self.pause(due)
        self.last = self.clock()


def opened(address: str = ADDRESS, *, bounds: Bounds | None = None) -> Line:
    """A connection that follows no redirect by itself and keeps no cookie; close ``.http`` after use."""
    bounds = bounds or Bounds()
    timeout = httpx.Timeout(bounds.seconds_silent, connect=bounds.seconds_connect)
    http = httpx.Client(
        timeout=timeout,
        follow_redirects=False,
        headers={
            "User-Agent": f"holdfast/{__version__}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
        },
    )
    return Line(http, address.rstrip("/"), bounds)


def ask(line: Line, *, today: date) -> Answer:
    """All studies of the fixed question that are on its topic; Unavailable where no first page comes."""
    found: dict[str, Study] = {}
    looked = others = 0
    notes: list[str] = []
    whole = False
    for page in _pages(line, notes):
        for raw in page:
            looked += 1
            line.left()
            each = study(raw, today=today)
            if each is None or not each.on_topic:
                others += 1
            elif each.registry_id not in found:
                found[each.registry_id] = each
            if looked >= line.bounds.studies:
                notes.append("capped")
                break
        if "capped" in notes:
            break
    else:
        whole = not notes
    if looked and not found:
        raise Unavailable("The registry sent studies, but none on MDMA in PTSD.")
    if not looked:
        raise Unavailable("The registry sent no study at all.")
    return Answer(tuple(found.values()), others, whole, tuple(dict.fromkeys(notes)))


def one(line: Line, name: str, *, today: date) -> Study | None:
    """One study by its id, also by an id of old; None where the registry has none of that id."""
    known = registry_id(name)
    if not known:
        return None
    given = _get(line, f"/studies/{known}", {"fields": FIELDS})
    return None if given is None else study(given, today=today)


def _pages(line: Line, notes: list[str]) -> Iterator[list[Any]]:
    token, seen = "", set[str]()
    while True:
        params = QUESTION | {"fields": FIELDS, "pageSize": str(line.bounds.page)}
        try:
            given = _get(line, "/studies", params | ({"pageToken": token} if token else {}))
            if given is None:
                raise Unavailable("The registry does not know this question any more.")
            page = given.get("studies")
            if not isinstance(page, list):
                raise Unavailable("The registry's answer has another shape than it describes.")
        except Unavailable:
            if not seen:
                raise
            notes.append("broken-off")
            return
        yield page
        following = given.get("nextPageToken")
        if not isinstance(following, str) or not following:
            return
        if following in seen or not page:
            notes.append("repeated")
            return
        seen.add(following)
        token = following


def _get(line: Line, path: str, params: dict[str, str]) -> dict[str, Any] | None:
    for attempt in range(line.bounds.tries):
        line.paced()
        status, headers, body = _sent(line, path, params)
        if status == httpx.codes.OK:
            return _read(body)
        if status == httpx.codes.NOT_FOUND:
            return None
        if status != BUSY and status < WENT_WRONG:
            break
        if attempt + 1 < line.bounds.tries:
            line.pause(_asked_to_wait(headers, attempt=attempt))
    if status == BUSY:
        raise Unavailable("The registry is busy. Try again in some minutes.")
    raise Unavailable(f"The registry does not answer as it should (HTTP {status}).")


def _read(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise Unavailable("The registry's answer cannot be read.")
    return given


def _sent(line: Line, path: str, params: dict[str, str]) -> tuple[int, httpx.Headers, bytes]:
    url = httpx.URL(line.address + path, params=params)
    home = (url.scheme, url.host, url.port)
    for _ in range(line.bounds.redirects + 1):
        status, headers, body = _streamed(line, url)
        if status not in MOVED:
            return status, headers, body
        try:
            url = url.join(headers.get("location", ""))
        except httpx.InvalidURL:
            break
        if (url.scheme, url.host, url.port) != home:
            raise Unavailable("The registry sends us to another place; we do not follow.")
    raise Unavailable("The registry sends us round in circles.")


def _streamed(line: Line, url: httpx.URL) -> tuple[int, httpx.Headers, bytes]:
    body = bytearray()
    try:
        with line.http.stream("GET", url) as answer:
            unpacked = _unpacker(answer.headers.get("content-encoding", ""))
            for part in answer.iter_raw():
                body += unpacked(part, line.bounds.bytes_of_page + 1 - len(body))
                if len(body) > line.bounds.bytes_of_page:
                    raise Unavailable("The registry sends more at once than we take.")
                line.left()
            return answer.status_code, answer.headers, bytes(body)
    except (httpx.HTTPError, zlib.error) as error:
        raise Unavailable(f"The registry cannot be reached ({_in_words(error)}).") from error
    finally:
        line.http.cookies.clear()


def _unpacker(packing: str) -> Callable[[bytes, int], bytes]:
    # Unpacked here and not by the client: a small packed body may hold gigabytes.
    if packing in ("", "identity"):
        return lambda part, most: part[:most]
    if packing in ("gzip", "x-gzip"):
        return zlib.decompressobj(wbits=31).decompress
    raise Unavailable("The registry sends its answer packed in a way that was not asked for.")


def _in_words(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    broken = isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | zlib.error)
    return "the connection broke" if broken else "no connection"


def _asked_to_wait(headers: httpx.Headers, *, attempt: int) -> float:
    given = str(headers.get("retry-after", "")).strip()
    if given.isdecimal():
        return float(given)
    try:
        until, now = parsedate_to_datetime(given), parsedate_to_datetime(str(headers.get("date", "")))
        return float(max((until - now).total_seconds(), 0.0))
    except (ValueError, TypeError):
        return 2.0 * 2.0**attempt
