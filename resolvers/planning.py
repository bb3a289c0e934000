"""Hop 3b: an operation and the shape of its variables become a plan.

Takes a valid document, gives a `Plan`. Nothing here knows a caller: rights
come in `restriction`. Promises that no literal and no variable's value is part
of the plan except as a `Bind`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from graphql import (
    FieldNode,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_named_type,
)

from resolvers import worklist
from resolvers.checkpointing import plan_checkpoint
from resolvers.documents import Document
from resolvers.errors import ErrorCode, RequestRefused
from resolvers.feeding.planning import plan_changes
from resolvers.inputs import Argument
from resolvers.paging import plan_connection
from resolvers.plan import (
    Bind,
    ConnOut,
    ConnRoot,
    CostTerm,
    EntitiesRoot,
    ExplainRoot,
    IdOut,
    LinkOut,
    LocalRoot,
    NodeRoot,
    ObjectOut,
    Path,
    Plan,
    Root,
    RowNode,
    RowOut,
    SingleRoot,
    TypenameOut,
    ValueOut,
    VersionsOut,
    WatchRoot,
    WithheldOut,
)
from resolvers.selection import Collector, FieldNodes
from resolvers.statistics import plan_statistics
from schema.catalog import Catalog, EntitySource, FieldSource, Kind
from schema.types.acts.payloads import RECORDS

MADE = "made_"
"""Prefix of the context values that hold the ids of a payload's records."""
LOCAL_ROOTS = frozenset(
    {
        "me",
        "protocolVersions",
        "whoCanSee",
        "unacknowledgedWithdrawals",
        "__schema",
        "__type",
        "__typename",
        "_service",
    }
)
TOUCHED = Bind("ctx", "touched", cast="uuid")
"""The case that an event of a subscription is about."""
MAX_KEYS = 500
MAX_COMPARISONS = 50
"""Of all filters of an operation: each is planned by PostgreSQL with all the rights around it."""
MAX_READS = 200
"""Of tables in an operation, as written: PostgreSQL plans each of them before it reads a row."""


