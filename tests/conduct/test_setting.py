from __future__ import annotations

import pytest

from conduct_world import PERSON, World, kinds
from holdfast.conduct import actions as act
from holdfast.conduct.setting import EDITION, LONGEST, QUESTIONS
from holdfast.errors import ImpossibleValue


def note(**items: object) -> act.NoteSetting:
    given = {code.replace("_", "-"): said for code, said in items.items()}
    return act.NoteSetting(participant=PERSON, visit="dosing-1", items=given)


def test_what_is_answered_is_kept_with_the_edition_of_the_questions():
    world = World().started()
    records = world.told("ben", note(light="dim", music="A fixed playlist", objects="  ", privacy=""))
    assert kinds(records) == ["setting-noted"]
    assert records[0].fact.questions == EDITION
    assert records[0].fact.items == {"light": "dim", "music": "A fixed playlist"}
    assert world.session().setting == {"light": "dim", "music": "A fixed playlist"}


@pytest.mark.parametrize(
    ("items", "field"),
    [
        ({"light": "candles"}, "light"),
        ({"smell": "lavender"}, "smell"),
        ({"music": 3}, "music"),
        ({"music": "x" * (LONGEST + 1)}, "music"),
        ({"music": " "}, "place"),
    ],
)
def test_what_is_no_answer_is_sent_back(items, field):
    with pytest.raises(ImpossibleValue) as sent_back:
        World().started().told("ben", note(**items))
    assert sent_back.value.field == field


def test_items_1_to_13_and_16_are_asked_once_or_in_two_questions_and_no_other():
    items = [each.item for each in QUESTIONS if each.item]
    assert sorted(set(items)) == [*range(1, 14), 16]
    assert len({each.code for each in QUESTIONS}) == len(QUESTIONS)
