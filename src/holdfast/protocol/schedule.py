"""When visits are planned: study days from anchors, and windows.

A visit timed ``after`` another moves with it; its planned day is the one it has when
everything before it happened on its target.
"""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.protocol.model import Protocol, Visit


def planned_day(protocol: Protocol, code: str) -> int:
    """The study day a visit is planned for; never 0. KeyError where there is no such visit."""
    at = offset(protocol.visit(code), {visit.code: visit for visit in protocol.visits})
    assert at is not None, "a compiled protocol has only visits that can be reached"
    return at + 1 if at >= 0 else at


def offset(visit: Visit, visits: Mapping[str, Visit]) -> int | None:
    """Days from the day of randomisation (0) to a visit's target; None where it cannot be reached."""
    chain = anchors(visit, visits)
    root = chain[-1]
    if root.day is None or root.after is not None:
        return None
    day = int(root.day.number)
    total = day - 1 if day > 0 else day
    for one in chain[:-1]:
        if one.days is None:
            return None
        total += int(one.days.number)
    return total


def anchors(visit: Visit, visits: Mapping[str, Visit]) -> list[Visit]:
    """The visit, what it comes after, and so on; it stops where a circle would close."""
    chain = [visit]
    seen = {visit.code}
    while chain[-1].after is not None and chain[-1].after in visits and chain[-1].after not in seen:
        chain.append(visits[chain[-1].after])
        seen.add(chain[-1].code)
    return chain
