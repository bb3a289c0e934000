"""The caller: what a verified token says, and nothing that the registry must say."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. Built by `authz.tokens` from a verified RFC 9068 access token.

    `country` is the ISO 3166 alpha-2 code of the agency, `""` for an agency
    without one (INT-IOM). `unit` is `""` where the claim is absent. `cases` is
    None where the claim is absent; an empty tuple narrows to nothing.
    `expires_at` is POSIX seconds. `token_hash` is the SHA-256 of the token's
    `jti` joined to its issuer, lower-case hex: the token itself is kept nowhere.
    """

    agency: str
    country: str
    roles: tuple[str, ...]
    purposes: tuple[str, ...]
    subject: str
    client: str
    issuer: str
    token_hash: str
    expires_at: int
    unit: str = ""
    cases: tuple[str, ...] | None = None
