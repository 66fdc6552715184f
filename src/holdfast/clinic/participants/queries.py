"""Queries in words, and for whom: only who may read every form that a query names reads what contradicts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.forms.fields import drawn, option_words, shown_answer
from holdfast.clinic.ledger import read
from holdfast.clinic.participants import wording
from holdfast.clinic.participants.dossier import Dossier
from holdfast.clinic.reaching import passing
from holdfast.conduct import contradictions
from holdfast.conduct.queries import addressed
from holdfast.conduct.standing.parts import FormDone, QueryState
from holdfast.instruments.cssrs import BEHAVIOUR, IDEATION
from holdfast.protocol.roles import Role
from holdfast.records.enrolment import Prescreened
from holdfast.records.queries import QueryAnswered, QueryRaised
from holdfast.timing import Instant, in_words

ASKED = frozenset(
    {
        *("q9", *IDEATION, *BEHAVIOUR),
        *(contradictions.TIMES_USED, contradictions.LAST_USED, contradictions.EVER_USED),
        *(contradictions.MONTHS_ILL, contradictions.AGE),
    }
)
"""The items that the rules look at; of PHQ-9 item 9 alone."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the records that contradict each other: what it is, who recorded it when, what it says."""

    name: str
    when: str
    who: str
    said: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A query as the participant's page lists it."""

    root: UUID
    what: str
    forms: str
    due: str
    late: bool
    open: bool
    outcome: str
    words: str
    by: str


def rule_words(rule: str) -> str:
    """What contradicts, without an answer of anybody."""
    return {
        contradictions.ITEM9: _("PHQ-9 item 9 says yes, and nobody who asked about suicide heard of it"),
        contradictions.BELOW: _("The interview about suicide heard less than the person said alone"),
        contradictions.WORSE: _("Thoughts of suicide got worse, and no event tells of it"),
        contradictions.USE: _("Earlier use of MDMA: one answer says never, another says it was used"),
        contradictions.LIFE: _("PTSD for longer than the person has lived: one of the two is mistyped"),
    }.get(rule, option_words(rule))


def outcomes() -> dict[str, str]:
    """What may come of a query, by code."""
    return {
        "both-stand": _("Both stand: they mean different things"),
        "corrected": _("One was wrong, and is or will be corrected"),
        "event-recorded": _("An event is recorded now"),
        "cannot-be-told": _("It cannot be found out any more"),
    }


def readable(dossier: Dossier, query: QueryState) -> bool:
    """Whether the reader may read every form that a query names."""
    forms = [dossier.standing.form_of(each) for each in query.records]
    return all(done is None or dossier.reads(done.fact.form, done) for done in forms)


def shown(dossier: Dossier) -> list[Shown]:
    """The queries that the reader may see, those that wait first."""
    held = dossier.standing.queries.values()
    seen = sorted(
        (each for each in held if readable(dossier, each)), key=lambda each: (not each.open, each.due)
    )
    return [_shown(dossier, each) for each in seen]


def _shown(dossier: Dossier, query: QueryState) -> Shown:
    return Shown(
        root=query.root,
        what=rule_words(query.rule),
        forms=", ".join(each.name for each in sides(dossier, query)),
        due=in_words(Instant(query.due, dossier.site.zone)),
        late=query.open and dossier.now > query.due,
        open=query.open,
        outcome=outcomes().get(query.outcome, ""),
        words=query.words,
        by=dossier.name(query.answered_by) if query.answered_by else "",
    )


def sides(dossier: Dossier, query: QueryState) -> list[Side]:
    """The records of a query, each with what it says of the matter."""
    found = []
    for root in query.records:
        done = dossier.standing.form_of(root)
        one = _logged(dossier, root) if done is None else _filled(dossier, done)
        found += [one] if one is not None else []
    return found


def _filled(dossier: Dossier, done: FormDone) -> Side:
    asked = drawn(dossier.protocol, dossier.form(done.fact.form))
    name = wording.form_name(dossier.protocol, done.fact.form)
    # Of PHQ-9 the items q1 to q5 are others than those of the C-SSRS that bear the same names.
    codes = {"q9"} if done.fact.instrument == contradictions.DEPRESSION else ASKED
    return Side(
        name=f"{name}, {wording.visit_name(dossier.protocol, done.fact.visit)}",
        when=in_words(done.at),
        who=dossier.name(done.author),
        said=tuple(
            (each.label, shown_answer(each, done.fact.answers[each.code]))
            for each in asked.fields
            if each.code in codes and each.code in done.fact.answers
        ),
    )


def _logged(dossier: Dossier, root: UUID) -> Side | None:
    record = next((each for each in dossier.standing.history if each.id == root), None)
    if record is None or not isinstance(record.fact, Prescreened):
        return None
    said = ((_("Earlier use of MDMA"), option_words(record.fact.prior_mdma)),)
    return Side(
        _("The log of first contacts"), in_words(record.happened_at), dossier.name(record.author), said
    )


# --- across the study ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waiting:
    """A query that waits for an answer; ``mine`` where it is put to whoever asks."""

    participant: str
    root: UUID
    what: str
    due: str
    late: bool
    mine: bool


def waiting_for(person: str, study: str, *, sites: Collection[str], now: datetime) -> list[Waiting]:
    """Queries that wait at these sites: those put to somebody, and others past their time."""
    records = read.records(study, kinds=(QueryRaised.KIND, QueryAnswered.KIND))
    answered = {each.fact.query for each in records if isinstance(each.fact, QueryAnswered)}
    found = []
    for record in records:
        fact = record.fact
        if not isinstance(fact, QueryRaised) or str(record.id) in answered or record.site not in sites:
            continue
        due, zone = datetime.fromisoformat(fact.due), record.happened_at.zone
        participant = record.stream.partition("/")[2]
        mine = person in _put_to(study, participant, at=Instant(now, zone))
        if mine or now > due:
            words = rule_words(fact.rule) if mine else ""
            at = in_words(Instant(due, zone))
            found.append((due, Waiting(participant, record.id, words, at, now > due, mine)))
    return [each for _due, each in sorted(found, key=lambda pair: pair[0])]


def _put_to(study: str, participant: str, *, at: Instant) -> tuple[str, ...]:
    standing = read.participant_standing(study, participant)
    people = passing.people(study, standing.site)
    return addressed(people, standing, site=standing.site, day=at.day.isoformat())


def told_of_late(dossier: Dossier) -> bool:
    """Whether the reader is told that a query is late: who may answer, and who sees to it."""
    return dossier.may(Act.ANSWER_QUERY) or Role.COORDINATOR in dossier.roles
