"""What of a case was handed over already, to whom and under which clause: SQL over the case `t`.

Read from the ledger, where the caller may read the accesses to a case that her
agency has in hand. Other agencies alone; the newest of them, bounded.
"""

from __future__ import annotations

from resolvers.belonging import PARTS, PER_ROW, is_assigned
from resolvers.parameters import Parameters

MOST_ACCESSES, MOST_GROUPS = 2000, 100
READ: tuple[str, ...] = (
    "AccessRecord.at",
    "AccessRecord.caller",
    "AccessRecord.disclosures",
)
"""The fields of access records that it is made from."""


class _Named(Parameters):
    """Parameters as places of a fact."""

    def ctx(self, name: str, cast: str = "text") -> str:
        """The place that the statement's own parameter takes."""
        return f"{{{name}:{cast}}}" if cast != "text" else f"{{{name}}}"


_IDS = "array(select t.victim_id union all select t.id{})".format(
    "".join(
        f" union all select p.id from registry.{each} p where p.case_id = t.id" for each in PARTS
    )
)
_ACCESSES = (
    "select a.id, a.agency, a.country, a.at, d.v as shown, d.ids from ledger.access_record a"
    " join ledger.access_leaf l on l.record_id = a.id"
    " cross join lateral jsonb_array_elements((l.body::jsonb)->'disclosures') s(v)"
    " cross join lateral (select s.v, array(select r.id::uuid from"
    " jsonb_array_elements_text(s.v->'records') r(id) where r.id::uuid = any(k.ids)) as ids) d"
    " where a.id = any(k.recent) and cardinality(d.ids) > 0"
    " and string_to_array(l.pair, '-') <@ array[t.host, t.origin]"
)
_RECENT = (
    "array(select a.id from ledger.access_record a"
    " where a.id = any(array(select ledger.accesses_of(i.ids)))"
    f" and a.agency <> {{agency}} order by a.id desc limit {MOST_ACCESSES})"
)
_GROUPS = (
    "select g.agency, g.country, g.shown->>'clause' as clause,"
    ' array_agg(distinct f.name collate "C" order by f.name collate "C") as fields,'
    " array_agg(distinct r.id order by r.id) as records,"
    " to_char(min(g.at) at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') as first,"
    " to_char(max(g.at) at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') as last"
    f" from ({_ACCESSES}) g cross join lateral jsonb_array_elements_text(g.shown->'fields') f(name)"
    " cross join lateral unnest(g.ids) r(id) group by 1, 2, 3"
    f" order by max(g.at) desc, 1, 3 limit {MOST_GROUPS}"
)
_OWN = is_assigned("t", _Named(), has_unit=False)

DISCLOSED = (
    "case when 'alreadyDisclosed' = any({selected:text[]}) and {reads_accesses:boolean}"
    f" and {_OWN} then (select coalesce(json_agg(row_to_json(z)), '[]')::text from"
    f" (select i.ids, {_RECENT} as recent from (select {_IDS} as ids{PER_ROW}) i{PER_ROW}) k"
    f" cross join lateral ({_GROUPS}) z) end"
)
"""JSON of the groups; null where it was not asked for, or may not be read."""
