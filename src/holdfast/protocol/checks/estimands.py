"""Checks of estimands and analyses: every intercurrent event answered, every name known."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.instruments.catalogue import INSTRUMENTS
from holdfast.protocol.checks.fault import Fault, stranger
from holdfast.protocol.model import Analysis, Estimand, Protocol, VisitKind
from holdfast.protocol.reader import Place

DERIVED = {"response": "CAPS-5", "remission": "CAPS-5", "loss-of-diagnosis": "CAPS-5"}
"""Outcomes derived from an instrument's scores, with the instrument."""

_SUMMARY = {"mmrm": "difference-in-means", "proportion": "risk-difference"}
_OF_ONE_ARM = {"mmrm": "mean-change", "proportion": "share"}
"""What an analysis estimates where there is another arm to compare with, and where there is none."""


def faults(protocol: Protocol) -> Iterator[Fault]:
    """Everything of this kind."""
    for index, estimand in enumerate(protocol.estimands):
        yield from _estimand(("estimands", index), estimand, protocol)
    for index, analysis in enumerate(protocol.analyses):
        yield from _analysis(("analyses", index), analysis, protocol)
    primary = [analysis for analysis in protocol.analyses if analysis.role == "primary"]
    if protocol.analyses and len(primary) != 1:
        found = f"{len(primary)} primary analyses"
        yield Fault(("analyses",), found, "exactly one", "Name one 'role: primary'.")


def _estimand(place: Place, estimand: Estimand, protocol: Protocol) -> Iterator[Fault]:
    events = {event.code for event in protocol.intercurrent_events}
    for event in protocol.intercurrent_events:
        if event.code not in estimand.strategies:
            found = f"no strategy for {event.code!r}"
            remedy = f"Add '{event.code}:' with one of treatment-policy, hypothetical, composite, …"
            yield Fault((*place, "strategies"), found, "a strategy for every intercurrent event", remedy)
    for code in estimand.strategies:
        if code not in events:
            yield stranger((*place, "strategies", code), code, events, what="intercurrent event")
    yield from _outcome((*place, "variable"), estimand.variable, protocol)
    yield from _visit((*place, "visit"), estimand.visit, estimand.variable, protocol)


def _outcome(place: Place, outcome: str, protocol: Protocol) -> Iterator[Fault]:
    if outcome in DERIVED:
        return
    code, _, score = outcome.partition(".")
    forms = {form.form for form in protocol.forms if form.instrument is not None}
    if code not in forms or code not in INSTRUMENTS:
        yield stranger(place, outcome, {*DERIVED, *(f"{form}.total" for form in forms)}, what="outcome")
        return
    scores = {one.name for one in INSTRUMENTS[code].score_names}
    if score not in scores:
        yield stranger(place, score, scores, what=f"score of {code}")


def _visit(place: Place, code: str, outcome: str, protocol: Protocol) -> Iterator[Fault]:
    visits = {visit.code: visit for visit in protocol.visits}
    if code not in visits:
        yield stranger(place, code, visits, what="visit")
        return
    form = DERIVED.get(outcome, outcome.partition(".")[0])
    if all(scheduled.form != form for scheduled in visits[code].forms):
        found = f"{code!r}, at which {form} is not filled"
        yield Fault(place, found, f"a visit with {form}", "Schedule the form there, or choose another visit.")


def _analysis(place: Place, analysis: Analysis, protocol: Protocol) -> Iterator[Fault]:
    estimands = {estimand.code: estimand for estimand in protocol.estimands}
    yield from _outcome((*place, "outcome"), analysis.outcome, protocol)
    for index, code in enumerate(analysis.visits):
        yield from _visit((*place, "visits", index), code, analysis.outcome, protocol)
    if not 0 < analysis.alpha.number < 1:
        found = f"{analysis.alpha.number:g}"
        yield Fault((*place, "alpha", "value"), found, "a level between 0 and 1", "0.05, say.")
    yield from _terms(place, analysis, protocol)
    estimand = estimands.get(analysis.estimand)
    if estimand is None:
        yield stranger((*place, "estimand"), analysis.estimand, estimands, what="estimand")
        return
    if estimand.variable != analysis.outcome:
        found = f"{analysis.outcome!r}, while the estimand asks for {estimand.variable!r}"
        yield Fault((*place, "outcome"), found, "the estimand's variable", "Make them the same.")
    if estimand.visit not in analysis.visits:
        found = f"no {estimand.visit!r}"
        yield Fault((*place, "visits"), found, "the estimand's visit among them", "Add it.")
    summary = (_SUMMARY if protocol.blinded else _OF_ONE_ARM)[analysis.method]
    if estimand.summary != summary:
        found = f"{analysis.method} for a {estimand.summary}"
        yield Fault((*place, "method"), found, f"{summary} for it", "Change one of the two.")


def _terms(place: Place, analysis: Analysis, protocol: Protocol) -> Iterator[Fault]:
    known = {"site", *(variable.name for variable in protocol.variables)}
    for index, factor in enumerate(analysis.factors):
        if factor not in known:
            yield stranger((*place, "factors", index), factor, known, what="factor")
    for index, covariate in enumerate(analysis.by_visit):
        if covariate != "baseline":
            yield stranger((*place, "by_visit", index), covariate, {"baseline"}, what="covariate by visit")
    if "baseline" in analysis.by_visit:
        form = DERIVED.get(analysis.outcome, analysis.outcome.partition(".")[0])
        base = [visit for visit in protocol.visits if visit.kind is VisitKind.BASELINE]
        if base and all(one.form != form for visit in base for one in visit.forms):
            found = f"{form}, which is not filled at baseline"
            yield Fault((*place, "by_visit"), found, "an outcome with a baseline", "Schedule it at baseline.")
