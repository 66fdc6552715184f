"""The twenty symptoms of PTSD in DSM-5 and its rule: what CAPS-5 and PCL-5 share.

Clusters are B intrusion (items 1-5), C avoidance (6-7), D cognition and mood (8-14),
E arousal and reactivity (15-20). A symptom is present at 2 or more of 0-4. The rule
asks for 1 B, 1 C, 2 D and 2 E.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from holdfast.instruments.scale import ScoreName, english, ours
from holdfast.instruments.scoring import all_of, at_least, total

CODES: tuple[str, ...] = tuple(f"q{k}" for k in range(1, 21))
PRESENT_AT = 2
CLUSTERS: Mapping[str, tuple[int, int, int]] = {
    "b": (1, 5, 1),
    "c": (6, 7, 1),
    "d": (8, 14, 2),
    "e": (15, 20, 2),
}
"""First item, last item and symptoms needed, by cluster."""

CLUSTER_LABELS = {
    "b": ours("intrusion", "intrusión"),
    "c": ours("avoidance", "evitación"),
    "d": ours("negative cognition and mood", "pensamiento y ánimo negativos"),
    "e": ours("arousal and reactivity", "activación y reactividad"),
}


def cluster_of(severities: Sequence[float | None], cluster: str) -> list[float | None]:
    """The part of twenty severities that belongs to a cluster."""
    first, last, _ = CLUSTERS[cluster]
    return list(severities[first - 1 : last])


def present(severities: Sequence[float | None]) -> list[bool | None]:
    """Whether each symptom is present, None where it was not rated."""
    return [None if severity is None else severity >= PRESENT_AT for severity in severities]


def rule_met(severities: Sequence[float | None]) -> bool | None:
    """Whether 1 B, 1 C, 2 D and 2 E are present; None where missing items leave it open."""
    return all_of(
        at_least(present(cluster_of(severities, cluster)), needed)
        for cluster, (_, _, needed) in CLUSTERS.items()
    )


def cluster_sums(severities: Sequence[float | None]) -> dict[str, float | None]:
    """``cluster_b`` to ``cluster_e``: the severity of each cluster."""
    return {f"cluster_{c}": total(cluster_of(severities, c)) for c in CLUSTERS}


def symptom_counts(severities: Sequence[float | None]) -> dict[str, float | None]:
    """``symptoms_b`` to ``symptoms_e``: how many symptoms are present in each cluster."""
    return {f"symptoms_{c}": total(present(cluster_of(severities, c))) for c in CLUSTERS}


def cluster_score_names() -> tuple[ScoreName, ...]:
    """The declared cluster severities."""
    return tuple(
        ScoreName(
            f"cluster_{c}",
            ours(
                f"Severity of cluster {c.upper()}, {CLUSTER_LABELS[c]['en']}",
                f"Gravedad del grupo {c.upper()}, {CLUSTER_LABELS[c]['es']}",
            ),
            int,
            0,
            4 * _size(c),
        )
        for c in CLUSTERS
    )


def symptom_score_names() -> tuple[ScoreName, ...]:
    """The declared symptom counts."""
    return tuple(
        ScoreName(f"symptoms_{c}", english(f"Symptoms present in cluster {c.upper()}"), int, 0, _size(c))
        for c in CLUSTERS
    )


def _size(cluster: str) -> int:
    first, last, _ = CLUSTERS[cluster]
    return last - first + 1
