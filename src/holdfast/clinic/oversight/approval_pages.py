"""Recording that an approval was given, that one ended before its time, that a periodic report was sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from holdfast.clinic import edge
from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.accounts.may import sites
from holdfast.clinic.forms import answers as reading
from holdfast.clinic.forms import rendering, sending
from holdfast.clinic.forms.fields import Choice, Condition, Field, Kind
from holdfast.clinic.languages.written import span_said
from holdfast.clinic.ledger import read
from holdfast.clinic.ledger.models import SiteRow
from holdfast.clinic.participants.form_pages import earlier
from holdfast.clinic.participants.lines import today_at
from holdfast.clinic.participants.wording import said
from holdfast.conduct import actions as act
from holdfast.conduct.decision import Reason
from holdfast.conduct.programme_outlook import reports_due
from holdfast.errors import ImpossibleValue, NotPermitted, UnknownName
from holdfast.protocol.model import Programme, Protocol
from holdfast.protocol.roles import Role
from holdfast.records.fact import Json

Answers = Mapping[str, Json]
ASKED = "asked-"
"""How the field begins by which somebody confirms that a state was asked."""


@asks(Act.ENROL)
@require_http_methods(["GET", "POST"])
def record(request: HttpRequest, study: str) -> HttpResponse:
    """Record an approval of a prescriber at a site."""
    rows = _rows(request, study)
    fields = _fields(study, rows, programme_of(study))
    return _page(request, study, fields, rows, authority_of, "oversight/authority.html")


@asks(Act.ENROL)
@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, study: str) -> HttpResponse:
    """Record that an approval ended before its time."""
    programme_of(study)
    rows = _rows(request, study)
    chosen = request.GET.get("approval", "")
    fields = _fields_of_end(study, rows, chosen)
    return _page(request, study, fields, rows, end_of, "oversight/authority_end.html")


@asks(Act.ENROL)
@require_http_methods(["GET", "POST"])
def sent(request: HttpRequest, study: str) -> HttpResponse:
    """Record that the report of a period was sent."""
    rows = _rows(request, study)
    fields = _fields_of_report(study, rows, protocol_of(study), request)
    return _page(request, study, fields, rows, report_of, "oversight/report_sent.html")


def programme_of(study: str) -> Programme:
    """The rules of a programme; UnknownName in a trial."""
    found = read.protocol(study).programme
    if found is None:
        raise UnknownName(_("This study is a trial: it has no programme."))
    return found


def _rows(request: HttpRequest, study: str) -> list[SiteRow]:
    reach = sites(request.user, Act.ENROL, study)
    return [each for each in read.sites(study) if each.site in reach]


def _page(
    request: HttpRequest,
    study: str,
    fields: tuple[Field, ...],
    rows: Sequence[SiteRow],
    make: Callable[[Answers], tuple[str, act.Ask | act.Tell]],
    template: str,
) -> HttpResponse:
    given: reading.Given | None = None
    refused: tuple[Reason, ...] = ()
    action = edge.new_id()
    if request.method == "POST":
        action = sending.action_id(request)
        given = reading.read(fields, request.POST)
        if not given.errors:
            done, refused = _sent(request, study, rows, given, make)
            if done is not None:
                return done
    return _asked(request, study, fields, given, refused, action, template)


def _sent(
    request: HttpRequest,
    study: str,
    rows: Sequence[SiteRow],
    given: reading.Given,
    make: Callable[[Answers], tuple[str, act.Ask | act.Tell]],
) -> tuple[HttpResponse | None, tuple[Reason, ...]]:
    place, what = make(given.answers)
    site = next((each for each in rows if each.site == place), None)
    roles = sending.roles_to(request, type(what), Act.ENROL, study=study, site=place)
    if site is None or not roles:
        raise NotPermitted(_("Your role does not do this."))
    try:
        outcome = sending.send(request, what, study=study, site=site, role=roles[0])
    except ImpossibleValue as wrong:
        given.errors[wrong.field] = str(wrong)
        return None, ()
    if outcome.refused is not None:
        return None, outcome.refused.reasons
    messages.success(request, _("Recorded."))
    return redirect(reverse("programme", args=[study])), ()


def _asked(
    request: HttpRequest,
    study: str,
    fields: tuple[Field, ...],
    given: reading.Given | None,
    refused: tuple[Reason, ...],
    action: UUID,
    template: str,
) -> HttpResponse:
    draft = f"{request.user.get_username()}{request.path}"
    context = {
        **rendering.context(fields, given, action=action, draft=draft),
        "refused": refused,
        "earlier": earlier(request),
        "send_to": request.path,
        "nothing": not fields,
    }
    return render(request, template, context, status=400 if given else 200)


def _fields(study: str, rows: Sequence[SiteRow], programme: Programme) -> tuple[Field, ...]:
    """What an approval says, and what whoever records it confirms."""
    here = {each.site for each in rows}
    people = tuple(
        Choice(each.person, each.person, f"{each.name} · {each.site}")
        for each in read.appointments(study=study)
        if each.role == Role.PHYSICIAN and each.site in here
    )
    at = tuple(Choice(each.site, each.site, f"{each.site} · {each.name}") for each in rows)
    where = tuple(Choice(each.code, each.code, said(each.name)) for each in programme.states)
    return (
        _choice("site", _("Site"), at),
        _choice("state", _("State or territory of the site"), where),
        *_confirmations(programme),
        _choice("prescriber", _("Prescriber"), people),
        _text("product", _("Product, as the approval names it")),
        _text("approval", _("Number of the approval")),
        _text("committee", _("Human research ethics committee")),
        _text("ethics_approval", _("Number of the ethics approval")),
        Field(code="ethics_until", label=_("Last day of the ethics approval"), kind=Kind.DATE),
        Field(code="valid_from", label=_("First day of the approval"), kind=Kind.DATE),
        Field(code="valid_until", label=_("Last day of the approval"), kind=Kind.DATE),
    )


def _confirmations(programme: Programme) -> tuple[Field, ...]:
    """The conditions of the country, and for each state that must be asked, that it was."""
    own = tuple(Choice(each.code, each.code, said(each.label)) for each in programme.authority.conditions)
    country = Field(
        code="confirmed",
        label=_("I have confirmed, on paper or with the authority"),
        kind=Kind.SEVERAL,
        choices=own,
        hint=_("Nothing is recorded while one of them is open."),
    )
    states = tuple(
        Field(
            code=f"{ASKED}{state.code}",
            label=_("%(state)s was asked") % {"state": said(state.name)},
            kind=Kind.SEVERAL,
            choices=tuple(
                Choice(each.code, each.code, said(each.label))
                for each in programme.conditions(state.code)[len(own) :]
            ),
            shown_if=Condition("state", equal=True, sent=state.code),
        )
        for state in programme.states
        if state.check is not None
    )
    return (country, *states)


def _choice(code: str, label: str, options: tuple[Choice, ...], *, initial: Json = None) -> Field:
    first = options[0].value if len(options) == 1 else initial
    return Field(code=code, label=label, kind=Kind.CHOICE, choices=options, initial=first)


def _text(code: str, label: str) -> Field:
    return Field(code=code, label=label, kind=Kind.TEXT)


def authority_of(answers: Answers) -> tuple[str, act.RecordAuthority]:
    """The site, and the request to record an approval there."""
    given = {name: str(answers.get(name) or "") for name in answers}
    ticked = [answers.get(name) for name in answers if name == "confirmed" or name.startswith(ASKED)]
    what = act.RecordAuthority(
        prescriber=given["prescriber"],
        product=given["product"],
        approval=given["approval"],
        committee=given["committee"],
        ethics_approval=given["ethics_approval"],
        ethics_until=given["ethics_until"],
        sites=(given["site"],),
        state=given["state"],
        valid_from=given["valid_from"],
        valid_until=given["valid_until"],
        confirmed=tuple(str(each) for many in ticked if isinstance(many, tuple | list) for each in many),
    )
    return given["site"], what


APART = "|"
"""Between a site and the number of an approval there."""


def _fields_of_end(study: str, rows: Sequence[SiteRow], chosen: str) -> tuple[Field, ...]:
    names = {each.person: each.name for each in read.appointments(study=study)}
    options = tuple(
        Choice(
            f"{row.site}{APART}{code}",
            f"{row.site}{APART}{code}",
            f"{code} · {names.get(held.prescriber, held.prescriber)} · {row.name}",
        )
        for row, site in ((row, read.site_standing(study, row.site)) for row in rows)
        for code, held in site.authorities.items()
        if code not in site.authorities_ended
    )
    if not options:
        return ()
    initial = chosen if chosen in {each.sent for each in options} else None
    why = _("Suspended, withdrawn or given up: by whom, and why. It stands in every refusal from now on.")
    return (
        _choice("approval", _("Approval"), options, initial=initial),
        Field(code="why", label=_("Why it ended"), kind=Kind.NOTE, hint=why),
    )


def end_of(answers: Answers) -> tuple[str, act.EndAuthority]:
    """The site, and the report that an approval ended there."""
    site, _apart, code = str(answers.get("approval") or "").partition(APART)
    return site, act.EndAuthority(approval=code, why=str(answers.get("why") or "").strip())


def _fields_of_report(
    study: str, rows: Sequence[SiteRow], protocol: Protocol, request: HttpRequest
) -> tuple[Field, ...]:
    """Which of the reports that the sites owe, when, and who was sent a copy."""
    days = today_at(rows, edge.moment_of(request))
    owed = tuple(
        Choice(
            f"{row.site}{APART}{each.period.first}",
            f"{row.site}{APART}{each.period.first}",
            f"{span_said(each.period.first, each.period.last)} · {row.name}",
        )
        for row in rows
        for each in reports_due(protocol, read.site_standing(study, row.site), day=days[row.site])
    )
    if not owed:
        return ()
    day = days[rows[0].site].isoformat()
    return (
        _choice("report", _("Report"), owed, initial=owed[0].value),
        Field(code="sent_on", label=_("Sent on"), kind=Kind.DATE, initial=day),
        Field(code="reference", label=_("Reference, if there is one"), kind=Kind.TEXT, required=False),
        Field(
            code="copied_to",
            label=_("A copy was sent to"),
            kind=Kind.TEXT,
            required=False,
            hint=_("The ethics committee, where it asks for one. Leave it empty if nobody was sent a copy."),
        ),
    )


def report_of(answers: Answers) -> tuple[str, act.SendReport]:
    """The site, and the report that the report of a period was sent."""
    site, _apart, first = str(answers.get("report") or "").partition(APART)
    return site, act.SendReport(
        first=first,
        sent_on=str(answers.get("sent_on") or ""),
        reference=str(answers.get("reference") or "").strip(),
        copied_to=str(answers.get("copied_to") or "").strip(),
    )


def protocol_of(study: str) -> Protocol:
    """The protocol of a programme; UnknownName in a trial."""
    programme_of(study)
    return read.protocol(study)
