"""What goes into the engine and what comes out: request, answer, settings."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from authz.caller import Caller
from resolvers.execution import no_hop
from resolvers.lawmaking import Prove, unproved


@dataclass(frozen=True, slots=True)
class Request:
    """What the door hands in. `purpose` is one of the token's, or None where none was stated;
    `idempotency_key` as it was sent.
    """

    query: str
    operation_name: str | None
    variables: dict[str, object]
    caller: Caller
    purpose: str | None
    trace_id: str
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """HTTP status and the complete response body, application/graphql-response+json."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """`dsn` is asked for at each new connection, so that a database may come and go. `hop` opens
    a span of one of the hops `plan`, `grants`, `restrict`, `execute`, `commit`. `prove` judges
    protocol documents before they take effect.
    """

    dsn: Callable[[], str]
    cursor_key: bytes
    connections: int = 8
    statement_timeout_ms: int = 10_000
    cost_limit: int = 5_000
    bulk_cost_limit: int = 100_000
    hop: Callable[[str], AbstractContextManager[None]] = no_hop
    prove: Prove = unproved
