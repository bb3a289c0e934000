"""What of an access record a caller may read: whole leaves, or what was shown of certain cases.

A grant on AccessRecord opens the leaves of the caller's own actors (`own_actor`),
those of a pair with its country (`own_country_case`), or only the entries on
cases that are the caller's (`assigned`). Texts here speak of the record `t`, its
leaf `l` and, where entries are told apart, of one disclosed record `r.v`.
"""

from __future__ import annotations

from dataclasses import dataclass

from resolvers.belonging import own_case
from resolvers.decision import Decision
from resolvers.history import changed_names
from resolvers.parameters import Parameters

_WIDE = {
    "own_actor": "({t}.country = {country} and {country} <> '')",
    "own_country_case": "{country} = any(string_to_array(l.pair, '-')) or l.pair = ''",
}
LEAVES = "ledger.access_leaf l where l.record_id = {t}.id and l.body is not null"
_ENTRIES = (
    " cross join lateral json_array_elements((l.body::json)->'disclosures') d(v)"
    " cross join lateral json_array_elements_text(d.v->'records') r(v)"
)


@dataclass(frozen=True, slots=True)
class Scope:
    """SQL of what may be read of record `alias`; '' for none. `wide` is asked of a leaf, `narrow`
    of one disclosed record in it, `own` of the record: then all of its leaves are in scope.
    """

    alias: str
    wide: str
    narrow: str
    own: str

    @property
    def leaf(self) -> str:
        """True for leaves that may be read as a whole."""
        return f"({self.wide})" if self.wide else "false"

    @property
    def entry(self) -> str:
        """True for disclosed records that may be read. Needs `r.v` where `narrow` stands."""
        return f"({' or '.join(part for part in (self.wide, self.narrow) if part) or 'false'})"


def scope_of(decision: Decision, alias: str, params: Parameters, *, has_unit: bool) -> Scope:
    """The caller's scope on the access record `alias`, from her grants."""
    country = params.ctx("country")
    names = {c.name for grant in decision.grants for c in grant.when}
    wide = [text.format(t=alias, country=country) for name, text in _WIDE.items() if name in names]
    narrow = (
        own_case("r.v::uuid", "l.pair", params, has_unit=has_unit) if "assigned" in names else ""
    )
    own = _WIDE["own_actor"].format(t=alias, country=country) if "own_actor" in names else ""
    return Scope(alias, " or ".join(wide), narrow, own)


def column(name: str, scope: Scope, members: frozenset[str] = frozenset()) -> str | None:
    """SQL of a field that is read from the leaves in scope; None where the record's own column
    serves. `members` are those selected of an object.
    """
    if name == "leaves":
        return _leaves(scope, members)
    text = {"protocols": _protocols, "withheld": _withheld, "act": _act, "deed": _deed}.get(name)
    return text(scope) if text else None


_OF_LEAF = {"index": "lp.leaf_index", "inclusionProof": "ledger.proof_text(lp.leaf_index)"}


def _leaves(scope: Scope, members: frozenset[str]) -> str:
    """Erased ones too: a proof outlives the content. No proof is made that is not asked for."""
    parts = [f"({scope.wide})"] if scope.wide else []
    if scope.narrow:
        parts.append(f"exists (select from unnest(l.records) r(v) where {scope.narrow})")
    chosen = ", ".join(f"'{name}', {_OF_LEAF[name]}" for name in sorted(members))
    return (
        f'coalesce((select jsonb_agg(jsonb_build_object({chosen}) order by l.pair collate "C")'
        " from ledger.access_leaf l left join ledger.leaf_position lp"
        " on lp.record_id = l.record_id and lp.pair = l.pair"
        f" where l.record_id = {scope.alias}.id and ({' or '.join(parts) or 'false'})), '[]')"
    )


def _act(scope: Scope) -> str:
    """The same in every leaf; null where all that may be read of it was erased."""
    leaves = LEAVES.format(t=scope.alias)
    return (
        f"case when {scope.alias}.kind <> 'ACCESS' then (select ((l.body::json)->'act')::jsonb"
        f" from {leaves} and {scope.leaf} order by l.pair limit 1) end"
    )


def _deed(scope: Scope) -> str:
    """Of the country's own actors: what others do within their country is not told across."""
    if not scope.own:
        return "null::jsonb"
    names = changed_names()
    change = (
        "jsonb_build_object('recordId', c.id, 'recordType', c.ty, 'isNew', c.made,"
        " 'fields', to_jsonb(c.fields))"
    )
    return (
        f"case when {scope.own} then (select jsonb_build_object('act', d.act, 'clause', d.clause,"
        f" 'changed', coalesce((select jsonb_agg({change} order by c.seq) from"
        " (select e.record_id as id, e.record_type as ty, min(e.seq) as seq,"
        f" bool_or(e.fields is null) as made, {names} as fields from registry.event e"
        " where e.tx = d.tx group by 1, 2) c), '[]'))"
        f" from registry.deed d where d.access_record = {scope.alias}.id) end"
    )


def _protocols(scope: Scope) -> str:
    leaves = LEAVES.format(t=scope.alias)
    if scope.narrow:
        entries = leaves.replace(" where ", f"{_ENTRIES} where ", 1)
        return (
            'coalesce((select array_agg(distinct e.v collate "C" order by e.v collate "C") from'
            f" (select split_part(d.v->>'clause', '#', 1) as v from {entries}"
            f" and {scope.entry}) e), '{{}}')"
        )
    lateral = " cross join lateral json_array_elements_text((l.body::json)->'protocols') e(v)"
    return (
        'coalesce((select array_agg(distinct e.v collate "C" order by e.v collate "C") from '
        + leaves.replace(" where ", f"{lateral} where ", 1)
        + f" and {scope.leaf}), '{{}}')"
    )


def _withheld(scope: Scope) -> str:
    """Counts go by leaf: who may not read a whole one learns none. Whose own actor it was has the
    record's, in which who stands in two leaves is counted once. Whether there are leaves out of
    scope cannot be asked: the wall hides them.
    """
    if not scope.wide:
        return "'[]'::jsonb"
    lateral = " cross join lateral json_array_elements((l.body::json)->'withheld') e(v)"
    return (
        f"case when {scope.own or 'false'} and not exists (select from ledger.access_leaf l"
        f" where l.record_id = {scope.alias}.id and l.body is null) then {scope.alias}.withheld"
        ' else coalesce((select jsonb_agg(w.o order by w.f collate "C", w.r collate "C")'
        " from (select e.v->>'field' as f,"
        " e.v->>'reason' as r, jsonb_build_object('field', e.v->>'field', 'reason', e.v->>'reason',"
        " 'count', sum((e.v->>'count')::int)) as o from "
        + LEAVES.format(t=scope.alias).replace(" where ", f"{lateral} where ", 1)
        + f" and {scope.leaf} group by 1, 2) w), '[]') end"
    )
