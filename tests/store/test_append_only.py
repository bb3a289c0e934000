"""Rows that are only added: neither the service nor the owner changes them."""

from __future__ import annotations

import uuid

import psycopg
import pytest
from psycopg import sql

from schema.tables import metadata
from tests.store.rows import T0, Rows

APPEND_ONLY = sorted(name for name, table in metadata.tables.items() if table.info["append_only"])
CHANGES = ("update {} set {} = {}", "delete from {}", "truncate {} cascade")
ERASABLE = ("ledger.access_leaf", "ledger.access_record")
"""Changed by one act alone, row by row: tests/store/test_erasing.py."""

BY = {"agency": "TH-DATIP", "country": "TH"}


def _statement(change: str, table: str) -> str:
    column = sql.Identifier(list(metadata.tables[table].columns)[-1].name)
    places = [sql.Identifier(*table.split(".")), column, column]
    return sql.SQL(change).format(*places[: change.count("{}")]).as_string()


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("table", APPEND_ONLY)
def test_the_owner_is_refused_by_trigger(rows: Rows, table: str, change: str) -> None:
    if table in ERASABLE:
        rows.placed()
    with pytest.raises(psycopg.DatabaseError) as refusal:
        rows.run(_statement(change, table))
    assert refusal.value.sqlstate == "SP002"


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("table", APPEND_ONLY)
def test_the_service_is_refused_by_right(service: Rows, table: str, change: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        service.run(_statement(change, table))


@pytest.mark.parametrize("table", ["victim", "return_case", "assignment", "referral"])
def test_rows_with_history_are_never_truncated(rows: Rows, table: str) -> None:
    with pytest.raises(psycopg.DatabaseError) as refusal:
        rows.run(sql.SQL("truncate registry.{} cascade").format(sql.Identifier(table)).as_string())
    assert refusal.value.sqlstate == "SP002"


def test_the_service_adds_an_access_record_and_its_leaves(service: Rows) -> None:
    record = uuid.uuid4()
    shown = [uuid.uuid4(), uuid.uuid4()]
    service.insert("ledger.access_record", id=record, kind="ACCESS", outcome="DISCLOSED", **BY)
    service.insert(
        "ledger.access_leaf", record_id=record, pair="KH-TH", actor="TH", body="{}", records=shown
    )
    found = service.run(
        "select record_id, cases, refusals from ledger.access_leaf join ledger.access_record"
        " on id = record_id where records @> array[%s]::uuid[]",
        shown[1],
    )
    assert found == [(record, None, [])]


def test_a_pair_is_sorted_codes_or_empty(service: Rows) -> None:
    record = uuid.uuid4()
    service.insert("ledger.access_record", id=record, kind="ACCESS", outcome="REFUSED", **BY)
    with pytest.raises(psycopg.errors.CheckViolation):
        service.insert("ledger.access_leaf", record_id=record, pair="TH-KH", actor="TH", body="{}")


def test_the_integrator_places_leaves_and_nothing_else(rows: Rows, owner_dsn: str) -> None:
    granted = rows.run(
        "select table_schema || '.' || table_name, privilege_type"
        " from information_schema.table_privileges where grantee = 'saphan_integrator'"
    )
    assert sorted(granted) == [
        ("ledger.access_leaf", "SELECT"),
        ("ledger.checkpoint", "SELECT"),
        ("ledger.cosignature", "SELECT"),
        ("ledger.leaf_position", "INSERT"),
        ("ledger.leaf_position", "SELECT"),
        ("ledger.tile_hash", "INSERT"),
        ("ledger.tile_hash", "SELECT"),
        ("ledger.witness", "SELECT"),
        ("public.alembic_version", "SELECT"),
    ]


def test_a_withdrawn_consent_is_a_new_row(rows: Rows) -> None:
    case = rows.case()
    for state in ("GIVEN", "WITHDRAWN"):
        rows.part(
            "registry.consent",
            case,
            purpose="TRACING",
            state=state,
            recipients=["KH"],
            stated_at=T0,
        )
    assert rows.one("select count(*) from registry.consent where case_id = %s", case) == 2
