"""What ``holdfast explain`` does between parsing and printing."""

from __future__ import annotations

import json
from pathlib import Path

from holdfast.errors import ImpossibleValue, Unavailable

FORMATS = (".html", ".svg", ".json")


def explain(
    *,
    dose: float,
    supplements: list[str],
    weight: float | None,
    genotype: str | None,
    medicines: list[str],
    model: str,
    fed: bool,
    out: Path,
) -> str:
    """Compute the day, write it in the form its name asks for, and say what was written.

    Raises:
        ImpossibleValue: a form that is not known, or doses no study gave; Unavailable where the
            file cannot be written. What ``explain.explain`` raises.
    """
    from holdfast.pharmacology import explain_page
    from holdfast.pharmacology.day import Model
    from holdfast.pharmacology.doses import Dose, from_text
    from holdfast.pharmacology.explain import Question, as_json
    from holdfast.pharmacology.explain import explain as answer_to

    if out.suffix.lower() not in FORMATS:
        raise ImpossibleValue(
            f"{out} is neither {', '.join(FORMATS[:-1])} nor {FORMATS[-1]}; name one of them."
        )
    doses = (Dose(dose), *(from_text(each) for each in supplements))
    answer = answer_to(Question(doses, weight, genotype, tuple(medicines), Model(model), fed))
    form = out.suffix.lower()
    if form == ".json":
        text = json.dumps(as_json(answer), ensure_ascii=False, allow_nan=False) + "\n"
    else:
        text = explain_page.svg(answer) if form == ".svg" else explain_page.html(answer)
    try:
        out.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise Unavailable(f"{out} could not be written: {error.strerror}.") from error
    return f"{explain_page.summary(answer)}\nWrote {out}."
