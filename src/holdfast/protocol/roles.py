"""The roles people hold in a study, and which of them are blinded by default."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Who somebody is in a study. One person may hold several, each at named sites."""

    COORDINATOR = "coordinator"
    THERAPIST = "therapist"
    PHYSICIAN = "physician"
    PHARMACIST = "pharmacist"
    RATER = "rater"
    ATTENDANT = "attendant"
    SAFETY_MONITOR = "safety_monitor"
    DATA_BOARD = "data_board"
    STATISTICIAN = "statistician"
    SPONSOR = "sponsor"
    AUDITOR = "auditor"
    PARTICIPANT = "participant"
    SYSTEM = "system"


UNBLINDED = frozenset({Role.PHARMACIST})
"""Roles that may hold the allocation key while the study is blinded."""
