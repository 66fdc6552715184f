"""Costs and participants: every number has a citable source, the counts fit, and what is unknown is said."""

from __future__ import annotations

import re

import pytest

from holdfast.errors import TableError
from holdfast.evidence.fairness import Costs, Participants, costs, participants
from holdfast.evidence.reading import read_part
from holdfast.evidence.trials import trials

LANGUAGES = {"en", "es"}
COST = """
sources: {work: {cite: "A work, 2022", status: found, date: 2022}}
entries:
  - {code: one, kind: model, country: US, source: work, figures: {each: {value: 1234.5, unit: USD}}, say: {en: "It cost {each} dollars."}, but: {en: "Once."}}
unknown: []
"""  # noqa: E501 one entry of the file is one line


def test_every_sentence_is_there_in_both_languages_with_its_numbers_filled_in() -> None:
    for each in (*costs().entries, *participants().reviews):
        said = each.words()
        assert set(said) == LANGUAGES
        assert not any("{" in text for text in said.values())
        assert len({tuple(re.findall(r"\d[\d,.]*\d|\d", text)) for text in said.values()}) == 1, each.code
    for texts in (costs().unknown, participants().missing, participants().unknown):
        assert texts
        assert all(set(each) == LANGUAGES for each in texts)


def test_a_sentence_names_its_figures_and_writes_thousands() -> None:
    read = read_part(Costs, "costs.yaml", COST)
    assert read.entries[0].words() == {"en": "It cost 1,234.5 dollars."}
    figure = read.entries[0].figure(read.sources)
    assert (figure.numbers, figure.source, figure.date) == ((1234.5,), "A work, 2022", "2022")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (COST.replace("{each} dollars", "99 dollars"), "does not name each of its figures"),
        (COST.replace("source: work", "source: hearsay"), "no such source: hearsay"),
        (COST.replace("status: found", "status: recalled_unverified"), "may not be cited"),
        (COST.replace("kind: model", "kind: promise"), "Input should be"),
    ],
)
def test_what_cannot_be_traced_is_refused(wrong: str, said: str) -> None:
    with pytest.raises(TableError, match=re.escape(said)):
        read_part(Costs, "costs.yaml", wrong)


def test_groups_fit_in_the_trial_and_men_and_women_are_all_of_it() -> None:
    by_code = {each.code: each for each in participants().groups}
    randomised = {each.trial: each.randomised for each in trials()}
    for each in by_code.values():
        assert each.people[1] == randomised[each.trial]
    women, men = by_code["women"], by_code["men"]
    assert women.people[0] + men.people[0] == women.people[1] == 104
    for arm in (0, 1):
        assert women.events[arm] + men.events[arm] == women.n[arm]


def test_more_people_than_took_part_are_refused() -> None:
    text = """
sources: {work: {cite: "A work, 2022", status: found, date: 2022}}
groups:
- {code: some, about: sex, label: {en: S}, trial: mitchell-2023, events: [54, 0], n: [53, 51], source: work}
before: {percent: [1, 2], n: [53, 51], source: work}
reviews: []
missing: []
unknown: []
"""
    with pytest.raises(TableError, match="more people in “some” than took part"):
        read_part(Participants, "participants.yaml", text)
