"""A paragraph for the sample-size section of a protocol, from what was simulated and nothing else."""

from __future__ import annotations

from django.utils.translation import gettext as _

from holdfast import __version__, compiling
from holdfast.clinic.planner.figures import WIDE, signed
from holdfast.clinic.planner.inputs import Plan, assumptions_of, plain
from holdfast.planning.moments import Share
from holdfast.planning.outcome import Outcome
from holdfast.planning.setup import primary_of
from holdfast.protocol.model import Protocol

DESIGN = ("n", "alpha", "interim", "futility", "expectancy", "contrast")
"""What the paragraph says in words of its own."""


def sample_size(plan: Plan, outcome: Outcome) -> str:
    """The paragraph: size, power with its interval, test, what is assumed, how it was computed."""
    protocol, values = plan.ground.protocol, plan.all_values
    parts = [_size(plan, outcome), _assumed(plan, outcome)]
    if values["interim"]:
        parts.append(_look(values["interim"], values["futility"]))
    parts += [_errors(outcome), _made(plan, outcome, protocol)]
    return " ".join(part for part in parts if part)


def _size(plan: Plan, outcome: Outcome) -> str:
    protocol = plan.ground.protocol
    analysis = primary_of(protocol)
    names = {arm.code: arm.name["en"] for arm in protocol.arms}
    arms = _(" and ").join(f"{arm.n} ({names[arm.name]})" for arm in outcome.arms)
    return _(
        "With %(n)d participants randomised, %(arms)s, the two-sided test at level %(alpha)s of the "
        "difference between arms in %(outcome)s at %(visit)s has a power of %(power)s. It is the contrast "
        "at that visit of a mixed model for repeated measures with the degrees of freedom of Kenward and "
        "Roger."
    ) % {
        "n": outcome.n, "arms": arms, "alpha": plain(outcome.alpha), "outcome": analysis.outcome,
        "visit": analysis.visits[-1], "power": _interval(outcome.power),
    }  # fmt: skip


def _interval(share: Share) -> str:
    return _("%(at).1f %% (95 %% Monte-Carlo interval %(low).1f to %(high).1f %%)") % {
        "at": 100 * share.estimate, "low": 100 * share.lower, "high": 100 * share.upper,
    }  # fmt: skip


def _assumed(plan: Plan, outcome: Outcome) -> str:
    values = plan.all_values
    staying = _(" and ").join(f"{100 * arm.assessed.estimate:.0f} %" for arm in outcome.arms)
    half = WIDE * outcome.estimate.se
    return _(
        "The simulation assumes %(contrast)s times the published contrast, of which a share of "
        "%(expectancy)s runs through belief (nothing published identifies this share), and expects an "
        "estimate of %(estimate)s points (95 %% Monte-Carlo interval ± %(half).2f); %(staying)s of the arms "
        "are assessed at the last visit."
    ) % {
        "contrast": plain(values["contrast"]), "expectancy": plain(values["expectancy"]),
        "estimate": signed(outcome.estimate.estimate, 2), "half": half, "staying": staying,
    }  # fmt: skip


def _look(interim: float, futility: float) -> str:
    look = _(
        "There is one interim look after a share of %(share)s of the participants, its level spent after "
        "O'Brien and Fleming"
    ) % {"share": plain(interim)}
    stop = _("; the trial stops there where conditional power under the current trend is below %(bound)s") % {
        "bound": plain(futility)
    }
    return look + (stop if futility else "") + "."


def _errors(outcome: Outcome) -> str:
    found = []
    if outcome.type_one_error is not None:
        found.append(_("Under identical arms the test rejects in %s.") % _interval(outcome.type_one_error))
    if outcome.belief_only is not None:
        found.append(
            _(
                "Where the drug does nothing and belief acts it rejects in %s, which is no type I error of "
                "the test but what expectancy alone would bring about."
            )
            % _interval(outcome.belief_only)
        )
    return " ".join(found)


def _made(plan: Plan, outcome: Outcome, protocol: Protocol) -> str:
    said = _(
        "%(trials)s trials were simulated from seed %(seed)d with Holdfast %(version)s (code %(code)s), "
        "protocol %(hash)s, assumptions of %(assumptions)s"
    ) % {
        "trials": f"{outcome.trials:,}", "seed": plan.seed, "version": __version__,
        "code": compiling.digest(), "hash": protocol.hash[:12], "assumptions": assumptions_of(protocol),
    }  # fmt: skip
    others = {name: value for name, value in plan.values.items() if name not in DESIGN}
    if others:
        words = ", ".join(f"{name} {plain(value)}" for name, value in sorted(others.items()))
        return said + _(" with these set otherwise: %s.") % words
    return said + "."
