"""What the agencies do with each other: contacts and what came of them, offices, instruments.

Takes a seed, how many contacts, the last day and the cases that were known;
gives rows by table in the order of loading, and the changes they were. Draws
from streams of its own: the people of a region do not depend on it.
"""

from __future__ import annotations

import datetime as dt
import uuid

from service.seeding import outcomes
from service.seeding.agreements import agreements
from service.seeding.contacts import Known, contacts
from service.seeding.offices import offices
from service.seeding.rows import Told


def cooperation(seed: int, count: int, until: dt.date, cases: dict[str, list[Known]]) -> Told:
    """The story up to the start of `until` (UTC)."""
    instruments, desks = agreements(seed, until), offices(seed, until)
    rows = instruments.rows | contacts(seed, count, until, cases)
    rows |= {table: [] for table in outcomes.TABLES} | desks.rows
    edits = [*instruments.edits, *desks.edits]
    there: dict[uuid.UUID, list[str]] = {}
    for row in rows["contact_participant"]:
        there.setdefault(row["contact_id"], []).append(row["agency_code"])
    for number, contact in enumerate(rows["bilateral_contact"]):
        agencies = tuple(there[contact["id"]])
        made, changes = outcomes.outcome(seed, number, contact, agencies, until)
        for table, found in made.items():
            rows[table] += found
        edits += changes
    return Told(rows, edits)
