"""What the frozen part costs the host's desk: its pages as they are, beside two other laws.

Under the one its clauses end at the handover, as they did before there were
copies: a page has as many cases, none of them handed over. Under the other it
reads the same cases as they stand. All run on the same database behind the same
wall, and each leaves an access record. `python -m bench.frozen`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from authz.conditions import FREEZES
from authz.grants import Condition
from authz.profile import Policy
from bench.filled import filled, rendered
from bench.questions import BULK, PAGE, Question
from bench.sides import Side, line, ratios

_ORDER = "first: 50, orderBy: [{field: STATE_SINCE, direction: DESC}]"
ASKED = (
    Question("page", "TH-DATIP", PAGE, {}),
    Question("ordered", "TH-DATIP", PAGE.replace("first: 50", _ORDER), {}),
    Question("bulk", "TH-DATIP", BULK, {}),
)


def _with(policy: Policy, instead: tuple[Condition, ...]) -> Policy:
    """The law with these conditions in place of the frozen part."""
    return replace(
        policy,
        grants=tuple(
            replace(
                grant,
                when=tuple(
                    each for c in grant.when for each in (instead if c.name == FREEZES else (c,))
                ),
            )
            for grant in policy.grants
        ),
    )


def ended(policy: Policy) -> Policy:
    """The law under which the host's view ends at the handover."""
    return _with(policy, (Condition("before_handover"),))


def as_it_stands(policy: Policy) -> Policy:
    """The law under which the host goes on reading what stands there."""
    return _with(policy, ())


LAWS: dict[str, Callable[[Policy], Policy]] = {
    "the frozen part, of that without what was handed over": ended,
    "the frozen part, of the same cases as they stand": as_it_stands,
}


async def _measure(dsn: str, law: Callable[[Policy], Policy]) -> dict[str, list[float]]:
    frozen = {question.name: await rendered(dsn, question) for question in ASKED}
    other = {question.name: await rendered(dsn, question, law) for question in ASKED}
    for name, it in frozen.items():
        if it.sql == other[name].sql:
            raise RuntimeError(f"{name}: both laws give one statement")
    return await ratios(Side(dsn, frozen), Side(dsn, other))


def main() -> None:
    """Make and fill a registry in a folder of its own, measure, print."""
    with filled("python -m bench.frozen") as (server, _):
        for what, law in LAWS.items():
            for name, measured in asyncio.run(_measure(server.dsn("saphan_service"), law)).items():
                print(line(name, what, measured))


if __name__ == "__main__":
    main()
