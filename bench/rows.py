"""Rows to measure on: set-based, deterministic, without history, for benchmarks alone.

Half of the people return to Cambodia and half to the Lao PDR; states run from
SCREENED to RETURN_PLANNED in turn; two of three agreed to tracing.
"""

from __future__ import annotations

from typing import Any, LiteralString

import psycopg

_FILL: tuple[LiteralString, ...] = (
    (
        "create temp table n on commit drop as select g, gen_random_uuid() as v,"
        " gen_random_uuid() as c,"
        " case when g %% 2 = 0 then 'KH' else 'LA' end as origin, g %% 7 + 1 as rank"
        " from generate_series(1, %(n)s) g"
    ),
    (
        "insert into registry.victim (id, given_name, family_name, birth_date, birth_precision,"
        " age_disputed, gender, nationalities, stateless, entered_by) select v, 'Given' || g,"
        " 'Family' || g, date '1960-01-01' + g %% 17000, 'DAY', false, 'Feminine',"
        " array[origin], false,"
        " 'TH-DATIP' from n"
    ),
    (
        "insert into registry.return_case (id, victim_id, agreement_code, host, origin,"
        " state, main_rank,"
        " state_since, holder, opened_on) select c, v, case origin when 'KH' then 'TH-KH-2014'"
        " else 'TH-LA-2017' end, 'TH', origin, (array['SCREENED', 'IDENTIFIED', 'NOTIFIED',"
        " 'TRACING_REQUESTED', 'TRACING', 'ASSESSED', 'RETURN_PLANNED'])[rank], rank,"
        " now() - g * interval '1 second', 'TH-DATIP', current_date from n"
    ),
    (
        "insert into registry.consent (id, case_id, purpose, state, recipients,"
        " stated_at, given_by)"
        " select gen_random_uuid(), c, 'TRACING', 'GIVEN', array[origin], now(), 'SELF' from n"
        " where g %% 3 > 0"
    ),
)


def fill(connection: psycopg.Connection[Any], people: int) -> str:
    """Make `people` rows; the id of one person whose name a Cambodian desk may see."""
    with connection.transaction():
        for statement in _FILL:
            connection.execute(statement, {"n": people})
    connection.autocommit = True
    connection.execute("vacuum analyze")
    row = connection.execute(
        "select c.victim_id from registry.return_case c join registry.victim v"
        " on v.id = c.victim_id join registry.consent s on s.case_id = c.id where c.origin = 'KH'"
        " and c.state = 'TRACING' and v.birth_date < '1990-01-01' limit 1"
    ).fetchone()
    if row is None:
        raise RuntimeError("too few people to measure on")
    return str(row[0])
