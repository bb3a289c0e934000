"""Synthetic registries: plausible, invented, the same for the same numbers.

In the order the data flow: `chance` (one stream of decisions for each person),
`names`, `people` (who), `corridors` (found where, at home where, under which
agreement), `courses` (the way through the states), `consents`, `papers` (what
else stands on a case), `contacts` (meetings and focal points), `rows` (all of
it as rows of tables), `loading` (into the database). Nothing is read from the
clock: the same people, seed and last day give the same rows everywhere.
"""

from __future__ import annotations

from service.seeding.loading import AlreadyPeopled, Seeded, fill

__all__ = ["AlreadyPeopled", "Seeded", "fill"]
