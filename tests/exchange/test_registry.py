"""The registry export: who is in it, what of them, and that its files are what others say REDCap takes."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest

from conduct_world import PERSON, SCREENING, SITE, World, answers, caps
from holdfast.conduct import actions as act
from holdfast.errors import ImpossibleValue
from holdfast.exchange.redcap import COLUMNS, Event, Field, dictionary_csv, events_csv, name_of, said
from holdfast.exchange.registry import Registry, people, registry
from holdfast.exchange.registry_fields import MISSING
from holdfast.instruments import catalogue
from holdfast.instruments.scale import Wording
from holdfast.protocol.compiler import compile_study, compile_text
from holdfast.protocol.model import Protocol
from holdfast.records.envelope import Record
from holdfast.studies import path_of
from programme_world import Programme

REFERENCE = Path(__file__).parents[1] / "reference" / "redcap"
SHIPPED = ("inactive-placebo", "low-dose-control", "authorised-prescriber")
AGREED = ("registry",)
ID = "f3a9c1d2e4b5a697"
SLOTS = (
    "variable_field_name", "form_name", "section_header", "field_type", "field_label",
    "choices_calculations_slider_labels", "field_note", "text_validation_type_or_show_slider_number",
    "text_validation_min", "text_validation_max", "identifier", "branching_logic", "required_field",
    "custom_alignment", "question_number", "matrix_group_name", "matrix_ranking", "field_annotation",
)  # fmt: skip


def records(world: World) -> list[Record]:
    return list(world.book.records)


def made(world: World, **ids: str) -> Registry:
    found = people(records(world), site=SITE)
    pseudonyms = dict.fromkeys(found, ID) | ids
    return registry(records(world), world.protocol, site=SITE, pseudonyms=pseudonyms)


def table(files: Mapping[str, bytes], ending: str) -> list[dict[str, str]]:
    (name,) = [each for each in files if each.endswith(ending)]
    return list(csv.DictReader(io.StringIO(files[name].decode("utf-8"))))


def rows(world: World) -> dict[str, dict[str, str]]:
    return {row["redcap_event_name"]: row for row in table(made(world).files, "-data.csv")}


def followed() -> World:
    """Somebody who agreed, was randomised, and came at week 4."""
    world = World().randomised(AGREED).later(days=28)
    world.hold("week-4")
    draw = act.AssignRater(participant=PERSON, visit="week-4", raters=("rae",), draw=0.1)
    world.told("lee", draw)
    world.fill("rae", "week-4", "CAPS-5", caps(1))
    world.fill(PERSON, "week-4", "PCL-5", {**answers("PCL-5"), "q3": {"absent": "refused"}, "q4": 4})
    return world


# --- what REDCap takes, by what others say -----------------------------------------------------------


@pytest.fixture(params=SHIPPED)
def protocol(request: pytest.FixtureRequest) -> Protocol:
    return compile_study(path_of(request.param))


def empty(protocol: Protocol) -> Registry:
    return registry((), protocol, site=SITE, pseudonyms={})


def test_the_header_is_the_one_that_redcap_writes():
    written = next(csv.reader(io.StringIO((REFERENCE / "header.csv").read_text())))
    assert list(COLUMNS) == written


def test_a_dictionary_of_every_shipped_study_is_one_by_the_schema_of_others(protocol: Protocol):
    schema = json.loads((REFERENCE / "data_dictionary.schema.json").read_text())
    fields = [
        {slot: row[column] for slot, column in zip(SLOTS, COLUMNS, strict=True) if row[column]}
        for row in table(empty(protocol).files, "-dictionary.csv")
    ]
    assert len(fields) > 100
    jsonschema.validate({"fields": fields}, schema)
    # The schema does refuse: what passes above is no formality.
    for broken in ({"variable_field_name": "PCL-5"}, {"field_type": "textarea"}, {"form_name": "1st"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"fields": [fields[0] | broken]}, schema)


def test_what_the_schema_cannot_say_holds_too(protocol: Protocol):
    files = empty(protocol).files
    fields = table(files, "-dictionary.csv")
    names = [row["Variable / Field Name"] for row in fields]
    assert (names[0], fields[0]["Field Type"]) == ("record_id", "text")
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= 100
    forms = [row["Form Name"] for row in fields]
    assert len([form for at, form in enumerate(forms) if at == 0 or forms[at - 1] != form]) == len(set(forms))
    for row in fields:
        choices = row["Choices, Calculations, OR Slider Labels"]
        assert bool(choices) == (row["Field Type"] == "radio"), row
        codes = [part.split(",", 1)[0].strip() for part in choices.split("|")]
        assert len(set(codes)) == len(codes)
        # A code of a missing answer must never clash with one that is there.
        assert not set(codes) & {code for code, _ in MISSING.values()}
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", code) for code, _ in MISSING.values())


def test_events_and_forms_by_event_name_one_another(protocol: Protocol):
    files = empty(protocol).files
    events = [row["unique_event_name"] for row in table(files, "-events.csv")]
    assert len(events) == len(protocol.visits) + 1
    assert all(re.fullmatch(r"[a-z0-9_]{1,18}_arm_1", name) for name in events)
    mapped = table(files, "-forms-by-event.csv")
    assert {row["unique_event_name"] for row in mapped} == set(events)
    forms = {row["Form Name"] for row in table(files, "-dictionary.csv")}
    assert {row["form"] for row in mapped} == forms


def test_an_event_is_named_as_redcap_names_it():
    # Seen in an export of REDCap: "Deadline to opt out of study" in arm 2 is deadline_to_opt_ou_arm_2.
    long = Event(label="Deadline to opt out of study", called="", forms=())
    assert long.unique == "deadline_to_opt_ou_arm_1"
    twin = Event(label="Deadline to opt outside", called="", forms=())
    with pytest.raises(ImpossibleValue):
        events_csv((long, twin))


def test_a_dictionary_that_redcap_would_refuse_is_not_written():
    one, other = (Field(name=name, form=name, label="x") for name in ("record_id", "b"))
    for fields in ((other,), (one, one), (one, other, Field(name="c", form="record_id", label="x")), ()):
        with pytest.raises(ImpossibleValue):
            dictionary_csv(fields)
    for name in ("PCL-5", "5q", "", "_a"):
        with pytest.raises(ImpossibleValue):
            Field(name=name, form="f", label="x")
    assert (name_of("PCL-5", "q1"), name_of("C-SSRS-SR")) == ("pcl_5_q1", "c_ssrs_sr")
    assert [said(each) for each in (None, True, False, 3, 3.0, 2.5, "x")] == [
        "",
        "1",
        "0",
        "3",
        "3",
        "2.5",
        "x",
    ]


# --- who is in it -----------------------------------------------------------------------------------


def test_only_those_who_agreed_and_entered():
    assert made(World().randomised()).people == ()
    assert made(World().baseline(AGREED)).people == ()
    assert made(World().randomised(AGREED)).people == (PERSON,)
    assert made(Programme().randomised(AGREED)).people == (PERSON,)


@pytest.mark.parametrize(
    "gone",
    [
        act.WithdrawConsent(participant=PERSON, items=AGREED),
        act.Withdraw(participant=PERSON, from_=("data-use",), why=""),
    ],
)
def test_who_takes_it_back_is_in_it_no_more(gone: act.Tell):
    world = followed()
    world.told(PERSON, gone)
    export = made(world)
    assert export.people == ()
    assert table(export.files, "-data.csv") == []


def test_another_site_s_people_are_not_in_it():
    assert people(records(followed()), site="S02") == ()


def test_who_withdrew_from_follow_up_alone_stays_in_it_with_what_there_is():
    world = followed()
    world.told(PERSON, act.Withdraw(participant=PERSON, from_=("treatment", "follow-up"), why=""))
    assert made(world).people == (PERSON,)


# --- what of them -----------------------------------------------------------------------------------


def test_the_person_stands_once_under_the_random_id():
    row = rows(followed())["person_arm_1"]
    filled = {name: value for name, value in row.items() if value}
    assert filled == {
        "record_id": f"REHEARSAL-{ID}",
        "redcap_event_name": "person_arm_1",
        "rehearsal": "1",
        "age": "41",
        "sex": "1",
        "person_complete": "2",
    }


def test_a_visit_has_its_day_since_entry_its_answers_scores_and_reasons():
    row = rows(followed())["week_4_arm_1"]
    wanted = {
        "visit_day": "28",
        "visit_held": "1",
        "visit_missed": "",
        "visit_doses": "",
        "pcl_5_day": "28",
        "pcl_5_q1": "0",
        "pcl_5_q3": "REFUSED",
        "pcl_5_q4": "4",
        "pcl_5_score_total": "NOSCORE",
        "pcl_5_complete": "2",
        "caps_5_q1": "1",
        "caps_5_score_total": "20",
        "caps_5_score_diagnosis": "0",
        "c_ssrs_complete": "0",
        "c_ssrs_q1": "",
        "audit_complete": "",
    }
    assert {name: row[name] for name in wanted} == wanted


def test_a_missed_visit_says_why():
    world = World().randomised(AGREED).later(days=28)
    world.told("lee", act.MissVisit(participant=PERSON, visit="week-4", why="declined"))
    export = made(world)
    row = next(r for r in table(export.files, "-data.csv") if r["redcap_event_name"] == "week_4_arm_1")
    assert (row["visit_held"], row["visit_day"]) == ("0", "")
    field = next(
        r for r in table(export.files, "-dictionary.csv") if r["Variable / Field Name"] == "visit_missed"
    )
    choices = dict(
        part.strip().split(", ", 1) for part in field["Choices, Calculations, OR Slider Labels"].split("|")
    )
    assert choices[row["visit_missed"]] == "declined"


def test_a_dosing_visit_says_how_many_doses_were_taken_and_nothing_of_what():
    row = rows(World().dosed(AGREED))["dosing_1_arm_1"]
    assert row["visit_doses"] == "1"


def test_a_corrected_form_goes_in_its_latest_version():
    world = followed()
    filled = next(
        each
        for each in records(world)
        if each.kind == "form-completed" and (each.fact.form, each.fact.visit) == ("PCL-5", "week-4")
    )
    fact = replace(filled.fact, answers={**filled.fact.answers, "q3": 2})
    amend = act.Amend(stream=filled.stream, record=filled.id, fact=fact)
    world.told(PERSON, amend, reason="had skipped it")
    row = rows(world)["week_4_arm_1"]
    assert (row["pcl_5_q3"], row["pcl_5_score_total"]) == ("2", "6")


def test_nothing_tells_who_it_is_or_which_arm():
    world = followed()
    whole = b"\n".join([name.encode() + content for name, content in made(world).files.items()]).decode()
    for told in (PERSON, SITE, "slot", "rae", "2026-", "placebo arm", "K1", "1985"):
        assert told not in whole.replace(world.protocol.study.title["en"], ""), told
    fields = {row["Variable / Field Name"] for row in table(made(world).files, "-dictionary.csv")}
    assert not {
        name
        for name in fields
        if re.search(r"guess|race|ethnic|birth|systolic|(^|_)(arm|mg|weight)(_|$)", name)
    }


def test_no_field_takes_free_text(protocol: Protocol):
    for row in table(empty(protocol).files, "-dictionary.csv"):
        if row["Field Type"] == "text" and row["Variable / Field Name"] != "record_id":
            assert row["Text Validation Type OR Show Slider Number"] in ("integer", "number"), row


def test_questions_are_verbatim_only_where_they_are_free():
    fields = table(made(followed()).files, "-dictionary.csv")
    labels = {row["Variable / Field Name"]: row["Field Label"] for row in fields}
    for form in ("pcl_5", "caps_5", "sds", "ders_16"):
        instrument = catalogue.get(form.upper().replace("_", "-"))
        item = instrument.items[0]
        assert labels[f"{form}_{item.code}"] == " ".join(item.label["en"].split())
        assert (instrument.wording is Wording.VERBATIM) == (form == "pcl_5")


def test_a_live_study_s_files_say_nothing_of_a_rehearsal_and_a_rehearsal_s_all_do():
    export = made(followed())
    assert all(name.startswith("REHEARSAL-") for name in export.files)
    (read_me,) = [content for name, content in export.files.items() if "READ-ME" in name]
    assert read_me.startswith(b"REHEARSAL: no real person")
    for name, digest in export.digests.items():
        if "READ-ME" not in name:
            assert f"{digest}  {name}".encode() in read_me


def test_the_study_file_may_let_dates_and_other_forms_go():
    text = path_of("inactive-placebo").read_text(encoding="utf-8")
    part = "registry_export: {forms: [PCL-5], fields: [age, last_mdma_use], dates: dates}"
    world = followed()
    protocol = compile_text(text.replace("\nsettings:\n", f"\n{part}\n\nsettings:\n", 1), name="s")
    export = registry(records(world), protocol, site=SITE, pseudonyms={PERSON: ID})
    found = {row["redcap_event_name"]: row for row in table(export.files, "-data.csv")}
    held = world.person.visits["week-4"].held.day.isoformat()
    assert (found["week_4_arm_1"]["visit_day"], found["week_4_arm_1"]["pcl_5_day"]) == (held, held)
    assert found["person_arm_1"]["last_mdma_use"] == "NAPP"
    assert {row["Form Name"] for row in table(export.files, "-dictionary.csv")} == {
        "person",
        "visit",
        "pcl_5",
    }


def test_a_date_that_is_known_in_part_is_no_day():
    text = path_of("inactive-placebo").read_text(encoding="utf-8")
    part = "registry_export: {fields: [last_mdma_use]}"
    protocol = compile_text(text.replace("\nsettings:\n", f"\n{part}\n\nsettings:\n", 1), name="s")
    world = World().randomised(AGREED)
    entered = world.person.day_one
    for given, wanted in (
        ("2019-05", "PART"),
        ((entered - timedelta(days=400)).isoformat(), "-400"),
        ({"absent": "unknown"}, "UNK"),
    ):
        again = act.FillForm(
            participant=PERSON,
            visit="screening",
            form="SCREENING",
            answers={**SCREENING, "last_mdma_use": given},
            occurrence="repeated",
        )
        world.told("dr-okafor", again)
        export = registry(records(world), protocol, site=SITE, pseudonyms={PERSON: ID})
        assert table(export.files, "-data.csv")[0]["last_mdma_use"] == wanted


def test_the_same_records_give_the_same_bytes():
    world = followed()
    assert made(world).files == made(world).files
