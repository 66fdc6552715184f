"""Bringing the words of an instrument into a study, from a file, by whoever owns the clinic."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from holdfast.clinic.edge import new_id
from holdfast.clinic.ledger import read, write
from holdfast.conduct.actions import Action, BringWording, Stamp
from holdfast.errors import Refusal
from holdfast.protocol.roles import Role
from holdfast.protocol.wording_file import read_wording
from holdfast.timing import Instant

DEVICE = "holdfast clinic wording"


def bring(path: Path, *, study: str, by: str, now: datetime) -> str:
    """Bring the words of a file into a study; what to tell.

    Raises:
        StudyFileError: with every problem of the file; Refusal where the study does not take them;
        UnknownName for no such file or study.
    """
    words, permission = read_wording(path)
    code = read.study(study).study
    open_sites = read.sites(code)
    stamp = Stamp(
        id=new_id(),
        study=code,
        site="",
        author=by,
        role=Role.SPONSOR.value,
        device=DEVICE,
        happened_at=Instant(now, open_sites[0].zone if open_sites else "UTC"),
    )
    outcome = write.perform(
        Action(stamp=stamp, what=BringWording(words=words, permission=permission)), now=now
    )
    if outcome.refused is not None:
        raise Refusal(" ".join(each.sentence for each in outcome.refused.reasons))
    return (
        f"{words.instrument} is asked in these words ({words.language}) in {code} from now on. "
        "Forms already filled name those they were asked in."
    )
