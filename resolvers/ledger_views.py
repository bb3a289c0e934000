"""Access records as an auditor may read them: only the leaves inside its scope.

An operation's record is one leaf per pair of countries. A caller of the
actor's country reads all of them; another country's auditor reads those whose
pair holds its country, and those without a pair (rulings, section 3). The
texts here take `{t}` (the record's alias) and `{country}` (a parameter).
"""

from __future__ import annotations

from resolvers.parameters import Parameters
from resolvers.plan import Combine, Compare, Filter

_LEAVES = (
    "ledger.access_leaf l where l.record_id = {t}.id and l.body is not null"
    " and (({t}.country = {country} and {country} <> '')"
    " or {country} = any(string_to_array(l.pair, '-')) or l.pair = '')"
)

_SCOPED = {
    "protocols": (
        "coalesce((select array_agg(distinct e.v order by e.v) from "
        + _LEAVES.replace(
            " where ",
            " cross join lateral json_array_elements_text((l.body::json)->'protocols') e(v) where ",
            1,
        )
        + "), '{{}}')"
    ),
    "withheld": (
        "coalesce((select jsonb_agg(w.o order by w.f, w.r) from (select e.v->>'field' as f,"
        " e.v->>'reason' as r, jsonb_build_object('field', e.v->>'field', 'reason', e.v->>'reason',"
        " 'count', sum((e.v->>'count')::int)) as o from "
        + _LEAVES.replace(
            " where ",
            " cross join lateral json_array_elements((l.body::json)->'withheld') e(v) where ",
            1,
        )
        + " group by 1, 2) w), '[]')"
    ),
}

DISCLOSURES = (
    "(select distinct r.v || ' ' || (d.v->>'clause') as id, r.v::uuid as record_id,"
    " split_part(d.v->'fields'->>0, '.', 1) as record_type,"
    " array(select json_array_elements_text(d.v->'fields')) as fields, d.v->>'clause' as clause"
    " from ledger.access_record a join ledger.access_leaf l on l.record_id = a.id"
    " cross join lateral json_array_elements((l.body::json)->'disclosures') d(v)"
    " cross join lateral json_array_elements_text(d.v->'records') r(v)"
    " where a.id = {p}.i{n} and l.body is not null and ((a.country = {country} and {country} <> '')"
    " or {country} = any(string_to_array(l.pair, '-')) or l.pair = '')) {t}"
)
"""Row source of `AccessRecord.disclosures`: one row for each record and clause, `id` for its
order.
"""

_COLUMNS = {
    "agency": "{t}.agency = {v}",
    "subject": "{t}.subject = {v}",
    "purpose": "{t}.purpose = {v}",
    "outcome": "{t}.outcome = {v}",
    "from": "{t}.at >= {v}",
    "to": "{t}.at < {v}",
    "id": "{t}.id = {v}",
}
_IN_DISCLOSURES = {
    "recordId": "l.records @> array[{v}] and d.v->'records' @> to_jsonb({v}::text)",
    "field": "d.v->'fields' @> to_jsonb({v})",
    "clause": "d.v->'clause' = to_jsonb({v})",
}


def ledger_source(name: str, alias: str, params: Parameters) -> str | None:
    """SQL of a field that is read from the leaves in scope; None where the record's own column
    serves.
    """
    text = _SCOPED.get(name)
    return text.format(t=alias, country=params.ctx("country")) if text else None


def record_filter(item: Filter, alias: str, params: Parameters) -> str:
    """AccessRecordFilter: its members are AND-ed; record, field and clause must meet in one
    disclosure.
    """
    members = item.items if isinstance(item, Combine) else (item,)
    country = params.ctx("country")
    parts, together = [], []
    for member in members:
        if not isinstance(member, Compare) or member.bind is None:
            continue
        name = member.op.removeprefix("plain:")
        value = params.of(member.bind)
        if name in _COLUMNS:
            parts.append(_COLUMNS[name].format(t=alias, v=value))
        else:
            together.append(_IN_DISCLOSURES[name].format(v=value))
    if together:
        leaves = _LEAVES.replace(
            " where ",
            " cross join lateral jsonb_array_elements((l.body::jsonb)->'disclosures') d(v) where ",
            1,
        ).format(t=alias, country=country)
        parts.append(f"exists (select from {leaves} and {' and '.join(together)})")
    return " and ".join(parts) or "true"
