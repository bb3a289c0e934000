"""The second wall: row-level security holds whatever the statement forgot."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from service.context import work_for
from tests.store.rows import T0, Rows

PUBLIC = {
    "registry.agency",
    "registry.agency_unit",
    "registry.agreement_party",
    "registry.country",
    "registry.party",
    "registry.state_edge",
    "registry.time_limit",
    "registry.commit_order",  # positions
    "registry.field_column",
    "registry.record_index",  # the service may not read it at all
    "ledger.leaf_position",  # hashes
    "ledger.tile_hash",
    "ledger.checkpoint",
    "ledger.cosignature",
    "ledger.witness",
}
"""Tables that say nothing of a person, a case, a contact or an access."""
PARTS: dict[str, dict[str, object]] = {
    "registry.consent": {"purpose": "TRACING", "state": "GIVEN", "stated_at": T0},
    "registry.referral": {"from_agency": "TH-DATIP", "to_agency": "KH-MOSVY", "state": "OPEN"},
    "registry.assessment": {"report": "seen"},
    "registry.travel_paper": {"travel_document": "N 1"},
    "registry.follow_up": {"month": 1},
    "registry.legal_request": {"agency_code": "TH-ATPD", "received_on": "2026-03-01"},
    "registry.assignment": {"agency_code": "KH-MOSVY", "from_at": T0},
}

FORGED = (
    (
        "insert into ledger.access_record (id, kind, outcome, agency, country)"
        " values (gen_random_uuid(), 'ACCESS', 'DISCLOSED', 'TH-DATIP', 'TH')"
    ),
    (
        "insert into registry.victim (id, nationalities, entered_by)"
        " values (gen_random_uuid(), '{KH}', 'TH-DATIP')"
    ),
)


@pytest.fixture
def planted(owner_dsn: str) -> Iterator[psycopg.Connection]:
    """One case between Thailand and Cambodia with a row in every table, versions of all included,
    and a connection of the service's role that works for nobody yet.
    """
    made: list[tuple[str, uuid.UUID]] = []
    _clear(owner_dsn)
    with psycopg.connect(owner_dsn) as connection:
        rows = Rows.in_transaction(connection)
        case = rows.case()
        victim = rows.one("select victim_id from registry.return_case where id = %s", case)
        rows.transition(case, "SCREENED", 0)
        for table, values in PARTS.items():
            made.append((table, rows.part(table, case, **values)))
        for record in (victim, case, made[0][1]):
            rows.insert(
                "registry.restriction",
                id=uuid.uuid4(),
                record_id=record,
                set_by="TH-DATIP",
                from_at=T0,
            )
        for table in ("victim", "return_case", "assignment", "restriction", "referral"):
            changed = "alias" if table == "victim" else "holder"
            if table in ("victim", "return_case"):
                rows.run(f"update registry.{table} set {changed} = 'TH-SHELTER'")
        rows.run("update registry.restriction set until_at = from_at + interval '1 day'")
        record = uuid.uuid4()
        rows.insert(
            "ledger.access_record",
            id=record,
            kind="ACCESS",
            outcome="DISCLOSED",
            agency="TH-DATIP",
            country="TH",
        )
        rows.insert("ledger.access_leaf", record_id=record, pair="KH-TH", actor="TH", body="{}")
        connection.commit()
    with psycopg.connect(make_conninfo(owner_dsn, user="saphan_service")) as service:
        yield service
        service.rollback()
    _clear(owner_dsn)


def _clear(owner_dsn: str) -> None:
    """What other tests have committed counts here as well."""
    with psycopg.connect(owner_dsn) as owner:
        owner.execute("set session_replication_role = replica")
        for (name,) in owner.execute(
            "select format('%I.%I', schemaname, tablename) from pg_tables"
            " where rowsecurity and tablename not in ('agreement', 'clause', 'focal_point')"
        ).fetchall():
            owner.execute(f"delete from {name}".encode())


def _walled(connection: psycopg.Connection) -> list[str]:
    found = connection.execute(
        "select format('%I.%I', schemaname, tablename) from pg_tables"
        " where schemaname in ('registry', 'history', 'ledger', 'feed') and rowsecurity"
        # what the service may not read at all: tests/statistics/test_store.py
        " and has_table_privilege('saphan_service', format('%I.%I', schemaname, tablename),"
        " 'select')"
        # nobody may read a partition by itself: tests/store/test_erasing.py
        " and not (select c.relispartition from pg_class c"
        " where c.oid = format('%I.%I', schemaname, tablename)::regclass) order by 1"
    ).fetchall()
    return [name for (name,) in found]


def _count(connection: psycopg.Connection, table: str) -> int:
    query = sql.SQL("select count(*) from {}").format(sql.Identifier(*table.split(".")))
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def test_every_protected_table_is_walled_and_forced(planted: psycopg.Connection) -> None:
    found = planted.execute(
        "select n.nspname || '.' || c.relname, c.relrowsecurity and c.relforcerowsecurity"
        " from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname in ('registry', 'history', 'ledger', 'feed') and c.relkind in ('r', 'p')"
    ).fetchall()
    assert {name for name, forced in found if not forced} == PUBLIC


def test_without_a_context_the_service_reads_nothing(planted: psycopg.Connection) -> None:
    published = {"registry.agreement"}
    for table in _walled(planted):
        if table not in published:
            assert _count(planted, table) == 0, table
    drafts = planted.execute("select 1 from registry.agreement where not published").fetchall()
    assert drafts == []


def test_after_a_transaction_the_context_is_gone(planted: psycopg.Connection) -> None:
    work_for(planted, "TH-DATIP", "TH")
    assert _count(planted, "registry.return_case") == 1
    planted.commit()
    assert _count(planted, "registry.return_case") == 0
    assert planted.execute("select current_setting('saphan.party', true)").fetchone() == ("",)


@pytest.mark.parametrize(("agency", "country"), [("TH-DATIP", "TH"), ("KH-MOSVY", "KH")])
def test_both_sides_pass(planted: psycopg.Connection, agency: str, country: str) -> None:
    work_for(planted, agency, country)
    for table in (*PARTS, "registry.return_case", "registry.victim", "registry.transition"):
        assert _count(planted, table) == 1, table
    for table in ("registry.restriction", "history.restriction"):
        assert _count(planted, table) == 3, table
    for table in ("history.victim", "history.return_case", "ledger.access_leaf"):
        assert _count(planted, table) >= 1, table


@pytest.mark.parametrize(
    ("agency", "country"),
    [("LA-MLSW", "LA"), ("VN-MPS", "VN"), ("INT-IOM", ""), ("TH", ""), ("%", "%")],
)
def test_nobody_else_does(planted: psycopg.Connection, agency: str, country: str) -> None:
    work_for(planted, agency if agency != "TH" else "INT-IOM", country)
    free = {"agreement", "clause", "focal_point", "bilateral_contact", "contact_participant"}
    for table in _walled(planted):
        if table.split(".")[1] not in free:
            assert _count(planted, table) == 0, table


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("registry.assignment", {"agency_code": "INT-IOM", "from_at": T0}),
        ("registry.referral", {"from_agency": "TH-DATIP", "to_agency": "INT-IOM", "state": "OPEN"}),
        (
            "registry.consent",
            {"purpose": "RETURN", "state": "GIVEN", "stated_at": T0, "recipients": ["INT-IOM"]},
        ),
    ],
)
def test_an_organisation_passes_by_assignment_referral_or_consent(
    planted: psycopg.Connection, owner_dsn: str, table: str, values: dict[str, object]
) -> None:
    work_for(planted, "INT-IOM", "")
    assert _count(planted, "registry.victim") == 0
    with psycopg.connect(owner_dsn) as owner:
        rows = Rows.in_transaction(owner)
        rows.part(table, rows.one("select id from registry.return_case"), **values)
    assert _count(planted, "registry.victim") == 1
    assert _count(planted, "registry.return_case") == 1


def test_what_the_wall_hides_cannot_be_written_either(planted: psycopg.Connection) -> None:
    work_for(planted, "LA-MLSW", "LA")
    assert planted.execute("update registry.return_case set outcome = 'x'").rowcount == 0
    for forged in FORGED:
        with pytest.raises(psycopg.errors.InsufficientPrivilege), planted.transaction():
            planted.execute(forged.encode())


def test_no_role_can_be_left(planted: psycopg.Connection) -> None:
    for statement in (
        "set role saphan_owner",
        "set role saphan_auditor",
        "set session authorization saphan_owner",
        "alter table registry.victim disable row level security",
        "alter role saphan_service bypassrls",
        "select * from registry.record_index",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), planted.transaction():
            planted.execute(statement.encode())
    # asking to be told instead of filtered is an error, never a row
    planted.execute("set local row_security = off")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        planted.execute("select 1 from registry.victim")


def test_roles_are_logins_of_their_own(planted: psycopg.Connection) -> None:
    found = planted.execute(
        "select rolname, rolcanlogin, rolsuper or rolbypassrls or rolcreaterole or rolreplication"
        " from pg_roles where rolname like 'saphan\\_%' order by 1"
    ).fetchall()
    assert found == [
        (name, True, False)
        for name in ("saphan_auditor", "saphan_integrator", "saphan_owner", "saphan_service")
    ]
    members = planted.execute(
        "select 1 from pg_auth_members m join pg_roles r on r.oid in (m.member, m.roleid)"
        " where r.rolname like 'saphan\\_%'"
    ).fetchall()
    assert members == []


def test_statistics_of_the_planner_tell_the_service_nothing(
    planted: psycopg.Connection, owner_dsn: str
) -> None:
    with psycopg.connect(owner_dsn, autocommit=True) as owner:
        owner.execute("analyze")
    found = planted.execute(
        "select tablename from pg_stats"
        " where schemaname in ('registry', 'history', 'ledger', 'feed')"
        " and tablename in (select tablename from pg_tables where rowsecurity)"
    ).fetchall()
    assert found == []
