"""Asking the feed as a puller does: page after page until a run is over."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any, Protocol

from authz.caller import Caller
from schema.sdl import print_api_sdl
from service.pulling.document import Shape, refused_in
from tests.tracing.house import House

CHANGES = """query Changes($after: String, $first: Int) { changes(after: $after, first: $first) {
  edges { cursor node { recordId recordType fields action record { __typename id
    ... on Victim { givenName familyName gender ageBand isMinor homeVillage }
    ... on ReturnCase { state holder shelterName handoverPlace feedbackCode
      victim { id } agreement { code } }
    ... on Consent { purpose state } ... on Assessment { outcome report }
    ... on TravelPaper { travelDocument } ... on LegalRequest { number } } } }
  pageInfo { hasNextPage endCursor } } }"""
ACKNOWLEDGE = """mutation Erased($ids: [ID!]!) { acknowledgeWithdrawals(ids: $ids) {
  acknowledged remaining problems { code } accessRecord } }"""
SHAPE = Shape.of(print_api_sdl())
Entry = tuple[str, str, tuple[str, ...]]
"""Action, record, fields."""
Copy = dict[str, dict[str, Any]]
"""What a puller holds: records by id."""


class Asked(Protocol):
    """A registry that answers, of whichever house."""

    def ask(self, who: Caller, query: str, **variables: Any) -> dict[str, Any]: ...


@dataclass(slots=True)
class Puller:
    """One puller of a house and where it stands. `everything`: it asks for every field that is not
    refused on every row, as `saphan pull` does.
    """

    house: Asked
    who: Caller
    first: int = 100
    everything: bool = False
    document: str = CHANGES
    cursor: str | None = None
    records: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.everything:
            empty = self.house.ask(self.who, SHAPE.document(()), after=None, first=0)
            self.document = SHAPE.document(refused_in(empty))

    def page(self) -> dict[str, Any]:
        """One page; the place goes on."""
        answer = self.house.ask(self.who, self.document, after=self.cursor, first=self.first)
        assert answer.get("data"), answer
        found: dict[str, Any] = answer["data"]["changes"]
        self.cursor = found["pageInfo"]["endCursor"]
        if self.everything:
            for node in (edge["node"] for edge in found["edges"]):
                node["record"] = node["record"] and SHAPE.record(node["record"])
        return found

    def run(self) -> list[dict[str, Any]]:
        """All entries of a run."""
        found: list[dict[str, Any]] = []
        for _ in range(500):
            page = self.page()
            found += [edge["node"] for edge in page["edges"]]
            if not page["pageInfo"]["hasNextPage"]:
                return found
        raise AssertionError("a run without an end")

    def news(self) -> list[Entry]:
        """The same in short."""
        return [(e["action"], e["recordId"], tuple(e["fields"])) for e in self.run()]

    def erased(self, *ids: str) -> dict[str, Any]:
        answer = self.house.ask(self.who, ACKNOWLEDGE, ids=list(ids))
        found: dict[str, Any] = answer["data"]["acknowledgeWithdrawals"]
        return found


def apply(copy: Copy, entries: list[dict[str, Any]]) -> None:
    """As docs/feed.md says that a puller does it."""
    for entry in entries:
        key = entry["recordId"]
        if entry["action"] == "LOOK_AGAIN":
            copy[key] = entry["record"]
        elif "id" in entry["fields"]:
            copy.pop(key, None)
        elif key in copy:
            gone = set(entry["fields"])
            copy[key] = {n: None if n in gone else v for n, v in copy[key].items()}


def consent(house: House, case: str, purpose: str, state: str, *recipients: str) -> str:
    """The person says so now; id of the statement."""
    made = str(uuid.uuid4())
    house.owner.execute(
        "insert into registry.consent (id, case_id, purpose, state, recipients, stated_at,"
        " given_by) values (%s, %s, %s, %s, %s, clock_timestamp(), 'SELF')",
        (made, case, purpose, state, list(recipients)),
    )
    return made
