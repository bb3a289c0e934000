"""The access record as part of the statement: exactly what was shown, one leaf for each pair of
countries.

Takes the instances of a statement, gives the CTEs that group what they show
and append the record. A leaf's body is the line of the export, canonical JSON
(RFC 8785): keys in code-point order, no blanks, and texts escaped by
PostgreSQL's own `to_json`, which escapes as RFC 8785 does.
"""

from __future__ import annotations

from resolvers.outputs import clause_sql, reason_sql
from resolvers.parameters import Parameters
from resolvers.plan import Bind
from resolvers.restriction import class_of, selected
from resolvers.rows import Build, Instance
from schema.classes import DataClass

_AT = 'to_char(k.at, \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\')'
_SALT = (
    "encode(substring(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))"
    " from 1 for 16), 'base64')"
)
_PROTOCOL = "split_part(e.clause, '#', 1)"


def _each(text: str) -> str:
    """Every text once, by code point, whatever collation the database has."""
    return f'array_agg(distinct {text} collate "C" order by {text} collate "C")'


# What the leaf of each pair says of it, as canonical JSON.
_LINES = (
    "select e.pair, string_agg('{\"clause\":' || to_json(e.clause)::text || ',\"fields\":'"
    " || array_to_json(e.fields)::text || ',\"records\":' || array_to_json(e.records)::text || '}',"
    ' \',\' order by e.clause collate "C", e.fields collate "C") as disclosures,'
    f" {_each(_PROTOCOL)} as protocols from entries e group by e.pair"
)
_PAIRS = (
    "unnest(case when c.pairs = '' then array[''] else string_to_array(c.pairs, ',') end) t(pair)"
)
# A record of which nothing else was shown stands with its id. Seen on several paths, it is visible
# under the same clause on each: the first says which.
_SEEN_UNDER = "split_part(split_part(g.parts, ';', 1), ',', 2)::int"
_SHOWN = (
    "select pairs, ids, st, fields from cells where st > 0 union all select g.pairs, g.ids,"
    f" {_SEEN_UNDER}, array[g.ty || '.id'] from g"
    " where not exists (select from cells where cells.g = g.g and cells.st > 0)"
)
# A published record stands only with what is not public of it.
_NOT_PUBLIC = f" and {_SEEN_UNDER} <> 0"
_STANDS = (
    " and (exists (select from cells d where d.g = c.g and d.st > 0)"
    f" or exists (select from g where g.g = c.g{_NOT_PUBLIC}))"
)
EMPTY = (
    "select null::text as ty, null::uuid as rid, null::text as pairs, null::int[] as key"
    " where false"
)


def record(build: Build) -> None:
    """Append the CTEs that write the access record; `k` has the id and moment of one that is."""
    recorded = [i for i in build.instances if i.row.entity.binding != "INHERITED"]
    build.add("u", " union all ".join(seen(i) for i in recorded) or EMPTY)
    build.add("g", _grouped(recorded))
    build.add("cells", _cells(_legend(recorded)))
    clause = clause_of(build, "c.st")
    half_public = any(i.row.entity.public_where and _guarded(i) for i in recorded)
    shown = _SHOWN + (_NOT_PUBLIC if half_public else "")
    build.add(
        "entries",
        f"select t.pair, {clause} as clause, c.fields, array_agg(i.id order by i.id) as records"
        f" from ({shown}) c cross join lateral {_PAIRS} cross join lateral unnest(c.ids) i(id)"
        " group by 1, 2, 3",
    )
    build.add(
        "held",
        f"select t.pair, n.field, {reason_sql('c.st')} as reason, sum(cardinality(c.ids)) as count"
        f" from cells c cross join lateral unnest(c.fields) n(field) cross join lateral {_PAIRS}"
        f" where c.st < 0{_STANDS if half_public else ''} group by 1, 2, 3",
    )
    acting = build.narrowed.plan.acting
    protected = build.narrowed.protected or acting
    always = "true" if protected else "exists (select from entries)"
    build.ctes.append(("k", f"select {moment_sql(build.params)} where {always}"))
    build.add("rec", header_sql(build.params, "DISCLOSED", acting=acting))
    build.add("leaf", leaf_sql(build.params, "DISCLOSED", acting=acting))


def clause_of(build: Build, number: str) -> str:
    """The text of a clause by its number."""
    clauses = build.params.of(Bind("const", value=list(build.narrowed.clauses), cast="text[]"))
    return f"({clauses})[{number}]"


