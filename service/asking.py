"""A command that asks the registry as the holder of a token, decided and recorded like anybody.

Takes a token, a purpose and an operation, gives the parsed answer of an engine
in this process. No command that prints registry or ledger content has another
way to it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import click
import psycopg

from authz.caller import Caller
from authz.tokens import TokenRefused, TokenVerifier
from resolvers.engine import Engine, Request, Unavailable
from service import cli_serve, surroundings
from service.denials import in_force
from service.directory import RegistryAgencies
from service.keysets.once import published
from service.surroundings import Databases, Role
from service.telemetry import new_trace_id

T = TypeVar("T")


class Asking:
    """One command's way to the registry."""

    def __init__(self, engine: Engine, caller: Caller, databases: Databases) -> None:
        self.engine, self.caller, self.databases = engine, caller, databases

    async def answer(
        self, query: str, purpose: str | None = None, **variables: object
    ) -> dict[str, Any]:
        """The answer, parsed. Raises ClickException where the request is refused."""
        stated = purpose or (self.caller.purposes[0] if len(self.caller.purposes) == 1 else None)
        if stated is not None and stated not in self.caller.purposes:
            raise click.ClickException("the token does not allow this purpose")
        given = {name: value for name, value in variables.items() if value is not None}
        request = Request(query, None, given, self.caller, stated, new_trace_id())
        answer = await self.engine.answer(request)
        parsed: dict[str, Any] = json.loads(answer.body)
        if parsed.get("data") is None:
            error = parsed["errors"][0]
            code = error["extensions"]["code"]
            raise click.ClickException(f"{error['message']} ({code})")
        return parsed


def run(token: str | None, work: Callable[[Asking], Awaitable[T]]) -> T:
    """Do `work` as the holder of `token`. Raises ClickException where the token, the database or
    the request is refused.
    """
    if not token:
        raise click.UsageError("a token is needed: --token or SAPHAN_TOKEN")
    settings = surroundings.settings()
    with surroundings.told(), surroundings.databases(settings) as databases:
        agencies = RegistryAgencies()
        with psycopg.connect(databases.dsn(Role.SERVICE), autocommit=True) as connection:
            agencies.read(connection)
            denied = in_force(connection)
        believed = published(surroundings.issuers(settings, agencies.codes))
        try:
            caller = TokenVerifier(believed, agencies, denials=denied).verify(token)
        except TokenRefused:
            raise click.ClickException("the token is not accepted") from None
        engine = cli_serve.engine_of(settings, databases)
        try:
            return asyncio.run(_with(engine, Asking(engine, caller, databases), work))
        except Unavailable:
            raise click.ClickException("the database does not answer") from None


async def _with(engine: Engine, asking: Asking, work: Callable[[Asking], Awaitable[T]]) -> T:
    await engine.start()
    try:
        return await work(asking)
    finally:
        await engine.stop()
