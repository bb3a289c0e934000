"""A narrowed plan as text for people to review: what is asked, by which class, and what decides.

Takes a `Narrowed`, gives lines. Nothing here is read by the compiler.
"""

from __future__ import annotations

from collections.abc import Iterator

from authz.caller import Caller
from authz.grants import Grant
from resolvers.plan import (
    Bind,
    Combine,
    Compare,
    Connection,
    ConnOut,
    ConnRoot,
    CursorOut,
    EdgesOut,
    EntitiesRoot,
    Filter,
    IdOut,
    LinkOut,
    LocalRoot,
    NodeOut,
    NodeRoot,
    PageInfoOut,
    Root,
    RowNode,
    SingleRoot,
    Through,
    TotalOut,
    TypenameOut,
    ValueOut,
    WithheldOut,
)
from resolvers.restriction import Narrowed, class_of
from resolvers.walking import rows_of


def plan_text(narrowed: Narrowed, caller: Caller, purpose: str) -> str:
    """The whole plan, ending with a newline."""
    asked = f"asked by {caller.agency} as {', '.join(sorted(caller.roles))} for {purpose or '-'}"
    lines = [f"operation {narrowed.plan.operation_name or '-'}", asked]
    for root in narrowed.plan.roots:
        lines += _root(narrowed, root)
    lines.append("decided by")
    entities = dict.fromkeys(row.entity.name for row in rows_of(narrowed.plan))
    for name in entities:
        lines += [f"  {name}: {_grant(g)}" for g in narrowed.decisions[name].grants]
    if any(decision.on_case for decision in narrowed.decisions.values()):
        lines.append("shells")
        lines += [f"  {_grant(g)}" for g in narrowed.decisions["ReturnCase"].shells]
    if narrowed.searched:
        lines.append(f"searched {', '.join(narrowed.searched)}")
    lines += [f"refused as a whole: {fault.message}" for fault in narrowed.whole]
    return "\n".join(lines) + "\n"


def _grant(grant: Grant) -> str:
    classes = " ".join(sorted(grant.classes))
    return f"{grant.clause} opens {classes} when {', '.join(map(str, grant.when))}"


def _root(narrowed: Narrowed, root: Root) -> Iterator[str]:
    match root:
        case SingleRoot(key=key, node=node):
            yield f"{key}: one {node.entity.name} by id"
            yield from _row(narrowed, node, 1)
        case ConnRoot(key=key, connection=connection):
            yield f"{key}: {_page(connection)}"
            yield from _parts(narrowed, connection, 1)
        case NodeRoot(key=key, branches=branches) | EntitiesRoot(key=key, branches=branches):
            yield f"{key}: by id, one of {len(branches)} types"
            for branch in branches:
                if len(branch.outputs) > 1:
                    yield f"  {branch.entity.name}"
                    yield from _row(narrowed, branch, 2)
        case LocalRoot(key=key, name=name):
            yield f"{key}: {name}, without a statement"


def _page(connection: Connection) -> str:
    text = f"page of {connection.entity.name}, first {_bind(connection.first)}"
    if connection.after is not None:
        text += f", after {_bind(connection.after)}"
    if connection.order:
        keys = (f"{k.source.name} {'desc' if k.descending else 'asc'}" for k in connection.order)
        text += f", by {', '.join(keys)}"
    return text + (f", where {_filter(connection.filter)}" if connection.filter else "")


def _bind(bind: Bind) -> str:
    if bind.origin == "var":
        return "$" + ".".join(map(str, (bind.name, *bind.path)))
    return f"<{bind.origin}>"


def _filter(condition: Filter) -> str:
    match condition:
        case Compare(source=source, op=op, bind=bind):
            return f"{source.name} {op}{f' {_bind(bind)}' if bind else ''}"
        case Through(source=source, inner=inner):
            return f"{source.name}({_filter(inner)})"
        case Combine(kind=kind, items=items):
            return f"{kind}({', '.join(_filter(item) for item in items)})"


def _parts(narrowed: Narrowed, connection: Connection, depth: int) -> Iterator[str]:
    pad = "  " * depth
    for part in connection.parts:
        match part:
            case TypenameOut() | TotalOut():
                yield f"{pad}{part.key}: {type(part).__name__}"
            case PageInfoOut(items=items):
                yield f"{pad}{part.key}: {' '.join(name for _, name in items)}"
            case EdgesOut(items=items):
                for item in items:
                    if isinstance(item, NodeOut):
                        yield f"{pad}{part.key}.{item.key}"
                        yield from _row(narrowed, item.node, depth + 1)
                    else:
                        kind = "sealed" if isinstance(item, CursorOut) else "name of the type"
                        yield f"{pad}{part.key}.{item.key}: {kind}"


def _row(narrowed: Narrowed, row: RowNode, depth: int) -> Iterator[str]:
    pad = "  " * depth
    for output in row.outputs:
        match output:
            case IdOut() | TypenameOut():
                yield f"{pad}{output.key}: {type(output).__name__}"
            case WithheldOut(items=items):
                yield f"{pad}{output.key}: {' '.join(name for _, name in items)}"
            case ValueOut(source=source):
                cell = (row.entity.name, class_of(row, source))
                refusal = narrowed.refusals.get(cell)
                end = f", refused on every row: {refusal.reason}" if refusal else ""
                yield f"{pad}{output.key}: {row.entity.name}.{source.name} of {cell[1]}{end}"
            case LinkOut(node=node):
                yield f"{pad}{output.key}: link to {node.entity.name}"
                yield from _row(narrowed, node, depth + 1)
            case ConnOut(connection=connection):
                yield f"{pad}{output.key}: {_page(connection)}"
                yield from _parts(narrowed, connection, depth + 1)
