"""Who wrote and who changed what: every value of a form with its past, every record of a participant."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.models import Opened
from holdfast.clinic.forms.fields import Drawn, option_words, shown_answer
from holdfast.clinic.participants import wording
from holdfast.clinic.participants.deeds import finding_words
from holdfast.clinic.participants.dossier import Dossier
from holdfast.conduct.standing.parts import RiskState
from holdfast.records.assessment import FormCompleted, VisitHeld, VisitMissed, VisitScheduled
from holdfast.records.correction import origins_of
from holdfast.records.envelope import Record
from holdfast.records.safety import AdverseEvent, Deviation, RiskAcknowledged, RiskRaised
from holdfast.records.sharing import IncludedInExport, RecipientTold
from holdfast.timing import Instant, in_words


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one value."""

    label: str
    old: str
    new: str
    who: str
    when: str
    why: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of a participant, in words."""

    when: str
    recorded: str
    who: str
    role: str
    what: str
    detail: str
    why: str
    correction: bool


def versions(history: Sequence[Record], root: UUID) -> list[Record]:
    """A record and everything that corrected it, in the order of recording."""
    origins = origins_of(history)
    return [each for each in history if each.id == root or origins.get(each.id) == root]


def changes(form: Drawn, versions_: Sequence[Record], dossier: Dossier) -> list[Change]:
    """Every value of a form that was changed, with what it was, by whom, when and why."""
    fields = {each.code: each for each in form.fields}
    found = []
    for before, after in itertools.pairwise(versions_):
        if not isinstance(before.fact, FormCompleted) or not isinstance(after.fact, FormCompleted):
            continue
        old, new = before.fact.answers, after.fact.answers
        for code in dict.fromkeys([*(field.code for field in form.fields), *old, *new]):
            if old.get(code) != new.get(code):
                field = fields.get(code)
                found.append(
                    Change(
                        label=field.label if field else code,
                        old=shown_answer(field, old.get(code)) or _("nothing"),
                        new=shown_answer(field, new.get(code)) or _("nothing"),
                        who=dossier.name(after.author),
                        when=in_words(Instant(after.recorded_at, dossier.site.zone)),
                        why=after.reason,
                    )
                )
    return found


def entries(dossier: Dossier, records: Sequence[Record]) -> list[Entry]:
    """The records of a participant, the latest first."""
    return [_entry(dossier, each) for each in reversed(records)]


def _entry(dossier: Dossier, record: Record) -> Entry:
    return Entry(
        when=in_words(record.happened_at),
        recorded=in_words(Instant(record.recorded_at, dossier.site.zone)),
        who=_("Holdfast") if record.author == "holdfast" else dossier.name(record.author),
        role=option_words(record.role),
        what=option_words(record.kind),
        detail=_detail(dossier, record),
        why=record.reason,
        correction=record.corrects is not None,
    )


def _detail(dossier: Dossier, record: Record) -> str:
    # Names of things only: a value is shown where the reader's role may read its form.
    fact = record.fact
    if isinstance(fact, FormCompleted):
        form = wording.form_name(dossier.protocol, fact.form)
        return f"{form}, {wording.visit_name(dossier.protocol, fact.visit)}"
    if isinstance(fact, VisitHeld | VisitMissed | VisitScheduled):
        return wording.visit_name(dossier.protocol, fact.visit)
    if isinstance(fact, Deviation):
        return fact.what
    if isinstance(fact, RiskRaised):
        return finding_words(fact.finding)
    if isinstance(fact, IncludedInExport | RecipientTold):
        return fact.to
    return fact.term if isinstance(fact, AdverseEvent) else ""


@dataclass(frozen=True, slots=True)
class RiskShown:
    """A risk that a form raised, and how it stands: ``by`` and ``taken`` empty while nobody took it on.

    ``by`` is also empty for a reader who sees nothing of a record but a form of their own.
    """

    finding: str
    priority: str
    since: str
    open: bool
    by: str
    taken: str


def risks_of(dossier: Dossier, forms: Collection[UUID]) -> list[RiskShown]:
    """The risks that these records of a form raised."""
    ids = {str(each) for each in forms}
    return [
        _risk(dossier, dossier.standing.risks[each.id], each.fact.priority)
        for each in dossier.standing.history
        if isinstance(each.fact, RiskRaised) and each.fact.form_record in ids
    ]


def _risk(dossier: Dossier, risk: RiskState, priority: str) -> RiskShown:
    taken = next(
        (
            each.happened_at
            for each in reversed(dossier.standing.history)
            if isinstance(each.fact, RiskAcknowledged) and each.fact.risk == str(risk.root)
        ),
        None,
    )
    # A rater sees no name and no day of anybody's record.
    tells = taken is not None and dossier.may(Act.READ_FORM)
    return RiskShown(
        finding=finding_words(risk.finding),
        priority=priority,
        since=in_words(risk.raised_at),
        open=not risk.taken_by,
        by=dossier.name(risk.taken_by) if tells else "",
        taken=in_words(taken) if taken is not None and tells else "",
    )


def openings(dossier: Dossier, *, limit: int) -> list[tuple[str, str, str, int]]:
    """Who opened these pages, the latest first: last time of the day, who, which act, how often."""
    rows = Opened.objects.filter(study=dossier.study, participant=dossier.participant).order_by("-at", "-id")[
        :limit
    ]
    found: dict[tuple[date, str, str], list[Instant]] = {}
    for each in rows:
        at = Instant(each.at, dossier.site.zone)
        found.setdefault((at.day, each.person, each.act), []).append(at)
    return [
        (in_words(times[0]), dossier.name(person), option_words(act), len(times))
        for (_day, person, act), times in found.items()
    ]
