"""The ledger as the role `saphan_auditor` reads it: in the order of its tree, a batch at a time.

Takes a connection in autocommit and a scope, gives leaves, hashes and
checkpoints. Places, hashes and checkpoints are never rewritten, so no snapshot
is held over a whole export. The content of a leaf outside the scope does not
leave the database.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql

from service.ledger.exporting.lines import Leaf

BATCH: Final = 1024
HASHES: Final = 1 << 14
NOTES: Final = 2048
MOST_WAITING: Final = 100_000

_SCOPE: Final[dict[str, LiteralString]] = {
    "own_actor": "(l.actor = %(country)s and %(country)s <> '')",
    "own_country_case": "(l.pair = '' or %(country)s = any(string_to_array(l.pair, '-')))",
}
_LEAVES: LiteralString = (
    "select p.leaf_index, p.leaf_hash, l.record_id is not null, s.open,"
    " case when s.open then l.body end, case when s.open then l.erased_by::text end, e.at"
    " from ledger.leaf_position p"
    " left join ledger.access_leaf l on l.record_id = p.record_id and l.pair = p.pair"
    " cross join lateral (select coalesce({scope}, false) as open) s"
    " left join ledger.access_record e on s.open and e.id = l.erased_by"
    " where p.leaf_index >= %(low)s and p.leaf_index < %(high)s order by p.leaf_index"
)
_ERASED: LiteralString = (
    "select p.leaf_index, p.leaf_hash, l.erased_by::text, e.at from ledger.access_leaf l"
    " join ledger.leaf_position p on p.record_id = l.record_id and p.pair = l.pair"
    " left join ledger.access_record e on e.id = l.erased_by"
    " where l.erased_by is not null and l.body is null and {scope}"
    " and p.leaf_index >= %(low)s and p.leaf_index < %(high)s order by p.leaf_index"
)
_NEWEST: LiteralString = (
    "select c.size, c.root, c.settled::text, ledger.signed_checkpoint(c.size)"
    " from ledger.checkpoint c order by c.size desc limit 1"
)
_ROOT: LiteralString = "select root from ledger.checkpoint where size = %s"
_RANGE: LiteralString = (
    "select min(p.leaf_index), max(p.leaf_index) + 1 from ledger.access_record r"
    " join ledger.leaf_position p on p.record_id = r.id where p.leaf_index < %(size)s"
    " and (%(since)s::timestamptz is null or r.at >= %(since)s)"
    " and (%(until)s::timestamptz is null or r.at < %(until)s)"
)
_WAITING: LiteralString = (
    "select count(*) from (select from ledger.access_leaf l where l.tx >= %s::xid8"
    " and l.body is not null and not exists (select from ledger.leaf_position p"
    " where p.record_id = l.record_id and p.pair = l.pair) limit %s) w"
)
_NOTES: LiteralString = (
    "select c.size, ledger.signed_checkpoint(c.size) from ledger.checkpoint c"
    " where c.size > %s and c.size <= %s order by c.size limit %s"
)
_LEAF_HASHES: LiteralString = (
    "select leaf_hash from ledger.leaf_position"
    " where leaf_index >= %s and leaf_index < %s order by leaf_index"
)
_TILE_HASHES: LiteralString = (
    "select hash from ledger.tile_hash"
    " where level = %s and index >= %s and index < %s order by index"
)
_WITNESSES: LiteralString = (
    "select distinct on (w.name) w.vkey from ledger.witness w order by w.name, w.seq desc"
)
# A batch is found by index whatever the planner believes of a table that has just grown.
_BY_INDEX: LiteralString = "set enable_hashjoin = off; set enable_mergejoin = off"
Connection = psycopg.Connection[tuple[Any, ...]]


class LedgerIncomplete(Exception):
    """The tree in the database lacks something that a checkpoint is over."""


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest checkpoint: its note with the cosignatures that stand on it."""

    size: int
    root: bytes
    note: str
    waiting: int
    """Committed leaves that have no place in the tree yet."""


