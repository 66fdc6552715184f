"""Standings of a kit and of a stratum's list of slots.

A kit obeys a conservation law at every moment: capsules received = on hand + used +
returned + destroyed + lost. ``lost`` is what counts could not find; it is negative
where more was found than the ledger knew of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from holdfast.conduct.standing.history import Change, Folded, Handlers
from holdfast.records.envelope import Record
from holdfast.records.supply import (
    KitAssigned,
    KitCounted,
    KitDestroyed,
    KitReceived,
    KitReleased,
    KitReturned,
    KitUsed,
    ListSealed,
    SlotTaken,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KitStanding(Folded):
    """One kit: what it is for, where its capsules are, whose it is."""

    step: str = ""
    site: str = ""
    expires: str = ""
    lot: str = ""
    released: bool = False
    assigned: tuple[str, str, str] | None = None  # participant, visit, step
    received: int = 0
    on_hand: int = 0
    used: int = 0
    returned: int = 0
    destroyed: int = 0
    lost: int = 0

    @property
    def known(self) -> bool:
        """Whether the kit ever arrived."""
        return bool(self.step)

    @property
    def balanced(self) -> bool:
        """The conservation law."""
        return self.received == self.on_hand + self.used + self.returned + self.destroyed + self.lost

    def in_date(self, *, day: str) -> bool:
        """Whether its last day is not before ``day`` (ISO date)."""
        return self.expires >= day


@dataclass(frozen=True, slots=True, kw_only=True)
class ListStanding(Folded):
    """A sealed list of slots and who took which; slots are taken in their order."""

    slots: tuple[str, ...] = ()
    commitment: str = ""
    taken: Mapping[str, str] = field(default_factory=dict)  # slot to participant

    @property
    def next_slot(self) -> str | None:
        """The first free slot; None where the list is used up or was never sealed."""
        return next((slot for slot in self.slots[len(self.taken) :] if slot not in self.taken), None)


def _received(standing: KitStanding, record: Record, fact: KitReceived) -> Change:
    return {
        "step": fact.step,
        "site": record.site,
        "expires": fact.expires,
        "lot": fact.lot,
        "received": standing.received + fact.capsules,
        "on_hand": standing.on_hand + fact.capsules,
    }


def _released(standing: KitStanding, record: Record, fact: KitReleased) -> Change:
    return {"released": True}


def _assigned(standing: KitStanding, record: Record, fact: KitAssigned) -> Change:
    return {"assigned": (fact.participant, fact.visit, fact.step)}


def _taken(standing: KitStanding, capsules: int) -> Change:
    # More taken than the ledger knew of: the capsules were there, so an earlier loss was none.
    short = max(0, capsules - standing.on_hand)
    return {"on_hand": standing.on_hand - capsules + short, "lost": standing.lost - short}


def _used(standing: KitStanding, record: Record, fact: KitUsed) -> Change:
    return {**_taken(standing, fact.capsules), "used": standing.used + fact.capsules}


def _returned(standing: KitStanding, record: Record, fact: KitReturned) -> Change:
    return {**_taken(standing, fact.capsules), "returned": standing.returned + fact.capsules}


def _destroyed(standing: KitStanding, record: Record, fact: KitDestroyed) -> Change:
    returned = min(fact.capsules, standing.returned)
    return {
        **_taken(standing, fact.capsules - returned),
        "returned": standing.returned - returned,
        "destroyed": standing.destroyed + fact.capsules,
    }


def _counted(standing: KitStanding, record: Record, fact: KitCounted) -> Change:
    return {"on_hand": fact.counted, "lost": standing.lost + standing.on_hand - fact.counted}


def _sealed(standing: ListStanding, record: Record, fact: ListSealed) -> Change:
    return {"slots": fact.slots, "commitment": fact.commitment}


def _slot(standing: ListStanding, record: Record, fact: SlotTaken) -> Change:
    return {"taken": {**standing.taken, fact.slot: fact.participant}}


KIT: Handlers[KitStanding] = {
    KitReceived: _received,
    KitReleased: _released,
    KitAssigned: _assigned,
    KitUsed: _used,
    KitReturned: _returned,
    KitDestroyed: _destroyed,
    KitCounted: _counted,
}
LIST: Handlers[ListStanding] = {ListSealed: _sealed, SlotTaken: _slot}
