"""`acknowledgeWithdrawals`: a puller says what it has erased.

Takes ids of records, settles of them what this stream was told to erase. A
withdrawal that was made after the puller was last told of one stays due, and
an id that is not hers changes nothing and looks like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from resolvers.acting import Acting, Problem, payload_of
from resolvers.execution import bind_all, written
from resolvers.feeding.streams import Puller, nobody
from resolvers.header import header_values
from resolvers.inputs import parse_uuid
from resolvers.refusing import COUNTED_BINDS, COUNTED_SQL

MOST: Final = 1000
"""Ids in one act."""
_LOCK = "select s.id::text from feed.stream s where s.key = $1 for no key update"
_SETTLE = (
    "update feed.withdrawal w set fields = '{}', seq = null, erased = w.erased ||"
    " (select jsonb_object_agg(f.f, w.since) from unnest(w.fields) f(f))"
    " where w.stream = $1::integer and w.record_id = any($2::uuid[]) and w.seq is not null"
    " and w.seq <= coalesce((select t.seq from feed.told t where t.stream = $1::integer), 0)"
    " returning w.record_id::text"
)
_LEFT = (
    "select count(*)::text from feed.withdrawal w where w.stream = $1::integer"
    " and w.seq is not null"
)


async def acknowledge(acting: Acting, given: Mapping[str, object]) -> dict[str, object]:
    """The payload. Raises RequestRefused for what is no id, and WireError."""
    asked = given["ids"]
    ids = sorted({parse_uuid(each) for each in asked}) if isinstance(asked, list) else []
    if len(ids) > MOST:
        problem = Problem(
            "TOO_MANY", f"more than {MOST} ids", f"acknowledge {MOST} at a time at most"
        )
        return _payload(payload_of([problem]), 0, 0)
    puller = Puller(nobody(acting.caller), acting.purpose)
    found = await acting.one(_LOCK, puller.key)
    settled, left = 0, 0
    if found is not None:
        stream = str(found[0])
        settled = len(await acting.rows(_SETTLE, stream, ids))
        counted = await acting.one(_LEFT, stream)
        left = int(str(counted[0])) if counted else 0
    name, digest = acting.operation
    header = header_values(acting.caller, acting.purpose, name, digest, acting.trace, (), ())
    params = bind_all(COUNTED_BINDS, {}, header)
    result = await acting.wire.go_on(COUNTED_SQL, params)
    record = written(result.get_value(0, 0))
    return _payload(payload_of([], record), settled, left)


def _payload(payload: dict[str, object], settled: int, left: int) -> dict[str, object]:
    return {**payload, "acknowledged": settled, "remaining": left}
