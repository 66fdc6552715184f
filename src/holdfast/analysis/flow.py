"""Participant flow (CONSORT 2010) and baseline characteristics, from ADSL and ADQS."""

from __future__ import annotations

import statistics
from collections import Counter

import polars as pl

from holdfast.analysis.groups import count, group_names, group_of
from holdfast.analysis.results import BaselineRow, Flow
from holdfast.protocol.model import Protocol
from holdfast.tables.adqs import outcome_parameter


def flow(adsl: pl.DataFrame, *, adqs: pl.DataFrame, protocol: Protocol) -> Flow:
    """Counts from first contact to the end of the study."""
    names = group_names(adsl, protocol)
    groups = group_of(adsl)

    def those(condition: pl.Expr) -> dict[str, int]:
        chosen = adsl.filter((pl.col("RANDFL") == "Y") & condition)
        return count(chosen["USUBJID"].to_list(), groups, names)

    failed = adsl.filter(pl.col("SCRFFL") == "Y")
    waiting = (pl.col("ENRLFL") == "Y") & (pl.col("SCRFFL") == "N") & (pl.col("RANDFL") == "N")
    return Flow(
        contacted=len(adsl),
        consented=adsl.filter(pl.col("ENRLFL") == "Y").height,
        screen_failed=failed.height,
        screen_failures=_reasons(failed["SCRFREAS"].fill_null("not said").to_list()),
        in_screening=adsl.filter(waiting).height,
        randomised=those(pl.lit(True)),
        dosed=those(pl.col("SAFFL") == "Y"),
        treatment_stopped=those(pl.col("EOTSTT") == "DISCONTINUED"),
        left_study=those(pl.col("EOSSTT") == "DISCONTINUED"),
        completed=those(pl.col("EOSSTT") == "COMPLETED"),
        ongoing=those(pl.col("EOSSTT") == "ONGOING"),
        assessed=_assessed(adqs, protocol=protocol, groups=dict(groups), names=names),
        entry=entry_of(protocol),
        reasons_left=_reasons_left(adsl, groups=dict(groups), names=names),
    )


def entry_of(protocol: Protocol) -> str:
    """What entering the study is called."""
    return "Randomised" if protocol.randomisation else "Entered treatment"


def _reasons(said: list[str]) -> dict[str, int]:
    """Reasons by frequency; of several criteria the first, so that the counts add up."""
    first = [text.split(",")[0].replace("-", " ") for text in said]
    return dict(Counter(first).most_common())


def _reasons_left(
    adsl: pl.DataFrame, *, groups: dict[str, str], names: tuple[str, ...]
) -> dict[str, dict[str, int]]:
    left = adsl.filter((pl.col("RANDFL") == "Y") & (pl.col("EOSSTT") == "DISCONTINUED"))
    said: dict[str, Counter[str]] = {name: Counter() for name in names}
    for person, why in left.select("USUBJID", "DCSREAS").iter_rows():
        said[groups[person]][why or "not said"] += 1
    return {name: dict(reasons.most_common()) for name, reasons in said.items()}


def _assessed(
    adqs: pl.DataFrame, *, protocol: Protocol, groups: dict[str, str], names: tuple[str, ...]
) -> dict[str, dict[str, int]]:
    primary = next((each for each in protocol.analyses if each.role == "primary"), None)
    if primary is None:
        return {}
    code = outcome_parameter(primary.outcome)
    rows = adqs.filter((pl.col("PARAMCD") == code) & (pl.col("ANL01FL") == "Y"))
    # Later ratings of the same outcome, such as those of durability, follow those of the primary analysis.
    same = [each.visits for each in protocol.analyses if each.outcome == primary.outcome]
    return {
        visit: count(rows.filter(pl.col("AVISIT") == visit)["USUBJID"].to_list(), groups, names)
        for visit in dict.fromkeys((*primary.visits, *(visit for visits in same for visit in visits)))
    }


def baseline(adsl: pl.DataFrame, *, adqs: pl.DataFrame, protocol: Protocol) -> tuple[BaselineRow, ...]:
    """Number, age, sex, prior MDMA use and baseline scores of those randomised, by group."""
    names = group_names(adsl, protocol)
    groups = group_of(adsl)
    people = adsl.filter(pl.col("RANDFL") == "Y")
    members = {
        name: people.filter(pl.col("USUBJID").is_in([p for p, g in groups.items() if g == name]))
        for name in names
    }
    entered = {n: str(members[n].height) for n in names}
    rows = [BaselineRow(label=f"{entry_of(protocol)}, n", by_group=entered)]
    rows.append(
        BaselineRow(
            label="Age in years, mean (SD)",
            by_group={n: _mean_sd(members[n]["AGE"].drop_nulls().to_list()) for n in names},
        )
    )
    for column, label in (("SEX", "Sex"), ("PRIORMDMA", "MDMA before the study")):
        for level in sorted(set(people[column].drop_nulls().to_list()), key=_rank):
            rows.append(
                BaselineRow(
                    label=f"{label}: {level}, n (%)",
                    by_group={
                        n: _share(members[n].filter(pl.col(column) == level).height, members[n].height)
                        for n in names
                    },
                )
            )
    base = adqs.filter(pl.col("ABLFL") == "Y")
    for code, label in (
        ("CAPS5.TOTAL", "CAPS-5 total severity (0 to 80), mean (SD)"),
        ("PCL5.TOTAL", "PCL-5 total (0 to 80), mean (SD)"),
        ("PHQ9.TOTAL", "PHQ-9 total (0 to 27), mean (SD)"),
        ("SDS.MEAN", "SDS mean item (0 to 10), mean (SD)"),
    ):
        chosen = base.filter(pl.col("PARAMCD") == code)
        values = dict(chosen.select("USUBJID", "AVAL").iter_rows())
        if values:
            by_group = {
                n: _mean_sd([values[p] for p, g in groups.items() if g == n and p in values]) for n in names
            }
            rows.append(BaselineRow(label=label, by_group=by_group))
    return tuple(rows)


EXPERIENCE = ("never", "once", "2-5", "more", "not said")


def _rank(level: str) -> tuple[int, str]:
    return (EXPERIENCE.index(level) if level in EXPERIENCE else -1, level)


def _mean_sd(values: list[float]) -> str:
    if len(values) < 2:
        return "not known"
    return f"{statistics.fmean(values):.1f} ({statistics.stdev(values):.1f})"


def _share(part: int, whole: int) -> str:
    return f"{part} ({100 * part / whole:.0f} %)" if whole else "0"
