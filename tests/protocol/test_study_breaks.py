"""Every kind of break in a study file is told at its line, with what to do, all in one run."""

from __future__ import annotations

from pathlib import Path

import pytest

from holdfast.errors import Problem, StudyFileError, Unavailable, UnknownName
from holdfast.protocol.compiler import compile_study, compile_text
from holdfast.protocol.reader import BYTES, DEPTH
from holdfast.studies import path_of

SHIPPED = path_of("inactive-placebo").read_text(encoding="utf-8")


def problems_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(StudyFileError) as refused:
        compile_text(text, name="study.yaml")
    return refused.value.problems


def broken(old: str, new: str, *, text: str = SHIPPED) -> str:
    assert old in text, f"the shipped study no longer holds {old!r}"
    return text.replace(old, new, 1)


def line_of(text: str, needle: str) -> int:
    assert needle in text
    return text[: text.index(needle)].count("\n") + 1


BLOCK = "  - code: systolic-stop\n    measure: systolic\n"
CASES = {
    # name: (old, new, where in the new text the line is, the path's end, words of the problem)
    "a test whose age is no setting": (
        'test: ALT, label: {en: "ALT"}, age: laboratory-age',
        'test: ALT, label: {en: "ALT"}, age: laboratory-ages',
        "laboratory-ages",
        "before_dose.laboratory[0].age",
        "Did you mean 'laboratory-age'?",
    ),
    "a test whose age is in half-lives": (
        'test: ALT, label: {en: "ALT"}, age: laboratory-age',
        'test: ALT, label: {en: "ALT"}, age: washout-half-lives',
        "age: washout-half-lives",
        "before_dose.laboratory[0].age",
        "a setting in 'd'",
    ),
    "a test twice": (
        '{test: sodium, label: {en: "Sodium"}',
        '{test: ALT, label: {en: "Sodium"}',
        '{test: ALT, label: {en: "Sodium"}',
        "before_dose.laboratory[1]",
        "each test once",
    ),
    "a class of medicine nobody records": (
        "classes: [mao-inhibitor, lithium, ssri,",
        "classes: [mao-inhibitor, lithium, ssris,",
        "classes: [mao-inhibitor, lithium, ssris,",
        "before_dose.wash_out.classes[2]",
        "Did you mean 'ssri'?",
    ),
    "an unknown key": ("    week: 4\n", "    weak: 4\n", "    weak: 4", ".weak", "Did you mean 'week'?"),
    "an unknown key at the top": ("\nlimits:\n", "\nlimit:\n", "\nlimit:", "limit", "Did you mean 'limits'?"),
    "a wrong type": ('version: "1.0"', "version: 1.0", "version: 1.0", "study.version", "Put it in quotes."),
    "text as a number": (
        "mdma: {value: 80, unit: mg",
        'mdma: {value: "80", unit: mg',
        'value: "80"',
        ".value",
        "without quotes",
    ),
    "true as a number": (
        "mdma: {value: 80, unit: mg",
        "mdma: {value: true, unit: mg",
        "value: true",
        ".value",
        "found true",
    ),
    "infinity": ("mdma: {value: 80, unit: mg", "mdma: {value: 1e999, unit: mg", "1e999", ".value", "finite"),
    "a word that is none of the choices": (
        "kind: screening",
        "kind: screning",
        "kind: screning",
        "visits[0].kind",
        "Did you mean 'screening'?",
    ),
    "a missing key": ("    priority: high\n", "", "  - code: systolic-stop", "limits[0]", "no 'priority'"),
    "no action of a limit": (
        '    action: {en: "Call the physician now, repeat after five minutes, give no further dose."}\n',
        "",
        "  - code: systolic-stop",
        "limits[0]",
        "no 'action'",
    ),
    "a missing source": (
        "{value: 48, unit: h, source: mapp1-registry}",
        "{value: 48, unit: h}",
        "{value: 48, unit: h}",
        ".value",
        "without a source",
    ),
    "an unknown source": (
        "{value: 48, unit: h, source: mapp1-registry}",
        "{value: 48, unit: h, source: map1-registry}",
        "map1-registry",
        ".source",
        "Did you mean 'mapp1-registry'?",
    ),
    "a citation without a status": (
        "{value: 48, unit: h, source: mapp1-registry}",
        '{value: 48, unit: h, source: "Doe 2020, J"}',
        "Doe 2020",
        ".status",
        "without a status",
    ),
    "an assumption dressed as a citation": (
        "{value: 180, unit: mmHg, source: vital-limit}",
        "{value: 180, unit: mmHg, source: vital-limit, status: sourced}",
        "status: sourced}",
        ".status",
        "cannot be cited",
    ),
    "a recalled number": (
        '    cite: "rehearsal: laboratory and ECG windows are not public"\n    status: rehearsal',
        '    cite: "rehearsal: laboratory and ECG windows are not public"\n    status: recalled_unverified',
        "{value: 60, unit: d, source: laboratory-window}",
        ".status",
        "only recalled",
    ),
    "a unit of another kind": (
        "{value: 180, unit: mmHg",
        "{value: 180, unit: kPa",
        "unit: kPa",
        ".unit",
        "the unit 'kPa' for systolic",
    ),
    "a dose in grams": (
        "mdma: {value: 80, unit: mg",
        "mdma: {value: 0.08, unit: g",
        "unit: g,",
        ".unit",
        "the unit 'g'",
    ),
    "an unknown variable": (
        "rule: 'age >= 18'",
        "rule: 'agee >= 18'",
        "agee",
        "eligibility[0].rule",
        "did you mean age?",
    ),
    "a rule that does not parse": (
        "rule: 'age >= 18'",
        "rule: 'age >= '",
        "rule: 'age >= '",
        "eligibility[0].rule",
        "the rule 'age >= '",
    ),
    "a rule that is not a condition": (
        "rule: 'age >= 18'",
        "rule: 'age + 18'",
        "age + 18",
        ".rule",
        "hold or fail",
    ),
    "a rule that mixes types": (
        "rule: 'age >= 18'",
        "rule: 'age >= sex'",
        "age >= sex",
        ".rule",
        "of one type",
    ),
    "an option that is none": (
        'sex == "female"',
        'sex == "femal"',
        '"femal"',
        ".rule",
        "is not among the options",
    ),
    "a limit nobody set": (
        "rule: heart_rate < limit_heart_rate_hold",
        "rule: heart_rate < limit_pulse_hold",
        "limit_pulse_hold",
        ".rule",
        "no variable limit_pulse_hold",
    ),
    "a number in a gate without a source": (
        "    source: fda-draft-guidance\n  - code: physician",
        "  - code: physician",
        "rule: monitors_present >= 2",
        ".rule",
        "without a source",
    ),
    "a screening criterion that needs baseline": (
        "    source: mapp2-methods\n    at: baseline\n  - code: fluent",
        "    source: mapp2-methods\n  - code: fluent",
        "rule: 'caps5_total >= 28'",
        ".rule",
        "known only from baseline on",
    ),
    "a form that does not exist": (
        "{form: AUDIT, by",
        "{form: AUDITT, by",
        "AUDITT",
        ".form",
        "Did you mean 'AUDIT'?",
    ),
    "an instrument that does not exist": (
        "instrument: DERS-16",
        "instrument: DERS-61",
        "DERS-61",
        ".instrument",
        "Did you mean 'DERS-16'?",
    ),
    "a score that does not exist": (
        "score: CAPS-5.total",
        "score: CAPS-5.totale",
        "CAPS-5.totale",
        ".score",
        "Did you mean 'total'?",
    ),
    "a field nobody declared": (
        "      - swallows_capsules\n",
        "      - swallows\n",
        "- swallows\n",
        ".fields[2]",
        "variable 'swallows'",
    ),
    "a field on two forms": (
        "      - age\n",
        "      - qtc\n      - age\n",
        "      - qtc\n      - age",
        ".fields[0]",
        "asks already",
    ),
    "a form that nobody may read": (
        "    instrument: AUDIT\n    read: [participant, physician, safety_monitor, data_board, statistician, auditor]",  # noqa: E501
        "    instrument: AUDIT\n    read: []",
        "    read: []",
        ".read",
        "no role that may read it",
    ),
    "a form without readers": (
        "    instrument: AUDIT\n    read: [participant, physician, safety_monitor, data_board, statistician, auditor]\n",  # noqa: E501
        "    instrument: AUDIT\n",
        "  - form: AUDIT",
        "forms[10]",
        "no 'read'",
    ),
    "a rater who reads of dosing days": (
        "    instrument: C-SSRS\n    read: [",
        "    instrument: C-SSRS\n    read: [rater, ",
        "read: [rater, coordinator",
        ".read[0]",
        "filled around dosing days",
    ),
    "a therapist who reads guesses": (
        "    instrument: GUESS\n    read: [",
        "    instrument: GUESS\n    read: [therapist, ",
        "read: [therapist, data_board",
        ".read[0]",
        "a guess that is told spreads",
    ),
    "a blinded reader of the arm": (
        "    instrument: DERS-16\n",
        "    instrument: DERS-16\n    holds_allocation: true\n",
        "    read: [participant, physician, safety_monitor, data_board, statistician, auditor]\n  - form: C-SSRS",  # noqa: E501
        ".read[0]",
        "who is blinded",
    ),
    "an unblinded therapist": (
        "unblinded: [pharmacist]",
        "unblinded: [pharmacist, therapist]",
        "unblinded: [",
        ".unblinded[1]",
        "meets participants",
    ),
    "a guess after the rating": (
        "    forms:\n      - {form: GUESS, by: participant}\n      - {form: GUESS, by: therapist}\n      - {form: CAPS-5, by: rater}",  # noqa: E501
        "    forms:\n      - {form: CAPS-5, by: rater}\n      - {form: GUESS, by: participant}\n      - {form: GUESS, by: therapist}",  # noqa: E501
        "      - {form: GUESS, by: participant}\n      - {form: GUESS, by: therapist}\n      - {form: SDS, by: rater}",  # noqa: E501
        ".forms[1]",
        "after a rating",
    ),
    "an anchor that does not exist": (
        "after: prep-3",
        "after: prep-4",
        "after: prep-4",
        ".after",
        "the visit 'prep-4'",
    ),
    "a circle of visits": (
        "after: screening",
        "after: baseline",
        "after: baseline",
        "visits[1].after",
        "a circle",
    ),
    "a visit timed twice": (
        "    after: prep-3\n",
        "    after: prep-3\n    day: {value: -1, unit: d, source: visit-day}\n",
        "  - code: baseline",
        "visits[4]",
        "both 'day' and 'after'",
    ),
    "a visit never timed": (
        "    day: {value: 3, unit: d, source: visit-day}\n",
        "",
        "  - code: dosing-1",
        "visits[5]",
        "neither 'day' nor 'after'",
    ),
    "study day 0": (
        "day: {value: 3, unit",
        "day: {value: 0, unit",
        "day: {value: 0, unit",
        ".day.value",
        "study day 0",
    ),
    "a week on another day": (
        "day: {value: 29,",
        "day: {value: 30,",
        "day: {value: 30,",
        ".day.value",
        "expected 29",
    ),
    "a preparation after randomisation": (
        "days: {value: 21, unit",
        "days: {value: 61, unit",
        "    after: screening",
        "visits[1].after",
        "before randomisation",
    ),
    "dosing visits out of order": (
        "day: {value: 31, unit",
        "day: {value: 2, unit",
        "day: {value: 2, unit",
        ".day",
        "before the one listed above it",
    ),
    "half a day": (
        "days: {value: 21, unit",
        "days: {value: 21.5, unit",
        "21.5",
        ".days.value",
        "a whole number",
    ),
    "a negative window": (
        "early: {value: 48,",
        "early: {value: -48,",
        "value: -48",
        ".early.value",
        "no negative number",
    ),
    "a window that closes before it opens": (
        "opens_h: {value: 1.5,",
        "opens_h: {value: 2.5,",
        "opens_h: {value: 2.5,",
        ".opens_h",
        "from 2.5 to 2 h",
    ),
    "a window beyond the session": (
        "closes_h: {value: 2,",
        "closes_h: {value: 9,",
        "closes_h: {value: 9,",
        ".closes_h",
        "in a session of 8 h",
    ),
    "a reading beyond the session": (
        "450, 480]",
        "450, 540]",
        "    value: [-60",
        ".value",
        "a reading at 540 min",
    ),
    "readings out of order": (
        "value: [-60, -30,",
        "value: [-30, -60,",
        "value: [-30",
        ".value",
        "out of order",
    ),
    "no reading before the dose": (
        "value: [-60, -30, -5, 15,",
        "value: [15,",
        "value: [15,",
        ".value",
        "before the first dose",
    ),
    "an arm without mg": (
        "        mdma: {value: 80, unit: mg, source: mapp2-registry}\n",
        "",
        "      mg:",
        ".mg",
        "no mg for the arm 'mdma'",
    ),
    "mg in an inactive arm": (
        "placebo: {value: 0, unit: mg",
        "placebo: {value: 10, unit: mg",
        "value: 10, unit: mg",
        ".placebo.value",
        "in an inactive arm",
    ),
    "mg for an arm that is not": (
        "        placebo: {value: 0,",
        "        plazebo: {value: 0,",
        "plazebo",
        ".plazebo",
        "the arm 'plazebo'",
    ),
    "a step twice": (
        "step: s2-first",
        "step: s1-first",
        "step: s1-first\n      mg:\n        placebo: {value: 0, unit: mg, source: mapp2-registry}\n        mdma: {value: 120",  # noqa: E501
        ".step",
        "each step once",
    ),
    "a gate item that does not exist": (
        "        - fasted\n",
        "        - fastened\n",
        "        - fastened",
        ".gate[10]",
        "the gate item 'fastened'",
    ),
    "a dose without a gate": (
        "      closes_h: {value: 2, unit: h, source: mapp2-registry}\n      gate:\n        - consent-in-force\n        - identity-and-kit\n        - two-monitors\n        - physician-and-emergency-kit\n        - pressure-below-stop\n        - no-acute-suicidality\n        - no-contraindication\n        - pressure-below-hold\n        - heart-rate-below-hold\n        - temperature-below-hold\n",  # noqa: E501
        "      closes_h: {value: 2, unit: h, source: mapp2-registry}\n",
        "    supplemental:",
        ".supplemental",
        "no gate",
    ),
    "a dosing visit without a session": (
        "    kind: contact\n",
        "    kind: dosing\n",
        "    kind: dosing\n    after",
        ".kind",
        "without a session",
    ),
    "a ratio of another arm": (
        "{placebo: 1, mdma: 1}",
        "{placebo: 1, mdmaa: 1}",
        "{placebo: 1, mdmaa: 1}",
        ".mdmaa",
        "the arm 'mdmaa'",
    ),
    "blocks that do not hold the ratio": (
        "value: [4, 6]",
        "value: [4, 5]",
        "value: [4, 5]",
        ".value",
        "a block of 5",
    ),
    "a factor that is not": (
        "{factor: site,",
        "{factor: sites,",
        "{factor: sites,",
        ".factor",
        "Did you mean 'site'?",
    ),
    "two comparators": (
        "    role: experimental\n",
        "    role: comparator\n",
        "arms:\n  - code",
        "arms",
        "2 comparator arms",
    ),
    "no required consent": (None, None, "consent:\n", "consent", "no required item"),
    "a graver limit passed first": (
        "{value: 180, unit: mmHg",
        "{value: 150, unit: mmHg",
        "{value: 150, unit: mmHg",
        ".value",
        "passed before systolic-hold",
    ),
    "a measure nobody measures": (
        BLOCK,
        BLOCK.replace("measure: systolic", "measure: systollic"),
        "systollic",
        ".measure",
        "Did you mean 'systolic'?",
    ),
    "an excluded positive event": (
        "  excludes: []",
        "  excludes: [euphoria]",
        "excludes: [euphoria]",
        ".excludes[0]",
        "'euphoria'",
    ),
    "a definition that leaves events out": (
        "      euphoria, are adverse events.",
        "      euphoria, are not recorded.",
        "    en: >-\n      Any untoward",
        ".definition.en",
        "leaves no event out",
    ),
    "a definition of untoward events only, in other words": (
        "Any untoward or otherwise notable",
        "Except for pleasant effects, any",
        "    en: >-\n      Except for pleasant",
        ".definition.en",
        "the words 'Except'",
    ),
    "euphoria not asked for": (
        '    - {code: euphoria, label: {en: "Euphoria, feeling wonderful"}, category: abuse-potential,\n'
        '       asked: {en: "Feeling wonderful, on top of the world", '
        'es: "Sentirse de maravilla, en la cima del mundo"}}\n',
        "",
        "  prompts:\n",
        ".prompts",
        "no prompt for euphoria",
    ),
    "prompts beyond the session": (
        "value: [1, 2, 4, 6, 8, 24]",
        "value: [1, 2, 4, 6, 8, 36]",
        "8, 36]",
        ".value",
        "prompts at 36 h",
    ),
    "an event without a strategy": (
        "      non-study-mdma: hypothetical\n",
        "",
        "    strategies:\n",
        "estimands[0].strategies",
        "no strategy for 'non-study-mdma'",
    ),
    "a strategy for no event": (
        "      non-study-mdma: hypothetical\n",
        "      non-study-mdma: hypothetical\n      weather: hypothetical\n",
        "      weather:",
        ".weather",
        "the intercurrent event 'weather'",
    ),
    "an estimand that does not exist": (
        "    estimand: caps5-week-18",
        "    estimand: caps5-week-81",
        "    estimand: caps5-week-81",
        ".estimand",
        "Did you mean 'caps5-week-18'?",
    ),
    "an outcome that does not exist": (
        "    outcome: SDS.mean",
        "    outcome: SDS.means",
        "SDS.means",
        ".outcome",
        "Did you mean 'mean'?",
    ),
    "an outcome nobody assesses then": (
        "visits: [week-4, week-8, week-18]",
        "visits: [prep-1, week-8, week-18]",
        "visits: [prep-1",
        ".visits[0]",
        "CAPS-5 is not filled",
    ),
    "an analysis without its visit": (
        "visits: [week-4, week-8, week-18]",
        "visits: [week-4, week-8]",
        "visits: [week-4, week-8]\n",
        ".visits",
        "no 'week-18'",
    ),
    "two primary analyses": (
        "    role: secondary",
        "    role: primary",
        "analyses:\n",
        "analyses",
        "2 primary analyses",
    ),
    "a level above 1": (
        "{value: 0.05, unit",
        "{value: 5, unit",
        "alpha: {value: 5",
        ".value",
        "between 0 and 1",
    ),
    "a follow-up visit that is not": (
        "visits: [follow-up-6-months,",
        "visits: [week-18,",
        "visits: [week-18, follow",
        ".visits[0]",
        "kind assessment",
    ),
    "a code twice": (
        "  - code: diastolic-stop",
        "  - code: systolic-stop",
        "  - code: systolic-stop\n    measure: dia",
        "limits[1].code",
        "a second time",
    ),
    "no English text": (
        'label: {en: "Dizziness"}',
        'label: {de: "Schwindel"}',
        "Schwindel",
        ".label",
        "no English text",
    ),
    "a hash in the file": (
        "holdfast: 1\n",
        "holdfast: 1\nhash: abc\n",
        "hash: abc",
        "hash",
        "the compiler works it out",
    ),
    "another version of the format": (
        "holdfast: 1\n",
        "holdfast: 2\n",
        "holdfast: 2",
        "holdfast",
        "expected 1",
    ),
    "a duplicate key": (
        "    week: 4\n",
        "    week: 4\n    week: 5\n",
        "    week: 5",
        ".week",
        "a second time (first on line",
    ),
    "an anchor": ("sources:\n", "sources: &s\n", "sources: &s", "", "the anchor &s"),
    "an alias": ("ratio: {placebo: 1, mdma: 1}", "ratio: *one", "ratio: *one", "", "the alias *one"),
    "a merge key": (
        "ratio: {placebo: 1, mdma: 1}",
        "ratio: {<<: {placebo: 1}, mdma: 1}",
        "ratio: {<<",
        "",
        "merge key",
    ),
    "a tag": ("alpha: {", "alpha: !!map {", "alpha: !!map", "", "the tag"),
    "a tag that would run code": (
        'version: "1.0"',
        "version: !!python/object/apply:os.getcwd []",
        "os.getcwd",
        "",
        "the tag",
    ),
    "depth": (
        "registry: [",
        "registry: [" + "[" * DEPTH + "]" * DEPTH + ", ",
        "registry: [[",
        "",
        "deeper than 30",
    ),
    "a second document": ("\narms:\n", "\n---\narms:\n", "\n---\narms", "", "a second document"),
    "an unclosed quote": ('version: "1.0"', 'version: "1.0', None, "", "not YAML"),
    "a list as key": (
        "holdfast: 1\n",
        "holdfast: 1\n? [a]\n: 1\n",
        "? [a]",
        "",
        "a list or mapping as a key",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_break_is_told_at_its_line(name: str):
    old, new, needle, path, words = CASES[name]
    text = (
        SHIPPED.replace("    required: true\n", "    required: false\n") if old is None else broken(old, new)
    )
    problems = problems_of(text)
    told = [one for one in problems if words in str(one) and one.path.endswith(path)]
    assert told, "\n".join(map(str, problems))
    if needle is not None:
        # a needle that begins with a line break means the line after it
        line = line_of(text, needle) + (1 if needle.startswith("\n") else 0)
        assert f"study.yaml:{line}" in {one.where for one in told}, "\n".join(map(str, problems))


def test_the_cases_are_many():
    print(f"\n{len(CASES)} kinds of break")
    assert len(CASES) >= 90


def test_breaks_of_every_pass_are_told_in_one_run_in_the_order_of_the_file():
    text = broken("    week: 4\n", "    weak: 4\n")
    text = broken("rule: 'age >= 18'", "rule: 'agee >= 18'", text=text)
    text = broken("{value: 48, unit: h, source: mapp1-registry}", "{value: 48, unit: h}", text=text)
    text = broken("  excludes: []", "  excludes: [euphoria]", text=text)
    text = broken("after: prep-3", "after: prep-33", text=text)
    text = broken("      death: composite\n", "", text=text)
    problems = problems_of(text)
    lines = [int(problem.where.rpartition(":")[2]) for problem in problems]
    assert [problem.path for problem in problems] == [
        "visits[4].after",
        "visits[14].weak",
        "eligibility[0].rule",
        "adverse_events.excludes[0]",
        "estimands[2].strategies",
        "settings[12].value",
    ]
    assert lines == sorted(lines)
    assert str(problems[0]) == (
        f"study.yaml:{line_of(text, 'after: prep-33')}: visits[4].after: found the visit 'prep-33', which this file "  # noqa: E501
        "does not have; expected a visit of this file. Did you mean 'prep-3'?"
    )


def test_a_file_above_one_megabyte_is_refused_before_it_is_read(tmp_path: Path):
    large = tmp_path / "study.yaml"
    large.write_text(SHIPPED + "#" * BYTES, encoding="utf-8")
    with pytest.raises(StudyFileError, match="at most 1000000"):
        compile_study(large)
    with pytest.raises(StudyFileError, match="at most 1000000"):
        compile_text(SHIPPED + "#" * BYTES, name="study.yaml")


def test_a_file_just_below_one_megabyte_compiles(tmp_path: Path):
    room = BYTES - len(SHIPPED.encode()) - 2
    path = tmp_path / "study.yaml"
    path.write_text(SHIPPED + "#" * room + "\n", encoding="utf-8")
    assert compile_study(path).study.code == "inactive-placebo"


def test_nesting_at_the_limit_is_not_refused_for_its_depth():
    inside = DEPTH - 2  # below the file's own mapping and the list of registries
    text = broken("registry: [", "registry: [" + "[" * (inside - 1) + "]" * (inside - 1) + ", ")
    assert not [problem for problem in problems_of(text) if "nesting" in problem.found]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "an empty file"),
        (b"# nothing\n", "an empty file"),
        (b"- 1\n", "a list"),
        (b"study: \xff\n", "not UTF-8"),
        (b"a: \x00\n", "not YAML"),
        (b"a:\n\t- b\n", "not YAML"),
    ],
)
def test_what_is_no_study_file_at_all_is_refused(tmp_path: Path, content: bytes, words: str):
    path = tmp_path / "study.yaml"
    path.write_bytes(content)
    with pytest.raises(StudyFileError, match=words):
        compile_study(path)


