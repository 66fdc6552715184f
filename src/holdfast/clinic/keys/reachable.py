"""How a participant can be reached: e-mail address and telephone number, kept in the identity alone.

Also the door of every address that is kept or written to: one that is none, or that would bring
a second header into a message, is sent back in a sentence.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.db import transaction
from django.utils.translation import gettext as _

from holdfast.clinic.keys import identity
from holdfast.clinic.keys.models import Identity
from holdfast.errors import ImpossibleValue, UnknownName

EMAIL, TELEPHONE = "email", "telephone"
LONGEST = 254
"""The longest address that can be written to (RFC 5321, 4.5.3.1.3)."""
_IS_ADDRESS = EmailValidator(allowlist=[])
_NUMBER = re.compile(r"\+?[0-9 ()./-]{4,40}")


@dataclass(frozen=True, slots=True)
class Reached:
    """An address and a number; empty where none is kept."""

    email: str = ""
    telephone: str = ""


def read(study: str, participant: str) -> Reached:
    """How somebody can be reached; both empty where nothing is kept."""
    try:
        kept = identity.read(study, participant)
    except UnknownName:
        return Reached()
    return Reached(kept.get(EMAIL, ""), kept.get(TELEPHONE, ""))


def keep(study: str, participant: str, reached: Reached, *, by: str, now: datetime) -> None:
    """Write how somebody can be reached; what else the identity holds stays."""
    with transaction.atomic():
        # Of two who write at once, the second reads what the first wrote.
        Identity.objects.select_for_update().filter(study=study, participant=participant).first()
        try:
            before = identity.read(study, participant)
        except UnknownName:
            before = {}
        identity.keep(study, participant, who={**before, **asdict(reached)}, by=by, now=now)


def last_written(study: str, participant: str) -> tuple[datetime, str] | None:
    """When the identity was last written, and by whom."""
    rows = Identity.objects.filter(study=study, participant=participant)
    return rows.values_list("written_at", "written_by").first()


def email(typed: str) -> str:
    """An e-mail address as it is kept, "" for none; ImpossibleValue for what is no address."""
    found = typed.strip()
    if not found:
        return ""
    if not one_line(found):
        raise ImpossibleValue(_("An address has no line break in it. Type it again."), field=EMAIL)
    if len(found) > LONGEST or found.endswith("]"):
        raise ImpossibleValue(_no_address(found), field=EMAIL)
    try:
        _IS_ADDRESS(found)
    except ValidationError:
        raise ImpossibleValue(_no_address(found), field=EMAIL) from None
    return found


def _no_address(found: str) -> str:
    words = {"found": found[:60]}
    return _("Expected an address such as name@example.org; found “%(found)s”. Correct it.") % words


def telephone(typed: str) -> str:
    """A telephone number as it is kept, "" for none; ImpossibleValue for what is no number."""
    found = typed.strip()
    if found and (not _NUMBER.fullmatch(found) or sum(each.isdigit() for each in found) < 4):
        words = {"found": found[:40]}
        raise ImpossibleValue(
            _("Expected a telephone number such as +1 303 555 0102; found “%(found)s”. Correct it.") % words,
            field=TELEPHONE,
        )
    return found


def dialled(number: str) -> str:
    """A number as a telephone is told to dial it (RFC 3966): its digits, and the plus where it has one."""
    return "".join(each for each in number if each.isdigit() or each == "+")


def one_line(text: str) -> bool:
    """Whether a text has no control character: nothing in it can begin a header of its own."""
    return text.isprintable()
