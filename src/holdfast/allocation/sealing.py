"""Commitment to a key before anyone is enrolled: it binds the key and tells nothing of it.

The commitment stands in the records from the first day. When the study is unblinded, key
and secret show that no slot or kit changed its arm since.
"""

from __future__ import annotations

import hashlib
import hmac

from holdfast.allocation.key import Key, to_bytes
from holdfast.errors import ImpossibleValue

SECRET_BYTES = 16


def commit(key: Key, *, secret: bytes) -> str:
    """The commitment to a key: sha256(label ‖ sha256(secret) ‖ canonical key), in hex.

    The secret is random and kept with the key; without it the few possible lists of a
    small stratum could be tried one by one. Raises ImpossibleValue for a short secret.
    """
    if len(secret) < SECRET_BYTES:
        raise ImpossibleValue(f"The secret of a commitment has at least {SECRET_BYTES} bytes.")
    # The secret's digest has a fixed length, so no other split of secret and key gives the same bytes.
    return hashlib.sha256(b"holdfast-key-1\n" + hashlib.sha256(secret).digest() + to_bytes(key)).hexdigest()


def opens(commitment: str, key: Key, secret: bytes) -> bool:
    """Whether a commitment was made to this key with this secret."""
    return hmac.compare_digest(commitment, commit(key, secret=secret))
