"""Loads the reference data: what is missing is added, what is there is left as it is.

Takes a connection of the owner in a transaction of the caller's. Promises that
a second run changes nothing, and that a registry's own corrections (a seat
given to Viet Nam, an agreement ended, a party that left) are never undone: a
correction of rows already loaded is a migration's work.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, LiteralString

import psycopg

from schema import reference

_COUNTRY: LiteralString = (
    "insert into registry.country (code, name, has_seat) values (%s, %s, %s) on conflict do nothing"
)
_AGENCY: LiteralString = (
    "insert into registry.agency (id, code, name, name_native, country, organisation_type)"
    " values (%s, %s, %s, %s, %s, %s) on conflict do nothing"
)
_UNIT: LiteralString = (
    "insert into registry.agency_unit (agency_code, code, name, kind) values (%s, %s, %s, %s)"
    " on conflict do nothing"
)
_AGREEMENT: LiteralString = (
    "insert into registry.agreement (id, code, title, kind, state, signed_on, in_force_from,"
    " until_on, supersedes_code, source, verified, published, areas)"
    " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
_WITHOUT_AREAS: LiteralString = (
    "insert into registry.agreement (id, code, title, kind, state, signed_on, in_force_from,"
    " until_on, supersedes_code, source, verified, published)"
    " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
_HAS_AREAS: LiteralString = (
    "select from pg_attribute where attrelid = 'registry.agreement'::regclass and attname = 'areas'"
)
_PARTY: LiteralString = (
    "insert into registry.agreement_party (agreement_code, party) values (%s, %s)"
)
_CLAUSE: LiteralString = (
    "insert into registry.clause (id, agreement_code, article, subject, purposes, verified)"
    " values (%s, %s, %s, %s, %s, %s)"
)


def _add(
    cursor: psycopg.Cursor[Any], statement: LiteralString, rows: Iterable[Sequence[object]]
) -> int:
    """Run `statement` for every row; the number of rows that were new."""
    cursor.executemany(statement, rows)
    return max(cursor.rowcount, 0)


def load(connection: psycopg.Connection[Any]) -> int:
    """Add what is missing of countries, agencies, units, agreements and clauses.

    The number of rows added, 0 on a second run. Parties and clauses come with
    their agreement and only then. The caller commits.
    """
    with connection.cursor() as cursor:
        cursor.execute("select code from registry.agreement")
        known = {code for (code,) in cursor.fetchall()}
        new = [each for each in reference.agreements() if each.code not in known]
        # a registry may be brought to an older revision, which has no areas of cooperation
        areas = cursor.execute(_HAS_AREAS).fetchone() is not None
        codes = {each.code for each in new}
        return sum(
            (
                _add(
                    cursor, _COUNTRY, [(c.code, c.name, c.has_seat) for c in reference.countries()]
                ),
                _add(
                    cursor,
                    _AGENCY,
                    [
                        (a.id, a.code, a.name, a.name_native, a.country, a.organisation_type)
                        for a in reference.agencies()
                    ],
                ),
                _add(
                    cursor,
                    _UNIT,
                    [(u.agency_code, u.code, u.name, u.kind) for u in reference.units()],
                ),
                _add(
                    cursor,
                    _AGREEMENT if areas else _WITHOUT_AREAS,
                    [
                        (
                            a.id,
                            a.code,
                            a.title,
                            a.kind,
                            a.state,
                            a.signed_on,
                            a.in_force_from,
                            a.until_on,
                            a.supersedes,
                            a.source,
                            a.verified,
                            a.published,
                            *([list(a.areas)] if areas else []),
                        )
                        for a in new
                    ],
                ),
                _add(cursor, _PARTY, [(a.code, party) for a in new for party in a.parties]),
                _add(
                    cursor,
                    _CLAUSE,
                    [
                        (c.id, c.agreement_code, c.article, c.subject, list(c.purposes), c.verified)
                        for c in reference.clauses()
                        if c.agreement_code in codes
                    ],
                ),
            )
        )
