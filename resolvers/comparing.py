"""Two versions of an agreement compared for a steward: in words, in counts, over the ledger.

Takes two documents and a steward's caller, gives a report of plain data whose
hash the parties ratify. One transaction, recorded like any operation that
counts rows; a steward of a country that is no party is refused.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import orjson

from authz.caller import Caller
from authz.document_forms import grant_sentence
from authz.documents import Document
from authz.profile import Policy
from authz.standing import party_of
from resolvers.acting import digest_of
from resolvers.differing import changes, with_document
from resolvers.errors import ErrorCode, RequestRefused
from resolvers.execution import bind_all, context_of, lent, written
from resolvers.header import header_values
from resolvers.lawmaking import STEWARD
from resolvers.prepared import Prepared
from resolvers.refusing import COUNTED_BINDS, COUNTED_SQL
from resolvers.replaying import Replayed, operations, replay, unused
from resolvers.wire import Wire

NAME = "ProtocolDiff"
_COUNTRIES = "select json_object_agg(code, coalesce(country, ''))::text from registry.agency"
_EDGES = (
    "select json_agg(e.at order by e.at)::text from (select proposed_at as at from"
    " policy.protocol_version union select at from policy.ratification"
    " union select at from policy.ending union select until_at from policy.ending"
    " union select in_force_from from policy.protocol_version where in_force_from is not null) e"
)
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What to compare: `before` is None where nothing was in force. `since`: replay from then."""

    before: Document | None
    after: Document
    since: dt.datetime | None


async def compare(
    ready: Prepared,
    caller: Caller,
    purpose: str,
    asked: Comparison,
    progress: Progress = lambda _done, _all: None,
) -> dict[str, object]:
    """The report. Raises RequestRefused, Unavailable or TimedOut."""
    if STEWARD not in caller.roles or party_of(caller) not in asked.after.parties:
        raise RequestRefused.of(
            ErrorCode.OPERATION_NOT_PERMITTED, "only a steward of a party compares its versions"
        )
    policy = await ready.newest_policy()
    async with lent(ready.pool) as wire:
        report = await _report(wire, ready, caller, purpose, asked, policy, progress)
        await wire.commit()
        return report


async def _report(
    wire: Wire,
    ready: Prepared,
    caller: Caller,
    purpose: str,
    asked: Comparison,
    policy: Policy,
    progress: Progress,
) -> dict[str, object]:
    header = header_values(caller, purpose, NAME, digest_of(NAME), "", (), ())
    params = bind_all(COUNTED_BINDS, {}, header)
    counting = await wire.begin(COUNTED_SQL, params, context_of(caller))
    written(counting.get_value(0, 0))
    agreement = asked.after.agreement
    found = await wire.go_on(_COUNTRIES, [])
    countries: dict[str, str] = orjson.loads(found.get_value(0, 0) or b"{}")
    old = with_document(policy, asked.before, agreement)
    new = with_document(policy, asked.after, agreement)
    counted = await changes(wire, old, new, agreement, (ready.catalog, countries))
    report: dict[str, object] = {
        "agreement": agreement,
        "before": asked.before.code if asked.before else None,
        "after": asked.after.code,
        "contentHash": asked.after.content_hash,
        "added": _said(asked.after, asked.before),
        "removed": _said(asked.before, asked.after),
        "changes": [change.as_dict() for change in counted],
    }
    if asked.since is not None:
        shown = await operations(wire, caller, agreement, asked.since)
        law = await _Law.read(wire, ready)
        replayed = await replay(wire, shown, asked.after, ready.catalog, law.at, progress)
        report["replay"] = _replayed(replayed, asked, ready)
    return report


def _said(one: Document | None, other: Document | None) -> list[str]:
    """What `one` grants in words and `other` does not say."""
    mine = [f"{g.clause.article}: {grant_sentence(g)}" for g in one.grants] if one else []
    theirs = {f"{g.clause.article}: {grant_sentence(g)}" for g in other.grants} if other else set()
    return [line for line in dict.fromkeys(mine) if line not in theirs]


def _replayed(found: Replayed, asked: Comparison, ready: Prepared) -> dict[str, object]:
    since = asked.since.astimezone(dt.UTC).isoformat() if asked.since else ""
    names = ("agency", "roles", "purpose", "field", "reason", "clause")
    return {
        "since": since,
        "operations": found.operations,
        "cells": found.cells,
        "refusedCells": sum(found.refused.values()),
        "refused": [
            {**dict(zip(names, key, strict=True)), "count": count}
            for key, count in sorted(found.refused.items())
        ],
        "unused": unused(asked.after, ready.catalog, found),
    }


@dataclass(frozen=True, slots=True)
class _Law:
    """The law of any past instant, read once for each time between two changes of it."""

    ready: Prepared
    edges: tuple[dt.datetime, ...]

    @classmethod
    async def read(cls, wire: Wire, ready: Prepared) -> _Law:
        """The instants at which the law changed."""
        found = await wire.go_on(_EDGES, [])
        texts = orjson.loads(found.get_value(0, 0) or b"[]") or []
        return cls(ready, tuple(dt.datetime.fromisoformat(text) for text in texts))

    async def at(self, instant: dt.datetime) -> Policy:
        """The law then. Days on which a document begins or ends are its own edges."""
        beginnings = [edge for edge in self.edges if edge <= instant]
        day = instant.astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return await self.ready.policy_of(max([day, *beginnings]))


def hash_of(report: dict[str, object]) -> str:
    """SHA-256 of the report as it is written to a file, hex."""
    return digest_of(text_of(report))


def text_of(report: dict[str, object]) -> str:
    """The report as a file: canonical JSON (RFC 8785) and a line end."""
    return orjson.dumps(report, option=orjson.OPT_SORT_KEYS).decode() + "\n"


__all__ = ["Comparison", "compare", "hash_of", "text_of"]
