"""Small cells: counts of a total with the small ones hidden, so that no sum tells them.

One to four people are few enough to be recognised. Five is the customary least number of health statistics
(the Australian Institute of Health and Welfare hides 1 to 4 and then, by consequence, what would tell them:
technical notes of its reports, 2017 to 2024); it is a choice, and no proof against somebody who knows more.
"""

from __future__ import annotations

from collections.abc import Sequence

SMALL = 5
"""The least number of people that is shown; none is shown too."""


def hidden(counts: Sequence[int]) -> list[int | None]:
    """Counts of one known total; None where hidden.

    Cells of one to ``SMALL`` - 1 are hidden; of a total below twice ``SMALL`` that has one, every cell.
    Where the total and this rule would leave a hidden cell only one value, others are hidden too, from the
    last on. Which ones must not depend on how large they are: hiding the next smallest tells the one that is
    hidden wherever two are alike.
    """
    away = {place for place, count in enumerate(counts) if 0 < count < SMALL}
    if away and sum(counts) < 2 * SMALL:
        return [None] * len(counts)
    for place in reversed(range(len(counts))):
        if not away or _leaves_a_choice(counts, away):
            break
        away.add(place)
    return [None if place in away else count for place, count in enumerate(counts)]


def _leaves_a_choice(counts: Sequence[int], away: set[int]) -> bool:
    """Whether the hidden cells could add up to their sum in more than one way.

    Two cells at least, and a sum that is neither one person each nor ``SMALL`` - 1 each, nor below ``SMALL``.
    """
    total = sum(counts[place] for place in away)
    return len(away) > 1 and total >= SMALL and total not in (len(away), (SMALL - 1) * len(away))
