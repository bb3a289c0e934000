"""One sitting of an export: begin it, go on with it, or bring it up to date.

Takes a folder, a judge and the ledger, gives a `Done`. In this order: the right is
asked; the folder is found to be empty or this caller's own; the sitting is on
record, durably; only then is anything written. While records are written the
right is asked again before each batch. The new checkpoint takes its place when
all that it is over is there, so whatever is killed leaves a folder that the
same command goes on with.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any

import psycopg

from authz.caller import Caller
from ledger.notes import Verifier
from ledger.spelling import decoded, encoded
from service.ledger.exporting import also as also_files
from service.ledger.exporting.folder import Folder, FolderRefused
from service.ledger.exporting.judging import Judge, NotPermitted, Ruling
from service.ledger.exporting.lines import instant
from service.ledger.exporting.manifest import Manifest
from service.ledger.exporting.reading import LedgerReader, Newest
from service.ledger.exporting.recording import put_on_record, refuse
from service.ledger.exporting.records import FOLDER, LINES, Records
from service.ledger.exporting.tree import (
    CHECKPOINT,
    drop_stale,
    origin_of,
    write_checkpoints,
    write_keys,
    write_tiles,
)

Progress = Callable[[str, int, int], None]
"""Told what is under way, how far it is and of how much."""


class NothingToExport(Exception):
    """There is no checkpoint, or no leaf of the time asked for."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be exported: `until` without; `also` of `exporting.also.KINDS`."""

    folder: Path
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the ledger is: the service's database for the right and the record, the auditor's
    connection for the content, the log's public key where it is at hand.
    """

    service: str
    auditor: psycopg.Connection[tuple[Any, ...]]
    log: Verifier | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What a sitting left. `broken` is the first leaf met that is not what the tree holds."""

    manifest: Manifest
    waiting: int
    erased_now: int
    checkpoints: int
    has_log_key: bool
    broken: int | None


def export(
    asked: Asked,
    judge: Judge,
    sources: Sources,
    progress: Progress = lambda _what, _done, _all: None,
    lines: int = LINES,
) -> Done:
    """Do it. Raises NotPermitted, which is on record where the caller is known; FolderRefused,
    NothingToExport, LedgerIncomplete, AuditExtraMissing, psycopg.Error, WireError.
    """
    also_files.require(asked.also)
    try:
        ruling = judge.rule()
        with Folder.taken(asked.folder) as folder:
            return _Sitting(folder, asked, judge, sources, progress, lines).sit(ruling)
    except NotPermitted as refused:
        refuse(sources.service, refused)
        raise


class _Sitting:
    """The parts of one sitting."""

    def __init__(
        self,
        folder: Folder,
        asked: Asked,
        judge: Judge,
        sources: Sources,
        progress: Progress,
        lines: int,
    ) -> None:
        self._folder, self._asked, self._judge = folder, asked, judge
        self._sources, self._progress, self._lines = sources, progress, lines

    def sit(self, ruling: Ruling) -> Done:
        folder, asked = self._folder, self._asked
        reader = LedgerReader(self._sources.auditor, ruling.scope, ruling.caller.country)
        before = Manifest.read(folder)
        if before is not None:
            _require_same(before, ruling, asked, folder)
        newest = reader.newest()
        if newest is None:
            raise NothingToExport("the tree has no checkpoint yet: is an integrator at work?")
        if before is not None:
            _require_continued(before, newest, reader, folder)
        first, end = self._range(reader, newest, before)
        start = first
        if before is not None:
            with folder.below(FOLDER) as place:
                start = Records(place, before.files, self._lines).next_leaf(first, end)
        manifest = _manifest(ruling, asked, newest, (first, end, start), before)
        state = "" if before is None else "COMPLETE" if before.complete else "BEGUN"
        record = put_on_record(self._sources.service, ruling, manifest, state)
        manifest = replace(manifest, record=record)
        manifest.write(folder)
        return self._write(reader, ruling, newest, manifest)

    def _range(
        self, reader: LedgerReader, newest: Newest, before: Manifest | None
    ) -> tuple[int, int]:
        found = reader.range_of(newest.size, self._asked.since, self._asked.until)
        if found is None:
            raise NothingToExport("no record of that time is in the tree")
        # a late committer has an earlier time and a later place: a range only grows at its end
        return found if before is None else (before.first, max(before.end, found[1]))

    def _write(
        self, reader: LedgerReader, ruling: Ruling, newest: Newest, manifest: Manifest
    ) -> Done:
        folder, first, end = self._folder, manifest.first, manifest.end
        with folder.below(FOLDER) as place:
            records = Records(place, manifest.files, self._lines)

            def replacing(name: str) -> None:
                also_files.drop(folder, name)

            def step(index: int) -> None:
                self._progress("records", index - first, end - first)
                self._still(ruling)

            self._still(ruling)
            erased = manifest.counted.erased if manifest.files else None
            records.erase(reader, first, manifest.start, replacing)
            manifest = _noted(manifest, records, folder)
            for _ in records.write(reader, manifest.start, end, step, replacing):
                manifest = _noted(manifest, records, folder)
        self._progress("tiles", 0, 1)
        write_tiles(folder, reader, newest.size, first, end)
        count = write_checkpoints(folder, reader, first, end, newest.size)
        key = write_keys(folder, newest, self._sources.log, reader.witnesses())
        folder.write(CHECKPOINT, newest.note.encode())
        drop_stale(folder, newest.size)
        self._still(ruling)
        also_files.write(
            folder, manifest.also, manifest.saphan, lambda made: self._progress(made, 0, 1)
        )
        folder.sweep()
        manifest = replace(manifest, complete=True)
        manifest.write(folder)
        self._progress("done", 1, 1)
        erased_now = 0 if erased is None else manifest.counted.erased - erased
        return Done(manifest, newest.waiting, erased_now, count, key, records.broken)

    def _still(self, ruling: Ruling) -> None:
        """The same right as at the beginning. Raises NotPermitted."""
        now = self._judge.rule()
        if (now.scope, now.purpose) != (ruling.scope, ruling.purpose):
            raise NotPermitted(
                "what your clauses open has changed meanwhile: the export stops",
                ruling.caller,
                ruling.purpose,
            )


