"""Risks that are told, not counted: each sentence with its source."""

from __future__ import annotations

from django.utils.translation import gettext as _

from holdfast.clinic.public.shown import Told
from holdfast.sourced import Status

MADE = "2026"
LETTER = "FDA, complete response letter on NDA 215455, 8 August 2024, made public 4 September 2025"


def told_of_risks() -> dict[str, Told]:
    """By their place on the page."""
    return {
        "under_reported": Told(
            _(
                "The FDA found that the trials did not write down all events. Good feelings were not "
                "counted, "
                "though they matter for misuse. So the true numbers are probably higher."
            ),
            LETTER,
            Status.SOURCED,
            "2024",
        ),
        "misuse": Told(
            _("The FDA asked for facts on misuse, and the trials had not collected them."),
            LETTER,
            Status.SOURCED,
            "2024",
        ),
        "boundaries": Told(
            _(
                "It has happened in a trial. In Canada a film of 2015 shows two therapists holding a "
                "participant down. One of them said that he had sex with her while she was still in the "
                "trial. "
                "She called it assault. The health authority then looked at all such trials."
            ),
            "The Guardian on complaints to Health Canada, June 2022, as told by inkl and WION",
            Status.FOUND_SECONDARY,
            "2022",
        ),
        "suicidal": Told(
            _(
                "Some participants said later that their thoughts of suicide grew worse, and that nobody "
                "wrote it down."
            ),
            "The Guardian on complaints to Health Canada, June 2022, as told by WION; press reports of 2024",
            Status.FOUND_SECONDARY,
            "2022",
        ),
        "stops": Told(
            _(
                "With a kind of medicine called MAO inhibitors, MDMA has killed people. With lithium it "
                "is not "
                "given either."
            ),
            "Sarparast et al. 2022, Psychopharmacology 239:1945, by a secondary note; Vuori et al. 2003",
            Status.FOUND_SECONDARY,
            "2022",
        ),
        "weaker": Told(
            _(
                "Many medicines for depression make the effect of MDMA weaker, or raise its level in the "
                "blood."
            ),
            "Sarparast et al. 2022, Psychopharmacology 239:1945, by a secondary note; "
            "Farré et al. 2007, J Pharmacol Exp Ther 323:954",
            Status.FOUND_SECONDARY,
            "2022",
        ),
        "signs": Told(
            _("Overheating, a fall of salt in the blood, and too much serotonin can each kill."),
            "Drug and Alcohol Research and Training Australia, What is serotonin syndrome; "
            "Australian Festival "
            "Association, Serotonin syndrome",
            Status.FOUND,
            MADE,
        ),
    }
