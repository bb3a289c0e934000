"""Row sources: pages and single records as materialised CTEs of redacted columns.

Takes the record nodes of a narrowed plan, gives CTE text. A page picks its
rows first (visible, filtered, ordered, one more than asked), then computes
states once for each picked row; every column of a protected field stands
inside a CASE on its class's state. Nothing that may not be disclosed leaves a
CTE made here.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from resolvers.decision import state_columns
from resolvers.filtering import Filtering, case_alias, case_join
from resolvers.freezing import copies
from resolvers.history import history_sql
from resolvers.keyed import Keyed
from resolvers.ledger_scope import Scope, column, scope_of
from resolvers.ledger_views import disclosure_filter, disclosures, record_filter
from resolvers.ordering import Branch, branches
from resolvers.parameters import Parameters
from resolvers.plan import Connection, ConnOut, LinkOut, RowNode, ValueOut
from resolvers.predicates import Where
from resolvers.restriction import Narrowed, asks_of_all, class_of, judged, selected
from resolvers.worklist import ROOT, listed
from schema.catalog import EntitySource, Kind
from schema.classes import DataClass


@dataclass(frozen=True, slots=True)
class Instance:
    """One record node in the statement. Columns of its CTE: `i` id, `v` vis, `p` pairs, `k` key,
    all numbered.

    `key` is int[]: number, vis, then the state of each class of `classes`.
    """

    number: int
    row: RowNode
    page: str
    classes: tuple[DataClass, ...]
    shown: str
    copied: bool = False
    """Column `z` names the classes whose value is a copy of the handover."""

    def position(self, data_class: DataClass) -> int:
        """1-based place of a class's state in the key."""
        return 3 + self.classes.index(data_class)


@dataclass(slots=True)
class Build:
    """What one statement collects while it is rendered: parameters, CTEs,
    instances, connections.
    """

    narrowed: Narrowed
    params: Parameters
    has_unit: bool
    ctes: list[tuple[str, str]] = field(default_factory=list)
    instances: list[Instance] = field(default_factory=list)
    numbers: dict[int, Instance] = field(default_factory=dict)
    pages: dict[int, str] = field(default_factory=dict)
    parents: dict[int, Instance] = field(default_factory=dict)
    """The record that a nested connection hangs on, by the connection's number."""

    def add(self, name: str, text: str) -> None:
        """Append one CTE."""
        self.ctes.append((name, text))

    @property
    def base(self) -> Where:
        return Where("", "", "", self.params, self.has_unit)

    @property
    def filtering(self) -> Filtering:
        return Filtering(self.base, lambda entity: self.narrowed.decisions[entity.name])

    def instance(self, row: RowNode) -> Instance:
        return self.numbers[id(row)]


def single(build: Build, name: str, row: RowNode, source: str, condition: str, extra: str) -> None:
    """A CTE of the records of `row` found by `condition`, hidden ones left out; `extra` columns
    pass through.
    """
    alias = f"t{len(build.instances) + 1}"
    case = case_alias(row.entity, alias)
    visible = build.narrowed.decisions[row.entity.name].visible(build.base, alias, case)
    condition = f"{condition} and {visible.replace('{', '{{').replace('}', '}}')}"
    build.add(name, found(build, name, row, source, condition, extra))


def found(build: Build, name: str, row: RowNode, source: str, condition: str, extra: str) -> str:
    """SELECT of the same, redacted; of a hidden record all columns but `extra` are null."""
    alias = f"t{len(build.instances) + 1}"
    entity = row.entity
    inner = (
        f"select {alias}.*{extra} from {source}{entity.table} {alias}{case_join(entity, alias)}"
        f" where {condition.format(t=alias)} offset 0"
    )
    passed = ", ".join(f"{alias}.{word.split(' as ')[1]}" for word in extra.split(", ") if word)
    columns, joins = _columns(build, row, alias, name, "true")
    return (
        f"select {passed}{', ' if passed else ''}{', '.join(columns)} from ({inner}) {alias}{joins}"
    )


def page(
    build: Build, connection: Connection, nodes: list[RowNode], parent: Instance | None
) -> str:
    """The CTE of a connection; gives its name. Columns `prn` (row of the parent), `o`, `rn` and
    the instances'.
    """
    name = f"p{connection.number}"
    build.pages[connection.number] = name
    if parent is not None:
        build.parents[connection.number] = parent
    alias = f"t{name}"
    inner = _picked(build, connection, alias, parent, counted=False)
    first = build.params.of(connection.first)
    shown = f"o <= {first}"
    columns: list[str] = []
    joins = ""
    for node in nodes:
        more, join = _columns(build, node, alias, name, shown)
        columns += more
        joins += join
    keys = [f"{alias}.ok{i}" for i in range(len(connection.order))]
    columns += [f"{key} as ok{i}" for i, key in enumerate(keys)]
    columns.append(f"{alias}.id as rid")
    if parent is None:
        text = (
            f"select {alias}.o, {alias}.o as rn, 0::bigint as prn, {', '.join(columns)}"
            f" from ({inner}) {alias}{joins}"
        )
    else:
        guard = _parent_guard(parent, connection.entity)
        text = (
            f"select {alias}.o, row_number() over (order by pp.rn, {alias}.o) as rn, pp.rn as prn,"
            f" pp.i{parent.number} as prid, {', '.join(columns)}"
            f" from {parent.page} pp cross join lateral ({inner}) {alias}{joins}"
            f" where {guard}"
        )
    build.add(name, text)
    return name


