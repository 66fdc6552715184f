"""Whatever is done to a study file's text: it compiles, or is refused with its problems. Nothing else."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.errors import StudyFileError
from holdfast.protocol.compiler import compile_text
from holdfast.studies import path_of
from scale import scaled

SHIPPED = path_of("inactive-placebo").read_text(encoding="utf-8")
LINE = re.compile(r"^f\.yaml:(\d+)$")

WEIRD = (
    "1e999",
    "-1",
    "0",
    "99999999999999999999",
    "true",
    "null",
    "~",
    "''",
    '"x"',
    "[]",
    "{}",
    "[[[]]]",
    "*a",
    "&a 1",
    "!!python/object:os.system 1",
    "!x",
    "<<: {}",
    "2026-13-45",
    "0x1F",
    ".nan",
    ".inf",
    "- - -",
    "?",
    "|",
    ">-",
    "@",
    "`",
    "%YAML 9.9",
    "---",
    "...",
    "\t",
    "\x85",
    "\u2028",
    "é",
    "𝄞",
    "{en: }",
    "{a: {b: {c: d}}}",
    "#",
    ":",
    "\\x",
    '"\\u12"',
    "'",
    '"',
    "{value: x, unit: 1}",
    "rule: 'a b'",
    "((((((",
    "mdma",
    "source: nowhere",
)


def _drop(rng: random.Random, lines: list[str]) -> None:
    start = rng.randrange(len(lines))
    del lines[start : start + rng.choice((1, 1, 2, 5, 40))]


def _repeat(rng: random.Random, lines: list[str]) -> None:
    start = rng.randrange(len(lines))
    lines[start:start] = lines[start : start + rng.choice((1, 2, 8))]


def _swap(rng: random.Random, lines: list[str]) -> None:
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]


def _value(rng: random.Random, lines: list[str]) -> None:
    at = rng.randrange(len(lines))
    key, colon, _ = lines[at].partition(": ")
    lines[at] = f"{key}{colon}{rng.choice(WEIRD)}"


def _within(rng: random.Random, lines: list[str]) -> None:
    at = rng.randrange(len(lines))
    words = re.split(r"([\w.-]+)", lines[at])
    if len(words) > 1:
        words[rng.randrange(0, (len(words) - 1) // 2) * 2 + 1] = rng.choice(WEIRD)
    lines[at] = "".join(words)


def _indent(rng: random.Random, lines: list[str]) -> None:
    at = rng.randrange(len(lines))
    lines[at] = (
        " " * rng.randrange(1, 5) + lines[at] if rng.random() < 0.5 else lines[at][rng.randrange(1, 5) :]
    )


def _character(rng: random.Random, lines: list[str]) -> None:
    at = rng.randrange(len(lines))
    place = rng.randrange(len(lines[at]) + 1)
    lines[at] = lines[at][:place] + rng.choice(WEIRD) + lines[at][place:]


def _cut(rng: random.Random, lines: list[str]) -> None:
    del lines[rng.randrange(1, len(lines)) :]


DEEDS: tuple[Callable[[random.Random, list[str]], None], ...] = (
    _drop,
    _repeat,
    _swap,
    _value,
    _value,
    _within,
    _within,
    _within,
    _indent,
    _character,
    _character,
    _cut,
)


def _judge(text: str) -> int:
    """The number of problems, every one of them at a line that exists."""
    try:
        protocol = compile_text(text, name="f.yaml")
    except StudyFileError as refused:
        problems = refused.problems
    else:
        assert len(protocol.hash) == 64
        return 0
    lines = text.count("\n") + text.count("\r") + 2
    for problem in problems:
        found = LINE.match(problem.where)
        assert found is not None, problem
        assert 1 <= int(found.group(1)) <= lines, problem
        assert problem.found, problem
        assert problem.expected, problem
    assert problems
    return len(problems)


def test_a_mutated_study_file_compiles_or_is_refused_with_problems_that_have_lines():
    count = scaled(1500)
    refused = 0
    for seed in range(count):
        rng = random.Random(seed)
        lines = SHIPPED.split("\n")
        for _ in range(rng.choice((1, 1, 1, 2, 4))):
            if lines:
                rng.choice(DEEDS)(rng, lines)
        try:
            refused += _judge("\n".join(lines)) > 0
        except Exception as error:  # the seed is what one needs to see it again
            pytest.fail(f"seed {seed}: {error!r}")
    print(f"\n{count} mutated study files, {refused} refused")
    assert count / 3 <= refused <= count


@settings(max_examples=scaled(2000), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=300))
def test_any_text_is_refused_and_never_raises_anything_else(text: str):
    assert _judge(text) > 0


PIECES = st.sampled_from(
    (
        "a: ",
        "- ",
        "{",
        "}",
        "[",
        "]",
        "\n",
        "  ",
        "? ",
        "'",
        '"',
        ": ",
        "&x ",
        "*x",
        "!t ",
        "<<: ",
        "#",
        "|",
        ">",
        "1",
        "holdfast: 1\n",
        "visits: ",
        "sources: ",
        "source: ",
        "value: 1\n",
        "unit: d\n",
        "study: ",
        "%TAG ",
        "---\n",
        "\\",
        ", ",
    )
)


@settings(max_examples=scaled(4000), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(PIECES, max_size=60).map("".join))
def test_any_heap_of_yaml_is_refused_and_never_raises_anything_else(text: str):
    assert _judge(text) > 0
