"""Planning of connections: pages, filters, orders and cursors.

Takes the field nodes of a connection, gives a `Connection`. `first` and the
values of a filter are binds; which keys a filter has is structure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from resolvers.errors import ErrorCode, RequestRefused
from resolvers.inputs import Argument
from resolvers.plan import (
    Bind,
    Combine,
    Compare,
    Connection,
    ConnPart,
    CursorOut,
    EdgesOut,
    Filter,
    NodeOut,
    OrderKey,
    PageInfoOut,
    Path,
    Through,
    TotalOut,
    TypenameOut,
)
from resolvers.selection import FieldNodes
from resolvers.worklist import ROOT
from schema.catalog import EntitySource, FieldSource, Kind
from schema.classes import DataClass
from schema.types.arguments import OF_WHOM
from schema.types.filters import PLAIN

if TYPE_CHECKING:
    from resolvers.planning import Planner

DEFAULT_FIRST = 20
_LIST_OPS = frozenset({"in", "notIn"})


def plan_connection(
    planner: Planner, name: str, entity: EntitySource, path: Path, nodes: FieldNodes
) -> Connection:
    """Plan one page. Raises RequestRefused on a `first` or cursor of the wrong kind."""
    node = nodes[0]
    type_name, field = name.split(".")
    known = planner.schema.type_map[type_name].fields[field].args  # type: ignore[attr-defined]

    def argument(wanted: str) -> Argument | None:
        return planner.argument(node, type_name, wanted) if wanted in known else None

    first = argument("first")
    after = argument("after")
    number = planner.number()
    bind = first.bind("integer") if first and first.is_given else Bind("const", value=20)
    first_bind = Bind(bind.origin, bind.name, bind.path, bind.value, "integer")
    outer = planner.firsts
    planner.firsts = (*outer, first_bind)
    parts = tuple(_parts(planner, entity, path, nodes, outer))
    planner.firsts = outer
    return Connection(
        number=number,
        name=name,
        entity=entity,
        path=path,
        first=first_bind,
        after=after.bind("text") if after and after.is_given else None,
        filter=_filter(planner, entity, argument("filter")) or _of_whom(planner, argument),
        order=_order(entity, argument("orderBy")) or _own_order(name, entity),
        parts=parts,
    )


def _parts(
    planner: Planner,
    entity: EntitySource,
    path: Path,
    nodes: FieldNodes,
    outer: tuple[Bind, ...],
) -> Iterable[ConnPart]:
    inner = planner.firsts
    connection_type = f"{entity.name}Connection"
    for key, merged in planner.collector.below(nodes, connection_type).items():
        name = merged[0].name.value
        if name == "edges":
            planner.count(1)
            yield EdgesOut(key, tuple(_edge(planner, entity, (*path, key, "@"), merged)))
            continue
        planner.firsts = outer
        planner.count(1)
        if name == "pageInfo":
            yield PageInfoOut(key, planner.leaves(merged, "PageInfo"))
        elif name == "totalCount":
            yield TotalOut(key)
        else:
            yield TypenameOut(key, connection_type)
        planner.firsts = inner


def _edge(
    planner: Planner, entity: EntitySource, path: Path, nodes: FieldNodes
) -> Iterable[TypenameOut | CursorOut | NodeOut]:
    edge_type = f"{entity.name}Edge"
    for key, merged in planner.collector.below(nodes, edge_type).items():
        planner.count(1)
        name = merged[0].name.value
        if name == "node":
            yield NodeOut(key, planner.row(entity, (*path, key), merged))
        elif name == "cursor":
            yield CursorOut(key)
        else:
            yield TypenameOut(key, edge_type)


def _order(entity: EntitySource, argument: Argument | None) -> tuple[OrderKey, ...]:
    if argument is None or not argument.is_given:
        return ()
    names = {screaming(name): source for name, source in entity.fields.items()}
    keys: list[OrderKey] = []
    for item in argument.items():
        words = {name: _word(member.constant()) for name, member in item.fields()}
        source = names[words["field"]]
        if any(key.source is source for key in keys):
            raise RequestRefused.of(ErrorCode.BAD_USER_INPUT, "`orderBy` names a field twice")
        keys.append(OrderKey(source, words.get("direction", "ASC") == "DESC"))
    return tuple(keys)


def _own_order(name: str, entity: EntitySource) -> tuple[OrderKey, ...]:
    """A worklist begins with what is most urgent."""
    return (OrderKey(entity.fields["dueAt"], descending=False),) if name == ROOT else ()


def _word(value: object) -> str:
    return str(getattr(value, "value", value))


def screaming(name: str) -> str:
    """`stateSince` -> `STATE_SINCE`: how order fields are spelt."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).upper()


def _filter(planner: Planner, entity: EntitySource, argument: Argument | None) -> Filter | None:
    if argument is None or not argument.is_given:
        return None
    return _filter_of(planner, entity, argument)


