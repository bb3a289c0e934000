"""The last step: roots, errors and extensions become the bytes of one response."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

from resolvers.decision import reason_of
from resolvers.errors import GraphQLFault
from resolvers.execution import Fetched
from resolvers.plan import Plan
from resolvers.rendering import Statement


def assemble(
    plan: Plan,
    local: Mapping[str, bytes],
    statement: Statement | None,
    fetched: Fetched | None,
    cost: Mapping[str, int] | None,
) -> bytes:
    """The complete response of an operation that was not refused as a whole."""
    remote: dict[str, bytes | None] = {}
    if statement is not None and fetched is not None:
        remote = dict(zip(statement.root_keys, fetched.roots, strict=True))
    members = []
    for root in plan.roots:
        value = local.get(root.key) or remote.get(root.key)
        members.append(orjson.dumps(root.key) + b":" + (value or b"null"))
    data = b"{" + b",".join(members) + b"}"
    return _whole(data, statement, fetched, cost)


def assemble_act(
    key: str, payload: bytes, statement: Statement, fetched: Fetched, cost: Mapping[str, int]
) -> bytes:
    """The complete response of an act: its payload under its response key."""
    return _whole(b"{" + orjson.dumps(key) + b":" + payload + b"}", statement, fetched, cost)


def _whole(
    data: bytes,
    statement: Statement | None,
    fetched: Fetched | None,
    cost: Mapping[str, int] | None,
) -> bytes:
    if statement is not None:
        for short, key in statement.long_keys.items():
            # a short key with quotes and colon around it can only be a key of ours: quotes in
            # values are escaped
            data = data.replace(f'"{short}":'.encode(), f'"{key}":'.encode())
    parts = [b'{"data":' + data]
    if statement is not None and statement.narrowed.faults:
        parts.append(b',"errors":' + _errors(statement.narrowed.faults))
    extensions = _extensions(statement, fetched, cost)
    if extensions:
        parts.append(b',"extensions":' + orjson.dumps(extensions))
    return b"".join(parts) + b"}"


def refused_answer(faults: Sequence[GraphQLFault], record: str, cost: Mapping[str, int]) -> bytes:
    """The response of an operation refused as a whole: `data` is null, and the record says so."""
    return (
        b'{"data":null,"errors":'
        + _errors(faults)
        + b',"extensions":'
        + orjson.dumps({"accessRecord": record, "cost": cost})
        + b"}"
    )


def _errors(faults: Sequence[GraphQLFault]) -> bytes:
    return orjson.dumps([fault.as_dict() for fault in faults])


def _extensions(
    statement: Statement | None, fetched: Fetched | None, cost: Mapping[str, int] | None
) -> dict[str, object]:
    extensions: dict[str, object] = {}
    if statement is None or fetched is None:
        return extensions
    if fetched.record is not None:
        extensions["accessRecord"] = fetched.record
        extensions["withheld"] = withheld_by_path(statement, fetched.withheld)
    if cost is not None:
        extensions["cost"] = cost
    return extensions


def withheld_by_path(statement: Statement, withheld: bytes | None) -> dict[str, dict[str, int]]:
    """`{"<path with @>.<key>": {"<REASON>": count}}` from [[instance, position, state, count]]."""
    found: dict[str, dict[str, int]] = {}
    for instance, position, state, count in orjson.loads(withheld) if withheld else ():
        reason = reason_of(state)[0]
        for path in statement.withheld_paths[(instance, position)]:
            reasons = found.setdefault(".".join(path), {})
            reasons[reason] = reasons.get(reason, 0) + count
    return {path: dict(sorted(found[path].items())) for path in sorted(found)}
