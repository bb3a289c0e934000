"""What was done with the records of a world, and which of it a caller is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import psycopg

from schema.catalog import Kind, catalog
from tests.judges.facts import AGENCY_COUNTRY, behind_the_wall
from tests.judges.rules import Judge
from tests.judges.values import class_of, type_of, written
from tests.judges.world import Case, Record, Victim, World, identifier, insert

_WHEN = dt.datetime(2021, 3, 4, 5, 6, 7, 891, dt.UTC)
_DAY = dt.timedelta(days=1)
_ACTORS = ("TH-DATIP", "TH-SHELTER", "KH-MOSVY", "LA-MLSW", "INT-IOM", "KH-POSVY")


@dataclass(frozen=True, slots=True)
class Done:
    """One commit on one record. `fields` None: it came with it. `agency` empty: no act did it."""

    tx: int
    at: dt.datetime
    record: Record
    fields: tuple[str, ...] | None
    agency: str
    reason: str | None

    @property
    def deed(self) -> str:
        """Id of the access record of the act."""
        return identifier("deed", self.tx)


def has_history(record: Record) -> bool:
    """Whether its type tells of one."""
    return "history" in catalog().entities[type_of(record)].fields


def done_in(world: World) -> list[Done]:
    """What was done: the same for the same world."""
    found: list[Done] = []
    for record in sorted(world.records().values(), key=lambda each: each.id):
        if has_history(record):
            found += _of(world, record, 1_000 + 3 * len(found))
    return found


def _of(world: World, record: Record, tx: int) -> Iterator[Done]:
    r = Random(record.id)  # invented rows
    fields = [
        source.name
        for source in catalog().entities[type_of(record)].fields.values()
        if source.data_class is not None and source.kind is not Kind.HISTORY
    ]
    notified = [case.notified_at for case in _cases(world, record) if case.notified_at]
    middle = min(notified) if notified else _WHEN
    for step, at in enumerate((middle - _DAY, middle + _DAY, middle + 2 * _DAY)):
        changed = tuple(sorted(r.sample(fields, min(len(fields), r.choice((1, 1, 2, 4))))))
        agency = r.choice((*_ACTORS, ""))
        reason = r.choice(("as she spells it", None))
        yield Done(tx + step, at, record, changed if step else None, agency, reason)


def _cases(world: World, record: Record) -> list[Case]:
    if isinstance(record, Victim):
        return [case for case in world.cases if case.victim_id == record.id]
    own = record.id if isinstance(record, Case) else record.case_id
    return [case for case in world.cases if case.id == own]


def load_histories(connection: psycopg.Connection[Any], world: World) -> None:
    """Put them beside the world that was loaded; a commit of several statements has an event each."""
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        cursor.execute("delete from registry.event")
        cursor.execute("delete from registry.deed")
        done = done_in(world)
        insert(cursor, "event", [row for each in done for row in _events(each)])
        insert(cursor, "deed", [_deed(each) for each in done if each.agency])


def _events(done: Done) -> list[dict[str, Any]]:
    record = done.record
    parts = [done.fields] if not done.fields else [done.fields[:1], done.fields[1:] or done.fields]
    return [
        {
            "tx": str(done.tx),
            "at": done.at,
            "record_id": record.id,
            "record_type": type_of(record),
            "case_id": None if isinstance(record, Victim) else _own(record),
            "victim_id": record.id if isinstance(record, Victim) else None,
            "fields": None if part is None else list(part),
        }
        for part in parts
    ]


def _own(record: Any) -> str:
    return str(record.id if isinstance(record, Case) else record.case_id)


def _deed(done: Done) -> dict[str, Any]:
    return {
        "tx": str(done.tx),
        "act": "amendVictim",
        "agency_code": done.agency,
        "subject": "s",
        "issuer": "i",
        "purpose": "TRACING",
        "clause": "TH-LAW@1#rule 2",
        "reason": done.reason,
        "access_record": done.deed,
        "at": done.at,
    }


def told(judge: Judge, record: Record) -> list[dict[str, Any]]:
    """The entries that the caller is told of the record, oldest first."""

    def live(data_class: str) -> bool:
        return (
            judge.permits(record, data_class) is not None
            and judge.shown_as(record, data_class)[1] is None
        )

    moment, found = judge.moment, []
    for done in _of(judge.world, record, 0):
        names = done.fields or ()
        fields = [n for n in names if live(class_of(type_of(record), n))]
        if not fields and not (done.fields is None and live("SHELL")):
            continue
        country = AGENCY_COUNTRY.get(done.agency)
        home = done.agency != "" and (
            done.agency == judge.caller.agency
            or (bool(country) and country == judge.caller.country)
        )
        notified = any(
            case.notified_at is not None and case.notified_at <= done.at
            for case in _cases(judge.world, record)
            if not behind_the_wall(moment, case)
        )
        if home or notified:
            found.append(_entry(done, fields, home=home))
    return found


def _entry(done: Done, fields: list[str], *, home: bool) -> dict[str, Any]:
    own = {
        "act": "amendVictim",
        "agency": done.agency,
        "clause": "TH-LAW@1#rule 2",
        "reason": done.reason,
    }
    told = {"at": written(done.at), "isNew": done.fields is None, "fields": fields}
    return told | {name: value if home else None for name, value in own.items()}
