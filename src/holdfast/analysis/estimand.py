"""From an estimand's strategies to the data a method may use (ICH E9(R1))."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from holdfast.analysis.results import Question
from holdfast.errors import TableError
from holdfast.protocol.model import Estimand, Protocol, Strategy
from holdfast.statistics.arrays import TrialArrays

WORDS = {
    Strategy.TREATMENT_POLICY: "Values after it count as they are (treatment policy)",
    Strategy.HYPOTHETICAL: "Values after it are set aside, answered as if it had not come (hypothetical)",
    Strategy.COMPOSITE: "Counts as no, whatever came after (composite)",
    Strategy.WHILE_ON_TREATMENT: "Values before it count alone (while on treatment)",
    Strategy.PRINCIPAL_STRATUM: "Asked only of those in whom it would never come (principal stratum)",
}
MASKED = {Strategy.HYPOTHETICAL, Strategy.WHILE_ON_TREATMENT}


def apply_strategies(
    arrays: TrialArrays, estimand: Estimand
) -> tuple[TrialArrays, Mapping[str, int], tuple[str, ...]]:
    """The arrays with what the strategies set aside made missing, how many by event, and warnings.

    Treatment policy keeps every observation. A hypothetical strategy treats values from
    the first visit an event bears on as not observed; the mixed model then estimates
    under missing at random. While-on-treatment (death, say) sets the same values aside,
    and the result says that a mixed model then answers as if the event had not come.
    Raises TableError where somebody had an event of a strategy that a mixed model cannot serve.
    """
    keep = arrays.observed.copy()
    excluded: dict[str, int] = {}
    warnings: list[str] = []
    for event, strategy in estimand.strategies.items():
        after = arrays.intercurrent.get(event)
        if after is None or strategy is Strategy.TREATMENT_POLICY or not after.any():
            continue
        if strategy not in MASKED:
            raise TableError(
                f"Estimand {estimand.code!r} asks for the strategy {strategy.value!r} for {event!r}; "
                "a mixed model serves treatment-policy and hypothetical only. Choose another method."
            )
        if strategy is Strategy.WHILE_ON_TREATMENT:
            people = int(after.any(axis=1).sum())
            warnings.append(
                f"{people} had {event!r}, for which the estimand counts values while on treatment only; "
                "the mixed model estimates as if the event had not come."
            )
        lost = int(np.count_nonzero(keep & after))
        if lost:
            excluded[event] = lost
        keep &= ~after
    outcome = np.where(keep, arrays.outcome, np.nan)
    return replace(arrays, outcome=outcome, observed=keep), excluded, tuple(warnings)


def question(estimand: Estimand, protocol: Protocol) -> Question:
    """The estimand in words, its events by their labels."""
    labels = {event.code: event.label["en"] for event in protocol.intercurrent_events}
    return Question(
        treatment=estimand.treatment["en"],
        population=estimand.population["en"],
        visit=estimand.visit,
        summary=estimand.summary.replace("-", " "),
        strategies={labels.get(event, event): each.value for event, each in estimand.strategies.items()},
    )


def in_words(asked: Question) -> tuple[str, ...]:
    """The attributes of an estimand as sentences, intercurrent events gathered by strategy."""
    events = (
        (words, [event for event, each in asked.strategies.items() if each == strategy.value])
        for strategy, words in WORDS.items()
    )
    return (
        f"Treatments: {asked.treatment}.",
        f"Population: {asked.population}.",
        f"Summary: {asked.summary}.",
        *(f"{words}: {'; '.join(named)}." for words, named in events if named),
    )
