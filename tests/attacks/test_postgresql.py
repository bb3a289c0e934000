"""Section 6, the database: what it tells the service's role, and what a shared connection keeps."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from resolvers.engine import Engine, EngineSettings, Request
from schema.catalog import catalog
from schema.sdl import graphql_schema
from service.context import work_for
from tests.attacks.conftest import Opened
from tests.attacks.houses import KH, LAO, PROVINCE, SHELTER, Desk, House
from tests.attacks.words import assert_dry, assert_house_dry
from tests.attacks.world import FAMILY, IDENTITY, OF_DESK, PEOPLE, canary, found_in
from tests.compiler.registry import caller

ROOT = Path(__file__).resolve().parents[2]
THAI = Desk("TH-DATIP")
NAMES = b'{"query": "{ victims(first: 50) { edges { node { id familyName homeVillage } } } }"}'
MAY = {
    KH: OF_DESK,
    THAI: {canary("victim", column, name) for column in (*IDENTITY, *FAMILY) for name in PEOPLE},
    LAO: {canary("victim", column, "lao") for column in (*IDENTITY, *FAMILY)},
    SHELTER: set[str](),
    PROVINCE: OF_DESK,
}
CALLERS = 200


@pytest.fixture(scope="module")
def narrow(opened: Opened) -> Iterator[House]:
    """A house with two connections to its database, for everybody."""
    with opened(SAPHAN_CONNECTIONS="2") as made:
        yield made
        assert_house_dry(made, may=MAY)


def request_of(house: House, desk: Desk) -> bytes:
    lines = [
        "POST /graphql HTTP/1.1",
        "Host: registry.example",
        f"Authorization: Bearer {house.token(desk)}",
        f"Saphan-Purpose: {desk.purpose}",
        "Content-Type: application/json",
        f"Content-Length: {len(NAMES)}",
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + NAMES


def received(house: House, desk: Desk, chance: random.Random) -> tuple[Desk, str]:
    """What came before a client hung up, or all of it."""
    whole, came = chance.random() < 0.5, b""
    with (
        contextlib.suppress(ConnectionError),
        socket.create_connection(house.served.address, timeout=30) as connection,
    ):
        connection.sendall(request_of(house, desk))
        if not whole:
            time.sleep(chance.uniform(0, 0.06))
            connection.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                came = connection.recv(1 << 20)
            return desk, came.decode()
        while part := connection.recv(1 << 16):
            came += part
    return desk, came.decode()


def test_P02_no_callers_context_stays_on_a_shared_connection(narrow: House) -> None:
    """Two connections, five desks, two hundred callers of whom half hang up somewhere."""
    for desk in MAY:
        narrow.token(desk)
    chances = [random.Random(number) for number in range(CALLERS)]
    drawn = [(chance.choice(list(MAY)), chance) for chance in chances]
    with ThreadPoolExecutor(16) as pool:
        came = list(pool.map(lambda each: received(narrow, *each), drawn))
    answered = [(desk, text) for desk, text in came if "\r\n\r\n" in text]
    assert len(answered) > CALLERS / 4
    for desk, text in came:
        assert found_in(text) <= MAY[desk], desk
    for desk in (KH, THAI, LAO):
        assert any(found_in(text) for whose, text in answered if whose == desk)


def test_P02_a_bare_connection_sees_no_row_and_no_error(narrow: House) -> None:
    with psycopg.connect(narrow.service) as connection:
        for _ in range(2):
            for table in ("registry.victim", "registry.return_case", "history.victim"):
                found = connection.execute(f"select count(*) from {table}".encode()).fetchone()
                assert found == (0,)
            work_for(connection, "TH-DATIP", "TH")
            seen = connection.execute("select count(*) from registry.victim").fetchone()
            assert seen is not None
            assert seen[0] > 0
            connection.rollback()
            left = connection.execute("select current_setting('saphan.party', true)").fetchone()
            assert left == ("",)


def test_P03_one_login_role_serves_and_it_is_never_left(narrow: House) -> None:
    narrow.post(NAMES)
    with narrow.connect() as connection:
        roles = connection.execute(
            "select distinct usename from pg_stat_activity where datname = current_database()"
            " and pid <> pg_backend_pid()"
        ).fetchall()
    assert roles == [("saphan_service",)]
    said = re.compile(r"(?i)\bset\s+(local\s+|session\s+)?role\b|session authorization")
    for room in ("service", "resolvers", "authz", "ledger"):
        for file in sorted((ROOT / room).rglob("*.py")):
            assert not said.search(file.read_text(encoding="utf-8")), file


def test_P03_serve_warns_of_a_server_that_lacks_the_fix(narrow: House) -> None:
    with narrow.connect() as connection:
        version = connection.info.server_version
    lacking = version // 10_000 == 18 and version % 10_000 < 6
    assert ("PostgreSQL lacks a known fix" in narrow.said()) is lacking


BELOW = {
    "division by zero": "1 / (case when family_name like 'canary%' then 0 else 1 end) = 1",
    "a cast that fails": "family_name::integer = 1",
    "an array out of form": "(family_name)::text[] is not null",
    "a pattern out of form": "family_name ~ ('[' || family_name)",
}


@pytest.mark.parametrize("name", BELOW)
def test_P05_a_predicate_never_sees_a_row_that_the_wall_hides(house: House, name: str) -> None:
    with psycopg.connect(house.service) as connection:
        for agency, country in (("VN-MPS", "VN"), ("KH-AUDIT", "")):
            work_for(connection, agency, country)
            found = connection.execute(
                f"select id from registry.victim where {BELOW[name]}".encode()
            ).fetchall()
            assert found == []
            connection.rollback()


def test_P05_the_statistics_of_the_planner_are_dry(house: House) -> None:
    with house.connect() as connection:
        connection.execute("analyze")
    with psycopg.connect(house.service) as connection:
        for agency in ("", "KH-MOSVY"):
            if agency:
                work_for(connection, agency, "KH")
            for view in ("pg_stats", "pg_stats_ext", "pg_stats_ext_exprs", "pg_stat_activity"):
                rows = connection.execute(f"select v::text from {view} v".encode()).fetchall()
                own = [text for (text,) in rows if "pg_stat_activity v" not in text]
                assert_dry(own)


FORBIDDEN = (
    "copy registry.victim to program 'cat'",
    "copy registry.victim to '/tmp/saphan-attack'",
    "copy registry.victim from '/etc/passwd'",
    "select pg_read_file('PG_VERSION')",
    "select pg_create_physical_replication_slot('x')",
    "select pg_create_logical_replication_slot('x', 'pgoutput')",
    "create publication x for all tables",
    "create function registry.x() returns void language sql as ''",
    "create view registry.x as select 1",
    "create table registry.x (a text)",
    "create trigger x after delete on registry.victim execute function registry.refuse()",
    "select * from pg_authid",
    "select * from pg_statistic",
    "delete from registry.victim",
    "truncate registry.victim",
    "begin; lock table registry.victim in access exclusive mode",
    "comment on table registry.victim is 'x'",
    "load 'auto_explain'",
    "alter system set log_statement = 'all'",
    "set log_statement = 'all'",
    "set session_replication_role = replica",
)


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_P06_the_services_role_has_no_way_round_its_rows(house: House, statement: str) -> None:
    with psycopg.connect(house.service, autocommit=True) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())


def test_P06_a_copy_to_the_client_is_walled_like_a_select(house: House) -> None:
    with psycopg.connect(house.service) as connection:
        with connection.cursor().copy("copy registry.victim to stdout") as copy:
            assert b"".join(bytes(part) for part in copy) == b""


def test_P06_what_is_notified_tells_nothing(house: House) -> None:
    """One function notifies, with an empty payload; nothing else leaves a table by itself."""
    with house.connect() as connection:
        found = connection.execute(
            "select proname, prosrc from pg_proc p join pg_namespace n on n.oid = p.pronamespace"
            " where n.nspname in ('registry', 'history', 'policy', 'ledger', 'feed')"
            " and prosrc ~* 'notify'"
        ).fetchall()
        slots = connection.execute("select count(*) from pg_replication_slots").fetchone()
        listed = connection.execute("select count(*) from pg_publication").fetchone()
    assert [name for name, _ in found] == ["take_position"]
    assert re.findall(r"pg_notify\(([^)]*)\)", found[0][1]) == ["'saphan_changed', ''"]
    assert found[0][1].lower().count("notify") == 1
    assert (slots, listed) == ((0,), (0,))


def test_P06_a_deleted_row_is_told_to_nobody_who_listens(house: House) -> None:
    with psycopg.connect(house.service, autocommit=True) as ear, house.connect() as owner:
        ear.execute("listen saphan_changed")
        owner.execute(
            "insert into registry.assignment (id, case_id, agency_code, from_at)"
            " select gen_random_uuid(), id, 'TH-MDT', now() from registry.return_case limit 1"
        )
        owner.execute("delete from registry.assignment where agency_code = 'TH-MDT'")
        if not owner.autocommit:
            owner.commit()
        heard = list(ear.notifies(timeout=20, stop_after=1))
    assert {(note.channel, note.payload) for note in heard} == {("saphan_changed", "")}


DOCUMENT = """query($s: String, $n: Int, $o: [VictimOrder!]) {
  a: victims(first: $n, orderBy: $o, filter: {homeProvince: {eq: $s}}) { totalCount }
  b: victims(first: 17, filter: {homeProvince: {eq: "zz-literal"}, childrenCount: {lt: 424242}}) {
    edges { node { id } } } c: victim(id: "3fd09a00-0000-4000-8000-00000000abcd") { gender } }"""


def test_P07_one_document_is_one_text_and_no_literal_stands_in_it(house: House) -> None:
    async def texts() -> list[str]:
        settings = EngineSettings(lambda: house.service, b"k" * 32)
        engine = Engine(graphql_schema(), catalog(), settings)
        await engine.start()
        found = []
        try:
            for value, number in (("x", 3), ("'; drop table registry.victim; --", 9), ("$1", 0)):
                given = {"s": value, "n": number, "o": [{"field": "GENDER", "direction": "DESC"}]}
                who = caller("KH-MOSVY")
                answer = await engine.answer(Request(DOCUMENT, None, given, who, "TRACING", "t"))
                assert answer.status == 200
                found.append(engine.newest()[0].sql)
        finally:
            await engine.stop()
        return found

    sqls = asyncio.run(texts())
    assert len(set(sqls)) == 1
    for literal in ("zz-literal", "424242", "00000000abcd", "drop table", "KH-MOSVY"):
        assert literal not in sqls[0]


@pytest.mark.parametrize(
    "order",
    [
        [{"field": "GENDER; drop table registry.victim"}],
        [{"field": "gender"}],
        [{"field": "GENDER", "direction": "ASC nulls first"}],
        [{"field": "1"}],
        "GENDER",
    ],
)
def test_P07_an_order_is_a_name_of_the_schema(house: House, order: object) -> None:
    document = "query($o: [VictimOrder!]) { victims(orderBy: $o) { totalCount } }"
    assert house.ask(document, o=order).codes == ["BAD_USER_INPUT"]
