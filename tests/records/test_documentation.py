from pathlib import Path

from holdfast.records.catalogue import KINDS

PAGE = (Path(__file__).parents[2] / "docs" / "records.md").read_text(encoding="utf-8")


def rows():
    cells = [line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("| `")]
    return {row[0].strip(" `"): row[1].strip() for row in cells if len(row) == 3}


def test_the_page_lists_every_kind_of_record_with_its_version_and_no_other():
    assert rows() == {name: str(kind.VERSION) for name, kind in KINDS.items()}


def test_every_kind_says_what_it_is():
    assert [name for name, kind in KINDS.items() if not (kind.__doc__ or "").strip().endswith(".")] == []
    assert [name for name, kind in KINDS.items() if f"{kind.__name__}(" in (kind.__doc__ or "")] == []


def test_no_kind_of_record_has_a_field_for_an_arm_or_an_amount_of_drug():
    suspect = ("arm", "mg", "treatment", "allocation")
    fields = {f"{name}.{field}" for name, kind in KINDS.items() for field in kind.__dataclass_fields__}
    assert {
        each for each in fields if any(word in each.split(".")[1].split("_") for word in suspect)
    } == set()
