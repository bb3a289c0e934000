"""The tree as the service's role reads it: one connection, made anew where it failed.

Takes the service's database, gives the `LedgerReader` of the door. Requests wait
for each other here: what is public must not take connections from those who
have a token.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, Final, LiteralString

import psycopg

from ledger.tiles import Tile
from service.http.ledger import LedgerAway, LedgerReader
from service.http.meters import Standing

PATIENCE: Final = 2.0
_CHECKPOINT: LiteralString = (
    "select ledger.signed_checkpoint((select max(size) from ledger.checkpoint))"
)
_TILE: LiteralString = "select ledger.tile(%s, %s, %s)"


class TreeReader:
    """Reads for one process."""

    def __init__(self, dsn: Callable[[], str]) -> None:
        self._dsn = dsn
        self._turn = asyncio.Lock()
        self._connection: psycopg.AsyncConnection[tuple[Any, ...]] | None = None

    def reader(self, vkey: str, standing: Callable[[], Awaitable[Standing]]) -> LedgerReader:
        """For the door."""
        return LedgerReader(self.checkpoint, self.tile, vkey, standing)

    async def checkpoint(self) -> str | None:
        """The newest checkpoint as a signed note. Raises LedgerAway."""
        found = await self.read(_CHECKPOINT, ())
        return None if found is None else str(found)

    async def tile(self, tile: Tile) -> bytes | None:
        """The hashes of a tile side by side. Raises LedgerAway."""
        if tile.index >= 1 << 54:  # beyond any tree of 64-bit size
            return None
        found = await self.read(_TILE, (tile.level, tile.index, tile.width))
        return bytes(found) if isinstance(found, bytes | memoryview) else None

    async def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(psycopg.Error):
                await connection.close()

    async def read(self, sql: LiteralString, params: tuple[float, ...]) -> object:
        """The one value that a statement gives, None without a row. Raises LedgerAway."""
        try:
            async with asyncio.timeout(PATIENCE), self._turn:
                if self._connection is None or self._connection.closed:
                    self._connection = await psycopg.AsyncConnection.connect(
                        self._dsn(),
                        autocommit=True,
                        application_name="saphan tiles",
                        options=f"-c statement_timeout={round(PATIENCE * 900)}",
                    )
                found = await self._connection.execute(sql, params)
                row = await found.fetchone()
        except (psycopg.Error, TimeoutError, OSError):
            await self.close()
            raise LedgerAway from None
        return row[0] if row else None
