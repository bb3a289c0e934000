"""A page of the feed as part of the one statement: elements, their records, and the places.

Takes a `ChangesRoot`, gives SQL. An entry is judged anew when it is answered:
of a record that may not be seen now there is none, and its fields are those
that are open now. Nothing of the row that only tells of a next page is read.
"""

from __future__ import annotations

from collections.abc import Callable

from resolvers.feeding.legend import KINDS, OVER, TYPES, WHOLE, links, protected
from resolvers.feeding.streams import NIL
from resolvers.outputs import Outputs
from resolvers.plan import (
    ChangeEdgesOut,
    ChangeOut,
    ChangesRoot,
    CursorOut,
    PageInfoOut,
    RowNode,
    TypenameOut,
)
from resolvers.rows import Build, found, single
from schema.classes import DataClass

ELEMENTS = "changes"
END = "feed_end"


def changes_sql(build: Build, outputs: Outputs, root: ChangesRoot) -> str:
    """JSON of the connection."""
    build.add(ELEMENTS, _elements(build, root))
    for number, (_, branches) in enumerate(root.records):
        build.add(f"feed{number}", _branches(build, outputs, root, branches, number))
    build.add(END, _end(build, root))
    if root.records:
        build.ctes.append(("feed_told", _told(build, root)))
    members = []
    for part in root.parts:
        match part:
            case TypenameOut(type_name=type_name):
                members.append((part.key, f"'{type_name}'::text"))
            case PageInfoOut(items=items):
                members.append((part.key, _page_info(build, outputs, root, items)))
            case ChangeEdgesOut():
                members.append((part.key, _edges(build, outputs, root, part)))
    return outputs.record(members)


def _elements(build: Build, root: ChangesRoot) -> str:
    """Repeated withdrawals, then the listing, then entries; one more than asked."""
    ctx, first = build.params.ctx, build.params.of(root.first)
    stream, entry = ctx("feed_stream", "integer"), ctx("feed_entry", "bigint")
    repeat, upto = ctx("feed_repeat", "bigint"), ctx("feed_upto", "bigint")
    kind, record = ctx("feed_kind", "smallint"), ctx("feed_record", "uuid")
    end_kind, end = ctx("feed_reached_kind", "smallint"), ctx("feed_reached_record", "uuid")
    names = " ".join(f"when {number} then '{name}'" for number, name in TYPES.items())
    places = {
        1: f"array[q.s::text, {upto}::text, {kind}::text, {record}::text, {entry}::text]",
        2: f"array[{upto}::text, {upto}::text, q.kind::text, q.id::text, {entry}::text]",
        3: f"array[{upto}::text, {upto}::text, '{OVER}', '{NIL}', q.s::text]",
    }
    chosen = " ".join(f"when {phase} then {place}" for phase, place in places.items())
    return (
        "select row_number() over (order by q.ph, q.s, q.kind, q.id) as rn, q.ph, q.s, q.id, q.ty,"
        f" q.fields, q.w, case q.ph {chosen} end as place from ("
        "(select 1 as ph, w.seq as s, 0::smallint as kind, w.record_id as id, w.record_type as ty,"
        f" w.fields, true as w from feed.withdrawal w where w.stream = {stream}"
        f" and w.seq > {repeat} and w.seq <= {upto} order by w.seq limit {first} + 1)"
        f" union all (select 2, 0, v.kind, v.record_id, case v.kind {names} end, null, false"
        f" from feed.view v where v.stream = {stream}"
        f" and (v.kind, v.record_id) > ({kind}, {record})"
        f" and (v.kind, v.record_id) <= ({end_kind}, {end})"
        f" order by v.kind, v.record_id limit {first} + 1)"
        " union all (select 3, e.seq, 0, e.record_id, e.record_type, e.fields, e.withdrawn"
        f" from feed.entry e where e.stream = {stream} and e.seq > {entry}"
        f" and {ctx('feed_complete', 'boolean')} order by e.seq limit {first} + 1)"
        f") q order by 1 limit {first} + 1"
    )


