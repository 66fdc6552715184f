"""Whatever is sent to the interface of devices has an answer in a sentence, and is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from clinic.test_devices import Monitor, monitor, scene, therapist
from holdfast.clinic.devices.api import ANSWERS, Told, api
from holdfast.clinic.devices.models import Received
from scale import scaled

pytestmark = pytest.mark.postgres
__all__ = ["monitor", "scene", "therapist"]
MANY = settings(
    max_examples=scaled(600),
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
    ],
)
WAY_IN = schemathesis.openapi.from_dict(api.get_openapi_schema(path_prefix="/api/"))["/api/devices/readings"][
    "POST"
]
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def answered(monitor: Monitor, body: Any) -> int:
    """Send it; the answer is a documented status and a sentence."""
    answer = monitor.post(body)
    assert answer.status_code in ANSWERS, (answer.status_code, body)
    assert answer["Content-Type"] == "application/json"
    assert Told.model_validate(answer.json()).sentence
    return int(answer.status_code)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_what_the_description_allows_and_what_it_does_not_has_an_answer(monitor: Monitor, mode: Any) -> None:
    seen: set[int] = set()

    @given(case=WAY_IN.as_strategy(generation_mode=mode))
    @MANY
    def check(case: Any) -> None:
        body = case.body if isinstance(case.body, bytes) else json.dumps(_plain(case.body))
        seen.add(answered(monitor, body))

    check()
    assert seen
    assert Received.objects.exists()


def _plain(body: Any) -> Any:
    return None if type(body).__name__ == "NotSet" else body


@given(body=st.binary(max_size=200) | anything.map(json.dumps))
@MANY
def _anything(monitor: Monitor, body: Any) -> None:
    assert answered(monitor, body) in (400, 200, 202, 429)


def test_any_bytes_and_any_json_have_an_answer(monitor: Monitor) -> None:
    _anything(monitor)


@pytest.mark.parametrize(
    "body",
    [
        "[" * 30_000,
        '{"id":"a","at":"2026-03-09T10:00:00Z","heart_rate":' + "9" * 5000 + "}",
        '{"id":"a","at":"2026-03-09T10:00:00Z","heart_rate":1e400}',
        '{"id":"a","at":"2026-03-09T10:00:00Z","heart_rate":' + "9" * 400 + "}",
        '{"id":"a","at":"2026-03-09T10:00:00Z","\\u0000":1}',
        '{"id":"a","at":"2026-03-09T10:00:00Z","\\ud800":1}',
        '{"id":"a","at":99999999999999999999,"heart_rate":70}',
        '{"resourceType":"Observation","status":"\\ud800\\u0000","identifier":[{"value":"x"}],'
        '"code":{},"effectiveDateTime":"2026-03-09T10:00:00Z"}',
        json.dumps({"id": "a", "at": "2026-03-09T10:00:00Z", "heart_rate": 70}).encode("utf-16"),
        "",
    ],
)  # fmt: skip
def test_what_breaks_parsers_has_an_answer_and_is_kept(monitor: Monitor, body: Any) -> None:
    assert answered(monitor, body) in (400, 202)
    assert Received.objects.count() == 1


def test_what_was_kept_can_be_shown(monitor: Monitor, therapist: Any) -> None:
    for body in (
        '{"id":"a","at":"2026-03-09T10:00:00Z","\\u0000":1}',
        b"\xff",
        '{"id":"b","at":"2026-03-09T10:00:00Z","heart_rate":70}'.encode("utf-16"),
    ):
        monitor.post(body)
    page = therapist.client.get("/s/inactive-placebo/devices/")
    assert page.status_code == 200
    assert "heart rate 70 /min" in page.content.decode()
