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
    of one disclosed record in it.
    """

    alias: str
    wide: str
    narrow: str

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
    return Scope(alias, " or ".join(wide), narrow)


def column(name: str, scope: Scope) -> str | None:
    """SQL of a field that is read from the leaves in scope; None where the record's own column
    serves.
    """
    text = {"protocols": _protocols, "withheld": _withheld}.get(name)
    return text(scope) if text else None


def _protocols(scope: Scope) -> str:
    leaves = LEAVES.format(t=scope.alias)
    if scope.narrow:
        entries = leaves.replace(" where ", f"{_ENTRIES} where ", 1)
        return (
            "coalesce((select array_agg(distinct e.v order by e.v) from"
            f" (select split_part(d.v->>'clause', '#', 1) as v from {entries}"
            f" and {scope.entry}) e), '{{}}')"
        )
    lateral = " cross join lateral json_array_elements_text((l.body::json)->'protocols') e(v)"
    return (
        "coalesce((select array_agg(distinct e.v order by e.v) from "
        + leaves.replace(" where ", f"{lateral} where ", 1)
        + f" and {scope.leaf}), '{{}}')"
    )


def _withheld(scope: Scope) -> str:
    """Counts go by leaf: who may not read a whole one learns none."""
    if not scope.wide:
        return "'[]'::jsonb"
    lateral = " cross join lateral json_array_elements((l.body::json)->'withheld') e(v)"
    return (
        "coalesce((select jsonb_agg(w.o order by w.f, w.r) from (select e.v->>'field' as f,"
        " e.v->>'reason' as r, jsonb_build_object('field', e.v->>'field', 'reason', e.v->>'reason',"
        " 'count', sum((e.v->>'count')::int)) as o from "
        + LEAVES.format(t=scope.alias).replace(" where ", f"{lateral} where ", 1)
        + f" and {scope.leaf} group by 1, 2) w), '[]')"
    )
