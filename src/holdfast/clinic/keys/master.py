"""The master key: a file of the data folder (``keys/master``, 0600) that wraps every other key.

Whoever has a copy of the database but not this file can read no body, identity or
allocation. Back it up apart from the database; without it a backup cannot be read.
"""

from __future__ import annotations

import hashlib
from functools import cache

from holdfast.clinic import place
from holdfast.clinic.keys import cipher
from holdfast.errors import Unavailable


@cache
def _key(text: str) -> bytes:
    return hashlib.sha256(b"holdfast master key 1\0" + text.encode()).digest()


def master_key() -> bytes:
    """The 256-bit master key; Unavailable where its file is missing."""
    text = place.secret("master")
    if not text:
        raise Unavailable(
            f"The clinic's master key is missing from {place.data_folder() / 'keys'}. "
            "Restore it from your backup; nothing encrypted can be read without it."
        )
    return _key(text)


def wrap(plain: bytes, *, belongs_to: str) -> bytes:
    """Encrypt under the master key."""
    return cipher.encrypt(plain, key=master_key(), belongs_to=belongs_to)


def unwrap(sealed: bytes, *, belongs_to: str) -> bytes:
    """Decrypt what ``wrap`` made."""
    return cipher.decrypt(sealed, key=master_key(), belongs_to=belongs_to)
