"""A proposed version over what was shown: which of the ledger's own disclosures it would refuse.

Takes the disclosures under one agreement since an instant, decides each again
with the proposed version in force and everything else (data, other law) as it
stood when the field was shown. The statements are the compiler's, over the
registry of that instant.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import orjson

from authz.caller import Caller
from authz.documents import Document
from authz.profile import Policy, never_on_records
from resolvers.differing import with_document
from resolvers.execution import bind_all, context_of
from resolvers.explaining import Verdict, verdicts_of
from resolvers.header import header_values
from resolvers.rendering import COLUMNS_BEFORE_ROOTS, Statement
from resolvers.whocansee import statement_for
from resolvers.wire import Wire
from schema.catalog import Catalog

PolicyAt = Callable[[dt.datetime], Awaitable[Policy]]
Progress = Callable[[int, int], None]

_SHOWN = (
    "select json_build_object('id', a.id, 'at', a.at, 'agency', a.agency, 'country', a.country,"
    " 'unit', a.unit, 'cases', a.cases, 'roles', a.roles, 'purpose', a.purpose,"
    " 'subject', a.subject, 'issuer', a.issuer,"
    " 'shown', (select json_agg(d.v) from (select distinct d.v::text::jsonb as v"
    " from ledger.access_leaf l"
    " cross join lateral json_array_elements((l.body::json)->'disclosures') d(v)"
    " where l.record_id = a.id and l.body is not null"
    " and starts_with(d.v->>'clause', $2 || '@')) d))::text"
    " from ledger.access_record a where a.kind = 'ACCESS' and a.at >= $1::timestamptz"
    " and exists (select from unnest(a.protocols) p(code) where starts_with(p.code, $2 || '@'))"
    " order by a.at, a.id"
)


@dataclass(slots=True)
class Replayed:
    """What the version would have refused, and which granted classes nobody used.

    `cells` are (record, field) pairs shown under the agreement; `refused` counts
    them by (agency, roles, purpose, field, reason, clause).
    """

    operations: int = 0
    cells: int = 0
    refused: Counter[tuple[str, str, str, str, str, str]] = field(default_factory=Counter)
    used: set[tuple[str, str]] = field(default_factory=set)
    """(article, field) of every disclosure."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the ledger: who asked, when, and what it showed under the agreement."""

    at: dt.datetime
    caller: Caller
    purpose: str
    shown: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]
    """(clause, fields, records) each."""


async def operations(
    wire: Wire, steward: Caller, agreement: str, since: dt.datetime
) -> list[Operation]:
    """What was shown under the agreement since then, as far as the steward's country may read it.
    Goes on in the transaction open on `wire`.
    """
    params = [since.isoformat().encode(), agreement.encode()]
    found = await wire.go_on(_SHOWN, params, context_of(steward))
    rows = (orjson.loads(found.get_value(row, 0) or b"{}") for row in range(found.ntuples))
    return [_operation(row) for row in rows if row["shown"]]


def _operation(row: dict[str, object]) -> Operation:
    cases = row["cases"]
    caller = Caller(
        agency=str(row["agency"]),
        country=str(row["country"]),
        roles=tuple(row["roles"]),  # type: ignore[arg-type]
        purposes=(str(row["purpose"]),),
        subject=str(row["subject"]),
        client="",
        issuer=str(row["issuer"]),
        token_hash="",
        expires_at=0,
        unit=str(row["unit"]),
        cases=None if cases is None else tuple(cases),  # type: ignore[arg-type]
    )
    shown = tuple(
        (d["clause"], tuple(d["fields"]), tuple(d["records"]))
        for d in row["shown"]  # type: ignore[attr-defined]
    )
    return Operation(dt.datetime.fromisoformat(str(row["at"])), caller, str(row["purpose"]), shown)


