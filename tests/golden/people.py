"""The invented people of the golden cases: fixed ids, so that answers can be compared by letter.

The three of `/shared` example come first in the order of STATE_SINCE; the others are a year older.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import psycopg

from tests.compiler.registry import START, Made, add_case, state_consent

OLDER = START - dt.timedelta(days=365)


def made(number: int) -> Made:
    """The ids of the case and person of this number."""
    tail = f"{number:012x}"
    return Made(f"7c1e4b00-0000-4000-8000-{tail}", f"3fd09a00-0000-4000-8000-{tail}")


SHOWN, MINOR, EARLY = made(0x01), made(0x02), made(0x03)
HIDDEN, WITHDRAWN, OBJECTED, SEALED = made(0x11), made(0x12), made(0x13), made(0x14)
LAO, LAO_MINOR = made(0x21), made(0x22)
TWICE, SECOND = made(0x31), made(0x32)
MISSING = made(0xFF)
EVERYBODY = (
    SHOWN,
    MINOR,
    EARLY,
    HIDDEN,
    WITHDRAWN,
    OBJECTED,
    SEALED,
    LAO,
    LAO_MINOR,
    TWICE,
    SECOND,
    MISSING,
)


def settle(connection: psycopg.Connection[Any]) -> None:
    """Write them all."""
    add_case(connection, "KH", "TRACING", "សុខ", age=19, ids=SHOWN)
    add_case(connection, "KH", "TRACING_REQUESTED", "Dara", age=15, ids=MINOR)
    add_case(connection, "KH", "NOTIFIED", "Vanna", age=25, ids=EARLY)
    add_case(connection, "KH", "IDENTIFIED", "Sreymom", ids=HIDDEN, start=OLDER)
    add_case(connection, "KH", "TRACING", "Bopha", ids=WITHDRAWN, start=OLDER)
    add_case(connection, "KH", "TRACING", "Rith", ids=OBJECTED, start=OLDER)
    add_case(connection, "KH", "TRACING", "Chan", ids=SEALED, start=OLDER)
    add_case(connection, "LA", "TRACING", "ສົມ", ids=LAO, start=OLDER)
    add_case(connection, "LA", "ASSESSED", "Kham", age=12, ids=LAO_MINOR, start=OLDER)
    add_case(connection, "KH", "TRACING", "Sopheap", age=33, ids=TWICE, start=OLDER)
    # the same person found again: an early case without consent beside one with it
    add_case(connection, "KH", "NOTIFIED", "", consent=None, ids=Made(SECOND.case, TWICE.victim))
    later = OLDER + dt.timedelta(days=30)
    state_consent(connection, WITHDRAWN.case, "TRACING", "WITHDRAWN", [], later)
    state_consent(connection, OBJECTED.case, "NOTIFICATION", "REFUSED", ["KH"], later)
    connection.execute(
        "insert into registry.restriction (id, record_id, data_class, recipient, set_by, from_at)"
        " values (gen_random_uuid(), %s, 'IDENTITY', 'KH', 'TH-DATIP', %s)",
        (SEALED.victim, later),
    )