def _branches(
    build: Build, outputs: Outputs, root: ChangesRoot, branches: tuple[RowNode, ...], number: int
) -> str:
    """The records of the page: `rn`, the fields to look at, and the JSON that was asked for. The
    first ones decide which entries there are.
    """
    parts = []
    first = build.params.of(root.first)
    for branch in branches:
        name = f"s{number}_{KINDS[branch.entity.name]}"
        condition = (
            f"{{t}}.id = x.id and x.ty = '{branch.entity.name}' and not x.w and x.rn <= {first}"
        )
        if number > 0:
            condition += " and exists (select from feed0 d where d.rn = x.rn)"
        extra = ", x.rn as rn, x.fields as fs"
        source, fields = f"{ELEMENTS} x cross join ", "null::text[]"
        if number > 0:
            single(build, name, branch, source, condition, extra)
        else:
            text = found(build, name, branch, source, condition, extra)
            there = f"p.i{build.instance(branch).number} is not null"
            everything = _open_fields(build, branch)
            build.add(
                name,
                f"select * from ({text}) p where {there}"
                f" and (p.fs is null or p.fs && ({everything}))",
            )
            fields = (
                f"case when p.fs is null then {everything} else (select array_agg(f.f order by f.n)"
                f" from unnest(p.fs) with ordinality f(f, n) where f.f = any({everything})) end"
            )
        below = outputs.below(branch, name, "p")
        parts.append(
            f"select p.rn, {fields} as fs, {outputs.node(branch, 'p')} as j from {name} p{below}"
        )
    return " union all ".join(parts)


def _open_fields(build: Build, branch: RowNode) -> str:
    """What is open now of a record, in the order of the schema; the record itself and its links
    are.
    """
    instance = build.instance(branch)
    open_now: dict[DataClass, str] = {
        each: f"p.k{instance.number}[{instance.position(each)}] >= 0" for each in instance.classes
    }
    by_class: dict[DataClass, list[str]] = {}
    for data_class, source in protected(branch.entity):
        if data_class in open_now:
            by_class.setdefault(data_class, []).append(source.name)
    parts = [_quoted([WHOLE, *(source.name for source in links(branch.entity))])]
    parts += [
        f"case when {open_now[each]} then {_quoted(names)} else '{{}}' end"
        for each, names in by_class.items()
    ]
    return " || ".join(parts)


def _quoted(names: list[str]) -> str:
    return f"'{{{','.join(names)}}}'::text[]"


_SHOWN = "(x.w or f0.rn is not null)"
"""An element that makes an edge: to erase, or of a record that may be seen now."""


def _end(build: Build, root: ChangesRoot) -> str:
    """One row: whether a page follows, and the place at the end of this one."""
    ctx, first = build.params.ctx, build.params.of(root.first)
    upto, entry = ctx("feed_upto", "bigint"), ctx("feed_entry", "bigint")
    kind, record = ctx("feed_kind", "smallint"), ctx("feed_record", "uuid")
    end_kind, end = ctx("feed_reached_kind", "smallint"), ctx("feed_reached_record", "uuid")
    start = (
        f"array[{ctx('feed_repeat', 'bigint')}::text, {upto}::text, {kind}::text, {record}::text,"
        f" {entry}::text]"
    )
    far = f"({kind}, {record}) > ({end_kind}, {end})"
    everything = (
        f"array[{upto}::text, {upto}::text,"
        f" (case when {far} then {kind} else {end_kind} end)::text,"
        f" (case when {far} then {record} else {end} end)::text,"
        f" coalesce((select max(x.s) from {ELEMENTS} x where x.ph = 3), {entry})::text]"
    )
    last = f"(select x.place from {ELEMENTS} x where x.rn = {first})"
    return (
        f"select c.n > {first} or {ctx('feed_more', 'boolean')} as more,"
        f" case when c.n <= {first} then {everything} else coalesce({last}, {start}) end as place"
        f" from (select count(*) as n from {ELEMENTS}) c"
    )


