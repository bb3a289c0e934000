"""Filters, orders and keysets as SQL over redacted values.

Takes a planned filter or order and the alias of the row, gives text that works
on what the caller is shown: a value that is withheld is null here too, so that
neither a match nor a place in the order tells of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from resolvers.decision import Decision
from resolvers.freezing import Frozen, frozen
from resolvers.plan import Bind, Combine, Compare, Connection, Filter, Through
from resolvers.predicates import Where
from schema.catalog import EntitySource, FieldSource, Kind

_COMPARE = {"eq": "=", "ne": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_LISTED = {"in": "= any", "notIn": "<> all"}
_ORDERED = frozenset({"lt", "lte", "gt", "gte"})


@dataclass(frozen=True, slots=True)
class Filtering:
    """Turns the filter and order of one page into SQL. `case` is the alias
    of the row's own case.
    """

    base: Where
    decide: Callable[[EntitySource], Decision]

    def condition(self, item: Filter, entity: EntitySource, record: str, case: str) -> str:
        """A three-valued SQL condition: only isNull lets a null through."""
        match item:
            case Combine(kind=kind, items=items):
                return self._combine(kind, items, entity, record, case)
            case Compare():
                return self._compare(item, entity, record, case)
            case Through():
                return self._through(item, record)

    def value(
        self,
        source: FieldSource,
        entity: EntitySource,
        record: str,
        case: str,
        *,
        held: bool = False,
    ) -> str:
        """The redacted value of a field: null where it is withheld."""
        sql = source.sql.format(t=record)
        if source.kind is Kind.ID or source.data_class is None:
            return sql
        decision = self.decide(entity)
        guard = decision.permitted(source.data_class, self.base, record, case)
        copied = frozen(decision, source.data_class, self.base, record, case)
        if held:
            guard = f"{guard} and {_held(entity, record, case, self.base, copied)}"
        if copied is not None:
            sql = copied.value(source, sql)
        return f"(case when {guard} then {sql} end)"

    def _combine(
        self,
        kind: str,
        items: tuple[Filter, ...],
        entity: EntitySource,
        record: str,
        case: str,
    ) -> str:
        parts = [self.condition(item, entity, record, case) for item in items]
        if kind == "not":
            return f"(not {parts[0]})"
        empty = "true" if kind == "and" else "false"
        return f"({f' {kind} '.join(parts) or empty})"

    def _compare(self, item: Compare, entity: EntitySource, record: str, case: str) -> str:
        source = item.source
        sealed = source.data_class is not None and source.data_class.sensitivity.level >= 3
        value = self.value(source, entity, record, case, held=sealed and item.op == "eq")
        if item.bind is None:
            return f"({value} is {'' if item.flag else 'not '}null)"
        parameter = self.base.params.of(item.bind)
        if item.op in _LISTED:
            # over an empty list a null would pass: only isNull lets one through
            return (
                f"(case when {value} is not null then {value} {_LISTED[item.op]}({parameter}) end)"
            )
        if item.op in _ORDERED:
            value = by_code_point(value, source.sql_type)
        if item.op in _LISTS:
            return _LISTS[item.op].format(value=value, parameter=parameter)
        return f"({value} {_COMPARE[item.op]} {parameter})"

    def _through(self, item: Through, record: str) -> str:
        target, join = f"{record}x", item.source.join or "true"
        case = case_alias(item.entity, target)
        inner = self.condition(item.inner, item.entity, target, case)
        seen = self.decide(item.entity).visible(self.base, target, case)
        source = f"{item.entity.table} {target}{case_join(item.entity, target)}"
        on = join.format(p=record, t=target)
        # a hidden target is no target: its fields are null, and isNull finds them so
        absent = self.condition(_nulled(item.inner), item.entity, "nul", "nul")
        return (
            f"coalesce((select {inner} from {source} where {on} and {seen}),"
            f" (select {absent} from (select null::uuid as id) nul where not exists"
            f" (select from {source} where {on} and {seen})))"
        )


_LISTS: dict[str, str] = {
    "has": "({parameter} = any({value}))",
    "hasAny": "({value} && {parameter})",
    "hasAll": "({value} @> {parameter})",
}


def _nulled(item: Filter) -> Filter:
    """The same filter over a row whose every field is null."""
    match item:
        case Combine(kind=kind, items=items):
            return Combine(kind, tuple(_nulled(each) for each in items))
        case Compare(source=source, op=op, bind=bind, flag=flag):
            if bind is None:
                return Combine("and" if flag else "or", ())
            return Compare(_null_of(source), op, bind, flag)
        case Through(inner=inner):
            return _nulled(inner)


def _null_of(source: FieldSource) -> FieldSource:
    return FieldSource(source.name, Kind.ID, None, f"null::{source.sql_type}", source.sql_type)


def _held(entity: EntitySource, record: str, case: str, base: Where, copied: Frozen | None) -> str:
    """The caller's agency holds the case, or held it when what it is shown was frozen: elsewhere a
    search by name sees null (rulings, section 2).
    """
    agency = base.params.ctx("agency")
    held = f"{case}.holder = {agency}" if case else "false"
    if entity.binding == "PERSON":
        held = (
            "exists (select from registry.return_case hc"
            f" where hc.victim_id = {record}.id and hc.holder = {agency})"
        )
    return held if copied is None else f"({held} or {copied.held(agency)})"


def case_alias(entity: EntitySource, record: str) -> str:
    """The alias under which a row's case is reached: its own for a case, a join for a part."""
    if entity.binding == "CASE":
        return record
    return f"{record}c" if entity.binding in ("PART", "PERSON") else ""


def case_join(entity: EntitySource, record: str) -> str:
    """FROM text that brings in the case of a part."""
    if entity.binding != "PART":
        return ""
    return f" join registry.return_case {record}c on {record}c.id = {record}.case_id"


def by_code_point(value: str, sql_type: str) -> str:
    """Text compares by code point whatever the database's collation."""
    return f'{value} collate "C"' if sql_type == "text" else value


def keyset(connection: Connection, base: Where, names: list[str], id_type: str) -> str:
    """Rows after the cursor. `names` are the columns of the order keys; ties go by id, nulls come
    last.
    """
    number = connection.number
    casts = [key.source.sql_type for key in connection.order]
    keys = [
        base.params.of(Bind("ctx", f"cursor{number}", (i,), cast=cast))
        for i, cast in enumerate([*casts, id_type])
    ]
    branches: list[str] = []
    equal: list[str] = []
    for key, name, parameter in zip(connection.order, names, keys[:-1], strict=True):
        sign = "<" if key.descending else ">"
        column = by_code_point(name, key.source.sql_type)
        beyond = f"({parameter} is not null and ({column} {sign} {parameter} or {name} is null))"
        branches.append(" and ".join([*equal, beyond]))
        equal.append(f"{name} is not distinct from {parameter}")
    branches.append(" and ".join([*equal, f"id > {keys[-1]}"]))
    return f"({' or '.join(f'({branch})' for branch in branches)})"
