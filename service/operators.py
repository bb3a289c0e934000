"""Who acts as the owner of the database: a person at an agency, and why.

Takes what the command line says of her, gives her country, or raises
`OperatorRefused` with one line that says what would be right. There is no token
here: whoever has the owner's password says who she is, and the ledger keeps it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, LiteralString, TypeVar

import click
import psycopg

from authz.claims import MAX_TEXT
from authz.wording import is_plain

SHORTEST_REASON: Final = 3
LONGEST_REASON: Final = 500
_COUNTRY: LiteralString = "select coalesce(country, '') from registry.agency where code = %s"
_Command = TypeVar("_Command", bound=Callable[..., None])


class OperatorRefused(Exception):
    """Nothing was done. One line for the operator."""


@dataclass(frozen=True, slots=True)
class Operator:
    """Who says so: a person, by the name she is known under at an agency of the registry."""

    agency: str
    person: str


def country_of(connection: psycopg.Connection[Any], operator: Operator, reason: str) -> str:
    """The country of the operator's agency, '' for an organisation, after what was said of who and
    why is usable. Raises OperatorRefused.
    """
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON or not is_plain(reason):
        raise OperatorRefused(
            f"a reason has {SHORTEST_REASON} to {LONGEST_REASON} printable characters on one line"
        )
    if not 0 < len(operator.person) <= MAX_TEXT or not is_plain(operator.person):
        raise OperatorRefused("name the person who says so, on one line")
    found = connection.execute(_COUNTRY, (operator.agency,)).fetchone()
    if found is None:
        raise OperatorRefused("the registry knows no agency of this code")
    return str(found[0])


def operator_options(command: _Command) -> _Command:
    """The options by which an act of the owner says who does it, and why."""
    for option in (
        click.option("--by", required=True, metavar="NAME", help="The person who says so."),
        click.option("--agency", required=True, metavar="CODE", help="The agency she works at."),
        click.option("--reason", required=True, help="Why, for people and auditors; one line."),
    ):
        command = option(command)
    return command
