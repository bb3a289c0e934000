"""Acts and questions through a real engine, with a judge of proofs of the test's own."""

from __future__ import annotations

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


async def do(
    registry: Registry, who: Caller, query: str, *, prove: Prove = proved, **variables: object
) -> dict[str, Any]:
    """One answer of a fresh engine, parsed; the caller's first purpose is stated."""
    settings = EngineSettings(lambda: registry.service, b"k" * 32, prove=prove)
    engine = Engine(graphql_schema(), catalog(), settings)
    await engine.start()
    try:
        request = Request(query, None, dict(variables), who, who.purposes[0], "trace")
        answer = await engine.answer(request)
    finally:
        await engine.stop()
    parsed: dict[str, Any] = json.loads(answer.body)
    return parsed
