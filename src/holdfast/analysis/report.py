"""The report: a self-contained HTML page that one would print."""

from __future__ import annotations

import base64
import re
from collections import Counter
from html import escape
from importlib.resources import files

from holdfast import __version__
from holdfast.analysis.estimand import in_words
from holdfast.analysis.figures import flow_diagram, means_by_visit, session_vitals
from holdfast.analysis.results import ContinuousResult, ProportionResult, Question, Results
from holdfast.analysis.sections import (
    Table,
    change_table,
    conduct_table,
    contrast_table,
    denominators,
    event_tables,
    guess_table,
    number,
    peak_table,
    proportion_table,
    reasons_left,
    span,
)

REHEARSAL = "Rehearsal: no real person"
NOTICE = "Holdfast informs and documents. It is not the primary patient alarm and not a medical device."

ON_ONE_PAGE = 10
NUMERIC = re.compile(r"[<\N{MINUS SIGN}]? ?[0-9]")
STYLE = files("holdfast.analysis").joinpath("report.css").read_text(encoding="utf-8")


def html(results: Results) -> str:
    """The whole page, self-contained."""
    banner = f'<div class="banner" role="note">{REHEARSAL}</div>' if results.life == "rehearsal" else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(results.title)}: report</title><style>{STYLE}</style></head><body>"
        f"{banner}<main>{body(results)}</main></body></html>\n"
    )


def body(results: Results) -> str:
    """The content of the page, for a site that brings its own frame."""
    roles, labels = _looks(results)
    parts = [_head(results)]
    parts.append("<h2>Participant flow</h2>")
    parts.append(
        figure(
            flow_diagram(results.flow, labels=labels, visits=dict(results.visits)),
            "Participant flow after CONSORT 2010.",
        )
    )
    parts += [f'<p class="quiet">{escape(text)}</p>' for text in reasons_left(results.flow, labels)]
    parts.append("<h2>Baseline</h2>" + _baseline(results, labels))
    for each in results.continuous:
        parts.append(
            _continuous(each, roles=roles, labels=labels | dict(results.visits) | dict(results.events))
        )
    if results.proportions:
        parts.append(
            "<h2>Response, remission, diagnosis</h2>"
            + _shares(results.proportions, labels | dict(results.visits))
        )
    parts.append("<h2>Safety</h2>" + _paragraph(results.safety.note))
    parts += [_table(table) for table in event_tables(results.safety, labels)]
    parts.append("<h2>Vital signs in dosing sessions</h2>")
    if results.vitals.bands:
        caption = (
            f"Mean (line) and 5th to 95th percentile (band) by scheduled time; {results.vitals.sessions} "
            f"sessions, {results.vitals.readings} readings, {results.vitals.late} late, "
            f"{results.vitals.missed} missed."
        )
        parts.append(figure(session_vitals(results.vitals, roles=roles, labels=labels), caption))
        parts.append(_table(peak_table(results.vitals, labels)))
    parts.append("<h2>Blinding: who guessed what</h2>" + _paragraph(GUESSES))
    parts.append(_table(guess_table(results.guesses, labels | dict(results.visits))))
    parts.append("<h2>How the study was run</h2>" + _table(conduct_table(results.conduct)))
    parts.append(_provenance(results))
    return told_apart("".join(parts))


def told_apart(page: str) -> str:
    """Regions of the same name numbered, so that who moves by landmarks can tell them apart."""
    seen: Counter[str] = Counter()

    def numbered(found: re.Match[str]) -> str:
        name = found[1]
        seen[name] += 1
        return f'aria-label="{name} {seen[name]}"' if seen[name] > 1 else found[0]

    return re.sub(r'aria-label="([^"]*)"', numbered, page)


OBSERVED = "Observed means with 95 % intervals of all who were given a dose and assessed, whatever happened"
SHARES = (
    "Intervals of a share after Wilson, of a difference after Miettinen and Nurminen; "
    "not adjusted for the number of comparisons."
)
GUESSES = (
    "A display of how far the blind was seen through, never an adjustment: benefit itself drives the guess. "
    "Bang's index is 0 where guesses are as by chance, 1 where everybody is right."
)


def _looks(results: Results) -> tuple[dict[str, str], dict[str, str]]:
    codes = list(results.arms)
    # The first arm of a study file is the reference.
    roles = {code: "comparator" if place == 0 else "experimental" for place, code in enumerate(codes)}
    roles = roles if len(codes) > 1 else dict.fromkeys(codes, "experimental")
    return roles, dict(results.arms)


def _head(results: Results) -> str:
    state = "Unblinded: by arm" if results.unblinded else "Blinded: arms together"
    state = state if len(results.arms) > 1 else "One arm: nobody is blinded"
    lock = "data locked" if results.locked else "data entry open"
    lead = _lead(results)
    warnings = "".join(f'<p class="warn">{escape(text)}</p>' for text in results.warnings)
    return (
        f"<h1>{escape(results.title)}</h1>"
        f'<p class="quiet">Report of {escape(results.study)}. {state}; {lock}; data as of '
        f"{escape(results.data_as_of)}. {NOTICE}</p>{lead}{warnings}"
    )


