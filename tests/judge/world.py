"""The registry as plain objects: rows by kind, and how a row's columns become what is shown.

Takes rows with the columns of their tables, gives them by kind and id, and for
each GraphQL field the value that stands there. Nothing is decided here.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

TABLES = {
    "Victim": "victim",
    "ReturnCase": "return_case",
    "Transition": "transition",
    "Consent": "consent",
    "Referral": "referral",
    "Assessment": "assessment",
    "TravelPaper": "travel_paper",
    "FollowUp": "follow_up",
    "LegalRequest": "legal_request",
    "EmergencyOpening": "emergency_opening",
    "Agreement": "agreement",
    "Clause": "clause",
    "FocalPoint": "focal_point",
    "BilateralContact": "bilateral_contact",
    "Agency": "agency",
    "Assignment": "assignment",
    "Restriction": "restriction",
    "Participant": "contact_participant",
    "Dealt": "contact_case",
    "Party": "agreement_party",
}
"""The table of each kind of row. The last five kinds are no records of their own."""

STATES = (
    "SCREENED IDENTIFIED NOTIFIED TRACING_REQUESTED TRACING ASSESSED RETURN_PLANNED"
    " DOCUMENTS_READY HANDED_OVER IN_RECEPTION REINTEGRATING FOLLOW_UP CLOSED"
).split()
RANK = {state: number for number, state in enumerate(STATES, start=1)}
_BANDS = (0, 9, 18, 21, 24, 27, 30, 39, 48)
_OTHER_COLUMN = {
    "Referral.from": "from_agency",
    "Referral.to": "to_agency",
    "ReturnCase.plan": "reintegration_plan",
    "FocalPoint.agency": "agency_code",
    "FocalPoint.since": "since_on",
    "FocalPoint.until": "until_on",
    "LegalRequest.agency": "agency_code",
    "Agreement.until": "until_on",
    "Agency.nameInScript": "name_native",
    "EmergencyOpening.agency": "agency_code",
    "EmergencyOpening.openedBy": "subject",
    "EmergencyOpening.until": "until_at",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `kind` is the GraphQL type of records, else a name of `TABLES`."""

    kind: str
    columns: dict[str, Any]

    def __getitem__(self, column: str) -> Any:
        return self.columns.get(column)

    def __repr__(self) -> str:
        return f"{self.kind} {self.columns.get('id')}"

    @property
    def id(self) -> str:
        """The id of a record."""
        return str(self.columns["id"])


@dataclass(slots=True)
class World:
    """Everything there is at one instant, which `now` and `today` are by the database's clock."""

    now: dt.datetime
    rows: dict[str, list[Row]] = field(default_factory=dict)
    by_id: dict[str, Row] = field(default_factory=dict)
    drawn: list[Row] = field(default_factory=list)
    """Rows beside those that every registry begins with."""

    @property
    def today(self) -> dt.date:
        """The database's day."""
        return self.now.date()

    def add(self, kind: str, /, **columns: Any) -> Row:
        """Put a row in."""
        row = Row(kind, columns)
        self.drawn.append(row)
        self.rows.setdefault(kind, []).append(row)
        if "id" in columns:
            self.by_id[row.id] = row
        return row

    def all(self, kind: str) -> list[Row]:
        """Rows of a kind."""
        return self.rows.get(kind, [])

    def where(self, kind: str, /, **columns: Any) -> Iterator[Row]:
        """Rows of a kind whose columns have these values; None equals nothing."""
        for row in self.all(kind):
            if all(row[name] == value and value is not None for name, value in columns.items()):
                yield row

    def agreement(self, code: str | None) -> Row | None:
        """An agreement by its code."""
        return next(self.where("Agreement", code=code), None)

    def parties(self, agreement: str | None) -> frozenset[str]:
        """Countries and organisations that are party to an agreement."""
        return frozenset(row["party"] for row in self.where("Party", agreement_code=agreement))

    def country_of(self, agency: str) -> str:
        """The country of an agency; `""` for an organisation without one."""
        return next((row["country"] or "" for row in self.where("Agency", code=agency)), "")


