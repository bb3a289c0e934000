"""Where it is stored: SQLAlchemy Core tables of the five schemas.

In the order in which they depend on each other: `columns` (metadata and
derived checks), `directory` (countries, agencies, agreements, contacts), `agreements` (their
parts), `person`, `cases`, `parts`, `emergencies`, `events`, `frozen`, `policy`, `denials`,
`ledger`, `tree`, `feed`, `statistics`, and `history`, which is made from the others. The
migrations build the same database from frozen SQL; a test compares the two.
"""

from __future__ import annotations

from schema.tables import (
    acts,
    agreements,
    cases,
    denials,
    directory,
    emergencies,
    events,
    feed,
    frozen,
    history,
    ledger,
    parts,
    person,
    policy,
    statistics,
    tree,
)
from schema.tables.columns import metadata

__all__ = [
    "acts",
    "agreements",
    "cases",
    "denials",
    "directory",
    "emergencies",
    "events",
    "feed",
    "frozen",
    "history",
    "ledger",
    "metadata",
    "parts",
    "person",
    "policy",
    "statistics",
    "tree",
]
