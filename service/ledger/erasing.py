"""Contents whose time is over: which they are, and how they go while their proofs stay.

Takes the owner's connection, gives what is due and erases it, a batch in a
transaction together with the act that did it: an erasure that cannot be recorded
is not done. Place and hash of a leaf stay in the tree; in an export a line that
names the act stands in the place of what was there.

How long. The content of a leaf is kept for the longest `retention` of the
protocol versions that it relies on, that of a leaf which relies on none (a
refusal, a page without rows) for the longest there is. A version that states none
keeps its contents for good. Acts (policy, consents, exports, emergencies) are
never erased: which rule stood when must be provable as long as anything is.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, LiteralString

import psycopg

from ledger.acts import Act, Actor
from ledger.ids import uuid7
from schema.codes import RecordKind, Role
from service.acts import now_of, put_on_record
from service.operators import Operator, country_of

BATCH: Final = 2_000
SUBJECT: Final = "ledger contents"
_VERSIONS: LiteralString = (
    "select agreement_code || '@' || version, content from policy.protocol_version"
)
# A month is a range of ids; what lies in no month is looked through by its own time alone.
_IN_MONTHS: LiteralString = (
    "l.record_id < ledger.id_from(%(before)s::timestamptz + interval '1 day')"
)
_IN_NONE: LiteralString = "l.tableoid = 'ledger.access_leaf_other'::regclass"
_DUE: LiteralString = (
    "select l.record_id, l.pair, p.leaf_index, p.leaf_hash from ledger.access_leaf l"
    " join ledger.leaf_position p on p.record_id = l.record_id and p.pair = l.pair"
    " join ledger.access_record a on a.id = l.record_id"
    " where {} and l.at < %(before)s and l.body is not null and a.kind = 'ACCESS'"
    # of a version that keeps for good the interval is null, and so is the comparison
    " and l.at < %(now)s - (select case when count(*) = 0 then %(longest)s::interval"
    " when count(*) = count(k.keep) then max(k.keep) end"
    " from json_array_elements_text((l.body::json)->'protocols') v(code)"
    " left join unnest(%(codes)s::text[], %(keeps)s::interval[]) k(code, keep) on k.code = v.code)"
    " order by p.leaf_index limit %(batch)s"
)
_ERASE: LiteralString = (
    "update ledger.access_leaf l set body = null, records = '{}', erased_by = %s"
    " from unnest(%s::uuid[], %s::text[]) d(record_id, pair)"
    " where l.record_id = d.record_id and l.pair = d.pair"
)
_BLANK: LiteralString = (
    "update ledger.access_record a set agency = '', country = '', unit = '', cases = null,"
    " roles = '{}', subject = '', client = '', issuer = '', token_hash = '', purpose = '',"
    " operation_name = '', document_hash = '', trace_id = '', protocols = '{}', searched = '{}',"
    " refusals = '[]', withheld = '[]' where a.id = any(%s::uuid[])"
    " and not exists (select from ledger.access_leaf l where l.record_id = a.id"
    " and l.body is not null)"
)


@dataclass(frozen=True, slots=True)
class Erased:
    """One batch: how many leaves, the first and last, and the act that did it ('' for none)."""

    leaves: int
    first: int
    last: int
    act: str


def retentions(connection: psycopg.Connection[Any]) -> Mapping[str, str | None]:
    """How long each protocol version keeps contents: an ISO 8601 duration, None for good."""
    return {
        code: tomllib.loads(content).get("retention")
        for code, content in connection.execute(_VERSIONS).fetchall()
    }


def due(
    connection: psycopg.Connection[Any], now: dt.datetime, limit: int
) -> list[tuple[str, str, int, bytes]]:
    """Leaves in the tree whose time is over at `now`, oldest first: record, pair, index, hash."""
    kept = {code: keep for code, keep in retentions(connection).items() if keep is not None}
    if not kept:
        return []
    row = connection.execute(
        "select max(k), %s::timestamptz - min(k) from unnest(%s::interval[]) k",
        (now, list(kept.values())),
    ).fetchone()
    longest, before = row or (None, now)
    values = {
        "now": now,
        "before": before,
        "codes": list(kept),
        "keeps": list(kept.values()),
        "longest": longest,
        "batch": limit,
    }
    found = [
        (str(record), pair, index, bytes(hashed))
        for where in (_IN_MONTHS, _IN_NONE)
        for record, pair, index, hashed in connection.execute(_DUE.format(where), values)
    ]
    return sorted(set(found), key=lambda leaf: leaf[2])[:limit]


def erase(
    connection: psycopg.Connection[Any], operator: Operator, reason: str, now: dt.datetime
) -> Iterator[Erased]:
    """Erase what is due at `now`, batch by batch, each a transaction. The connection is the
    owner's, in autocommit. Raises OperatorRefused.
    """
    country = country_of(connection, operator, reason)
    while True:
        with connection.transaction():
            leaves = due(connection, now, BATCH)
            if not leaves:
                return
            act = _recorded(connection, operator, country, reason, leaves)
            records, pairs = [leaf[0] for leaf in leaves], [leaf[1] for leaf in leaves]
            connection.execute(_ERASE, (act, records, pairs))
            connection.execute(_BLANK, (sorted(set(records)),))
        yield Erased(len(leaves), leaves[0][2], leaves[-1][2], act)


def content_of(reason: str, leaves: list[tuple[int, bytes]]) -> bytes:
    """What an act's content hash is over: the reason, then each leaf's index and hash, in lines."""
    lines = [reason, *(f"{index} {hashed.hex()}" for index, hashed in leaves)]
    return "".join(f"{line}\n" for line in lines).encode()


def _recorded(
    connection: psycopg.Connection[Any],
    operator: Operator,
    country: str,
    reason: str,
    leaves: list[tuple[str, str, int, bytes]],
) -> str:
    content = content_of(reason, [(index, hashed) for _, _, index, hashed in leaves])
    act = Act(
        id=uuid7(),
        kind=RecordKind.POLICY.value,
        at=now_of(connection),
        actor=Actor(operator.agency, country, (Role.OPERATOR.value,), operator.person),
        subject=SUBJECT,
        before=f"KEPT {leaves[0][2]}-{leaves[-1][2]}",
        after=f"ERASED {len(leaves)}",
        content_hash=hashlib.sha256(content).hexdigest(),
        pair="",
    )
    put_on_record(connection, act)
    return act.id
