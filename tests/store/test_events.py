"""Events: every change leaves one, in the order of the commits, with names and without values."""

from __future__ import annotations

import datetime as dt
import json
import uuid

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from schema.catalog import Kind, catalog
from schema.stored import stored_fields
from service.context import work_for
from tests.store.rows import Rows

_NEWEST = "select record_type, record_id, fields from registry.event order by seq desc limit 1"


def test_the_database_knows_the_column_of_every_field(rows: Rows) -> None:
    stored = rows.run(
        "select record_type, field, data_class, table_name, column_name from registry.field_column"
    )
    known = [
        (f.record_type, f.field, f.data_class, f.table_name, f.column_name)
        for f in stored_fields(catalog())
    ]
    assert sorted(stored) == sorted(known)
    fields = {(record, name) for record, name, *_ in known}
    for entity in catalog().entities.values():
        if entity.table.startswith("registry."):
            for source in entity.fields.values():
                if source.kind is Kind.HISTORY:
                    continue  # made of the events themselves
                assert source.data_class is None or (entity.name, source.name) in fields


def test_a_new_record_is_new_as_a_whole_and_a_change_is_named_by_its_fields(rows: Rows) -> None:
    case = rows.case()
    victim = rows.one("select victim_id from registry.return_case where id = %s", case)
    assert rows.run(
        "select record_type, fields from registry.event where record_id in (%s, %s) order by seq",
        case,
        victim,
    ) == [("Victim", None), ("ReturnCase", None)]
    rows.run(
        "update registry.victim set family_name = 'Sok', birth_date = '2001-02-03',"
        " birth_precision = 'DAY' where id = %s",
        victim,
    )
    [(kind, record, fields)] = rows.run(_NEWEST)
    assert (kind, record) == ("Victim", victim)
    assert fields == ["ageBand", "birthDate", "birthPrecision", "familyName", "isMinor"]
    versions = dict(
        rows.run(
            "select data_class, version from registry.record_version where record_id = %s", victim
        )
    )
    assert versions == {"IDENTITY": 2, "PERSON": 2}


def test_an_event_holds_no_value(rows: Rows) -> None:
    case = rows.case()
    rows.run("update registry.victim set narrative = 'a canary', alias = 'a canary'")
    rows.run("update registry.return_case set shelter_name = 'a canary' where id = %s", case)
    events = rows.run("select to_jsonb(e)::text from registry.event e")
    assert events
    assert "canary" not in json.dumps(events)


def test_what_decides_who_may_see_is_an_event_of_the_record_without_a_field(rows: Rows) -> None:
    case = rows.case()
    rows.run(
        "insert into registry.assignment (id, case_id, agency_code, from_at) values"
        " (gen_random_uuid(), %s, 'TH-SHELTER', now())",
        case,
    )
    assert rows.run(_NEWEST) == [("ReturnCase", case, [])]
    before = rows.one("select max(seq) from registry.event")
    rows.run("update registry.return_case set case_worker = 'Worker 1' where id = %s", case)
    assert rows.run(_NEWEST) == [("ReturnCase", case, [])]
    rows.run("update registry.return_case set case_worker = 'Worker 1' where id = %s", case)
    assert rows.one("select max(seq) from registry.event") == int(str(before)) + 1


def test_the_order_is_that_of_the_commits_not_of_the_beginnings(owner_dsn: str) -> None:
    with psycopg.connect(owner_dsn) as first, psycopg.connect(owner_dsn) as second:
        early, late = Rows.in_transaction(first), Rows.in_transaction(second)
        slow = early.case()
        quick = late.case()
        second.commit()
        assert late.one("select registry.newest_position()") == late.one(
            "select max(position) from registry.commit_order"
        )
        first.commit()
        order = late.run(
            "select e.record_id from registry.commit_order o join registry.event e on e.tx = o.tx"
            " where e.record_type = 'ReturnCase' and e.record_id in (%s, %s) order by o.position",
            slow,
            quick,
        )
        assert order == [(quick,), (slow,)]
        touched = late.run("select case_id from registry.touched(0, 1000)")
        assert {(quick,), (slow,)} <= set(touched)
        second.rollback()


def test_a_transaction_that_was_taken_back_leaves_no_position(owner_dsn: str) -> None:
    with psycopg.connect(owner_dsn) as connection:
        rows = Rows.in_transaction(connection)
        before = rows.one("select registry.newest_position()")
        rows.case()
        connection.rollback()
        assert rows.one("select registry.newest_position()") == before
        connection.rollback()


def test_a_listener_is_woken_and_told_nothing(owner_dsn: str) -> None:
    with (
        psycopg.connect(owner_dsn, autocommit=True) as ear,
        psycopg.connect(owner_dsn) as connection,
    ):
        ear.execute("listen saphan_changed")
        Rows.in_transaction(connection).case()
        connection.commit()
        heard = list(ear.notifies(timeout=20, stop_after=1))
    assert [(note.channel, note.payload) for note in heard] == [("saphan_changed", "")]


def test_the_service_sees_events_behind_its_wall_and_writes_none(owner_dsn: str) -> None:
    with psycopg.connect(owner_dsn) as owner:
        case = Rows.in_transaction(owner).case()
        owner.commit()
    with psycopg.connect(make_conninfo(owner_dsn, user="saphan_service")) as connection:
        work_for(connection, "LA-MLSW", "LA")
        rows = Rows.in_transaction(connection)
        assert rows.run("select 1 from registry.event where case_id = %s", case) == []
        work_for(connection, "TH-DATIP", "TH")
        assert rows.run("select 1 from registry.event where case_id = %s", case) != []
        with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
            rows.run(
                "insert into registry.event (record_id, record_type) values (%s, 'Victim')",
                uuid.uuid4(),
            )
        with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
            rows.run("insert into registry.commit_order (tx) values (pg_current_xact_id())")
        connection.rollback()


def test_who_acted_is_kept_and_never_changed(rows: Rows, service: Rows) -> None:
    del rows
    service.run(
        "insert into registry.deed (act, agency_code, subject, issuer, purpose, clause,"
        " access_record) values ('notifyOrigin', 'TH-DATIP', 's', 'i', 'RETURN', 'c', %s)",
        uuid.uuid4(),
    )
    at = service.one("select at from registry.deed where tx = pg_current_xact_id()")
    assert isinstance(at, dt.datetime)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        service.run("update registry.deed set act = 'other'")


def test_keys_of_requests_are_forgotten_after_thirty_days(rows: Rows, service: Rows) -> None:
    for days, key in ((31, "a"), (29, "b")):
        rows.run(
            "insert into registry.request_key (caller, key, body, act, agency_code, at)"
            " values (repeat('a', 64), repeat(%s, 64), repeat('c', 64), 'act', 'TH-DATIP',"
            " now() - %s * interval '1 day')",
            key,
            days,
        )
    assert rows.one("select registry.forget_keys()") == 1
    assert rows.run("select left(key, 1) from registry.request_key") == [("b",)]
    for statement in (
        "delete from registry.request_key",
        "update registry.request_key set at = now() - interval '1 year'",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), service.connection.transaction():
            service.run(statement)
