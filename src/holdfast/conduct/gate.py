"""Gates: the conditions of a dose, of the end of a session and of leaving it.

An item with ``override: nobody`` passes only when its rule holds; one that a physician may
override passes also when a physician of the site did, with a reason.
"""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.conduct import values
from holdfast.conduct.case import Case
from holdfast.conduct.decision import Reason
from holdfast.conduct.facts import (
    because_of_records,
    limit_name,
    names_limit,
    parsed,
    verdict,
    waits_for_signature,
)
from holdfast.conduct.standing import SessionStanding
from holdfast.errors import UnknownName
from holdfast.protocol.model import GateItem, Protocol
from holdfast.protocol.rules import Value

END, LEAVE = "end", "discharge"
"""What the gates at the end and at leaving are called in the place of a dose step."""


def item_of(protocol: Protocol, code: str) -> GateItem:
    """A gate item; UnknownName where there is none."""
    for item in protocol.gates:
        if item.code == code:
            return item
    raise UnknownName(f"The protocol has no gate item {code!r}.")


def items_of(protocol: Protocol, visit: str, step: str) -> tuple[str, ...]:
    """The gate item codes of a dose step, or of the end or discharge of a session."""
    session = protocol.session(visit)
    gates = {END: session.end_gate, LEAVE: session.discharge_gate, session.first.step: session.first.gate}
    if session.supplemental is not None:
        gates[session.supplemental.step] = session.supplemental.gate
    if step not in gates:
        raise UnknownName(f"The session of {visit} has no gate for {step!r}; it has {', '.join(gates)}.")
    return gates[step]


def answers(
    case: Case, session: SessionStanding, step: str, items: tuple[str, ...], facts: Mapping[str, Value]
) -> dict[str, str]:
    """Each item: "holds", "fails", "unknown" or "overridden"."""
    given: dict[str, str] = {}
    for code in items:
        item = item_of(case.protocol, code)
        truth = verdict(item.rule, facts).truth.value
        given[code] = "overridden" if truth != "holds" and overridden(session, step, item) else truth
    return given


def overridden(session: SessionStanding, step: str, item: GateItem) -> bool:
    """Whether a physician let the item pass, where a physician may."""
    return item.override == "physician" and (step, item.code) in session.overrides


def gate_reasons(
    case: Case, session: SessionStanding, step: str, items: tuple[str, ...], facts: Mapping[str, Value]
) -> list[Reason]:
    """Every item that is not met, and what would settle it."""
    given = answers(case, session, step, items, facts)
    return [
        _unmet(case, item_of(case.protocol, code), truth, facts, session)
        for code, truth in given.items()
        if truth in ("fails", "unknown")
    ]


def _unmet(
    case: Case, item: GateItem, truth: str, facts: Mapping[str, Value], session: SessionStanding
) -> Reason:
    label, names = item.label["en"], parsed(item.rule)[1]
    told = " ".join(because_of_records(case, case.participant(session.participant), names))
    if truth == "fails":
        way = "" if item.override == "nobody" else "A physician may override it with a reason."
        sentence = " ".join(part for part in (f"Not met: {label}.", told, way) if part)
        return Reason("gate-fails", sentence, item.code)
    missing = sorted(verdict(item.rule, facts).missing)
    unsigned = [each.code for each in case.protocol.limits if limit_name(each.code) in missing]
    if unsigned:
        return Reason("no-signed-limit", f"{label}: {', '.join(unsigned)} awaits a signature.", item.code)
    if waits_for_signature(case, case.participant(session.participant), missing):
        return Reason("no-signed-limit", f"{label}. {told}", item.code)
    needs = told or f"It needs {', '.join(missing)}."
    return Reason("gate-unknown", f"Not known: {label}. {needs}", item.code)


def setting_signed(case: Case, code: str) -> list[Reason]:
    """The study's setting has a value: a request that needs it waits for the signature."""
    if values.setting(case.protocol, code, study=case.study, site=case.site) is not None:
        return []
    path = values.setting_path(code)
    label = next(each.label["en"] for each in case.protocol.settings if each.code == code)
    return [Reason("no-signed-limit", f"{label} awaits a physician's signature.", path)]


def limits_passed(case: Case, session: SessionStanding, *, blocks: str, gate: str) -> list[Reason]:
    """Limits that the last reading passes and that block this act, unless a physician let them pass."""
    reasons = []
    for limit in case.protocol.limits:
        reading = session.last.get(limit.measure.replace("-", "_"))
        if blocks not in limit.blocks or reading is None or _let_pass(case, session, gate, limit.code):
            continue
        number = values.limit_value(limit, study=case.study, site=case.site)
        if number is None:
            reasons.append(
                Reason(
                    "no-signed-limit", f"The limit {limit.code} awaits a physician's signature.", limit.code
                )
            )
        elif values.passed(limit, reading.value, at=number):
            what = f"{limit.measure} {reading.value:g} passes {limit.code} ({limit.op} {number:g})."
            reasons.append(Reason("limit-passed", f"{what} {limit.action['en']}", limit.code))
    return reasons


def _let_pass(case: Case, session: SessionStanding, gate: str, limit: str) -> bool:
    return any(
        step == gate and names_limit(item_of(case.protocol, code).rule, limit)
        for step, code in session.overrides
    )