class Planner:
    """One pass over one operation. Collects the cost terms on its way."""

    def __init__(
        self,
        schema: GraphQLSchema,
        catalog: Catalog,
        document: Document,
        variables: Mapping[str, object],
    ) -> None:
        self.schema = schema
        self.catalog = catalog
        self.variables = variables
        self.collector = Collector(schema, document.fragments, variables)
        self.cost: list[CostTerm] = []
        self.choices: list[tuple[tuple[CostTerm, ...], ...]] = []
        self.comparisons = 0
        self.reads = 0
        self.firsts: tuple[Bind, ...] = ()
        self._connections = 0
        self._singular = {e.singular: e for e in catalog.entities.values() if e.singular}
        self._plural = {e.plural: e for e in catalog.entities.values() if e.plural}

    def root(self, key: str, nodes: FieldNodes) -> Root:
        """Plan one root field."""
        name = nodes[0].name.value
        if name in LOCAL_ROOTS:
            self.cost.append((_count(nodes), ()))
            return LocalRoot(key, name)
        self.count(1)
        if name in self._plural:
            entity = self._plural[name]
            return ConnRoot(key, plan_connection(self, f"Query.{name}", entity, (key,), nodes))
        if name == "worklist":
            entity = self.catalog.entities["ReturnCase"]
            return ConnRoot(key, plan_connection(self, worklist.ROOT, entity, (key,), nodes))
        if name in self._singular:
            entity = self._singular[name]
            node = self.row(entity, (key,), nodes)
            return SingleRoot(key, self.argument(nodes[0], "Query", "id").bind("uuid"), node)
        if name == "explainAccess":
            return self._explained(key, nodes)
        if name == "accessCheckpoint":
            return plan_checkpoint(self, key, nodes)
        if name == "changes":
            return plan_changes(self, key, nodes)
        if name == "statistics":
            return plan_statistics(self, key, nodes)
        if name == "node":
            identifier = self.argument(nodes[0], "Query", "id").bind("uuid")
            return NodeRoot(key, identifier, self.branches((key,), nodes, self._typed()))
        return self._entities(key, nodes)

    def watch(self, key: str, nodes: FieldNodes) -> WatchRoot:
        """Plan the root field of a subscription: one event of it."""
        name, watched = nodes[0].name.value, None
        self.count(1)
        if name == "returnCaseChanged":
            given = self.argument(nodes[0], "Subscription", "id")
            watched = None if given.is_absent or given.is_null else given.bind("uuid")
        node = self.row(self.catalog.entities["ReturnCase"], (key,), nodes)
        return WatchRoot(key, TOUCHED, node, watched, desk=name == "worklistChanged")

    def _explained(self, key: str, nodes: FieldNodes) -> Root:
        """One branch for each type, charged as one record with all its fields."""
        identifier = self.argument(nodes[0], "Query", "id").bind("uuid")
        at = self.argument(nodes[0], "Query", "asOf")
        as_of = None if at.is_absent or at.is_null else at.bind("timestamptz")
        self.count(max(len(entity.fields) for entity in self._typed()))
        branches = tuple(
            RowNode(entity, (key,), (), explained=True)
            for entity in self._typed()
            if entity.name != "AccessRecord"
        )
        self.read(len(branches))
        return ExplainRoot(key, identifier, as_of, branches)

    def _typed(self) -> list[EntitySource]:
        return [e for e in self.catalog.entities.values() if e.binding != "INHERITED"]

    def _entities(self, key: str, nodes: FieldNodes) -> Root:
        argument = self.argument(nodes[0], "Query", "representations")
        bind = argument.bind("jsonb")
        given = argument.constant()
        wanted = {
            item.get("__typename")
            for item in (given if isinstance(given, list) else [])
            if isinstance(item, dict) and isinstance(item.get("__typename"), str)
        }
        union = self.schema.get_type("_Entity")
        served = {t.name for t in self.schema.get_possible_types(union)}  # type: ignore[arg-type]
        entities = [e for e in self._typed() if e.name in served and e.name in wanted]
        outer, self.firsts = self.firsts, (*self.firsts, bind)
        branches = self.branches((key, "@"), nodes, entities)
        self.firsts = outer
        return EntitiesRoot(key, bind, branches)

    def branches(
        self, path: Path, nodes: FieldNodes, entities: Iterable[EntitySource]
    ) -> tuple[RowNode, ...]:
        """One branch for each type; one of them answers, and the dearest is charged."""
        outer, choices, branches = self.cost, [], []
        for entity in entities:
            self.cost = []
            branches.append(self.row(entity, path, nodes))
            choices.append(tuple(self.cost))
        self.cost = outer
        self.choices.append(tuple(choices))
        return tuple(branches)

    def row(self, entity: EntitySource, path: Path, nodes: FieldNodes) -> RowNode:
        """Plan the selection on one record of `entity`."""
        outputs: list[RowOut] = []
        self.read(1)
        fields = self.collector.below(nodes, entity.name)
        _bound_keys(fields)
        for key, merged in fields.items():
            self.count(1)
            outputs.append(self._output(entity, (*path, key), key, merged))
        return RowNode(entity, path, tuple(outputs))

    def _output(self, entity: EntitySource, path: Path, key: str, nodes: FieldNodes) -> RowOut:
        name = nodes[0].name.value
        if name == "__typename":
            return TypenameOut(key, entity.name)
        source = entity.fields[name]
        match source.kind:
            case Kind.ID:
                return IdOut(key)
            case Kind.WITHHELD:
                return WithheldOut(key, self.leaves(nodes, "Withheld"))
            case Kind.VERSIONS:
                return VersionsOut(key, self.leaves(nodes, "ClassVersion"))
            case Kind.LINK:
                target = self.catalog.entities[str(source.target)]
                return LinkOut(key, source, self.row(target, path, nodes))
            case Kind.CONNECTION:
                target = self.catalog.entities[str(source.target)]
                name = f"{entity.name}.{name}"
                return ConnOut(key, source, plan_connection(self, name, target, path, nodes))
            case Kind.OBJECT | Kind.HISTORY:
                return ValueOut(key, source, self._members(str(source.target), nodes))
            case _:
                return ValueOut(key, source)

    def _members(self, object_name: str, nodes: FieldNodes) -> tuple[ObjectOut, ...]:
        members = {name: rest for name, *rest in self.catalog.objects[object_name].fields}
        outputs: list[ObjectOut] = []
        for key, merged in self.collector.below(nodes, object_name).items():
            self.count(1)
            name = merged[0].name.value
            if name == "__typename":
                outputs.append(ObjectOut(key, None, type_name=object_name))
                continue
            json_key, sql_type, nested = members[name]
            below = self._members(str(nested), merged) if nested else ()
            is_list = str(sql_type).endswith("[]")
            outputs.append(
                ObjectOut(key, str(json_key), str(sql_type), selection=below, is_list=is_list)
            )
        return tuple(outputs)

    def leaves(self, nodes: FieldNodes, type_name: str) -> tuple[tuple[str, str], ...]:
        """(response key, schema name) of a selection that has leaves only."""
        fields = self.collector.below(nodes, type_name)
        self.count(len(fields))
        return tuple((key, merged[0].name.value) for key, merged in fields.items())

    def argument(self, node: FieldNode, type_name: str, name: str) -> Argument:
        """One argument of a field of `type_name`, as written or as defined by default."""
        parent = self.schema.type_map[type_name]
        definition = parent.fields[node.name.value].args[name]  # type: ignore[attr-defined]
        for given in node.arguments or ():
            if given.name.value == name:
                return Argument(given.value, definition.type, self.variables)
        return Argument(None, definition.type, self.variables)

    def count(self, fields: int) -> None:
        """Charge `fields` once for each row of the pages around them."""
        self.cost.append((fields, self.firsts))

    def compared(self) -> None:
        """Count one comparison of a filter. Raises RequestRefused beyond what may be planned."""
        self.comparisons += 1
        if self.comparisons > MAX_COMPARISONS:
            raise RequestRefused.of(
                ErrorCode.COST_LIMIT, f"filters hold more than {MAX_COMPARISONS} comparisons"
            )

    def read(self, tables: int) -> None:
        """Count tables in the statement. Raises RequestRefused beyond what may be planned."""
        self.reads += tables
        if self.reads > MAX_READS:
            raise RequestRefused.of(
                ErrorCode.COST_LIMIT,
                f"the operation reads tables more than {MAX_READS} times",
            )

    def number(self) -> int:
        """The next connection number of this plan."""
        self._connections += 1
        return self._connections


