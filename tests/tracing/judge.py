"""A second judge, plain and slow: what the leaves say, and which of it a caller may be told.

Takes the leaves as their owner reads them, gives sets. It shares no code with what it judges: scope
is written down here again, from domain.md (G17).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from authz.caller import Caller
from tests.tracing.house import Cell, House

IDENTITY = {
    "Victim.alias",
    "Victim.birthDate",
    "Victim.familyName",
    "Victim.givenName",
    "Victim.identityNumber",
    "Victim.middleName",
    "Victim.nameInScript",
}


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf, parsed."""

    access: str
    pair: str
    at: dt.datetime
    body: dict[str, Any]

    @property
    def agency(self) -> str:
        return str(self.body["caller"]["agency"])

    @property
    def country(self) -> str:
        return str(self.body["caller"]["country"])


def leaves(house: House) -> list[Leaf]:
    """Every leaf of an access; acts are none."""
    rows = house.owner.execute("select record_id::text, pair, body from ledger.access_leaf")
    parsed = ((access, pair, json.loads(body)) for access, pair, body in rows.fetchall())
    return [
        Leaf(access, pair, dt.datetime.fromisoformat(body["at"]), body)
        for access, pair, body in parsed
        if body["kind"] == "ACCESS"
    ]


def in_scope(house: House, who: Caller) -> Callable[[Leaf, str], bool]:
    """Whether this caller may be told that a leaf shows a record."""
    if "AUDITOR" in who.roles:
        return lambda leaf, _: (
            leaf.country == who.country or who.country in leaf.pair.split("-") or leaf.pair == ""
        )
    in_hand = (
        "(c.holder = %(agency)s or exists (select from registry.assignment a"
        " where a.case_id = c.id and a.agency_code = %(agency)s and a.until_at is null))"
    )
    mine = {"agency": who.agency}
    rows = house.owner.execute(
        f"select c.id::text, c.victim_id::text from registry.return_case c where {in_hand}", mine
    ).fetchall()
    parts = {
        str(identifier)
        for table in ("emergency_opening", "consent", "transition")
        for (identifier,) in house.owner.execute(
            f"select p.id from registry.{table} p join registry.return_case c on c.id = p.case_id"
            f" where {in_hand}",
            mine,
        )
    }
    own = {identifier for row in rows for identifier in row} | parts
    return lambda _, record: record in own


def told(house: House, who: Caller, wanted: Callable[[Leaf, str, list[str]], bool]) -> set[Cell]:
    """(access, record, field) of every disclosure in scope for which `wanted` holds: of a leaf, one
    record and the fields that were shown of it under one clause.
    """
    may = in_scope(house, who)
    return {
        (leaf.access, record, name)
        for leaf, record, names in shown(house)
        if may(leaf, record) and wanted(leaf, record, names)
        for name in names
    }


def shown(house: House) -> Iterator[tuple[Leaf, str, list[str]]]:
    """Every (leaf, record, fields under one clause) of the ledger."""
    for leaf in leaves(house):
        for entry in leaf.body["disclosures"]:
            for record in entry["records"]:
                yield leaf, record, entry["fields"]


def refused(house: House, who: Caller) -> dict[tuple[str, str, str], tuple[int, int]]:
    """By (reason, agency, field): how often refused on every row, on how many records withheld.

    What is withheld stands in leaves and is told to auditors; what is refused to whoever may be
    told of the access at all.
    """
    may = in_scope(house, who)
    found: dict[tuple[str, str, str], tuple[int, int]] = {}
    counted = set()
    for leaf in leaves(house):
        records = [r for entry in leaf.body["disclosures"] for r in entry["records"]]
        whole = "AUDITOR" in who.roles and may(leaf, "")
        if not whole and not any(may(leaf, record) for record in records):
            continue
        for entry in leaf.body["refusals"]:
            key = (entry["reason"], leaf.agency, entry["field"])
            if (leaf.access, key) not in counted:
                counted.add((leaf.access, key))
                often, on = found.get(key, (0, 0))
                found[key] = often + 1, on
        for entry in leaf.body["withheld"] if whole else ():
            key = (entry["reason"], leaf.agency, entry["field"])
            often, on = found.get(key, (0, 0))
            found[key] = often, on + entry["count"]
    return found
