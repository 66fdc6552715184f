"""The planner: who may, what is sent back, that numbers are the command's, versions, differences, files."""

from __future__ import annotations

import ast
import html
import json
import re
import threading
from collections.abc import Iterator
from datetime import date
from difflib import ndiff
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, connections
from django.test import Client, override_settings

import holdfast.clinic.planner
from clinic.bedside import PLAIN
from clinic.live_site import fill
from clinic.scene import Scene, protocol
from holdfast.clinic import backup
from holdfast.clinic.accounts.models import Person
from holdfast.clinic.planner import exports, inputs, simulating
from holdfast.clinic.planner.inputs import Plan
from holdfast.clinic.planner.models import Design, Withdrawal
from holdfast.clinic.planner.simulating import Found, Simulator, simulator
from holdfast.errors import Unavailable
from holdfast.planning.engine import Here
from holdfast.planning.run import run
from holdfast.planning.scenario import ground_of
from holdfast.planning.summary import outcome_of
from holdfast.protocol.compiler import compile_text, hash_of
from holdfast.simulation import assumptions as assumption_files

pytestmark = pytest.mark.postgres
STUDY = "inactive-placebo"
PAGE = f"/s/{STUDY}/planner/"
SAVES = ("demo-statistician", "demo-sponsor", "s01-coordinator")
READS = ("demo-data-board", "demo-auditor")
CLOSED = ("s01-therapist-1", "s01-physician", "s01-pharmacist", "rater-1", "demo-safety-monitor")


@pytest.fixture(scope="module", autouse=True)
def _ready() -> None:
    """The compiled loops are loaded once; what that costs is the browser test's matter."""
    simulator.start()
    with simulator._news:
        assert simulator._news.wait_for(lambda: simulator.ready, timeout=280)


@pytest.fixture
def clinic(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    made = Scene(protocol()).open()
    fill(made)
    with simulator._news:
        simulator._jobs.clear()  # plans of other tests, which may have gone on with other steps
    # Few trials tell all that these tests ask.
    monkeypatch.setattr(simulating, "STEPS", (("mine", 250), ("beside", 250), ("curve", 250), ("mine", 500)))
    monkeypatch.setattr("holdfast.clinic.planner.views.FIRST_S", 30.0)
    with override_settings(STORAGES=PLAIN):
        yield made


def signed(person: str) -> Client:
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(Person.objects.get(person=person), backend="django.contrib.auth.backends.ModelBackend")
    return client


def got(person: str, address: str, **typed: str) -> tuple[int, str]:
    answer = signed(person).get(address, typed)
    return answer.status_code, html.unescape(answer.content.decode())


def finished(**typed: str) -> Found:
    """What the simulator has found when it is done."""
    plan = inputs.read(STUDY, typed)
    assert plan.wrong == {}
    found = Found()
    while not found.finished:
        found = simulator.look(plan, than=found.step, patience_s=30)
    assert found.failed == ""
    return found


def sent(person: str, *, name: str, query: str = "", own: str = "") -> int:
    typed = {"id": own or str(uuid4()), "name": name, "query": query}
    return signed(person).post(f"{PAGE}save", typed).status_code


# --- who may ----------------------------------------------------------------------------------


@pytest.mark.parametrize("person", [*SAVES, *READS])
def test_who_designs_or_judges_a_design_reads_the_planner(clinic: Scene, person: str) -> None:
    status, text = got(person, PAGE)
    assert (status, "This page simulates." in text) == (200, True)
    assert PAGE in got(person, f"/s/{STUDY}/study/")[1]
    assert ('id="save"' in text) is (person in SAVES)


@pytest.mark.parametrize("person", CLOSED)
def test_who_treats_rates_or_dispenses_has_no_planner(clinic: Scene, person: str) -> None:
    for place in ("", "results", "designs/", "protocol.yaml", "assumptions.yaml"):
        assert got(person, f"{PAGE}{place}")[0] == 403
    assert sent(person, name="mine") == 403
    assert PAGE not in got(person, f"/s/{STUDY}/study/")[1]


@pytest.mark.parametrize("person", READS)
def test_the_data_board_and_the_auditor_save_nothing(clinic: Scene, person: str) -> None:
    assert sent(person, name="mine") == 403
    assert not Design.objects.exists()


def test_the_planner_asks_the_ledger_for_the_protocol_and_nothing_else() -> None:
    asked = set()
    for file in Path(holdfast.clinic.planner.__file__).parent.glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("holdfast.clinic."):
                room = (node.module or "").split(".")[2]
                asked |= {room} - {"planner", "edge", "accounts"}
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "ledger"
            ):
                asked.add(f"ledger.{node.attr}")
    assert asked == {"ledger", "ledger.protocol"}