def plan_operation(
    schema: GraphQLSchema,
    catalog: Catalog,
    document: Document,
    operation: OperationDefinitionNode,
    variables: Mapping[str, object],
) -> Plan:
    """Plan one query, one event of a subscription or the payload of an act, for variables of this
    shape. Raises RequestRefused.
    """
    planner = Planner(schema, catalog, document, variables)
    name = operation.name.value if operation.name else ""
    if operation.operation is OperationType.MUTATION:
        roots = payload_roots(planner, operation)
        cost = tuple(planner.cost), tuple(planner.choices)
        return Plan(name, document.hash, roots, *cost, acting=True)
    watching = operation.operation is OperationType.SUBSCRIPTION
    root_type = "Subscription" if watching else "Query"
    fields = planner.collector.collect([operation.selection_set], root_type)
    _bound_keys(fields)
    if watching and len(fields) != 1:
        raise RequestRefused.of(
            ErrorCode.BAD_USER_INPUT, "a subscription selects exactly one root field"
        )
    plan = planner.watch if watching else planner.root
    roots = tuple(plan(key, nodes) for key, nodes in fields.items())
    return Plan(name, document.hash, roots, tuple(planner.cost), tuple(planner.choices))


def payload_roots(planner: Planner, operation: OperationDefinitionNode) -> tuple[Root, ...]:
    """One root for each record selected in a mutation's payload; its id comes with the act."""
    roots: list[Root] = []
    fields = planner.collector.collect([operation.selection_set], "Mutation")
    for key, nodes in fields.items():
        payload = payload_of(planner.schema, nodes[0].name.value)
        below = planner.collector.below(nodes, payload)
        _bound_keys(below)
        for name, merged in below.items():
            planner.count(1)
            field = merged[0].name.value
            entity = RECORDS.get(payload, {}).get(field)
            if entity is not None:
                row = planner.row(planner.catalog.entities[entity], (key, name), merged)
                roots.append(SingleRoot(name, Bind("ctx", f"{MADE}{field}", cast="uuid"), row))
    return tuple(roots)


def payload_of(schema: GraphQLSchema, act: str) -> str:
    """The payload type of an act; `` for `__typename`, which is no act."""
    root = schema.mutation_type
    field = root.fields.get(act) if root else None
    return get_named_type(field.type).name if field else ""


def _bound_keys(fields: Mapping[str, FieldNodes]) -> None:
    # a PostgreSQL target list ends at 1,664 entries
    if len(fields) > MAX_KEYS:
        raise RequestRefused.of(
            ErrorCode.COST_LIMIT, f"an object has more than {MAX_KEYS} response keys"
        )


def _count(nodes: Iterable[FieldNode]) -> int:
    total = 0
    for node in nodes:
        total += 1
        for selection in node.selection_set.selections if node.selection_set else ():
            total += _count([selection]) if isinstance(selection, FieldNode) else 1
    return total


def sources(row: RowNode) -> Iterable[FieldSource]:
    """The protected fields selected on this record itself, in schema order, once each."""
    selected = {out.source.name for out in row.outputs if isinstance(out, ValueOut)}
    return [source for name, source in row.entity.fields.items() if name in selected]
