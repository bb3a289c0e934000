"""What came of a contact: who was there, what was decided, and what became of that.

Takes a contact's row and who took part, gives rows and the changes they were.
Promises what the acts ask for: agencies are those that took part, people are
numbers and roles, reach is counted of campaigns alone, nothing is due or done
before the contact. Each contact has a stream of its own.
"""

from __future__ import annotations

import datetime as dt
from functools import cache

from schema import reference
from schema.codes import CooperationArea, MeetingKind, Role
from service.seeding.chance import Chance
from service.seeding.keeping import Edit, Row, Rows

TABLES = ("contact_attendance", "contact_decision", "history.contact_decision")
_A = CooperationArea
_WANTED = {
    _A.CARE: (
        "One visit to the transit centre in each quarter",
        "A woman among the staff at each handover",
        "Medicine for two weeks travels with the person",
    ),
    _A.TRAINING: (
        "Those who were trained teach their own offices",
        "The handbook is translated",
        "The same course for the border posts",
    ),
    _A.RETURN: (
        "One form for both sides",
        "A list of interpreters for handovers",
        "Answers to tracing requests are counted each month",
        "The next meeting is on the other side of the border",
    ),
    _A.AGREEMENTS: (
        "Comments on the draft are sent in writing",
        "The text is read by the lawyers of each side",
        "The next round is in spring",
    ),
    _A.PREVENTION: (
        "Posters in the border markets",
        "Radio spots in three languages",
        "The hotline's number in every bus station",
    ),
}
_DONE = ("in use", "done by both sides", "done, the others were told", None)
_BEGUN = ("drafted", "half of it is done", "waits for an answer")
_DESK = (Role.FOCAL_POINT, Role.CASE_WORKER)
_POLICE = (Role.INVESTIGATOR,)
_COMMITTEE = (Role.COORDINATOR,)
_OFFICE = (Role.TRACING_OFFICER,)
_HELPER = (Role.PARTNER_CASEWORKER,)
ROLES: dict[str, tuple[Role, ...]] = {
    "TH-DATIP": _DESK,
    "KH-MOSVY": _DESK,
    "LA-MLSW": _DESK,
    "MM-DSW": _DESK,
    "TH-ATC": _COMMITTEE,
    "KH-NCCT": _COMMITTEE,
    "LA-NCAHT": _COMMITTEE,
    "INT-UNACT": _COMMITTEE,
    "INT-IOM": (*_HELPER, *_COMMITTEE),
    "TH-ATPD": _POLICE,
    "KH-DAHTJP": _POLICE,
    "VN-MPS": _POLICE,
    "CN-MPS": _POLICE,
    "TH-MDT": (Role.MDT_MEMBER,),
    "TH-SHELTER": (Role.CASE_WORKER,),
    "LA-LWU": (Role.CASE_WORKER,),
    "KH-PTC": (Role.RECEPTION,),
    "TH-PSDHS": _OFFICE,
    "KH-POSVY": _OFFICE,
    "LA-PLSW": _OFFICE,
    "NGO-CWCC": _HELPER,
}
"""In which roles people of an agency come."""
_OLD = dt.timedelta(days=400)


def outcome(
    seed: int, number: int, contact: Row, agencies: tuple[str, ...], until: dt.date
) -> tuple[Rows, list[Edit]]:
    """Rows by table of contact `number` as of the start of `until`; sets its `decisions` in words.

    An edit stands for each act after the one by which the contact was recorded.
    """
    chance = Chance(seed, f"outcome/{number}")
    rows: Rows = {table: [] for table in TABLES}
    edits: list[Edit] = []
    for row in _attended(chance, contact, agencies):
        rows["contact_attendance"].append(row)
        if row["recorded_at"] > contact["recorded_at"]:
            edits.append(_edit("contact_attendance", row, *row))
    if contact["decisions"] is not None:
        wanted = chance.some(_WANTED[contact["area"]], 3)
        contact["decisions"] = "; ".join(wanted)
        for place, text in enumerate(wanted, 1):
            row = _decided(chance, contact, place, text, chance.pick(agencies))
            edits.append(_edit("contact_decision", row, *row))
            edits += _follow(rows, row, _course(chance, contact["ends_on"], row["due_on"], until))
    return rows, edits


