from __future__ import annotations

import pytest
from pydantic import ValidationError

from holdfast.sourced import Figure, Status


def figure(**other):
    given = {"value": 28, "unit": "points", "source": "Mitchell 2023", "status": "sourced", "date": "2023"}
    return Figure.model_validate(given | other)


@pytest.mark.parametrize(
    "lacking", [{"source": ""}, {"unit": ""}, {"status": "heard"}, {"date": "last year"}]
)
def test_a_number_without_unit_source_status_or_date_is_no_figure(lacking):
    with pytest.raises(ValidationError):
        figure(**lacking)


def test_a_bare_year_of_yaml_is_a_date():
    assert figure(date=2023).date == "2023"


def test_one_number_and_many():
    assert figure().number == 28.0
    assert figure(value=(31, 33)).numbers == (31.0, 33.0)
    with pytest.raises(TypeError, match="list of 2 values"):
        _ = figure(value=(31, 33)).number


def test_only_sourced_and_derived_figures_are_citable_and_only_rehearsal_needs_a_signature():
    citable = {status for status in Status if figure(status=status).citable}
    assert citable == {
        "sourced_primary",
        "sourced",
        "found",
        "sourced_secondary",
        "found_secondary",
        "derived",
    }
    assert [status for status in Status if figure(status=status).needs_signature] == ["rehearsal"]
