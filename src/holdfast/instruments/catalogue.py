"""All instruments by code."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from holdfast.errors import UnknownName
from holdfast.instruments import (
    audit,
    caps5,
    cssrs,
    cssrs_sr,
    ders16,
    guess,
    pcl5,
    pcptsd5,
    phq9,
    sds,
    vitals,
)
from holdfast.instruments.scale import Instrument

INSTRUMENTS: Mapping[str, Instrument] = MappingProxyType(
    {
        module.INSTRUMENT.code: module.INSTRUMENT
        for module in (caps5, pcl5, phq9, cssrs, cssrs_sr, sds, ders16, pcptsd5, audit, vitals, guess)
    }
)
INTERVIEW, ALONE = cssrs.INSTRUMENT.code, cssrs_sr.INSTRUMENT.code
ASK_OF_SUICIDE = (INTERVIEW, ALONE)
"""Instruments that ask about suicide by the same questions, in an interview and alone."""


def get(code: str) -> Instrument:
    """The instrument of that code; UnknownName where there is none."""
    if code not in INSTRUMENTS:
        raise UnknownName(f"There is no instrument called {code!r}; there are {', '.join(INSTRUMENTS)}.")
    return INSTRUMENTS[code]
