"""Roots without a statement: introspection, `__typename`, `_service` and `me`.

Answered by graphql-core over a copy of the schema without resolvers. They tell
of the schema and of the caller's own token and grants, never of a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import orjson
from graphql import (
    DocumentNode,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    execute_sync,
    print_ast,
)
from graphql.language import FieldNode, FragmentSpreadNode, InlineFragmentNode, SelectionSetNode

from authz.caller import Caller
from authz.conditions import sentence
from authz.grants import Grant
from authz.profile import Policy, met_by, never_on_records
from authz.standing import told_to
from resolvers.documents import Document
from resolvers.lawmaking import version_form
from resolvers.planning import LOCAL_ROOTS
from schema.sdl import print_api_sdl, print_sdl

OF_POLICY = frozenset({"me", "protocolVersions"})
"""Roots that tell of the policy in force: it is read anew where it has changed."""
_PLAIN = frozenset({"Boolean", "String", "Int", "ID", "Float"})


@cache
def _plain_schema() -> GraphQLSchema:
    extra = "type _Service { sdl: String! } extend type Query { _service: _Service! }"
    return build_schema(f"{print_api_sdl()}\n{extra}", assume_valid_sdl=True)


def answer_local(
    document: Document,
    operation: OperationDefinitionNode,
    variables: Mapping[str, object],
    caller: Caller,
    policy: Policy | None,
) -> dict[str, bytes]:
    """JSON of each local root by response key."""
    definitions = tuple(
        d for d in operation.variable_definitions or () if print_ast(d.type).rstrip("!") in _PLAIN
    )
    given = {d.variable.name.value for d in definitions}
    kept = OperationDefinitionNode(
        operation=operation.operation,
        name=operation.name,
        variable_definitions=definitions,
        directives=(),
        selection_set=_only_local(operation.selection_set, document),
    )
    ast = DocumentNode(definitions=(kept, *document.fragments.values()))
    root = {
        "me": _me(caller, policy),
        "protocolVersions": _versions(caller, policy),
        "_service": {"sdl": print_sdl()},
    }
    result = execute_sync(
        _plain_schema(),
        ast,
        root_value=root,
        variable_values={name: value for name, value in variables.items() if name in given},
    )
    data = result.data or {}
    return {key: orjson.dumps(value) for key, value in data.items()}


def _only_local(selections: SelectionSetNode, document: Document) -> SelectionSetNode:
    kept: list[object] = []
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            if selection.name.value in LOCAL_ROOTS:
                kept.append(selection)
        elif isinstance(selection, InlineFragmentNode):
            inner = _only_local(selection.selection_set, document)
            kept.append(
                InlineFragmentNode(
                    type_condition=selection.type_condition,
                    directives=selection.directives,
                    selection_set=inner,
                )
            )
        elif isinstance(selection, FragmentSpreadNode):
            fragment = document.fragments[selection.name.value]
            kept.append(
                InlineFragmentNode(
                    type_condition=fragment.type_condition,
                    directives=selection.directives,
                    selection_set=_only_local(fragment.selection_set, document),
                )
            )
    return SelectionSetNode(selections=tuple(kept))  # type: ignore[arg-type]


def _versions(caller: Caller, policy: Policy | None) -> list[dict[str, object]]:
    return [version_form(v, policy) for v in told_to(caller, policy)] if policy else []


def _me(caller: Caller, policy: Policy | None) -> dict[str, object]:
    grants = policy.grants if policy else ()
    mine = [
        g
        for g in grants
        if met_by(g, caller)
        and not never_on_records(g)
        and not g.purposes.isdisjoint(caller.purposes)
    ]
    return {
        "agency": caller.agency,
        "country": caller.country,
        "unit": caller.unit,
        "roles": list(caller.roles),
        "purposes": list(caller.purposes),
        "grants": [_grant(g) for g in sorted(mine, key=lambda g: g.clause.order)],
    }


def _grant(grant: Grant) -> dict[str, object]:
    words = [sentence(c) for c in grant.when]
    classes = sorted(c.value for c in grant.classes)
    where = f" where {'; and '.join(words)}" if words else ""
    return {
        "clause": str(grant.clause),
        "agreement": grant.clause.agreement,
        "entity": grant.entity,
        "classes": classes,
        "purposes": sorted(grant.purposes),
        "conditions": [str(c) for c in grant.when],
        "until": grant.until.isoformat() if grant.until else None,
        "sentence": f"{', '.join(classes)} of {grant.entity} for"
        f" {', '.join(sorted(grant.purposes))}{where}",
    }
