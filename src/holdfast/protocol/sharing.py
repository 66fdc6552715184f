"""What a study file says of data that leave the study, and of those who withdraw the use of theirs."""

from __future__ import annotations

from typing import Literal

from holdfast.protocol.part import Code, FormCode, Part


class DataUseWithdrawal(Part):
    """What follows when a participant withdraws the use of their data; without this part see ``data_use``.

    ``collection`` "ends": nothing more is recorded for research and no visit is expected. "for-care": what
    treatment needs goes on, in a programme outside trials. ``analysis`` "to-date": the study's own analysis
    keeps what was collected before; "none": of this person it keeps safety alone. ``consents`` are the
    optional items that end with it.
    """

    collection: Literal["ends", "for-care"]
    analysis: Literal["to-date", "none"]
    consents: tuple[Code, ...]
    source: str
    status: str = ""


class RegistryExport(Part):
    """What leaves for a long-term registry, of those who agreed to the consent item ``registry``.

    ``forms`` of instruments; without any, all but guesses and vital signs. ``fields`` are of the study's
    own forms. ``dates`` "days": days since entry; "dates": as they were recorded.
    """

    forms: tuple[FormCode, ...] = ()
    fields: tuple[str, ...] = ("age", "sex")
    dates: Literal["days", "dates"] = "days"
