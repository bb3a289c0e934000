"""An independent check of one person's story: did each step's guard hold when it was taken?

Reads nothing but rows: it brings them back to the instant before a step by their
times of recording, and asks the guards of `schema.machine` in words of its own.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from schema.machine import EDGES, Guard

Row = dict[str, Any]
Rows = dict[str, list[Row]]
PROTOCOLS = Path(__file__).resolve().parents[2] / "protocols"
_MOMENT = dt.timedelta(microseconds=1)


@dataclass(frozen=True)
class Then:
    """What was recorded of a case at an instant."""

    rows: Rows
    case: Row
    at: dt.datetime

    def stood(self, table: str, key: str, value: object) -> list[Row]:
        """Rows of a table as they stood."""
        now = [r for r in self.rows[table] if r[key] == value and r["recorded_at"] <= self.at]
        return now + [
            r
            for r in self.rows.get(f"history.{table}", [])
            if r[key] == value and r["recorded_from"] <= self.at < r["recorded_to"]
        ]

    def said(self, purpose: str) -> list[Row]:
        """Statements about a purpose, the newest last."""
        found = self.stood("consent", "case_id", self.case["id"])
        return sorted(
            (r for r in found if r["purpose"] == purpose), key=lambda row: row["stated_at"]
        )

    def given(self, purpose: str) -> Row | None:
        """The newest statement, if it gives something to somebody of the origin."""
        said = self.said(purpose)
        origin = self.case["origin"]
        if not said or said[-1]["state"] != "GIVEN":
            return None
        reached = any(r == origin or r.startswith(f"{origin}-") for r in said[-1]["recipients"])
        return said[-1] if reached else None

    @property
    def person(self) -> Row:
        """The person's row."""
        (row,) = self.stood("victim", "id", self.case["victim_id"])
        return row

    @property
    def file(self) -> Row:
        """The case's row."""
        (row,) = self.stood("return_case", "id", self.case["id"])
        return row

    @property
    def outcomes(self) -> list[str]:
        """Of the assessments, the newest last."""
        found = self.stood("assessment", "case_id", self.case["id"])
        return [r["outcome"] for r in sorted(found, key=lambda row: row["recorded_at"])]


def is_child(person: Row, day: dt.date) -> bool:
    """Under 18 on that day as far as anybody knows, or of disputed or unknown age."""
    born: dt.date | None = person["birth_date"]
    if born is None or person["age_disputed"]:
        return True
    if person["birth_precision"] == "YEAR":
        born = dt.date(born.year, 12, 31)
    elif person["birth_precision"] == "MONTH":
        born = (born.replace(day=1) + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)
    return (day.year - born.year, day.month, day.day) < (18, born.month, born.day)


@cache
def _begins() -> dict[str, dt.date]:
    read = [tomllib.loads(file.read_text(encoding="utf-8")) for file in PROTOCOLS.glob("*.toml")]
    return {each["agreement"]: each["in_force"] for each in read if "in_force" in each}


def _guarded(then: Then) -> bool:
    if not is_child(then.person, then.at.date()):
        return True
    word = then.given("TRACING")
    papers = then.file["best_interests_decision"] and then.file["case_worker"]
    return bool(papers and word and word["guardian"] and word["assent"])


def _confirmed(then: Then) -> bool:
    ready = max(
        t["at"]
        for t in then.rows["transition"]
        if t["case_id"] == then.case["id"]
        and t["state"] == "DOCUMENTS_READY"
        and t["at"] <= then.at
    )
    word = then.given("RETURN")
    return word is not None and word["stated_at"] > ready


def _in_force(then: Then) -> bool:
    return _begins().get(then.file["agreement_code"], dt.date.max) <= then.at.date()


def _unopposed(then: Then) -> bool:
    said = then.said("NOTIFICATION")
    return not said or said[-1]["state"] in ("GIVEN", "NOT_ASKED")


HOLDS: dict[Guard, Callable[[Then], bool]] = {
    Guard.RIGHTS_EXPLAINED: lambda then: then.file["rights_explained_at"] is not None,
    Guard.NO_OBJECTION: _unopposed,
    Guard.CONSENT_TRACING: lambda then: then.given("TRACING") is not None,
    Guard.MINOR_NEEDS_GUARDIAN: _guarded,
    Guard.PROTOCOL_IN_FORCE: _in_force,
    Guard.OUTCOME_CODED: lambda then: bool(then.outcomes and then.outcomes[-1]),
    Guard.CONSENT_RETURN: lambda then: then.given("RETURN") is not None,
    Guard.ASSESSMENT_NOT_NEGATIVE: lambda then: (
        then.outcomes[-1] in ("SUITABLE", "SUITABLE_WITH_SUPPORT")
    ),
    Guard.NO_LEGAL_HOLD: lambda then: not then.file["legal_hold"],
    Guard.IDENTITY_VERIFIED: lambda then: any(
        p["identity_verified"] for p in then.stood("travel_paper", "case_id", then.case["id"])
    ),
    Guard.PERSON_CONFIRMS: _confirmed,
    Guard.CONSENT_SERVICES: lambda then: then.given("SERVICES") is not None,
    Guard.CLOSING_REASON: lambda then: then.case["closing_reason"] is not None,
}
"""Each guard of the machine, asked of what was recorded by then."""


def broken(rows: Rows) -> tuple[set[Guard], list[str]]:
    """The guards that were asked in a person's story, and where one did not hold."""
    asked: set[Guard] = set()
    found = []
    cases = {case["id"]: case for case in rows["return_case"]}
    for step in rows["transition"]:
        for guard in guards_of(step["from_state"], step["state"]):
            asked.add(guard)
            then = Then(rows, cases[step["case_id"]], step["at"] - _MOMENT)
            if not HOLDS[guard](then):
                found.append(f"{guard} before {step['state']} of {step['case_id']}")
    return asked, found


def guards_of(source: str | None, target: str) -> tuple[Guard, ...]:
    """What the machine demands of a step."""
    return next((e.guards for e in EDGES if (e.source, e.target) == (source, target)), ())
