"""Rows as CSV and as Parquet.

CSV is UTF-8 with a byte order mark, every cell in quotes, times RFC 3339. A cell
that a spreadsheet could take for a formula is neutralised by an apostrophe
before it; Parquet, which nothing evaluates, holds the same rows as they are.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from service.ledger.exporting.flattening import COLUMNS, Row
from service.ledger.exporting.lines import instant

if TYPE_CHECKING:
    import pyarrow as pa

ROWS: Final = 16_384
"""Of a row group of Parquet."""

# First in a cell, also behind blanks and quotes, or first behind what another country's spreadsheet
# takes for the end of a cell. OWASP, "CSV Injection", and the wide forms of the same characters.
_BLANK: Final = "\\s'\"`\u00b4\u2018\u2019\u201c\u201d\ufeff\u200b-\u200f\u2060"
_FORMULA: Final = re.compile(f"^[{_BLANK}]*[=+\\-@\\t\\r\\n|%\uff1d\uff0b\uff0d\uff20\u2212]")
_INNER: Final = re.compile(f"([;,\\t\\r\\n|])(?=[{_BLANK}]*[=+\\-@\uff1d\uff0b\uff0d\uff20\u2212])")
_CONTROL: Final = re.compile("^[\\t\\r\\n]")


class AuditExtraMissing(Exception):
    """The package that writes Parquet is not installed here."""

    def __init__(self) -> None:
        super().__init__("--also parquet needs a package more: pip install saphan[audit]")


# The rows of one record are alike in most cells.
@lru_cache(maxsize=4096)
def cell_of(value: str | int | dt.datetime) -> str:
    """A cell's text, which no spreadsheet takes for a formula."""
    text = instant(value) if isinstance(value, dt.datetime) else str(value)
    text = _INNER.sub(r"\1'", text)
    return f"'{text}" if _FORMULA.match(text) or _CONTROL.match(text) else text


def write_csv(target: BinaryIO, rows: Iterable[Row]) -> None:
    """The rows under a line of names."""
    text = io.TextIOWrapper(target, encoding="utf-8-sig", newline="", write_through=False)
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([cell_of(value) for value in row])
    text.flush()
    text.detach()


def require_parquet() -> None:
    """Raises AuditExtraMissing where Parquet cannot be written."""
    try:
        import pyarrow.parquet  # noqa: F401, PLC0415  # an extra
    except ImportError:
        raise AuditExtraMissing from None


def write_parquet(target: BinaryIO, rows: Iterable[Row]) -> None:
    """The rows in groups of `ROWS`. Raises AuditExtraMissing."""
    require_parquet()
    import pyarrow as pa  # noqa: PLC0415  # an extra
    import pyarrow.parquet as pq  # noqa: PLC0415

    schema = _schema(pa)
    iterator = iter(rows)
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        while group := list(islice(iterator, ROWS)):
            columns = zip(*group, strict=True)
            arrays = [
                pa.array(column, type=kind)
                for column, kind in zip(columns, schema.types, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def _schema(pa: Any) -> pa.Schema:
    kinds = {"leaf_index": pa.int64(), "at": pa.timestamp("us", tz="UTC")}
    return pa.schema([pa.field(name, kinds.get(name, pa.string()), False) for name in COLUMNS])
