"""Checks of what the records must show before a dose: settings exist, in their unit; names once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from holdfast.protocol.checks.fault import Fault, stranger
from holdfast.protocol.checks.forms import status_of
from holdfast.protocol.medicines import CLASSES
from holdfast.protocol.model import BeforeDose, Protocol, TestBeforeDose, WashOut
from holdfast.protocol.reader import Place


def faults(protocol: Protocol) -> Iterator[Fault]:
    """Everything of this kind."""
    asked: BeforeDose = protocol.before_dose
    place: Place = ("before_dose", "laboratory")
    for index, test in enumerate(asked.laboratory):
        yield from _test((*place, index), test, protocol)
    yield from _once(place, [each.test for each in asked.laboratory], what="test")
    if asked.pregnancy_test is not None:
        yield from _test(("before_dose", "pregnancy_test"), asked.pregnancy_test, protocol)
    if asked.wash_out is not None:
        yield from _wash_out(("before_dose", "wash_out"), asked.wash_out, protocol)


def _test(place: Place, test: TestBeforeDose, protocol: Protocol) -> Iterator[Fault]:
    yield from _setting((*place, "age"), test.age, "d", protocol)
    yield from status_of((*place, "status"), test.status, source=test.source)


def _wash_out(place: Place, asked: WashOut, protocol: Protocol) -> Iterator[Fault]:
    yield from _setting((*place, "half_lives"), asked.half_lives, "1", protocol)
    yield from _setting((*place, "stabilisation"), asked.stabilisation, "d", protocol)
    yield from status_of((*place, "status"), asked.status, source=asked.source)
    yield from _once((*place, "classes"), asked.classes, what="class")
    for index, code in enumerate(asked.classes):
        if code not in CLASSES:
            yield stranger((*place, "classes", index), code, CLASSES, what="class of medicine")


def _setting(place: Place, code: str, unit: str, protocol: Protocol) -> Iterator[Fault]:
    known = {each.code: each.value for each in protocol.settings}
    if code not in known:
        yield stranger(place, code, known, what="setting")
    elif known[code].unit != unit:
        found = f"the setting {code!r} in {known[code].unit!r}"
        yield Fault(place, found, f"a setting in {unit!r}", "Name the setting that says this.")


def _once(place: Place, names: Sequence[str], *, what: str) -> Iterator[Fault]:
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Fault(
                (*place, index), f"{name!r} a second time", f"each {what} once", "Remove one of the two."
            )
