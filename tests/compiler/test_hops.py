"""The engine's own hops, each a span with a name and nothing else."""

from __future__ import annotations

import asyncio
import json

from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from resolvers.engine import Engine, EngineSettings, Request
from schema.catalog import catalog
from schema.sdl import graphql_schema
from service.telemetry import HOPS, Tracing
from tests.compiler.registry import Registry, caller

CANARY = "CANARY-5c1f"


async def _spans(registry: Registry, query: str, **variables: object) -> list[tuple[str, str]]:
    exporter = InMemorySpanExporter()
    tracing = Tracing(exporter, batch=False)
    settings = EngineSettings(lambda: registry.service, b"k" * 32, hop=tracing.hop)
    engine = Engine(graphql_schema(), catalog(), settings)
    await engine.start()
    try:
        await engine.answer(
            Request(query, None, dict(variables), caller("KH-MOSVY"), "TRACING", CANARY)
        )
    finally:
        await engine.stop()
        tracing.stop()
    return [(span.name, span.to_json()) for span in exporter.get_finished_spans()]


def test_a_read_passes_the_hops_in_order(registry: Registry) -> None:
    query = "query($c: ID!) { victim(id: $c) { id familyName } }"
    spans = asyncio.run(_spans(registry, query, c="3fd09a00-0000-4000-8000-0000000000a1"))
    assert [name for name, _ in spans] == list(HOPS[2:])
    for _, text in spans:
        span = json.loads(text)
        assert (span["attributes"], span["events"]) == ({}, [])
        assert CANARY not in text
        assert "familyName" not in text
        assert "3fd09a00" not in text


def test_a_refusal_as_a_whole_is_written_and_committed_too(registry: Registry) -> None:
    query = "{ victims(filter: { narrative: { isNull: true } }) { totalCount } }"
    spans = asyncio.run(_spans(registry, query))
    assert [name for name, _ in spans] == list(HOPS[2:])


def test_a_bad_document_ends_at_its_first_hop(registry: Registry) -> None:
    spans = asyncio.run(_spans(registry, "{ nobody }"))
    assert [name for name, _ in spans] == ["plan"]
