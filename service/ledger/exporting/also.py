"""`csv/`, `parquet/`, `ocsf/`: the records files once more, for those who know no tree.

Takes the folder of an export, makes each such file from the records file of the
same name, where it is not there yet. The ledger is not asked again: what is in
the records is in these, and what was erased there is erased here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, BinaryIO, Final

from service.ledger.exporting.flattening import Row, record_of, rows_of
from service.ledger.exporting.folder import Folder
from service.ledger.exporting.ocsf import event_of
from service.ledger.exporting.records import FOLDER
from service.ledger.exporting.tables import require_parquet, write_csv, write_parquet

KINDS: Final = ("csv", "parquet", "ocsf")
# What somebody put in a record's place is for fsck to name; it makes no row.
_NO_RECORD: Final = (AttributeError, KeyError, TypeError, ValueError)
_ENDING: Final = {"csv": "csv", "parquet": "parquet", "ocsf": "ndjson"}


def require(kinds: Sequence[str]) -> None:
    """Raises AuditExtraMissing where one of the kinds cannot be written here."""
    if "parquet" in kinds:
        require_parquet()


def drop(folder: Folder, name: str) -> None:
    """Remove what was made from the records file `name`, which is about to be another."""
    for kind in KINDS:
        if folder.has(kind):
            with folder.below(kind, make=False) as place:
                place.remove(_made_of(name, kind))


def write(
    folder: Folder, kinds: Sequence[str], product: str, progress: Callable[[str], None]
) -> None:
    """Make what is missing. `progress` is told each file."""
    with folder.below(FOLDER) as records:
        for kind in kinds:
            with folder.below(kind) as place:
                for name in records.names():
                    made = _made_of(name, kind)
                    if not place.has(made):
                        progress(f"{kind}/{made}")
                        _write(records, name, place, made, kind, product)


def _write(records: Folder, name: str, place: Folder, made: str, kind: str, product: str) -> None:
    with records.reading(name) as source, place.writing(made) as target:
        found = _records(source, int(name.partition(".")[0]))
        if kind == "ocsf":
            target.writelines(_events(found, product))
        else:
            write_rows = write_csv if kind == "csv" else write_parquet
            write_rows(target, _rows(found))


def _records(source: BinaryIO, first: int) -> Iterator[tuple[int, dict[str, Any]]]:
    for index, line in enumerate(source, first):
        record = record_of(line)
        if record is not None:
            yield index, record


def _rows(found: Iterator[tuple[int, dict[str, Any]]]) -> Iterator[Row]:
    for index, record in found:
        with suppress(*_NO_RECORD):
            yield from list(rows_of(index, record))


def _events(found: Iterator[tuple[int, dict[str, Any]]], product: str) -> Iterator[bytes]:
    for index, record in found:
        with suppress(*_NO_RECORD):
            yield event_of(index, record, product) + b"\n"


def _made_of(name: str, kind: str) -> str:
    return f"{name.partition('.')[0]}.{_ENDING[kind]}"