def test_bytes_that_are_not_utf8_are_told_at_their_line(tmp_path: Path):
    path = tmp_path / "study.yaml"
    path.write_bytes(b"holdfast: 1\nstudy:\n  code: \xe9\n")
    with pytest.raises(StudyFileError) as refused:
        compile_study(path)
    assert refused.value.problems[0].where == f"{path}:3"


def test_a_file_that_is_not_there_is_an_unknown_name_and_a_folder_too(tmp_path: Path):
    with pytest.raises(UnknownName, match="no study file"):
        compile_study(tmp_path / "none.yaml")
    with pytest.raises(UnknownName, match="is a folder"):
        compile_study(tmp_path)
    with pytest.raises(UnknownName, match="shipped study"):
        path_of("inactive-placbo")


def test_a_disk_that_fails_is_not_the_users_doing(monkeypatch: pytest.MonkeyPatch):
    def fail(self: Path) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "read_bytes", fail)
    with pytest.raises(Unavailable, match="Input/output error"):
        compile_study(Path("study.yaml"))


@pytest.mark.requirement("EST-1")
def test_an_estimand_without_a_strategy_for_non_study_mdma_does_not_compile():
    for estimand in range(5):
        at = -1
        for _ in range(estimand + 1):
            at = SHIPPED.index("      non-study-mdma: ", at + 1)
        text = SHIPPED[:at] + SHIPPED[SHIPPED.index("\n", at) + 1 :]
        assert [problem.path for problem in problems_of(text)] == [f"estimands[{estimand}].strategies"]


@pytest.mark.requirement("BLD-2")
def test_a_form_that_tells_the_arm_may_be_read_by_unblinded_roles_only():
    read = "    instrument: DERS-16\n    read: [participant, physician, safety_monitor, data_board, statistician, auditor]"  # noqa: E501
    told = "    instrument: DERS-16\n    holds_allocation: true\n    read: [pharmacist]"
    assert compile_text(broken(read, told), name="s").forms[7].holds_allocation
    problems = problems_of(broken(read, told.replace("[pharmacist]", "[pharmacist, statistician]")))
    assert [problem.path for problem in problems] == ["forms[7].read[1]"]
