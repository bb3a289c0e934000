"""The people that attacks are tried on: in every protected text cell a canary that names its place.

Takes an owner's connection, gives rows. A canary is `canary_<table>_<column>_<row>`, letters and
underscores alone, so that it fits every column and can be found in any text. `diverge` changes what
a caller may not see and nothing else, which makes the second of two twins.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, Final

import psycopg
from psycopg import sql

from tests.compiler.registry import START, Made, add_case, state_consent
from tests.golden import people as p
from tests.golden.people import OLDER

Cell = tuple[str, str, str]
"""Table, column, id of the row."""

CANARY: Final = re.compile(r"canary_[A-Za-z_]+")
PEOPLE: Final = {
    "shown": p.SHOWN,
    "minor": p.MINOR,
    "early": p.EARLY,
    "hidden": p.HIDDEN,
    "withdrawn": p.WITHDRAWN,
    "objected": p.OBJECTED,
    "sealed": p.SEALED,
    "lao": p.LAO,
    "laominor": p.LAO_MINOR,
    "twice": p.TWICE,
}
"""Every person by name; SECOND is another case of TWICE."""
CASES: Final = {name: made.case for name, made in PEOPLE.items()} | {"second": p.SECOND.case}
NAMES: Final = ("given_name", "middle_name", "family_name", "alias", "name_in_script")
IDENTITY: Final = (*NAMES, "identity_number")
FAMILY: Final = (
    "home_district",
    "home_village",
    "home_street",
    "phone",
    "email",
    "family_contacts",
)
ACCOUNT: Final = ("photo", "narrative", "suspects", "diagnosis", "psychological_notes", "places")
LISTS: Final = {
    "family_contacts": ("name", "relation", "phone"),
    "suspects": ("details",),
    "places": ("city",),
}
"""Lists of objects, with the members that hold text."""
OF_CASE: Final = (
    "case_worker",
    "shelter_name",
    "shelter_place",
    "best_interests_decision",
    "proceedings",
    "compensation_claim",
    "reintegration_plan",
    "feedback_code",
    "remarks",
)
PARTS: Final[Mapping[str, tuple[tuple[str, ...], dict[str, object]]]] = {
    "referral": (
        ("case_owner", "details"),
        {"from_agency": "TH-DATIP", "to_agency": "TH-SHELTER", "state": "OPEN"},
    ),
    "assessment": (("report", "risk"), {"family_willing": True, "risk_flag": False}),
    "travel_paper": (("travel_document", "exit_permit", "escort", "transport"), {}),
    "follow_up": (("notes", "feedback_code"), {"month": 1}),
    "legal_request": (
        ("number", "subject"),
        {"agency_code": "TH-ATPD", "received_on": "2026-09-03"},
    ),
}
"""Parts of a case: their text columns, and what else a row needs."""


def canary(table: str, column: str, row: str) -> str:
    """The text that stands in this cell. `row` is letters alone."""
    return f"canary_{table}_{column}_{row}"


def found_in(text: str) -> set[str]:
    """Every canary in a text."""
    return set(CANARY.findall(text))


def settle(connection: psycopg.Connection[Any]) -> None:
    """The golden people with a canary in each text cell, and a row of each part on every case."""
    p.settle(connection)
    for name, made in PEOPLE.items():
        _plant(connection, "victim", made.victim, (*IDENTITY, *FAMILY, *ACCOUNT), name)
        connection.execute(
            "update registry.victim set sex_exploitation_type = '{Prostitution}',"
            " means_of_control = '{DebtBondage}', age_when_trafficked = 17, care_needs ="
            " '{MEDICINE}', exploitation_types = '{SexualExploitation}', children_count = 1,"
            " home_province = 'Siem Reap' where id = %s",
            (made.victim,),
        )
    for name, case in CASES.items():
        _plant(connection, "return_case", case, OF_CASE, name)
        _parts(connection, case, name)
    _contacts(connection)


def _plant(
    connection: psycopg.Connection[Any], table: str, row: str, columns: Iterable[str], name: str
) -> None:
    for column in columns:
        change = sql.SQL("update {} set {} = %s where id = %s").format(
            sql.Identifier("registry", table), sql.Identifier(column)
        )
        connection.execute(change, (_value(table, column, name), row))


def _value(table: str, column: str, name: str) -> str:
    text = canary(table, column, name)
    if column not in LISTS:
        return text
    members = ", ".join(f'"{member}": "{text}"' for member in LISTS[column])
    return f"[{{{members}}}]"


def part_id(table: str, name: str) -> str:
    """The id of the one row of this part on this case."""
    made = uuid.uuid5(uuid.NAMESPACE_OID, f"{table} {name}").bytes
    return str(uuid.UUID(bytes=made, version=4))


def _parts(connection: psycopg.Connection[Any], case: str, name: str) -> None:
    for table, (columns, more) in PARTS.items():
        texts = {column: canary(table, column, name) for column in columns}
        _insert(connection, table, {"id": part_id(table, name), "case_id": case} | more | texts)
    guardian = {
        "id": part_id("consent", name),
        "case_id": case,
        "purpose": "FEEDBACK",
        "state": "NOT_ASKED",
        "recipients": [],
        "stated_at": OLDER,
        "guardian": canary("consent", "guardian", name),
        "form_id": canary("consent", "form_id", name),
    }
    _insert(connection, "consent", guardian)


def _insert(connection: psycopg.Connection[Any], table: str, row: Mapping[str, object]) -> None:
    connection.execute(
        sql.SQL("insert into {} ({}) values ({})").format(
            sql.Identifier("registry", table),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(map(sql.Placeholder, row)),
        ),
        row,
    )


LAO_MEETING: Final = "01900000-0000-7000-8000-00000000c0a1"
MEETING: Final = "01900000-0000-7000-8000-00000000c0a2"


def _contacts(connection: psycopg.Connection[Any]) -> None:
    """A meeting under each agreement; both spoke of the case of SHOWN, and of hidden ones."""
    for made, agreement, name in (
        (MEETING, "TH-KH-2014", "meeting"),
        (LAO_MEETING, "TH-LA-2017", "laomeeting"),
    ):
        row = {
            "id": made,
            "agreement_code": agreement,
            "kind": "CASE_MANAGEMENT",
            "title": "A meeting",
            "starts_on": "2026-09-20",
            "minutes": canary("bilateral_contact", "minutes", name),
        }
        _insert(connection, "bilateral_contact", row)
        for case in (CASES["shown"], CASES["hidden"], CASES["lao"], CASES["objected"]):
            connection.execute(
                "insert into registry.contact_case (contact_id, case_id) values (%s, %s)",
                (made, case),
            )


def all_cells() -> set[Cell]:
    """Every cell that holds a canary, contacts left out."""
    cells = {
        ("victim", column, made.victim)
        for made in PEOPLE.values()
        for column in (*IDENTITY, *FAMILY, *ACCOUNT)
    }
    cells |= {("return_case", column, case) for case in CASES.values() for column in OF_CASE}
    for table, (columns, _) in PARTS.items():
        cells |= {(table, column, part_id(table, n)) for column in columns for n in CASES}
    return cells


def row_names() -> dict[str, str]:
    """The canary's name of each row by id."""
    names = {made.victim: name for name, made in PEOPLE.items()}
    names |= {case: name for name, case in CASES.items()}
    names |= {part_id(t, n): n for t in (*PARTS, "consent") for n in CASES}
    return names


