"""What the bench asks: a point, a page of 50, a bulk of 1000, and who asks it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

POINT = "query($id: ID!) { victim(id: $id) { id familyName gender ageBand withheld { field } } }"
PAGE = """query { returnCases(first: 50) { edges { node { id state stateSince origin
  victim { id familyName gender ageBand withheld { field reason } } } } } }"""
BULK = PAGE.replace("first: 50", "first: 1000")
PURPOSE = "TRACING"
_SHOWN: LiteralString = (
    "select c.victim_id from registry.return_case c join registry.victim v on v.id = c.victim_id"
    " join registry.consent s on s.case_id = c.id where c.origin = 'KH' and c.host = 'TH'"
    " and c.state = 'TRACING' and s.purpose = 'TRACING' and s.state = 'GIVEN'"
    " and v.birth_latest < current_date - interval '30 years' order by c.id limit 1"
)


@dataclass(frozen=True, slots=True)
class Question:
    """One question: name, the agency whose official asks, document, variables."""

    name: str
    agency: str
    query: str
    variables: dict[str, Any]
    role: str = "FOCAL_POINT"
    purpose: str = PURPOSE


def questions(connection: psycopg.Connection[Any]) -> tuple[Question, ...]:
    """The three questions about the data at hand. Raises RuntimeError where there is too little."""
    row = connection.execute(_SHOWN).fetchone()
    if row is None:
        raise RuntimeError("too few people to measure on")
    return (
        Question("point", "KH-MOSVY", POINT, {"id": str(row[0])}),
        Question("page", "KH-MOSVY", PAGE, {}),
        Question("bulk", "TH-DATIP", BULK, {}),
    )
