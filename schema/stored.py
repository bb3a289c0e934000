"""Which column holds which field: what a change of a row is called in the schema's words.

Takes the catalog, gives rows of `registry.field_column`. Promises that every
protected field of a stored entity stands in at least one row, so that no change
of a value passes without its name; a test compares the rows with the database.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from schema.catalog import Catalog, FieldSource

_OWN = re.compile(r"\{t\}\.(\w+)")
_PART = re.compile(r"\bfrom registry\.(\w+) (\w+)\b")
_PARTS = {
    "emergency_review": "at",
    "agreement_version": "at",
    "negotiation_round": "at",
    "agreement_signature": "at",
    "contact_attendance": "recorded_at",
    "contact_decision": "recorded_at",
}
"""Tables whose rows are part of one record, each with a column that a new row has: a field that
asks only whether there is a row changes with it.
"""
_KEYS = frozenset({"id", "opening_id"})
_PART_KEYS = _KEYS | {"contact_id", "agreement_code", "number"}
SCHEMA = "registry"


@dataclass(frozen=True, slots=True, order=True)
class StoredField:
    """One column that a field of a record type is made of."""

    record_type: str
    field: str
    data_class: str
    table_name: str
    column_name: str


def stored_fields(catalog: Catalog) -> tuple[StoredField, ...]:
    """Every pair of a field and a column of the registry, in order, each once."""
    found: set[StoredField] = set()
    for entity in catalog.entities.values():
        schema, _, table = entity.table.partition(".")
        if schema != SCHEMA:
            continue  # the ledger's records never change
        for source in entity.fields.values():
            for name, column in _columns(source, table):
                found.add(
                    StoredField(entity.name, source.name, str(source.data_class), name, column)
                )
    return tuple(sorted(found))


def _columns(source: FieldSource, table: str) -> list[tuple[str, str]]:
    if source.data_class is None:
        return []
    own = [(table, column) for column in _OWN.findall(source.sql) if column not in _KEYS]
    parts = [
        (part, column)
        for part, alias in _PART.findall(source.sql)
        if part in _PARTS
        for column in _of_part(source.sql, alias) or [_PARTS[part]]
    ]
    return own + parts


def _of_part(sql: str, alias: str) -> list[str]:
    return [c for c in re.findall(rf"\b{alias}\.(\w+)", sql) if c not in _PART_KEYS]
