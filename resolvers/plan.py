"""The plan: what a document asks, as a tree of frozen dataclasses.

Made by `planning` from a validated operation, narrowed by `restriction`,
turned into SQL by `rendering`. Response keys stand beside schema names and are
never mixed up: a key is only ever an output label, a name decides rights.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from schema.catalog import EntitySource, FieldSource
from schema.types.statistics import StatisticsTable

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bind:
    """A parameter of the statement and where its value comes from.

    `origin` is `const` (value of a literal), `var` (variable `name`, then
    `path` into it) or `ctx` (`name` of a fact of the request, such as agency).
    `cast` is the PostgreSQL type the parameter is read as.
    """

    origin: Literal["const", "var", "ctx"]
    name: str = ""
    path: tuple[str | int, ...] = ()
    value: object = None
    cast: str = "text"


@dataclass(frozen=True, slots=True)
class TypenameOut:
    """`__typename` of an object whose type is known."""

    key: str
    type_name: str


@dataclass(frozen=True, slots=True)
class IdOut:
    """The id of the record, under any response key."""

    key: str


@dataclass(frozen=True, slots=True)
class ObjectOut:
    """A member of a type without an id: `key` in the answer, `json_key` in the stored value."""

    key: str
    json_key: str | None
    sql_type: str = "text"
    type_name: str | None = None
    selection: tuple[ObjectOut, ...] = ()
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class ValueOut:
    """A protected field of the row, with the selection where it is an object."""

    key: str
    source: FieldSource
    selection: tuple[ObjectOut, ...] = ()


@dataclass(frozen=True, slots=True)
class WithheldOut:
    """`withheld { field reason clause }`; `items` are (response key, schema name)."""

    key: str
    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class VersionsOut:
    """`classVersions { dataClass version }`; `items` are (response key, schema name)."""

    key: str
    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class LinkOut:
    """A to-one link: null where its target may not be seen."""

    key: str
    source: FieldSource
    node: RowNode


@dataclass(frozen=True, slots=True)
class ConnOut:
    """A connection below a record."""

    key: str
    source: FieldSource
    connection: Connection


RowOut = TypenameOut | IdOut | ValueOut | WithheldOut | VersionsOut | LinkOut | ConnOut


@dataclass(frozen=True, slots=True)
class RowNode:
    """One record of `entity` as it stands at `path` in the answer."""

    entity: EntitySource
    path: Path
    outputs: tuple[RowOut, ...]
    explained: bool = False
    """Every class of it is decided, though nothing of it is shown: `explainAccess`."""
    unreasoned: bool = False
    """Of classes that are decided and not selected nobody asks why they are closed: an entry."""


@dataclass(frozen=True, slots=True)
class Compare:
    """`field op value`; `bind` is None for isNull, whose truth is `flag`."""

    source: FieldSource
    op: str
    bind: Bind | None
    flag: bool = False


@dataclass(frozen=True, slots=True)
class Through:
    """A filter on the record behind a to-one link."""

    source: FieldSource
    entity: EntitySource
    inner: Filter


@dataclass(frozen=True, slots=True)
class Combine:
    """`and`, `or`, `not` of filters; `and` of nothing is true, `or` of nothing is false."""

    kind: Literal["and", "or", "not"]
    items: tuple[Filter, ...]


Filter = Compare | Through | Combine


@dataclass(frozen=True, slots=True)
class OrderKey:
    """One key of an order; nulls, stored or withheld, come last in both directions."""

    source: FieldSource
    descending: bool


@dataclass(frozen=True, slots=True)
class TotalOut:
    """`totalCount`: the visible records that pass the filter."""

    key: str


@dataclass(frozen=True, slots=True)
class PageInfoOut:
    """`items` are (response key, schema name)."""

    key: str
    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CursorOut:
    """`cursor` of an edge, sealed between fetch and commit."""

    key: str


@dataclass(frozen=True, slots=True)
class NodeOut:
    """`node` of an edge."""

    key: str
    node: RowNode


@dataclass(frozen=True, slots=True)
class EdgesOut:
    """`edges` of a page."""

    key: str
    items: tuple[TypenameOut | CursorOut | NodeOut, ...]


@dataclass(frozen=True, slots=True)
class ChangeOut:
    """`node` of an edge of the feed; `members` are (response key, schema name, key of the branches
    where it is `record`).
    """

    key: str
    members: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class ChangeEdgesOut:
    """`edges` of a page of the feed."""

    key: str
    items: tuple[TypenameOut | CursorOut | ChangeOut, ...]


ConnPart = TypenameOut | TotalOut | PageInfoOut | EdgesOut


@dataclass(frozen=True, slots=True)
class Connection:
    """A page of records. `number` is unique in the plan; `name` is what cursors are bound to."""

    number: int
    name: str
    entity: EntitySource
    path: Path
    first: Bind
    after: Bind | None
    filter: Filter | None
    order: tuple[OrderKey, ...]
    parts: tuple[ConnPart, ...]


@dataclass(frozen=True, slots=True)
class SingleRoot:
    """`victim(id:)` and its like."""

    key: str
    identifier: Bind
    node: RowNode


@dataclass(frozen=True, slots=True)
class WatchRoot(SingleRoot):
    """`returnCaseChanged` and `worklistChanged`: the case that was touched. `watched` is the one
    that is asked about, None for any; `desk`: only where it is on the caller's worklist.
    """

    watched: Bind | None = None
    desk: bool = False

    @property
    def path(self) -> Path:
        """Where in the answer it stands."""
        return (self.key,)


@dataclass(frozen=True, slots=True)
class ConnRoot:
    """`victims(first: ...)` and its like."""

    key: str
    connection: Connection


@dataclass(frozen=True, slots=True)
class NodeRoot:
    """`node(id:)`: one branch for every type that has an id."""

    key: str
    identifier: Bind
    branches: tuple[RowNode, ...]


@dataclass(frozen=True, slots=True)
class EntitiesRoot:
    """`_entities(representations:)`: per type its own branch, answers in the order of the
    question.
    """

    key: str
    representations: Bind
    branches: tuple[RowNode, ...]


@dataclass(frozen=True, slots=True)
class ChangesRoot:
    """`changes`: a page of the feed. `records` has, by the place of each `record` in the document,
    a branch for every type; the first ones judge every class, whatever is selected.
    """

    key: str
    number: int
    first: Bind
    after: Bind | None
    parts: tuple[TypenameOut | PageInfoOut | ChangeEdgesOut, ...]
    records: tuple[tuple[str, tuple[RowNode, ...]], ...]


@dataclass(frozen=True, slots=True)
class LocalRoot:
    """`me`, introspection, `_service`, `__typename`: answered without a statement."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class ExplainRoot:
    """`explainAccess(id:)`: the decision on every class of the record, of whatever type it is."""

    key: str
    identifier: Bind
    as_of: Bind | None
    branches: tuple[RowNode, ...]
    many: bool = False
    """`identifier` is a list of ids of one type: a replay asks about all records of an answer."""


