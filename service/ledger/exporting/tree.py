"""The tree beside the records: tiles, checkpoints and public keys, as C2SP texts have them.

Takes a folder and a reader, writes `tile/...`, `checkpoints.ndjson`, `*.vkey` and,
last of all, `checkpoint`. Full tiles and the lines of old checkpoints are never
rewritten: what they say is settled. Raises FolderRefused and LedgerIncomplete.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import BinaryIO, Final, Self

import orjson

from ledger.checkpoints import Checkpoint
from ledger.notes import NoteRefused, Verifier, open_note, read_note
from ledger.tiles import HASH_BYTES, WIDTH, Tile
from service.ledger.exporting.folder import Folder, FolderRefused
from service.ledger.exporting.reading import HASHES, LedgerReader, Newest

CHECKPOINT: Final = "checkpoint"
CHECKPOINTS: Final = "checkpoints.ndjson"
LOG_KEY: Final = "log.vkey"
_PARTIAL: Final = re.compile(r"[0-9]{3}\.p", re.ASCII)


def origin_of(newest: Newest) -> str:
    """The name of the log that signed a checkpoint."""
    return Checkpoint.parse(read_note(newest.note).text).origin


def tile_ranges(size: int, first: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(level, low, high): the hashes of each level of a tree of `size` leaves that an export of the
    leaves from `first` to, without, `end` needs, whole tiles at their left ends.
    """
    level, width = 0, size
    while width > 0:
        if level:
            yield level, 0, width
        else:
            low, high = first // WIDTH * WIDTH, min(-(-end // WIDTH) * WIDTH, size)
            edge = size // WIDTH * WIDTH
            if low < high:
                yield 0, low, high
            if high < size and edge < size:
                yield 0, edge, size
        level, width = level + 1, width // WIDTH


def write_tiles(folder: Folder, reader: LedgerReader, size: int, first: int, end: int) -> None:
    """Every tile that is not there yet."""
    with _Places(folder) as places:
        for level, low, high in tile_ranges(size, first, end):
            for start in range(low, high, HASHES):
                stop = min(start + HASHES, high)
                tiles = [
                    Tile(level, at // WIDTH, min(WIDTH, stop - at))
                    for at in range(start, stop, WIDTH)
                ]
                if all(places.holds(tile) for tile in tiles):
                    continue
                found = reader.hashes(level, start, stop)
                for place, tile in enumerate(tiles):
                    at = place * WIDTH * HASH_BYTES
                    places.put(tile, found[at : at + tile.width * HASH_BYTES])


class _Places:
    """Folders of tiles, the last one kept open: neighbours lie side by side."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._open: tuple[str, Folder] | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def holds(self, tile: Tile) -> bool:
        """Whether it is there as a whole."""
        place, name = self._place(tile)
        return place.size(name) == tile.width * HASH_BYTES

    def put(self, tile: Tile, hashes: bytes) -> None:
        """Write one that is not there."""
        place, name = self._place(tile)
        if place.size(name) != len(hashes):
            place.write(name, hashes, sync=False)

    def _place(self, tile: Tile) -> tuple[Folder, str]:
        path, _, name = tile.path.rpartition("/")
        if self._open is None or self._open[0] != path:
            self._stack.close()
            self._open = path, self._stack.enter_context(self._folder.below(path))
        return self._open[1], name


def drop_stale(folder: Folder, size: int) -> None:
    """Remove the partial tiles of smaller trees: a full or wider one stands in their place."""
    kept = set()
    level, width = 0, size
    while width > 0:
        if width % WIDTH:
            kept.add(Tile(level, width // WIDTH, width % WIDTH).path)
        level, width = level + 1, width // WIDTH
    if folder.has("tile"):
        with folder.below("tile", make=False) as tiles:
            _drop(tiles, "tile", kept)


def _drop(folder: Folder, path: str, kept: set[str]) -> None:
    for name in folder.names():
        inner = f"{path}/{name}"
        if not folder.is_folder(name):
            continue
        with folder.below(name, make=False) as place:
            if _PARTIAL.fullmatch(name) is None:
                _drop(place, inner, kept)
                continue
            for width in place.names():
                if f"{inner}/{width}" not in kept:
                    place.remove(width)
            left = bool(place.names())
        if not left:
            folder.remove_folder(name)


def write_checkpoints(folder: Folder, reader: LedgerReader, first: int, end: int, size: int) -> int:
    """Every older checkpoint: all of them where the export is of the whole tree, else those of more
    than `first` and at most `end` leaves. How many there are now.
    """
    after = -1 if first == 0 else first
    kept = _kept(folder)
    with folder.writing(CHECKPOINTS) as target:
        lines = 0
        for known, line in kept:
            target.write(line)
            lines, after = lines + 1, max(after, known)
        for _, note in reader.notes(after, min(end, size - 1)):
            target.write(orjson.dumps({"note": note}) + b"\n")
            lines += 1
        return lines


def _kept(folder: Folder) -> Iterator[tuple[int, bytes]]:
    """The lines that are there already, with their sizes."""
    if not folder.has(CHECKPOINTS):
        return
    with folder.reading(CHECKPOINTS) as source:
        yield from _sized(source, folder)


def _sized(source: BinaryIO, folder: Folder) -> Iterator[tuple[int, bytes]]:
    for line in source:
        try:
            yield Checkpoint.parse(read_note(json.loads(line)["note"]).text).size, line
        except (ValueError, KeyError, TypeError, NoteRefused):
            raise FolderRefused(
                f"{folder.path / CHECKPOINTS}: was changed: export to a new folder"
            ) from None


def write_keys(folder: Folder, newest: Newest, log: Verifier | None, witnesses: list[str]) -> bool:
    """The log's key, where the one at hand signed the checkpoint, and the witnesses'. Whether the
    log's is there. A convenience: whoever checks believes the keys that she brings.
    """
    for vkey in witnesses:
        try:
            verifier = Verifier.parse(vkey)
        except NoteRefused:
            continue
        folder.write(f"witness-{verifier.key_id.hex()}.vkey", f"{vkey}\n".encode())
    if log is None:
        return folder.has(LOG_KEY)
    try:
        open_note(newest.note, [log])
    except NoteRefused:
        return folder.has(LOG_KEY)
    folder.write(LOG_KEY, f"{log.vkey}\n".encode())
    return True
