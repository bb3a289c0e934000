"""Accesses as a caller reads them: one of the schema's own questions, all of its pages.

Takes a way to ask and a filter of accessRecords, gives `Access`es in the order
of time. Each page is an operation of its own, decided and recorded like
anybody's; nothing else is read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

_CALLER = "caller { agency country unit roles subject }"
_SHOWN = "pageInfo { hasNextPage endCursor } edges { node { recordId recordType fields clause } }"
_HEAD = f"id at {_CALLER} purpose operationName outcome searched"
_OF = "$first: Int!, $after: String, $filter: AccessRecordFilter!"
_PAGE = "accessRecords(first: $first, after: $after, filter: $filter)"
_MORE = "pageInfo { hasNextPage endCursor }"

_TRACE = f"""query Trace({_OF}, $shown: Int!, $record: ID, $person: ID) {{
  {_PAGE} {{ {_MORE} edges {{ node {{ {_HEAD}
    disclosures(first: $shown, recordId: $record, personId: $person) {{ {_SHOWN} }} }} }} }} }}"""
_REST = f"""query TraceOne($id: ID!, $from: String!, $record: ID, $person: ID) {{
  accessRecords(first: 1, filter: {{id: $id}}) {{ edges {{ node {{
    disclosures(first: 100, after: $from, recordId: $record, personId: $person) {{ {_SHOWN} }}
  }} }} }} }}"""
_ACTIVITY = f"""query Activity({_OF}) {{
  {_PAGE} {{ {_MORE} edges {{ node {{ {_HEAD} disclosures(first: 0) {{ totalCount }} }} }} }} }}"""
_REFUSED = f"""query Refusals({_OF}) {{
  {_PAGE} {{ {_MORE} edges {{ node {{ {_HEAD}
    refusals {{ field reason }} withheld {{ field reason count }} }} }} }} }}"""

_FEW = {"first": 30, "shown": 20}
"""One record is shown under few clauses: many accesses fit the cost of a page."""
_MANY = {"first": 5, "shown": 100}
"""A person has many records."""


class NotAnswered(Exception):
    """The caller may not read access records, or a filter asks for what she may not read."""


class Asks(Protocol):
    """A way to the registry: `service.asking.Asking`, or a test's own."""

    async def answer(
        self, query: str, purpose: str | None = None, **variables: object
    ) -> dict[str, Any]:
        """The answer, parsed; raises where the request is refused."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What one access showed of one record under one clause."""

    record: str
    type: str
    fields: tuple[str, ...]
    clause: str


@dataclass(frozen=True, slots=True)
class Access:
    """One access, as far as the caller may read it."""

    id: str
    at: dt.datetime
    agency: str
    country: str
    unit: str
    roles: tuple[str, ...]
    subject: str
    purpose: str
    operation: str
    outcome: str
    searched: tuple[str, ...]
    shown: tuple[Shown, ...] = ()
    records: int = 0
    """How many (record, clause) were shown, where only their number was asked for."""
    refusals: tuple[tuple[str, str], ...] = ()
    """(field, reason) refused on every row."""
    withheld: tuple[tuple[str, str, int], ...] = ()
    """(field, reason, on how many records)."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field shown, once."""
        return tuple(dict.fromkeys(name for shown in self.shown for name in shown.fields))

    @property
    def clauses(self) -> tuple[str, ...]:
        """Every clause relied on, once."""
        return tuple(dict.fromkeys(shown.clause for shown in self.shown))

    def as_json(self) -> dict[str, object]:
        """The access for machines: the schema's words."""
        return {
            "accessRecord": self.id,
            "at": instant(self.at),
            "agency": self.agency,
            "country": self.country,
            "unit": self.unit,
            "roles": list(self.roles),
            "subject": self.subject,
            "purpose": self.purpose,
            "operation": self.operation,
            "outcome": self.outcome,
            "searched": list(self.searched),
            "disclosures": [
                {
                    "recordId": shown.record,
                    "recordType": shown.type,
                    "fields": list(shown.fields),
                    "clause": shown.clause,
                }
                for shown in self.shown
            ],
        }


def instant(at: dt.datetime) -> str:
    """RFC 3339 in UTC with microseconds."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


async def accesses(
    asking: Asks,
    purpose: str | None,
    wanted: Mapping[str, object],
    *,
    record: str | None = None,
    person: str | None = None,
) -> list[Access]:
    """Every access that passes the filter `wanted`, with what it showed of `record` or `person`,
    else all that it showed. In the order of time.
    """
    pages = _FEW if record is not None else _MANY
    found = []
    async for node in _nodes(
        asking, _TRACE, purpose, filter=dict(wanted), record=record, person=person, **pages
    ):
        rows = node["disclosures"]
        shown = [_shown(edge["node"]) for edge in rows["edges"]]
        while rows["pageInfo"]["hasNextPage"]:
            after = {"id": node["id"], "from": rows["pageInfo"]["endCursor"]}
            answer = await asking.answer(_REST, purpose, record=record, person=person, **after)
            rows = answer["data"]["accessRecords"]["edges"][0]["node"]["disclosures"]
            shown += [_shown(edge["node"]) for edge in rows["edges"]]
        found.append(_access(node, shown=tuple(shown)))
    return sorted(found, key=lambda access: (access.at, access.id))


async def activity(
    asking: Asks, purpose: str | None, wanted: Mapping[str, object]
) -> AsyncIterator[Access]:
    """Every access that passes the filter, with the number of records it showed. As they come."""
    only = {"kind": "ACCESS", **wanted}
    async for node in _nodes(asking, _ACTIVITY, purpose, filter=only, first=100):
        yield _access(node, records=node["disclosures"]["totalCount"])


async def refusals(
    asking: Asks, purpose: str | None, wanted: Mapping[str, object]
) -> AsyncIterator[Access]:
    """Every access that passes the filter, with what was refused and withheld. As they come."""
    async for node in _nodes(asking, _REFUSED, purpose, filter=dict(wanted), first=100):
        yield _access(
            node,
            refusals=tuple((row["field"], row["reason"]) for row in node["refusals"] or ()),
            withheld=tuple(
                (row["field"], row["reason"], row["count"]) for row in node["withheld"] or ()
            ),
        )


async def _nodes(
    asking: Asks, query: str, purpose: str | None, **variables: object
) -> AsyncIterator[dict[str, Any]]:
    """The nodes of all pages of accessRecords."""
    after: str | None = None
    while True:
        answer = await asking.answer(query, purpose, after=after, **variables)
        for error in answer.get("errors", ()):
            raise NotAnswered(f"{error['message']} ({error['extensions']['code']})")
        page = answer["data"]["accessRecords"]
        for edge in page["edges"]:
            yield edge["node"]
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


def _shown(node: Mapping[str, Any]) -> Shown:
    return Shown(node["recordId"], node["recordType"], tuple(node["fields"]), node["clause"])


def _access(node: Mapping[str, Any], **more: Any) -> Access:
    who = node["caller"]
    return Access(
        id=node["id"],
        at=dt.datetime.fromisoformat(node["at"]),
        agency=who["agency"],
        country=who["country"],
        unit=who["unit"],
        roles=tuple(who["roles"]),
        subject=who["subject"],
        purpose=node["purpose"],
        operation=node["operationName"],
        outcome=node["outcome"],
        searched=tuple(node["searched"]),
        **more,
    )
