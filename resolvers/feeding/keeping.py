"""What runs beside the requests: every stream is followed, and what is too old is dropped.

Takes the engine's parts, gives how many streams had something to do. So the
effects of clock and protocols are entries although nobody asks, and what a
puller does not acknowledge is known although it never comes again.
"""

from __future__ import annotations

import orjson

from authz.caller import Caller
from resolvers.execution import Stale, lent
from resolvers.feeding.following import Feeds
from resolvers.feeding.places import RETENTION_DAYS
from resolvers.feeding.rows import Row, rows_of
from resolvers.feeding.streams import Puller
from resolvers.prepared import Prepared
from resolvers.wire import Context

SECONDS_EACH = 2.0
"""Of steps for one stream before the next has its turn."""
_NOBODY: Context = (b"", b"")
_ALL = (
    "select s.id::text, s.agency, s.country, s.client, to_json(s.roles)::text, s.unit,"
    " to_json(s.cases)::text, s.purpose from feed.streams() s"
)
_OLD = (
    "with gone as (delete from feed.entry e where e.stream = $1::integer"
    f" and e.at < now() - interval '{RETENTION_DAYS} days' returning e.seq)"
    " select max(g.seq)::text from gone g"
)
_DROPPED = "update feed.stream set dropped = greatest(dropped, $2::bigint) where id = $1::integer"


async def keep(ready: Prepared, feeds: Feeds) -> int:
    """Follow every stream for a while; how many there are. Raises Unavailable or TimedOut."""
    async with lent(ready.pool) as wire:
        found = rows_of(await wire.begin(_ALL, [], _NOBODY))
        await wire.rollback()
    for row in found:
        puller = _puller(row)
        stream = int(row[0] or 0)
        policy = await ready.current()
        try:
            await feeds.advance(ready.pool, puller, stream, policy, SECONDS_EACH)
        except Stale:
            policy = await ready.reload(policy)
            await feeds.advance(ready.pool, puller, stream, policy, SECONDS_EACH)
    return len(found)


async def drop_old(ready: Prepared) -> None:
    """Drop entries after their time; cursors before them are refused from then on."""
    async with lent(ready.pool) as wire:
        found = rows_of(await wire.begin(_ALL, [], _NOBODY))
        await wire.rollback()
    for row in found:
        async with lent(ready.pool) as wire:
            stream = str(row[0]).encode()
            gone = rows_of(await wire.begin(_OLD, [stream], _puller(row).context))
            last = gone[0][0]
            if last is not None:
                await wire.go_on(_DROPPED, [stream, last.encode()])
            await wire.commit()


def _puller(row: Row) -> Puller:
    _, agency, country, client, roles, unit, cases, purpose = row
    narrowed = None if cases is None else tuple(str(each) for each in orjson.loads(cases))
    return Puller(
        Caller(
            agency=str(agency),
            country=str(country),
            roles=tuple(orjson.loads(roles or "[]")),
            purposes=(str(purpose),),
            subject="",
            client=str(client),
            issuer="",
            token_hash="",
            expires_at=0,
            unit=str(unit),
            cases=narrowed,
        ),
        str(purpose),
    )
