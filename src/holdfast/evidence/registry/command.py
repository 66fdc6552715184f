"""What ``holdfast find`` does between parsing and printing."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import Any

from rich.console import Console

from holdfast.evidence.registry.client import ADDRESS, opened
from holdfast.evidence.registry.find import Card, Found, Wanted, country_code, point_of, search, wording
from holdfast.evidence.registry.refresh import refresh
from holdfast.evidence.routes import Routes, routes
from holdfast.sourced import Status

LANGUAGE = "en"


def find(
    *,
    near: str | None,
    country: str | None,
    status: Wanted,
    fresh: bool,
    as_json: bool,
    today: date,
    console: Console,
) -> None:
    """Print the trials of the newest copy, asked for anew where that is wanted, and lawful routes."""
    where = point_of(near) if near else None
    told = _refreshed(today) if fresh else ()
    found = search(where, country, today=today, status=status)
    ways = routes(country_code(country) or country, today) if country else None
    if as_json:
        print(json.dumps(in_json(found, ways, told), ensure_ascii=False, allow_nan=False, indent=1))
    else:
        for said in [*told, *_lines(found), *(_ways(ways) if ways else ())]:
            console.print(said, markup=False, highlight=False, soft_wrap=True)


def _refreshed(today: date) -> tuple[str, ...]:
    line = opened(os.environ.get("HOLDFAST_REGISTRY") or ADDRESS)
    try:
        return refresh(line, today=today)
    finally:
        line.http.close()


def in_json(found: Found, ways: Routes | None, told: tuple[str, ...]) -> dict[str, Any]:
    """Cards, notes and routes, all languages."""
    return {
        "snapshot_date": found.snapshot_date.isoformat(),
        "refresh": list(told),
        "notes": list(found.notes),
        "trials": [_card(each) for each in found.cards],
        "routes": None
        if ways is None
        else {
            "country": ways.country,
            "standing": [each.model_dump(mode="json") for each in ways.standing],
            "past": [each.model_dump(mode="json") for each in ways.past],
            "said": ways.said,
            "red_flags": list(ways.red_flags),
        },
    }


def _card(of: Card) -> dict[str, Any]:
    study = of.study
    return {
        "registry_id": study.registry_id,
        "title": study.title,
        "link": of.link,
        "status": {
            "code": study.status,
            "words": of.status,
            "as_of": of.as_of.iso(),
            "read": of.read.isoformat(),
        },
        "phases": list(study.phases),
        "sponsor": {"name": study.sponsor, "class": study.sponsor_class, "words": of.sponsor_class},
        "data_board": study.board,
        "ethics": of.ethics,
        "last_update": study.updated.iso(),
        "planned_end": study.ends.iso(),
        "ages": [str(each) if each else None for each in (study.youngest, study.oldest)],
        "distance_km": of.distance_km,
        "names_country": of.named,
        "nearest": None if of.site is None else asdict(of.site),
        "contacts": [asdict(each) for each in study.contacts],
        "criteria": asdict(study.criteria),
        "fits": of.answer,
        "ask": of.question,
        "doubts": list(of.doubts),
        "source": {"cite": of.source, "status": of.known.value},
    }


def _lines(found: Found) -> Iterator[str]:
    yield from (each[LANGUAGE] for each in found.notes)
    for card in found.cards:
        yield ""
        yield from _card_lines(card)
    if found.cards:
        yield ""
        yield found.cards[0].question[LANGUAGE]
        yield found.cards[0].ethics[LANGUAGE]


def _card_lines(of: Card) -> Iterator[str]:
    study = of.study
    yield f"{study.registry_id}  {study.title or 'title not known'}"
    since = of.as_of.in_words() if of.as_of.year else "a day that is not known"
    yield f"  {of.status[LANGUAGE]} (as of {since}) · {_place(of)}"
    phases = ", ".join(each[LANGUAGE] for each in of.phases) or "phase not known"
    sponsor = study.sponsor or "sponsor not known"
    run_by = f"{sponsor} (run by: {of.sponsor_class[LANGUAGE]})"
    yield f"  {phases} · {run_by} · independent data board: {_yes(study.board)}"
    yield f"  last update {study.updated.in_words()} · contact: {_contact(of)}"
    yield from (f"  ! {each[LANGUAGE]}" for each in of.doubts)
    for name, lines in (("may take part", study.criteria.inclusion), ("may not", study.criteria.exclusion)):
        if lines:
            yield f"  {name}, in the trial's words ({len(lines)}):"
            yield from (f"    - {each}" for each in lines)
    if not study.criteria.known:
        yield "  who may take part: not in this copy; look at the registry"
    yield f"  source: {of.source} ({_known(of.known)}, on {of.read.isoformat()})"


def _known(status: Status) -> str:
    return wording().known[status.value][LANGUAGE]


def _place(of: Card) -> str:
    if of.site is None:
        return "place not known"
    named = ", ".join(
        part for part in (of.site.facility, of.site.city, of.site.state, of.site.country) if part
    )
    return f"{named}, about {of.distance_km} km" if of.distance_km is not None else named


def _contact(of: Card) -> str:
    named = [
        " ".join(part for part in (each.name, each.phone, each.email) if part) for each in of.study.contacts
    ]
    return "; ".join(named[:2]) or f"not in this copy; look up {of.study.registry_id} at ClinicalTrials.gov"


def _yes(flag: bool | None) -> str:
    return "not known" if flag is None else "yes" if flag else "no"


def _ways(of: Routes) -> Iterator[str]:
    yield ""
    yield f"Lawful routes, {of.country}"
    if of.said:
        yield f"  {of.said[LANGUAGE]}"
    for each in (*of.standing, *of.past):
        yield f"  {each.title[LANGUAGE]}: {each.say[LANGUAGE]} {each.ask[LANGUAGE]}"
        yield f"    source: {each.source} ({_known(each.status)}), checked {each.checked.isoformat()}"
    yield "Keep away where"
    yield from (f"  - {each[LANGUAGE]}" for each in of.red_flags)