def _noted(manifest: Manifest, records: Records, folder: Folder) -> Manifest:
    noted = replace(manifest, files=dict(records.files))
    if noted != manifest:
        noted.write(folder)
    return noted


def _manifest(
    ruling: Ruling,
    asked: Asked,
    newest: Newest,
    bounds: tuple[int, int, int],
    before: Manifest | None,
) -> Manifest:
    kinds = {*asked.also, *(before.also if before else ())}
    return Manifest(
        caller=_caller(ruling.caller),
        purpose=ruling.purpose,
        scope=ruling.scope_text,
        clauses=ruling.clauses,
        since=_text(asked.since),
        until=_text(asked.until),
        also=tuple(kind for kind in also_files.KINDS if kind in kinds),
        first=bounds[0],
        end=bounds[1],
        start=bounds[2],
        checkpoint={
            "origin": origin_of(newest),
            "root": encoded(newest.root),
            "size": newest.size,
        },
        saphan=metadata.version("saphan"),
        files=before.files if before else {},
    )


def _require_same(before: Manifest, ruling: Ruling, asked: Asked, folder: Folder) -> None:
    """One folder is one caller's, for one purpose and one time."""
    if before.caller != _caller(ruling.caller):
        raise NotPermitted(
            f"{folder.path}: another caller's export: name a new folder",
            ruling.caller,
            ruling.purpose,
        )
    if (before.scope, before.purpose) != (ruling.scope_text, ruling.purpose):
        raise NotPermitted(
            f"{folder.path}: made for another purpose, or when your clauses opened other records:"
            " name a new folder",
            ruling.caller,
            ruling.purpose,
        )
    if (before.since, before.until) != (_text(asked.since), _text(asked.until)):
        raise FolderRefused(
            f"{folder.path}: an export of another time, --from {before.since or '(none)'}"
            f" --to {before.until or '(none)'}: give these, or a new folder"
        )


def _require_continued(
    before: Manifest, newest: Newest, reader: LedgerReader, folder: Folder
) -> None:
    """That the ledger went on from the checkpoint that the folder knows."""
    known = before.checkpoint
    same = reader.root_at(known["size"]) == decoded(known["root"])
    if not same or known["origin"] != origin_of(newest):
        raise FolderRefused(
            f"{folder.path}: an export of another ledger, or this one was set back:"
            " keep the folder, it is evidence, and export to a new one"
        )


def _caller(caller: Caller) -> dict[str, str]:
    return {
        "agency": caller.agency,
        "country": caller.country,
        "issuer": caller.issuer,
        "subject": caller.subject,
    }


def _text(at: dt.datetime | None) -> str:
    return instant(at) if at else ""
