"""The integrator: puts committed leaves into the tree and signs checkpoints, outside any request.

Takes a connection of the role `saphan_integrator` and the log's key, gives
`Integrator.step`. One transaction places a batch of leaves, writes the hashes of
the tiles that became full and the checkpoint over them: after a kill at any
instant all of it is there or none. Several may run; one works at a time, the
one that holds the advisory lock, which PostgreSQL frees with its connection.

Which leaves are new. A leaf carries the transaction that wrote it. Below the
oldest transaction under way (`pg_snapshot_xmin`) no leaf can come any more, so
a step looks at leaves from that of the step before on, and takes those that
have no place yet. A late committer is inside that window for as long as it runs;
sequence numbers, which it may have drawn long before, decide nothing but the
order within a batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, LiteralString

import psycopg

from ledger.checkpoints import Checkpoint
from ledger.hashing import EMPTY_ROOT, root_of
from ledger.notes import NoteRefused, Signer, open_note, write_note
from ledger.tiles import WIDTH, Edge

LOCK: Final = 7_368_704  # "saphan" has one integrator in each database
BATCH: Final = 4096

# Erased leaves have no body; their hash was taken before they could be erased.
# One statement and so one snapshot: a boundary read a moment later would leave behind what was
# committed in between. Without a new leaf there is one row, of the boundary alone.
_NEW: LiteralString = (
    "select s.xmin::text, l.record_id, l.tx::text, l.hash, l.pair"
    " from (select pg_snapshot_xmin(pg_current_snapshot()) as xmin) s left join lateral ("
    "select l.seq, l.record_id, l.pair, l.tx,"
    " sha256('\\x00'::bytea || convert_to(l.body, 'UTF8')) as hash"
    " from ledger.access_leaf l where l.tx >= %s::xid8 and l.body is not null"
    " and not exists (select from ledger.leaf_position p where p.record_id = l.record_id"
    " and p.pair = l.pair) order by l.tx, l.seq limit %s) l on true order by l.tx, l.seq"
)
_NEWEST: LiteralString = (
    "select c.size, c.root, c.settled::text, (select coalesce(max(p.leaf_index), -1) + 1"
    " from ledger.leaf_position p), c.note from ledger.checkpoint c order by c.size desc limit 1"
)
_PLACE: LiteralString = (
    "insert into ledger.leaf_position (record_id, pair, leaf_index, leaf_hash)"
    " select * from unnest(%s::uuid[], %s::text[], %s::bigint[], %s::bytea[])"
)
_TILES: LiteralString = (
    "insert into ledger.tile_hash (level, index, hash)"
    " select * from unnest(%s::int[], %s::bigint[], %s::bytea[])"
)
# Compare and swap: nothing is written where somebody else went on from another checkpoint.
_SIGN: LiteralString = (
    "insert into ledger.checkpoint (size, root, note, settled) select %s, %s, %s, %s::xid8"
    " where %s = (select coalesce(max(size), -1) from ledger.checkpoint) returning size"
)

Connection = psycopg.Connection[tuple[Any, ...]]


class LedgerBroken(Exception):
    """The tree in the database contradicts itself, its newest checkpoint or this log's key: nothing
    is signed.
    """


@dataclass(frozen=True, slots=True)
class Step:
    """What one step did: how many leaves it placed, the tree's size, whether more are waiting."""

    placed: int
    size: int
    more: bool


class Integrator:
    """Works on one connection in autocommit, which is in no transaction between two steps."""

    def __init__(self, connection: Connection, signer: Signer) -> None:
        self._connection = connection
        self._signer = signer
        self._leads = False
        self._edge: Edge | None = None
        self._last = -1
        self._settled = "0"

    def lead(self) -> bool:
        """Whether this one works: true from the first call that gets the lock, until the connection
        ends.
        """
        if not self._leads:
            row = self._connection.execute("select pg_try_advisory_lock(%s)", (LOCK,)).fetchone()
            self._leads = bool(row and row[0])
        return self._leads

    def step(self) -> Step:
        """Place the leaves that came since. Raises LedgerBroken and psycopg.Error, and then what it
        knew is forgotten: the next step reads it again.
        """
        try:
            with self._connection.transaction():
                return self._step()
        except BaseException:
            self._edge = None
            raise

    def _step(self) -> Step:
        edge = self._edge or self._load()
        found = self._connection.execute(_NEW, (self._settled, BATCH)).fetchall()
        settled, rows = found[0][0], [row[1:] for row in found if row[1] is not None]
        if len(rows) == BATCH:
            # it may end inside a transaction: the next one begins with it again
            settled = str(min(int(rows[-1][1]), int(settled)))
        if rows or self._last < 0:
            self._place(edge, rows, settled)
        self._edge, self._settled = edge, settled
        return Step(len(rows), edge.size, len(rows) == BATCH)

    def _place(self, edge: Edge, rows: Sequence[tuple[Any, ...]], settled: str) -> None:
        hashes = [bytes(row[2]) for row in rows]
        first = edge.size
        changed = edge.add(hashes)
        full = [(tile, data) for tile, data in changed.items() if tile.width == WIDTH]
        if rows:
            self._connection.execute(
                _PLACE,
                (
                    [row[0] for row in rows],
                    [row[3] for row in rows],
                    list(range(first, edge.size)),
                    hashes,
                ),
            )
        if full:
            self._connection.execute(
                _TILES,
                (
                    [tile.level + 1 for tile, _ in full],
                    [tile.index for tile, _ in full],
                    [root_of(_hashes(data)) for _, data in full],
                ),
            )
        checkpoint = Checkpoint(self._signer.name, edge.size, edge.root())
        text = checkpoint.text()
        note = write_note(text, [self._signer.sign(text)])
        signed = self._connection.execute(
            _SIGN, (edge.size, checkpoint.root, note, settled, self._last)
        ).fetchone()
        if signed is None:
            raise LedgerBroken("another integrator went on from the same checkpoint")
        self._last = edge.size

    def _load(self) -> Edge:
        newest = self._connection.execute(_NEWEST).fetchone()
        if newest is None:
            row = self._connection.execute("select count(*) from ledger.leaf_position").fetchone()
            if row is None or row[0]:
                raise LedgerBroken("leaves have places, and no checkpoint was ever signed")
            self._last, self._settled = -1, "0"
            return Edge(0, {})
        size, root, settled, leaves, note = newest
        try:
            open_note(note, [self._signer.verifier])
        except NoteRefused:
            raise LedgerBroken("the newest checkpoint is not by this key") from None
        if leaves != size:
            raise LedgerBroken(f"the checkpoint is over {size} leaves, the tree has {leaves}")
        partial = {}
        for level in range(64):
            width = size // WIDTH**level % WIDTH
            if size < WIDTH**level:
                break
            row = self._connection.execute(
                "select ledger.tile(%s, %s, %s)", (level, size // WIDTH**level // WIDTH, width)
            ).fetchone()
            if width and (row is None or row[0] is None):
                raise LedgerBroken(f"a tile of level {level} is not whole")
            partial[level] = bytes(row[0]) if width and row else b""
        edge = Edge(size, partial)
        if (edge.root() if size else EMPTY_ROOT) != bytes(root):
            raise LedgerBroken("the tree does not give the root that was signed")
        self._last, self._settled = size, settled
        return edge


def _hashes(data: bytes) -> list[bytes]:
    return [data[i : i + 32] for i in range(0, len(data), 32)]