def total(build: Build, connection: Connection, parent: Instance | None) -> str:
    """A scalar subquery that counts the visible rows that pass the filter."""
    inner = _picked(build, connection, f"c{connection.number}", parent, counted=True)
    return f"({inner})"


def _parent_guard(parent: Instance, entity: EntitySource) -> str:
    guard = f"pp.i{parent.number} is not null and pp.{parent.shown}"
    if parent.shown == "true":
        guard = f"pp.i{parent.number} is not null"
    if entity.binding == "INHERITED":
        if not parent.classes:  # refused on every row: so are the rows that stand in it
            return "false"
        held = parent.classes[0]
        guard += f" and pp.k{parent.number}[{parent.position(held)}] >= 0"
    return guard


def _picked(
    build: Build, connection: Connection, alias: str, parent: Instance | None, *, counted: bool
) -> str:
    """The rows of a page before redaction: visible, filtered, after the cursor, ordered, one too
    many.
    """
    entity = connection.entity
    case = case_alias(entity, alias)
    source, conditions = _source(build, connection, alias, parent)
    if entity.binding != "INHERITED":
        decision = build.narrowed.decisions[entity.name]
        conditions.append(decision.visible(build.base, alias, case))
    if connection.name == ROOT:
        decision = build.narrowed.decisions[entity.name]
        conditions.append(listed(decision, build.base, alias, case))
    if connection.filter is not None:
        conditions.append(_condition(build, connection, alias, case))
    where = " and ".join(conditions) or "true"
    if counted:
        return f"select count(*) from {source} where {where}"
    orders = [build.filtering.value(key.source, entity, alias, case) for key in connection.order]
    id_type = "text" if entity.binding == "INHERITED" else "uuid"
    keyed = Keyed(build.base, connection, f"{alias}.*", source, id_type)
    merged: tuple[Branch, ...] = ()
    if parent is None and connection.order:
        decision = build.narrowed.decisions[entity.name]
        merged = branches(decision, connection.order[0], build.base, alias, case)
    pages = [
        replace(keyed, source=f"{source}{each.join}").page(
            f"{where} and {each.rows}", [each.value, *orders[1:]], nulls=each.nulls
        )
        for each in merged
    ]
    limited = keyed.page(where, orders, nulls=True) if not pages else keyed.merged(pages)
    return f"select l.*, row_number() over () as o from ({limited}) l offset 0"


def _source(
    build: Build, connection: Connection, alias: str, parent: Instance | None
) -> tuple[str, list[str]]:
    entity = connection.entity
    if entity.binding == "INHERITED":
        number = parent.number if parent else 0
        return disclosures(number, alias, _scope(build, "a"), _wanted(build, connection)), []
    if parent is None:
        return f"{entity.table} {alias}{case_join(entity, alias)}", []
    field_name = connection.name.split(".")[1]
    link = parent.row.entity.fields[field_name]
    source = f"{entity.table} {alias}{case_join(entity, alias)}"
    via = f"{alias}v"
    join = (link.join or "true").format(p="par", t=alias, v=via)
    columns = parent.row.entity.table
    exists = f"exists (select from {columns} par where par.id = pp.i{parent.number} and {join})"
    if link.via:
        exists = (
            f"exists (select from {link.via} {via}, {columns} par"
            f" where par.id = pp.i{parent.number} and {join})"
        )
        return source, [exists]
    simple = join.replace("par.id", f"pp.i{parent.number}")
    return source, [exists if "par." in simple else simple]


def _scope(build: Build, alias: str) -> Scope:
    decision = build.narrowed.decisions["AccessRecord"]
    return scope_of(decision, alias, build.params, has_unit=build.has_unit)


def _wanted(build: Build, connection: Connection) -> str:
    if connection.filter is None:
        return ""
    scope, decisions = _scope(build, "a"), build.narrowed.decisions
    return disclosure_filter(connection.filter, scope, build.filtering, decisions)


def _condition(build: Build, connection: Connection, alias: str, case: str) -> str:
    if connection.filter is None or connection.entity.binding == "INHERITED":
        return "true"  # of the latter its source has judged
    decisions = build.narrowed.decisions
    if connection.entity.name == "AccessRecord":
        scope = _scope(build, alias)
        return record_filter(connection.filter, scope, build.filtering, decisions)
    return build.filtering.condition(connection.filter, connection.entity, alias, case)


