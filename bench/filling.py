"""A ledger filled with invented accesses, by the database itself: so many, over the months that were.

Takes an owner's connection, gives leaves whose bodies are lines as the registry writes them, about the
ids of an invented pool of records. Nobody is behind any id.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, LiteralString

import psycopg

POOL: Final = 2_000_000
"""Records that were shown; each of them in several accesses."""
CHUNK: Final = 50_000
_MONTHS: LiteralString = "select ledger.add_months(clock_timestamp() - interval '36 months', 36)"
_QUIET: LiteralString = "set session_replication_role = replica"
_FAST: LiteralString = "set synchronous_commit = off"
_BARE: LiteralString = "drop index ledger.access_leaf_records_idx"
_INDEXED: LiteralString = (
    "create index access_leaf_records_idx on ledger.access_leaf using gin (records)"
    " with (fastupdate = on)"
)
# One leaf in fifty is that of a page with a hundred records, the others show one to six.
_LEAVES: LiteralString = """
with drawn as materialized (
    select n, clock_timestamp() - make_interval(secs => ((%(of)s - n)::float8 / %(of)s) * 36 * 30 * 86400) as at,
        md5('access' || n) as h, case when n %% 50 = 0 then 100 else 1 + n %% 6 end as many
    from generate_series(%(first)s::bigint, %(last)s::bigint) n
), named as materialized (
    select n, at, (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(h, 1, 3)
        || '8' || substr(h, 4, 15))::uuid as id, (array['KH-TH', 'LA-TH', 'MM-TH', 'KH-VN'])[1 + n %% 4] as pair,
        (array['TH', 'KH', 'TH', 'LA'])[1 + n %% 4] as country, h,
        array(select md5('record' || (hashint8(n * 131 + k)::bigint & 2147483647) %% %(pool)s)::uuid
            from generate_series(1, many) k) as records
    from drawn
), recorded as (
    insert into ledger.access_record (id, at, kind, agency, country, roles, subject, client, issuer, token_hash,
        purpose, operation_name, document_hash, trace_id, outcome, protocols)
    select id, at, 'ACCESS', country || '-DATIP', country, '{FOCAL_POINT}', 'u-' || n %% 997, 'desk',
        'https://id.example/' || lower(country), h || h, 'TRACING', 'Desk', h || h, h, 'DISCLOSED', '{TH-KH-2014@3}'
    from named
)
insert into ledger.access_leaf (record_id, pair, at, actor, records, body)
select id, pair, at, country, records,
    '{"at":"' || to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","caller":{"agency":"'
    || country || '-DATIP","cases":null,"client":"desk","country":"' || country || '","issuer":"https://id.example/'
    || lower(country) || '","roles":["FOCAL_POINT"],"subject":"u-' || n %% 997 || '","token":"' || h || h
    || '","unit":""},"disclosures":[{"clause":"TH-KH-2014@3#art. 5(1)","fields":["Victim.ageBand","Victim.gender"],'
    || '"records":' || to_json(records)::text || '},{"clause":"TH-KH-2014@3#art. 9(2)","fields":["Victim.familyName"],'
    || '"records":["' || records[1] || '"]}],"id":"' || id || '","kind":"ACCESS","operation":{"hash":"' || h || h
    || '","name":"Desk"},"outcome":"DISCLOSED","pair":"' || pair || '","protocols":["TH-KH-2014@3"],"purpose":"TRACING",'
    || '"refusals":[],"salt":"' || encode(decode(h, 'hex'), 'base64') || '","searched":[],"trace":"' || h
    || '","v":1,"withheld":[{"count":1,"field":"Victim.familyName","reason":"STAGE"}]}'
from named
"""


def fill(connection: psycopg.Connection[Any], records: int, said: Callable[[int], None]) -> None:
    """Add so many access records of one leaf each; `said` hears how many there are. The connection is a
    superuser's, in autocommit.
    """
    for statement in (_MONTHS, _QUIET, _FAST, _BARE):
        connection.execute(statement)
    for first in range(1, records + 1, CHUNK):
        last = min(first + CHUNK - 1, records)
        connection.execute(
            _LEAVES, {"first": first, "last": last, "of": records, "pool": min(POOL, max(records // 5, 1))}
        )
        said(last)
    connection.execute(_INDEXED)
    connection.execute("reset session_replication_role")
    connection.execute("reset synchronous_commit")
    connection.execute("vacuum analyze ledger.access_leaf, ledger.access_record")


def a_record(connection: psycopg.Connection[Any], records: int) -> str:
    """The id of a record that was shown about as often as any."""
    pool = min(POOL, max(records // 5, 1))
    row = connection.execute("select md5('record' || %s)::uuid::text", (pool // 3,)).fetchone()
    if row is None:
        raise RuntimeError("the database made no id")
    return str(row[0])
