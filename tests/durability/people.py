"""People whose every protected value says where it belongs, and the question that asks for them.

Takes an owner's connection, gives the ids of the people in the order of their
numbers. Each value is `~field.number~` and padding, so that any piece of an
answer that somebody received can be traced to the record and the field it
discloses, whole answer or not.
"""

from __future__ import annotations

import json
import re
import uuid
from typing import Any, Final

import psycopg
from psycopg import sql

from tests.compiler.registry import add_case

COUNT: Final = 60
FIELDS: Final = {
    "familyName": "family_name",
    "givenName": "given_name",
    "alias": "alias",
    "identityNumber": "identity_number",
    "homeVillage": "home_village",
    "homeStreet": "home_street",
}
AGENCY, ROLE, PURPOSE = "KH-MOSVY", "FOCAL_POINT", "TRACING"

Sight = tuple[str, str]
"""A record's id and the schema name of one of its fields."""

_MARK: Final = re.compile(rb"~(\w+)\.(\d{3})~")
_ID: Final = re.compile(rb'"id":"([0-9a-f-]{36})"')
_PADDING: Final = "x" * 150


def settle(connection: psycopg.Connection[Any]) -> tuple[str, ...]:
    """Write them all; the ids of the people."""
    made = [add_case(connection, "KH", "TRACING", f"{n}") for n in range(COUNT)]
    change = sql.SQL("update registry.victim set {} where id = %s").format(
        sql.SQL(", ").join(
            sql.SQL("{} = %s").format(sql.Identifier(column)) for column in FIELDS.values()
        )
    )
    for number, each in enumerate(made):
        values = [f"~{field}.{number:03d}~{_PADDING}" for field in FIELDS]
        connection.execute(change, (*values, each.victim))
    return tuple(each.victim for each in made)


def caught(received: bytes, people: tuple[str, ...]) -> set[Sight]:
    """What these bytes disclose: every value in them, wherever they were cut."""
    return {
        (people[int(number)], f"Victim.{field.decode()}")
        for field, number in _MARK.findall(received)
    }


def named(received: bytes) -> set[str]:
    """The ids of the records in these bytes."""
    return {found.decode() for found in _ID.findall(received)}


def everything(people: tuple[str, ...]) -> set[Sight]:
    """What a whole answer discloses."""
    return {(each, f"Victim.{field}") for each in people for field in FIELDS}


def fresh_name() -> str:
    """An operation name that no other request has: the access record keeps it."""
    return f"Q{uuid.uuid4().hex}"


def question(name: str) -> dict[str, Any]:
    """The parameters of the operation `name`, which asks for every value of every person."""
    fields = " ".join(FIELDS)
    text = f"query {name} {{ victims(first: {COUNT}) {{ edges {{ node {{ id {fields} }} }} }} }}"
    return {"query": text, "operationName": name}


def request_bytes(name: str, token: str, *, close: bool = True) -> bytes:
    """The whole HTTP request of the question."""
    body = json.dumps(question(name)).encode()
    lines = [
        b"POST /graphql HTTP/1.1",
        b"Host: registry.example",
        b"Authorization: Bearer " + token.encode(),
        b"Content-Type: application/json",
        b"Content-Length: %d" % len(body),
        *([b"Connection: close"] if close else []),
    ]
    return b"\r\n".join([*lines, b"", body])
