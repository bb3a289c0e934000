"""The whole check of an export, tile by tile, each file read once from its beginning to its end.

Takes a folder's path, the log's key and those of witnesses, and checkpoints that
the reader kept from elsewhere. Gives a `Report`, and on the way how far it is.
What the export says of itself (`export.json`) is asked for one thing: which
leaves it is of. Records outside of that are checked all the same, and whole is
only what has every leaf.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import orjson

from ledger.checkpoints import Checkpoint
from ledger.fsck.alignment import Alignment
from ledger.fsck.folder import Folder, Unreadable
from ledger.fsck.history import History
from ledger.fsck.records import Records, plain
from ledger.fsck.report import Findings, Kind, Problem, Progress, Report
from ledger.fsck.truth import Row, Tiles
from ledger.hashing import HASH_BYTES
from ledger.notes import Verifier
from ledger.tiles import WIDTH, Tile

_MANIFEST: Final = "export.json"
_MANIFEST_BYTES: Final = 1 << 24
_EVERY: Final = 32
"""Tiles between two words of progress."""


def fsck(
    path: Path, log: Verifier, witnesses: Sequence[Verifier] = (), kept: Sequence[str] = ()
) -> Report:
    """The same as `checking`, without word of progress."""
    going = checking(path, log, witnesses, kept)
    while True:
        try:
            next(going)
        except StopIteration as end:
            report: Report = end.value
            return report


def checking(
    path: Path, log: Verifier, witnesses: Sequence[Verifier] = (), kept: Sequence[str] = ()
) -> Generator[Progress, None, Report]:
    """Check the export at `path`; its report is what the generator returns.

    `kept` are signed notes of checkpoints that the reader has from elsewhere.
    Nothing that is wrong with the export raises.
    """
    findings = Findings()
    try:
        folder = Folder(path)
    except Unreadable as wrong:
        findings.add(Problem(Kind.FILE, f"the folder {wrong.reason}", path=wrong.path))
        return findings.ended(Report())
    with folder:
        try:
            report = yield from _Check(folder, log, witnesses, findings).run(kept)
        except Unreadable as wrong:
            text = f"`{plain(wrong.path)}` {wrong.reason}"
            findings.add(Problem(Kind.FILE, text, path=wrong.path))
            report = Report()
        return findings.ended(report)


class _Check:
    """One check under way."""

    def __init__(
        self, folder: Folder, log: Verifier, witnesses: Sequence[Verifier], findings: Findings
    ) -> None:
        self._folder = folder
        self._findings = findings
        self._history = History(folder, log, witnesses, findings)

    def run(self, kept: Sequence[str]) -> Generator[Progress, None, Report]:
        newest = self._history.newest()
        if newest is None:
            return Report()
        if not self._history.believes:
            # whoever wrote it chose the size, too: there is nothing to hold the rest against
            return Report(
                newest.origin, newest.size, newest.root, checkpoints=self._history.checked
            )
        tiles = Tiles(self._folder, newest.size, self._findings)
        tiles.settle(newest.root, partial(self._tail, newest.size))
        start, end = self._range(newest.size)
        records = Records(self._folder, self._findings)
        if records.first is not None:
            start = min(start, records.first)
        records.begin(start)
        beside = Alignment(records, start, self._findings)
        self._history.begin(kept)
        self._history.up_to(0, partial(tiles.root_at, leaves=None))
        for number in range(-(-newest.size // WIDTH)):
            low = number * WIDTH
            row = _step(tiles, beside, number, start, end)
            until = min(low + WIDTH, newest.size)
            self._history.up_to(until, partial(tiles.root_at, leaves=row))
            if number % _EVERY == 0:
                yield Progress(low, newest.size, records.read)
        beside.end()
        self._history.judge_newest(newest.size, tiles.signed)
        self._strays(tiles)
        yield Progress(newest.size, newest.size, records.read)
        return self._report(newest, tiles, records, beside, start)

    def _report(
        self, newest: Checkpoint, tiles: Tiles, records: Records, beside: Alignment, start: int
    ) -> Report:
        witnesses = self._history.end(newest.size)
        acts = beside.erasures.end(to_the_end=beside.leaf == newest.size)
        return Report(
            origin=newest.origin,
            size=newest.size,
            root=newest.root,
            first=start,
            end=beside.leaf,
            records=records.read,
            erased=beside.erasures.erased,
            withheld=beside.erasures.withheld,
            acts_elsewhere=acts,
            tiles=tiles.read,
            checkpoints=self._history.checked,
            unplaced=self._history.unplaced,
            agreed=self._history.agreed,
            forked=self._history.forked,
            witnesses=witnesses,
        )

    def _tail(self, size: int, count: int) -> bytes:
        """The last `count` leaf hashes of a whole export, as the records have them."""
        records = Records(self._folder, Findings())
        records.skip_to(size - count)
        hashes: deque[bytes] = deque(maxlen=count)
        while not records.ended:
            records.fill(WIDTH)
            hashes.extend(records.hashes)
            records.drop(len(records.hashes))
            if records.gap is not None:
                records.go_on()
        return b"".join(hashes)

    def _range(self, size: int) -> tuple[int, int]:
        """The leaves that the export says it has: without a word all of them."""
        try:
            raw = self._folder.read(_MANIFEST, _MANIFEST_BYTES)
            read = {"first": 0, "end": size} if raw is None else orjson.loads(raw)
            first, end, complete = read["first"], read["end"], read.get("complete", True)
            if type(first) is not int or type(end) is not int or not 0 <= first <= end <= size:
                raise ValueError("another range")
        except Unreadable as wrong:
            self._file(wrong.path, wrong.reason)
        except (ValueError, TypeError, KeyError, AttributeError):
            self._file(_MANIFEST, "does not say which leaves the export is of")
        else:
            if complete is not True:
                self._file(_MANIFEST, "says that the export was not finished")
            return first, end
        return 0, size

    def _strays(self, tiles: Tiles) -> None:
        """Tiles of smaller trees agree with ours; others have no business here."""
        try:
            for path, tile in tiles.strays():
                named = plain(path)
                if tile is None or not self._is_older(tile, tiles.size):
                    text = f"`{named}` is no tile of the tree of {tiles.size} leaves"
                    self._findings.add(Problem(Kind.TILE_STRAY, text, path=named))
        except Unreadable as wrong:
            self._file(plain(wrong.path), wrong.reason)

    def _is_older(self, tile: Tile, size: int) -> bool:
        """Whether a partial tile is the beginning of the tile that took its place."""
        hashes = min(WIDTH, (size >> 8 * tile.level) - tile.index * WIDTH)
        if tile.width >= hashes:
            return False
        try:
            old = self._folder.read(tile.path, WIDTH * HASH_BYTES)
            new = self._folder.read(replace(tile, width=hashes).path, WIDTH * HASH_BYTES)
        except Unreadable:
            return False
        if old is None or len(old) != tile.width * HASH_BYTES:
            return False
        return new is None or new.startswith(old)

    def _file(self, path: str, reason: str) -> None:
        self._findings.add(Problem(Kind.FILE, f"`{path}` {reason}", path=path))


def _step(tiles: Tiles, beside: Alignment, number: int, start: int, end: int) -> Row | None:
    """One tile of leaves beside its records; its row."""
    low = number * WIDTH
    high = min(low + WIDTH, tiles.size)
    since = max(low, start)
    if high <= start or (since >= min(high, end) and not beside.more):
        return tiles.leaves(number, needed=False, records=bytes)
    row = tiles.leaves(
        number,
        needed=True,
        # a tile of which only a part has records is not restored from them
        records=lambda: beside.beside(high - low) if since == low else b"",
    )
    until = high
    if end < high:
        there = len(beside.beside(high - since)) // HASH_BYTES
        until = max(since, min(end, high), min(high, since + there))
    if row is None:
        beside.unknown(until - since)
    else:
        beside.feed(row.entries[(since - low) * HASH_BYTES : (until - low) * HASH_BYTES])
    return row
