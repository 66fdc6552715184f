"""Cost and fairness: time from the study file, money as published, who took part; nothing can be entered."""

from __future__ import annotations

import re

from django.test import Client

from clinic.public_text import read
from holdfast.clinic.public.cost_pages import cost_context
from holdfast.evidence.fairness import costs, participants
from holdfast.protocol.compiler import compile_study
from holdfast.studies import path_of

ADDRESS = "/cost-and-fairness/"


def page() -> str:
    return Client(SERVER_NAME="127.0.0.1").get(ADDRESS).content.decode()


def words(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", text).replace("&#x27;", "'").split())


def test_hours_and_days_are_those_of_the_study_file() -> None:
    protocol = compile_study(path_of("inactive-placebo"))
    kinds = ("preparation", "dosing", "integration")
    visits = [each for each in protocol.visits if each.kind in kinds]
    long_days = sum(each.kind == "dosing" for each in visits)
    text = words(page())
    assert f"on {len(visits)} days over some months" in text
    assert f"On {long_days} of those days you are there for about 8 hours" in text
    # Three talks and nine of an hour and a half, three days of eight hours.
    assert "about 42 hours with the therapists" in text


def test_every_published_sum_stands_with_what_it_leaves_out() -> None:
    text = words(page())
    for each in costs().entries:
        assert each.words()["en"] in text
        assert each.but["en"] in text
    for each in costs().unknown:
        assert each["en"] in text


def test_who_took_part_is_counted_over_both_arms_and_who_did_not_is_named() -> None:
    text = words(page().replace("</th>", " </th>").replace("<th", " <th"))
    for each in participants().groups:
        some, of = each.people
        assert f" {each.label['en']} {some} of {of}" in text
    for each in participants().missing:
        assert each["en"] in text
    sources = " ".join(said for _, said in read(page()).sources.values())
    for source in (*costs().sources.values(), *participants().sources.values()):
        assert source.cite in sources


def test_nothing_can_be_entered_and_no_price_is_promised() -> None:
    tags = read(page()).tags
    assert [tag for tag, _ in tags if tag in ("form", "input", "select", "textarea", "button")] == []
    assert not re.search(r"only \d|from just|discount|offer ends|book now", words(page()).lower())


def test_it_is_there_in_spanish_where_the_data_are() -> None:
    shown = cost_context("es")
    labels = [each.label for _title, people in shown["groups"] for each in people]  # type: ignore[attr-defined]
    assert "Mujeres" in labels
    assert any("dólares" in line.say for _, lines in shown["kinds"] for line in lines)  # type: ignore[attr-defined]