def _columns(
    build: Build, row: RowNode, alias: str, page_name: str, shown: str
) -> tuple[list[str], str]:
    """Columns and laterals of one record node whose table row is `alias`; links become further
    laterals.
    """
    number = len(build.instances) + 1
    refused = build.narrowed.refusals
    sources = judged(row)
    classes = tuple(
        dict.fromkeys(
            class_of(row, s) for s in sources if (row.entity.name, class_of(row, s)) not in refused
        )
    )
    if row.entity.binding == "INHERITED":
        return _inherited(build, row, alias, page_name, shown, number)
    decision = build.narrowed.decisions[row.entity.name]
    case = case_alias(row.entity, alias) if row.entity.binding != "CASE" else alias
    joins = case_join(row.entity, alias)
    reasons = frozenset(class_of(row, s) for s in selected(row)) if row.unreasoned else None
    decided = state_columns(decision, classes, build.base, alias, case, str(number), reasons)
    states, d = decided.of_class, decided.last
    versioned = any(asks_of_all(out) for out in row.outputs)
    kept = decided.frozen if versioned else {}
    instance = Instance(number, row, page_name, classes, shown, bool(kept))
    build.instances.append(instance)
    build.numbers[id(row)] = instance
    shown_here = [
        out.source
        for out in row.outputs
        if isinstance(out, ValueOut) and out.source.kind is not Kind.HISTORY
    ]
    copied = copies(row.entity, decided.frozen, shown_here, alias, str(number))
    joins += decided.joins + copied.joins
    key = ", ".join([str(number), f"{d}.vis", *(states[k] for k in classes)])
    columns = [
        f"case when {d}.vis is not null then {alias}.id end as i{number}",
        f"{d}.vis as v{number}",
        f"{d}.pairs as p{number}",
        f"array[{key}]::int[] as k{number}",
    ]
    if kept:
        # of a copy there is but the one version, and who reads it does not learn of later ones
        names = ", ".join(
            f"case when {of_case} is not null then '{k.value}' end" for k, of_case in kept.items()
        )
        columns.append(f"array_remove(array[{names}]::text[], null) as z{number}")
    for index, output in enumerate(row.outputs):
        if isinstance(output, ValueOut) and output.source.data_class in states:
            if output.source.kind is Kind.HISTORY:
                sql = history_sql(row.entity, alias, states, kept, build.params)
            else:
                sql = copied.value(output.source, _sql_of(build, row, output, alias))
            state = states[output.source.data_class]
            columns.append(f"case when {state} >= 0 then {sql} end as c{number}_{index}")
        elif isinstance(output, LinkOut):
            more, join = _link(build, output, alias, page_name, shown)
            columns += more
            joins += join
    return columns, joins


def _inherited(
    build: Build, row: RowNode, alias: str, page_name: str, shown: str, number: int
) -> tuple[list[str], str]:
    """Rows without an id: their class and grant were judged on the record they stand in."""
    instance = Instance(number, row, page_name, (), shown)
    build.instances.append(instance)
    build.numbers[id(row)] = instance
    columns = [f"{alias}.id as i{number}"]
    for index, output in enumerate(row.outputs):
        if isinstance(output, ValueOut):
            columns.append(f"{output.source.sql.format(t=alias)} as c{number}_{index}")
    return columns, ""


def _sql_of(build: Build, row: RowNode, output: ValueOut, alias: str) -> str:
    if row.entity.name == "AccessRecord":
        members = frozenset(item.json_key for item in output.selection if item.json_key)
        scoped = column(output.source.name, _scope(build, alias), members)
        if scoped is not None:
            return scoped
    return output.source.sql.format(t=alias)


def _link(
    build: Build, output: LinkOut, parent: str, page_name: str, shown: str
) -> tuple[list[str], str]:
    row = output.node
    alias = f"t{len(build.instances) + 1}"
    columns, joins = _columns(build, row, alias, page_name, shown)
    on = (output.source.join or "true").format(p=parent, t=alias)
    out = f"x{alias}"
    names = [column.rsplit(" as ", 1)[1] for column in columns]
    inner = f"select {', '.join(columns)} from {row.entity.table} {alias}{joins} where {on}"
    return (
        [f"{out}.{name} as {name}" for name in names],
        f" left join lateral ({inner} offset 0) {out} on true",
    )


def connections_below(row: RowNode) -> list[ConnOut]:
    """Connections selected on this record or on a record linked to it, that
    hang on the same page.
    """
    found: list[ConnOut] = []
    for output in row.outputs:
        if isinstance(output, ConnOut):
            found.append(output)
        elif isinstance(output, LinkOut):
            found += connections_below(output.node)
    return found
