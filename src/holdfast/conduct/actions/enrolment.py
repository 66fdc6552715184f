"""What is asked and told: enrolment and consent."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.conduct.actions.stamp import Ask, Tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Prescreen(Tell):
    """Somebody was in touch."""

    participant: str
    referred_by: str
    prior_mdma: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveConsent(Ask):
    """Consent to items; the rest is declined."""

    participant: str
    items: tuple[str, ...]
    language: str
    explained_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawConsent(Tell):
    """Consent items are withdrawn; never refused."""

    participant: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessEligibility(Ask):
    """Judge the criteria of screening or baseline from what is known now."""

    participant: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FailScreening(Tell):
    """The person does not enter."""

    participant: str
    criteria: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Randomise(Ask):
    """Give the participant the next slot of the stratum's list.

    ``stratum`` names the list; empty for ``site=<the stamp's site>``.
    """

    participant: str
    stratum: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopTreatment(Tell):
    """No more dosing."""

    participant: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw(Tell):
    """The participant withdraws."""

    participant: str
    from_: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Complete(Ask):
    """Close a participant's planned course."""

    participant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportIntercurrentEvent(Tell):
    """An intercurrent event named in the protocol."""

    participant: str
    event: str
    visit: str
    detail: str