@dataclass(frozen=True, slots=True)
class Erased:
    """A leaf of which nothing but the hash is kept."""

    index: int
    hash: bytes
    act: str
    at: dt.datetime | None


class LedgerReader:
    """Reads for one sitting."""

    def __init__(
        self, connection: Connection, scope: Sequence[frozenset[str]], country: str
    ) -> None:
        self._connection = connection
        self._country = country
        self._scope = _sql_of(scope)

    def newest(self) -> Newest | None:
        """The newest checkpoint, None where none was signed yet."""
        row = self._connection.execute(_NEWEST).fetchone()
        if row is None:
            return None
        size, root, settled, note = row
        waiting = self._connection.execute(_WAITING, (settled, MOST_WAITING)).fetchone()
        return Newest(size, bytes(root), note, waiting[0] if waiting else 0)

    def root_at(self, size: int) -> bytes | None:
        """The root of the checkpoint of that size, None where there is none."""
        row = self._connection.execute(_ROOT, (size,)).fetchone()
        return None if row is None else bytes(row[0])

    def range_of(
        self, size: int, since: dt.datetime | None, until: dt.datetime | None
    ) -> tuple[int, int] | None:
        """The leaves from the first to, without, the one after the last whose record is of that
        time, `until` excluded; None where there is none.
        """
        if since is None and until is None:
            return 0, size
        row = self._connection.execute(
            _RANGE, {"size": size, "since": since, "until": until}
        ).fetchone()
        return None if row is None or row[0] is None else (row[0], row[1])

    def leaves(self, low: int, high: int) -> Iterator[list[Leaf]]:
        """The leaves from `low` to, without, `high`, in batches. Raises LedgerIncomplete."""
        self._connection.execute(_BY_INDEX)
        query = sql.SQL(_LEAVES).format(scope=self._scope)
        for start in range(low, high, BATCH):
            end = min(start + BATCH, high)
            rows = self._connection.execute(
                query, {"country": self._country, "low": start, "high": end}
            ).fetchall()
            found = [Leaf(row[0], bytes(row[1]), *row[2:]) for row in rows]
            if [leaf.index for leaf in found] != list(range(start, end)):
                raise LedgerIncomplete(f"the tree lacks a leaf between {start} and {end - 1}")
            yield found

    def erased(self, low: int, high: int) -> Iterator[Erased]:
        """The erased leaves in scope from `low` to, without, `high`."""
        query = sql.SQL(_ERASED).format(scope=self._scope)
        with self._connection.transaction(), self._connection.cursor("erased") as cursor:
            cursor.execute(query, {"country": self._country, "low": low, "high": high})
            for index, hashed, act, at in cursor:
                yield Erased(index, bytes(hashed), act, at)

    def hashes(self, level: int, low: int, high: int) -> bytes:
        """Hashes of one level side by side, `low` to, without, `high`. Raises LedgerIncomplete."""
        query, given = (_TILE_HASHES, (level, low, high)) if level else (_LEAF_HASHES, (low, high))
        found = b"".join(bytes(row[0]) for row in self._connection.execute(query, given))
        if len(found) != 32 * (high - low):
            raise LedgerIncomplete(f"a tile of level {level} is not whole")
        return found

    def notes(self, after: int, upto: int) -> Iterator[tuple[int, str]]:
        """Checkpoints of more than `after` leaves and at most `upto`: size and note."""
        while True:
            rows = self._connection.execute(_NOTES, (after, upto, NOTES)).fetchall()
            yield from rows
            if len(rows) < NOTES:
                return
            after = rows[-1][0]

    def witnesses(self) -> list[str]:
        """The keys of the witnesses that this registry was told of, the newest of each name."""
        return [row[0] for row in self._connection.execute(_WITNESSES)]


def _sql_of(scope: Sequence[frozenset[str]]) -> sql.Composable:
    openings = [
        sql.SQL("({})").format(sql.SQL(" and ").join(sql.SQL(_SCOPE[name]) for name in sorted(one)))
        for one in scope
    ]
    return sql.SQL("({})").format(sql.SQL(" or ").join(openings) if openings else sql.SQL("false"))
