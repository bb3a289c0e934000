"""Spans: the seven hops by name, under the caller's trace, and nothing of what was said."""

from __future__ import annotations

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from resolvers.engine import Answer, Request
from service.telemetry import HOPS, Tracing, new_trace_id, parse_traceparent
from tests.door.doors import GOOD, ScriptedEngine, open_door

CANARY = "CANARY-e07b"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"


def traced(fails: bool) -> tuple[ReadableSpan, ...]:
    """The spans of one request whose engine makes a span of each later hop."""
    exporter = InMemorySpanExporter()
    tracing = Tracing(exporter, batch=False)

    async def act(request: Request) -> Answer:
        for name in HOPS[2:]:
            with tracing.hop(name):
                pass
        if fails:
            with tracing.hop("execute"):
                raise RuntimeError(f"{CANARY} {request.variables}")
        return Answer(200, b'{"data":null}')

    with open_door(ScriptedEngine(act), tracing=tracing) as door:
        door.post(
            {"query": "{ " + CANARY + " }", "variables": {"x": CANARY}, "operationName": CANARY},
            traceparent=f"00-{TRACE}-{PARENT}-01",
        )
        door.post(b"x", authorization=f"Bearer {CANARY}")
    return exporter.get_finished_spans()


def test_seven_hops_under_one_trace() -> None:
    spans = [span for span in traced(fails=False) if f"{span.context.trace_id:032x}" == TRACE]
    assert sorted(span.name for span in spans) == sorted(HOPS)
    (root,) = (span for span in spans if span.name == "receive")
    assert root.parent is not None
    assert f"{root.parent.span_id:016x}" == PARENT
    for span in spans:
        if span is not root:
            assert span.parent is not None
            assert span.parent.span_id == root.context.span_id


@pytest.mark.parametrize("fails", [False, True])
def test_spans_hold_nothing_of_the_request(fails: bool) -> None:
    spans = traced(fails)
    statuses = []
    for span in spans:
        assert span.name in HOPS
        assert not span.events
        assert span.status.description is None
        assert set(span.attributes or ()) <= {"http.response.status_code"}
        statuses += list((span.attributes or {}).values())
        assert dict(span.resource.attributes) == {"service.name": "saphan"}
        assert CANARY not in span.to_json()
        assert GOOD not in span.to_json()
    assert sorted(map(str, statuses)) == sorted(["500" if fails else "200", "401"])


def test_a_request_without_a_parent_has_the_trace_of_its_root() -> None:
    exporter = InMemorySpanExporter()
    engine = ScriptedEngine()
    with open_door(engine, tracing=Tracing(exporter, batch=False)) as door:
        door.post({"query": "{a}"})
    (root,) = (span for span in exporter.get_finished_spans() if span.name == "receive")
    assert engine.requests[0].trace_id == f"{root.context.trace_id:032x}"


def test_off_is_one_shared_nothing() -> None:
    tracing = Tracing.of("off")
    assert not tracing.on
    assert tracing.hop("plan") is tracing.hop("commit")
    with tracing.hop("plan"):
        pass
    tracing.stop()


def test_console_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    tracing = Tracing.of("console")
    with tracing.hop("plan"):
        pass
    tracing.stop()
    said = capsys.readouterr()
    assert '"name": "plan"' in said.err
    assert not said.out


@pytest.mark.parametrize(
    ("value", "trace"),
    [
        (f"00-{TRACE}-{PARENT}-01", TRACE),
        (f"00-{TRACE}-{PARENT}-00", TRACE),
        (f"cc-{TRACE}-{PARENT}-01-what-is-to-come", TRACE),
        (f"00-{TRACE}-{PARENT}-01-x", None),
        (f"ff-{TRACE}-{PARENT}-01", None),
        (f"00-{TRACE.upper()}-{PARENT}-01", None),
        (f"00-{'0' * 32}-{PARENT}-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (f" 00-{TRACE}-{PARENT}-01", None),
        (f"00-{TRACE}-{PARENT}-01\n", None),
        (f"00-{TRACE}-{PARENT}", None),
        (f"00-{TRACE[:-1]}-{PARENT}-01", None),
        (f"cc-{TRACE}-{PARENT}-01-" + "x" * 300, None),
        ("", None),
        ("\x00", None),
    ],
)
def test_traceparent(value: str, trace: str | None) -> None:
    found = parse_traceparent(value.encode())
    assert (None if found is None else f"{found.trace_id:032x}") == trace


def test_fresh_trace_ids_are_valid_and_differ() -> None:
    fresh = {new_trace_id() for _ in range(100)}
    assert len(fresh) == 100
    assert all(len(value) == 32 and int(value, 16) for value in fresh)
