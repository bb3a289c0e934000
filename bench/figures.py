"""Ten years of released figures, and the question about them.

Takes a connection as superuser to a registry without editions, gives the
question. The seeded cases are all of today: their month is not over.
"""

from __future__ import annotations

from typing import Any, LiteralString

import psycopg

from bench.questions import Question

TABLE = """query { statistics(table: AGE_BAND) {
  corridor period through key count total suppressed } }"""
_EDITIONS: LiteralString = (
    "insert into registry.statistics_edition (month) select (date_trunc('month', now()) -"
    " make_interval(months => n))::date from generate_series(1, 120) n"
)
_RELEASES: LiteralString = (
    "insert into registry.statistics_release (series, host, origin, key, month, total)"
    " select s.series, 'TH', o.origin, s.series || k.k, e.month, 11 * (k.k + e.n)"
    " from (values ('GENDER', 6), ('AGE_BAND', 10), ('EXPLOITATION', 13), ('STAGE', 10))"
    " s(series, keys) cross join lateral generate_series(1, s.keys) k(k)"
    " cross join unnest(array['KH', 'LA', 'MM', 'VN', 'CN']) o(origin) cross join lateral"
    " (select month, row_number() over (order by month) as n from registry.statistics_edition) e"
)
_BANDS: LiteralString = (
    "insert into registry.statistics_release (series, host, origin, key, month, total)"
    " select series, host, origin, b.band, month, total from registry.statistics_release"
    " join unnest(array['0-8', '9-17', '18-20', '21-23', '24-26', '27-29', '30-38', '39-47',"
    " '48+', 'NOT_STATED']) with ordinality b(band, n) on key = 'AGE_BAND' || b.n"
    " where series = 'AGE_BAND'"
)


def figures(connection: psycopg.Connection[Any]) -> Question:
    """Write the releases; the question about the ages of all corridors."""
    for text in (_EDITIONS, _RELEASES, _BANDS, "analyze registry.statistics_release"):
        connection.execute(text)
    connection.commit()
    return Question("figures", "KH-NCCT", TABLE, {}, "COORDINATOR", "STATISTICS")
