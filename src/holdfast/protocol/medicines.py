"""The classes of medicine that a medication list tells apart, and a study file may name."""

from __future__ import annotations

CLASSES = (
    "mao-inhibitor", "lithium", "ssri", "snri", "other-antidepressant", "antipsychotic", "benzodiazepine",
    "stimulant", "opioid", "sympathomimetic", "antihypertensive", "other",
)  # fmt: skip
"""Codes of the classes, the ones that stop a dose first."""
