"""Checks of arms, doses, dosing sessions and randomisation."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.protocol.checks.fault import Fault, stranger
from holdfast.protocol.checks.forms import status_of
from holdfast.protocol.model import DoseStep, DosingSession, Protocol, Randomisation, VisitKind
from holdfast.protocol.reader import Place


def faults(protocol: Protocol) -> Iterator[Fault]:
    """Everything of this kind."""
    yield from _arms(protocol)
    yield from _held(protocol)
    steps: dict[str, Place] = {}
    for index, session in enumerate(protocol.sessions):
        place: Place = ("sessions", index)
        yield from _hours(place, session)
        for name, step in (("first", session.first), ("supplemental", session.supplemental)):
            if step is None:
                continue
            yield from _step((*place, name), step, protocol)
            if step.step in steps:
                found = f"the step {step.step!r} a second time"
                yield Fault(
                    (*place, name, "step"), found, "each step once", "Records and kits go by it: rename one."
                )
            steps[step.step] = place
        for name, gate in (("end_gate", session.end_gate), ("discharge_gate", session.discharge_gate)):
            yield from _gate((*place, name), gate, protocol)
    if protocol.randomisation is not None:
        yield from _randomisation(protocol.randomisation, protocol)


def _arms(protocol: Protocol) -> Iterator[Fault]:
    roles = [arm.role for arm in protocol.arms]
    if protocol.study.design == "single-arm":
        if len(roles) != 1:
            yield Fault(
                ("arms",),
                f"{len(roles)} arms",
                "one arm in a single-arm design",
                "Change the design or the arms.",
            )
        if protocol.randomisation is not None:
            yield Fault(
                ("randomisation",), "a randomisation", "none in a single-arm design", "Set it to null."
            )
        return
    if roles.count("comparator") != 1:
        found = f"{roles.count('comparator')} comparator arms"
        yield Fault(
            ("arms",), found, "exactly one", "Every contrast is against it: name one arm 'role: comparator'."
        )
    if "experimental" not in roles:
        yield Fault(("arms",), "no experimental arm", "at least one", "Name an arm 'role: experimental'.")
    if protocol.randomisation is None:
        yield Fault(
            ("randomisation",), "no randomisation", "one in a parallel design", "State ratio, strata, blocks."
        )


def _held(protocol: Protocol) -> Iterator[Fault]:
    kinds = {visit.code: visit.kind for visit in protocol.visits}
    held = [session.visit for session in protocol.sessions]
    for index, code in enumerate(held):
        place: Place = ("sessions", index, "visit")
        if code not in kinds:
            yield stranger(place, code, kinds, what="visit")
        elif kinds[code] is not VisitKind.DOSING:
            found = f"{code!r}, a visit of the kind {kinds[code]}"
            yield Fault(
                place, found, "a visit of the kind dosing", "Change its kind, or hold the session elsewhere."
            )
    for index, visit in enumerate(protocol.visits):
        if visit.kind is VisitKind.DOSING and visit.code not in held:
            remedy = "Add it to 'sessions', or change the kind."
            yield Fault(
                ("visits", index, "kind"), f"{visit.code!r} without a session", "a session of it", remedy
            )
    order = [visit.code for visit in protocol.visits if visit.code in held]
    known = [code for code in held if code in order]
    if known != order and len(set(known)) == len(known):
        yield Fault(
            ("sessions",), "sessions in another order than their visits", ", ".join(order), "Reorder them."
        )


def _hours(place: Place, session: DosingSession) -> Iterator[Fault]:
    if session.monitors.number < 1:
        yield Fault(
            (*place, "monitors", "value"), "no monitor", "at least one", "Nobody is left alone under a drug."
        )
    later = session.supplemental
    if later is None:
        return
    if later.opens_h is None or later.closes_h is None:
        missing = "opens_h" if later.opens_h is None else "closes_h"
        yield Fault((*place, "supplemental"), f"no {missing!r}", "a window of hours", f"Add '{missing}:'.")
        return
    opens, closes, end = later.opens_h.number, later.closes_h.number, session.minimum_hours.number
    if opens >= closes:
        found = f"a window from {opens:g} to {closes:g} h"
        yield Fault(
            (*place, "supplemental", "opens_h"), found, "a window that opens before it closes", "Swap them."
        )
    if closes >= end:
        found = f"a window to {closes:g} h in a session of {end:g} h"
        remedy = "Close it earlier, or lengthen the session."
        yield Fault((*place, "supplemental", "closes_h"), found, "a window within the session", remedy)


def _step(place: Place, step: DoseStep, protocol: Protocol) -> Iterator[Fault]:
    arms = {arm.code: arm for arm in protocol.arms}
    for code in arms.keys() - step.mg.keys():
        yield Fault(
            (*place, "mg"),
            f"no mg for the arm {code!r}",
            "mg for every arm",
            f"Add '{code}:', 0 where it is inactive.",
        )
    for code, figure in step.mg.items():
        if code not in arms:
            yield stranger((*place, "mg", code), code, arms, what="arm")
        elif arms[code].level == 0 and figure.number != 0:
            found = f"{figure.number:g} mg in an inactive arm"
            yield Fault(
                (*place, "mg", code, "value"), found, "0 mg", "Change the amount, or the arm's level."
            )
        elif arms[code].level != 0 and figure.number == 0 and place[-1] == "first":
            found = "0 mg as first dose of an active arm"
            yield Fault(
                (*place, "mg", code, "value"), found, "an amount", "Change the amount, or the arm's level."
            )
    if not step.gate:
        yield Fault(
            place, "no gate", "the items that must hold before this dose", "List gate items under 'gate:'."
        )
    yield from _gate((*place, "gate"), step.gate, protocol)


def _gate(place: Place, gate: tuple[str, ...], protocol: Protocol) -> Iterator[Fault]:
    known = {item.code for item in protocol.gates}
    for number, code in enumerate(gate):
        if code not in known:
            yield stranger((*place, number), code, known, what="gate item")
        elif code in gate[:number]:
            yield Fault(
                (*place, number), f"{code!r} a second time", "each item once", "Remove one of the two."
            )


def _randomisation(randomisation: Randomisation, protocol: Protocol) -> Iterator[Fault]:
    place: Place = ("randomisation",)
    arms = {arm.code for arm in protocol.arms}
    for code in sorted(arms - randomisation.ratio.keys()):
        yield Fault(
            (*place, "ratio"), f"no share for the arm {code!r}", "a share for every arm", f"Add '{code}:'."
        )
    for code, share in randomisation.ratio.items():
        if code not in arms:
            yield stranger((*place, "ratio", code), code, arms, what="arm")
        if share < 1:
            yield Fault((*place, "ratio", code), f"{share}", "1 or more", "Remove the arm instead.")
    whole = sum(randomisation.ratio.values())
    for size in randomisation.block_sizes.numbers:
        if size < 1 or whole < 1 or size % whole:
            found = f"a block of {size:g} for a ratio of {whole} in all"
            yield Fault(
                (*place, "block_sizes", "value"),
                found,
                f"multiples of {whole}",
                "A block must hold the ratio.",
            )
    variables = {variable.name: variable for variable in protocol.variables}
    for index, stratum in enumerate(randomisation.strata):
        at = (*place, "strata", index)
        yield from status_of((*at, "status"), stratum.status, source=stratum.source)
        if stratum.factor == "site":
            continue
        if stratum.factor not in variables:
            yield stranger(
                (*at, "factor"), stratum.factor, {*variables, "site"}, what="stratification factor"
            )
        elif not stratum.levels:
            yield Fault(at, "no levels", "the levels of the factor", "List them under 'levels:'.")
        elif extra := set(stratum.levels) - set(variables[stratum.factor].options):
            found = f"levels that the variable has not: {', '.join(sorted(extra))}"
            yield Fault((*at, "levels"), found, "options of the variable", "Correct them.")