# --- numbers ----------------------------------------------------------------------------------


def test_its_numbers_are_the_commands_to_the_last_bit(clinic: Scene) -> None:
    found = finished(expectancy="0.25", n="80", seed="7")
    for name, values, outcome in (
        (STUDY, {"expectancy": 0.25, "n": 80.0}, found.mine),
        ("low-dose-control", {"expectancy": 0.25}, found.beside),
    ):
        assert outcome is not None
        scenario = ground_of(name).scenario(values)
        ran = run([scenario.setups()], trials=outcome.trials, seed=7, engine=Here(), code="").ran[0]
        again = outcome_of(scenario, ran, seed=7)
        assert json.dumps(again.as_json()["power"]) == json.dumps(outcome.as_json()["power"])
        assert again.against == outcome.against
        assert again.belief_only == outcome.belief_only
    assert (found.trials, found.step) == (500, 4)


def test_the_curve_passes_through_the_designs_own_number(clinic: Scene) -> None:
    found = finished()
    middle = next(point for point in found.curves["beside"] if point.expectancy == 0.5)
    assert found.beside is not None
    # The same trials of the same seed, 250 of each: not near, but equal.
    assert (middle.power, middle.trials) == (found.beside.power.estimate, found.beside.trials)
    biases = [point.against.bias.estimate for point in found.curves["mine"]]
    # No bias without expectancy, about -8 points where all is: 250 trials give 0.33 points of error.
    assert abs(biases[0]) < 1.2
    assert -10 < biases[-1] < -6
    assert biases == sorted(biases, reverse=True)


def test_the_page_shows_every_number_with_its_error_and_the_guess_with_its_warning(clinic: Scene) -> None:
    found = finished()
    status, text = got("demo-sponsor", PAGE)
    assert status == 200
    assert found.mine is not None
    for code in ("power", "bias", "type-one", "belief", "assurance", "estimate", "duration", "hours", "rare"):
        assert f'id="line-{code}"' in text
    power = found.mine.power
    assert f"<strong>{100 * power.estimate:.1f} %</strong>" in text
    assert f"{100 * power.lower:.1f} to {100 * power.upper:.1f} %" in text
    state = re.search(r'id="state"[^>]*>([^<]+)<', text)
    assert state is not None
    assert state[1].startswith("500 trials, seed 1, ")
    assert "is a display, not an estimate of the drug's effect" in text
    assert "no type I error, for the arms do differ" in text
    assert text.count('<svg class="p-svg"') == 2
    assert text.count('class="p-line"') == 4
    assert " style=" not in text


def test_a_second_look_at_the_same_values_simulates_nothing(clinic: Scene) -> None:
    first = finished(n="90")
    assert finished(n=" 90.0 ", expectancy="0.5") is first


