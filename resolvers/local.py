"""Roots without a statement: introspection, `__typename`, `_service` and `me`.

Answered by graphql-core over a copy of the schema without resolvers. They tell
of the schema and of the caller's own token and grants, never of a row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache

import orjson
from graphql import (
    DocumentNode,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    TypeNode,
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
from resolvers.errors import RequestRefused
from resolvers.explaining import verdicts
from resolvers.lawmaking import version_form
from resolvers.planning import LOCAL_ROOTS
from resolvers.rendering import Statement
from schema.sdl import print_api_sdl, print_sdl

OF_POLICY = frozenset({"me", "protocolVersions"})
"""Roots that tell of the policy in force: it is read anew where it has changed."""
_PLAIN = frozenset({"Boolean", "String", "Int", "ID", "Float", "DateTime"})


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
    # made where it is asked for: every document of the law is read for the one, every grant for the
    # other, and `__typename` asks for neither
    root = {
        "me": lambda _info: _me(caller, policy),
        "protocolVersions": lambda _info: _versions(caller, policy),
        "_service": {"sdl": print_sdl()},
    }
    return _shaped(document, operation, variables, root, LOCAL_ROOTS)


def shape_explained(
    document: Document,
    operation: OperationDefinitionNode,
    variables: Mapping[str, object],
    statement: Statement,
    answers: Mapping[str, bytes | None],
) -> dict[str, bytes]:
    """JSON of each `explainAccess` root by response key; `answers` are the statement's own."""

    def explain(info: GraphQLResolveInfo[object], **given: object) -> list[dict[str, object]]:
        wanted = given.get("field")
        found = verdicts(statement, answers[str(info.path.key)], str(wanted) if wanted else None)
        return [verdict.as_dict() for verdict in found]

    root = {"explainAccess": explain}
    return _shaped(document, operation, variables, root, frozenset(root))


def shape_listed(
    document: Document,
    operation: OperationDefinitionNode,
    variables: Mapping[str, object],
    name: str,
    rows: list[dict[str, object]],
) -> dict[str, bytes]:
    """JSON of the roots called `name`, each of which is these rows, by response key."""
    return _shaped(document, operation, variables, {name: rows}, frozenset({name}))


def _shaped(
    document: Document,
    operation: OperationDefinitionNode,
    variables: Mapping[str, object],
    root: Mapping[str, object],
    names: frozenset[str],
) -> dict[str, bytes]:
    definitions = tuple(d for d in operation.variable_definitions or () if _named(d.type) in _PLAIN)
    given = {d.variable.name.value for d in definitions}
    kept = OperationDefinitionNode(
        operation=operation.operation,
        name=operation.name,
        variable_definitions=definitions,
        directives=(),
        selection_set=_only(names, operation.selection_set, document),
    )
    ast = DocumentNode(definitions=(kept, *document.fragments.values()))
    result = execute_sync(
        _plain_schema(),
        ast,
        root_value=root,
        variable_values={name: _written(v) for name, v in variables.items() if name in given},
    )
    for error in result.errors or ():
        if isinstance(error.original_error, RequestRefused):
            raise error.original_error
    data = result.data or {}
    return {key: orjson.dumps(value) for key, value in data.items()}


def _named(kind: TypeNode) -> str:
    return print_ast(kind).strip("[]!")


def _written(value: object) -> object:
    """A coerced variable as a client writes it."""
    return value.isoformat() if isinstance(value, dt.date) else value


def _only(
    names: frozenset[str], selections: SelectionSetNode, document: Document
) -> SelectionSetNode:
    kept: list[object] = []
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            if selection.name.value in names:
                kept.append(selection)
        elif isinstance(selection, InlineFragmentNode):
            inner = _only(names, selection.selection_set, document)
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
                    selection_set=_only(names, fragment.selection_set, document),
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
    acts = f"; and to do {', '.join(sorted(grant.operations))}" if grant.operations else ""
    return {
        "clause": str(grant.clause),
        "agreement": grant.clause.agreement,
        "entity": grant.entity,
        "classes": classes,
        "purposes": sorted(grant.purposes),
        "conditions": [str(c) for c in grant.when],
        "operations": sorted(grant.operations),
        "until": grant.until.isoformat() if grant.until else None,
        "sentence": f"{', '.join(classes)} of {grant.entity} for"
        f" {', '.join(sorted(grant.purposes))}{where}{acts}",
    }
