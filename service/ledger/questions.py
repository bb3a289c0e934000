"""Auditors' questions as GraphQL: a document and its variables, for a frontend to ask the same.

Takes what is sought, gives `Question`s. Nothing is asked here. A document
depends on which things are sought, never on their values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_ARGUMENTS = {
    "recordId": "ID",
    "personId": "ID",
    "province": "String",
    "dataClass": "String",
    "afterWithdrawal": "Boolean",
    "afterObjection": "Boolean",
}
"""What narrows the disclosures of an access as it narrows the accesses."""

_HEAD = "id at caller { agency country unit roles subject } purpose operationName outcome searched"
_SHOWN = "pageInfo { hasNextPage endCursor } edges { node { recordId recordType fields clause } }"
_OF = "$first: Int!, $after: String, $filter: AccessRecordFilter!"
_PAGE = """accessRecords(first: $first, after: $after, filter: $filter) {
    pageInfo { hasNextPage endCursor }"""
_OPENING = """id agency openedBy clause reason openedAt until reviewBy overdue
      returnCase { id }"""


@dataclass(frozen=True, slots=True)
class Question:
    """A document and the variables that it is asked with; `root` is its one root field.

    `after`, the cursor, is a variable of each: left out, the first page.
    """

    document: str
    variables: Mapping[str, object]
    root: str = "accessRecords"
    narrowed: tuple[str, ...] = field(default=())
    """Which members of the filter narrow the disclosures, too."""

    def as_request(self) -> dict[str, object]:
        """The body of `POST /graphql`."""
        return {"query": self.document, "variables": dict(self.variables)}


def shown(wanted: Mapping[str, object], *narrowed: str) -> Question:
    """Accesses that pass the filter `wanted`, with what they showed: all of it, or what the members
    `narrowed` of the filter say. The cost of a page stays within the limit.
    """
    first, each = (30, 20) if "recordId" in narrowed else (5, 100)
    document = f"""query Accesses({_OF}, $shown: Int!{_declared(narrowed)}) {{
  {_PAGE}
    edges {{ node {{ {_HEAD}
      disclosures(first: $shown{_given(narrowed)}) {{ {_SHOWN} }} }} }} }} }}"""
    values = {name: wanted[name] for name in narrowed}
    variables = {"first": first, "shown": each, "filter": dict(wanted), **values}
    return Question(document, variables, narrowed=narrowed)


def rest(question: Question, access: str, cursor: str) -> Question:
    """What one access of the answer to `shown` showed, from a cursor on."""
    names = question.narrowed
    document = f"""query Access($id: ID!, $from: String!{_declared(names)}) {{
  accessRecords(first: 1, filter: {{id: $id}}) {{ edges {{ node {{
    disclosures(first: 100, after: $from{_given(names)}) {{ {_SHOWN} }} }} }} }} }}"""
    values = {name: question.variables[name] for name in names}
    return Question(document, {"id": access, "from": cursor, **values})


def activity_of(wanted: Mapping[str, object]) -> Question:
    """Accesses that pass the filter, with the number of records that each showed."""
    document = f"""query Activity({_OF}) {{
  {_PAGE}
    edges {{ node {{ {_HEAD} disclosures(first: 0) {{ totalCount }} }} }} }} }}"""
    return Question(document, {"first": 100, "filter": dict(wanted)})


def refused(wanted: Mapping[str, object]) -> Question:
    """Accesses that pass the filter, with what was refused and what was withheld."""
    document = f"""query Refusals({_OF}) {{
  {_PAGE}
    edges {{ node {{ {_HEAD}
      refusals {{ field reason }} withheld {{ field reason count }} }} }} }} }}"""
    return Question(document, {"first": 100, "filter": dict(wanted)})


def openings(begin: str | None, end: str | None) -> Question:
    """Emergency openings that nobody has reviewed, the oldest first."""
    times = {op: at for op, at in (("gte", begin), ("lt", end)) if at is not None}
    wanted: dict[str, object] = {"reviewedAt": {"isNull": True}}
    if times:
        wanted["openedAt"] = times
    document = f"""query NotReviewed(
  $first: Int!, $after: String, $filter: EmergencyOpeningFilter!) {{
  emergencyOpenings(first: $first, after: $after, filter: $filter,
    orderBy: [{{field: OPENED_AT, direction: ASC}}]) {{
    pageInfo {{ hasNextPage endCursor }}
    edges {{ node {{ {_OPENING} }} }} }} }}"""
    return Question(document, {"first": 100, "filter": wanted}, root="emergencyOpenings")


def unacknowledged() -> Question:
    """What pullers were told to erase and have not said they did."""
    document = """query Unacknowledged {
  unacknowledgedWithdrawals { agency client count oldest } }"""
    return Question(document, {}, root="unacknowledgedWithdrawals")


def _declared(names: tuple[str, ...]) -> str:
    return "".join(f", ${name}: {_ARGUMENTS[name]}" for name in names)


def _given(names: tuple[str, ...]) -> str:
    return "".join(f", {name}: ${name}" for name in names)
