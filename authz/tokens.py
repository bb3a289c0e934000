"""From the text of a token to the caller it proves.

Takes an RFC 9068 access token, gives a `Caller`, or raises `TokenRefused`
whose cause is for counters only: a client learns 401 and nothing else.

The order: one strict reading (`authz.strictjwt`), the key pinned for exactly
(iss, kid) with exactly its algorithm, the signature (PyJWT), the claims
(`authz.claims`), the clock, and last what the registry knows of the agency.
Nothing that the header says chooses a key or an algorithm.

Verified tokens are kept by the SHA-256 of their text, bounded. Each use looks
at `exp` again; a changed agency directory or issuer set makes every kept token
be verified anew.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from jwt import PyJWS, PyJWTError

from authz import claims as read_claims
from authz.caller import Caller
from authz.issuerkeys import Algorithm, IssuerKey
from authz.issuers import Issuer, IssuerSet
from authz.strictjwt import MAX_TOKEN_LENGTH, Cause, TokenRefused, read

__all__ = ["AgencyDirectory", "Cause", "FixedAgencies", "TokenRefused", "TokenVerifier"]

CACHE_SIZE: Final = 4_096


class AgencyDirectory(Protocol):
    """What the registry knows of agencies, as far as a token is concerned."""

    @property
    def version(self) -> int:
        """A number that changes whenever any answer below does."""

    def country_of(self, agency: str) -> str | None:
        """ISO 3166 alpha-2 code, `""` for an agency without one, None for an unknown agency."""

    def units_of(self, agency: str) -> frozenset[str]:
        """Codes of the agency's units; empty for one that has none or is unknown."""


@dataclass(frozen=True, slots=True)
class FixedAgencies:
    """An `AgencyDirectory` read once: `countries` by agency code, `units` by agency code."""

    countries: Mapping[str, str]
    units: Mapping[str, frozenset[str]]
    version: int = 0

    def country_of(self, agency: str) -> str | None:
        """See AgencyDirectory."""
        return self.countries.get(agency)

    def units_of(self, agency: str) -> frozenset[str]:
        """See AgencyDirectory."""
        return self.units.get(agency, frozenset())


class _Kept:
    """A verified token: its caller, the second it ends, the directory it was compared with."""

    __slots__ = ("caller", "ends_at", "version")

    def __init__(self, caller: Caller, ends_at: int, version: int) -> None:
        self.caller = caller
        self.ends_at = ends_at
        self.version = version


