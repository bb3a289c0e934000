"""The ceiling: the registry's own statement, access record included, behind bare ASGI.

No GraphQL, no token, no check of anything: a path names the question, the
parameters lie ready but for the record's id, which has to be new each time.
The transaction, the pool and the commit before the answer are the same.
`BENCH_QUESTIONS` holds the questions, `BENCH_DSN` the service's database.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

import uvicorn

from authz.caller import Caller
from bench.questions import Question
from ledger.ids import uuid7
from resolvers.engine import Engine, EngineSettings, Request
from resolvers.execution import bind_all, context_of
from resolvers.header import header_values
from resolvers.rendering import COLUMNS_BEFORE_ROOTS, Statement
from resolvers.wire import Context, Pool
from schema.catalog import catalog
from schema.sdl import graphql_schema
from service.http.listening import bind

Message = MutableMapping[str, Any]
CONNECTIONS = 8


@dataclass(frozen=True, slots=True)
class Ready:
    """A statement with its parameters; `record` is where the id of the access record goes."""

    sql: str
    params: list[bytes | None]
    record: tuple[int, ...]
    keys: tuple[bytes, ...]
    context: Context


def caller_of(question: Question) -> Caller:
    """The caller whose grants the statement was rendered for."""
    return Caller(
        question.agency,
        question.agency[:2],
        (question.role,),
        (question.purpose,),
        "bench",
        "bench",
        "bench",
        "0" * 64,
        1 << 40,
    )


async def ready(engine: Engine, question: Question) -> Ready:
    """Ask the registry once in this process and take the statement that it rendered."""
    who = caller_of(question)
    variables = dict(question.variables)
    request = Request(question.query, None, variables, who, question.purpose, "bench")
    answer = await engine.answer(request)
    if b'"errors"' in answer.body:
        raise RuntimeError(f"{question.name} is refused")
    statement, version = engine.newest()
    return bound(statement, question, version)


def bound(statement: Statement, question: Question, version: int) -> Ready:
    """The statement with the parameters of the question, under the law of that version."""
    who, plan = caller_of(question), statement.narrowed.plan
    searched = statement.narrowed.searched
    header = header_values(who, question.purpose, "", plan.document_hash, "bench", searched, [])
    context = {**header, "nonce": "0" * 32, "policy_version": version, "policy_horizon": None}
    return Ready(
        statement.sql,
        bind_all(statement.binds, question.variables, context, statement.constants),
        tuple(i for i, bind in enumerate(statement.binds) if bind.name == "record_id"),
        tuple(f'"{key}":'.encode() for key in statement.root_keys),
        context_of(who),
    )


async def _ask(pool: Pool, it: Ready) -> bytes:
    params = list(it.params)
    for place in it.record:
        params[place] = str(uuid7()).encode()
    wire = await pool.take()
    try:
        row = await wire.begin(it.sql, params, it.context)
        if row.get_value(0, 0) != b"f":
            raise RuntimeError("the policy changed while the bench ran")
        roots = [
            key + (row.get_value(0, COLUMNS_BEFORE_ROOTS + i) or b"null")
            for i, key in enumerate(it.keys)
        ]
        await wire.commit()
    finally:
        await pool.give(wire)
    return b'{"data":{' + b",".join(roots) + b"}}"


def application(pool: Pool, questions: dict[str, Ready]) -> Callable[..., Awaitable[None]]:
    """The ASGI application."""

    async def app(
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        while (await receive()).get("more_body"):
            pass
        body = await _ask(pool, questions[scope["path"].removeprefix("/")])
        headers = [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


async def _serve() -> None:
    dsn = os.environ["BENCH_DSN"]
    asked = [Question(**each) for each in json.loads(os.environ["BENCH_QUESTIONS"])]
    engine = Engine(graphql_schema(), catalog(), EngineSettings(lambda: dsn, b"k" * 32))
    await engine.start()
    prepared = {question.name: await ready(engine, question) for question in asked}
    await engine.stop()
    pool = Pool(lambda: dsn, CONNECTIONS, 60_000)
    listener = bind("127.0.0.1", 0)
    config = uvicorn.Config(
        application(pool, prepared),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        log_config=None,
        access_log=False,
    )
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    await uvicorn.Server(config).serve([listener])


if __name__ == "__main__":
    asyncio.run(_serve())
