"""Log lines: only listed fields, one line each, whatever is put into them (A04)."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from service import logs

CANARY = "CANARY-51d2"
HOSTILE = ["\r\nfake: line", "\x00\x1b[31m", "\ud800", "x" * 1_000_000, "\u2028", '"}\n{"event":1}']


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = (list(root.handlers), root.level)
    written = io.StringIO()
    logs.configure("debug", written)
    yield written
    structlog.reset_defaults()
    root.handlers[:], root.level = before[0], before[1]


def lines(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_only_listed_fields_are_written(out: io.StringIO) -> None:
    logs.logger().info("an event", query=CANARY, variables={"x": CANARY}, status=200, trace="ab")
    (line,) = lines(out)
    assert set(line) == {"event", "level", "time", "status", "trace"}
    assert set(line) <= logs.FIELDS


def test_no_log_call_of_ours_uses_an_unlisted_field() -> None:
    import ast
    from pathlib import Path

    for path in (Path(logs.__file__).parent).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            receiver = node.func.value
            if isinstance(receiver, ast.Call) and ast.unparse(receiver.func).endswith("logger"):
                assert {word.arg for word in node.keywords} <= logs.FIELDS, path
                assert isinstance(node.args[0], ast.Constant), path


@pytest.mark.parametrize("hostile", HOSTILE)
def test_one_event_is_one_short_line(out: io.StringIO, hostile: str) -> None:
    logs.logger().warning("an event", reason=hostile, route=hostile)
    text = out.getvalue()
    assert text.count("\n") == 1
    assert len(text) < 3_000
    assert text.rstrip("\n").isprintable()
    assert len(lines(out)) == 1


def test_other_libraries_keep_name_level_and_type_alone(out: io.StringIO) -> None:
    try:
        raise ValueError(CANARY)
    except ValueError:
        logging.getLogger("psycopg").exception("failed for %s", CANARY)
    logging.getLogger("asyncio").error("Task exception: " + CANARY)  # noqa: G003
    logging.getLogger("uvicorn.error").info("below warning")
    assert CANARY not in out.getvalue()
    assert [(line["logger"], line.get("error")) for line in lines(out)] == [
        ("psycopg", "ValueError"),
        ("asyncio", None),
    ]


def test_levels(out: io.StringIO) -> None:
    logs.configure("error", out)
    logs.logger().warning("an event")
    logs.logger().error("an event")
    assert [line["level"] for line in lines(out)] == ["error"]


def test_origin_names_a_place_and_no_value() -> None:
    try:
        raise ValueError(CANARY)
    except ValueError as error:
        where = logs.origin(error)
    assert where.partition(":")[2].isdigit()
    assert CANARY not in where
    assert not logs.origin(ValueError(CANARY))
