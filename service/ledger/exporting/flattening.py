"""A record as rows for people: one for each record shown and field, with who, why and when.

Takes a line of `records/`, gives rows of one text or number per column. A record
that showed nothing (refused, searched, an act) is one row without record and
field. Lines without a record's content give none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from service.ledger.exporting.lines import is_record

COLUMNS: Final = (
    "leaf_index",
    "access_record",
    "kind",
    "at",
    "outcome",
    "agency",
    "country",
    "unit",
    "roles",
    "subject",
    "client",
    "issuer",
    "purpose",
    "operation",
    "pair",
    "clause",
    "record",
    "field",
    "searched",
    "refused",
    "act",
    "trace",
)
"""`leaf_index` is a number, `at` a time, all others text; several of one kind are joined."""

Row = tuple[Any, ...]


def record_of(line: bytes) -> dict[str, Any] | None:
    """The record in a line, None where there is none."""
    if not is_record(line):
        return None
    try:
        found = orjson.loads(line)
    except ValueError:
        return None
    # whatever else somebody may have put in its place is the checker's to name
    return found if isinstance(found, dict) and {"id", "at", "kind"} <= found.keys() else None


def rows_of(index: int, record: Mapping[str, Any]) -> Iterator[Row]:
    """The rows of the record at leaf `index`. Raises KeyError, TypeError, ValueError for what is no
    record.
    """
    who, operation, act = record["caller"], record["operation"], record.get("act")
    head = (
        index,
        record["id"],
        record["kind"],
        dt.datetime.fromisoformat(record["at"]),
        record["outcome"],
        who["agency"],
        who["country"],
        who["unit"],
        " ".join(who["roles"]),
        who["subject"],
        who["client"],
        who["issuer"],
        record["purpose"],
        operation["name"],
        record["pair"],
    )
    tail = (
        " ".join(record["searched"]),
        " ".join(f"{each['field']}:{each['reason']}" for each in record["refusals"]),
        f"{act['subject']}: {act['from'] or '-'} -> {act['to']}" if act else "",
        record["trace"],
    )
    shown = False
    for entry in record["disclosures"]:
        for identifier in entry["records"]:
            for name in entry["fields"]:
                shown = True
                yield (*head, entry["clause"], identifier, name, *tail)
    if not shown:
        yield (*head, "", "", "", *tail)