def _filter_of(planner: Planner, entity: EntitySource, argument: Argument) -> Filter:
    items: list[Filter] = []
    for name, member in argument.fields():
        planner.compared()
        if member.is_null:
            raise RequestRefused.of(
                ErrorCode.BAD_USER_INPUT, "a filter member is null: leave it out, or use `isNull`"
            )
        if name in ("and", "or"):
            parts = tuple(_filter_of(planner, entity, item) for item in member.items())
            items.append(Combine("and" if name == "and" else "or", parts))
        elif name == "not":
            items.append(Combine("not", (_filter_of(planner, entity, member),)))
        else:
            items.extend(_comparisons(planner, entity, name, member))
    return items[0] if len(items) == 1 else Combine("and", tuple(items))


def _comparisons(
    planner: Planner, entity: EntitySource, name: str, argument: Argument
) -> Iterable[Filter]:
    planner.compared()
    if entity.name in PLAIN:
        yield _searching(entity, name, _plain(planner, name, argument))
        return
    source = entity.fields[name]
    if source.kind is Kind.LINK:
        target = planner.catalog.entities[str(source.target)]
        yield Through(source, target, _filter_of(planner, target, argument))
        return
    for op, value in argument.fields():
        if value.is_null:
            # an operator given null matches nothing, and neither does its negation by itself; the
            # field is searched all the same, and refused where it may not be
            yield Combine("and", (Compare(source, "isNull", None, flag=True), Combine("or", ())))
        elif op == "isNull":
            yield Compare(source, op, None, flag=bool(value.constant()))
        else:
            yield Compare(source, op, value.bind(_operand(source.sql_type, op)))


def _operand(sql_type: str, op: str) -> str:
    if op == "has":
        return sql_type.removesuffix("[]")
    return f"{sql_type}[]" if op in _LIST_OPS else sql_type


_CASTS = {
    "id": "uuid",
    "recordId": "uuid",
    "personId": "uuid",
    "from": "timestamptz",
    "to": "timestamptz",
    "afterWithdrawal": "boolean",
    "afterObjection": "boolean",
}
_ASKED_OF: dict[str, tuple[str, tuple[str, ...]]] = {
    "personId": ("Victim", ("id",)),
    "province": ("Victim", ("homeProvince",)),
    "afterWithdrawal": ("Consent", ("purpose", "state", "recipients", "givenAt", "withdrawnAt")),
    "afterObjection": ("Consent", ("purpose", "state", "recipients", "givenAt")),
}
"""Plain values that are compared with fields of other records: those are searched, and decided like
any field in a filter.
"""


_SHOWN = ("disclosures",)
_COMPARED: dict[str, tuple[str, ...]] = {
    "recordId": _SHOWN,
    "personId": _SHOWN,
    "agency": ("caller",),
    "country": ("caller",),
    "subject": ("caller",),
    "purpose": ("purpose",),
    "field": _SHOWN,
    "dataClass": _SHOWN,
    "clause": _SHOWN,
    "province": _SHOWN,
    "afterWithdrawal": _SHOWN,
    "afterObjection": _SHOWN,
    "reason": ("refusals", "withheld"),
    "outcome": ("outcome",),
    "kind": ("kind",),
    "from": ("at",),
    "to": ("at",),
}
"""The access record's own fields that a plain value is compared with: who finds a record by one of
them has read it.
"""


def _searching(entity: EntitySource, name: str, read: Filter) -> Filter:
    """The comparison, and the fields of the access record that it reads."""
    if name not in _COMPARED:
        return read
    own = (
        # what has no id of its own is of the class of the record it stands in
        replace(entity.fields[field], data_class=DataClass.ACCESS)
        for field in _COMPARED[name]
    )
    (op, bind), *_ = _operands(read)
    searched = tuple(Compare(source, op, bind) for source in own)
    below = (read,) if isinstance(read, Through) else ()
    return Through(_PLAIN_VALUE, entity, Combine("and", (*searched, *below)))


def _operands(item: Filter) -> Iterable[tuple[str, Bind | None]]:
    if isinstance(item, Compare):
        yield item.op, item.bind
    elif isinstance(item, Combine):
        for each in item.items:
            yield from _operands(each)
    else:
        yield from _operands(item.inner)


def _plain(planner: Planner, name: str, argument: Argument) -> Filter:
    """A filter of plain values (AccessRecordFilter): the name is the operator."""
    op, bind = f"plain:{name}", argument.bind(_CASTS.get(name, "text"))
    if name not in _ASKED_OF:
        return Compare(_PLAIN_VALUE, op, bind)
    target, fields = _ASKED_OF[name]
    entity = planner.catalog.entities[target]
    read = Combine("and", tuple(Compare(entity.fields[field], op, bind) for field in fields))
    return Through(_PLAIN_VALUE, entity, read)


_PLAIN_VALUE = FieldSource("plain", Kind.ID, None, "", "text")
"""What is compared with a plain value is no field of the record: the value's name says what."""


def _of_whom(planner: Planner, argument: Callable[[str], Argument | None]) -> Filter | None:
    """The arguments of `AccessRecord.disclosures` that say of whom and what, as a filter."""
    found = {name: argument(name) for name in OF_WHOM}
    items = tuple(_plain(planner, name, a) for name, a in found.items() if a and a.is_given)
    return Combine("and", items) if items else None
