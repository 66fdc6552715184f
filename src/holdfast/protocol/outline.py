"""A protocol as headings and tables of words: what `show` prints and the page holds.

The outline is plain data. ``terminal`` and ``page`` draw it; neither adds a fact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from holdfast.protocol.data_use import on_withdrawal
from holdfast.protocol.figures import figures, unsigned
from holdfast.protocol.model import (
    AdverseEvents,
    Criterion,
    DoseStep,
    GateItem,
    Notice,
    Protocol,
    Text,
    Visit,
)
from holdfast.protocol.names import gate_names, study_names
from holdfast.protocol.roles import Role
from holdfast.protocol.rules import in_words, parse, unit_words
from holdfast.protocol.schedule import planned_day
from holdfast.sourced import Figure, Status

MARKS = {Status.REHEARSAL: "†", Status.ASSUMED: "*", Status.CALIBRATED: "*"}
LEGEND = "† a rehearsal value: none in a live study until a physician of the site signs one. * assumed."


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, what one should know before reading, and a table (rows as wide as ``columns``)."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Outline:
    """A protocol in words."""

    title: str
    lead: tuple[str, ...]
    sections: tuple[Section, ...]


def outline(protocol: Protocol, *, language: str = "en") -> Outline:
    """Every part of a protocol in words; texts in ``language`` where there is one, else English."""

    def say(text: Text) -> str:
        return " ".join((text.get(language) or text["en"]).split())

    parts = _PARTS if protocol.programme is None else (*_PARTS, _programme)
    sections = tuple(part(protocol, say) for part in parts)
    return Outline(say(protocol.study.title), _lead(protocol, say), sections)


Say = Callable[[Text], str]


def shown(figure: Figure) -> str:
    """A figure in words, marked where it is assumed or a rehearsal value: ``180 mmHg †``."""
    values = ", ".join(number(value) for value in figure.numbers)
    unit = unit_words(figure.unit, figure.numbers[-1])
    mark = MARKS.get(figure.status, "")
    return " ".join(word for word in (values, unit, mark) if word)


def number(value: float) -> str:
    """A number as a person writes it."""
    return f"{value:.10g}"


def _lead(protocol: Protocol, say: Say) -> tuple[str, ...]:
    all_figures = figures(protocol)
    open_ones = len(unsigned(protocol))
    study = protocol.study
    return (
        say(study.summary),
        say(study.provenance),
        f"{study.code}, version {study.version}. Registry: {', '.join(study.registry) or 'none'}. "
        f"Planned: {shown(study.planned_n)} participants. Protocol hash {protocol.hash}.",
        f"{len(all_figures)} figures, each with its source; {open_ones} are rehearsal values. {LEGEND}",
    )


def _arms(protocol: Protocol, say: Say) -> Section:
    names = {arm.code: say(arm.name) for arm in protocol.arms}
    rows = []
    for session in protocol.sessions:
        for step in (session.first, session.supplemental):
            if step is not None:
                amounts = tuple(shown(step.mg[code]) for code in names)
                rows.append((session.visit, step.step, _window(step), *amounts))
    columns = ("Session", "Dose step", "Given", *names.values())
    note = "Records name the dose step, never an arm or an amount."
    return Section("Arms and doses", columns, tuple(rows), note)


def _window(step: DoseStep) -> str:
    if step.opens_h is None or step.closes_h is None:
        return "when its gate is open"
    mark = MARKS.get(step.opens_h.status, "")
    opens, closes = number(step.opens_h.number), number(step.closes_h.number)
    return f"{opens} to {closes} hours after the first {mark}".strip()


def _leeway(visit: Visit) -> str:
    early, late = visit.early.number, visit.late.number
    days = f"−{number(early)} / +{number(late)}" if early or late else "that day"
    return f"{days} {_mark(visit.early)}".strip()


def _schedule(protocol: Protocol, say: Say) -> Section:
    rows = tuple(
        (
            visit.code,
            say(visit.name),
            _day(protocol, visit),
            _leeway(visit),
            shown(visit.minutes) if visit.minutes else "",
            ", ".join(_asked(visit)),
        )
        for visit in _by_day(protocol)
    )
    columns = ("Visit", "What", "Study day", "Window", "Length", "Forms")
    note = (
        f"Day 1 is the local date of {_day_one(protocol)}; there is no day 0. A window says how many days "
        f"before and after its target a visit is in time. {_legend(protocol)}"
    )
    return Section("Schedule of activities", columns, rows, note)


def _day_one(protocol: Protocol) -> str:
    return "randomisation" if protocol.randomisation else "entering treatment"


def _by_day(protocol: Protocol) -> list[Visit]:
    return sorted(protocol.visits, key=lambda visit: planned_day(protocol, visit.code))


def _mark(figure: Figure) -> str:
    return MARKS.get(figure.status, "")


def _day(protocol: Protocol, visit: Visit) -> str:
    planned = str(planned_day(protocol, visit.code)).replace("-", "−")
    given = visit.day or visit.days
    assert given is not None, "a compiled visit has a day, or days after another"
    anchor = f"({visit.after} + {number(given.number)})" if visit.after else ""
    return " ".join(word for word in (planned, anchor, _mark(given)) if word)


def _asked(visit: Visit) -> list[str]:
    return [f"{one.form} ({LETTERS[one.by]}{'' if one.required else ', optional'})" for one in visit.forms]


def _legend(protocol: Protocol) -> str:
    used = {one.by for visit in protocol.visits for one in visit.forms}
    return f"Filled by: {', '.join(f'{LETTERS[role]} {_role(role)}' for role in Role if role in used)}."


def _role(role: Role) -> str:
    return role.replace("_", " ")


def _grid(protocol: Protocol, say: Say) -> Section:
    """The classic grid: a visit a row, a form a column, who fills it in the cell."""
    forms = [form.form for form in protocol.forms]
    rows = []
    for visit in _by_day(protocol):
        cells = [", ".join(LETTERS[one.by] for one in visit.forms if one.form == form) for form in forms]
        rows.append((visit.code, str(planned_day(protocol, visit.code)).replace("-", "−"), *cells))
    columns = ("Visit", "Day", *forms)
    return Section("Forms by visit", columns, tuple(rows), _legend(protocol))


LETTERS = {
    Role.COORDINATOR: "C", Role.THERAPIST: "T", Role.PHYSICIAN: "Ph", Role.PHARMACIST: "Rx",
    Role.RATER: "R", Role.ATTENDANT: "A", Role.SAFETY_MONITOR: "S", Role.DATA_BOARD: "D",
    Role.STATISTICIAN: "St", Role.SPONSOR: "Sp", Role.AUDITOR: "Au", Role.PARTICIPANT: "P",
    Role.SYSTEM: "Sy",
}  # fmt: skip


def _eligibility(protocol: Protocol, say: Say) -> Section:
    names = study_names(protocol)

    def row(criterion: Criterion) -> tuple[str, ...]:
        original = say(criterion.original)
        words = in_words(parse(criterion.rule), names)
        source = f"{criterion.source} [{criterion.status}]"
        return (criterion.code, criterion.type, criterion.at, say(criterion.plain), words, original, source)

    columns = (
        "Criterion",
        "Type",
        "Judged at",
        "In plain words",
        "Rule: may enter if",
        "In the trials' terms",
        "Source",
    )
    note = "A rule holds, fails or is unknown. It tells nobody that they are eligible: a physician does."
    return Section("Eligibility", columns, tuple(row(one) for one in protocol.eligibility), note)


def _consent(protocol: Protocol, say: Say) -> Section:
    ends = {"any-time": "at any time", "ends-participation": "ends taking part"}
    rows = tuple(
        (one.code, say(one.label), "yes" if one.required else "no", ends[one.may_be_withdrawn])
        for one in protocol.consent
    )
    return Section(
        "Consent items", ("Item", "What is consented to", "Needed to take part", "Withdrawal"), rows
    )


def _randomisation(protocol: Protocol, say: Say) -> Section:
    columns = ("What", "How", "Source")
    given = protocol.randomisation
    if given is None:
        return Section("Randomisation", columns, (), "None: every participant is in the one arm.")
    ratio = " : ".join(f"{share} {code}" for code, share in given.ratio.items())
    rows = [("ratio", ratio, ""), ("block sizes", shown(given.block_sizes), given.block_sizes.source)]
    for stratum in given.strata:
        levels = f" ({', '.join(stratum.levels)})" if stratum.levels else ""
        rows.append(("stratified by", stratum.factor + levels, f"{stratum.source} [{stratum.status}]"))
    return Section(
        "Randomisation", columns, tuple(rows), "Permuted blocks within strata; the list is sealed."
    )


def _blinding(protocol: Protocol, say: Say) -> Section:
    rows = [
        (
            form.form,
            say(form.name),
            form.instrument or ", ".join(form.fields),
            ", ".join(map(_role, form.read)),
        )
        for form in protocol.forms
    ]
    unblinded = ", ".join(map(_role, protocol.blinding.unblinded)) or "nobody"
    guesses = ", ".join(_role(one.by) for one in protocol.blinding.guesses) or "nobody"
    note = f"Unblinded: {unblinded}. {say(protocol.blinding.reason)} Guesses are asked of: {guesses}."
    return Section(
        "Blinding, and who may read what", ("Form", "Name", "Holds", "May be read by"), tuple(rows), note
    )


def _gates(protocol: Protocol, say: Say) -> Section:
    names = gate_names(protocol)
    used = _where_used(protocol)

    def row(item: GateItem) -> tuple[str, ...]:
        words = in_words(parse(item.rule), names)
        override = "nobody" if item.override == "nobody" else "a physician, with a reason, as a deviation"
        return (
            item.code,
            say(item.label),
            words,
            override,
            _role(item.owner),
            used.get(item.code, "not used"),
        )

    columns = ("Item", "What", "Rule: open if", "May be overridden by", "Seen to by", "Before")
    return Section("Gates", columns, tuple(row(item) for item in protocol.gates))


def _before_dose(protocol: Protocol, say: Say) -> Section:
    asked = protocol.before_dose
    ages = {each.code: shown(each.value) for each in protocol.settings}
    rows = [
        ("laboratory or ECG", say(one.label), f"at most {ages[one.age]} old", _from(one.source, one.status))
        for one in asked.laboratory
    ]
    if asked.pregnancy_test is not None:
        test = asked.pregnancy_test
        old = f"at most {ages[test.age]} old"
        rows.append(("where pregnancy is possible", say(test.label), old, _from(test.source, test.status)))
    if asked.wash_out is not None:
        out = asked.wash_out
        lasting = f"{ages[out.half_lives]} half-lives and {ages[out.stabilisation]}"
        rows.append(("wash-out", ", ".join(out.classes), lasting, _from(out.source, out.status)))
    note = (
        "A value that is missing, too old or outside its reference range closes the gate, whatever anybody "
        "confirms; so does a medicine of these classes whose wash-out is not surely over."
        if rows
        else "Nothing: people confirm it at the gate."
    )
    return Section(
        "What the records must show before a dose", ("What", "Which", "How", "Source"), tuple(rows), note
    )


def _from(source: str, status: str) -> str:
    return f"{source} [{status}]"


def _where_used(protocol: Protocol) -> dict[str, str]:
    used: dict[str, dict[str, None]] = {}
    for session in protocol.sessions:
        gates = [("the first dose", session.first.gate), ("the end of the session", session.end_gate)]
        gates.append(("discharge", session.discharge_gate))
        if session.supplemental is not None:
            gates.insert(1, ("the supplemental dose", session.supplemental.gate))
        for when, gate in gates:
            for code in gate:
                used.setdefault(code, {})[when] = None
    return {code: ", ".join(when) for code, when in used.items()}


def _vitals(protocol: Protocol, say: Say) -> Section:
    plan = protocol.vitals
    rows = (
        ("measured", ", ".join(plan.measures)),
        ("readings", f"{len(plan.at_minutes.numbers)} in a session"),
        ("minutes after the first dose", shown(plan.at_minutes)),
        ("late after", shown(plan.late_after_minutes)),
        ("may be put off by at most", shown(plan.deferral_ceiling_minutes)),
        ("repeated after a passed limit, after", shown(plan.repeat_after_minutes)),
        (
            "sessions last at least",
            ", ".join(dict.fromkeys(shown(one.minimum_hours) for one in protocol.sessions)),
        ),
        ("monitors present", ", ".join(dict.fromkeys(shown(one.monitors) for one in protocol.sessions))),
        ("forecast shown", FORECAST["" if protocol.forecast is None else protocol.forecast.show]),
        (
            "the night after at the site, with an attendant",
            ", ".join(dict.fromkeys("yes" if one.overnight else "no" for one in protocol.sessions)),
        ),
    )
    return Section("Vital signs in a session", ("What", "Value"), rows)


FORECAST = {
    "": "none",
    "highest-dose": "the band for the highest dose allowed, the same for everybody",
    "posterior": "each person's own, fitted to their readings",
}
"""What the session page shows of the forecast, in words."""


def _limits(protocol: Protocol, say: Say) -> Section:
    words = {">=": "at or above", "<=": "at or below"}
    rows = tuple(
        (
            limit.code,
            f"{limit.measure} {words[limit.op]} {shown(limit.value)}",
            limit.priority,
            say(limit.action),
            ", ".join(limit.blocks).replace("-", " ") or "nothing",
        )
        for limit in protocol.limits
    )
    note = "This software is not the primary patient alarm."
    return Section("Limits", ("Limit", "Passed when", "Priority", "Action", "While it lasts, no"), rows, note)


def _own(events: AdverseEvents) -> str:
    hours = events.participant_at_hours
    return f"; the participant rates at {shown(hours)}, an observer at the others" if hours else ""


def _adverse_events(protocol: Protocol, say: Say) -> Section:
    events = protocol.adverse_events
    rows = tuple(
        (one.code, say(one.label), say(one.asked or one.label), one.category) for one in events.prompts
    )
    note = (
        f"{say(events.definition)} Asked for by name at {shown(events.prompt_at_hours)} "
        f"after the first dose{_own(events)}. "
        f"Grades: {say(events.grades)} A serious event reaches the sponsor within "
        f"{shown(events.serious_report_hours)}."
    )
    return Section(
        "Adverse events", ("Prompt", "What is asked for", "In the participant's words", "Kind"), rows, note
    )


def _estimands(protocol: Protocol, say: Say) -> Section:
    rows = [
        ("treatment", *(say(one.treatment) for one in protocol.estimands)),
        ("population", *(say(one.population) for one in protocol.estimands)),
        ("variable", *(f"{one.variable} at {one.visit}" for one in protocol.estimands)),
        ("summary", *(one.summary for one in protocol.estimands)),
    ]
    for event in protocol.intercurrent_events:
        rows.append((say(event.label), *(one.strategies[event.code] for one in protocol.estimands)))
    columns = ("Attribute or intercurrent event", *(say(one.label) for one in protocol.estimands))
    return Section("Estimands", columns, tuple(rows), "The five attributes of ICH E9(R1).")


def _analyses(protocol: Protocol, say: Say) -> Section:
    rows = []
    for one in protocol.analyses:
        model = f"{one.method}, {one.structure}, {one.df}" if one.method == "mmrm" else one.method
        terms = [f"{name} by visit" for name in one.by_visit] + list(one.factors)
        row = (one.code, one.role, one.estimand, one.outcome, ", ".join(one.visits), model)
        rows.append((*row, ", ".join(terms), shown(one.alpha)))
    columns = ("Analysis", "Role", "Estimand", "Outcome", "Visits", "Method", "Adjusted for", "Level")
    return Section("Analyses", columns, tuple(rows))


def _follow_up(protocol: Protocol, say: Say) -> Section:
    plan = protocol.follow_up
    rows = (
        ("visits", ", ".join(plan.visits)),
        ("attempts before a visit counts as missed", shown(plan.attempts)),
        ("reasons for a missing visit", ", ".join(plan.reasons_missing)),
        *(
            (f"attempt {k}", f"{say(each.label)}, after {shown(each.after)}")
            for k, each in enumerate(plan.ladder, 1)
        ),
        *((("what is said", say(plan.script)),) if plan.script else ()),
        *((("when nobody answers", say(plan.unanswered)),) if plan.unanswered else ()),
    )
    return Section("Follow-up", ("What", "Value"), rows)


def _leaving(protocol: Protocol, say: Say) -> Section:
    given, registry = on_withdrawal(protocol), protocol.registry_export
    forms = ", ".join(registry.forms) or "every instrument but guesses and vital signs"
    rows = (
        ("withdrawal of the use of data: recording", COLLECTION[given.collection]),
        ("its part in the study's own analysis", ANALYSIS[given.analysis]),
        ("consents that end with it", ", ".join(given.consents) or "none"),
        ("why", _from(given.source, given.status)),
        ("to a registry, of those who agreed", f"{forms}; {', '.join(registry.fields)}"),
        ("dates there", "days since entry" if registry.dates == "days" else "as recorded"),
    )
    return Section("What leaves the study", ("What", "How"), rows)


COLLECTION = {
    "ends": "nothing more for research; harm that is told goes on being recorded",
    "for-care": "what treatment needs goes on; nothing more for research",
}
ANALYSIS = {
    "to-date": "what was collected before it is kept, what came after is left out; safety is kept",
    "none": "the person is left out but for safety",
}


def _settings(protocol: Protocol, say: Say) -> Section:
    rows = tuple((one.code, say(one.label), shown(one.value)) for one in protocol.settings)
    return Section("Settings", ("Setting", "What", "Value"), rows)


def _programme(protocol: Protocol, say: Say) -> Section:
    given = protocol.programme
    assert given is not None, "asked for only where there is one"
    asked = given.authority
    rows = [
        ("the country", "before anybody prescribes", say(asked.label), _from(asked.source, asked.status)),
        *(("", "to be confirmed", say(each.label), "") for each in asked.conditions),
    ]
    for state in given.states:
        source = _from(state.source, state.status)
        if state.check is not None:
            rows.append((say(state.name), "to be checked with the state", say(state.check), source))
        for notice in state.notices:
            told = f"{say(notice.label)}, to {say(notice.to)}"
            rows.append((say(state.name), when_told(notice), told, _from(notice.source, notice.status)))
            rows += [("", "it holds", say(each), "") for each in notice.holds]
        if state.public_holidays:
            days = ", ".join(state.public_holidays)
            rows.append((say(state.name), "public holidays that deadlines pass over", days, ""))
    report = given.report
    due = f"each {shown(report.months)}, due {shown(report.due_days)} after the period"
    rows.append(("the country", due, say(report.label), _from(report.source, report.status)))
    rows += [("", "it holds", say(each), "") for each in report.asked]
    rows += [("", "a copy to", say(each), "") for each in report.copies]
    for duty in (*given.duties, *given.payers):
        told = f"{say(duty.label)}, to {say(duty.to)}"
        rows.append(("the country", say(duty.when), told, _from(duty.source, duty.status)))
        rows += [("", "it holds", say(each), "") for each in duty.holds]
    note = "What is not known of a state is said so: ask it before anybody prescribes there."
    return Section("Rules of the programme", ("Where", "When", "What", "Source"), tuple(rows), note)


def when_told(notice: Notice) -> str:
    """When a notice is given, in words."""
    if notice.business_days is None:
        return "before the first prescription, for each person"
    days = notice.business_days.number
    unit = "business day" if days == 1 else "business days"
    return f"within {number(days)} {unit} of each prescription"


def _figures(protocol: Protocol, say: Say) -> Section:
    rows = tuple(
        (path, shown(figure), figure.status.value, figure.source, figure.date)
        for path, figure in figures(protocol).items()
    )
    return Section(
        "Figures and their sources", ("Figure", "Value", "Status", "Source or reason", "Date"), rows, LEGEND
    )


_PARTS: tuple[Callable[[Protocol, Say], Section], ...] = (
    _arms, _schedule, _grid, _eligibility, _consent, _randomisation, _blinding, _gates, _before_dose,
    _vitals, _limits,
    _adverse_events, _estimands, _analyses, _follow_up, _leaving, _settings, _figures,
)  # fmt: skip
