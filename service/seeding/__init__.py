"""A simulated region: plausible, invented, the same for the same numbers.

In the order the data flow: `chance` (one stream of decisions for each person),
`names`, `people` (who), `corridors` (found where, at home where, under which
agreement), `kin` (twins, second entries, people trafficked again), `agenda`
(a person's time), `keeping` (rows with their past), `desks` and `clauses` (who
takes a step, under which clause), `casefile` and `talks` (what is written on a
case, what the person says), `lives`, `before`, `after`, `asides` (the walk along
the machine's edges and what goes on beside it), `rows` (one person's story),
`cooperation` (beside them: `contacts` and their `outcomes`, `offices`, and
`agreements` made of `instruments`), `loading` (into the database), `report`
(what it came to). Nothing is read from the clock: the same people, seed and
last day give the same rows everywhere.
"""

from __future__ import annotations

from service.seeding.loading import AlreadyPeopled, Seeded, fill

__all__ = ["AlreadyPeopled", "Seeded", "fill"]