# --- what cannot be ------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "typed", "said"), [
    ("n", "7", "whole number from 8 to 20000"),
    ("n", "1e9", "up to 2,000 participants"),
    ("n", "100.5", "whole number"),
    ("n", "many", "A number is expected here, not “many”"),
    ("expectancy", "1.2", "lies between 0 and 1"),
    ("expectancy", "nan", "A number is expected here"),
    ("expectancy", "1e999", "A number is expected here"),
    ("futility", "0.2", "needs an interim look"),
    ("beside", "elsewhere", "no design “elsewhere”"),
    ("n-beside", "3", "whole number from 8"),
    ("seed", "-1", "A seed is a whole number"),
    ("seed", "9" * 30, "A seed is a whole number"),
    ("raters", "2.5", "is a whole number"),
    ("expectency", "0.5", "Near to it: expectancy"),
])  # fmt: skip
def test_an_impossible_value_is_sent_back_with_a_sentence_at_its_field(
    clinic: Scene, name: str, typed: str, said: str
) -> None:
    status, text = got("demo-sponsor", PAGE, **{name: typed, "contrast": "0.9"})
    assert status == 400
    at = name if f'id="e-{name}"' in text else ""
    sentence = re.search(rf'id="e-{re.escape(at)}">([^<]+)<', text)
    assert sentence is not None, text[:3000]
    assert said in sentence[1]
    assert 'name="contrast" type="text" inputmode="decimal" value="0.9"' in text
    if at and name != "beside":
        assert f'value="{typed}"' in text
    status, part = got("demo-sponsor", f"{PAGE}results", **{name: typed})
    assert (status, said in part, f'data-for="{at}"' in part) == (400, True, True)


@pytest.mark.parametrize("rubbish", ["\x00", "x" * 3000, "' OR 1=1", "1_000", "٣"])
def test_rubbish_is_no_failure_of_ours(clinic: Scene, rubbish: str) -> None:
    for name in ("n", "beside", "against", "have", "seed"):
        assert got("demo-sponsor", f"{PAGE}results", **{name: rubbish})[0] < 500
    everything = dict.fromkeys(("n", "beside", "against", "have", "one", "other", "seed", rubbish), rubbish)
    for place in ("", "protocol.yaml", "assumptions.yaml", "designs/differences"):
        assert got("demo-sponsor", f"{PAGE}{place}", **everything)[0] in (400, 404)


def test_values_under_which_nobody_enters_are_told_in_a_sentence(clinic: Scene) -> None:
    status, text = got("demo-sponsor", PAGE, severity="5", entry="60")
    assert status == 200
    assert "never reached the entry score" in text


def test_a_study_that_no_assumptions_fit_says_so(clinic: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "shipped_designs", lambda: ())
    status, text = got("demo-sponsor", PAGE)
    assert (status, "There are no assumptions for the study" in text) == (200, True)


def test_another_code_with_the_same_arms_has_the_assumptions_of_its_design(clinic: Scene) -> None:
    assert inputs.assumptions_of(protocol("mapp-under-way")) == "inactive-placebo"
    assert inputs.usual_beside(protocol("mapp-under-way")) == "low-dose-control"


def test_more_plans_than_can_wait_are_refused_in_a_sentence(
    clinic: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulating, "QUEUE", 2)
    idle = Simulator()
    monkeypatch.setattr(idle, "start", lambda: None)
    for n in ("20", "22"):
        idle.look(inputs.read(STUDY, {"n": n}))
    with pytest.raises(Unavailable, match="busy"):
        idle.look(inputs.read(STUDY, {"n": "24"}))
    idle.look(inputs.read(STUDY, {"n": "20"}))  # who waits already is asked for nothing


def test_a_newcomer_goes_before_who_is_being_refined_and_nothing_is_lost(
    clinic: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulating, "STEPS", (("mine", 250), ("mine", 2000)))
    first, second = (inputs.read(STUDY, {"n": n}) for n in ("300", "302"))
    assert simulator.look(first, patience_s=30).step == 1
    found = simulator.look(second, patience_s=30)
    still = simulator.look(first)
    assert (found.step, still.step) == (1, 1)
    done = simulator.look(first, than=1, patience_s=60)
    assert (done.trials, done.finished) == (2000, True)


