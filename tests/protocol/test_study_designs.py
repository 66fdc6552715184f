"""The compiler is for protocols, not for one protocol: other designs compile and are judged alike."""

from __future__ import annotations

import re

import pytest

from holdfast.errors import StudyFileError
from holdfast.protocol.compare import changes
from holdfast.protocol.compiler import compile_text
from holdfast.protocol.figures import figures
from holdfast.protocol.outline import outline
from holdfast.protocol.page import html
from holdfast.studies import path_of

SHIPPED = path_of("inactive-placebo").read_text(encoding="utf-8")


def part(name: str, *, text: str = SHIPPED) -> str:
    """A top-level part of the file: its key and everything indented below it."""
    found = re.search(rf"^{name}:\n(?:[ #].*\n|\n)*", text, re.MULTILINE)
    assert found is not None
    return found.group(0)


def low_dose() -> str:
    """A third arm at a quarter of the dose, two to one to one."""
    text = SHIPPED.replace(
        "  - code: mdma\n",
        '  - code: low\n    name: {en: "Low dose"}\n    role: experimental\n    level: 2\n  - code: mdma\n',
        1,
    )
    text = re.sub(
        r"( +)mdma: \{value: (\d+), unit: mg, source: mapp2-registry\}\n",
        lambda hit: (
            f"{hit.group(0)}{hit.group(1)}low: {{value: {int(hit.group(2)) // 4}, unit: mg, source: gate-value}}\n"  # noqa: E501
        ),
        text,
    )
    return text.replace("{placebo: 1, mdma: 1}", "{placebo: 1, low: 1, mdma: 2}").replace("[4, 6]", "[4, 8]")


def single_arm() -> str:
    """A programme without randomisation: everybody gets the drug, nobody is blind."""
    text = SHIPPED.replace("design: parallel", "design: single-arm")
    text = text.replace(
        part("arms"), 'arms:\n  - {code: mdma, name: {en: "MDMA"}, role: experimental, level: 1}\n'
    )
    text = re.sub(r" +placebo: \{value: 0, .*\n", "", text)
    text = text.replace(part("randomisation"), "randomisation: null\n")
    text = text.replace(part("estimands"), "estimands: []\n").replace(part("analyses"), "analyses: []\n")
    blinding = 'blinding: {unblinded: [therapist, pharmacist], reason: {en: "Nobody is blind."}}\n'
    return text.replace(part("blinding"), blinding)


def test_a_low_dose_design_of_three_arms_compiles_and_differs_in_its_doses():
    protocol = compile_text(low_dose(), name="low")
    assert [arm.code for arm in protocol.arms] == ["placebo", "low", "mdma"]
    assert figures(protocol)["sessions.dosing-2.first.mg.low"].number == 30
    told = [str(change) for change in changes(compile_text(SHIPPED, name="s"), protocol)]
    assert told[0] == "+ arms.low: Low dose"
    assert "+ sessions.dosing-1.first.mg.low: 20 mg †" in told
    assert "~ randomisation.block_sizes: 4, 6 * [assumed] → 4, 8 * [assumed]" in told
    assert len(told) == 1 + 6 + 3, told
    assert "Low dose" in html(outline(protocol))


def test_a_single_arm_programme_compiles_and_is_shown():
    protocol = compile_text(single_arm(), name="one")
    assert protocol.randomisation is None
    sections = {section.title: section for section in outline(protocol).sections}
    assert sections["Randomisation"].note == "None: every participant is in the one arm."
    assert sections["Randomisation"].rows == ()
    assert sections["Arms and doses"].columns == ("Session", "Dose step", "Given", "MDMA")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("randomisation: null\n", part("randomisation"), "none in a single-arm design"),
        ("design: single-arm", "design: parallel", "0 comparator arms"),
    ],
)
def test_a_single_arm_programme_with_a_trial_in_it_is_refused(old: str, new: str, words: str):
    with pytest.raises(StudyFileError, match=words):
        compile_text(single_arm().replace(old, new), name="one")


def test_every_part_of_the_file_is_compared():
    """A change anywhere in the file that is not a comment is a difference in meaning."""
    protocol = compile_text(SHIPPED, name="s")
    edits = {
        "study": ("planned_n: {value: 104", "planned_n: {value: 105"),
        "visits": ("minutes: {value: 90", "minutes: {value: 91"),
        "sessions": ("minimum_hours: {value: 8", "minimum_hours: {value: 9"),
        "variables": ("    maximum: 120\n", "    maximum: 121\n"),
        "forms": ("read: [rater, data_board", "read: [rater, sponsor, data_board"),
        "eligibility": ("You are 18 or older.", "You are of age."),
        "consent": ('"Entry in a long-term registry"', '"A registry"'),
        "randomisation": ("[4, 6]", "[4, 6, 8]"),
        "blinding": ("meets no participant", "meets nobody"),
        "before_dose": ("classes: [mao-inhibitor, lithium", "classes: [mao-inhibitor"),
        "vitals": ("late_after_minutes: {value: 5", "late_after_minutes: {value: 6"),
        "limits": ("    priority: low\n", "    priority: medium\n"),
        "gates": ("rule: fasted", "rule: fasted || oriented"),
        "adverse_events": ("serious_report_hours: {value: 24", "serious_report_hours: {value: 12"),
        "intercurrent_events": ('{en: "Death"}', '{en: "Died"}'),
        "estimands": ("      death: while-on-treatment", "      death: composite"),
        "analyses": ("    df: kr", "    df: satterthwaite"),
        "follow_up": ("attempts: {value: 5", "attempts: {value: 6"),
        "settings": ("{value: 10, unit: d", "{value: 11, unit: d"),
        "sources": ("the customary two-sided level", "the usual two-sided level"),
        "arms": ('"Inactive placebo with therapy"', '"Placebo with therapy"'),
    }
    # These parts do not stand in this file; their own tests compare them.
    elsewhere = {
        "holdfast",
        "text",
        "hash",
        "forecast",
        "programme",
        "data_use_withdrawal",
        "registry_export",
    }
    assert set(edits) | elsewhere == set(type(protocol).model_fields)
    for name, (old, new) in edits.items():
        assert old in SHIPPED, old
        found = changes(protocol, compile_text(SHIPPED.replace(old, new, 1), name="n"))
        assert [change.path.split(".")[0] for change in found] == [name], found
