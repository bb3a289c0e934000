"""Public keys of issuers, each pinned to exactly one algorithm.

Takes a JWK, a PEM text or the content of a key file, gives an `IssuerKey`, or
raises `KeyUnfit` with a reason that holds no key material. A private or
symmetric key is refused: what only the issuer may hold has no place with the
registry, and whoever reads an HMAC key could mint tokens with it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWTError
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from authz.strictjson import unique_members

PublicKey: TypeAlias = EllipticCurvePublicKey | Ed25519PublicKey | RSAPublicKey

_RSA_BITS = range(2048, 8193)
_RSA_EXPONENTS = range(65537, 2**32)
_PEM_OPENING = "-----BEGIN PUBLIC KEY-----"
_SECRET_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class Algorithm(StrEnum):
    """All that is accepted: signatures with a public key. RFC 7518 section 3.1, RFC 8037."""

    ES256 = "ES256"
    EDDSA = "EdDSA"
    RS256 = "RS256"
    PS256 = "PS256"


_JWK_READERS = {
    Algorithm.ES256: ECAlgorithm.from_jwk,
    Algorithm.EDDSA: OKPAlgorithm.from_jwk,
    Algorithm.RS256: RSAAlgorithm.from_jwk,
    Algorithm.PS256: RSAAlgorithm.from_jwk,
}


class KeyUnfit(ValueError):
    """A key that cannot be pinned; the text says why, in lower case and without key material."""


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """One public key. `spki` is its DER SubjectPublicKeyInfo and stands for it in comparisons."""

    kid: str
    alg: Algorithm
    spki: bytes
    public_key: PublicKey = field(compare=False, repr=False)


def key_from_jwk(jwk: Mapping[str, object], *, kid: str, alg: Algorithm) -> IssuerKey:
    """The public key of a JWK (RFC 7517). What it says of itself must agree with `kid`, `alg`."""
    if not _SECRET_MEMBERS.isdisjoint(jwk):
        raise KeyUnfit("the jwk is private or symmetric: give the public key only")
    if jwk.get("alg", alg) != alg:
        raise KeyUnfit(f"the jwk's own `alg` is not `{alg}`")
    if jwk.get("kid", kid) != kid:
        raise KeyUnfit("the jwk's own `kid` is another")
    if jwk.get("use", "sig") != "sig":
        raise KeyUnfit("the jwk's `use` is not `sig`")
    operations = jwk.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        raise KeyUnfit("the jwk's `key_ops` lacks `verify`")
    try:
        found = _JWK_READERS[alg](dict(jwk))
    except (PyJWTError, ValueError, TypeError, KeyError, UnsupportedAlgorithm):
        raise KeyUnfit(f"the jwk is not a public key for `{alg}`") from None
    return _pinned(found, kid, alg)


def key_from_pem(pem: str, *, kid: str, alg: Algorithm) -> IssuerKey:
    """The public key of a PEM text. No certificates: nothing here would check their dates."""
    text = pem.strip()
    if not text.startswith(_PEM_OPENING):
        raise KeyUnfit(f"the pem must start with `{_PEM_OPENING}`")
    if text.count("-----BEGIN") != 1:
        raise KeyUnfit("the pem holds more than one key")
    try:
        found = serialization.load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise KeyUnfit("the pem is not a public key") from None
    return _pinned(found, kid, alg)


def key_from_file_text(text: str, *, kid: str, alg: Algorithm) -> IssuerKey:
    """The public key of a file that holds either a JWK as JSON or a PEM text."""
    if not text.lstrip().startswith("{"):
        return key_from_pem(text, kid=kid, alg=alg)
    try:
        jwk = json.loads(text, object_pairs_hook=unique_members)
    except (ValueError, RecursionError):
        raise KeyUnfit("the key file is not a json object with each member once") from None
    return key_from_jwk(jwk, kid=kid, alg=alg)


def _pinned(found: object, kid: str, alg: Algorithm) -> IssuerKey:
    """The key with its algorithm; KeyUnfit where they do not fit together or the key is weak."""
    key: PublicKey
    if alg is Algorithm.ES256:
        if not isinstance(found, EllipticCurvePublicKey) or not isinstance(found.curve, SECP256R1):
            raise KeyUnfit("`ES256` takes a key on the curve P-256")
        key = found
    elif alg is Algorithm.EDDSA:
        if not isinstance(found, Ed25519PublicKey):
            raise KeyUnfit("`EdDSA` takes an Ed25519 key")
        key = found
    else:
        if not isinstance(found, RSAPublicKey):
            raise KeyUnfit(f"`{alg}` takes an RSA key")
        if found.key_size not in _RSA_BITS:
            raise KeyUnfit(f"an RSA key has {_RSA_BITS[0]} to {_RSA_BITS[-1]} bits")
        if found.public_numbers().e not in _RSA_EXPONENTS:
            raise KeyUnfit("the RSA exponent is below 65537 or above 32 bits")
        key = found
    spki = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return IssuerKey(kid=kid, alg=alg, spki=spki, public_key=key)