def canary_of(cell: Cell) -> str:
    """The canary that stands in a cell."""
    table, column, row = cell
    return canary(table, column, row_names()[row])


def diverge(connection: psycopg.Connection[Any], spared: set[str]) -> int:
    """Change every text cell whose canary is not in `spared`, and lists that nobody is shown.
    The number of cells changed.

    History, the machine and every trigger look away: the twin is another past, not a change.
    """
    connection.execute("set session_replication_role = replica")
    changed = 0
    for cell in sorted(all_cells()):
        if canary_of(cell) in spared:
            continue
        table, column, row = cell
        # other text, other length, other place in every order
        name = f"{row_names()[row]}_other_" + "z" * (hash_of(cell) % 9)
        value = _value(table, column, name)
        if hash_of(cell) % 5 == 0 and column != "family_contacts":
            connection.execute(
                sql.SQL("update {} set {} = null where id = %s").format(
                    sql.Identifier("registry", table), sql.Identifier(column)
                ),
                (row,),
            )
        else:
            connection.execute(
                sql.SQL("update {} set {} = %s where id = %s").format(
                    sql.Identifier("registry", table), sql.Identifier(column)
                ),
                (value, row),
            )
        changed += 1
    connection.execute(
        "update registry.victim set means_of_control = '{SexualAbuse}', age_when_trafficked = 9,"
        " sex_exploitation_type = null, dates = '[]', apps = '{Line}'"
    )
    connection.execute("set session_replication_role = origin")
    return changed


def hash_of(cell: Cell) -> int:
    """A number that is the same in every run."""
    return uuid.uuid5(uuid.NAMESPACE_OID, " ".join(cell)).int % 1009


def more_hidden(
    connection: psycopg.Connection[Any], origin: str = "LA", state: str = "TRACING"
) -> list[Made]:
    """Cases that the Cambodian desk may not see, older, newer and as old as those it may."""
    made = []
    for number, start in enumerate((OLDER, START, OLDER.replace(year=2024))):
        ids = Made(
            f"7c1e4b00-0000-4000-8000-{0x900000 + number:012x}",
            f"3fd09a00-0000-4000-8000-{0x000001 + 0x10000 * number:012x}",
        )
        if number == 0:
            ids = Made(ids.case.replace("7c1e", "0c1e"), ids.victim.replace("3fd0", "0fd0"))
        made.append(add_case(connection, origin, state, "Hidden", ids=ids, start=start, age=40))
    early = Made("ffffffff-0000-4000-8000-0000000000e1", "ffffffff-0000-4000-8000-0000000000e2")
    made.append(add_case(connection, "KH", "IDENTIFIED", "Hidden", ids=early, start=OLDER))
    for each in made:
        state_consent(connection, each.case, "PHOTO", "GIVEN", ["KH"], OLDER)
    return made


OF_DESK: Final = {
    *(canary("victim", c, n) for c in (*IDENTITY, *FAMILY) for n in ("shown", "twice")),
    *(canary("victim", c, "sealed") for c in FAMILY),
}
"""Everything that the Cambodian desk may be shown of people while tracing."""
