"""One puller: who it is, for what it asks, and how far it was followed.

Takes a caller and a purpose, gives the stream that is registered for them at
the first question. A stream has no subject: what one person may see for an
hour (an emergency opening) never enters it. Two tokens of one client with
other roles, unit, cases or purpose are two streams.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import orjson

from authz.caller import Caller
from authz.profile import Policy, profile_of
from resolvers.errors import ErrorCode, RequestRefused
from resolvers.feeding.lasting import without_openings
from resolvers.feeding.legend import BITS, KINDS
from resolvers.inputs import as_text
from resolvers.wire import Context, Wire

MOST = 64
"""Streams of one client of one agency: each of them is followed."""
_FIRST_KIND = 0
WHOLE_POSITION = 2**63 - 1
"""In place of an event's number: all of its position."""
NIL = "00000000-0000-0000-0000-000000000000"

_FIND = "select s.id from feed.stream s where s.key = $1"
_COUNT = "select count(*) from feed.stream s where s.agency = $1 and s.client = $2"
_ADD = (
    "insert into feed.stream (key, agency, country, client, roles, unit, cases, purpose, rights,"
    " policy_version, policy_horizon, position, event_seq, clock_at, sweep_kind, sweep_id)"
    " select $1, $2, $3, $4, $5::text[], $6, $7::uuid[], $8, $9, $10::bigint, $11::timestamptz,"
    f" registry.newest_position(), {WHOLE_POSITION}, now(), {_FIRST_KIND}, '{NIL}'"
    " on conflict (key) do nothing returning id"
)


@dataclass(frozen=True, slots=True)
class Puller:
    """A stream's caller: agency, client, roles, unit and cases, and its purpose."""

    caller: Caller
    purpose: str

    @property
    def key(self) -> str:
        """SHA-256 over who pulls and why, hex."""
        who = self.caller
        cases = sorted(who.cases) if who.cases is not None else None
        parts = [who.agency, who.client, sorted(set(who.roles)), who.unit, cases, self.purpose]
        return hashlib.sha256(orjson.dumps(parts)).hexdigest()

    @property
    def context(self) -> Context:
        """For whom the second wall lets rows through."""
        who = self.caller
        return ((who.country or who.agency).encode(), who.agency.encode())

    def facts(self) -> dict[str, object]:
        """Values of the parameters of a decision, by name."""
        who = self.caller
        return {
            "agency": who.agency,
            "country": who.country,
            "unit": who.unit,
            "cases": list(who.cases) if who.cases is not None else None,
            "roles": sorted(who.roles),
            "client": who.client,
            "subject": "",
            "issuer": "",
        }


def nobody(caller: Caller) -> Caller:
    """The same without the person."""
    return replace(caller, subject="", issuer="", token_hash="")


def rights_of(policy: Policy, puller: Puller) -> str:
    """SHA-256 over what the clauses in force open to the stream, hex: a version that changes
    nothing of it is no reason to look through everything again.
    """
    profile = without_openings(profile_of(policy, puller.caller, puller.purpose, ()))
    said = sorted(
        repr(
            (
                grant.entity,
                sorted(each.value for each in grant.classes),
                [str(condition) for condition in grant.when],
                grant.grantee.side,
                grant.clause.agreement,
                grant.corridors,
            )
        )
        for name, grants in profile.grants.items()
        if name in KINDS or name == "ReturnCase"
        for grant in grants
    )
    parts = [said, [each.value for each in BITS], sorted(KINDS)]
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()


async def registered(wire: Wire, puller: Puller, policy: Policy) -> int:
    """The id of the stream, made where there is none, in a transaction of its own. Raises
    RequestRefused where the client has too many.
    """
    key = puller.key.encode()
    result = await wire.begin(_FIND, [key], puller.context)
    if result.ntuples == 0:
        who = puller.caller
        count = await wire.go_on(_COUNT, [who.agency.encode(), who.client.encode()])
        if int(count.get_value(0, 0) or 0) >= MOST:
            await wire.rollback()
            raise RequestRefused.of(
                ErrorCode.COST_LIMIT, f"this client has {MOST} feeds already", limit=MOST
            )
        result = await wire.go_on(_ADD, _values(puller, policy))
        if result.ntuples == 0:  # another request was faster
            await wire.commit()
            result = await wire.begin(_FIND, [key], puller.context)
    found = int(result.get_value(0, 0) or 0)
    await wire.commit()
    return found


def _values(puller: Puller, policy: Policy) -> list[bytes | None]:
    who = puller.caller
    given: Mapping[str, tuple[object, str]] = {
        "key": (puller.key, "text"),
        "agency": (who.agency, "text"),
        "country": (who.country, "text"),
        "client": (who.client, "text"),
        "roles": (sorted(set(who.roles)), "text[]"),
        "unit": (who.unit, "text"),
        "cases": (list(who.cases) if who.cases is not None else None, "uuid[]"),
        "purpose": (puller.purpose, "text"),
        "rights": (rights_of(policy, puller), "text"),
        "policy_version": (policy.version, "bigint"),
        "policy_horizon": (policy.horizon, "timestamptz"),
    }
    return [as_text(value, cast) for value, cast in given.values()]
