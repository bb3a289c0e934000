"""Spans for the seven hops of a request, and nothing of what the request said.

Takes `SAPHAN_TRACES`, gives a `Tracing`. Spans are named by hop alone
(`HOPS`); the only attributes are the HTTP method and status. Exceptions are
never recorded on a span: their texts may quote a value. When tracing is off,
`hop` hands out one shared context manager that does nothing.

`Tracing.hop` is a plain callable, so that resolvers can take it as a
parameter and need not know who traces.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Literal

from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    ConsoleSpanExporter,
    SimpleSpanProcessor,
    SpanExporter,
)
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    TraceFlags,
    set_span_in_context,
)

HOPS = ("receive", "verify", "plan", "grants", "restrict", "execute", "commit")
"""The hops of design.md section 2, in order. `receive` spans the request, the others lie in it."""

_TRACEPARENT = re.compile(rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_LONGEST_TRACEPARENT = 256
_NOTHING: AbstractContextManager[None] = nullcontext()
_random = random.SystemRandom()


def parse_traceparent(value: bytes | None) -> SpanContext | None:
    """The remote parent that a `traceparent` header names, or None where it is not exactly one.

    W3C Trace Context section 3.2: lower-case hex only, version `ff` and ids of
    all zeros are invalid, version 00 ends after the flags.
    """
    if value is None or len(value) > _LONGEST_TRACEPARENT:
        return None
    found = _TRACEPARENT.fullmatch(value)
    if found is None or found[1] == b"ff" or (found[1] == b"00" and found[5] is not None):
        return None
    context = SpanContext(
        trace_id=int(found[2], 16),
        span_id=int(found[3], 16),
        is_remote=True,
        trace_flags=TraceFlags(int(found[4], 16) & TraceFlags.SAMPLED),
    )
    return context if context.is_valid else None


def new_trace_id() -> str:
    """128 random bits in lower-case hex, never all zeros."""
    return f"{_random.getrandbits(128) or 1:032x}"


class Tracing:
    """The tracer of one process. `exporter` None means off."""

    def __init__(self, exporter: SpanExporter | None = None, *, batch: bool = True) -> None:
        self.on = exporter is not None
        self._provider: TracerProvider | None = None
        if exporter is not None:
            # Resource() and not Resource.create(): the latter would add names of host and process.
            self._provider = TracerProvider(
                resource=Resource({SERVICE_NAME: "saphan"}), shutdown_on_exit=False
            )
            processor = BatchSpanProcessor(exporter) if batch else SimpleSpanProcessor(exporter)
            self._provider.add_span_processor(processor)
            self._tracer = self._provider.get_tracer("saphan")

    @classmethod
    def of(cls, setting: Literal["off", "console"]) -> Tracing:
        """What `SAPHAN_TRACES` asks for."""
        return cls(ConsoleSpanExporter(out=sys.stderr)) if setting == "console" else cls()

    def hop(self, name: str) -> AbstractContextManager[None]:
        """A span for one hop, below the hop that is open in this task."""
        return self._span(name, SpanKind.INTERNAL) if self.on else _NOTHING

    @contextmanager
    def receive(self, parent: SpanContext | None) -> Iterator[ReceiveSpan]:
        """The root span of a request. Only for when tracing is on: the door asks `on` first."""
        context = None if parent is None else set_span_in_context(NonRecordingSpan(parent))
        with self._tracer.start_as_current_span(
            HOPS[0],
            context,
            SpanKind.SERVER,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            noted = ReceiveSpan(f"{span.get_span_context().trace_id:032x}")
            try:
                yield noted
            finally:
                if noted.status:
                    span.set_attribute("http.response.status_code", noted.status)

    def stop(self) -> None:
        """Hands on what is still buffered."""
        if self._provider is not None:
            self._provider.shutdown()

    @contextmanager
    def _span(self, name: str, kind: SpanKind) -> Iterator[None]:
        with self._tracer.start_as_current_span(
            name, kind=kind, record_exception=False, set_status_on_exception=False
        ):
            yield


class ReceiveSpan:
    """What the door learns from the root span (its trace id) and tells it (the status)."""

    __slots__ = ("status", "trace_id")

    def __init__(self, trace_id: str) -> None:
        self.trace_id = trace_id
        self.status = 0