def _edit(table: str, row: Row, *columns: str) -> Edit:
    return Edit(table, row["contact_id"], None, None, frozenset(columns))


def _attended(chance: Chance, contact: Row, agencies: tuple[str, ...]) -> list[Row]:
    """Numbers and roles by agency; of a campaign's host by provincial office, each with its reach.

    The host's own office is on record with its campaign, whoever else an hour later.
    """
    host, kind = agencies[0], contact["kind"]
    campaign, training = kind == MeetingKind.CAMPAIGN, kind == MeetingKind.TRAINING
    there: list[tuple[str, str]] = []
    for agency in agencies:
        if agency == host and campaign:
            there += [(host, unit) for unit in chance.some(_provinces(host), 5)]
        elif agency == host or training or chance.true(0.9):
            there.append((agency, ""))
    rows = []
    for place, (agency, unit) in enumerate(there):
        own = campaign and place == 0
        wait = dt.timedelta() if own else dt.timedelta(hours=1, minutes=place)
        most = 24 if training else 7
        rows.append(
            {
                "contact_id": contact["id"],
                "agency_code": agency,
                "unit": unit,
                "people": 1 + chance.below(most),
                "reach": 150 + chance.below(2_400) if unit else None,
                "roles": [] if own else [role.value for role in chance.some(ROLES[agency], 2)],
                "recorded_at": contact["recorded_at"] + wait,
            }
        )
    return rows


def _decided(chance: Chance, contact: Row, number: int, text: str, responsible: str) -> Row:
    due = contact["ends_on"] + dt.timedelta(days=30 + chance.below(180))
    return {
        "contact_id": contact["id"],
        "number": number,
        "decision": text,
        "responsible": responsible,
        "due_on": due if chance.true(0.9) else None,
        "done_on": None,
        "note": None,
        "recorded_at": contact["recorded_at"] + dt.timedelta(hours=2, minutes=number),
    }


Said = tuple[dt.date, dt.date | None, str | None]
"""On which day it was followed up, when it was done, in which words."""


def _course(chance: Chance, ends: dt.date, due: dt.date | None, until: dt.date) -> list[Said]:
    """How it went on: begun, done in time, done late, or not done although it is due."""
    by = due or ends + dt.timedelta(days=120)
    late, left = chance.true(0.2), chance.true(0.02 if until - by > _OLD else 0.35)
    done = by + dt.timedelta(days=10 + chance.below(90) if late else -chance.below(20))
    begun, last = ends + (by - ends) / 2, until - dt.timedelta(days=1)
    told, words, note = chance.true(0.4), chance.pick(_BEGUN), chance.pick(_DONE)
    said: list[Said] = [(begun, None, words)] if told and begun < min(done, until) else []
    if not left and done <= last:
        said.append((done, done, note))
    return said


def _follow(rows: Rows, row: Row, course: list[Said]) -> list[Edit]:
    """The row as it stands, and what it was before each follow-up."""
    edits = []
    for day, done_on, note in course:
        at = dt.datetime.combine(day, dt.time(10), dt.UTC)
        was = {"recorded_from": row["recorded_at"], "recorded_to": at, **row}
        rows["history.contact_decision"].append(was)
        new = {"done_on": done_on, "note": note if note is not None else row["note"]}
        edits.append(_edit("contact_decision", row, *(c for c in new if new[c] != row[c])))
        row |= {**new, "recorded_at": at}
    rows["contact_decision"].append(row)
    return edits


@cache
def _provinces(agency: str) -> tuple[str, ...]:
    return tuple(unit.code for unit in reference.units() if unit.agency_code == agency)
