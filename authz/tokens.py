"""From the text of a token to the caller it proves.

Takes an RFC 9068 access token, gives a `Caller`, or raises `TokenRefused`
whose cause is for counters only: a client learns 401 and nothing else.

The order: one strict reading (`authz.strictjwt`), the key pinned for exactly
(iss, kid) with exactly its algorithm, the signature (PyJWT), the claims
(`authz.claims`), the clock, what the registry knows of the agency, and last the
deny list (`authz.denials`). Nothing that the header says chooses a key or an
algorithm. Nothing is fetched: a token whose key is not among those that its
issuer published last is `KeyUnknown`, and the door decides what to make of it.

Verified tokens are kept by the SHA-256 of their text, bounded. Each use looks
at `exp`, at the age of the issuer's keys and at the deny list again; a changed
agency directory makes every kept token be verified anew, a changed issuer all
of its own.
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
from authz.denials import NOBODY, Denials
from authz.issuerkeys import Algorithm, IssuerKey
from authz.issuers import Issuer, IssuerSet
from authz.strictjwt import MAX_TOKEN_LENGTH, Cause, TokenRefused, read

__all__ = [
    "AgencyDirectory",
    "Cause",
    "FixedAgencies",
    "KeyUnknown",
    "TokenRefused",
    "TokenVerifier",
]

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


class KeyUnknown(TokenRefused):
    """The token's key is not among those that `issuer` published last, or they are too old.

    Another fetch may know it. `issuer` is an `iss` of ours, equal to the token's.
    """

    def __init__(self, issuer: str) -> None:
        super().__init__(Cause.KEY)
        self.issuer = issuer


class _Kept:
    """A verified token: its caller, its key, the second it ends, the directory it was held to."""

    __slots__ = ("caller", "ends_at", "kid", "version")

    def __init__(self, caller: Caller, kid: str, ends_at: int, version: int) -> None:
        self.caller = caller
        self.kid = kid
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
        denials: Denials = NOBODY,
    ) -> None:
        self._issuers = issuers
        self._agencies = agencies
        self._denials = denials
        self._clock = clock
        self._cache_size = cache_size
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._lock = threading.Lock()
        self._signatures = PyJWS(algorithms=list(Algorithm))

    def verify(self, token: str) -> Caller:
        """The caller whom `token` proves at this instant.

        `token` is the bare text, without `Bearer`. A kept token costs one
        SHA-256, a few comparisons and look-ups. Raises TokenRefused, and
        DenialsUnknown for a token that only the deny list could still refuse.
        """
        if len(token) > MAX_TOKEN_LENGTH:
            raise TokenRefused(Cause.SIZE)
        try:
            text_hash = hashlib.sha256(token.encode()).digest()
        except UnicodeEncodeError:
            raise TokenRefused(Cause.BASE64) from None
        version = self._agencies.version
        with self._lock:
            issuers = self._issuers
            kept = self._kept.get(text_hash)
            if kept is not None and kept.version == version:
                self._still_good(kept, text_hash)
            else:
                kept = None
        if kept is None:
            kept = self._verify_anew(token, issuers, version)
            self._keep(text_hash, kept, issuers)
        if self._denials.denies(kept.caller, kept.kid):
            raise TokenRefused(Cause.DENIED)
        return kept.caller

    def replace_issuers(self, issuers: IssuerSet) -> bool:
        """Go by another issuer set from the next token on; True where it differs from the last.

        To be called with a fresh reading at least every 60 seconds, so that a
        key taken out of the file, or out of what an issuer publishes, is
        refused in time. Tokens of issuers that are as they were stay kept.
        """
        with self._lock:
            before, self._issuers = self._issuers, issuers
            if issuers == before:
                return False
            changed = {i.iss for i in before if issuers.get(i.iss) != i}
            for text_hash in [h for h, k in self._kept.items() if k.caller.issuer in changed]:
                del self._kept[text_hash]
            return True

    @property
    def kept(self) -> int:
        """How many verified tokens are kept."""
        return len(self._kept)

    def _still_good(self, kept: _Kept, text_hash: bytes) -> None:
        """A kept token at its next use, under the lock: its own end, and that of its keys."""
        now = self._clock()
        if now >= kept.ends_at:
            del self._kept[text_hash]
            raise TokenRefused(Cause.EXPIRED)
        issuer = self._issuers.get(kept.caller.issuer)
        if issuer is None or now >= issuer.keys_until:
            del self._kept[text_hash]
            raise KeyUnknown(kept.caller.issuer)
        self._kept.move_to_end(text_hash)

    def _keep(self, text_hash: bytes, kept: _Kept, issuers: IssuerSet) -> None:
        iss = kept.caller.issuer
        with self._lock:
            # A set replaced meanwhile may lack this token's key: then keep nothing.
            if self._issuers.get(iss) != issuers.get(iss):
                return
            self._kept[text_hash] = kept
            self._kept.move_to_end(text_hash)
            if len(self._kept) > self._cache_size:
                self._kept.popitem(last=False)

    def _verify_anew(self, token: str, issuers: IssuerSet, version: int) -> _Kept:
        unverified = read(token)
        iss = unverified.claims.get("iss")
        issuer = issuers.get(iss) if isinstance(iss, str) else None
        if issuer is None:
            raise TokenRefused(Cause.ISSUER)
        key = issuer.keys.get(unverified.kid)
        if key is None or self._clock() >= issuer.keys_until:
            raise TokenRefused(Cause.KEY) if issuer.discovery is None else KeyUnknown(issuer.iss)
        if unverified.alg != key.alg:
            raise TokenRefused(Cause.ALGORITHM)
        self._check_signature(token, key)
        caller, ends_at = self._caller(unverified.claims, issuer)
        return _Kept(caller, key.kid, ends_at, version)

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