def test_while_the_simulator_is_prepared_the_page_says_so_and_then_it_works(
    clinic: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = threading.Event()
    monkeypatch.setattr(simulating, "make_ready", lambda: compiled.wait(60))
    cold = Simulator()
    monkeypatch.setattr("holdfast.clinic.planner.views.simulator", cold)
    monkeypatch.setattr("holdfast.clinic.planner.views.FIRST_S", 0.1)
    status, text = got("demo-sponsor", PAGE)
    assert (status, "Preparing the simulator; this happens once after an update" in text) == (200, True)
    compiled.set()
    monkeypatch.setattr("holdfast.clinic.planner.views.FIRST_S", 30.0)
    assert "250 trials, seed 1" in got("demo-sponsor", PAGE)[1]


def test_a_simulator_that_cannot_be_prepared_says_so_instead_of_waiting(
    clinic: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **_more: object) -> None:
        raise RuntimeError("no compiler")

    for name in ("make_ready", "run"):
        monkeypatch.setattr(simulating, name, broken)
    found = Simulator().look(inputs.read(STUDY, {}), patience_s=30)
    assert (found.finished, "The simulation failed on our side" in found.failed) == (True, True)


def test_what_failed_is_tried_again_when_it_is_asked_for_a_while_later(
    clinic: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **_more: object) -> None:
        raise RuntimeError("out of memory")

    one, plan = Simulator(), inputs.read(STUDY, {})
    with monkeypatch.context() as failing:
        failing.setattr(simulating, "run", broken)
        assert "failed on our side" in one.look(plan, patience_s=30).failed
    assert "failed on our side" in one.look(plan).failed
    (job,) = one._jobs.values()
    job.wanted_at -= simulating.WANTED_S
    found = one.look(plan, patience_s=30)
    assert (found.failed, found.step >= 1) == ("", True)


# --- saved designs ----------------------------------------------------------------------------------


def test_a_design_is_saved_as_it_is_and_the_same_name_again_is_a_new_version(clinic: Scene) -> None:
    assert sent("s01-coordinator", name="Bigger", query="n=150&expectancy=0.25") == 302
    assert sent("demo-sponsor", name=" Bigger  ", query="n=160") == 302
    one, two = Design.objects.order_by("version")
    assert [(each.name, each.version, each.saved_by) for each in (one, two)] == [
        ("Bigger", 1, "s01-coordinator"), ("Bigger", 2, "demo-sponsor"),
    ]  # fmt: skip
    assert (one.values["n"], one.values["expectancy"], two.values["expectancy"]) == (150, 0.25, 0.5)
    assert (one.seed, one.protocol_hash, one.trials) == (1, clinic.protocol.hash, 500)
    assert one.result["mine"]["n"] == 150
    status, text = got("demo-auditor", f"{PAGE}designs/")
    assert status == 200
    assert ("Bigger, version 1" in text, "Bigger, version 2" in text) == (True, True)


def test_the_same_page_sent_twice_saves_once(clinic: Scene) -> None:
    own = str(uuid4())
    assert [sent("demo-sponsor", name="Once", own=own) for _ in range(2)] == [302, 302]
    assert Design.objects.count() == 1
    assert sent("demo-sponsor", name="Another", own=own) == 409


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x07b"])
def test_a_design_without_a_name_is_not_saved(clinic: Scene, name: str) -> None:
    assert sent("demo-sponsor", name=name) == 400
    assert not Design.objects.exists()


def test_impossible_values_are_not_saved(clinic: Scene) -> None:
    assert sent("demo-sponsor", name="No", query="n=3") == 400
    assert sent("demo-sponsor", name="No", own="not an id") == 400
    assert not Design.objects.exists()


def test_rows_are_only_ever_added(clinic: Scene) -> None:
    sent("demo-sponsor", name="Kept")
    for alias in ("default", "owner"):
        for statement in ("UPDATE planner_design SET name = 'x'", "DELETE FROM planner_design"):
            with pytest.raises(DatabaseError), connections[alias].cursor() as cursor:
                cursor.execute(statement)
    connection.close()


def test_a_design_is_withdrawn_with_a_reason_and_stays_to_be_read(clinic: Scene) -> None:
    sent("s01-coordinator", name="Old")
    one = Design.objects.get()
    place = f"{PAGE}designs/{one.id}/withdraw"
    assert signed("demo-statistician").post(place, {"reason": "not mine"}).status_code == 403
    assert signed("s01-coordinator").post(place, {"reason": " "}).status_code == 400
    assert signed("s01-coordinator").post(place, {"reason": "A typing error in n."}).status_code == 302
    assert signed("demo-sponsor").post(place, {"reason": "again"}).status_code == 302
    assert [(each.by, each.reason) for each in Withdrawal.objects.all()] == [
        ("s01-coordinator", "A typing error in n.")
    ]
    text = got("demo-auditor", f"{PAGE}designs/")[1]
    assert "Withdrawn by s01-coordinator" in text
    assert "No design is saved yet." in text
    assert (
        signed("demo-sponsor").post(f"{PAGE}designs/{uuid4()}/withdraw", {"reason": "?"}).status_code == 404
    )


def test_what_differs_is_shown_with_labels_and_both_results(clinic: Scene) -> None:
    sent("demo-sponsor", name="Small", query="n=60")
    sent("demo-sponsor", name="Large", query="n=150&expectancy=0.25&seed=3")
    small, large = Design.objects.order_by("saved_at")
    status, text = got("demo-auditor", f"{PAGE}designs/differences", one=str(small.id), other=str(large.id))
    assert status == 200
    found = re.findall(
        r'<tr><th scope="row">([^<]+)</th><td class="number">([^<]+)</td><td class="number">([^<]+)', text
    )
    assert found[:3] == [
        ("Participants randomised", "60", "150"),
        ("Share of the contrast that runs through belief", "0.5", "0.25"),
        ("Seed", "1", "3"),
    ]  # fmt: skip
    for one in (small, large):
        assert f"<strong>{100 * one.result['mine']['power']['estimate']:.1f} %</strong>" in text
    text = got("demo-auditor", PAGE, against=str(small.id), n="150", expectancy="0.25", seed="3")[1]
    assert "What changed against Small, version 1" in text
    assert "Participants randomised" in text
    assert got("demo-auditor", f"{PAGE}designs/differences", one=str(small.id))[0] == 404


def test_an_opened_design_is_the_one_that_was_saved(clinic: Scene) -> None:
    sent("demo-sponsor", name="Wide", query=urlencode({"n": 64, "site-sd": 1.5, "beside": "none", "seed": 9}))
    address = re.search(rf'href="({re.escape(PAGE)}\?[^"]+)"', got("demo-sponsor", f"{PAGE}designs/")[1])
    assert address is not None
    text = html.unescape(signed("demo-sponsor").get(html.unescape(address[1])).content.decode())
    assert 'name="n" type="text" inputmode="numeric" value="64"' in text
    assert "Nothing: all values are alike." in text


def test_designs_are_in_the_backup(clinic: Scene, tmp_path: Path) -> None:
    sent("demo-sponsor", name="Kept", query="n=60")
    one = Design.objects.get()
    Withdrawal.objects.create(design=one, at=clinic.now, by="demo-sponsor", reason="to see")
    rows = {name: backup._dump(backup.BESIDE[name]) for name in ("designs", "withdrawn_designs")}
    before = Design.objects.values().get()
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM planner_withdrawal")
        cursor.execute("DELETE FROM planner_design")
        cursor.execute("SET session_replication_role = origin")
    for name, kept in json.loads(json.dumps(rows)).items():
        assert backup._load(name, kept) == 0
    assert Design.objects.values().get() == before
    assert Withdrawal.objects.get().reason == "to see"


# --- files ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("study", ["inactive-placebo", "low-dose-control"])
def test_the_protocol_file_compiles_with_the_designs_number_and_a_source_of_its_own(study: str) -> None:
    ground = ground_of(study)
    plan = Plan(study=study, ground=ground, beside=None, n_beside=None, seed=1, against="",
                values={"n": 152.0, "expectancy": 0.25}, typed={})  # fmt: skip
    text = exports.protocol_file(plan, day=date(2026, 11, 26), name="Bigger")
    planned = compile_text(text, name="study.yaml").study.planned_n
    assert (planned.number, planned.status.value, planned.date) == (152, "assumed", "2026-11-26")
    assert "for the design 'Bigger' by simulation" in planned.source
    assert "expectancy=0.25, n=152" in planned.source
    changed = [
        line for line in ndiff(ground.protocol.text.splitlines(), text.splitlines()) if line[0] in "+-"
    ]
    assert [line[0] for line in changed] == ["-", "+", *"++++"], "the number, and a source of four lines"
    # Once more, from the file that was written: another number, another source.
    again = Plan(study=study, ground=type(ground)(name=study, protocol=compile_text(text, name="study.yaml"),
                 assumptions=ground.assumptions), beside=None, n_beside=None, seed=1, against="",
                 values={"n": 90.0}, typed={})  # fmt: skip
    assert (
        compile_text(
            exports.protocol_file(again, day=date(2026, 11, 27)), name="study.yaml"
        ).study.planned_n.number
        == 90
    )


def test_the_protocol_download_is_the_file_whose_hash_was_shown(clinic: Scene) -> None:
    page = got("demo-sponsor", PAGE, n="152")[1]
    shown = re.search(r"has the hash ([0-9a-f]{64})", page)
    assert shown is not None
    answer = signed("demo-auditor").get(f"{PAGE}protocol.yaml", {"n": "152"})
    assert answer["Content-Disposition"] == f'attachment; filename="{STUDY}-study.yaml"'
    assert hash_of(answer.content.decode()) == shown[1]
    assert got("demo-sponsor", f"{PAGE}protocol.yaml")[1] == clinic.protocol.text
    assert got("demo-sponsor", f"{PAGE}protocol.yaml", n="3")[0] == 400


def test_the_assumption_file_is_read_back_as_what_was_set(clinic: Scene, tmp_path: Path) -> None:
    typed = {"expectancy": "0.123456789", "site-sd": "4.5", "pace": "6", "stopping": "0.2", "n": "60"}
    status, text = got("demo-sponsor", f"{PAGE}assumptions.yaml", **typed)
    assert status == 200
    file = tmp_path / "assumptions.yaml"
    file.write_text(text, encoding="utf-8")
    found = assumption_files.load(file)
    assert (found.latent.share.number, found.recruitment.per_month.number) == (0.123456789, 6)
    assert (found.scenarios.clusters.site_sd.number, found.events["treatment-stopped"].number) == (4.5, 0.2)
    # The range to show results over was 0 to 3: it is widened to hold what was set.
    assert found.scenarios.clusters.site_sd.scan.numbers == (0, 4.5)
    assert found.latent.share.value.status.value == "assumed"
    assert "the file had 0.5" in found.latent.share.value.source
    assert "# Settings of the design itself, for --set: n=60" in text


def test_the_sentence_says_what_was_simulated_and_what_was_assumed(clinic: Scene) -> None:
    found = finished(n="120", interim="0.5", futility="0.1", pace="6")
    assert found.mine is not None
    text = got("demo-sponsor", PAGE, n="120", interim="0.5", futility="0.1", pace="6")[1]
    sentence = re.search(r'<textarea id="sentence"[^>]*>([^<]+)</textarea>', text)
    assert sentence is not None
    power = found.mine.power
    for said in (
        "With 120 participants randomised, 60 (", "the two-sided test at level 0.05",
        "CAPS-5.total at week-18",
        f"a power of {100 * power.estimate:.1f} % (95 % Monte-Carlo interval {100 * power.lower:.1f} to "
        f"{100 * power.upper:.1f} %)",
        "a share of 0.5 runs through belief", "one interim look after a share of 0.5",
        "below 0.1", "Under identical arms", "500 trials were simulated from seed 1 with Holdfast 0.1.0",
        "with these set otherwise: pace 6.",
    ):  # fmt: skip
        assert said in sentence[1]
