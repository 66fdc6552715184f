"""The six-monthly report: its periods, its lines, and totals that are those of the ledger."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache

import pytest

from holdfast.analysis.periodic import COLUMNS, NOBODY, as_csv, periodic
from holdfast.conduct import actions as act
from holdfast.errors import TableError
from holdfast.protocol.periods import Period, periods
from holdfast.records.envelope import Record
from holdfast.simulation import assumptions
from holdfast.simulation.play import play
from holdfast.studies import path_of
from programme_world import STUDY, Programme, protocol

EVERYTHING = Period(date(2000, 1, 1), date(2099, 12, 31))
TODAY = date(2026, 11, 26)


@cache
def played() -> Sequence[Record]:
    """Nine people at three sites of three states, from the first contact to the last follow-up."""
    model = assumptions.load(path_of(STUDY).parent / "assumptions.yaml")
    few = model.recruitment.by_arm.model_copy(update={"value": 9})
    recruitment = model.recruitment.model_copy(update={"by_arm": few})
    return play(protocol(), model.model_copy(update={"recruitment": recruitment}), seed=3).records


def of_kind(records: Sequence[Record], kind: str) -> list[Record]:
    return [record for record in records if record.kind == kind]


def test_periods_are_the_halves_of_a_year_with_both_days_in_them():
    programme = protocol().programme
    found = periods(programme, first=date(2026, 3, 2), last=date(2027, 1, 1))
    assert found == (
        Period(date(2027, 1, 1), date(2027, 6, 30)),
        Period(date(2026, 7, 1), date(2026, 12, 31)),
        Period(date(2026, 1, 1), date(2026, 6, 30)),
    )
    assert date(2026, 6, 30) in found[2]
    assert date(2026, 7, 1) not in found[2]


@pytest.mark.parametrize(
    ("period", "due"),
    [
        (Period(date(2026, 1, 1), date(2026, 6, 30)), date(2026, 7, 31)),
        (Period(date(2026, 7, 1), date(2026, 12, 31)), date(2027, 1, 31)),
    ],
)
def test_it_is_due_on_the_last_day_of_the_month_after(period: Period, due: date):
    found = periodic((), protocol(), period=period, today=TODAY)
    assert (found.due, found.over) == (due, period.last < TODAY)


def test_an_approval_under_which_nobody_was_treated_has_a_line_of_zeros():
    world = Programme().opened()
    world.told("lee", world.authority())
    found = periodic(
        world.book.records, protocol(), period=Period(date(2026, 1, 1), date(2026, 6, 30)), today=TODAY
    )
    (line,) = found.lines
    assert (line.approval, line.prescriber, line.product) == ("AP-1", "dr-okafor", "MDMA capsules")
    assert [getattr(line, name) for name in COLUMNS[5:]] == [0] * 6


def test_a_person_with_two_doses_is_one_patient_one_session_two_capsules():
    world = Programme().supplemented()
    event = act.ReportAdverseEvent(
        participant="S01-001", term="Headache", onset=world.now.date().isoformat(), end="", severity="mild",
        serious=False, criteria=(), related="possible", special_interest="", visit="dosing-1",
    )  # fmt: skip
    world.told("ana", event)
    first_half = Period(date(2026, 1, 1), date(2026, 6, 30))
    (line,) = periodic(world.book.records, protocol(), period=first_half, today=TODAY).lines
    assert (line.new, line.treated, line.sessions, line.capsules) == (1, 1, 1, 2)
    assert (line.events, line.serious) == (1, 0)
    later = Period(date(2026, 7, 1), date(2026, 12, 31))
    (line,) = periodic(world.book.records, protocol(), period=later, today=TODAY).lines
    assert [getattr(line, name) for name in COLUMNS[5:]] == [0] * 6


def test_a_dose_that_nobody_prescribed_is_counted_by_itself():
    world = Programme()
    world.prescription = lambda: act.Prescribe(participant="S01-001", visit="dosing-2", approval="AP-1")
    world.started()
    world.vitals(-5)
    world.later(minutes=5).give()
    found = periodic(world.book.records, protocol(), period=EVERYTHING, today=TODAY)
    assert {line.approval: line.capsules for line in found.lines} == {NOBODY: 1, "AP-1": 0}


def test_the_totals_of_all_periods_are_those_of_the_ledger():
    records = played()
    doses = of_kind(records, "dose-given")
    days = [record.happened_at.day for record in doses]
    found = [
        periodic(records, protocol(), period=each, today=TODAY)
        for each in periods(protocol().programme, first=min(days), last=max(days) + timedelta(days=500))
    ]
    assert len(found) > 2
    assert sum(each.total("new") for each in found) == len({record.fact.participant for record in doses})
    assert sum(each.total("sessions") for each in found) == len(
        {(record.fact.participant, record.fact.visit) for record in doses}
    )
    taken = sum(record.fact.capsules for record in of_kind(records, "kit-used"))
    assert sum(each.total("capsules") for each in found) == taken > 0
    whole = periodic(records, protocol(), period=EVERYTHING, today=TODAY)
    for name in ("new", "capsules", "sessions", "events", "serious"):
        assert sum(each.total(name) for each in found) == whole.total(name), name


def test_every_dose_of_a_rehearsal_was_prescribed_at_its_own_site():
    found = periodic(played(), protocol(), period=EVERYTHING, today=TODAY)
    assert NOBODY not in {line.approval for line in found.lines}
    assert all(line.approval.split("-")[1] == line.site for line in found.lines)


def test_the_file_says_that_it_is_a_rehearsal_and_ends_with_the_totals():
    found = periodic(played(), protocol(), period=EVERYTHING, today=TODAY)
    rows = list(csv.reader(io.StringIO(as_csv(found))))
    assert rows[0] == ["Rehearsal: no real person"]
    assert tuple(rows[2]) == COLUMNS
    assert rows[-1] == ["all approvals", "", "", "", "", *(str(found.total(name)) for name in COLUMNS[5:])]
    for column in range(5, len(COLUMNS)):
        assert sum(int(row[column]) for row in rows[3:-1]) == int(rows[-1][column])


def test_a_name_that_a_spreadsheet_would_reckon_with_stays_a_text():
    world = Programme().opened()
    world.told("lee", world.authority(product="=1+1", approval="+AP"))
    text = as_csv(periodic(world.book.records, protocol(), period=EVERYTHING, today=TODAY))
    assert "'=1+1" in text
    assert "'+AP" in text


def test_a_trial_reports_to_nobody():
    from conduct_world import World

    world = World().opened()
    with pytest.raises(TableError, match="no treatment programme"):
        periodic(world.book.records, world.protocol, period=EVERYTHING, today=TODAY)
