"""The strata of a rehearsal: every list there is, and to which of them each person will belong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

from holdfast.errors import Refusal
from holdfast.protocol.model import Protocol, Randomisation
from holdfast.records.fact import Json

SITE = "site"


def randomisation_of(protocol: Protocol) -> Randomisation:
    """The randomisation of a study that can be rehearsed; Refusal for one without lists of sites."""
    randomisation = protocol.randomisation
    if randomisation is None or SITE not in (each.factor for each in randomisation.strata):
        raise Refusal(
            "A rehearsal needs a study that randomises within sites: add 'site' to the strata, "
            "for the lists are sealed by the pharmacists of sites."
        )
    return randomisation


def labels(randomisation: Randomisation, sites: Sequence[str]) -> tuple[str, ...]:
    """Every stratum's label, "site=S01,prior_mdma=no", in the order of sites and levels."""
    levels = [sites if each.factor == SITE else each.levels for each in randomisation.strata]
    factors = [each.factor for each in randomisation.strata]
    return tuple(
        ",".join(f"{factor}={level}" for factor, level in zip(factors, chosen, strict=True))
        for chosen in product(*levels)
    )


def label_of(randomisation: Randomisation, *, site: str, facts: Mapping[str, Json]) -> str:
    """The label of somebody's stratum; Refusal where nothing says which level they are of."""
    known = {**facts, SITE: site}
    factors = [each.factor for each in randomisation.strata]
    if unknown := [factor for factor in factors if factor not in known]:
        raise Refusal(f"A rehearsal knows nobody's {', '.join(unknown)}, by which the study stratifies.")
    return ",".join(f"{factor}={known[factor]}" for factor in factors)


def of_site(site: str) -> str:
    """The label of the people of a site: their stratum where nobody is randomised."""
    return f"{SITE}={site}"


def site_in(label: str) -> str:
    """The site named by a stratum's label."""
    return dict(part.split("=", 1) for part in label.split(","))[SITE]
