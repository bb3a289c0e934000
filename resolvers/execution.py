"""Hops 6b and 7: a statement becomes an answer and a durable access record.

Takes a rendered statement and the values of one request, gives the root's
JSON texts. Between fetch and commit lies the one place where a value may still
be changed (cursors are sealed there): a failure there rolls the record back.
Bytes are given only after the commit.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass
from types import MappingProxyType

from psycopg import pq

from authz.caller import Caller
from resolvers.inputs import as_text, value_of
from resolvers.paging import DEFAULT_FIRST
from resolvers.plan import Bind
from resolvers.rendering import COLUMNS_BEFORE_ROOTS, Statement
from resolvers.wire import Context, Pool, Wire, WireError

Hop = Callable[[str], AbstractContextManager[None]]
"""Opens a span of one hop, named alone."""


def no_hop(_name: str) -> AbstractContextManager[None]:
    """Nothing is traced."""
    return nullcontext()


class Unavailable(Exception):
    """The database is away, full or read-only: nothing left, nothing was recorded."""


class TimedOut(Exception):
    """The statement took longer than it may: nothing left, nothing was recorded."""


class Stale(Exception):
    """The policy changed since the statement was rendered: plan anew."""


class ForeignCursor(Exception):
    """A cursor belongs to another parent record."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """One row: JSON bytes of each root (None for null), record id, withheld and cursor JSON."""

    roots: tuple[bytes | None, ...]
    record: str | None
    withheld: bytes | None
    cursors: bytes | None


def bind_all(
    binds: Sequence[Bind],
    variables: Mapping[str, object],
    context: Mapping[str, object],
    constants: Mapping[int, bytes | None] = MappingProxyType({}),
) -> list[bytes | None]:
    """Parameter values in PostgreSQL's text format; `constants` are some of them, made before."""
    values: list[bytes | None] = []
    for place, bind in enumerate(binds):
        if place in constants:
            values.append(constants[place])
            continue
        if bind.origin == "ctx":
            value = context[bind.name]
            for step in bind.path:
                value = value[step]  # type: ignore[index]  # a cursor's keys are a list
        else:
            value = value_of(bind, variables)
            if value is None and bind.cast == "integer":
                value = DEFAULT_FIRST
        values.append(value if isinstance(value, bytes) else as_text(value, bind.cast))
    return values


async def disclose(
    pool: Pool,
    statement: Statement,
    params: list[bytes | None],
    seal: Callable[[Fetched], Fetched],
    context: Context,
    hop: Hop = no_hop,
) -> Fetched:
    """Run, seal, commit. Raises Unavailable, TimedOut, Stale or ForeignCursor; then nothing was
    recorded.
    """
    try:
        wire = await pool.take()
    except WireError:
        raise Unavailable from None
    try:
        with hop("execute"):
            result = await wire.begin(statement.sql, params, context)
        try:
            fetched = fetched_of(statement, result)
        except (Stale, ForeignCursor):
            await wire.rollback()
            raise
        try:
            sealed = seal(fetched)
        except BaseException:
            wire.broken = True
            raise
        with hop("commit"):
            await wire.commit()
        return sealed
    except WireError as error:
        wire.broken = True
        raise told(error) from None
    except asyncio.CancelledError:
        # the client has gone: the server must not go on computing for nobody
        await wire.cancel()
        raise
    finally:
        await pool.give(wire)


def fetched_of(statement: Statement, result: pq.abc.PGresult) -> Fetched:
    """The one row of a statement. Raises Stale, ForeignCursor, or WireError where a record was due
    and is not there.
    """
    if result.get_value(0, 0) != b"f":
        raise Stale
    if result.get_value(0, 3) != b"f":
        raise ForeignCursor
    return Fetched(
        roots=tuple(
            result.get_value(0, COLUMNS_BEFORE_ROOTS + i) for i in range(len(statement.root_keys))
        ),
        record=written(result.get_value(0, 1)),
        withheld=result.get_value(0, 2),
        cursors=result.get_value(0, 4),
    )


@asynccontextmanager
async def lent(pool: Pool) -> AsyncIterator[Wire]:
    """A connection for the block, which commits or rolls back by itself; thrown away where the
    block fails. Raises Unavailable, TimedOut.
    """
    try:
        wire = await pool.take()
    except WireError:
        raise Unavailable from None
    try:
        yield wire
    except WireError as error:
        wire.broken = True
        raise told(error) from None
    except BaseException:
        wire.broken = True
        raise
    finally:
        await pool.give(wire)


def context_of(caller: Caller, at: dt.datetime | None = None) -> Context:
    """For whom the second wall lets rows through, and at which past instant."""
    party, agency = (caller.country or caller.agency).encode(), caller.agency.encode()
    return (party, agency) if at is None else (party, agency, at.isoformat().encode())


async def append(
    pool: Pool, sql: str, params: list[bytes | None], caller: Caller, hop: Hop = no_hop
) -> None:
    """Write the record of an operation that was refused as a whole. Raises Unavailable or
    TimedOut.
    """
    try:
        wire = await pool.take()
    except WireError:
        raise Unavailable from None
    try:
        with hop("execute"):
            result = await wire.begin(sql, params, context_of(caller))
        written(result.get_value(0, 0))
        with hop("commit"):
            await wire.commit()
    except WireError as error:
        wire.broken = True
        raise told(error) from None
    except asyncio.CancelledError:
        await wire.cancel()
        raise
    finally:
        await pool.give(wire)


def written(record: bytes | None) -> str | None:
    """Id of the access record, None where none was due. Raises WireError where one was and the
    database swallowed it: nothing may leave.
    """
    if record == b"":
        raise WireError("XX000")
    return bytes(record).decode() if record is not None else None


async def append_failure(
    pool: Pool, sql: str, params: list[bytes | None], caller: Caller, hop: Hop = no_hop
) -> None:
    """Write the record of an operation that failed, if the database still takes one: nothing of
    it was shown, and the answer is an error in either case.
    """
    with suppress(Unavailable, TimedOut, WireError):
        await append(pool, sql, params, caller, hop)


def told(error: WireError) -> Exception:
    """What a caller is told of a line or a statement that failed."""
    if error.is_timeout:
        return TimedOut()
    if error.is_away:
        return Unavailable()
    return error