@dataclass(frozen=True, slots=True)
class CheckpointRoot:
    """`accessCheckpoint`: public, of the tree and of no record."""

    key: str
    selection: tuple[ObjectOut, ...]


@dataclass(frozen=True, slots=True)
class StatisticsRoot:
    """`statistics(table:)`: cells of figures, of no record."""

    key: str
    table: StatisticsTable
    corridor: Bind | None
    since: Bind | None
    until: Bind | None
    selection: tuple[ObjectOut, ...]


Root = (
    SingleRoot
    | ConnRoot
    | NodeRoot
    | EntitiesRoot
    | LocalRoot
    | ExplainRoot
    | CheckpointRoot
    | StatisticsRoot
    | ChangesRoot
)


CostTerm = tuple[int, tuple[Bind, ...]]


@dataclass(frozen=True, slots=True)
class Plan:
    """One operation, planned. `cost_terms` are (fields, binds of the `first` around them);
    `cost_choices` are those of roots of which one branch answers: the dearest is charged.
    """

    operation_name: str
    document_hash: str
    roots: tuple[Root, ...]
    cost_terms: tuple[CostTerm, ...] = field(default=())
    cost_choices: tuple[tuple[tuple[CostTerm, ...], ...], ...] = field(default=())
    acting: bool = False
    """The payload of an act: its record may have a kind of its own and says what was done."""