class TokenVerifier:
    """Verifies tokens against one issuer set and one directory. Threads may share it."""

    def __init__(
        self,
        issuers: IssuerSet,
        agencies: AgencyDirectory,
        clock: Callable[[], float] = time.time,
        cache_size: int = CACHE_SIZE,
    ) -> None:
        self._issuers = issuers
        self._agencies = agencies
        self._clock = clock
        self._cache_size = cache_size
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._lock = threading.Lock()
        self._signatures = PyJWS(algorithms=list(Algorithm))

    def verify(self, token: str) -> Caller:
        """The caller whom `token` proves at this instant. Raises TokenRefused.

        `token` is the bare text, without `Bearer`. A kept token costs one
        SHA-256 and two comparisons.
        """
        if len(token) > MAX_TOKEN_LENGTH:
            raise TokenRefused(Cause.SIZE)
        try:
            text_hash = hashlib.sha256(token.encode()).digest()
        except UnicodeEncodeError:
            raise TokenRefused(Cause.BASE64) from None
        version = self._agencies.version
        with self._lock:
            kept = self._kept.get(text_hash)
            if kept is not None and kept.version == version:
                if self._clock() < kept.ends_at:
                    self._kept.move_to_end(text_hash)
                    return kept.caller
                del self._kept[text_hash]
                raise TokenRefused(Cause.EXPIRED)
            issuers = self._issuers
        kept = self._verify_anew(token, issuers, version)
        with self._lock:
            # A set replaced meanwhile may lack this token's key: then keep nothing.
            if self._issuers is issuers:
                self._kept[text_hash] = kept
                self._kept.move_to_end(text_hash)
                if len(self._kept) > self._cache_size:
                    self._kept.popitem(last=False)
        return kept.caller

    def replace_issuers(self, issuers: IssuerSet) -> bool:
        """Go by another issuer set from the next token on; True where it differs from the last.

        To be called with a fresh reading at least every 60 seconds, so that a
        key taken out of the file is refused in time.
        """
        with self._lock:
            if issuers == self._issuers:
                return False
            self._issuers = issuers
            self._kept.clear()
            return True

    @property
    def kept(self) -> int:
        """How many verified tokens are kept."""
        return len(self._kept)

    def _verify_anew(self, token: str, issuers: IssuerSet, version: int) -> _Kept:
        unverified = read(token)
        iss = unverified.claims.get("iss")
        issuer = issuers.get(iss) if isinstance(iss, str) else None
        if issuer is None:
            raise TokenRefused(Cause.ISSUER)
        key = issuer.keys.get(unverified.kid)
        if key is None:
            raise TokenRefused(Cause.KEY)
        if unverified.alg != key.alg:
            raise TokenRefused(Cause.ALGORITHM)
        self._check_signature(token, key)
        caller, ends_at = self._caller(unverified.claims, issuer)
        return _Kept(caller, ends_at, version)

    def _check_signature(self, token: str, key: IssuerKey) -> None:
        try:
            self._signatures.decode_complete(token, key=key.public_key, algorithms=[key.alg])
        except (PyJWTError, ValueError):
            raise TokenRefused(Cause.SIGNATURE) from None

    def _caller(self, claims: Mapping[str, object], issuer: Issuer) -> tuple[Caller, int]:
        read_claims.require_all(claims)
        read_claims.require_audience(claims, issuer.audience)
        expires_at = self._check_times(claims, issuer)
        agency = read_claims.text(claims, "agency")
        country = self._agencies.country_of(agency) if agency in issuer.agencies else None
        if country is None:
            raise TokenRefused(Cause.AGENCY)
        unit = ""
        if "unit" in claims:
            unit = read_claims.text(claims, "unit")
            if unit not in self._agencies.units_of(agency):
                raise TokenRefused(Cause.UNIT)
        caller = Caller(
            agency=agency,
            country=country,
            roles=read_claims.names(claims, "roles"),
            purposes=read_claims.names(claims, "purposes"),
            subject=read_claims.text(claims, "sub"),
            client=read_claims.text(claims, "client_id"),
            issuer=issuer.iss,
            token_hash=token_hash(issuer.iss, read_claims.text(claims, "jti")),
            expires_at=expires_at,
            unit=unit,
            cases=read_claims.cases(claims),
        )
        return caller, expires_at + issuer.leeway

    def _check_times(self, claims: Mapping[str, object], issuer: Issuer) -> int:
        """`exp`, after `exp`, `iat` and `nbf` were held against the clock and the issuer's cap."""
        now = self._clock()
        issued_at = read_claims.seconds(claims, "iat")
        expires_at = read_claims.seconds(claims, "exp")
        if not 0 < expires_at - issued_at <= issuer.max_lifetime:
            raise TokenRefused(Cause.LIFETIME)
        if now >= expires_at + issuer.leeway:
            raise TokenRefused(Cause.EXPIRED)
        if now < issued_at - issuer.leeway:
            raise TokenRefused(Cause.NOT_YET)
        if "nbf" in claims and now < read_claims.seconds(claims, "nbf") - issuer.leeway:
            raise TokenRefused(Cause.NOT_YET)
        return expires_at


def token_hash(iss: str, jti: str) -> str:
    """The name of a token in records: SHA-256 of `iss`, a line feed and `jti`, lower-case hex.

    Neither part can hold a line feed (`wording.is_plain`), so no two pairs
    give one text. A token's own bytes would not do: see `authz.strictjwt`.
    """
    return hashlib.sha256(f"{iss}\n{jti}".encode()).hexdigest()
