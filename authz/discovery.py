"""Keys that an issuer publishes: from which addresses, and which of them are believed.

Takes the words of `issuers.toml` and the bytes that somebody fetched, gives
addresses and a `KeySet`. Fetches nothing itself: that is `service.keysets`.

The metadata is OpenID Connect Discovery 1.0 or RFC 8414, of which two members
are read: `issuer`, which must be the configured `iss` code point by code
point, and `jwks_uri`, which must be on the host of the metadata or on the one
other that the operator named. The key set is RFC 7517. A key is taken with
exactly one algorithm: its own `alg` where that is one of the issuer's, or,
where it says none, the issuer's only one for its kind. A key for another use
is passed over, an unfit one as well and is counted; neither spoils the others.

Two issuers may publish one key: tenants of one provider do, and `iss` in the
signed token tells them apart.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from authz.issuerkeys import Algorithm, IssuerKey, KeyUnfit, key_from_jwk
from authz.strictjson import unique_members
from authz.wording import is_plain

MAX_DOCUMENT_BYTES: Final = 262_144
"""Of the metadata and of the key set, each. Those of large providers are below 20,000."""

DEFAULT_KEY_AGE: Final = 900
MAX_KEY_AGE: Final = 3_600
"""Seconds after which keys that could not be fetched again are believed no more."""

_MAX_ADDRESS = 2_048
_MAX_KEYS = 64
_MAX_KID = 256
_PORTS = {"https": 443, "http": 80}
_KINDS = {
    Algorithm.ES256: "EC",
    Algorithm.EDDSA: "OKP",
    Algorithm.RS256: "RSA",
    Algorithm.PS256: "RSA",
}

Origin = tuple[str, str, int]
"""Scheme, host and port."""


class SourceUnfit(ValueError):
    """An address from which no key may be fetched, or a document that may not be believed.

    The text is a constant of ours: it repeats nothing that an issuer sent.
    """


@dataclass(frozen=True, slots=True)
class Discovery:
    """How to come by an issuer's keys. `key_host` is "" where they are on the metadata's host."""

    address: str
    algorithms: tuple[Algorithm, ...]
    max_key_age: int = DEFAULT_KEY_AGE
    key_host: str = ""

    @property
    def open_to_neighbours(self) -> bool:
        """Whether keys come without TLS: any program of this machine could take that port."""
        return not self.address.startswith("https:")


@dataclass(frozen=True, slots=True)
class KeySet:
    """Keys by kid, and why others of the set were refused: lines without anything of them."""

    keys: Mapping[str, IssuerKey]
    refused: tuple[str, ...] = ()


def origin(address: object) -> Origin:
    """Scheme, host and port of an address from which keys may come. Raises SourceUnfit.

    That is https anywhere, and http on this machine itself.
    """
    if not isinstance(address, str) or not 0 < len(address) <= _MAX_ADDRESS:
        raise SourceUnfit("is not an https address")
    if not address.isascii() or not address.isprintable() or set(' \\"<>') & set(address):
        raise SourceUnfit("holds a character that no address has")
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise SourceUnfit("is not an https address") from None
    if parts.scheme not in _PORTS or not host:
        raise SourceUnfit("is not an https address")
    if parts.scheme == "http" and not _is_this_machine(host):
        raise SourceUnfit("is not an https address; http is for 127.0.0.1 alone")
    if parts.username is not None or parts.password is not None or "#" in address:
        raise SourceUnfit("holds a name, a password or a fragment")
    return parts.scheme, host, _PORTS[parts.scheme] if port is None else port


def key_set_address(metadata: bytes, iss: str, discovery: Discovery) -> str:
    """Where the metadata says that the keys are. Raises SourceUnfit."""
    found = _object(metadata, "the metadata")
    if found.get("issuer") != iss:
        raise SourceUnfit("the metadata's `issuer` is not the `iss` of issuers.toml")
    address = found.get("jwks_uri")
    try:
        scheme, host, port = origin(address)
    except SourceUnfit as unfit:
        raise SourceUnfit(f"the metadata's `jwks_uri` {unfit}") from None
    allowed = {origin(discovery.address)}
    if discovery.key_host:
        allowed.add(origin(f"https://{discovery.key_host}/"))
    if (scheme, host, port) not in allowed:
        raise SourceUnfit("the metadata's `jwks_uri` is on another host: name it as `key_host`")
    return str(address)


def read_key_set(document: bytes, discovery: Discovery) -> KeySet:
    """The keys of a published set that may be believed; an empty set is one too.

    Raises SourceUnfit where the document is no key set at all.
    """
    listed = _object(document, "the key set").get("keys")
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise SourceUnfit("the key set has no list `keys`")
    if len(listed) > _MAX_KEYS:
        raise SourceUnfit(f"the key set has more than {_MAX_KEYS} keys")
    keys: dict[str, IssuerKey] = {}
    refused: list[str] = []
    doubled: set[str] = set()
    for jwk in listed:
        try:
            key = _taken(jwk, discovery.algorithms)
        except KeyUnfit as unfit:
            refused.append(str(unfit))
            continue
        if key is not None and keys.setdefault(key.kid, key) != key:
            doubled.add(key.kid)
    for kid in doubled:
        # Which of them a token means, nobody can tell: neither is believed.
        del keys[kid]
        refused.append("two keys have one `kid`")
    return KeySet(keys, tuple(refused))


def _taken(jwk: Mapping[str, object], algorithms: tuple[Algorithm, ...]) -> IssuerKey | None:
    """The key; None where it is for another use or algorithm. Raises KeyUnfit."""
    if jwk.get("use", "sig") == "enc":
        return None
    stated, kty = jwk.get("alg"), jwk.get("kty")
    fitting = [alg for alg in algorithms if _KINDS[alg] == kty and stated in (None, alg.value)]
    if not fitting:
        if kty == "oct" or "d" in jwk:
            raise KeyUnfit("a key is private or symmetric")
        return None
    if len(fitting) > 1:
        raise KeyUnfit("a key says no `alg` and the issuer has several for its kind")
    kid = jwk.get("kid")
    if not isinstance(kid, str) or not 0 < len(kid) <= _MAX_KID or not is_plain(kid):
        raise KeyUnfit("a key has no usable `kid`")
    return key_from_jwk(jwk, kid=kid, alg=fitting[0])


def _object(document: bytes, name: str) -> dict[str, object]:
    try:
        found = json.loads(document.decode("utf-8"), object_pairs_hook=unique_members)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise SourceUnfit(f"{name} is not a JSON object in UTF-8 with each member once")
    return found


def _is_this_machine(host: str) -> bool:
    """By name alone: what a resolver makes of other names may change between two fetches."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
