"""Whose tokens are believed, with which keys, and for which agencies.

Takes `issuers.toml`, gives an `IssuerSet`, or raises `IssuersInvalid` with
file, line and remedy. Fetches nothing: an issuer's keys stand in the file or in
one beside it, or it publishes them and `service.keysets` adds them to what was
read here.

    [[issuer]]
    iss = "https://id.gov.example/kh"     # compared code point by code point
    audience = "https://registry.example" # must be among the token's `aud`
    agencies = ["KH-MOSVY", "KH-POSVY"]   # all it may speak for
    max_lifetime = 3600                   # seconds from `iat` to `exp`, at most a day
    leeway = 10                           # seconds two clocks may differ, at most 60

    [[issuer.key]]
    kid = "2026-11"
    alg = "ES256"                         # exactly one: ES256 EdDSA RS256 PS256
    file = "keys/kh.pem"                  # or `pem = "..."`, or `jwk = { ... }`

In place of `[[issuer.key]]`, an issuer that publishes its keys has

    discovery = "https://id.gov.example/th/.well-known/openid-configuration"
    algorithms = ["ES256"]                # all that its keys may be used with
    max_key_age = 900                     # seconds they are believed while it is away
    key_host = "keys.gov.example"         # only where they are on another host
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from authz.discovery import DEFAULT_KEY_AGE, MAX_KEY_AGE, Discovery, SourceUnfit, origin
from authz.issuerkeys import (
    Algorithm,
    IssuerKey,
    KeyUnfit,
    key_from_file_text,
    key_from_jwk,
    key_from_pem,
)
from authz.wording import is_plain

MAX_LEEWAY: Final = 60
MAX_LIFETIME: Final = 86_400
DEFAULT_LEEWAY: Final = 10
DEFAULT_LIFETIME: Final = 3_600

_MAX_FILE_BYTES = 1_000_000
_MAX_KEY_FILE_BYTES = 65_536
_MAX_NAME = 256
_AGENCY = re.compile(r"[A-Z]{2,8}(-[A-Z0-9]{1,32})+")
_ISSUER_LINE = re.compile(r"\s*\[\[\s*issuer\s*\]\]")
_SOURCES = ("jwk", "pem", "file")
_PUBLISHED = frozenset({"algorithms", "max_key_age", "key_host"})
_ISSUER_KEYS = _PUBLISHED | frozenset(
    {"iss", "audience", "agencies", "max_lifetime", "leeway", "key", "discovery"}
)
_KEY_KEYS = frozenset({"kid", "alg", *_SOURCES})


class IssuersInvalid(Exception):
    """`issuers.toml` is not usable. One line of text: file, line, where, what, what to do."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """One issuer. `keys` by kid; `max_lifetime` and `leeway` in seconds.

    With `discovery` the keys are those last fetched, none before the first
    time, and believed until `keys_until` (POSIX seconds): each fetch moves it,
    so it makes no two issuers differ.
    """

    iss: str
    audience: str
    agencies: frozenset[str]
    keys: Mapping[str, IssuerKey]
    max_lifetime: int = DEFAULT_LIFETIME
    leeway: int = DEFAULT_LEEWAY
    discovery: Discovery | None = None
    keys_until: float = field(default=math.inf, compare=False)


@dataclass(frozen=True, slots=True)
class IssuerSet:
    """All issuers by `iss`. Keys are looked up under their issuer only: two may share a `kid`."""

    issuers: Mapping[str, Issuer]

    def __iter__(self) -> Iterator[Issuer]:
        return iter(self.issuers.values())

    def get(self, iss: str) -> Issuer | None:
        """The issuer of exactly this name."""
        return self.issuers.get(iss)


class _Flaw(Exception):
    """What is wrong with one table; `read_issuers` adds where."""


def load_issuers(path: Path) -> IssuerSet:
    """Read and check `issuers.toml` and the key files it names. Raises IssuersInvalid."""
    try:
        text = _read_text(path, _MAX_FILE_BYTES)
    except _Flaw as flaw:
        raise IssuersInvalid(f"{path}: {flaw}") from None
    return read_issuers(text, name=str(path), folder=path.parent)


def read_issuers(text: str, *, name: str, folder: Path) -> IssuerSet:
    """Check the text of an `issuers.toml`; `file` paths start at `folder`. IssuersInvalid."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise IssuersInvalid(f"{name}: not valid TOML: {error}") from None
    lines = [n for n, line in enumerate(text.splitlines(), 1) if _ISSUER_LINE.match(line)]
    try:
        _only_keys(document, frozenset({"issuer"}))
        tables = _tables(document, "issuer")
    except _Flaw as flaw:
        raise IssuersInvalid(f"{name}: {flaw}") from None
    issuers: dict[str, Issuer] = {}
    owners: dict[bytes, str] = {}
    for index, table in enumerate(tables):
        try:
            issuer = _issuer(table, folder)
            if issuer.iss in issuers:
                raise _Flaw("`iss` stands twice: put all its keys under one [[issuer]]")
            for key in issuer.keys.values():
                # One key under two names would let either issuer sign as the other.
                if owners.setdefault(key.spki, issuer.iss) != issuer.iss:
                    raise _Flaw(f"key `{key.kid}`: another issuer has the same key")
        except _Flaw as flaw:
            at = f":{lines[index]}" if len(lines) == len(tables) else ""
            raise IssuersInvalid(f"{name}{at}: issuer {index + 1}: {flaw}") from None
        issuers[issuer.iss] = issuer
    return IssuerSet(issuers)


