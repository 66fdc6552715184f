"""The words of a dosing day: what is drawn, and what happens in each hour."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import gettext as _


class Quantity(NamedTuple):
    """What is drawn: code in the model, title, unit, words, whether from zero, what was measured of it.

    ``short`` is the unit beside a number of an hour.
    """

    code: str
    title: str
    unit: str
    short: str
    words: str
    from_zero: bool
    measured: str = ""


class Hour(NamedTuple):
    """An hour after the first dose: what one may notice, and what the therapists do."""

    at: int
    title: str
    person: str
    therapists: str


def quantities() -> tuple[Quantity, ...]:
    """What is drawn, in order."""
    return (
        Quantity(
            "felt_effect",
            _("Felt effect"),
            _("percent of the greatest possible"),
            "%",
            _("It comes fast and fades long before the drug is gone."),
            True,
        ),
        Quantity(
            "systolic",
            _("Upper blood pressure"),
            _("mmHg"),
            "mmHg",
            _("It goes up in nearly everybody. This is why the heart is checked first."),
            False,
            "systolic-above-160",
        ),
        Quantity(
            "heart_rate",
            _("Heart rate"),
            _("beats a minute"),
            "/min",
            _("It goes up too, and comes down slowly."),
            False,
            "rate-above-100",
        ),
        Quantity(
            "concentration",
            _("MDMA in the blood"),
            _("nanograms in a millilitre"),
            "ng/ml",
            _("It rises slowly and stays for the whole day."),
            True,
        ),
        Quantity(
            "oxytocin",
            _("Oxytocin in the blood"),
            _("picograms in a millilitre"),
            "pg/ml",
            _("A hormone tied to trust. What it does here is not known."),
            True,
        ),
    )


def messengers() -> dict[str, str]:
    """The brain's messengers by the model's names."""
    return {
        "noradrenaline": _("noradrenaline"),
        "serotonin": _("serotonin"),
        "dopamine": _("dopamine"),
    }


def hours() -> tuple[Hour, ...]:
    """The hours of the day."""
    return (
        Hour(
            0,
            _("The dose is taken"),
            _("You have eaten nothing since the night. You lie or sit in a quiet room."),
            _(
                "Two therapists ask how you are and what you hope for. "
                "They go over the rules on touch again. Pressure and pulse are taken."
            ),
        ),
        Hour(
            1,
            _("It begins"),
            _("Many feel warm, open, or tense in the jaw. Some feel fear for a while."),
            _("They stay with you and say little. You may wear a mask over your eyes and hear music."),
        ),
        Hour(
            2,
            _("The second, smaller dose"),
            _(
                "You still feel it clearly. Memories may come up. Some feel less terror than before, and "
                "some feel more."
            ),
            _(
                "A doctor and the therapists look at your pressure and ask you. "
                "Then a second dose, half as large, is given or left out."
            ),
        ),
        Hour(
            3,
            _("The work"),
            _("You may talk, cry, rest or be silent. You choose what to look at."),
            _(
                "They listen. They do not push you to tell the story. "
                "They help you to stay with what is hard."
            ),
        ),
        Hour(
            4,
            _("The work goes on"),
            _("Talking and turning inward take turns."),
            _("When you have been silent for long, they ask how you are. Water is offered in small amounts."),
        ),
        Hour(
            5,
            _("It grows calmer"),
            _("The felt effect is much weaker. You may be tired."),
            _("They help you to find words for what came up."),
        ),
        Hour(
            6,
            _("Coming back"),
            _("Hunger and thirst come back. The jaw may ache."),
            _("They look back on the day with you, as far as you want to."),
        ),
        Hour(
            7,
            _("Rest"),
            _("Most people are themselves again, and worn out."),
            _("They check pressure, pulse and mood again."),
        ),
        Hour(
            8,
            _("The end of the session"),
            _("You stay the night. You do not drive."),
            _(
                "They leave only when you are well and all agree. An attendant stays. "
                "The next morning you talk again."
            ),
        ),
    )