async def replay(
    wire: Wire,
    asked: list[Operation],
    document: Document,
    catalog: Catalog,
    policy_at: PolicyAt,
    progress: Progress = lambda _done, _all: None,
) -> Replayed:
    """Decide every disclosure again with `document` in force."""
    told, statements = Replayed(operations=len(asked)), _Statements(catalog)
    for done, operation in enumerate(asked, 1):
        policy = with_document(await policy_at(operation.at), document, document.agreement)
        for entity, cells in _by_type(operation).items():
            verdicts = await _decided(wire, operation, entity, sorted(cells), policy, statements)
            for record, fields in cells.items():
                for name, clause in fields.items():
                    told.cells += 1
                    told.used.add((clause.split("#", maxsplit=1)[1], name))
                    _judge(told, operation, name, verdicts.get(record, {}).get(name))
        progress(done, len(asked))
    return told


def _by_type(operation: Operation) -> dict[str, dict[str, dict[str, str]]]:
    """Type -> record -> field -> clause under which it was shown."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for clause, fields, records in operation.shown:
        for name in fields:
            entity, leaf = name.split(".")
            if leaf == "id":
                continue  # shown by its id alone: no cell was
            for record in records:
                found.setdefault(entity, {}).setdefault(record, {})[name] = clause
    return found


def _judge(told: Replayed, operation: Operation, name: str, verdict: Verdict | None) -> None:
    if verdict is not None and verdict.permitted:
        return
    reason = verdict.reason.value if verdict and verdict.reason else "NO_PROTOCOL"
    who = operation.caller
    key = (who.agency, " ".join(sorted(who.roles)), operation.purpose, name)
    told.refused[(*key, reason, verdict.clause if verdict else "")] += 1


class _Statements:
    """Rendered statements of this replay: the same callers ask the same again and again."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._kept: dict[tuple[object, ...], Statement] = {}

    def of(self, policy: Policy, entity: str, who: Caller, purpose: str) -> Statement:
        """The statement for this type, law and caller."""
        law = tuple(sorted(d.code for d in policy.documents))
        key = (law, entity, who.agency, who.roles, purpose, bool(who.unit), who.cases is not None)
        if key not in self._kept:
            ground = (policy, self._catalog)
            self._kept[key] = statement_for(ground, entity, who, purpose, past=True, many=True)
        return self._kept[key]


async def _decided(
    wire: Wire,
    operation: Operation,
    entity: str,
    records: list[str],
    policy: Policy,
    statements: _Statements,
) -> dict[str, dict[str, Verdict]]:
    """Record -> field -> verdict; a record that would be hidden is missing."""
    who = operation.caller
    statement = statements.of(policy, entity, who, operation.purpose)
    context = {
        **header_values(who, operation.purpose, "", "", "", (), ()),
        "subject_record": records,
        "policy_version": policy.version,
        "policy_horizon": policy.horizon,
        "nonce": "",
    }
    params = bind_all(statement.binds, {}, context)
    found = await wire.go_on(statement.sql, params, context_of(who, operation.at))
    answer = orjson.loads(found.get_value(0, COLUMNS_BEFORE_ROOTS) or b"null") or {}
    return {
        record: {v.field: v for v in verdicts_of(statement, *told)}
        for record, told in answer.items()
    }


def unused(document: Document, catalog: Catalog, told: Replayed) -> list[dict[str, str]]:
    """Classes that a clause grants and nobody was shown under its article in the time replayed."""
    found = []
    for grant in document.grants:
        if never_on_records(grant):
            continue
        entity = catalog.entities.get(grant.entity)
        for data_class in sorted(grant.classes):
            names = {
                f"{grant.entity}.{s.name}"
                for s in (entity.fields.values() if entity else ())
                if s.data_class is data_class and not data_class.is_public
            }
            used = any((grant.clause.article, name) in told.used for name in names)
            row = {
                "clause": str(grant.clause),
                "entity": grant.entity,
                "class": data_class.value,
            }
            if names and not used and row not in found:
                found.append(row)
    return found