def years_before(day: dt.date, years: int) -> dt.date:
    """The same day `years` ago; of a 29 February, the 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def latest_birth(person: Row) -> dt.date | None:
    """The last day on which the person may have been born, as far as it is known."""
    born: dt.date | None = person["birth_date"]
    if born is None or person["birth_precision"] == "DAY":
        return born
    if person["birth_precision"] == "YEAR":
        return dt.date(born.year, 12, 31)
    following = dt.date(born.year + born.month // 12, born.month % 12 + 1, 1)
    return following - dt.timedelta(days=1)


def is_adult(person: Row, today: dt.date) -> bool:
    """Age known, undisputed, eighteen or more."""
    born = latest_birth(person)
    return born is not None and not person["age_disputed"] and born <= years_before(today, 18)


def age_band(person: Row, today: dt.date) -> str | None:
    """The band of CTDC, None where the age is not known. A dispute does not change it."""
    born = latest_birth(person)
    if born is None:
        return None
    reached = [least for least in _BANDS if born <= years_before(today, least)]
    least = reached[-1] if reached else 0
    place = _BANDS.index(least)
    return f"{least}-{_BANDS[place + 1] - 1}" if place + 1 < len(_BANDS) else f"{least}+"


def stored(world: World, row: Row, name: str) -> Any:
    """What stands in a field, whoever asks."""
    match f"{row.kind}.{name}":
        case "Victim.ageBand":
            return age_band(row, world.today)
        case "Victim.isMinor":
            return not is_adult(row, world.today)
        case "Consent.givenAt":
            return row["stated_at"] if row["state"] == "GIVEN" else None
        case "Consent.withdrawnAt":
            return row["stated_at"] if row["state"] == "WITHDRAWN" else None
        case "Agreement.parties":
            return sorted(world.parties(row["code"]))
        case "EmergencyOpening.reviewBy":
            return row["opened_at"] + dt.timedelta(hours=72)
        case "EmergencyOpening.overdue":
            return row["opened_at"] + dt.timedelta(hours=72) < world.now
        case full if full in _OTHER_COLUMN:
            return row[_OTHER_COLUMN[full]]
    return row[re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()]


_OF_CASE = {
    "transitions": "Transition",
    "consents": "Consent",
    "referrals": "Referral",
    "assessments": "Assessment",
    "travelPapers": "TravelPaper",
    "followUps": "FollowUp",
    "legalRequests": "LegalRequest",
    "emergencyOpenings": "EmergencyOpening",
}
_OF_AGREEMENT = {
    "clauses": "Clause",
    "focalPoints": "FocalPoint",
    "contacts": "BilateralContact",
}


def linked(world: World, row: Row, name: str) -> list[Row]:
    """The records at the other end of a link or connection, whoever asks, in no order."""
    match row.kind, name:
        case "Victim", "returnCases":
            return list(world.where("ReturnCase", victim_id=row.id))
        case "ReturnCase", "victim":
            return [world.by_id[row["victim_id"]]]
        case "ReturnCase", "contacts":
            found = world.where("Dealt", case_id=row.id)
            return [world.by_id[link["contact_id"]] for link in found]
        case "ReturnCase", _ if name in _OF_CASE:
            return list(world.where(_OF_CASE[name], case_id=row.id))
        case "Agreement", "supersedes":
            return list(world.where("Agreement", code=row["supersedes_code"]))
        case "Agreement", _:
            return list(world.where(_OF_AGREEMENT[name], agreement_code=row["code"]))
        case "BilateralContact", "participants":
            found = world.where("Participant", contact_id=row.id)
            return [next(world.where("Agency", code=each["agency_code"])) for each in found]
        case "BilateralContact", "cases":
            found = world.where("Dealt", contact_id=row.id)
            return [world.by_id[link["case_id"]] for link in found]
        case _, "agreement":
            return list(world.where("Agreement", code=row["agreement_code"]))
        case _, "returnCase":
            return [world.by_id[row["case_id"]]]
    raise LookupError(f"{row.kind}.{name}")
