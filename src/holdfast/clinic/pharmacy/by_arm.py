"""The results by arm: the one place outside dispensing where the key is used.

Oversight asks here and gets results, never the key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.analysis.analyse import analyse
from holdfast.analysis.results import Results
from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.may import may
from holdfast.clinic.ledger import read
from holdfast.clinic.pharmacy import key_store
from holdfast.errors import NotPermitted

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from holdfast.clinic.accounts.models import Person


def is_open(person: Person | AnonymousUser, study: str) -> bool:
    """Whether somebody may see results by arm now: role, study unblinded, key kept here."""
    unblinded = read.study_standing(study).unblinded_at is not None
    return unblinded and may(person, Act.READ_REPORT_BY_ARM, study) and key_store.is_kept(study)


def results(person: Person | AnonymousUser, study: str) -> Results:
    """The analysis by arm; NotPermitted while the study is blinded or for who may not see arms."""
    key = key_store.for_report(person, study)
    if key is None:
        raise NotPermitted("Results by arm are not open to this role, or the study is not unblinded yet.")
    return analyse(read.records(study), read.protocol(study), key)
