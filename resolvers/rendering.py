"""Hop 6a: a narrowed plan becomes one statement that discloses and records.

Takes a `Narrowed` plan, gives a `Statement`: deterministic SQL text, the binds
of its parameters in order, and what is needed to read its one row: a JSON text
for each root, whether the policy it was rendered for still stands, what was
withheld where, the record's id and the keys of its cursors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from resolvers.checkpointing import checkpoint_sql
from resolvers.feeding.pages import changes_sql, places_sql
from resolvers.inputs import constants_of
from resolvers.outputs import Outputs
from resolvers.parameters import Parameters
from resolvers.plan import (
    Bind,
    ChangesRoot,
    CheckpointRoot,
    Connection,
    ConnRoot,
    EntitiesRoot,
    ExplainRoot,
    LocalRoot,
    NodeRoot,
    Path,
    Root,
    SingleRoot,
    StatisticsRoot,
    TotalOut,
    ValueOut,
    WatchRoot,
)
from resolvers.recording import WRITTEN, record
from resolvers.restriction import Narrowed
from resolvers.rows import Build, Instance, single, total
from resolvers.statistics import statistics_sql
from resolvers.walking import connections_of
from resolvers.worklist import listed
from schema.classes import DataClass

_PAST = (
    ("registry.", "past."),
    ("now()", "past.moment()"),
    ("current_date", "past.today()"),
)
_TIMELESS = ("record_version", "state_edge", "time_limit")
"""Tables that keep no past: they are read as they are."""
_UUID = "'^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$'"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement for one document, shape and profile.

    Columns of its one row, all text: `stale` (t or f), `rec` (id of the access
    record or null), `withheld` (JSON [[instance, position, state, count]]),
    `bad` (a cursor of another parent: t or f), `cursors` (JSON), then the roots
    in `root_keys` order.
    """

    sql: str
    binds: tuple[Bind, ...]
    constants: Mapping[int, bytes | None]
    root_keys: tuple[str, ...]
    withheld_paths: Mapping[tuple[int, int], tuple[Path, ...]]
    long_keys: Mapping[str, str]
    sealed: Mapping[int, Connection | ChangesRoot]
    narrowed: Narrowed
    judged: Mapping[str, tuple[DataClass, ...]] = field(default_factory=dict)
    """For each type of record that is explained, the classes whose states stand in its array."""


COLUMNS_BEFORE_ROOTS = 5


def render(
    narrowed: Narrowed,
    *,
    has_unit: bool,
    has_cases: bool,
    past: bool = False,
    recorded: bool = True,
) -> Statement:
    """Render the statement. The text depends on document, shape and grants alone.

    `past` reads the registry as it stood at `saphan.as_of`; not `recorded` asks
    what another caller would be shown, of which the asking itself is recorded
    elsewhere.
    """
    build = Build(narrowed, Parameters(has_cases=has_cases), has_unit)
    outputs = Outputs(build)
    keys: list[str] = []
    roots: list[str] = []
    for index, root in enumerate(narrowed.plan.roots, 1):
        if isinstance(root, LocalRoot):
            continue
        keys.append(root.key)
        roots.append(f"{_root(build, outputs, root, index)}::text as r{index}")
    if recorded:
        record(build)
    connections = {
        c.number: c
        for c in connections_of(narrowed.plan)
        if c.number in build.pages and outputs.seals(c)
    }
    feeds = {r.number: r for r in narrowed.plan.roots if isinstance(r, ChangesRoot)}
    head = [
        "false as stale" if past else stale(build.params),
        f"{WRITTEN} as rec" if recorded else "null::text as rec",
        f"{_withheld()} as withheld" if recorded else "null::text as withheld",
        f"{_bad_cursor(build)} as bad",
        f"{_cursors(build, connections, feeds)} as cursors",
    ]
    ctes = ",\n".join(
        f"{name} as {'' if text.startswith('insert') else 'materialized '}({text})"
        for name, text in build.ctes
    )
    sql = f"with {ctes}\nselect " + ",\n  ".join([*head, *roots])
    return Statement(
        sql=as_it_stood(sql) if past else sql,
        binds=tuple(build.params.binds),
        constants=constants_of(build.params.binds),
        root_keys=tuple(keys),
        withheld_paths=_paths(build),
        long_keys=outputs.keys.long,
        sealed={**connections, **feeds},
        narrowed=narrowed,
        judged={
            instance.row.entity.name: instance.classes
            for instance in build.instances
            if instance.row.explained and not feeds
        },
    )


