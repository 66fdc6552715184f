"""A registry on this machine that speaks the shape of API v2, with every fault a test may want."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from holdfast.evidence.registry.client import Bounds, Line, opened

CRITERIA = "Inclusion Criteria:\n\n* Over 18 years old\n\nExclusion Criteria:\n\n* Pregnant"


@dataclass
class Reply:
    """What the registry answers: JSON, or bytes as they are; pieces come one by one."""

    content: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pieces: Iterator[bytes] | None = None


@dataclass
class Asked:
    path: str
    params: dict[str, str]
    headers: dict[str, str]


Script = Callable[[Asked], Reply]


@dataclass
class World:
    """The running registry: where it is, and what it was asked."""

    address: str
    asked: list[Asked]


@contextmanager
def registry(script: Script) -> Iterator[World]:
    """A registry on a free port of this machine while the block runs."""
    asked: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            this = Asked(
                parts.path, dict(parse_qsl(parts.query)), {k.lower(): v for k, v in self.headers.items()}
            )
            asked.append(this)
            reply = script(this)
            body = reply.content if isinstance(reply.content, bytes) else json.dumps(reply.content).encode()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.pieces is None:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                for piece in reply.pieces or (body,):
                    self.wfile.write(piece)
            except OSError:
                pass  # the other side had enough

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield World(f"http://127.0.0.1:{server.server_port}/api/v2", asked)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Clock:
    """A clock that only a wait moves on."""

    now: float = 0.0
    waits: list[float] = field(default_factory=list)

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


@contextmanager
def line(world: World, *, clock: Clock | None = None, **bounds: float) -> Iterator[Line]:
    """A connection to it that waits on a clock of its own."""
    clock = clock or Clock()
    found = opened(world.address, bounds=Bounds(**bounds))  # type: ignore[arg-type]
    found.clock, found.wait = lambda: clock.now, clock.wait
    found.began = clock.now
    try:
        yield found
    finally:
        found.http.close()


def raw_study(number: int, **changes: Any) -> dict[str, Any]:
    """A study as the registry sends it; ``changes`` replace whole modules."""
    section: dict[str, Any] = {
        "identificationModule": {
            "nctId": f"NCT{number:08d}",
            "briefTitle": f"MDMA-assisted Therapy for PTSD {number}",
            "organization": {"fullName": "Some University", "class": "OTHER"},
        },
        "statusModule": {"overallStatus": "RECRUITING", "lastUpdatePostDateStruct": {"date": "2026-10-01"}},
        "sponsorCollaboratorsModule": {"leadSponsor": {"name": "Some University", "class": "OTHER"}},
        "oversightModule": {"oversightHasDmc": True, "isFdaRegulatedDrug": True},
        "conditionsModule": {"conditions": ["Posttraumatic Stress Disorder"]},
        "designModule": {"studyType": "INTERVENTIONAL", "phases": ["PHASE2"]},
        "armsInterventionsModule": {"interventions": [{"type": "DRUG", "name": "MDMA"}]},
        "eligibilityModule": {
            "eligibilityCriteria": CRITERIA,
            "sex": "ALL",
            "minimumAge": "18 Years",
        },
        "contactsLocationsModule": {
            "centralContacts": [{"name": "A. Person", "phone": "555-0100", "email": "trial@example.org"}],
            "locations": [
                {
                    "facility": "Clinic",
                    "city": "Zurich",
                    "country": "Switzerland",
                    "geoPoint": {"lat": 47.37, "lon": 8.55},
                }
            ],
        },
    }
    return {"protocolSection": section | changes, "hasResults": False}
