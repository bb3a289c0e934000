"""What deciding each field costs: the law as it is, beside one that filters rows alone.

The second law keeps of each clause only what all clauses of its agreement ask
of the same people on the same type of record: which rows they may see. Fields
are no longer decided record by record (consent, age, stage, assignment,
restrictions of the sender). Both run on the same database behind the same wall,
and both leave an access record. `python -m bench.conditions`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from dataclasses import replace

from authz.grants import Grant
from authz.profile import Policy
from bench.filled import filled, rendered
from bench.questions import Question
from bench.sides import Side, line, ratios


def rows_alone(policy: Policy) -> Policy:
    """The law that filters rows, and shows every field that a clause names on each of them."""
    kept: dict[Hashable, list[Grant]] = {}
    for grant in policy.grants:
        whom = (grant.clause.agreement, grant.entity, grant.grantee.side, grant.grantee.roles)
        kept.setdefault(whom, []).append(grant)
    return replace(
        policy,
        grants=tuple(
            replace(grant, when=tuple(c for c in grant.when if all(c in g.when for g in group)))
            for group in kept.values()
            for grant in group
        ),
    )


async def _measure(dsn: str, asked: tuple[Question, ...]) -> dict[str, list[float]]:
    decided = {question.name: await rendered(dsn, question) for question in asked}
    filtered = {question.name: await rendered(dsn, question, rows_alone) for question in asked}
    for name, it in decided.items():
        if it.sql == filtered[name].sql:
            raise RuntimeError(f"{name}: both laws give one statement")
    return await ratios(Side(dsn, decided), Side(dsn, filtered))


def main() -> None:
    """Make and fill a registry in a folder of its own, measure, print."""
    with filled("python -m bench.conditions") as (server, asked):
        for name, measured in asyncio.run(_measure(server.dsn("saphan_service"), asked)).items():
            print(line(name, "fields decided", measured))


if __name__ == "__main__":
    main()
