"""The tour: one question, three answers, one record, and an auditor's question about it.

How it ends is in `tour_ledger`.

Takes an engine and callers made from real tokens, prints to a rich console.
Every answer is compared with the disclosures of its access record, record by
record and field by field; `TourFailed` is raised where they differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from authz.caller import Caller
from resolvers.engine import Engine, Request

DESK = """query Desk($first: Int!) {
  returnCases(first: $first, orderBy: [{ field: STATE_SINCE, direction: DESC }]) {
    edges { node { id state agreement { code }
      victim { id ageBand name: familyName narrative withheld { field reason clause } } } } } }"""
RECORD = """query Record($id: ID!, $after: String) { accessRecords(first: 1, filter: {id: $id}) {
  edges { node { disclosures(first: 100, after: $after) { pageInfo { hasNextPage endCursor }
    edges { node { recordId fields clause } } } } } } }"""
WHO_SAW = """query WhoSaw($record: ID!, $after: String) { accessRecords(first: 40, after: $after,
  filter: {recordId: $record, field: "Victim.familyName"}) { pageInfo { hasNextPage endCursor }
    edges { node { id at purpose caller { agency subject } protocols } } } }"""
_FIELDS = {"ageBand": "Victim.ageBand", "name": "Victim.familyName"}
_ALONE = 4
_LATEST = 10
Clauses = dict[tuple[str, str], str]


class TourFailed(Exception):
    """An answer and its access record disagree, or a step of the tour was refused."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One agency's answer: case nodes by id, and the clause behind each (record, field) shown."""

    nodes: dict[str, dict[str, Any]]
    clauses: Clauses
    errors: list[dict[str, Any]]
    record: str


class Tour:
    """Walks the tour once."""

    def __init__(self, engine: Engine, console: Console) -> None:
        self._engine, self._console = engine, console

    async def ask(self, query: str, who: Caller, **variables: object) -> dict[str, Any]:
        """One answer, parsed. Raises TourFailed where the request itself is refused."""
        purpose = who.purposes[0]
        request = Request(query, None, dict(variables), who, purpose, "tour")
        answer = await self._engine.answer(request)
        parsed: dict[str, Any] = orjson.loads(answer.body)
        if parsed.get("data") is None:
            raise TourFailed(f"`{who.agency}` was refused: {parsed.get('errors')}")
        return parsed

    async def _pages(
        self, query: str, who: Caller, *path: str | int, **variables: object
    ) -> list[dict[str, Any]]:
        """The nodes of all pages of the connection at `path` below `data`."""
        nodes: list[dict[str, Any]] = []
        after: str | None = None
        while True:
            found: Any = (await self.ask(query, who, after=after, **variables))["data"]
            for step in path:
                found = found[step]
            nodes += [edge["node"] for edge in found["edges"]]
            if not found["pageInfo"]["hasNextPage"]:
                return nodes
            after = found["pageInfo"]["endCursor"]

    async def walk(
        self, desks: Mapping[str, Caller], auditors: Mapping[str, Caller], first: int = 14
    ) -> str:
        """Three desks ask the same; then an auditor asks who saw one name; whose it was."""
        out = self._console
        out.rule("One question, asked by three countries")
        out.print(DESK, highlight=False)
        seen = {}
        for agency, who in desks.items():
            auditor = auditors[who.country]
            seen[agency] = await self._seen(await self.ask(DESK, who, first=first), auditor)
        out.print(_side_by_side(seen))
        for agency, each in seen.items():
            for error in each.errors:
                extra = error["extensions"]
                out.print(
                    f"{agency}: {extra['field']} is refused on every row ({extra['reason']});"
                    f" opened elsewhere by {', '.join(extra['clauses']) or 'no clause'}"
                )
        out.print("Each answer equals the disclosures of its access record, field by field.")
        return await self._who_saw(seen, auditors["KH"])

    async def _seen(self, answer: dict[str, Any], auditor: Caller) -> Seen:
        nodes = {e["node"]["id"]: e["node"] for e in answer["data"]["returnCases"]["edges"]}
        record = answer["extensions"]["accessRecord"]
        where = ("accessRecords", "edges", 0, "node", "disclosures")
        clauses: Clauses = {
            (row["recordId"], name): row["clause"]
            for row in await self._pages(RECORD, auditor, *where, id=record)
            for name in row["fields"]
        }
        shown = _shown(nodes)
        recorded = {pair for pair in clauses if not pair[1].endswith(".id")}
        if shown - recorded or {pair for pair in recorded - shown if pair not in _empty(nodes)}:
            raise TourFailed("an answer and its access record differ")
        return Seen(nodes, clauses, answer.get("errors", []), record)

    async def _who_saw(self, seen: dict[str, Seen], auditor: Caller) -> str:
        out = self._console
        victim = next(iter(_named(seen["KH-MOSVY"])), None)
        if victim is None:
            raise TourFailed("no name was shown, so there is nothing to trace")
        out.rule(f"{auditor.agency} asks: who saw the name of {victim}?")
        log = await self._pages(WHO_SAW, auditor, "accessRecords", record=victim)
        table = Table("at", "agency", "person", "purpose", "under")
        for node in log[-_LATEST:]:
            table.add_row(
                node["at"],
                node["caller"]["agency"],
                node["caller"]["subject"],
                node["purpose"],
                ", ".join(node["protocols"]),
            )
        out.print(table)
        if len(log) > _LATEST:
            out.print(f"The latest {_LATEST} of {len(log)} accesses; the others are older.")
        ours = {each.record for each in seen.values()}
        made = {each.record for each in seen.values() if victim in _named(each)}
        if made != ours & {node["id"] for node in log}:
            raise TourFailed("the auditor does not find exactly the accesses that were made")
        return victim


