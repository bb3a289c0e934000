"""Access records as a caller may read them: which of them pass a filter, and what each showed.

Takes the plain values of AccessRecordFilter and the caller's scope, gives SQL
over the record and its leaves. What a value is compared with beside the ledger
(a home, a consent, who belongs to a person) is compared as the caller is shown
it, inside the same statement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from resolvers.belonging import cases_of, records_of
from resolvers.decision import Decision
from resolvers.filtering import Filtering, case_alias, case_join
from resolvers.ledger_scope import LEAVES, Scope
from resolvers.parameters import Parameters
from resolvers.plan import Bind, Combine, Compare, Filter
from schema.classes import DataClass

Decisions = Mapping[str, Decision]

_DISCLOSURES = (
    "(select distinct r.v || ' ' || (d.v->>'clause') as id, r.v::uuid as record_id,"
    " split_part(d.v->'fields'->>0, '.', 1) as record_type,"
    " array(select json_array_elements_text(d.v->'fields')) as fields, d.v->>'clause' as clause"
    " from ledger.access_record a join ledger.access_leaf l on l.record_id = a.id"
    " cross join lateral json_array_elements((l.body::json)->'disclosures') d(v)"
    " cross join lateral json_array_elements_text(d.v->'records') r(v)"
    " where a.id = {p}.i{n} and l.body is not null and {scope}{wanted}) {t}"
)

_COLUMNS = {
    "agency": "{t}.agency = {v}",
    "country": "{t}.country = {v}",
    "subject": "{t}.subject = {v}",
    "purpose": "{t}.purpose = {v}",
    "outcome": "{t}.outcome = {v}",
    "kind": "{t}.kind = {v}",
    "from": "{t}.at >= {v}",
    "to": "{t}.at < {v}",
    "id": "{t}.id = {v}",
}
_IN_DISCLOSURES = {
    "recordId": "l.records @> array[{v}] and d.v->'records' @> to_jsonb({v}::text)",
    "field": "d.v->'fields' @> to_jsonb({v})",
    "clause": "d.v->'clause' = to_jsonb({v})",
}
_NAMED = "({t}.agency = any({s}.recipients) or {t}.country = any({s}.recipients))"
_CLOSED = {
    "afterWithdrawal": "ws.purpose <> 'NOTIFICATION' and ws.state = 'WITHDRAWN'",
    # what she objects to is that another country than the one she is in be told
    "afterObjection": "ws.purpose = 'NOTIFICATION' and ws.state in ('REFUSED', 'WITHDRAWN')"
    " and {t}.country <> wsc.host",
}


def disclosures(parent: int, alias: str, scope: Scope, wanted: str) -> str:
    """Row source of `AccessRecord.disclosures` below the record of instance `parent`: one row for
    each record and clause, `id` for its order. `scope` is that of the alias `a`; `wanted` what
    `disclosure_filter` gives, or nothing.
    """
    wanted = f" and {wanted}" if wanted else ""
    return _DISCLOSURES.format(t=alias, p="pp", n=parent, scope=scope.entry, wanted=wanted)


def disclosure_filter(
    item: Filter, scope: Scope, filtering: Filtering, decisions: Decisions
) -> str:
    """The disclosures that one asks for, told of what is disclosed as in AccessRecordFilter."""
    params, parts = filtering.base.params, []
    for name, bind in _values(item):
        value = params.of(bind)
        if name == "recordId":
            parts.append(f"r.v = {value}::text")
        elif name == "dataClass":
            of_class = _fields_of(value, params, decisions)
            parts.append(f"(d.v->'fields')::jsonb ?| {of_class}")
        else:
            parts.append(_of_record(name, value, scope, filtering, decisions))
    return " and ".join(parts)


def record_filter(item: Filter, scope: Scope, filtering: Filtering, decisions: Decisions) -> str:
    """AccessRecordFilter: its members are AND-ed; what is said of a disclosure must meet in one,
    what is said of a disclosed record in one record of it.
    """
    params, parts = filtering.base.params, []
    together: list[str] = []
    each: list[str] = []
    record = None
    for name, bind in _values(item):
        value = params.of(bind)
        if name in _COLUMNS:
            parts.append(_COLUMNS[name].format(t=scope.alias, v=value))
        elif name == "reason":
            parts.append(_with_reason(value, scope))
        elif name == "dataClass":
            together.append(f"d.v->'fields' ?| {_fields_of(value, params, decisions)}")
        elif name in _IN_DISCLOSURES:
            together.append(_IN_DISCLOSURES[name].format(v=value))
            if name == "recordId":
                record = value
                parts.append(_that_showed(scope.alias, f"array[{value}]"))
        else:
            if name == "personId":  # by the index, before each record is looked at
                ids = _of_person(value, filtering, decisions)
                parts.append(_that_showed(scope.alias, f"array({ids})"))
            each.append(_of_record(name, value, scope, filtering, decisions))
    if together or each:
        if record is not None:
            each = [f"r.v = {record}::text", *each] if each or scope.narrow else each
        parts.append(_in_one(scope, together, each))
    return " and ".join(parts) or "true"


def _values(item: Filter) -> Iterator[tuple[str, Bind]]:
    """(name, value) of each plain value. One that is compared with fields elsewhere has them
    below it, each with the same value.
    """
    if isinstance(item, Compare):
        if item.bind is not None:
            yield item.op.removeprefix("plain:"), item.bind
    elif isinstance(item, Combine):
        for member in item.items:
            yield from _values(member)
    else:
        yield next(_values(item.inner))


def _in_one(scope: Scope, together: list[str], each: list[str]) -> str:
    """There is a disclosure in scope of which all of it holds."""
    laterals = " cross join lateral jsonb_array_elements((l.body::jsonb)->'disclosures') d(v)"
    if each or scope.narrow:
        laterals += " cross join lateral jsonb_array_elements_text(d.v->'records') r(v)"
    leaves = LEAVES.format(t=scope.alias).replace(" where ", f"{laterals} where ", 1)
    tests = " and ".join([scope.entry, *together, *each])
    return f"exists (select from {leaves} and {tests})"


def _that_showed(alias: str, records: str) -> str:
    """The accesses that showed one of these, found by index before anything else is asked."""
    return f"{alias}.id = any(array(select ledger.accesses_of({records})))"


def _with_reason(value: str, scope: Scope) -> str:
    lateral = " cross join lateral jsonb_array_elements((l.body::jsonb)->'withheld') w(v)"
    leaves = LEAVES.format(t=scope.alias).replace(" where ", f"{lateral} where ", 1)
    return (
        f"({scope.alias}.refusals @> jsonb_build_array(jsonb_build_object('reason', {value}))"
        f" or exists (select from {leaves} and {scope.leaf} and w.v->>'reason' = {value}))"
    )


def _fields_of(value: str, params: Parameters, decisions: Decisions) -> str:
    """The fields of a data class, as they stand in the ledger."""
    fields: dict[str, list[str]] = {each.value: [] for each in DataClass}
    for decision in decisions.values():
        for source in decision.entity.fields.values():
            if source.data_class is not None:
                fields[source.data_class.value].append(f"{decision.entity.name}.{source.name}")
    known = params.of(Bind("const", value=fields, cast="jsonb"))
    return f"array(select jsonb_array_elements_text({known}->{value}))"


def _of_record(
    name: str, value: str, scope: Scope, filtering: Filtering, decisions: Decisions
) -> str:
    """What is said of the disclosed record `r.v`."""
    if name == "personId":
        return f"r.v::uuid in ({_of_person(value, filtering, decisions)})"
    if name == "province":
        return _at_home_in(value, filtering, decisions)
    return f"{_after(name, scope, filtering, decisions)} = {value}"


def _of_person(value: str, filtering: Filtering, decisions: Decisions) -> str:
    """SELECT of the ids of the person, her cases and their parts; of nothing where the caller may
    not see her.
    """
    victim = decisions["Victim"].entity
    seen = filtering.decide(victim).visible(filtering.base, "pv", case_alias(victim, "pv"))
    return (
        f"select o.id from ({records_of(value)}) o(id) where exists (select from"
        f" registry.victim pv where pv.id = {value} and {seen})"
    )


def _at_home_in(value: str, filtering: Filtering, decisions: Decisions) -> str:
    victim = decisions["Victim"].entity
    home = filtering.value(victim.fields["homeProvince"], victim, "pv", case_alias(victim, "pv"))
    return (
        "exists (select from registry.victim pv where pv.id in (select r.v::uuid union all"
        " select c.victim_id from registry.return_case c where c.id in"
        f" ({cases_of('r.v::uuid')})) and {home} = {value})"
    )


def _after(name: str, scope: Scope, filtering: Filtering, decisions: Decisions) -> str:
    """A statement of the person that reached who asked, and that she had not taken back by then.
    The case is one of which the leaf speaks.
    """
    decision, case = decisions["Consent"], case_alias(decisions["Consent"].entity, "ws")
    shown = decision.permitted(DataClass.CONSENT, filtering.base, "ws", case)
    said, anew = (_NAMED.format(t=scope.alias, s=alias) for alias in ("ws", "wn"))
    return (
        f"exists (select from registry.consent ws{case_join(decision.entity, 'ws')}"
        f" where {case}.id in ({cases_of('r.v::uuid')})"
        f" and string_to_array(l.pair, '-') <@ array[{case}.host, {case}.origin]"
        f" and {_CLOSED[name].format(t=scope.alias)} and ws.stated_at <= {scope.alias}.at"
        f" and (ws.recipients = '{{}}' or {said}) and {shown}"
        " and not exists (select from registry.consent wn where wn.case_id = ws.case_id"
        " and wn.purpose = ws.purpose and wn.state in ('GIVEN', 'NOT_ASKED')"
        f" and wn.stated_at > ws.stated_at and wn.stated_at <= {scope.alias}.at and {anew}))"
    )
