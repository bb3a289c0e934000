"""The bricks of every table: one metadata, coded columns, and the checks that follow from them.

Takes column definitions, gives a `Table` whose CHECKs are derived: a column
made by `coded` or `coded_list` takes only the values of its list, and every
other column that takes words refuses U+E000, which marks encrypted values
(ledger formats, section 0.6). Promises equal names for equal constraints.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    MetaData,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import UserDefinedType

from schema.codes import RecordType

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "ck": "%(table_name)s_%(constraint_name)s",
    }
)


class Xid8(UserDefinedType[str]):
    """The number of a transaction, 64 bits, which never wraps around."""

    cache_ok = True

    def get_col_spec(self, **_options: object) -> str:
        """Its name in SQL."""
        return "xid8"


PRESENT = text("clock_timestamp()")
COUNTRY_SHAPE = "'^[A-Z]{2}(,[A-Z]{2})*$'"


def _quoted(codes: type[StrEnum]) -> str:
    return ", ".join(f"'{code.value}'" for code in codes)


def coded(name: str, codes: type[StrEnum], **options: Any) -> Column[str]:
    """A text column that holds one value of `codes`. Options are those of Column."""
    return Column(name, Text, info={"codes": codes}, **options)


def coded_list(name: str, codes: type[StrEnum], **options: Any) -> Column[list[str]]:
    """A text[] column whose elements are values of `codes`, none of them null."""
    return Column(name, ARRAY(Text), info={"codes": codes}, **options)


def case_link() -> Column[Any]:
    """The column that ties a part to its return case."""
    return Column("case_id", Uuid, ForeignKey("registry.return_case.id"), nullable=False)


def agency_link(name: str, *, nullable: bool = False) -> Column[str]:
    """A column that names an agency by its code."""
    return Column(name, Text, ForeignKey("registry.agency.code"), nullable=nullable)


def agreement_link(name: str = "agreement_code", *, nullable: bool = True) -> Column[str]:
    """A column that names an agreement by its code."""
    return Column(name, Text, ForeignKey("registry.agreement.code"), nullable=nullable)


def recorded_at() -> Column[Any]:
    """Start of the present version of the row; the database's clock, never the caller's."""
    return Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=PRESENT)


def random_id() -> CheckConstraint:
    """Ids of persons, cases and their parts are UUIDv4: a v7 id would tell the second of entry."""
    return CheckConstraint("get_byte(uuid_send(id), 6) >> 4 = 4", name="id_random")


def countries(column: str) -> CheckConstraint:
    """A text[] of ISO 3166 alpha-2 codes: the form only, the list itself is data."""
    return CheckConstraint(
        f"{column} = '{{}}' or (array_position({column}, null) is null"
        f" and array_to_string({column}, ',') ~ {COUNTRY_SHAPE})",
        name=f"{column}_form",
    )


def _is_words(column: Column[Any]) -> bool:
    """True for what may hold any character; `formed` columns are bound by the service or a form."""
    return (
        (isinstance(column.type, (Text, JSONB)) or _is_text_list(column))
        and "codes" not in column.info
        and not column.info.get("formed")
        and not column.foreign_keys
    )


def _is_text_list(column: Column[Any]) -> bool:
    return isinstance(column.type, ARRAY) and isinstance(column.type.item_type, Text)


def _as_text(column: Column[Any]) -> str:
    if isinstance(column.type, ARRAY):
        return f"array_to_string({column.name}, '')"
    if isinstance(column.type, JSONB):
        return f"{column.name}::text"
    return column.name


def _derived(table: Table) -> list[CheckConstraint]:
    checks: list[CheckConstraint] = []
    for column in table.columns:
        codes = column.info.get("codes")
        if codes is None:
            continue
        allowed = _quoted(codes)
        condition = (
            f"{column.name} <@ array[{allowed}]"
            if isinstance(column.type, ARRAY)
            else f"{column.name} in ({allowed})"
        )
        checks.append(CheckConstraint(condition, name=f"{column.name}_listed"))
    words = [_as_text(column) for column in table.columns if _is_words(column)]
    if words:
        # chr(57344) is U+E000; written so, the file has no character that it forbids.
        condition = f"strpos(concat_ws('', {', '.join(words)}), chr(57344)) = 0"
        checks.append(CheckConstraint(condition, name="plain_text"))
    return checks


def table(
    schema: str,
    name: str,
    *items: SchemaItem,
    record: RecordType | None = None,
    history: bool = False,
    append_only: bool = False,
    **options: Any,
) -> Table:
    """A table of `schema` with its derived checks.

    `record` says that rows are records with an id of their own, `history` that
    superseded versions are kept, `append_only` that a row never changes. The
    three are facts about triggers; the migrations make them true. `options` are
    those of Table.
    """
    made = Table(
        name,
        metadata,
        *items,
        schema=schema,
        **options,
        info={"record": record, "history": history, "append_only": append_only},
    )
    for check in _derived(made):
        made.append_constraint(check)
    return made
