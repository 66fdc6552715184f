"""C-SSRS-SR: suicidal ideation 0 to 5 and suicidal behaviour since the last contact, by self-report.

The questions of ``cssrs`` on ideation and behaviour, answered by the person without an
interviewer: same codes, same scoring, same findings. What only an interviewer rates is
left out: the intensity of ideation, and self-injury without intent. Labels of our own;
the wording of the self-report is the Columbia Lighthouse Project's.

Missing answers: as in ``cssrs``.
"""

from __future__ import annotations

from holdfast.instruments import cssrs
from holdfast.instruments.scale import Answers, Instrument, Rater, Scores, ours


def score(answers: Answers) -> Scores:
    """Ideation 0-5 and any suicidal behaviour."""
    return cssrs.score_without_intensity(answers)


INSTRUMENT = Instrument(
    code="C-SSRS-SR",
    version="2009, self-report",
    name=ours(
        "Columbia-Suicide Severity Rating Scale, self-report",
        "Escala Columbia de gravedad del riesgo de suicidio, autoinforme",
    ),
    rater=Rater.SELF,
    recall=ours("Since the last contact", "Desde el último contacto"),
    items=(*cssrs.ideation_items(), *cssrs.behaviour_items()),
    score_names=(cssrs.IDEATION_SCORE, cssrs.BEHAVIOUR_SCORE),
    score=score,
    licence=cssrs.LICENCE,
    source=cssrs.SOURCE,
    risk=cssrs.risk,
    doubts=cssrs.doubts,
    instructions=ours(
        "Enter the answers of the self-report form.", "Anote las respuestas del formulario de autoinforme."
    ),
    figures={"ideation_high": cssrs.FIGURES["ideation_high"]},
    findings=cssrs.FINDINGS,
)