def _issuer(table: Mapping[str, object], folder: Path) -> Issuer:
    _only_keys(table, _ISSUER_KEYS)
    agencies = table.get("agencies")
    if not isinstance(agencies, list) or not agencies:
        raise _Flaw("`agencies` must be a list of the agency codes it speaks for, at least one")
    for agency in agencies:
        if not isinstance(agency, str) or _AGENCY.fullmatch(agency) is None:
            raise _Flaw(f"`agencies`: {agency!a} is not a code such as `KH-MOSVY`")
    if len(set(agencies)) != len(agencies):
        raise _Flaw("`agencies` names one twice")
    discovery = _discovery(table)
    return Issuer(
        iss=_name(table, "iss"),
        audience=_name(table, "audience"),
        agencies=frozenset(agencies),
        keys=_keys(table, folder) if discovery is None else {},
        max_lifetime=_seconds(table, "max_lifetime", DEFAULT_LIFETIME, 1, MAX_LIFETIME),
        leeway=_seconds(table, "leeway", DEFAULT_LEEWAY, 0, MAX_LEEWAY),
        discovery=discovery,
    )


def _discovery(table: Mapping[str, object]) -> Discovery | None:
    """How the issuer publishes its keys; None where they stand in the file."""
    if "discovery" not in table:
        stray = sorted(_PUBLISHED & table.keys())
        if stray:
            raise _Flaw(f"`{stray[0]}` needs `discovery`, the address of the issuer's metadata")
        return None
    if "key" in table:
        raise _Flaw("give either `discovery` or [[issuer.key]]: keys come from one source")
    address = table["discovery"]
    try:
        origin(address)
    except SourceUnfit as unfit:
        raise _Flaw(f"`discovery` {address!a:.200} {unfit}") from None
    key_host = _name(table, "key_host") if "key_host" in table else ""
    try:
        origin(f"https://{key_host or 'example'}/")
    except SourceUnfit:
        raise _Flaw("`key_host` must be a host such as `keys.gov.example`") from None
    if set(key_host) & set("/?@#"):
        raise _Flaw("`key_host` must be a host such as `keys.gov.example`")
    return Discovery(
        address=str(address),
        algorithms=_algorithms(table),
        max_key_age=_seconds(table, "max_key_age", DEFAULT_KEY_AGE, 1, MAX_KEY_AGE),
        key_host=key_host,
    )


def _algorithms(table: Mapping[str, object]) -> tuple[Algorithm, ...]:
    listed = table.get("algorithms")
    known = [str(alg) for alg in Algorithm]
    if not isinstance(listed, list) or not listed or any(alg not in known for alg in listed):
        raise _Flaw(f"`algorithms` must be a list of some of {', '.join(Algorithm)}")
    if len(set(listed)) != len(listed):
        raise _Flaw("`algorithms` names one twice")
    return tuple(Algorithm(alg) for alg in sorted(listed))