def _lead(results: Results) -> str:
    primary = next((each for each in results.continuous if each.role == "primary"), None)
    if primary is None or not primary.contrasts:
        return ""
    at = [each for each in primary.contrasts if each.visit == primary.question.visit]
    last = (at or primary.contrasts)[-1]
    arm, reference = escape(results.arms[last.arm]), escape(results.arms[last.reference])
    outcome = escape(primary.outcome.split(".")[0])
    return (
        f'<p class="lead">{outcome}, change from baseline to {escape(results.visits[last.visit])}: '
        f"{arm} minus {reference} {number(last.estimate)} points (95 % interval "
        f"{span(last.lower, last.upper)}).</p>"
    )


def _baseline(results: Results, labels: dict[str, str]) -> str:
    groups = list(results.flow.randomised)
    rows = [[row.label, *[row.by_group[group] for group in groups]] for row in results.baseline]
    return _table(Table("", ["", *[labels.get(group, group) for group in groups]], rows))


def _continuous(result: ContinuousResult, *, roles: dict[str, str], labels: dict[str, str]) -> str:
    name = result.outcome.split(".")[0]
    parts = [f"<h2>{escape(name)} ({escape(result.role)})</h2>", _paragraph(f"Estimand: {result.estimand}")]
    parts.append(_question(result.question))
    if any(row.n for row in result.observed):
        picture = means_by_visit(result.observed, roles=roles, labels=labels, ylabel=f"{name}, mean")
        parts.append(figure(picture, OBSERVED))
    if result.ls_changes:
        parts.append(_table(change_table(result, labels)))
    if result.contrasts:
        parts.append(_table(contrast_table(result, labels)))
    if result.ls_changes:
        parts.append(f'<p class="quiet">{escape(result.method)}.</p>')
    rows = [
        [
            labels.get(r.group, r.group),
            labels.get(r.visit, r.visit),
            str(r.n),
            number(r.mean),
            number(r.sd),
            span(r.lower, r.upper),
        ]
        for r in result.observed
    ]
    parts.append(_table(Table(OBSERVED, ["Group", "Visit", "n", "Mean", "SD", "95 % interval"], rows)))
    if result.excluded:
        left = "; ".join(f"{labels.get(event, event)} {n}" for event, n in result.excluded.items())
        parts.append(_paragraph(f"Ratings set aside from the model after an event: {left}."))
    parts += [f'<p class="warn">{escape(text)}</p>' for text in result.warnings]
    return "".join(parts)


def _shares(results: tuple[ProportionResult, ...], labels: dict[str, str]) -> str:
    parts = []
    if len({repr(each.question) for each in results}) == 1:
        parts.append(_question(results[0].question))
    else:
        parts += [
            _paragraph(f"{each.outcome}, {labels.get(each.visit, each.visit)}:") + _question(each.question)
            for each in results
        ]
    definitions = [each.definition for each in results if each.definition]
    if definitions:
        parts.append(_paragraph(". ".join(definitions) + "."))
    parts.append(_table(proportion_table(results, labels)))
    told = dict.fromkeys(denominators(each, labels) for each in results)
    parts += [f'<p class="quiet">{escape(text)}</p>' for text in told]
    parts.append(f'<p class="quiet">{SHARES}</p>')
    return "".join(parts)


def _question(asked: Question) -> str:
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in in_words(asked)) + "</ul>"


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def figure(svg: str, caption: str, *, alt: str = "") -> str:
    """A picture as a data: URI with its caption; ``alt`` where the caption does not tell what is seen."""
    data = base64.b64encode(svg.encode()).decode()
    return (
        f'<figure><img alt="{escape(alt or caption)}" src="data:image/svg+xml;base64,{data}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _table(table: Table) -> str:
    if not table.rows:
        return '<p class="quiet">Nothing recorded yet.</p>'
    align = [_align(column) for column in zip(*table.rows, strict=True)]
    # A corner without words is no header.
    head = "".join(
        f'<th scope="col"{align[i]}>{escape(cell)}</th>' if cell else "<td></td>"
        for i, cell in enumerate(table.head)
    )
    rows = "".join(
        "<tr>" + "".join(f"<td{align[i]}>{escape(cell)}</td>" for i, cell in enumerate(row)) + "</tr>"
        for row in table.rows
    )
    # A short table stays on one page of paper; a long one may break between rows.
    keep = " keep" if len(table.rows) <= ON_ONE_PAGE else ""
    caption = f"<caption>{escape(table.caption)}</caption>" if table.caption else ""
    name = escape(table.caption or "Table")
    return (
        f'<div class="scroll{keep}" tabindex="0" role="region" aria-label="{name}">'
        f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _align(column: tuple[str, ...]) -> str:
    """Columns of numbers stand to the right, columns of words to the left."""
    written = [cell for cell in column if cell not in {"", "not known"}]
    return ' class="n"' if written and all(NUMERIC.match(cell) for cell in written) else ""


def _provenance(results: Results) -> str:
    return (
        '<h2>Where this comes from</h2><p class="quiet">Protocol <code>'
        f"{results.protocol_hash}</code><br>Data <code>{results.data_hash}</code><br>"
        f"Code <code>{results.code_hash}</code><br>Holdfast {__version__}</p>"
    )
