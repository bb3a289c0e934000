"""The content of a leaf goes once, by a named act, when it has a place; nothing else changes it."""

from __future__ import annotations

import datetime as dt
import uuid

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from ledger.ids import uuid7
from schema.tables import metadata
from tests.store.rows import Rows

ACT = uuid.UUID("0198e100-0000-7000-8000-0000000000aa")
ERASE = (
    "update ledger.access_leaf set body = null, records = '{}', erased_by = %s where record_id = %s"
)
BLANK = (
    "update ledger.access_record set agency = '', country = '', unit = '', cases = null,"
    " roles = '{}',"
    " subject = '', client = '', issuer = '', token_hash = '', purpose = '', operation_name = '',"
    " document_hash = '', trace_id = '', protocols = '{}', searched = '{}', refusals = '[]',"
    " withheld = '[]' where id = %s"
)
OTHERS = {
    "uuid": "gen_random_uuid()",
    "int8": "7",
    "timestamptz": "now() - interval '1 day'",
    "text": "'x'",
    "_text": "array['x']",
    "_uuid": "array[gen_random_uuid()]",
    "jsonb": "'[1]'",
    "xid8": "'7'",
}


def _refused(rows: Rows, statement: str, *values: object) -> None:
    with pytest.raises(psycopg.DatabaseError) as refusal:
        rows.run(statement, *values)
    assert refusal.value.sqlstate == "SP002"


def _types(rows: Rows, table: str) -> dict[str, str]:
    schema, name = table.split(".")
    found = rows.run(
        "select column_name, udt_name from information_schema.columns"
        " where table_schema = %s and table_name = %s",
        schema,
        name,
    )
    assert {column for column, _ in found} == set(metadata.tables[table].columns.keys())
    return dict(found)


@pytest.mark.parametrize("table", ["ledger.access_leaf", "ledger.access_record"])
def test_no_column_is_changed_alone(rows: Rows, table: str) -> None:
    rows.placed()
    for column, kind in _types(rows, table).items():
        change = sql.SQL("update {} set {} = ").format(
            sql.Identifier(*table.split(".")), sql.Identifier(column)
        )
        _refused(rows, change.as_string() + OTHERS[kind])


def test_a_partition_refuses_what_its_table_refuses(rows: Rows) -> None:
    record = rows.placed()
    for table in ("access_leaf", "access_record"):
        key = "record_id" if table == "access_leaf" else "id"
        name = rows.one(
            f"select tableoid::regclass::text from ledger.{table} where {key} = %s", record
        )
        assert name.startswith(f"ledger.{table}_2")
        for change in ("update {} set at = now()", "delete from {}", "truncate {}"):
            _refused(rows, change.format(name))


def test_nobody_reads_a_partition_past_the_wall(rows: Rows, owner_dsn: str) -> None:
    parts = rows.run(
        "select c.oid::regclass::text, c.relrowsecurity and c.relforcerowsecurity from pg_class c"
        " where c.relispartition and c.relkind = 'r'"
    )
    assert len(parts) >= 30
    assert all(walled for _, walled in parts)
    for role in ("saphan_service", "saphan_auditor", "saphan_integrator"):
        with psycopg.connect(make_conninfo(owner_dsn, user=role)) as connection:
            for name, _ in (parts[0], parts[-1]):
                with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                    connection.execute(f"select from {name}".encode())


def test_what_has_a_place_may_be_erased_once_by_a_named_act(rows: Rows) -> None:
    record = rows.placed()
    _refused(rows, "update ledger.access_leaf set body = null, records = '{}'")
    _refused(rows, "update ledger.access_leaf set body = null, erased_by = %s", ACT)
    rows.run(ERASE, ACT, record)
    _refused(rows, ERASE, uuid.uuid4(), record)
    _refused(rows, "update ledger.access_leaf set body = '{}', erased_by = null")
    assert rows.one("select count(*) from ledger.leaf_position where record_id = %s", record) == 1


def test_what_has_no_place_is_not_erased(rows: Rows) -> None:
    record = rows.placed()
    rows.leaf(record, "LA-TH")
    _refused(rows, ERASE, ACT, record)


def test_a_record_goes_blank_after_the_last_of_its_leaves(rows: Rows) -> None:
    record = rows.placed()
    _refused(rows, BLANK, record)
    rows.run(ERASE, ACT, record)
    rows.run(BLANK, record)
    assert rows.run("select subject, protocols, outcome from ledger.access_record") == [
        ("", [], "DISCLOSED")
    ]
    _refused(rows, "update ledger.access_record set subject = 'u-1'")


@pytest.mark.parametrize("role", ["saphan_service", "saphan_auditor", "saphan_integrator"])
def test_only_the_owner_erases(owner_dsn: str, role: str) -> None:
    with psycopg.connect(make_conninfo(owner_dsn, user=role)) as connection:
        for statement in (ERASE.replace("%s", f"'{ACT}'"), BLANK.replace("%s", f"'{ACT}'")):
            with (
                pytest.raises(psycopg.errors.InsufficientPrivilege),
                connection.transaction(),
            ):
                connection.execute(statement.encode())


def test_a_month_has_its_partition_and_the_rest_is_kept_too(rows: Rows) -> None:
    where = "select tableoid::regclass::text from ledger.access_record where id = %s"
    for record, table in (
        (uuid7(), f"ledger.access_record_{dt.datetime.now(dt.UTC):%Y_%m}"),
        (str(uuid.uuid4()), "ledger.access_record_other"),
        ("00000000-0000-7000-8000-000000000001", "ledger.access_record_other"),
    ):
        rows.insert("ledger.access_record", id=record, kind="ACCESS", outcome="REFUSED")
        # a random id may fall into a month by chance, once in ten thousand years of them
        assert rows.one(where, record) == table


def test_months_are_added_once_and_not_over_what_lies_in_none(rows: Rows) -> None:
    assert rows.one("select ledger.add_months(clock_timestamp(), 13)") == 0
    far = rows.one("select ledger.id_from(clock_timestamp() + interval '15 months')")
    rows.insert("ledger.access_record", id=far, kind="ACCESS", outcome="REFUSED")
    assert rows.one("select ledger.add_months(clock_timestamp(), 17)") == 3
    assert rows.one("select count(*) from ledger.access_record where id = %s", far) == 1
