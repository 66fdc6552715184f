"""What the public pages draw from, read once when the site starts: its first visitor does not wait for it."""

from __future__ import annotations

import logging
from threading import Thread

from holdfast.clinic.public.benefits_data import decided, doubts, harmed, helped, others, severity
from holdfast.clinic.public.fit_data import fit, questions
from holdfast.clinic.public.how_data import how
from holdfast.errors import HoldfastError
from holdfast.evidence import routes
from holdfast.evidence.fairness import costs, participants
from holdfast.evidence.help import countries
from holdfast.evidence.registry.find import wording
from holdfast.evidence.registry.snapshot import newest

LOG = logging.getLogger("holdfast.clinic.public")


def begin() -> None:
    """Read and work out the evidence beside whatever else the site does."""
    Thread(target=warm, name="public-warming", daemon=True).start()


def warm() -> None:
    """Read and work it out now; what cannot be read is logged, and asked again by the page."""
    try:
        helped(), severity(), how(), countries()
        questions(), fit(), costs(), participants(), routes.file(), wording(), newest()
        for of_language in (harmed, others, doubts, decided):
            of_language("en")
    except HoldfastError as error:
        LOG.error("The public pages have no evidence to show: %s", error)
