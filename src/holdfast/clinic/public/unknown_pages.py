"""What we do not know, said as plainly as what is known."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.public.benefits_data import doubts, weeks
from holdfast.clinic.public.frame import public_page
from holdfast.clinic.public.shown import say
from holdfast.evidence.certainty import elsewhere
from holdfast.evidence.trials import trials


@asks(Act.READ_PUBLIC)
@require_safe
def what_we_do_not_know(_request: HttpRequest) -> HttpResponse:
    """The page."""
    language = get_language() or "en"
    reasons = {each.label: each.reason for each in doubts(language)}
    context = {
        "not_measured": [
            (say(each.label, language), say(each.say, language)) for each in elsewhere().not_measured
        ],
        "reasons": list(reasons.items()),
        "weeks": weeks(),
        "retracted": [each.name for each in trials() if each.retracted],
        "questions": _questions(),
    }
    return public_page("public-unknown", "unknown.html", context)


def _questions() -> list[tuple[str, str]]:
    """What nobody can answer today, and why."""
    return [
        (
            _("Does the drug itself help, or the hope it brings?"),
            _(
                "Most people could tell what they had been given. Hope helps, and so disappointment "
                "harms. The trials cannot tell these apart from the drug."
            ),
        ),
        (
            _("How much is the therapy, and which part of it?"),
            _(
                "Both groups had the same therapy. No trial compared more therapy with less, or one kind "
                "with another."
            ),
        ),
        (
            _("Who is helped, and who is harmed?"),
            _("There were too few people in the trials to say."),
        ),
        (
            _("What about people who were left out?"),
            _(
                "People with heart disease, psychosis or mania, people at high risk of suicide, pregnant "
                "people and "
                "children were not in the large trials."
            ),
        ),
        (
            _("What does it do to the brain and the heart over years?"),
            _("Nobody has followed people for long enough, with care enough."),
        ),
        (
            _("What if it comes back? May one have it again?"),
            _("No trial has tested more courses."),
        ),
        (
            _("Do people use MDMA on their own afterwards?"),
            _("The trials did not ask all of them in the same way."),
        ),
    ]