def _named(seen: Seen) -> list[str]:
    """The victims whose family name stands in an answer."""
    victims = [node["victim"] for node in seen.nodes.values() if node["victim"]]
    return [victim["id"] for victim in victims if victim["name"]]


def _shown(nodes: dict[str, dict[str, Any]]) -> set[tuple[str, str]]:
    """(record, field) of every value that is not null in an answer."""
    pairs = {(case, "ReturnCase.state") for case, node in nodes.items() if node["state"]}
    for node in nodes.values():
        victim = node["victim"]
        if victim:
            pairs |= {(victim["id"], name) for key, name in _FIELDS.items() if victim[key]}
    return pairs


def _empty(nodes: dict[str, dict[str, Any]]) -> set[tuple[str, str]]:
    """(record, field) that is null because nothing is stored: permitted, answered, so on record."""
    pairs = set()
    for node in nodes.values():
        victim = node["victim"]
        if victim:
            held = {entry["field"] for entry in victim["withheld"]}
            pairs |= {
                (victim["id"], name)
                for key, name in _FIELDS.items()
                if victim[key] is None and name.split(".")[1] not in held
            }
    return pairs


def _side_by_side(seen: dict[str, Seen]) -> Table:
    table = Table("case", *seen, show_lines=True)
    for case in _order(seen):
        table.add_row(case[:8], *(_cell(each, case) for each in seen.values()))
    return table


def _order(seen: dict[str, Seen]) -> list[str]:
    """Cases that several desks see come first; of the others a few, to fit a page."""
    cases = dict.fromkeys(case for each in seen.values() for case in each.nodes)
    several = [c for c in cases if sum(c in each.nodes for each in seen.values()) > 1]
    return several + [c for c in cases if c not in several][:_ALONE]


def _cell(seen: Seen, case: str) -> str:
    node = seen.nodes.get(case)
    if node is None:
        return "-"
    lines = [f"{node['state']}  [dim]{seen.clauses.get((case, 'ReturnCase.state'), '')}[/dim]"]
    victim = node["victim"]
    if victim is None:
        return lines[0]
    for key, name in _FIELDS.items():
        if victim[key]:
            lines.append(f"{victim[key]}  [dim]{seen.clauses[(victim['id'], name)]}[/dim]")
    lines += [
        f"[yellow]{w['field']}: {w['reason']}[/yellow]  [dim]{w['clause'] or ''}[/dim]"
        for w in victim["withheld"]
    ]
    return "\n".join(lines)
