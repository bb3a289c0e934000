"""The rules that the GraphQL-over-HTTP audit checks, one test each, against the real engine.

Ids are those of the audit suite of the graphql-http project (60 checks of a
server). Three of them, all MAY, ask that operations be run by GET; saphan
refuses that on purpose (attacks.md, G05), and `test_by_get` holds it to it.
"""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from tests.door.doors import GOOD, OpenDoor

NEWER = "application/graphql-response+json"
OLDER = "application/json"
TYPENAME = {"query": "{ __typename }"}
BY_NAME = {
    "query": "query Type($name: String!) { __type(name: $name) { name } }",
    "variables": {"name": "sometype"},
}
NULL_FOR_NON_NULL = {
    "query": "query CoerceFailure($id: ID!) { victim(id: $id) { id } }",
    "variables": {"id": None},
}
INVALID: list[Any] = [{"obj": "ect"}, 0, False, ["array"]]
NOT_A_MAP: list[Any] = ["string", 0, False, ["array"]]


def ask(door: OpenDoor, body: object, accept: str | None = None) -> httpx2.Response:
    return door.post(body, accept=accept or "*/*")


def kind(response: httpx2.Response) -> str:
    return response.headers["content-type"]


def test_22eb_newer_form(real_door: OpenDoor) -> None:
    response = ask(real_door, TYPENAME, NEWER)
    assert response.status_code == 200
    assert NEWER in kind(response)


def test_4655_older_form(real_door: OpenDoor) -> None:
    response = ask(real_door, TYPENAME, OLDER)
    assert response.status_code == 200
    assert OLDER in kind(response)


def test_47de_any_form_is_older(real_door: OpenDoor) -> None:
    response = ask(real_door, TYPENAME, "*/*")
    assert response.status_code == 200
    assert OLDER in kind(response)


def test_80d8_no_accept_is_older(real_door: OpenDoor) -> None:
    content = b'{"query":"{ __typename }"}'
    raw = real_door.raw(
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Authorization: Bearer " + GOOD.encode() + b"\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (len(content), content)
    )
    assert raw.startswith(b"HTTP/1.1 200 ")
    assert b"content-type: application/json; charset=utf-8\r\n" in raw


def test_82a3_answers_in_utf_8(real_door: OpenDoor) -> None:
    response = ask(real_door, TYPENAME)
    assert "utf-8" in kind(response)
    response.content.decode("utf-8")


def test_bf61_takes_utf_8(real_door: OpenDoor) -> None:
    body = {"query": '{ __type(name: "Run🏃Swim🏊") { name } }'}
    response = real_door.post(body, content_type="application/json; charset=utf-8")
    assert response.status_code == 200


def test_78d5_2c94_03d4_post_of_json(real_door: OpenDoor) -> None:
    assert ask(real_door, TYPENAME).status_code == 200


@pytest.mark.parametrize("accept", [NEWER, OLDER])
@pytest.mark.parametrize("query", ["{ __typename }", "mutation { __typename }", BY_NAME["query"]])
def test_by_get(real_door: OpenDoor, query: str, accept: str) -> None:
    """5A70, D6D5, 6A70 (refused on purpose) and 9C48 (a mutation by GET is not run)."""
    with real_door.client(headers={"authorization": f"Bearer {GOOD}", "accept": accept}) as client:
        response = client.get("/graphql", params={"query": query, "variables": "{}"})
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, POST"


def test_9abe_post_without_content_type(real_door: OpenDoor) -> None:
    assert real_door.post(b"", content_type="").status_code == 415


def test_a5bf_post_without_body(real_door: OpenDoor) -> None:
    assert real_door.post(b"").status_code == 400


def test_423l_8764_3e3a_query_missing(real_door: OpenDoor) -> None:
    assert ask(real_door, {"notquery": "{ __typename }"}, NEWER).status_code == 400
    assert ask(real_door, {"qeury": "{ __typename }"}).status_code == 400


