"""`statistics`: the cells of one table, from what was released, in the operation's one statement.

Takes the root field, gives its place in the plan and its SQL. Nothing of a case
is read here: releases were made when their months were closed (`closing`), the
same for every caller; a clause says of which corridors they are shown. Of what
was not released a cell says the same, whatever there is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from resolvers.outputs import Outputs
from resolvers.plan import Bind, ObjectOut, StatisticsRoot
from resolvers.selection import FieldNodes
from resolvers.statistics_scope import opened_sql
from schema.types.statistics import TABLES, StatisticsTable, TableSource

if TYPE_CHECKING:
    from resolvers.planning import Planner

CHARGED = 100
"""Cells for which each selected field is charged: how many there are is known afterwards."""
_TYPE = "StatisticsCell"
_RELEASE = "registry.statistics_release"
_MONTHS, _YEARS = 120, 100
"""Periods before the newest, at most."""
_COLUMNS = {
    "table": "x.named",
    "corridor": "x.corridor",
    "period": "x.period",
    "through": "x.through",
    "key": "x.key",
    "count": "nullif(x.cases, 0)",
    "total": "nullif(x.total, 0)",
    "weeks": "x.weeks",
    "suppressed": "coalesce(x.cases, 0) = 0",
}


def plan_statistics(planner: Planner, key: str, nodes: FieldNodes) -> StatisticsRoot:
    """The root's place in the plan."""
    table = planner.argument(nodes[0], "Query", "table").constant()
    outer = planner.firsts
    planner.firsts = (*outer, Bind("const", value=CHARGED, cast="integer"))
    selection = []
    for name, merged in planner.collector.below(nodes, _TYPE).items():
        planner.count(1)
        field = merged[0].name.value
        if field == "__typename":
            selection.append(ObjectOut(name, None, type_name=_TYPE))
        else:
            selection.append(ObjectOut(name, field))
    planner.firsts = outer
    planner.read(1)

    def given(name: str, cast: str) -> Bind | None:
        argument = planner.argument(nodes[0], "Query", name)
        return argument.bind(cast) if argument.is_given else None

    return StatisticsRoot(
        key,
        StatisticsTable(str(getattr(table, "value", table))),
        given("corridor", "text"),
        given("from", "date"),
        given("to", "date"),
        tuple(selection),
    )


def statistics_sql(outputs: Outputs, root: StatisticsRoot) -> str:
    """JSON of the root: a list of cells, by corridor, period and key."""
    build = outputs.build
    source = TABLES[root.table]
    corridor = build.params.of(root.corridor) if root.corridor else None
    since = f"coalesce({build.params.of(root.since)}, w.since)" if root.since else "w.since"
    until = f"least({build.params.of(root.until)}, e.last)" if root.until else "e.last"
    wanted = [opened_sql(build, root.table, "w")]
    if corridor:
        wanted.append(f"w.host || '-' || w.origin = {corridor}")
    members = [
        (item.key, _COLUMNS[item.json_key] if item.json_key else f"'{item.type_name}'::text")
        for item in root.selection
    ]
    return (
        f"(select coalesce(json_agg({outputs.record(members)}"
        f" order by x.corridor collate \"C\", x.starts, x.place), '[]') from (select"
        f" '{root.table}'::text as named, w.host || '-' || w.origin as corridor, q.starts,"
        f" q.period, (q.ends + interval '1 month' - interval '1 day')::date as through, k.place,"
        f" k.key, {_measured(source)} from (select max(month) as last from"
        f" registry.statistics_edition) e cross join lateral ({_corridors(corridor)}) w"
        f" cross join lateral ({_periods(source, since, until)}) q"
        f" cross join (values {_keys(source)}) k(place, key, stored, later){_numbers(source)}"
        f" where e.last is not null and {' and '.join(wanted)}) x)"
    )


