"""What is said to a device, and its answer checked: Web Authentication, level 2 (W3C 2021), 7.1 and 7.2.

Nothing here is kept. ``webauthn`` reads and checks the bytes; a device always recognises its owner
(finger, face or PIN) and holds the passkey with its handle, so that nobody types a code.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import (
    bytes_to_base64url,
    generate_user_handle,
    parse_authentication_credential_json,
    parse_registration_credential_json,
)
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    RegistrationCredential,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from holdfast.clinic.reaching import challenges
from holdfast.clinic.reaching.models import Passkey

LOG = logging.getLogger("holdfast.clinic")
LONGEST = 20_000
"""Letters of what a device answers; a real answer has some two thousand."""
PATIENCE_MS = round(challenges.FOR.total_seconds() * 1000)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Party:
    """The site as a device knows it: its name without port (RP id), and its origin with scheme and port."""

    id: str
    origin: str


def new_handle() -> str:
    """A random handle of 64 bytes: what a device knows a participant by."""
    return bytes_to_base64url(generate_user_handle())


def to_make(*, party: Party, name: str, handle: str, challenge: bytes, held: Iterable[Passkey]) -> str:
    """What the browser needs to make a passkey, as JSON.

    ``name`` is all that the device shows of whose it is. A device that holds one of ``held`` makes no other.
    """
    options = generate_registration_options(
        rp_id=party.id,
        rp_name=name,
        user_name=name,
        user_id=base64url_to_bytes(handle),
        challenge=challenge,
        timeout=PATIENCE_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[_described(each) for each in held],
    )
    return options_to_json(options)


def _described(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    ways = [AuthenticatorTransport(each) for each in passkey.transports.split()]
    return PublicKeyCredentialDescriptor(id=base64url_to_bytes(passkey.credential), transports=ways)


def to_use(*, party: Party, challenge: bytes) -> str:
    """What the browser needs to let a device sign, as JSON. It names no passkey: the device knows its own."""
    options = generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        timeout=PATIENCE_MS,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def read_made(answer: str) -> RegistrationCredential | None:
    """What a device answered when it made a passkey; None where it cannot be read."""
    return _or_none(lambda: parse_registration_credential_json(answer[:LONGEST]))


def read_used(answer: str) -> AuthenticationCredential | None:
    """What a device answered when it signed; None where it cannot be read."""
    return _or_none(lambda: parse_authentication_credential_json(answer[:LONGEST]))


def made(given: RegistrationCredential, *, challenge: bytes, party: Party) -> VerifiedRegistration | None:
    """The passkey that was made; None where challenge, origin, site, owner or key are not what was asked."""
    return _or_none(
        lambda: verify_registration_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    )


def signed(
    given: AuthenticationCredential, passkey: Passkey, *, challenge: bytes, party: Party
) -> VerifiedAuthentication | None:
    """What this passkey signed; None where it did not, its count did not grow, or the handle is another's."""
    if given.response.user_handle != base64url_to_bytes(passkey.handle):
        return None
    return _or_none(
        lambda: verify_authentication_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    )


def _or_none(checked: Callable[[], T]) -> T | None:
    # Anybody may send these bytes: whatever parsers of JSON, CBOR, COSE or X.509 stumble over is refused.
    try:
        return checked()
    except Exception as error:
        # For whoever runs the site: a proxy that hides scheme or host shows here. A stranger's words, cut.
        LOG.warning("What a device with a passkey answered was refused: %s", ascii(str(error))[:200])
        return None