@pytest.mark.parametrize("query", INVALID)
def test_lkj_query_not_a_text(real_door: OpenDoor, query: object) -> None:
    assert ask(real_door, {"query": query}).status_code == 400


@pytest.mark.parametrize("accept", [NEWER, OLDER])
def test_34a2_13ee_query_a_text(real_door: OpenDoor, accept: str) -> None:
    response = ask(real_door, TYPENAME, accept)
    assert response.status_code == 200
    assert "errors" not in response.json()


@pytest.mark.parametrize("name", INVALID)
def test_6c0_operation_name_not_a_text(real_door: OpenDoor, name: object) -> None:
    assert ask(real_door, {**TYPENAME, "operationName": name}).status_code == 400


@pytest.mark.parametrize("accept", [NEWER, OLDER])
def test_8161_b8b3_operation_name_a_text(real_door: OpenDoor, accept: str) -> None:
    body = {"operationName": "Query", "query": "query Query { __typename }"}
    response = ask(real_door, body, accept)
    assert response.status_code == 200
    assert "errors" not in response.json()


@pytest.mark.parametrize("accept", [NEWER, OLDER])
@pytest.mark.parametrize("name", ["variables", "operationName", "extensions"])
def test_94b_022_parameters_null(real_door: OpenDoor, name: str, accept: str) -> None:
    response = ask(real_door, {**TYPENAME, name: None}, accept)
    assert response.status_code == 200
    assert "errors" not in response.json()


@pytest.mark.parametrize("variables", NOT_A_MAP)
def test_476_variables_not_a_map(real_door: OpenDoor, variables: object) -> None:
    assert ask(real_door, {**TYPENAME, "variables": variables}).status_code == 400


@pytest.mark.parametrize("accept", [NEWER, OLDER])
def test_2ea1_28b9_variables_a_map(real_door: OpenDoor, accept: str) -> None:
    response = ask(real_door, BY_NAME, accept)
    assert response.status_code == 200
    assert "errors" not in response.json()


@pytest.mark.parametrize("extensions", NOT_A_MAP)
def test_58b_extensions_not_a_map(real_door: OpenDoor, extensions: object) -> None:
    assert ask(real_door, {**TYPENAME, "extensions": extensions}).status_code == 400


@pytest.mark.parametrize("accept", [NEWER, OLDER])
def test_428f_1b7a_extensions_a_map(real_door: OpenDoor, accept: str) -> None:
    response = ask(real_door, {**TYPENAME, "extensions": {"some": "value"}}, accept)
    assert response.status_code == 200
    assert "errors" not in response.json()


def test_b6dc_bcf8_not_json(real_door: OpenDoor) -> None:
    assert real_door.post(b'{ "not a JSON').status_code == 400


REFUSED = [
    pytest.param({"query": "{"}, id="parsing"),
    pytest.param({"query": "{ 8f31403dfe404bccbb0e835f2629c6a7 }"}, id="lexing"),
    pytest.param({"query": "{ f31403dfe404bccbb0e835f2629c6a7 }"}, id="validation"),
    pytest.param(NULL_FOR_NON_NULL, id="coercion"),
]


@pytest.mark.parametrize("body", REFUSED)
def test_572b_fde2_7b9b_older_clients_get_200(real_door: OpenDoor, body: object) -> None:
    """Only where nothing newer is taken: such clients take other statuses for a broken line."""
    response = ask(real_door, body, OLDER)
    assert response.status_code == 200
    assert "data" not in response.json()
    assert ask(real_door, body, f"{OLDER}, */*").status_code == 400


@pytest.mark.parametrize("body", REFUSED)
def test_865d_556a_d586_51fe_74ff_5e5b_86ee(real_door: OpenDoor, body: object) -> None:
    response = ask(real_door, body, NEWER)
    assert response.status_code == 400
    assert "data" not in response.json()
