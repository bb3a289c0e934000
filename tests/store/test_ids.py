"""Ids: unique over all types, never changed, random where a time would tell too much."""

from __future__ import annotations

import uuid

import psycopg
import pytest

from schema.codes import RecordType
from schema.tables import metadata
from tests.store.rows import Rows

RECORDS = {
    name: table.info["record"] for name, table in metadata.tables.items() if table.info["record"]
}


def test_every_entity_has_a_table() -> None:
    assert sorted(RECORDS.values()) == sorted(RecordType)


def test_every_entity_but_access_records_is_indexed_on_insert(rows: Rows) -> None:
    triggers = rows.run(
        "select tgrelid::regclass::text,"
        " encode(trim(trailing '\\x00'::bytea from tgargs), 'escape')"
        " from pg_trigger where tgname = 'index_records'"
    )
    assert dict(triggers) == {
        name: kind.value for name, kind in RECORDS.items() if kind is not RecordType.ACCESS_RECORD
    }


def test_an_id_is_found_with_its_type(rows: Rows) -> None:
    case = rows.case()
    part = rows.part(
        "registry.referral", case, from_agency="TH-DATIP", to_agency="KH-MOSVY", state="OPEN"
    )
    for known, kind in ((case, "ReturnCase"), (part, "Referral")):
        assert rows.one("select type from registry.record_type where id = %s", known) == kind


def test_an_id_is_taken_once_over_all_types(rows: Rows) -> None:
    case = rows.case()
    with pytest.raises(psycopg.errors.UniqueViolation):
        rows.victim(id=case)
    with pytest.raises(psycopg.errors.UniqueViolation):
        rows.case(id=rows.victim())


def test_an_id_never_changes(rows: Rows) -> None:
    victim = rows.victim()
    with pytest.raises(psycopg.DatabaseError) as refusal:
        rows.run("update registry.victim set id = %s where id = %s", uuid.uuid4(), victim)
    assert refusal.value.sqlstate == "SP002"


def test_a_time_ordered_id_is_refused_for_a_person_and_a_case(rows: Rows) -> None:
    timed = uuid.UUID("01939f00-0000-7000-8000-000000000001")
    with pytest.raises(psycopg.errors.CheckViolation):
        rows.victim(id=timed)
    with pytest.raises(psycopg.errors.CheckViolation):
        rows.case(id=timed)


def test_many_rows_in_one_statement_are_all_indexed(rows: Rows) -> None:
    rows.run(
        "insert into registry.victim (id, nationalities, entered_by)"
        " select gen_random_uuid(), '{LA}', 'LA-LWU' from generate_series(1, 50)"
    )
    missing = rows.one(
        "select count(*) from registry.victim where id not in"
        " (select id from registry.record_index where type = 'Victim')"
    )
    assert missing == 0