def seen(instance: Instance) -> str:
    """SELECT of the records of one instance that were shown: type, id, pairs, states."""
    n = instance.number
    shown = "" if instance.shown == "true" else f" and p.{instance.shown}"
    alone = instance.row.entity.public_where and not _guarded(instance)
    public = f" and p.v{n} <> 0" if alone else ""
    return (
        f"select '{instance.row.entity.name}'::text as ty, p.i{n} as rid, p.p{n} as pairs,"
        f" p.k{n} as key from {instance.page} p where p.i{n} is not null{shown}{public}"
    )


def _grouped(instances: list[Instance]) -> str:
    """Records grouped by what was shown of them; a type on several paths is merged record by
    record first.
    """
    names = [i.row.entity.name for i in instances]
    several = sorted({name for name in names if names.count(name) > 1})
    alone = sorted({name for name in names if names.count(name) == 1})
    parts = []
    if alone:
        types = ", ".join(f"'{name}'" for name in alone)
        parts.append(
            "select ty, rid, pairs, array_to_string(key, ',') as parts from u"
            f" where ty in ({types})"
        )
    if several:
        types = ", ".join(f"'{name}'" for name in several)
        parts.append(
            "select ty, rid, pairs, string_agg(distinct array_to_string(key, ','), ';') as parts"
            f" from u where ty in ({types}) group by ty, rid, pairs"
        )
    source = " union all ".join(parts) or "select ty, rid, pairs, '' as parts from u"
    return (
        "select row_number() over () as g, ty, pairs, parts, array_agg(distinct rid) as ids"
        f" from ({source}) z group by ty, pairs, parts"
    )


def _legend(instances: list[Instance]) -> str:
    """(instance, position of the state in the key, field) of every selected field that may be
    shown.
    """
    rows = []
    for instance in instances:
        entity = instance.row.entity
        for source in selected(instance.row):
            data_class = class_of(instance.row, source)
            if data_class in instance.classes and not _public(instance, data_class):
                name = f"{entity.name}.{source.name}"
                rows.append(f"({instance.number}, {instance.position(data_class)}, '{name}')")
    return ", ".join(rows) or "(0, 0, ''::text)"


def _public(instance: Instance, data_class: DataClass) -> bool:
    return data_class.is_public and instance.row.entity.public_where is None


def _guarded(instance: Instance) -> bool:
    """Whether something is asked that is not public on published rows either."""
    return any(not data_class.is_public for data_class in instance.classes)


def _cells(legend: str) -> str:
    """For each group of records and each state: the fields that are in it, every one once. A type
    that stands on several paths has a part of its key from each.
    """
    return (
        "select g.g, g.pairs, g.ids, x.st, x.fields from g cross join lateral"
        f" (select k.key[l.pos] as st, {_each('l.field')} as fields"
        " from string_to_table(g.parts, ';') s(part) cross join lateral"
        " (select string_to_array(s.part, ',')::int[] as key offset 0) k"
        f" join (values {legend}) l(inst, pos, field) on l.inst = k.key[1] group by 1) x"
    )


def moment_sql(params: Parameters) -> str:
    """Columns of `k`: when, by the database's clock, and the record's id."""
    record = params.ctx("record_id", "uuid")
    return f"statement_timestamp() at time zone 'UTC' as at, {record} as id"


def header_sql(params: Parameters, outcome: str, *, acting: bool = False) -> str:
    """INSERT of the record's row, over the CTEs `k`, `entries` and `cells`. With `acting` its kind
    is a parameter, and the protocol that permitted the act stands among the others.

    It returns no column: that would ask the wall's policy for reading as well, which looks at the
    leaves of every month. That there is a row it says, for one that a trigger swallowed is none.
    """
    ctx = params.ctx
    relied = f"(select {_each(_PROTOCOL)} from entries e)"
    if acting:
        relied = _with_act(f"select {_PROTOCOL} as code from entries e", params)
    columns = {
        "id": ctx("record_id", "uuid"),
        "at": "k.at at time zone 'UTC'",
        "kind": ctx("kind") if acting else "'ACCESS'",
        "agency": ctx("agency"),
        "country": ctx("country"),
        "unit": ctx("unit"),
        "cases": ctx("cases", "text[]"),
        "roles": ctx("roles", "text[]"),
        "subject": ctx("subject"),
        "client": ctx("client"),
        "issuer": ctx("issuer"),
        "token_hash": ctx("token_hash"),
        "purpose": ctx("purpose_text"),
        "operation_name": ctx("operation_name"),
        "document_hash": ctx("document_hash"),
        "trace_id": ctx("trace_id"),
        "outcome": f"'{outcome}'",
        "protocols": f"coalesce({relied}, '{{}}')",
        "searched": ctx("searched", "text[]"),
        "refusals": ctx("refusals", "jsonb"),
        "withheld": (
            # once for each record, in however many leaves it stands
            "coalesce((select jsonb_agg(jsonb_build_object('field', h.field, 'reason', h.reason,"
            ' \'count\', h.count) order by h.field collate "C", h.reason collate "C")'
            f" from (select n.field, {reason_sql('c.st')} as reason, sum(cardinality(c.ids))"
            " as count from cells c cross join lateral unnest(c.fields) n(field)"
            " where c.st < 0 group by 1, 2) h), '[]')"
        ),
    }
    return (
        f"insert into ledger.access_record ({', '.join(columns)})"
        f" select {', '.join(columns.values())} from k returning true"
    )


