"""Accesses as a caller reads them: one of the schema's own questions, all of its pages.

Takes a way to ask and a `Question` on accessRecords, gives `Access`es in the
order of time. Each page is an operation of its own, decided and recorded like
anybody's; nothing else is read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from service.ledger.questions import Question, rest


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


async def accesses(asking: Asks, purpose: str | None, question: Question) -> list[Access]:
    """Every access that the question finds, with all that it asks of each. In the order of time."""
    found = []
    async for node in nodes(asking, purpose, question):
        rows = node["disclosures"]
        shown = [_shown(edge["node"]) for edge in rows["edges"]]
        while rows["pageInfo"]["hasNextPage"]:
            more = rest(question, node["id"], rows["pageInfo"]["endCursor"])
            answer = await asking.answer(more.document, purpose, **more.variables)
            rows = answer["data"]["accessRecords"]["edges"][0]["node"]["disclosures"]
            shown += [_shown(edge["node"]) for edge in rows["edges"]]
        found.append(_access(node, shown=tuple(shown)))
    return sorted(found, key=lambda access: (access.at, access.id))


async def activity(asking: Asks, purpose: str | None, question: Question) -> AsyncIterator[Access]:
    """Every access that the question finds, with the number of records it showed. As they come."""
    async for node in nodes(asking, purpose, question):
        yield _access(node, records=node["disclosures"]["totalCount"])


async def refusals(asking: Asks, purpose: str | None, question: Question) -> AsyncIterator[Access]:
    """Every access that the question finds, with what was refused and withheld. As they come."""
    async for node in nodes(asking, purpose, question):
        yield _access(
            node,
            refusals=tuple((row["field"], row["reason"]) for row in node["refusals"] or ()),
            withheld=tuple(
                (row["field"], row["reason"], row["count"]) for row in node["withheld"] or ()
            ),
        )


async def nodes(
    asking: Asks, purpose: str | None, question: Question
) -> AsyncIterator[dict[str, Any]]:
    """The nodes of all pages. Raises NotAnswered where a field of them is refused."""
    after: str | None = None
    while True:
        answer = await asking.answer(question.document, purpose, **question.variables, after=after)
        for error in answer.get("errors", ()):
            raise NotAnswered(f"{error['message']} ({error['extensions']['code']})")
        page = answer["data"][question.root]
        for edge in page["edges"]:
            yield edge["node"]
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


async def rows(asking: Asks, purpose: str | None, question: Question) -> list[dict[str, Any]]:
    """The rows of a root that has no pages. Raises NotAnswered where it is refused."""
    answer = await asking.answer(question.document, purpose, **question.variables)
    for error in answer.get("errors", ()):
        raise NotAnswered(f"{error['message']} ({error['extensions']['code']})")
    found: list[dict[str, Any]] = answer["data"][question.root]
    return found


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
