"""Answers as JSON built in PostgreSQL: `row_to_json` over named records, bottom up.

Takes the CTEs of `rows`, gives the JSON of each root as one text column.
Response keys become column names only where they fit: PostgreSQL cuts names
to 63 bytes, so a longer key travels under a short one that cannot occur in
JSON text and is put back in the bytes (`Keys`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from resolvers.decision import CLAUSES, NO_PROTOCOL, REASON_BY_BIT
from resolvers.parameters import TIME
from resolvers.plan import (
    Bind,
    Connection,
    ConnOut,
    CursorOut,
    EdgesOut,
    IdOut,
    LinkOut,
    NodeOut,
    ObjectOut,
    PageInfoOut,
    RowNode,
    RowOut,
    TotalOut,
    TypenameOut,
    ValueOut,
    VersionsOut,
    WithheldOut,
)
from resolvers.restriction import selected
from resolvers.rows import Build, Instance, page, total
from resolvers.walking import nodes_of
from schema.catalog import FieldSource, Kind

_LONGEST = 63


@dataclass(slots=True)
class Keys:
    """Response keys as column names. `long` maps the short stand-in to the
    key that was too long.
    """

    long: dict[str, str] = field(default_factory=dict)

    def name(self, key: str) -> str:
        """A quoted column name for a response key."""
        if len(key) <= _LONGEST:
            return f'"{key}"'
        for short, known in self.long.items():
            if known == key:
                return f'"{short}"'
        short = f"~{len(self.long)}"
        self.long[short] = key
        return f'"{short}"'


@dataclass(slots=True)
class Outputs:
    """JSON text of nodes and connections for one statement."""

    build: Build
    keys: Keys = field(default_factory=Keys)

    def record(self, members: list[tuple[str, str]]) -> str:
        """A JSON object of (response key, SQL) in this order."""
        columns = ", ".join(f"{sql} as {self.keys.name(key)}" for key, sql in members)
        # an alias that no response key can equal: a column of that name would be taken for the row
        return f'(select row_to_json("~r") from (select {columns}) "~r")'

    def node(self, row: RowNode, p: str) -> str:
        """The JSON of one record whose columns are in the CTE alias `p`."""
        instance = self.build.instance(row)
        members = [
            (output.key, self._member(instance, index, output, p))
            for index, output in enumerate(row.outputs)
        ]
        if not members:
            return "'{}'::json"
        return self.record(members)

    def _member(self, instance: Instance, index: int, output: RowOut, p: str) -> str:
        number = instance.number
        match output:
            case TypenameOut(type_name=type_name):
                return f"'{type_name}'::text"
            case IdOut():
                return f"{p}.i{number}"
            case ValueOut(source=source):
                return self._value(instance, index, output, source, p)
            case WithheldOut():
                return self._withheld(instance, output, p)
            case VersionsOut():
                return self._versions(instance, output, p)
            case LinkOut(node=node):
                linked = self.build.instance(node).number
                return f"case when {p}.i{linked} is not null then {self.node(node, p)} end"
            case ConnOut(connection=connection):
                return self.connection(connection, f"a{connection.number}")

    def _value(
        self, instance: Instance, index: int, output: ValueOut, source: FieldSource, p: str
    ) -> str:
        inherited = instance.row.entity.binding == "INHERITED"
        if not inherited and source.data_class not in instance.classes:
            return "null::text"
        column = f"{p}.c{instance.number}_{index}"
        if output.selection:
            return self._object(output.selection, column, source.is_list)
        if source.sql_type == "timestamptz":
            return f"to_char({column} at time zone 'UTC', '{TIME}')"
        return column

    def _object(self, selection: tuple[ObjectOut, ...], value: str, is_list: bool) -> str:
        def members(e: str) -> str:
            return self.record([(item.key, self._object_member(item, e)) for item in selection])

        if is_list:
            return (
                f"(select case when {value} is not null then coalesce("
                f"(select json_agg({members('e.v')}"
                f" order by e.n) from jsonb_array_elements({value}) with ordinality e(v, n)), '[]')"
                " end)"
            )
        return f"case when {value} is not null then {members(value)} end"

    def _object_member(self, item: ObjectOut, value: str) -> str:
        if item.json_key is None:
            return f"'{item.type_name}'::text"
        if item.selection:
            return self._object(item.selection, f"({value} -> '{item.json_key}')", item.is_list)
        if item.sql_type == "text":
            return f"{value} ->> '{item.json_key}'"
        return f"nullif({value} -> '{item.json_key}', 'null'::jsonb)"

    def _withheld(self, instance: Instance, output: WithheldOut, p: str) -> str:
        """`withheld` of one record: schema order, each protected field once, refused ones left
        out.
        """
        rows = [
            f"({order}, '{source.name}',"
            f" {p}.k{instance.number}[{instance.position(source.data_class)}])"
            for order, source in enumerate(selected(instance.row))
            if source.data_class in instance.classes
        ]
        if not rows:
            return "'[]'::json"
        item = self.record([(key, self._withheld_item(name)) for key, name in output.items])
        return (
            f"coalesce((select json_agg({item} order by f.n) from (values {', '.join(rows)})"
            " f(n, name, s) where f.s < 0), '[]')"
        )

    def _versions(self, instance: Instance, output: VersionsOut, p: str) -> str:
        """Versions of the classes that the caller may read on the record, in their order."""
        fields = instance.row.entity.fields.values()
        edited = {source.data_class for source in fields if source.kind is not Kind.HISTORY}
        rows = ", ".join(
            f"({order}, '{data_class.value}',"
            f" {p}.k{instance.number}[{instance.position(data_class)}])"
            for order, data_class in enumerate(sorted(instance.classes))
            if data_class in edited
        )
        if not rows:
            return "'[]'::json"
        told = {
            "dataClass": "f.name",
            "version": "coalesce(v.version, 1)",
            "__typename": "'ClassVersion'::text",
        }
        item = self.record([(key, told[name]) for key, name in output.items])
        live = f" and f.name <> all({p}.z{instance.number})" if instance.copied else ""
        return (
            f"coalesce((select json_agg({item} order by f.n) from (values {rows}) f(n, name, s)"
            f" left join registry.record_version v on v.record_id = {p}.i{instance.number}"
            f" and v.data_class = f.name where f.s >= 0{live}), '[]')"
        )

    def _withheld_item(self, name: str) -> str:
        if name == "__typename":
            return "'Withheld'::text"
        if name == "field":
            return "f.name"
        return reason_sql("f.s") if name == "reason" else clause_sql(self.build, "f.s")

    def connection(self, connection: Connection, a: str) -> str:
        """The JSON of a connection from its assembled row `a` (null where the page is empty)."""
        members: list[tuple[str, str]] = []
        for index, part in enumerate(connection.parts):
            match part:
                case TypenameOut(type_name=type_name):
                    members.append((part.key, f"'{type_name}'::text"))
                case TotalOut():
                    members.append((part.key, f"n{connection.number}.tc"))
                case EdgesOut():
                    members.append((part.key, f"coalesce({a}.e{index}, '[]')"))
                case PageInfoOut(items=items):
                    members.append((part.key, self._page_info(items, a)))
        return self.record(members)

    def _page_info(self, items: tuple[tuple[str, str], ...], a: str) -> str:
        fields = {
            "hasNextPage": f"coalesce({a}.hn, false)",
            "hasPreviousPage": "false",
            "startCursor": f"{a}.sc",
            "endCursor": f"{a}.ec",
            "__typename": "'PageInfo'::text",
        }
        return self.record([(key, fields[name]) for key, name in items])

    def cursor(self, connection: Connection, p: str) -> str:
        """The place of a cursor, to be sealed between fetch and commit."""
        nonce = self.build.params.ctx("nonce")
        return f"({nonce} || ':{connection.number}:' || {p}.rn)"

    def assemble(self, connection: Connection, parent: Instance | None) -> None:
        """CTEs of a connection: its page, those below it, and `a<n>` with one row a parent."""
        nodes = list(nodes_of(connection))
        rows = [part for part in connection.parts if isinstance(part, EdgesOut | PageInfoOut)]
        if not rows:
            return
        implied = not nodes and any(isinstance(part, EdgesOut) for part in rows)
        if implied:
            # an edge without its node still says that the record is there
            nodes = [RowNode(connection.entity, connection.path, ())]
        name = page(self.build, connection, nodes, parent)
        joins = "".join(self.below(node, name, "p") for node in nodes)
        first = self.build.params.of(connection.first)
        shown = f"p.o <= {first}"
        columns = [f"bool_or(p.o > {first}) as hn"]
        if self.seals(connection):
            place = self.cursor(connection, "p")
            columns.append(f"(array_agg({place} order by p.o) filter (where {shown}))[1] as sc")
            columns.append(
                f"(array_agg({place} order by p.o desc) filter (where {shown}))[1] as ec"
            )
        else:
            columns.append("null::text as sc, null::text as ec")
        for index, part in enumerate(connection.parts):
            if isinstance(part, EdgesOut):
                edge = self.record(
                    [(item.key, self._edge(connection, item)) for item in part.items]
                )
                columns.append(f"json_agg({edge} order by p.o) filter (where {shown}) as e{index}")
        text = f"select p.prn, {', '.join(columns)} from {name} p{joins} group by p.prn"
        self.build.add(f"a{connection.number}", text)

    def _edge(self, connection: Connection, item: TypenameOut | CursorOut | NodeOut) -> str:
        match item:
            case TypenameOut(type_name=type_name):
                return f"'{type_name}'::text"
            case CursorOut():
                return self.cursor(connection, "p")
            case NodeOut(node=node):
                return self.node(node, "p")

    def below(self, row: RowNode, page_name: str, p: str) -> str:
        """Assemble the connections of a record and of those linked to it; gives the joins that
        bring them in.
        """
        joins = ""
        for output in row.outputs:
            if isinstance(output, LinkOut):
                joins += self.below(output.node, page_name, p)
            elif isinstance(output, ConnOut):
                connection = output.connection
                parent = self.build.instance(row)
                self.assemble(connection, parent)
                number = connection.number
                if number in self.build.pages:
                    joins += f" left join a{number} on a{number}.prn = {p}.rn"
                if any(isinstance(part, TotalOut) for part in connection.parts):
                    counted = total(self.build, connection, parent)
                    self.build.add(
                        f"n{number}",
                        f"select pp.rn as prn, {counted} as tc from {page_name} pp",
                    )
                    joins += f" left join n{number} on n{number}.prn = {p}.rn"
        return joins

    def seals(self, connection: Connection) -> bool:
        """Whether the answer holds a cursor of this page."""
        for part in connection.parts:
            if isinstance(part, PageInfoOut) and any("Cursor" in name for _, name in part.items):
                return True
            if isinstance(part, EdgesOut) and any(isinstance(i, CursorOut) for i in part.items):
                return True
        return False


def reason_sql(state: str) -> str:
    """The reason of a negative state, as text."""
    words = " ".join(f"when {bit} then '{reason}'" for bit, reason in REASON_BY_BIT.items())
    return (
        f"case when {state} = {NO_PROTOCOL} then 'NO_PROTOCOL'"
        f" else case -({state}) / {CLAUSES} {words} end end"
    )


def clause_sql(build: Build, state: str) -> str:
    """The clause of a negative state, null where there is none."""
    clauses = build.params.of(Bind("const", value=list(build.narrowed.clauses), cast="text[]"))
    return f"({clauses})[{CLAUSES - 1} - (-({state}) % {CLAUSES})]"
