"""A tablet of the kill test, as a process of its own: enters readings and notes which were acknowledged.

An entry is sent until it is acknowledged, always with the same id. Whatever happens to
the server, what stands in the list of acknowledged entries must be in the ledger once.

    python tablet.py ADDRESS PATH LIST NUMBER
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import uuid
from pathlib import Path

import httpx

stopping = False


def stop(*_: object) -> None:
    global stopping
    stopping = True


def signed_in(address: str) -> httpx.Client:
    client = httpx.Client(base_url=address, timeout=20.0, headers={"Accept": "application/json"})
    page = client.get("/sign-in", headers={"Accept": "text/html"})
    page.raise_for_status()
    entered = client.post(
        "/sign-in/demo",
        data={"person": "s01-therapist-1", "csrfmiddlewaretoken": client.cookies["csrftoken"]},
        headers={"Accept": "text/html"},
    )
    assert entered.status_code == 302, entered.text
    return client


def values(tablet: int, number: int) -> dict[str, str]:
    """A triple of values that no other entry of this run has."""
    return {
        "systolic": str(110 + number % 40),
        "diastolic": str(60 + (number // 40) % 30),
        "heart_rate": str(60 + (number // 1200) % 20 + 20 * tablet),
        "temperature": "36.6",
    }


def main(address: str, path: str, kept: Path, tablet: int) -> None:
    signal.signal(signal.SIGTERM, stop)
    client, number = None, 0
    with kept.open("a", encoding="ascii") as notes:
        while not stopping:
            entry = {"id": str(uuid.uuid4()), "keep": "1", **values(tablet, number)}
            number += 1
            print(json.dumps({"sent": entry["id"]}), file=notes, flush=True)
            acknowledged = False
            while not acknowledged:
                try:
                    client = client or signed_in(address)
                    token = client.cookies["csrftoken"]
                    answer = client.post(path, data=entry, headers={"X-CSRFToken": token})
                except (httpx.HTTPError, AssertionError):
                    client = None
                    time.sleep(0.05)
                    continue
                if answer.status_code >= 500:
                    time.sleep(0.05)
                    continue
                assert answer.status_code in (200, 201), (answer.status_code, answer.text)
                acknowledged = True
            print(json.dumps({"acknowledged": entry}), file=notes, flush=True)
            os.fsync(notes.fileno())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