def _told(build: Build, root: ChangesRoot) -> str:
    """Up to which withdrawal the puller was told."""
    stream, first = build.params.ctx("feed_stream", "integer"), build.params.of(root.first)
    return (
        f"insert into feed.told as t (stream, seq) select {stream}, max(x.s) from {ELEMENTS} x"
        f" where x.w and x.rn <= {first} having count(*) > 0"
        " on conflict (stream) do update set seq = greatest(t.seq, excluded.seq) returning true"
    )


def _page_info(
    build: Build, outputs: Outputs, root: ChangesRoot, items: tuple[tuple[str, str], ...]
) -> str:
    fields: dict[str, Callable[[], str]] = {
        "hasNextPage": lambda: f"(select n.more from {END} n)",
        "hasPreviousPage": lambda: "true" if root.after is not None else "false",
        "startCursor": lambda: _start_cursor(build, root),
        "endCursor": lambda: _cursor(build, root, "0"),
        "__typename": lambda: "'PageInfo'::text",
    }
    return outputs.record([(key, fields[name]()) for key, name in items])


def _start_cursor(build: Build, root: ChangesRoot) -> str:
    if not root.records:
        return "null::text"
    first = build.params.of(root.first)
    return (
        f"(select {_cursor(build, root, 'min(x.rn)')} from {ELEMENTS} x{_joined(root)}"
        f" where x.rn <= {first} and {_SHOWN} having count(*) > 0)"
    )


def _cursor(build: Build, root: ChangesRoot, row: str) -> str:
    """The place of a cursor, to be sealed between fetch and commit."""
    return f"({build.params.ctx('nonce')} || ':{root.number}:' || {row})"


def _joined(root: ChangesRoot) -> str:
    return "".join(
        f" left join feed{number} f{number} on f{number}.rn = x.rn"
        for number in range(len(root.records))
    )


def _edges(build: Build, outputs: Outputs, root: ChangesRoot, part: ChangeEdgesOut) -> str:
    first = build.params.of(root.first)
    numbers = {key: number for number, (key, _) in enumerate(root.records)}
    members = []
    for item in part.items:
        match item:
            case CursorOut():
                members.append((item.key, _cursor(build, root, "x.rn")))
            case ChangeOut(members=asked):
                values = {
                    "recordId": "x.id",
                    "recordType": "x.ty",
                    "fields": "array_to_json(case when x.w then x.fields else f0.fs end)",
                    "action": "case when x.w then 'WITHDRAWN' else 'LOOK_AGAIN' end",
                    "__typename": "'Change'::text",
                }
                value = outputs.record(
                    [
                        (key, f"f{numbers[branch]}.j" if name == "record" else values[name])
                        for key, name, branch in asked
                    ]
                )
                members.append((item.key, value))
            case TypenameOut(type_name=type_name):
                members.append((item.key, f"'{type_name}'::text"))
    edge = outputs.record(members)
    return (
        f"coalesce((select json_agg({edge} order by x.rn) from {ELEMENTS} x{_joined(root)}"
        f" where x.rn <= {first} and {_SHOWN}), '[]')"
    )


def places_sql(build: Build, root: ChangesRoot) -> str:
    """SELECTs of the cursors: number, row (0: the end), no parent, and the keys."""
    stream = build.params.ctx("feed_stream", "integer")
    over = f"(select case when n.more then '0' else '1' end from {END} n)"
    keys = f"array[{stream}::text] || {{place}} || array[{over}]"
    end = (
        f"select json_build_array({root.number}, 0, '', {keys.format(place='n.place')}) as k"
        f" from {END} n"
    )
    if not _asks_for_places(root):
        return end
    first = build.params.of(root.first)
    return (
        f"{end} union all select json_build_array({root.number}, x.rn, '',"
        f" {keys.format(place='x.place')}) from {ELEMENTS} x where x.rn <= {first}"
    )


def _asks_for_places(root: ChangesRoot) -> bool:
    """Whether the answer has another cursor than that of its end."""
    for part in root.parts:
        if isinstance(part, ChangeEdgesOut) and any(isinstance(i, CursorOut) for i in part.items):
            return True
        if isinstance(part, PageInfoOut) and any(name == "startCursor" for _, name in part.items):
            return True
    return False
