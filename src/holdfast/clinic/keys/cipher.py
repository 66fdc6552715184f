"""AES-256-GCM with a fresh nonce in front and bound to what it belongs to."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from holdfast.errors import BrokenRecord

KEY_BYTES = 32
NONCE_BYTES = 12


def new_key() -> bytes:
    """A random 256-bit key."""
    return AESGCM.generate_key(bit_length=8 * KEY_BYTES)


def encrypt(plain: bytes, *, key: bytes, belongs_to: str) -> bytes:
    """Nonce ‖ ciphertext. ``belongs_to`` must be given again: a text moved elsewhere does not open."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, belongs_to.encode())


def decrypt(sealed: bytes, *, key: bytes, belongs_to: str) -> bytes:
    """What was encrypted; BrokenRecord where the key is another or a bit was changed."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], belongs_to.encode())
    except InvalidTag:
        raise BrokenRecord(
            f"What is kept for {belongs_to} does not open: it was changed, or the master key is another."
        ) from None
