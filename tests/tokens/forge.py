"""Keys, issuers and a signer that signs whatever it is given.

`forge` takes header and payload as objects or as raw bytes, so that a token
can have one defect and a signature that is right all the same.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import get_default_algorithms

from authz.denials import NOBODY, Denials
from authz.issuerkeys import Algorithm, IssuerKey, key_from_pem
from authz.issuers import Issuer, IssuerSet
from authz.tokens import CACHE_SIZE, FixedAgencies, TokenVerifier

NOW = 1_800_000_000
KH = "https://id.gov.example/kh"
TH = "https://id.gov.example/th"
AUDIENCE = "https://registry.example"
CASE = "6a1f5c0e-2b9d-4f3a-8c47-90d1e2f3a4b5"
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey

KH_KEY = ec.derive_private_key(0x5AFA4, ec.SECP256R1())
TH_KEY = ec.derive_private_key(0x7A11A, ec.SECP256R1())
STRANGER = ec.derive_private_key(0xBAD, ec.SECP256R1())
EDDSA_KEY = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)

KH_KID = "2026-11"
KEYS: dict[str, tuple[Algorithm, PrivateKey]] = {
    KH_KID: (Algorithm.ES256, KH_KEY),
    "ed": (Algorithm.EDDSA, EDDSA_KEY),
    "rs": (Algorithm.RS256, RSA_KEY),
    "ps": (Algorithm.PS256, RSA_KEY),
}
AGENCIES = FixedAgencies(
    countries={"KH-MOSVY": "KH", "KH-POSVY": "KH", "TH-DATIP": "TH", "INT-IOM": ""},
    units={
        "KH-MOSVY": frozenset({"HQ"}),
        "KH-POSVY": frozenset({"KH-BMC", "KH-SRP"}),
        "TH-DATIP": frozenset({"BKK"}),
    },
)


def public_pem(key: PrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def pinned(kid: str, alg: Algorithm, key: PrivateKey) -> IssuerKey:
    return key_from_pem(public_pem(key), kid=kid, alg=alg)


def issuers() -> IssuerSet:
    """Two issuers that share a kid: Cambodia's with a key of each kind, Thailand's."""
    kh = Issuer(
        iss=KH,
        audience=AUDIENCE,
        agencies=frozenset({"KH-MOSVY", "KH-POSVY", "KH-GONE"}),
        keys={kid: pinned(kid, alg, key) for kid, (alg, key) in KEYS.items()},
    )
    th = Issuer(
        iss=TH,
        audience=AUDIENCE,
        agencies=frozenset({"TH-DATIP", "INT-IOM"}),
        keys={KH_KID: pinned(KH_KID, Algorithm.ES256, TH_KEY)},
    )
    return IssuerSet({KH: kh, TH: th})


class Clock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def verifier(
    clock: Clock | None = None, *, cache_size: int = CACHE_SIZE, denials: Denials = NOBODY
) -> TokenVerifier:
    return TokenVerifier(issuers(), AGENCIES, clock or Clock(), cache_size, denials)


def header(**changes: object) -> dict[str, object]:
    return {"alg": "ES256", "kid": KH_KID, "typ": "at+jwt"} | changes


def claims(now: int = NOW, /, **changes: Any) -> dict[str, object]:
    """Good claims of the Cambodian focal point, with `changes`; `...` takes a claim away."""
    good: dict[str, object] = {
        "iss": KH,
        "sub": "u-4411",
        "aud": AUDIENCE,
        "exp": now + 3600,
        "iat": now,
        "jti": "0b6c0f0e-8a52-4f0c-9d51-0e1b3c6a7d22",
        "client_id": "mosvy-desk",
        "agency": "KH-MOSVY",
        "roles": ["FOCAL_POINT"],
        "purposes": ["TRACING"],
    } | changes
    return {name: value for name, value in good.items() if value is not ...}


def text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def octets(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def as_json(value: Mapping[str, object] | bytes) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def sign(signing_input: str, alg: str, key: Any) -> bytes:
    algorithm: Any = get_default_algorithms()[alg]
    signature: bytes = algorithm.sign(signing_input.encode(), key)
    return signature


def forge(
    payload: Mapping[str, object] | bytes,
    head: Mapping[str, object] | bytes | None = None,
    *,
    key: PrivateKey = KH_KEY,
    alg: str = "ES256",
) -> str:
    """Sign any header over any payload."""
    signing_input = f"{text(as_json(header() if head is None else head))}.{text(as_json(payload))}"
    return f"{signing_input}.{text(sign(signing_input, alg, key))}"


def with_segment(token: str, index: int, segment: str) -> str:
    """The same token with segment `index` replaced and not signed anew."""
    segments = token.split(".")
    segments[index] = segment
    return ".".join(segments)


def resigned(head: str, body: str, key: PrivateKey = KH_KEY) -> str:
    """Segments as they stand, with a signature over exactly this text."""
    return f"{head}.{body}.{text(sign(f'{head}.{body}', 'ES256', key))}"


def other_s(token: str) -> str:
    """The second ES256 text of the same token: (r, n - s)."""
    signature = octets(token.split(".")[2])
    s = P256_ORDER - int.from_bytes(signature[32:], "big")
    return with_segment(token, 2, text(signature[:32] + s.to_bytes(32, "big")))
