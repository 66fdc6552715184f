"""The names that gates and alarms may use."""

from __future__ import annotations

from holdfast.protocol.model import Limit
from holdfast.protocol.rules import RESERVED, check_boolean, parse
from holdfast.protocol.variables import SESSION_VARIABLES, limit_name, limit_variables
from holdfast.sourced import Figure, Status

NUMBERS = {
    "systolic": "mmHg",
    "diastolic": "mmHg",
    "heart_rate": "/min",
    "temperature": "degC",
    "hours_since_first_dose": "h",
    "cssrs_ideation": "1",
    "suds": "1",
    "suds_baseline": "1",
    "monitors_present": "1",
}
ANSWERS = {
    "cssrs_behaviour", "consent_in_force", "kit_matches", "identity_confirmed", "mao_inhibitor_or_lithium",
    "pregnancy_test_negative", "physician_reachable", "emergency_kit_in_date", "fasted", "escort_arranged",
    "touch_agreement_read", "laboratory_in_window", "washout_done", "eligibility_rechecked",
    "contraindication", "oriented", "gait_steady",
}  # fmt: skip


def test_session_variables_have_their_units():
    units = {name: one.unit for name, one in SESSION_VARIABLES.items() if one.type == "number"}
    assert units == NUMBERS
    assert {name for name, one in SESSION_VARIABLES.items() if one.type == "bool"} == ANSWERS
    assert len(SESSION_VARIABLES) == len(NUMBERS) + len(ANSWERS)


def test_every_session_variable_can_stand_in_a_rule():
    labels = [declared.label for declared in SESSION_VARIABLES.values()]
    assert len(set(labels)) == len(labels)
    for name, declared in SESSION_VARIABLES.items():
        assert declared.label
        assert name not in RESERVED
        check_boolean(parse(f"{name} > 1" if declared.type == "number" else name), SESSION_VARIABLES)


def test_signed_limits_are_names_in_the_unit_of_their_value():
    figure = Figure(value=1, unit="mmHg", source="made for this test", status=Status.REHEARSAL, date="2026")
    limit = Limit(
        code="systolic-stop",
        measure="systolic",
        op=">=",
        value=figure,
        priority="high",
        action={"en": "Stop."},
    )
    names = limit_variables([limit])
    assert {name: (one.type, one.unit) for name, one in names.items()} == {
        limit_name("systolic-stop"): ("number", "mmHg")
    }
    assert limit_name("systolic-stop") == "limit_systolic_stop"
    check_boolean(parse("systolic < limit_systolic_stop"), {**SESSION_VARIABLES, **names})
