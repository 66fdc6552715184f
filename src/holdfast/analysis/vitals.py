"""Vital signs of dosing sessions: bands by scheduled minute, and the peak of each session."""

from __future__ import annotations

import numpy as np
import polars as pl

from holdfast.analysis.efficacy import mean_at_visit
from holdfast.analysis.groups import group_names, group_of
from holdfast.analysis.results import Estimate, Vitals, VitalsBand
from holdfast.protocol.model import Protocol
from holdfast.records.safety import Deviation
from holdfast.records.session import VitalsMissed
from holdfast.tables.frames import Resolved


def vitals(
    adsl: pl.DataFrame, *, advs: pl.DataFrame, records: Resolved, protocol: Protocol, late_code: str
) -> Vitals:
    """Bands (mean, 5th and 95th percentile over sessions) and mean peak by group."""
    names = group_names(adsl, protocol)
    groups = group_of(adsl)
    known = pl.DataFrame(
        {"USUBJID": list(groups), "GROUP": list(groups.values())},
        schema={"USUBJID": pl.String, "GROUP": pl.String},
    )
    rows = advs.join(known, on="USUBJID", how="inner")
    first = rows.filter(pl.col("DUEMIN").is_not_null() & (pl.col("REPEAT") == "N"))
    bands = []
    keys = ["GROUP", "PARAMCD", "AVALU", "DUEMIN"]
    for (group, code, unit, minute), own in first.group_by(keys, maintain_order=True):
        values = own["AVAL"].to_numpy()
        bands.append(
            VitalsBand(
                group=str(group),
                parameter=str(code),
                unit=str(unit),
                minute=int(str(minute)),
                n=len(values),
                mean=float(values.mean()),
                low=float(np.percentile(values, 5)),
                high=float(np.percentile(values, 95)),
            )
        )
    bands.sort(key=lambda band: (names.index(band.group), band.parameter, band.minute))
    late = sum(deviation.code == late_code for _, deviation in records.of(Deviation))
    return Vitals(
        sessions=advs.select("USUBJID", "AVISIT").unique().height,
        readings=advs.select("USUBJID", "ADTM").unique().height,
        late=late,
        missed=sum(1 for _ in records.of(VitalsMissed)),
        bands=tuple(bands),
        peaks=_peaks(rows, names),
    )


def _peaks(rows: pl.DataFrame, names: tuple[str, ...]) -> dict[str, dict[str, Estimate]]:
    # Sorted, because the last digit of a mean depends on the order of its terms.
    session = ("GROUP", "PARAMCD", "USUBJID", "AVISIT")
    peak = rows.group_by(session).agg(pl.col("AVAL").max()).sort(session)
    out: dict[str, dict[str, Estimate]] = {}
    for code in sorted(set(peak["PARAMCD"].to_list())):
        out[code] = {}
        for name in names:
            own = peak.filter((pl.col("PARAMCD") == code) & (pl.col("GROUP") == name))
            found = mean_at_visit(own["AVAL"].to_numpy(), group=name, visit="", week=None)
            out[code][name] = Estimate(estimate=found.mean, lower=found.lower, upper=found.upper, n=found.n)
    return out
