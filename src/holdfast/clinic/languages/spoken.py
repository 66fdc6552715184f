"""The language that a participant is addressed in."""

from __future__ import annotations

from django.conf import settings

from holdfast.conduct import own_forms
from holdfast.conduct.standing import ParticipantStanding


def spoken(standing: ParticipantStanding) -> str:
    """The language that their latest consent was explained in, English where the site does not speak it."""
    language = own_forms.spoken(standing)
    return language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
