"""The numbers conduct uses: the protocol's figures, signed where they must be, and conduct's own.

A figure of status ``rehearsal`` has no value in a live study until a physician of the site
signs one; the signed value then counts at that site, in a rehearsal too.
"""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.conduct.standing import SiteStanding, StudyStanding
from holdfast.protocol.model import Limit, Protocol
from holdfast.sourced import Figure, Status


def _assumed(value: float, unit: str, reason: str) -> Figure:
    return Figure(value=value, unit=unit, source=reason, status=Status.ASSUMED, date="2026-01-01")


_SCATTER = (
    "One standard deviation of a reading, as the forecast assumes it (pharmacology.forecast_readings): a "
    "smaller change is no change. A cuff may stray by 8 mmHg (ANSI/AAMI/ISO 81060-2:2013)."
)

OWN: Mapping[str, Figure] = {
    "late-entry-hours": _assumed(
        24, "h", "What is entered more than a day later is memory; the study file may set another time."
    ),
    "future-tolerance-minutes": _assumed(
        2, "min", "Clocks of a device and the server may differ that much without anybody being wrong."
    ),
    "gate-valid-minutes": _assumed(
        30, "min", "A gate tells how things stood when it was asked; after that it is asked again."
    ),
    "vitals-age-at-dose": _assumed(30, "min", "An older reading says nothing of the moment of the dose."),
    "vitals-age-at-leaving": _assumed(60, "min", "An older reading says nothing of the moment of leaving."),
    "alone-limit": _assumed(
        15, "min", "A short errand; two monitors are required throughout (FDA draft guidance, June 2023)."
    ),
    "next-contact-hours": _assumed(24, "h", "Somebody asks after the participant the next day."),
    "countersign-hours": _assumed(
        24, "h", "A day, so that a physician who was called at night signs by the next evening."
    ),
    "result-lead-days": _assumed(
        2,
        "d",
        "A laboratory result takes a day or two to come, and one that is off is repeated before the day.",
    ),
    "clock-skew-seconds": _assumed(
        60, "s", "A device's clock that far off puts a reading on the wrong side of a minute that counts."
    ),
    "prompts-late-minutes": _assumed(
        30, "min", "An effect asked for half an hour later is told of another time; nobody published a limit."
    ),
    "recording-stop-minutes": _assumed(
        5, "min", "Long enough to reach the camera; longer is filming somebody who has said no."
    ),
    "alarm-band-systolic": _assumed(7, "mmHg", _SCATTER),
    "alarm-band-diastolic": _assumed(5, "mmHg", _SCATTER),
    "alarm-band-heart-rate": _assumed(6, "/min", _SCATTER),
    "alarm-band-temperature": _assumed(0.2, "degC", _SCATTER),
    "confirm-within-minutes": _assumed(
        10, "min", "A repeat is asked for after five minutes; five more, and the first reading is believed."
    ),
    "recording-gap-minutes": _assumed(
        5, "min", "A card or a battery is changed in that time; longer, somebody has forgotten it."
    ),
    "supplement-reminder-minutes": _assumed(
        10, "min", "Gate and dose of two people take a few minutes before the window closes."
    ),
    "device-interval-seconds": _assumed(
        10, "s", "No state that people act on changes faster; a monitor that sends oftener adds no knowledge."
    ),
    "device-flood-readings": _assumed(
        60, "1/min", "More than one a second: a cuff needs half a minute, a monitor averages over seconds."
    ),
    "risk-escalate-minutes": _assumed(
        30, "min", "Long enough to be read between two patients; a danger must not wait for the next day."
    ),
    "query-near-days": _assumed(
        2, "d", "Asked two days apart, two forms ask about the same days; a week apart, about others."
    ),
    "query-recall-days": _assumed(
        14, "d", "PHQ-9 asks about the last two weeks: what an interview of these weeks heard is known."
    ),
    "query-event-hours": _assumed(
        24,
        "h",
        "Whoever hears that it got worse writes the event down by the next day; nobody published one.",
    ),
    "query-safety-hours": _assumed(
        24,
        "h",
        "What may hide a danger is looked into by the next day; the danger itself is a risk, at once.",
    ),
    "query-fact-hours": _assumed(
        168, "h", "What was long ago does not change; a week lets the person be asked at the next visit."
    ),
    "reminder-days-before": _assumed(
        2,
        "d",
        "Time to arrange the way there; longer, and it is forgotten again. Nobody published a figure.",
    ),
    "reminder-form-days": _assumed(1, "d", "Whoever fills it on the day it comes needs no reminder."),
    "reminder-days-apart": _assumed(
        3, "d", "Who put it off for a day is left in peace for two more; daily messages are pressure."
    ),
    "reminder-closing-days": _assumed(
        7, "d", "A week in which an appointment can still be found before the window closes."
    ),
    "reminders-per-visit": _assumed(
        3, "1", "Who did not answer three will not answer a fourth: then somebody calls."
    ),
    "reminder-from-hour": _assumed(9, "h", "Not before most people are up, by the clock of the site."),
    "reminder-until-hour": _assumed(19, "h", "Not into the evening: a message then keeps people awake."),
    "authority-ends-soon-days": _assumed(
        60, "d", "Time for an ethics committee that meets monthly and for the regulator to approve anew."
    ),
    "cssrs-ideation-event": _assumed(
        4, "1", "Ideation with intent (4) or with plan and intent (5) is an event of special interest."
    ),
}
"""Conduct's own constants; a study file's setting of the same code replaces one."""


def numbers(
    figure: Figure, path: str, *, study: StudyStanding, site: SiteStanding
) -> tuple[float, ...] | None:
    """The numbers a figure has at a site now, one or a list; None where it awaits a signature."""
    if not figure.needs_signature:
        return figure.numbers
    if path in site.signed:
        return site.signed[path]
    return None if study.live else figure.numbers


def value(figure: Figure, path: str, *, study: StudyStanding, site: SiteStanding) -> float | None:
    """The one number a figure has at a site now; None where it awaits a signature."""
    found = numbers(figure, path, study=study, site=site)
    return None if found is None else found[0]


def setting(protocol: Protocol, code: str, *, study: StudyStanding, site: SiteStanding) -> float | None:
    """The study's setting of that code, conduct's own constant where the study has none.

    None where the study's setting awaits a signature: conduct's own never stands in for it.
    KeyError for a code that neither the study file nor conduct has.
    """
    for each in protocol.settings:
        if each.code == code:
            return value(each.value, setting_path(code), study=study, site=site)
    return OWN[code].number


def setting_path(code: str) -> str:
    """The path under which a setting is signed."""
    return f"settings.{code}.value"


def constant(protocol: Protocol, code: str, *, study: StudyStanding, site: SiteStanding) -> float:
    """As ``setting``, but conduct's own where the study's awaits a signature.

    For what cannot wait: the tolerance of clocks, and thresholds that bring help.
    """
    found = setting(protocol, code, study=study, site=site)
    return OWN[code].number if found is None else found


def limit_value(limit: Limit, *, study: StudyStanding, site: SiteStanding) -> float | None:
    """The number of a limit at a site now; None where it awaits a signature."""
    return value(limit.value, f"limits.{limit.code}.value", study=study, site=site)


def passed(limit: Limit, reading: float, *, at: float) -> bool:
    """Whether a reading passes a limit whose number is ``at``."""
    return reading >= at if limit.op == ">=" else reading <= at


def worse(limit: Limit, reading: float, *, than: float) -> bool:
    """Whether a reading is further beyond the limit than another."""
    return reading > than if limit.op == ">=" else reading < than
