"""What a standing keeps of what left the study: in which exports the person was, who was told since."""

from __future__ import annotations

from holdfast.conduct.standing.history import Change, Handlers
from holdfast.conduct.standing.participant import ParticipantStanding
from holdfast.conduct.standing.parts import Shared
from holdfast.records.envelope import Record
from holdfast.records.sharing import IncludedInExport, RecipientTold

P = ParticipantStanding


def _included(standing: P, record: Record, fact: IncludedInExport) -> Change:
    one = Shared(fact.item, fact.to, fact.pseudonym, record.happened_at)
    return {"shared": (*standing.shared, one)}


def _told(standing: P, record: Record, fact: RecipientTold) -> Change:
    return {"recipients_told": {**standing.recipients_told, (fact.item, fact.to): record.happened_at}}


SHARING: Handlers[ParticipantStanding] = {IncludedInExport: _included, RecipientTold: _told}
