"""Policy acts put on record: each in the transaction that performs it.

Takes an owner's connection and an act upon a protocol version, appends its
record and its one leaf. An act that cannot be recorded is not performed: the
insert fails and takes the transaction with it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, LiteralString

import psycopg

from ledger.acts import Act, Actor, act_line, pair_of
from ledger.ids import uuid7

STEWARD = "AGREEMENT_STEWARD"
_RECORD: LiteralString = (
    "insert into ledger.access_record (id, at, kind, agency, country, roles, subject, outcome,"
    " protocols) values (%s, %s, 'POLICY', %s, %s, %s, %s, 'DISCLOSED', %s)"
)
_LEAF: LiteralString = (
    "insert into ledger.access_leaf (record_id, pair, at, actor, body) values (%s, %s, %s, %s, %s)"
)
_PARTIES: LiteralString = (
    "select array_agg(party) from registry.agreement_party where agreement_code = %s"
)
_COUNTRY: LiteralString = "select coalesce(country, '') from registry.agency where code = %s"


def record_policy_act(
    connection: psycopg.Connection[Any],
    *,
    agreement: str,
    version: int,
    content_hash: str,
    before: str,
    after: str,
    agency: str,
    person: str,
) -> str:
    """Append one act; gives the record's id."""
    parties = connection.execute(_PARTIES, (agreement,)).fetchone()
    country = connection.execute(_COUNTRY, (agency,)).fetchone()
    act = Act(
        id=uuid7(),
        kind="POLICY",
        at=now_of(connection),
        actor=Actor(agency, country[0] if country else "", (STEWARD,), person),
        subject=f"{agreement}@{version}",
        before=before,
        after=after,
        content_hash=content_hash,
        pair=pair_of(frozenset(parties[0] or () if parties else ())),
        protocols=(f"{agreement}@{version}",),
    )
    put_on_record(connection, act)
    return act.id


def put_on_record(connection: psycopg.Connection[Any], act: Act) -> None:
    """Append the record of a policy act and its one leaf."""
    actor = act.actor
    connection.execute(
        _RECORD,
        (
            act.id,
            act.at,
            actor.agency,
            actor.country,
            list(actor.roles),
            actor.subject,
            list(act.protocols),
        ),
    )
    connection.execute(
        _LEAF, (act.id, act.pair, act.at, actor.country or actor.agency, act_line(act).decode())
    )


def now_of(connection: psycopg.Connection[Any]) -> dt.datetime:
    """This instant by the database's clock."""
    row = connection.execute("select clock_timestamp()").fetchone()
    if row is None or not isinstance(row[0], dt.datetime):
        raise psycopg.DataError("the database has no clock")
    return row[0]
