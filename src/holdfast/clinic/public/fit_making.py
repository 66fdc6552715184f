"""Makes ``fit.json``: the criteria of every study of the package, with their rules as the browser reads them.

``python -m holdfast.clinic.public.fit_making`` writes the file anew; a test holds that it is what the study
files say. A criterion whose text nobody has read is left out, and the page says so.
"""

from __future__ import annotations

import json
from typing import Any

from holdfast.clinic.public.fit_data import FILE_CRITERIA, questions
from holdfast.protocol.compiler import compile_study
from holdfast.protocol.model import Criterion, Protocol
from holdfast.protocol.rules import names_in, parse, to_json
from holdfast.sourced import CITABLE
from holdfast.studies import path_of

_CITABLE = frozenset(status.value for status in CITABLE)


def made() -> dict[str, Any]:
    """What the page reads, as plain data; studies that ask for the same stand together."""
    groups: list[dict[str, Any]] = []
    for study in questions().studies:
        protocol = compile_study(path_of(study))
        asked = criteria_of(protocol)
        same = next((each for each in groups if each["criteria"] == asked), None)
        if same:
            same["studies"].append(study)
            continue
        groups.append({
            "studies": [study],
            "left_out": len(asked) < len(protocol.eligibility),
            "criteria": asked,
        })  # fmt: skip
    return {"groups": groups}


def criteria_of(protocol: Protocol) -> list[dict[str, Any]]:
    """The criteria of a study that the page shows, as plain data."""
    dates = {each.cite: each.date for each in protocol.sources.values()}
    return [
        _criterion(each, date=dates[each.source]) for each in protocol.eligibility if each.status in _CITABLE
    ]


def _criterion(criterion: Criterion, *, date: str) -> dict[str, Any]:
    rule = parse(criterion.rule)
    return {
        "code": criterion.code,
        "original": dict(criterion.original),
        "plain": dict(criterion.plain),
        "rule": to_json(rule),
        "names": sorted(names_in(rule)),
        "source": criterion.source,
        "status": criterion.status,
        "date": date,
    }


def text() -> str:
    """The file's text."""
    return json.dumps(made(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FILE_CRITERIA.write_text(text(), encoding="utf-8")
