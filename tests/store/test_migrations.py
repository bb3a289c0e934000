"""Migrations: up, down, up; one at a time; the same database as the tables say."""

from __future__ import annotations

import threading
from importlib import resources

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from schema.tables import metadata
from service import migrate, proposals
from tests.store.rows import Rows

HEAD = "0008"
SCHEMAS = "('registry', 'history', 'policy', 'ledger', 'feed')"
WITH_PAST = "('registry', 'history', 'policy', 'ledger', 'feed', 'past')"
LEFT = (
    "select n.nspname || '.' || c.relname from pg_class c join pg_namespace n"
    " on n.oid = c.relnamespace where n.nspname not like 'pg\\_%'"
    " and n.nspname <> 'information_schema'"
    " union all select p.proname from pg_proc p where p.pronamespace = 'public'::regnamespace"
    " union all select nspname from pg_namespace where nspname in " + SCHEMAS
)
# A partition is its table again; which there are depends on the day.
_PARTITIONS = "select p.relname from pg_class p where p.relispartition"
SHAPE = {
    "columns": (
        "select table_schema, table_name, column_name, data_type, udt_name, is_nullable,"
        " column_default, is_identity, generation_expression from information_schema.columns"
        f" where table_schema in {SCHEMAS} and table_name <> 'record_type'"
        f" and table_name not in ({_PARTITIONS})"
    ),
    "constraints": (
        "select conrelid::regclass::text, conname, pg_get_constraintdef(c.oid)"
        " from pg_constraint c join pg_namespace n on n.oid = c.connamespace"
        f" where n.nspname in {SCHEMAS} and conrelid <> 0 and contype <> 'n'"
        " and not (select t.relispartition from pg_class t where t.oid = conrelid)"
        " and contype <> 't'"
    ),
    "indexes": (
        f"select schemaname, indexname, indexdef from pg_indexes where schemaname in {SCHEMAS}"
        f" and tablename not in ({_PARTITIONS})"
    ),
}


def _read(dsn: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn) as connection:
        return sorted(connection.execute(query.encode()).fetchall(), key=repr)


def test_up_down_up(empty_dsn: str) -> None:
    assert migrate.current(empty_dsn) is None
    migrate.upgrade(empty_dsn)
    first = {name: _read(empty_dsn, query) for name, query in SHAPE.items()}
    assert migrate.current(empty_dsn) == HEAD
    migrate.downgrade(empty_dsn)
    assert migrate.current(empty_dsn) is None
    left = _read(empty_dsn, LEFT)
    assert left == [("public.alembic_version",), ("public.alembic_version_pkc",)]
    migrate.upgrade(empty_dsn)
    assert {name: _read(empty_dsn, query) for name, query in SHAPE.items()} == first


def test_preparing_proposes_every_protocol_and_ratifies_none(empty_dsn: str) -> None:
    shipped = len(list(proposals.FOLDER.glob("*.toml")))
    assert migrate.prepare(empty_dsn) == shipped > 0
    assert migrate.prepare(empty_dsn) == 0
    proposed = _read(empty_dsn, "select proposed_by_subject from policy.protocol_version")
    assert proposed == [("saphan migrate",)] * shipped
    assert _read(empty_dsn, "select 1 from policy.ratification") == []


def test_the_owner_role_migrates_a_database_of_its_own(empty_dsn: str) -> None:
    migrate.upgrade(empty_dsn)
    migrate.downgrade(empty_dsn)
    with psycopg.connect(empty_dsn, autocommit=True) as connection:
        connection.execute("drop table public.alembic_version")
        name = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("alter database {} owner to saphan_owner").format(name))
    owner = make_conninfo(empty_dsn, user="saphan_owner")
    migrate.upgrade(owner)
    assert migrate.current(owner) == HEAD


def test_two_processes_migrate_at_once(empty_dsn: str) -> None:
    failures: list[Exception] = []

    def run() -> None:
        try:
            migrate.upgrade(empty_dsn)
        except Exception as failure:  # noqa: BLE001 - whatever it is, it fails the test
            failures.append(failure)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert migrate.current(empty_dsn) == HEAD


def test_the_frozen_sql_makes_what_the_tables_say(owner_dsn: str, empty_dsn: str) -> None:
    ground = resources.files("migrations") / "sql" / "v0001" / "10_ground.sql"
    with psycopg.connect(empty_dsn, autocommit=True) as connection:
        connection.execute(ground.read_bytes())
        connection.execute("create schema feed")  # later than the others
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(empty_dsn), poolclass=NullPool
    )
    metadata.create_all(engine)
    for query in SHAPE.values():
        assert _read(owner_dsn, query) == _read(empty_dsn, query)


