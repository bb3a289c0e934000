"""Acts and questions through a real engine, with a judge of proofs of the test's own.

Takes a registry, gives its answers. `asked` keeps an engine for each registry until `leave`: who
asks it after a change of the law asks a process that has plans and prepared statements of before.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from authz.caller import Caller
from authz.documents import Document
from resolvers.engine import Engine, EngineSettings, Request
from resolvers.lawmaking import Prove
from schema import reference
from schema.catalog import catalog
from schema.sdl import graphql_schema
from tests.compiler.registry import Registry, caller

_COUNTRY = {agency.code: agency.country or "" for agency in reference.agencies()}


def proved(_documents: Sequence[Document]) -> Sequence[str]:
    """Every proof holds."""
    return ()


def person(agency: str, role: str, subject: str, *purposes: str) -> Caller:
    """A caller who is this person."""
    who = caller(agency, role, purposes=purposes or ("COORDINATION",))
    return replace(who, subject=subject, country=_COUNTRY[agency])


class _Sitting:
    """An engine of a registry, and the loop in which it runs."""

    def __init__(self, registry: Registry, prove: Prove) -> None:
        self.loop = asyncio.Runner()
        settings = EngineSettings(lambda: registry.service, b"k" * 32, prove=prove)
        self.engine = Engine(graphql_schema(), catalog(), settings)
        self.loop.run(self.engine.start())

    def end(self) -> None:
        self.loop.run(self.engine.stop())
        self.loop.close()


_open: dict[tuple[str, Prove], _Sitting] = {}


async def _answer(engine: Engine, who: Caller, query: str, variables: Any) -> dict[str, Any]:
    request = Request(query, None, dict(variables), who, who.purposes[0], "trace")
    parsed: dict[str, Any] = json.loads((await engine.answer(request)).body)
    return parsed


def _sitting(registry: Registry, prove: Prove) -> _Sitting:
    key = (registry.owner, prove)
    if key not in _open:
        _open[key] = _Sitting(registry, prove)
    return _open[key]


def asked(
    registry: Registry, who: Caller, query: str, *, prove: Prove = proved, **variables: object
) -> dict[str, Any]:
    """One answer, parsed; the caller's first purpose is stated."""
    sitting = _sitting(registry, prove)
    return sitting.loop.run(_answer(sitting.engine, who, query, variables))


def asked_at_once(
    registry: Registry, people: Sequence[Caller], query: str, **variables: object
) -> list[dict[str, Any]]:
    """The answers to several people who ask the same at the same time."""
    sitting = _sitting(registry, proved)

    async def all_of_them() -> list[dict[str, Any]]:
        return list(
            await asyncio.gather(*(_answer(sitting.engine, w, query, variables) for w in people))
        )

    return sitting.loop.run(all_of_them())


def leave(registry: Registry) -> None:
    """End what was kept for this registry."""
    for key in [key for key in _open if key[0] == registry.owner]:
        _open.pop(key).end()