def _keys(table: Mapping[str, object], folder: Path) -> dict[str, IssuerKey]:
    keys: dict[str, IssuerKey] = {}
    for index, key_table in enumerate(_tables(table, "key")):
        try:
            key = _key(key_table, folder)
        except (_Flaw, KeyUnfit) as flaw:
            raise _Flaw(f"key {index + 1}: {flaw}") from None
        if key.kid in keys:
            raise _Flaw(f"key {index + 1}: `kid` stands twice under this issuer")
        keys[key.kid] = key
    return keys


def _key(table: Mapping[str, object], folder: Path) -> IssuerKey:
    _only_keys(table, _KEY_KEYS)
    kid = _name(table, "kid")
    try:
        alg = Algorithm(_name(table, "alg"))
    except ValueError:
        raise _Flaw(f"`alg` must be one of {', '.join(Algorithm)}") from None
    given = [source for source in _SOURCES if source in table]
    if len(given) != 1:
        raise _Flaw("give exactly one of `jwk`, `pem` and `file`")
    value = table[given[0]]
    if given[0] == "jwk":
        if not isinstance(value, dict):
            raise _Flaw("`jwk` must be a table: jwk = { kty = ..., ... }")
        return key_from_jwk(value, kid=kid, alg=alg)
    if not isinstance(value, str) or not value:
        raise _Flaw(f"`{given[0]}` must be a text")
    if given[0] == "pem":
        return key_from_pem(value, kid=kid, alg=alg)
    return _key_from_file(value, folder, kid, alg)


def _key_from_file(value: str, folder: Path, kid: str, alg: Algorithm) -> IssuerKey:
    if "://" in value or value.lower().startswith(("data:", "file:")):
        raise _Flaw(
            "`file` is an address: nothing is fetched for one key; `discovery` names the address"
            " of an issuer's metadata"
        )
    if not is_plain(value):
        raise _Flaw("`file` holds a control character")
    try:
        return key_from_file_text(_read_text(folder / value, _MAX_KEY_FILE_BYTES), kid=kid, alg=alg)
    except (_Flaw, KeyUnfit) as flaw:
        raise _Flaw(f"`file` {value}: {flaw}") from None


def _read_text(path: Path, limit: int) -> str:
    """The text of a regular file of at most `limit` bytes: a pipe or a device would never end."""
    try:
        if not path.is_file():
            raise _Flaw("no such file, or not a regular one")
        with path.open("rb") as source:
            content = source.read(limit + 1)
    except OSError as error:
        raise _Flaw(f"cannot be read: {error.strerror}") from None
    if len(content) > limit:
        raise _Flaw(f"longer than {limit} bytes")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise _Flaw("not UTF-8") from None


def _only_keys(table: Mapping[str, object], known: frozenset[str]) -> None:
    unknown = sorted(table.keys() - known)
    if unknown:
        names = ", ".join(f"`{key}`" for key in unknown)
        raise _Flaw(f"unknown key {names}; known are {', '.join(sorted(known))}")


def _tables(table: Mapping[str, object], key: str) -> list[dict[str, object]]:
    found = table.get(key)
    if not isinstance(found, list) or not found or not all(isinstance(t, dict) for t in found):
        wanted = "[[issuer]]" if key == "issuer" else "[[issuer.key]], or `discovery`"
        raise _Flaw(f"needs at least one {wanted}")
    return found


def _name(table: Mapping[str, object], key: str) -> str:
    found = table.get(key)
    if not isinstance(found, str) or not 0 < len(found) <= _MAX_NAME:
        raise _Flaw(f"`{key}` must be a text of 1 to {_MAX_NAME} characters")
    if not is_plain(found) or any(c.isspace() for c in found):
        raise _Flaw(f"`{key}` holds a blank or a control character")
    return found


def _seconds(table: Mapping[str, object], key: str, default: int, low: int, high: int) -> int:
    found = table.get(key, default)
    if type(found) is not int or not low <= found <= high:
        raise _Flaw(f"`{key}` must be a whole number of seconds from {low} to {high}")
    return found
