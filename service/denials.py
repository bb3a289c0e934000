"""The deny list in the registry: entries added and taken back, each on record in the ledger.

Takes an owner's connection in a transaction of the caller's, appends a row and
the act's leaf beside it: an entry that cannot be recorded is not made. The leaf
names the entry by its id and the SHA-256 of its content, never the person whom
it denies: auditors of other countries read leaves too. Raises
`OperatorRefused` with one line that says what would be right, `DenialRefused` where
it is the entry that is wrong.

`in_force` is what a command needs that holds one token against the list;
`service.denialwatch` is what a process needs that serves.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, LiteralString

import orjson
import psycopg
from psycopg.rows import dict_row

from authz.claims import MAX_TEXT
from authz.denials import DenialList
from authz.issuers import MAX_LEEWAY, MAX_LIFETIME
from authz.wording import is_plain
from ledger.acts import Act, Actor, pair_of
from ledger.ids import uuid7
from schema.codes import RecordKind, Role
from schema.denials import DenialKind
from service.acts import now_of, put_on_record
from service.operators import Operator, OperatorRefused, country_of

LONGEST_TOKEN: Final = dt.timedelta(seconds=MAX_LIFETIME + 2 * MAX_LEEWAY)
"""No token that is out now is believed longer, whatever its issuer's settings: an entry that
names one need not stand for ever.
"""

IN_FORCE: LiteralString = (
    "select kind, issuer, value from policy.denial d where from_at <= clock_timestamp()"
    " and (until_at is null or until_at > clock_timestamp())"
    " and not exists (select from policy.denial_removal r where r.denial_id = d.id)"
)
_ADD: LiteralString = (
    "insert into policy.denial (id, kind, issuer, value, from_at, until_at, reason, agency_code,"
    " subject) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
_REMOVE: LiteralString = (
    "insert into policy.denial_removal (denial_id, reason, agency_code, subject)"
    " values (%s, %s, %s, %s)"
)
_ONE: LiteralString = (
    "select d.kind, r.denial_id is not null from policy.denial d"
    " left join policy.denial_removal r on r.denial_id = d.id where d.id = %s"
)
_ALL: LiteralString = (
    "select d.id::text, d.kind, d.issuer, d.value, d.from_at, d.until_at, d.reason,"
    " d.agency_code as agency, d.subject as by, d.at, r.at as removed_at,"
    " r.reason as removed_reason, r.agency_code as removed_agency, r.subject as removed_by,"
    " r.denial_id is null and coalesce(d.until_at > clock_timestamp(), true) as open"
    " from policy.denial d left join policy.denial_removal r on r.denial_id = d.id"
    " order by d.at, d.id"
)
_COUNTRIES: LiteralString = (
    "select array_agg(distinct country) from registry.agency"
    " where code = any (%s) and country is not null"
)


class DenialRefused(OperatorRefused):
    """Nothing was added or taken back. One line for the operator."""


@dataclass(frozen=True, slots=True)
class Denial:
    """What is to be denied. `from_at` None is now, `until_at` None for good, or for as long as a
    token can live; `reason` is for people and auditors.
    """

    kind: DenialKind
    issuer: str
    value: str
    reason: str
    from_at: dt.datetime | None = None
    until_at: dt.datetime | None = None


def add(
    connection: psycopg.Connection[Any],
    denial: Denial,
    operator: Operator,
    agencies: frozenset[str] = frozenset(),
) -> str:
    """Append an entry; its id. `agencies` are those the issuer speaks for: their countries'
    auditors read the act.
    """
    if not 0 < len(denial.value) <= MAX_TEXT or not is_plain(denial.value):
        raise DenialRefused(
            f"no token could name this {denial.kind}: its form is not one of theirs"
        )
    from_at = denial.from_at or now_of(connection)
    until_at = denial.until_at
    if until_at is None and denial.kind is DenialKind.TOKEN:
        until_at = from_at + LONGEST_TOKEN
    if until_at is not None and until_at <= max(from_at, now_of(connection)):
        raise DenialRefused("the entry would have ended before it began: give a later end")
    made = uuid7()
    content = {
        "from": _text(from_at),
        "id": made,
        "issuer": denial.issuer,
        "kind": denial.kind.value,
        "reason": denial.reason,
        "until": "" if until_at is None else _text(until_at),
        "value": denial.value,
    }
    country = country_of(connection, operator, denial.reason)
    connection.execute(
        _ADD,
        (
            made,
            denial.kind.value,
            denial.issuer,
            denial.value,
            from_at,
            until_at,
            denial.reason,
            operator.agency,
            operator.person,
        ),
    )
    after = f"DENIED {denial.kind.value}"
    pair = _pair(connection, agencies | {operator.agency})
    _record(connection, operator, country, made, ("", after), content, pair)
    return made


def remove(
    connection: psycopg.Connection[Any],
    denial_id: uuid.UUID,
    reason: str,
    operator: Operator,
    agencies: frozenset[str] = frozenset(),
) -> None:
    """Take an entry back by a row of its own."""
    country = country_of(connection, operator, reason)
    found = connection.execute(_ONE, (denial_id,)).fetchone()
    if found is None:
        raise DenialRefused("the deny list has no entry of this id: `saphan deny list` shows them")
    kind, removed = found
    if removed:
        raise DenialRefused("this entry was taken back already")
    connection.execute(_REMOVE, (denial_id, reason, operator.agency, operator.person))
    content = {"id": str(denial_id), "reason": reason}
    pair = _pair(connection, agencies | {operator.agency})
    before = f"DENIED {kind}"
    _record(connection, operator, country, str(denial_id), (before, "REMOVED"), content, pair)


def issuer_of(connection: psycopg.Connection[Any], denial_id: uuid.UUID) -> str | None:
    """The issuer of an entry, None where there is none such."""
    found = connection.execute(
        "select issuer from policy.denial where id = %s", (denial_id,)
    ).fetchone()
    return None if found is None else str(found[0])


def listed(connection: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    """Every entry, the oldest first; `open` says that it is in force or still to come."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_ALL).fetchall()


def in_force(connection: psycopg.Connection[Any]) -> DenialList:
    """The entries in force now; the service's role may read them too."""
    rows = connection.execute(IN_FORCE).fetchall()
    return DenialList(frozenset((DenialKind(kind), issuer, value) for kind, issuer, value in rows))


def _pair(connection: psycopg.Connection[Any], agencies: frozenset[str]) -> str:
    found = connection.execute(_COUNTRIES, (sorted(agencies),)).fetchone()
    return pair_of(frozenset(found[0] or () if found else ()))


def _record(
    connection: psycopg.Connection[Any],
    operator: Operator,
    country: str,
    subject: str,
    states: tuple[str, str],
    content: Mapping[str, str],
    pair: str,
) -> None:
    canonical = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    before, after = states
    put_on_record(
        connection,
        Act(
            id=uuid7(),
            kind=RecordKind.POLICY.value,
            at=now_of(connection),
            actor=Actor(operator.agency, country, (Role.OPERATOR.value,), operator.person),
            subject=subject,
            before=before,
            after=after,
            content_hash=hashlib.sha256(canonical).hexdigest(),
            pair=pair,
        ),
    )


def _text(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
