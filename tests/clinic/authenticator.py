"""A device with passkeys, in software: genuine keys (ES256), attestations and assertions, for the tests.

It does what a browser and its authenticator do together: it takes the options that a page gives as
JSON and answers what the page's script would send. What a test wants wrong, it says with an argument.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
LOCAL = "http://localhost"


@dataclass
class Key:
    """A passkey on the device."""

    credential: bytes
    handle: bytes
    private: ec.EllipticCurvePrivateKey
    count: int = 0


@dataclass
class Authenticator:
    """A device at an origin. Without ``counts`` its sign count stays 0, as of passkeys that are synced."""

    origin: str = LOCAL
    site: str = "localhost"
    counts: bool = True
    keys: list[Key] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    """Every name that it was given to show."""

    def make(self, options: str, *, verified: bool = True, credential: bytes = b"") -> str:
        """Make a passkey; what the page sends."""
        asked = json.loads(options)
        self.shown += [asked["rp"]["name"], asked["user"]["name"], asked["user"]["displayName"]]
        private = ec.generate_private_key(ec.SECP256R1())
        key = Key(credential or os.urandom(32), base64url_to_bytes(asked["user"]["id"]), private)
        self.keys.append(key)
        held = len(key.credential).to_bytes(2, "big") + key.credential + _cose(private)
        flags = PRESENT | ATTESTED | (VERIFIED if verified else 0)
        spoken = {"fmt": "none", "attStmt": {}, "authData": self._says(flags, key) + bytes(16) + held}
        response = {
            "clientDataJSON": self._client("webauthn.create", asked["challenge"]),
            "attestationObject": bytes_to_base64url(encode_cbor(spoken)),
            "transports": ["internal"],
        }
        return _credential(key, response)

    def sign(
        self,
        options: str,
        *,
        key: Key | None = None,
        verified: bool = True,
        handle: bytes | None = None,
        challenge: str = "",
    ) -> str:
        """Sign with a passkey, the last one made; what the page sends."""
        asked = json.loads(options)
        assert asked["rpId"] == self.site
        key = key or self.keys[-1]
        key.count += self.counts
        said = self._says(PRESENT | (VERIFIED if verified else 0), key)
        client = self._client("webauthn.get", challenge or asked["challenge"])
        over = said + hashlib.sha256(base64url_to_bytes(client)).digest()
        response = {
            "clientDataJSON": client,
            "authenticatorData": bytes_to_base64url(said),
            "signature": bytes_to_base64url(key.private.sign(over, ec.ECDSA(hashes.SHA256()))),
            "userHandle": bytes_to_base64url(key.handle if handle is None else handle),
        }
        return _credential(key, response)

    def _says(self, flags: int, key: Key) -> bytes:
        return hashlib.sha256(self.site.encode()).digest() + bytes([flags]) + key.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> str:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return bytes_to_base64url(json.dumps(said).encode())


def _cose(private: ec.EllipticCurvePrivateKey) -> bytes:
    at = private.public_key().public_numbers()
    return encode_cbor({1: 2, 3: -7, -1: 1, -2: at.x.to_bytes(32, "big"), -3: at.y.to_bytes(32, "big")})


def _credential(key: Key, response: dict[str, object]) -> str:
    name = bytes_to_base64url(key.credential)
    return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
