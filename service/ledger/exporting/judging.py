"""Who may export, and which leaves: asked before an export and again while it runs.

Takes whoever holds the right and a purpose, gives a `Ruling` over the grants in
force at the database's clock. A grant on AccessRecord opens whole leaves where
it has no other condition than `own_actor` and `own_country_case`; one with
`assigned` opens single entries and so no export. Raises NotPermitted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, LiteralString

import psycopg

from authz.caller import Caller
from authz.grants import Grant
from authz.issuers import IssuerSet
from authz.profile import Policy, profile_of
from authz.reasons import DenialReason
from authz.tokens import TokenRefused, TokenVerifier
from resolvers.policies import load
from schema.classes import DataClass
from service.denials import in_force
from service.directory import RegistryAgencies
from service.keysets.once import published

ENTITY: Final = "AccessRecord"
WHOLE: Final = frozenset({"own_actor", "own_country_case"})
"""The conditions that are true of a leaf, not of an entry in it."""

KEYS_FOR: Final = 60.0
"""Seconds after which the issuers' keys are read again."""

_LAW: LiteralString = "select number, clock_timestamp() from policy.version"
Connection = psycopg.Connection[Any]
Who = Callable[[Connection], Caller]
"""Who asks, verified at this instant over a connection of the service. Raises NotPermitted."""


class NotPermitted(Exception):
    """No export for this caller, or no more of it. `caller` is None where nobody is believed or no
    purpose is hers, and nothing goes on record; `reason` is that of the refusal on record, None
    where there is nothing to say of a field.
    """

    def __init__(
        self,
        message: str,
        caller: Caller | None = None,
        purpose: str = "",
        reason: DenialReason | None = None,
    ) -> None:
        super().__init__(message)
        self.caller, self.purpose, self.reason = caller, purpose, reason


@dataclass(frozen=True, slots=True)
class Ruling:
    """Who exports for which purpose, and what is opened: a leaf is where all conditions of one
    member of `scope` hold. `clauses` are those relied on, in their order.
    """

    caller: Caller
    purpose: str
    scope: tuple[frozenset[str], ...]
    clauses: tuple[str, ...]

    @property
    def scope_text(self) -> tuple[str, ...]:
        """The scope as a manifest names it."""
        return tuple(sorted(" and ".join(sorted(opening)) for opening in self.scope))


class TokenHolder:
    """The holder of a token: verified anew at each call, against the deny list of that moment."""

    def __init__(self, token: str, issuers: Callable[[frozenset[str]], IssuerSet]) -> None:
        self._token, self._issuers = token, issuers
        self._agencies = RegistryAgencies()
        self._believed: tuple[IssuerSet, float] | None = None

    def __call__(self, connection: Connection) -> Caller:
        """The caller. Raises NotPermitted."""
        self._agencies.read(connection)
        now = time.monotonic()
        if self._believed is None or now - self._believed[1] > KEYS_FOR:
            self._believed = published(self._issuers(self._agencies.codes)), now
        denied = in_force(connection)
        try:
            return TokenVerifier(self._believed[0], self._agencies, denials=denied).verify(
                self._token
            )
        except TokenRefused:
            raise NotPermitted("the token is not accepted") from None


class Judge:
    """Rules for one export, over one connection of the service's role in autocommit."""

    def __init__(self, who: Who, purpose: str | None, dsn: str, connection: Connection) -> None:
        self._who, self._purpose, self._dsn = who, purpose, dsn
        self._connection = connection
        self._policy: Policy | None = None

    def rule(self) -> Ruling:
        """What is permitted now. Raises NotPermitted, psycopg.Error and WireError."""
        caller = self._who(self._connection)
        purpose = _purpose(caller, self._purpose)
        policy = self._law()
        profile = profile_of(policy, caller, purpose, [(ENTITY, DataClass.ACCESS)])
        grants = profile.carrying(ENTITY, DataClass.ACCESS)
        whole = [grant for grant in grants if _opens_leaves(grant, caller)]
        if whole and caller.cases is not None:
            raise NotPermitted(
                "a token that is narrowed to cases opens no whole record of the ledger",
                caller,
                purpose,
                DenialReason.CLASS,
            )
        if whole:
            clauses = dict.fromkeys(str(grant.clause) for grant in whole)
            return Ruling(caller, purpose, _least(whole), tuple(clauses))
        if grants:
            raise NotPermitted(
                "your clauses open what was shown of your own cases, not whole records:"
                " an export is for auditors",
                caller,
                purpose,
                DenialReason.NO_PROTOCOL,
            )
        refusal = profile.refusals[ENTITY, DataClass.ACCESS]
        raise NotPermitted(
            f"no clause in force lets `{caller.agency}` export the ledger for {purpose}",
            caller,
            purpose,
            refusal.reason,
        )

    def _law(self) -> Policy:
        """The policy in force, read again where version or clock have gone on."""
        number, now = self._connection.execute(_LAW).fetchall()[0]
        known = self._policy
        over = known is not None and known.horizon is not None and known.horizon <= now
        if known is None or known.version != number or over:
            known = self._policy = asyncio.run(load(self._dsn))
        return known


def _purpose(caller: Caller, stated: str | None) -> str:
    if stated is None and len(caller.purposes) != 1:
        raise NotPermitted("state a purpose: --purpose")
    purpose = stated or caller.purposes[0]
    if purpose not in caller.purposes:
        raise NotPermitted("the token does not allow this purpose")
    return purpose


def _opens_leaves(grant: Grant, caller: Caller) -> bool:
    names = {condition.name for condition in grant.when}
    # an organisation has no country: nobody is its actor
    return bool(names) and names <= WHOLE and bool(caller.country or "own_actor" not in names)


def _least(grants: Iterable[Grant]) -> tuple[frozenset[str], ...]:
    """The openings of which none is contained in another, in a fixed order."""
    openings = {frozenset(condition.name for condition in grant.when) for grant in grants}
    least = [one for one in openings if not any(other < one for other in openings)]
    return tuple(sorted(least, key=sorted))