def as_it_stood(sql: str) -> str:
    """The same statement over the registry of a past instant: its views and its clock."""
    for present, past in _PAST:
        sql = sql.replace(present, past)
    for name in _TIMELESS:
        sql = sql.replace(f"past.{name}", f"registry.{name}")
    return sql


def stale(params: Parameters) -> str:
    """A column that is true where the law is another than the one the statement was made for."""
    ctx = params.ctx
    return (
        f"(select v.number <> {ctx('policy_version', 'bigint')} from policy.version v)"
        f" or coalesce(now() >= {ctx('policy_horizon', 'timestamptz')}, false) as stale"
    )


def _root(build: Build, outputs: Outputs, root: Root, index: int) -> str:
    match root:
        case SingleRoot():
            name = f"s{index}"
            bind = build.params.of(root.identifier)
            extra = ", 1::bigint as rn"
            condition = f"{{t}}.id = {bind}"
            if isinstance(root, WatchRoot) and root.desk:
                condition += f" and {_on_list(build, root.node.entity.name)}"
            single(build, name, root.node, "", condition, extra)
            joins = outputs.below(root.node, name, "p")
            return f"(select {outputs.node(root.node, 'p')} from {name} p{joins})"
        case ConnRoot(connection=connection):
            return _connection_root(build, outputs, connection)
        case NodeRoot():
            bind = build.params.of(root.identifier)
            branches = []
            for position, branch in enumerate(root.branches):
                name = f"s{index}_{position}"
                single(build, name, branch, "", f"{{t}}.id = {bind}", ", 1::bigint as rn")
                joins = outputs.below(branch, name, "p")
                branches.append(f"(select {outputs.node(branch, 'p')} from {name} p{joins})")
            return f"coalesce({', '.join(branches)})"
        case EntitiesRoot():
            return _entities_root(build, outputs, root, index)
        case ExplainRoot():
            return _explain_root(build, root, index)
        case CheckpointRoot():
            return checkpoint_sql(outputs, root)
        case StatisticsRoot():
            return statistics_sql(outputs, root)
        case ChangesRoot():
            return changes_sql(build, outputs, root)
        case LocalRoot():
            raise AssertionError("a local root has no statement")


def _on_list(build: Build, entity: str) -> str:
    """The row `{t}` is on the caller's worklist; every other brace stands for itself."""
    alias = f"t{len(build.instances) + 1}"
    text = listed(build.narrowed.decisions[entity], build.base, alias, alias)
    return text.replace("{", "{{").replace("}", "}}")


def _connection_root(build: Build, outputs: Outputs, connection: Connection) -> str:
    outputs.assemble(connection, None)
    number = connection.number
    sources = ["(select 1) one"]
    if number in build.pages:
        sources.append(f"left join a{number} on true")
    if any(isinstance(part, TotalOut) for part in connection.parts):
        counted = total(build, connection, None)
        sources.append(f"cross join (select {counted} as tc) n{number}")
    return f"(select {outputs.connection(connection, f'a{number}')} from {' '.join(sources)})"


def _explain_root(build: Build, root: ExplainRoot, index: int) -> str:
    """JSON [type, vis, states in the order of the instance's classes], null for a hidden record."""
    bind = build.params.of(root.identifier)
    condition = f"{{t}}.id = any({bind})" if root.many else f"{{t}}.id = {bind}"
    branches = []
    for position, branch in enumerate(root.branches):
        name = f"s{index}_{position}"
        single(build, name, branch, "", condition, ", 1::bigint as rn")
        number = build.instance(branch).number
        told = f"json_build_array('{branch.entity.name}', p.k{number})"
        if root.many:
            told = f"json_object_agg(p.i{number}, {told})"
        branches.append(f"(select {told} from {name} p)")
    return f"coalesce({', '.join(branches)})"


