"""What was on the ledger before it lay by month is there afterwards, and the way back too."""

from __future__ import annotations

from typing import Any

import psycopg

from ledger.ids import uuid7
from service import migrate

LEDGER = (
    "select r.id, r.at, r.subject, l.pair, l.body, l.records, l.actor, l.tx::text, p.leaf_index,"
    " p.leaf_hash from ledger.access_record r join ledger.access_leaf l on l.record_id = r.id"
    " left join ledger.leaf_position p on {} order by r.id, l.pair"
)
BEFORE = LEDGER.format("p.seq = l.seq")
AFTER = LEDGER.format("p.record_id = l.record_id and p.pair = l.pair")


def _read(dsn: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(query.encode()).fetchall()


def test_a_ledger_goes_into_months_and_back_unchanged(empty_dsn: str) -> None:
    migrate.upgrade(empty_dsn, "0004")
    ids = [uuid7(), "0190e100-0000-7000-8000-000000000001", "7c1e4b00-0000-4000-8000-000000000001"]
    with psycopg.connect(empty_dsn) as connection:
        for number, record in enumerate(ids):
            connection.execute(
                "insert into ledger.access_record (id, kind, outcome, agency, subject, at)"
                " values (%s, 'ACCESS', 'DISCLOSED', 'TH-DATIP', %s,"
                " now() - %s * interval '2 years')",
                (record, f"u-{number}", number),
            )
            for pair in ("KH-TH", "LA-TH"):
                connection.execute(
                    "insert into ledger.access_leaf (record_id, pair, actor, body, records)"
                    " values (%s, %s, 'TH', %s, array[%s]::uuid[])",
                    (record, pair, f'{{"n":{number}}}', record),
                )
        connection.execute(
            "insert into ledger.leaf_position (seq, leaf_index, leaf_hash)"
            " select seq, seq - 1, sha256(body::bytea) from ledger.access_leaf where pair = 'KH-TH'"
        )
    before = _read(empty_dsn, BEFORE)
    assert len(before) == 6
    migrate.upgrade(empty_dsn)
    assert _read(empty_dsn, AFTER) == before
    where = "select count(distinct tableoid) from ledger.access_leaf"
    assert _read(empty_dsn, where) == [(3,)]
    migrate.downgrade(empty_dsn, "0004")
    assert _read(empty_dsn, BEFORE) == before
    migrate.upgrade(empty_dsn)
    assert _read(empty_dsn, AFTER) == before
    with psycopg.connect(empty_dsn) as connection:
        connection.execute(
            "insert into ledger.access_leaf (record_id, pair, actor, body)"
            " values (%s, 'KH-TH', 'TH', '{}')",
            (uuid7(),),
        )
        found = connection.execute("select max(seq), count(*) from ledger.access_leaf").fetchone()
    assert found is not None
    assert found[0] >= found[1]