def _with_act(codes: str, params: Parameters) -> str:
    """The protocols that the disclosures rely on, and the one that permitted the act."""
    acted = f"select unnest({params.ctx('act_protocols', 'text[]')})"
    return f"(select {_each('z.code')} from ({codes} union all {acted}) z)"


def leaf_sql(params: Parameters, outcome: str, *, acting: bool = False) -> str:
    """INSERT of one leaf for each pair of countries touched, over the same CTEs. An act of a kind
    of its own has its leaf in the pair of its record, whatever its payload shows; any other act
    where its payload shows nothing.
    """
    ctx = params.ctx
    act, kind, relied = "", "ACCESS", "q.protocols"
    lines = f"{_LINES} union all select '', null, null where not exists (select from entries)"
    named = (
        "coalesce((select array_agg(distinct i.id) from entries e"
        " cross join lateral unnest(e.records) i(id) where e.pair = q.pair), '{}')"
    )
    if acting:
        own = f"{ctx('kind')} <> 'ACCESS'"
        act, kind = f"' || {ctx('act_json')} || '", f"' || {ctx('kind')} || '"
        relied = _with_act("select unnest(q.protocols) as code", params)
        lines = (
            f"{_LINES} union all select {ctx('act_pair')}, null, null"
            f" where not exists (select from entries) and not {own}"
            f" union all select {ctx('act_pair')}, null, null where {own}"
            f" and not exists (select from entries e where e.pair = {ctx('act_pair')})"
        )
        named = (
            "coalesce((select array_agg(distinct n.id) from (select i.id from entries e"
            " cross join lateral unnest(e.records) i(id) where e.pair = q.pair"
            f" union all select unnest({ctx('act_records', 'uuid[]')})) n), '{{}}')"
        )
    body = (
        f'\'{{{act}"at":"\' || {_AT} || \'","caller":\' || {ctx("caller_json")}'
        " || ',\"disclosures\":[' || coalesce(q.disclosures, '')"
        f' || \'],"id":"\' || {ctx("record_id", "uuid")} || \'","kind":"{kind}","operation":\''
        f' || {ctx("operation_json")} || \',"outcome":"{outcome}","pair":"\' || q.pair'
        f" || '\",\"protocols\":' || coalesce(array_to_json({relied})::text, '[]')"
        f" || ',\"purpose\":' || to_json({ctx('purpose_text')})::text"
        f' || \',"refusals":\' || {ctx("refusals_json")} || \',"salt":"\' || {_SALT}'
        f' || \'","searched":\' || {ctx("searched_json")}'
        f" || ',\"trace\":' || to_json({ctx('trace_id')})::text"
        " || ',\"v\":1,\"withheld\":[' || coalesce((select string_agg(row_to_json(x)::text, ','"
        ' order by x.field collate "C", x.reason collate "C") from (select h.count, h.field,'
        " h.reason from held h where h.pair = q.pair) x), '') || ']}'"
    )
    return (
        "insert into ledger.access_leaf (record_id, pair, at, actor, body, records)"
        f" select {ctx('record_id', 'uuid')}, q.pair, k.at at time zone 'UTC',"
        f" coalesce(nullif({ctx('country')}, ''), {ctx('agency')}), {body},"
        f" {named} from k cross join ({lines}) q returning true"
    )


WRITTEN = (
    "(select case when exists (select from rec) and exists (select from leaf) then k.id::text"
    " else '' end from k)"
)
"""The record's id; null where none was due, '' where it was and is not there."""


__all__ = ["clause_of", "clause_sql", "record"]
