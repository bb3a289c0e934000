"""One `whoCanSee` operation from question to answer: one transaction, one record.

Takes the operation and what the engine knows, gives the root's JSON and the id
of the access record, None where nothing was shown and nothing asked of the
registry's content may be told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from graphql import FieldNode, GraphQLSchema, OperationDefinitionNode

from authz.caller import Caller
from authz.profile import Policy
from resolvers.documents import Document
from resolvers.errors import ErrorCode, RequestRefused
from resolvers.execution import Stale, bind_all, context_of, lent, written
from resolvers.inputs import arguments_of, parse_uuid
from resolvers.local import shape_listed
from resolvers.plan import LocalRoot, Plan
from resolvers.rendering import COLUMNS_BEFORE_ROOTS, Statement
from resolvers.selection import Collector
from resolvers.whocansee import AUDITOR, STEWARD, Question, readers, seen_by, subject_of
from resolvers.wire import Pool, Wire
from schema.catalog import Catalog

ROOT = "whoCanSee"


def asks_who(plan: Plan) -> bool:
    """Whether the operation asks who can see a record. Raises RequestRefused where it asks for
    more than that.
    """
    asked = any(isinstance(root, LocalRoot) and root.name == ROOT for root in plan.roots)
    if asked and len(plan.roots) > 1:
        raise RequestRefused.of(ErrorCode.BAD_USER_INPUT, f"`{ROOT}` stands alone in its operation")
    return asked


def may_inspect(caller: Caller, question: Question) -> bool:
    """Whether the caller is an auditor of a country, or a steward of one who asks how the law
    decides on one named desk: who has seen what is not a steward's to know.
    """
    roles = set(caller.roles)
    return bool(caller.country) and (AUDITOR in roles or (STEWARD in roles and all(question.only)))


def question_of(
    schema: GraphQLSchema,
    document: Document,
    operation: OperationDefinitionNode,
    variables: Mapping[str, object],
) -> Question:
    """The question as it was asked. Raises RequestRefused."""
    fields = Collector(schema, document.fragments, variables).collect(
        [operation.selection_set], "Query"
    )
    node: FieldNode = next(nodes[0] for nodes in fields.values() if nodes[0].name.value == ROOT)
    if schema.query_type is None:
        raise RequestRefused.of(ErrorCode.BAD_USER_INPUT, "there are no queries")
    given = arguments_of(schema.query_type.fields[ROOT], node, variables)
    at = given.get("asOf")
    if isinstance(at, dt.datetime) and at > dt.datetime.now(dt.UTC):
        raise RequestRefused.of(ErrorCode.BAD_USER_INPUT, "`asOf` lies in the future")
    return Question(
        record=parse_uuid(given["id"]),
        field=str(given["field"]) if given.get("field") else None,
        at=at if isinstance(at, dt.datetime) else None,
        only=tuple(str(given.get(n) or "") for n in ("agency", "role", "purpose")),  # type: ignore[arg-type]
    )


@dataclass(frozen=True, slots=True)
class Ground:
    """What the answer is made from: the law now and at the instant asked about, and the statement
    that shows the auditor the case, whose id is the variable `id`.
    """

    now: Policy
    then: Policy
    catalog: Catalog
    shown: Statement


async def inspect(
    pool: Pool,
    caller: Caller,
    question: Question,
    ground: Ground,
    context: Mapping[str, object],
) -> tuple[list[dict[str, object]], str | None]:
    """The readers, and the id of the record. Raises Unavailable, TimedOut or Stale."""
    async with lent(pool) as wire:
        found = await _inspect(wire, caller, question, ground, context)
        await wire.commit()
        return found


async def _inspect(
    wire: Wire,
    caller: Caller,
    question: Question,
    ground: Ground,
    context: Mapping[str, object],
) -> tuple[list[dict[str, object]], str | None]:
    subject = await subject_of(wire, question, caller)
    # a case that is not there is asked for as well: what follows is the same for both
    case = subject.case if subject else question.record
    params = bind_all(ground.shown.binds, {"id": case}, context, ground.shown.constants)
    result = await wire.go_on(ground.shown.sql, params, context_of(caller))
    if result.get_value(0, 0) != b"f":
        raise Stale
    record = written(result.get_value(0, 1))
    shown = result.get_value(0, COLUMNS_BEFORE_ROOTS)
    rows: list[dict[str, object]] = []
    law = (ground.then, ground.catalog)
    if subject is not None and shown not in (None, b"null"):
        rows = await readers(
            wire, question, caller, subject, law, await seen_by(wire, question, caller)
        )
    elif subject is not None and STEWARD in caller.roles and all(question.only):
        rows = await readers(wire, question, caller, subject, law, None)
    return rows, record


def shape(
    document: Document,
    operation: OperationDefinitionNode,
    variables: Mapping[str, object],
    rows: list[dict[str, object]],
) -> dict[str, bytes]:
    """JSON of the root by response key."""
    return shape_listed(document, operation, variables, ROOT, rows)
