"""Facts of kits and the allocation list. Streams: ``kit/<number>``, ``list/<stratum>``."""

from __future__ import annotations

from holdfast.records.fact import Fact, kind


@kind("list-sealed")
class ListSealed(Fact):
    """A stratum's slots exist and are sealed; ``commitment`` binds the key without telling it."""

    stratum: str
    slots: tuple[str, ...]
    commitment: str


@kind("slot-taken")
class SlotTaken(Fact):
    """A slot of the list is a participant's from now on. Stream: list."""

    slot: str
    participant: str


@kind("kit-received")
class KitReceived(Fact):
    """A kit is at a site: for which dose step, how many capsules, until when in date."""

    kit: str
    step: str
    capsules: int
    expires: str
    lot: str


@kind("kit-released")
class KitReleased(Fact):
    """A kit may be used."""

    kit: str


@kind("kit-assigned")
class KitAssigned(Fact):
    """A kit is set aside for a participant's dose step at a visit."""

    kit: str
    participant: str
    visit: str
    step: str


@kind("kit-set-aside")
class KitSetAside(Fact):
    """The session's own note of the kit assigned to one of its dose steps. Stream: session."""

    kit: str
    step: str
    expires: str


@kind("kit-put-back")
class KitPutBack(Fact):
    """The session's own note that unused capsules of its kit went back. Stream: session."""

    kit: str
    capsules: int


@kind("kit-used")
class KitUsed(Fact):
    """Capsules of a kit were taken."""

    kit: str
    capsules: int


@kind("kit-returned")
class KitReturned(Fact):
    """Unused capsules come back, witnessed."""

    kit: str
    capsules: int
    witness: str


@kind("kit-counted")
class KitCounted(Fact):
    """A count of capsules on hand by two people, and what the ledger expected."""

    kit: str
    counted: int
    expected: int
    witness: str


@kind("kit-destroyed")
class KitDestroyed(Fact):
    """Capsules were destroyed before two witnesses."""

    kit: str
    capsules: int
    witnesses: tuple[str, ...]