def _entities_root(build: Build, outputs: Outputs, root: EntitiesRoot, index: int) -> str:
    given = build.params.of(root.representations)
    elements = f"e{index}"
    build.add(
        elements,
        "select x.n as rn, x.r->>'__typename' as ty, case when x.r->>'id' ~ "
        f"{_UUID} then (x.r->>'id')::uuid end as id"
        f" from jsonb_array_elements({given}) with ordinality x(r, n)",
    )
    joins, values = "", []
    for position, branch in enumerate(root.branches):
        name = f"s{index}_{position}"
        condition = f"{{t}}.id = x.id and x.ty = '{branch.entity.name}'"
        single(build, name, branch, f"{elements} x cross join ", condition, ", x.rn as rn")
        below = outputs.below(branch, name, "p")
        joins += (
            f" left join (select p.rn, {outputs.node(branch, 'p')} as j from {name} p{below})"
            f" b{position} on b{position}.rn = e.rn"
        )
        values.append(f"b{position}.j")
    value = f"coalesce({', '.join(values)})" if values else "null::json"
    return f"(select coalesce(json_agg({value} order by e.rn), '[]') from {elements} e{joins})"


def _withheld() -> str:
    return (
        "(select json_agg(json_build_array(w.i, w.pos, w.st, w.n)) from (select u.key[1] as i,"
        " x.pos, x.st, count(*) as n from u cross join lateral unnest(u.key) with ordinality"
        " x(st, pos) where 0 > any(u.key) and x.st < 0 and x.pos > 2 group by 1, 2, 3) w)::text"
    )


def _bad_cursor(build: Build) -> str:
    """Asked of the parent and not of the rows that follow: there may be none."""
    tests = []
    for connection in connections_of(build.narrowed.plan):
        parent = build.parents.get(connection.number)
        if connection.after is not None and parent is not None:
            key = build.params.ctx(f"cursor_parent{connection.number}")
            shown = "" if parent.shown == "true" else f" and pp.{parent.shown}"
            tests.append(
                f"exists (select from {parent.page} pp where pp.i{parent.number} is not null{shown}"
                f" and pp.i{parent.number}::text <> {key})"
            )
    return f"({' or '.join(tests) or 'false'})"


def _cursors(
    build: Build, sealed: Mapping[int, Connection], feeds: Mapping[int, ChangesRoot]
) -> str:
    parts = [places_sql(build, feed) for feed in feeds.values()]
    for number, connection in sorted(sealed.items()):
        keys = [f"p.ok{i}::text" for i in range(len(connection.order))] + ["p.rid::text"]
        nested = not connection.name.startswith("Query.")
        parent = "p.prid::text" if nested else "''"
        parts.append(
            f"select json_build_array({number}, p.rn, {parent}, array[{', '.join(keys)}]) as k"
            f" from {build.pages[number]} p where p.o <= {build.params.of(connection.first)}"
        )
    if not parts:
        return "null::text"
    return f"(select json_agg(z.k) from ({' union all '.join(parts)}) z)::text"


def _paths(build: Build) -> dict[tuple[int, int], tuple[Path, ...]]:
    """Where in the answer the fields of each class of each record node stand."""
    paths: dict[tuple[int, int], tuple[Path, ...]] = {}
    for instance in build.instances:
        for data_class in instance.classes:
            paths[(instance.number, instance.position(data_class))] = _paths_of(
                instance, data_class.value
            )
    return paths


def _paths_of(instance: Instance, data_class: str) -> tuple[Path, ...]:
    return tuple(
        (*instance.row.path, output.key)
        for output in instance.row.outputs
        if isinstance(output, ValueOut) and output.source.data_class == data_class
    )