def test_everything_belongs_to_the_owner_role(rows: Rows) -> None:
    owners = rows.run(
        "select distinct pg_get_userbyid(c.relowner) from pg_class c join pg_namespace n"
        f" on n.oid = c.relnamespace where n.nspname in {SCHEMAS} or c.relname = 'alembic_version'"
        " union select pg_get_userbyid(p.proowner) from pg_proc p join pg_namespace n"
        f" on n.oid = p.pronamespace where n.nspname in {SCHEMAS}"
        " and p.prorettype = 'trigger'::regtype"
    )
    assert owners == [("saphan_owner",)]


def test_the_owner_role_can_take_down_what_a_superuser_put_up(empty_dsn: str) -> None:
    migrate.upgrade(empty_dsn)
    owner = make_conninfo(empty_dsn, user="saphan_owner")
    migrate.downgrade(owner)
    assert migrate.current(owner) is None


def test_no_view_passes_by_the_callers_rights_and_few_functions_do(rows: Rows) -> None:
    views = rows.run(
        "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        f" where n.nspname in {WITH_PAST} and c.relkind = 'v'"
        " and not coalesce(c.reloptions::text like '%%security_invoker=true%%', false)"
    )
    assert views == []
    definers = rows.run(
        "select p.oid::regprocedure::text, p.proconfig from pg_proc p"
        f" join pg_namespace n on n.oid = p.pronamespace where n.nspname in {WITH_PAST}"
        " and p.prosecdef order by 1"
    )
    held = ["search_path=pg_catalog, pg_temp"]
    assert definers == [
        ("feed.delivered(integer,uuid[])", held),
        ("feed.delivered_lately(integer,timestamp with time zone,uuid[],text[])", held),
        ("feed.streams()", held),
        ("feed.touched(integer,bigint,bigint,integer)", held),
        ("feed.unacknowledged()", held),
        ("history.keep()", held),
        ("ledger.accesses_of(uuid[])", held),
        ("policy.bump()", held),
        ("policy.bump_parties()", held),
        ("registry.add_case_party()", held),
        ("registry.add_organisation()", held),
        ("registry.add_party()", held),
        ("registry.check_draft_party()", held),
        ("registry.close_month()", held),
        ("registry.count_part()", held),
        ("registry.forget_keys()", held),
        ("registry.freeze_handover()", held),
        ("registry.index_records()", held),
        ("registry.newest_position()", held),
        ("registry.note_event()", held),
        ("registry.place_restriction()", held),
        ("registry.take_position()", held),
        ("registry.touched(bigint,integer)", held),
    ]


def test_functions_that_look_up_transitions_keep_to_the_index(rows: Rows) -> None:
    bound = rows.run(
        "select proname from pg_proc where pronamespace = 'registry'::regnamespace"
        " and prosrc like '%%registry.transition t%%' and proconfig = '{enable_seqscan=off}'"
        " order by 1"
    )
    assert bound == [("check_state",), ("check_transition",)]


def test_the_service_role_has_no_more_than_it_needs(rows: Rows, service: Rows) -> None:
    [role] = rows.run(
        "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles"
        " where rolname = 'saphan_service'"
    )
    assert role == (False, False, False, False)
    assert (
        rows.run(
            "select 1 from pg_auth_members m join pg_roles r on r.oid = m.member"
            " where r.rolname = 'saphan_service'"
        )
        == []
    )
    for statement in (
        "insert into policy.protocol_version (proposed_at) values (now())",
        "update policy.protocol_version set content = ''",
        "delete from policy.ratification",
        "update registry.agency set name = 'x'",
        "insert into registry.record_index values (gen_random_uuid(), 'Victim')",
        "delete from registry.victim",
        "update policy.version set number = 0",
        "create table registry.mine (x int)",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            service.run(statement)


def test_the_service_works_a_case(service: Rows) -> None:
    case = service.case()
    service.transition(case, "SCREENED", 0)
    service.transition(case, "IDENTIFIED", 1)
    service.run("update registry.return_case set case_worker = 'Worker 1' where id = %s", case)
    assert service.one("select state from registry.return_case where id = %s", case) == "IDENTIFIED"


def test_the_auditor_reads_the_ledger_and_no_person(owner_dsn: str) -> None:
    with psycopg.connect(make_conninfo(owner_dsn, user="saphan_auditor")) as connection:
        connection.execute("select count(*) from ledger.access_leaf")
        for statement in ("select 1 from registry.victim", "select 1 from history.victim"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(statement)
