"""The development issuer: tokens on one machine, without an identity provider.

Takes a folder of its own, gives `DevelopmentIssuer`, which signs tokens for
`saphan token`, `demo` and tests. The first start makes the key (Ed25519, mode
600, never through a symbolic link) and the `issuers.toml` beside it that the
service reads like any other; later starts take them up again.

Whoever can read the key file can be anybody. So its `iss` is fixed and no
other file of issuers may hide it: `unsafe_host` tells `serve` to refuse every
issuer set that names it on a host which other machines can reach. The same goes
for an issuer whose keys come without TLS from this machine.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import socket
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.utils import base64url_encode

from authz import claims as read_claims
from authz.issuerkeys import Algorithm
from authz.issuers import Issuer, IssuerSet, load_issuers
from authz.strictjwt import TokenRefused
from service.privatefolder import FolderUnsafe, PrivateFolder

ISSUER: Final = "urn:saphan:development-issuer"
AUDIENCE: Final = "urn:saphan:registry"
CLIENT: Final = "saphan-cli"
MAX_LIFETIME: Final = 86_400
DEFAULT_LIFETIME: Final = 3_600

KEY_FILE: Final = "development.key"
ISSUERS_FILE: Final = "issuers.toml"


class DevelopmentIssuerRefused(Exception):
    """The key is not safe to use, or a token was asked for that it may not sign. One line."""


@dataclass(frozen=True, slots=True)
class DevelopmentIssuer:
    """A signing key and the agencies it speaks for. The key is in no `repr`."""

    folder: Path
    agencies: frozenset[str]
    kid: str
    key: Ed25519PrivateKey = field(repr=False, compare=False)

    @property
    def issuers_path(self) -> Path:
        """The `issuers.toml` that makes the service believe this issuer."""
        return self.folder / ISSUERS_FILE

    def mint(
        self,
        agency: str,
        roles: Sequence[str],
        purposes: Sequence[str] = (),
        *,
        unit: str = "",
        cases: Sequence[str] | None = None,
        subject: str = "developer",
        client: str = CLIENT,
        lifetime: int = DEFAULT_LIFETIME,
        now: int | None = None,
    ) -> str:
        """A signed RFC 9068 access token with a fresh `jti`.

        `lifetime` in seconds, 1 to `MAX_LIFETIME`; `now` in POSIX seconds, the
        clock's if None. `unit` and `cases` are left out where "" and None.
        Whether the unit exists only the registry knows. Raises
        DevelopmentIssuerRefused for an agency it does not speak for and for
        claims of a form that the registry would answer with 401.
        """
        if agency not in self.agencies:
            raise DevelopmentIssuerRefused("the development issuer does not know this agency")
        if not 0 < lifetime <= MAX_LIFETIME:
            raise DevelopmentIssuerRefused(f"a token lives from 1 to {MAX_LIFETIME} seconds")
        issued_at = int(time.time()) if now is None else now
        claims: dict[str, object] = {
            "iss": ISSUER,
            "sub": subject,
            "aud": AUDIENCE,
            "exp": issued_at + lifetime,
            "iat": issued_at,
            "jti": str(uuid.uuid4()),
            "client_id": client,
            "agency": agency,
            "roles": list(roles),
            "purposes": list(purposes),
        }
        if unit:
            claims["unit"] = unit
        if cases is not None:
            claims["cases"] = list(cases)
        _require_readable(claims)
        return jwt.encode(
            claims,
            self.key,
            algorithm=Algorithm.EDDSA,
            headers={"typ": "at+jwt", "kid": self.kid},
        )


def ensure_development_issuer(folder: Path, agencies: Iterable[str]) -> DevelopmentIssuer:
    """Take up the issuer in `folder`, or make it, and let it speak for exactly `agencies`.

    Safe where several processes start at once: the first complete key wins.
    Raises DevelopmentIssuerRefused where the folder or the key is a symbolic
    link, another user's, or open to others.
    """
    try:
        with PrivateFolder.made(folder) as private:
            if not private.holds(KEY_FILE):
                private.publish(KEY_FILE, _new_key_pem(), replace=False)
            key = _read_key(private)
            issuer = DevelopmentIssuer(folder, frozenset(agencies), _kid(key), key)
            entry = _entry(issuer)
            if not private.holds(ISSUERS_FILE) or private.read(ISSUERS_FILE) != entry:
                private.publish(ISSUERS_FILE, entry, replace=True)
    except FolderUnsafe as unsafe:
        raise DevelopmentIssuerRefused(str(unsafe)) from None
    load_issuers(issuer.issuers_path)
    return issuer


def open_development_issuer(folder: Path) -> DevelopmentIssuer:
    """The issuer that an earlier start made in `folder`. Raises DevelopmentIssuerRefused."""
    try:
        with PrivateFolder.found(folder) as private:
            key = _read_key(private)
    except FolderUnsafe as unsafe:
        raise DevelopmentIssuerRefused(str(unsafe)) from None
    found = development_issuer_of(load_issuers(folder / ISSUERS_FILE))
    if found is None or _kid(key) not in found.keys:
        raise DevelopmentIssuerRefused(f"{folder / ISSUERS_FILE} does not name the key beside it")
    return DevelopmentIssuer(folder, found.agencies, _kid(key), key)


def development_issuer_of(issuers: IssuerSet) -> Issuer | None:
    """The development issuer where `issuers` believes one. It cannot go by another name."""
    return issuers.get(ISSUER)


def unsafe_host(host: str, issuers: IssuerSet) -> str | None:
    """Why `serve` must not listen on `host` with these issuers, as one line; None where it may."""
    if is_loopback(host):
        return None
    if development_issuer_of(issuers) is not None:
        return (
            "`SAPHAN_HOST` is not a loopback address and `SAPHAN_ISSUERS` names the development"
            " issuer: give issuers of your own, or listen on 127.0.0.1"
        )
    for issuer in issuers:
        if issuer.discovery is not None and issuer.discovery.open_to_neighbours:
            return (
                f"`SAPHAN_HOST` is not a loopback address and issuer `{issuer.iss}` publishes its"
                " keys without TLS: give an https address as `discovery`, or listen on 127.0.0.1"
            )
    return None


def is_loopback(host: str) -> bool:
    """True where every address that `host` stands for is this machine's own loopback."""
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host or "0.0.0.0", None)}  # noqa: S104
    except (OSError, UnicodeError):
        return False
    return bool(found) and all(_is_loopback_address(address) for address in found)


