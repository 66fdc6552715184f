"""The names that gate and alarm rules may use besides the study's own variables.

Session variables are filled by conduct from what is recorded of a dosing session.
A limit's signed value is the variable ``limit_<code>``, hyphens as underscores; it
is missing, and what needs it unknown, until a physician of the site has signed it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from holdfast.protocol.model import Limit
from holdfast.protocol.rules import Declared


def _measured(unit: str, label: str) -> Declared:
    return Declared("number", unit=unit, label=label)


def _yes_or_no(label: str) -> Declared:
    return Declared("bool", label=label)


SESSION_VARIABLES: Mapping[str, Declared] = MappingProxyType(
    {
        "systolic": _measured("mmHg", "systolic blood pressure"),
        "diastolic": _measured("mmHg", "diastolic blood pressure"),
        "heart_rate": _measured("/min", "heart rate"),
        "temperature": _measured("degC", "body temperature"),
        "hours_since_first_dose": _measured("h", "time since the first dose"),
        "cssrs_ideation": _measured("1", "C-SSRS suicidal ideation"),
        "cssrs_behaviour": _yes_or_no("C-SSRS suicidal behaviour"),
        "suds": _measured("1", "subjective units of distress"),
        "suds_baseline": _measured("1", "subjective units of distress before the first dose"),
        "monitors_present": _measured("1", "number of monitors present"),
        "consent_in_force": _yes_or_no("consent is in force"),
        "kit_matches": _yes_or_no("the kit is the one assigned to this dose"),
        "identity_confirmed": _yes_or_no("the participant's identity is confirmed"),
        "mao_inhibitor_or_lithium": _yes_or_no("MAO inhibitor or lithium taken"),
        "pregnancy_test_negative": _yes_or_no("pregnancy test negative or not applicable"),
        "physician_reachable": _yes_or_no("a physician can be reached"),
        "emergency_kit_in_date": _yes_or_no("the emergency kit is in date"),
        "fasted": _yes_or_no("the participant has fasted"),
        "escort_arranged": _yes_or_no("an escort home is arranged"),
        "touch_agreement_read": _yes_or_no("the touch agreement was read together"),
        "laboratory_in_window": _yes_or_no("laboratory results lie within their window"),
        "washout_done": _yes_or_no("wash-out is complete"),
        "eligibility_rechecked": _yes_or_no("eligibility was checked again"),
        "contraindication": _yes_or_no("a contraindication has arisen"),
        "oriented": _yes_or_no("the participant is oriented"),
        "gait_steady": _yes_or_no("the participant's gait is steady"),
    }
)
"""Types, units and labels of the names filled from a dosing session."""


def limit_name(code: str) -> str:
    """The variable of a limit's signed value.

    >>> limit_name("systolic-stop")
    'limit_systolic_stop'
    """
    return "limit_" + code.replace("-", "_")


def limit_variables(limits: Iterable[Limit]) -> dict[str, Declared]:
    """The signed limits of a study as names, each in the unit of its value."""
    return {
        limit_name(limit.code): _measured(limit.value.unit, f"the signed limit “{limit.code}”")
        for limit in limits
    }
