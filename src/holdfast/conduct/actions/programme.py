"""What is asked and told: a treatment programme outside trials."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.conduct.actions.stamp import Ask, Tell


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterTreatment(Ask):
    """The participant enters treatment, where the study does not randomise: day 1."""

    participant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAuthority(Ask):
    """A prescriber's approval for a product at this site, with its ethics approval. Dates are ISO.

    ``confirmed`` are codes of the conditions that the study file names.
    """

    prescriber: str
    product: str
    approval: str
    committee: str
    ethics_approval: str
    ethics_until: str
    sites: tuple[str, ...]
    state: str
    valid_from: str
    valid_until: str
    confirmed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EndAuthority(Tell):
    """An approval ended before its time."""

    approval: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendReport(Tell):
    """The report of a period, named by its first day, was sent on a day; ``copied_to``: to whom else."""

    first: str
    sent_on: str
    reference: str = ""
    copied_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prescribe(Ask):
    """The prescriber prescribes the doses of a session."""

    participant: str
    visit: str
    approval: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveNotice(Tell):
    """An authority was told, on a day, with its reference; ``visit`` that of the prescription it tells of."""

    participant: str
    notice: str
    given_on: str
    visit: str = ""
    reference: str = ""