def _is_loopback_address(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback


def _require_readable(claims: Mapping[str, object]) -> None:
    """Hold the claims against the reader's own rules, and say which one fails."""
    readers = {
        "sub": read_claims.text,
        "client_id": read_claims.text,
        "roles": read_claims.names,
        "purposes": read_claims.names,
    }
    if "unit" in claims:
        readers["unit"] = read_claims.text
    failing = "cases"
    try:
        read_claims.cases(claims)
        for failing, reader in readers.items():
            reader(claims, failing)
    except TokenRefused:
        raise DevelopmentIssuerRefused(f"the registry would not read this `{failing}`") from None


def _new_key_pem() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _read_key(private: PrivateFolder) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(private.read(KEY_FILE), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise DevelopmentIssuerRefused(
            f"{private.path / KEY_FILE} is not an Ed25519 key: remove it and start again"
        )
    return key


def _jwk(key: Ed25519PrivateKey) -> dict[str, str]:
    """The public half, RFC 8037 section 2."""
    return {"crv": "Ed25519", "kty": "OKP", "x": _text(key.public_key().public_bytes_raw())}


def _kid(key: Ed25519PrivateKey) -> str:
    """The thumbprint of the public key, RFC 7638: its required members in order, without blanks."""
    members = json.dumps(_jwk(key), separators=(",", ":"), sort_keys=True)
    return _text(hashlib.sha256(members.encode()).digest())


def _text(octets: bytes) -> str:
    return base64url_encode(octets).decode("ascii")


def _entry(issuer: DevelopmentIssuer) -> bytes:
    """`issuers.toml` for this issuer alone. JSON texts of these values are TOML texts too."""
    jwk = ", ".join(f"{name} = {json.dumps(value)}" for name, value in _jwk(issuer.key).items())
    return f"""# Made by saphan for development on one machine, and written anew at each start.
[[issuer]]
iss = {json.dumps(ISSUER)}
audience = {json.dumps(AUDIENCE)}
agencies = {json.dumps(sorted(issuer.agencies))}
max_lifetime = {MAX_LIFETIME}
leeway = 0

[[issuer.key]]
kid = {json.dumps(issuer.kid)}
alg = {json.dumps(str(Algorithm.EDDSA))}
jwk = {{ {jwk} }}
""".encode()
