"""A small programme outside trials: the site of ``conduct_world``, where nobody is randomised."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache

import conduct_world as world
from holdfast.conduct import actions as act
from holdfast.conduct.decision import Refused
from holdfast.protocol.compiler import compile_study
from holdfast.protocol.model import Protocol
from holdfast.records.envelope import Record
from holdfast.studies import path_of

STUDY = "authorised-prescriber"


@cache
def protocol() -> Protocol:
    """The shipped programme."""
    return compile_study(path_of(STUDY))


@dataclass
class Programme(world.World):
    """A site in a state, with one psychiatrist who may prescribe once ``authorised``."""

    protocol: Protocol = field(default_factory=protocol)
    state: str = "VIC"

    def action(self, who: str, what: act.Ask | act.Tell, **how: object) -> act.Action:
        made = super().action(who, what, **how)
        return replace(made, stamp=replace(made.stamp, study=STUDY))

    def screened(self, items: tuple[str, ...] = (), **facts: object) -> Programme:
        own = {"approved_treatments_considered": True, "treatments_tried": 3}
        super().screened(items, **{**own, **facts})
        return self

    def randomised(self, items: tuple[str, ...] = ()) -> Programme:
        """Nobody is: the person enters treatment, and the approval is there."""
        self.baseline(items).told("lee", act.EnterTreatment(participant=world.PERSON))
        self.told("lee", self.authority())
        return self

    def kitted(self, items: tuple[str, ...] = ()) -> Programme:
        super().kitted(items)
        for each in self.protocol.programme.state(self.state).notices:
            if each.when == "before-prescribing":
                self.told("lee", self.notice(each.code))
        self.told("dr-okafor", self.prescription())
        return self

    def authority(self, **changes: object) -> act.RecordAuthority:
        given = {
            "prescriber": "dr-okafor",
            "product": "MDMA capsules",
            "approval": "AP-1",
            "committee": "Ethics committee",
            "ethics_approval": "HREC-1",
            "ethics_until": "2027-12-31",
            "sites": (world.SITE,),
            "state": self.state,
            "valid_from": "2026-01-01",
            "valid_until": "2027-03-31",
            **changes,
        }
        conditions = self.protocol.programme.conditions(given["state"])
        return act.RecordAuthority(**{"confirmed": tuple(each.code for each in conditions), **given})

    def prescription(self, visit: str = "dosing-1", approval: str = "AP-1") -> act.Prescribe:
        return act.Prescribe(participant=world.PERSON, visit=visit, approval=approval)

    def notice(self, code: str, *, visit: str = "", on: str = "") -> act.GiveNotice:
        day = on or self.now.date().isoformat()
        return act.GiveNotice(participant=world.PERSON, notice=code, given_on=day, visit=visit)

    def prescribe(self, **changes: str) -> list[Record] | Refused:
        return self.do("dr-okafor", self.prescription(**changes))