def _corridors(asked: str | None) -> str:
    """Those of which anything was released, since when; and the one asked for, from the newest
    month on, as if it were one of them.
    """
    found = (
        f"select r.host, r.origin, min(r.month) as since from {_RELEASE} r"
        " where r.series = 'GENDER' group by 1, 2"
    )
    if asked is None:
        return found
    return (
        f"select z.host, z.origin, coalesce(min(z.since), e.last) as since from ({found}"
        " union all select h.code, o.code, null from registry.country h"
        f" cross join registry.country o where h.code || '-' || o.code = {asked}"
        " and h.code <> o.code) z group by 1, 2"
    )


def _periods(source: TableSource, since: str, until: str) -> str:
    """Their first day, the first day of their last closed month, the month before, their name."""
    if source.period == "month":
        return (
            "select d::date as starts, d::date as ends, (d - interval '1 month')::date as before,"
            " to_char(d, 'YYYY-MM') as period from generate_series(greatest(date_trunc('month',"
            f" {since}::timestamp), e.last - interval '{_MONTHS - 1} months'),"
            f" {until}::timestamp, interval '1 month') d"
        )
    ended = " where (d + interval '11 months')::date <= e.last" if _is_weeks(source) else ""
    return (
        "select d::date as starts, least((d + interval '11 months')::date, e.last) as ends,"
        " (d - interval '1 month')::date as before, to_char(d, 'YYYY') as period"
        f" from generate_series(greatest(date_trunc('year', {since}::timestamp),"
        f" date_trunc('year', e.last::timestamp) - interval '{_YEARS - 1} years'),"
        f" {until}::timestamp, interval '1 year') d{ended}"
    )


def _is_weeks(source: TableSource) -> bool:
    return source.measure == "weeks"


def _keys(source: TableSource) -> str:
    """Rows of place, key as answered, key as stored, and the stored key of the row after it."""
    if not source.keys:
        return "(0, null::text, ''::text, ''::text)"
    stored = [stored for _, stored in source.keys]
    following = [*stored[1:], ""]
    return ", ".join(
        f"({place}, '{shown}'::text, '{key}'::text, '{later}'::text)"
        for place, ((shown, key), later) in enumerate(zip(source.keys, following, strict=True))
    )


def _measured(source: TableSource) -> str:
    """Columns cases, total and weeks, of `n`."""
    if _is_weeks(source):
        return "n.cases, null::int as total, n.weeks"
    return (
        "coalesce(n.total, 0) - coalesce(n.other, 0) as cases, n.total as total, null::int as weeks"
    )


def _numbers(source: TableSource) -> str:
    """`n`: what was released up to the period's end, and what is taken off it. Looked up cell by
    cell: the planner would read all there is, not knowing how few cells are asked.
    """
    if _is_weeks(source):
        return (
            " left join registry.statistics_median n on n.host = w.host and n.origin = w.origin"
            " and n.key = k.stored and n.year = extract(year from q.starts)"
        )
    other = _total(source, "k.stored", "q.before")
    if source.measure == "standing":
        other = _total(source, "k.later", "q.ends")
    own = _total(source, "k.stored", "q.ends")
    return f" cross join lateral (select {own} as total, {other} as other offset 0) n"


def _total(source: TableSource, key: str, month: str) -> str:
    """What was released of a row up to the end of a month, null where nothing was."""
    people = _sum("r.series = 'GENDER'", month)
    if not source.keys:
        only = source.only
        return _sum(f"r.series = '{source.series}' and r.key = '{only}'", month) if only else people
    found = _sum(f"r.series = '{source.series}' and r.key = {key}", month)
    if source.measure == "standing":
        # the first state is not counted by itself
        return f"case when {key} = '{source.keys[0][1]}' then {people} else {found} end"
    return found


def _sum(which: str, month: str) -> str:
    return (
        f"(select sum(r.total)::int from {_RELEASE} r where {which}"
        f" and r.host = w.host and r.origin = w.origin and r.month = {month})"
    )
