"""Header fields: who asks, in which form, for what; and what is on every answer."""

from __future__ import annotations

import httpx2
import pytest

from service.http.media import Media, answer_media, is_host, is_json, takes_html
from tests.door.doors import (
    GOOD,
    NO_PURPOSES,
    TWO_PURPOSES,
    OpenDoor,
    ScriptedEngine,
    code_of,
    request_bytes,
)

BODY = b'{"query": "{ __typename }"}'
SECURITY = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
}


BODY_401 = (
    b'{"errors":[{"message":"a valid access token is required",'
    b'"extensions":{"code":"UNAUTHENTICATED"}}]}'
)
FIELDS_401 = {
    "content-type": "application/json; charset=utf-8",
    **SECURITY,
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "www-authenticate": "Bearer",
    "content-length": str(len(BODY_401)),
}


def is_401(response: httpx2.Response) -> bool:
    fields = {name: value for name, value in response.headers.items() if name != "date"}
    assert (response.status_code, response.content, fields) == (401, BODY_401, FIELDS_401)
    return True


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "bearer",
        "Basic dXNlcjpwYXNz",
        f"Token {GOOD}",
        f"Bearer{GOOD}",
        f"Bearer\t{GOOD}",
        GOOD,
        "Bearer wrong.access.token",
        f"Bearer {GOOD}, Bearer {GOOD}",
        f"Bearer {GOOD} {GOOD}",
        f"Bearer {GOOD}\xe9",
        "Bearer " + "x" * 20_000,
    ],
)
def test_every_wrong_token_is_the_same_401(door: OpenDoor, authorization: str) -> None:
    with door.client() as client:
        fields: list[tuple[bytes, bytes]] = [(b"content-type", b"application/json")]
        if authorization:
            fields.append((b"authorization", authorization.encode("latin-1")))
        assert is_401(client.post("/graphql", content=BODY, headers=fields))


@pytest.mark.parametrize("second", [GOOD, "wrong.access.token"])
@pytest.mark.parametrize("first", [GOOD, "wrong.access.token"])
def test_authorization_twice_is_401(door: OpenDoor, first: str, second: str) -> None:
    """H02, and a proxy that adds a field of its own must not be able to mask the client's."""
    with door.client() as client:
        fields = [
            ("authorization", f"Bearer {first}"),
            ("Authorization", f"Bearer {second}"),
            ("content-type", "application/json"),
        ]
        assert is_401(client.post("/graphql", content=BODY, headers=fields))


def test_token_in_address_or_cookie_is_not_read(door: OpenDoor) -> None:
    with door.client() as client:
        response = client.post(
            f"/graphql?access_token={GOOD}&token={GOOD}",
            content=BODY,
            headers={
                "content-type": "application/json",
                "cookie": f"access_token={GOOD}; Authorization=Bearer {GOOD}",
                "proxy-authorization": f"Bearer {GOOD}",
                "x-agency": "TH-DATIP",
            },
        )
    assert is_401(response)


def test_no_body_is_read_for_a_stranger(door: OpenDoor) -> None:
    response = door.post(b"\xff" * 60_000, authorization="Bearer wrong.access.token")
    assert is_401(response)


def test_the_scheme_is_read_without_case(door: OpenDoor) -> None:
    assert door.post(BODY, authorization=f"bEaReR {GOOD}").status_code == 200


def test_headers_that_name_others_are_ignored(door: OpenDoor, engine: ScriptedEngine) -> None:
    """E03: neither an agency nor a trace of the router is taken from a header."""
    response = door.post(BODY, x_agency="TH-DATIP", apollo_federation_include_trace="ftv1")
    assert response.status_code == 200
    assert engine.requests[-1].caller.agency == "KH-MOSVY"
    assert "ftv1" not in response.text


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=latin1",
        "application/json; charset=utf-16",
        "application/jsonx",
        "application/ld+json",
        "json",
        "application/json, text/plain",
        "",
    ],
)
def test_other_bodies_are_415(door: OpenDoor, content_type: str) -> None:
    response = door.post(BODY, content_type=content_type)
    assert response.status_code == 415
    assert code_of(response) == "BAD_USER_INPUT"


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "gzip, identity", "zstd", "x"])
def test_compressed_bodies_are_415(door: OpenDoor, coding: str) -> None:
    response = door.post(BODY, content_encoding=coding)
    assert response.status_code == 415
    assert response.headers["accept-encoding"] == "identity"


def test_identity_is_no_coding(door: OpenDoor) -> None:
    assert door.post(BODY, content_encoding="identity").status_code == 200


@pytest.mark.parametrize(
    "accept",
    [
        "multipart/mixed",
        "text/event-stream",
        "text/html",
        "image/*",
        "application/json;q=0",
        "application/json; charset=latin1",
        "application/graphql-response+json;q=0, application/json;q=0, */*;q=0",
        "nonsense",
    ],
)
def test_forms_we_do_not_speak_are_406(door: OpenDoor, accept: str) -> None:
    response = door.post(BODY, accept=accept)
    assert response.status_code == 406
    assert code_of(response) == "BAD_USER_INPUT"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "QUERY"])
def test_other_methods_are_405(door: OpenDoor, method: str) -> None:
    with door.client(headers={"authorization": f"Bearer {GOOD}"}) as client:
        response = client.request(method, "/graphql", content=BODY)
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize(
    ("token", "stated", "expected"),
    [
        (GOOD, "", "TRACING"),
        (GOOD, "TRACING", "TRACING"),
        (TWO_PURPOSES, "", None),
        (TWO_PURPOSES, "RETURN", "RETURN"),
        (NO_PURPOSES, "", None),
    ],
)
def test_purpose(
    door: OpenDoor, engine: ScriptedEngine, token: str, stated: str, expected: str | None
) -> None:
    response = door.post(BODY, authorization=f"Bearer {token}", saphan_purpose=stated)
    assert response.status_code == 200
    assert engine.requests[-1].purpose == expected


@pytest.mark.parametrize(
    ("token", "purpose"),
    [
        (GOOD, "RETURN"),
        (GOOD, "tracing"),
        (GOOD, "TRACING,RETURN"),
        (GOOD, "TRACING\xa0"),
        (GOOD, "x" * 5_000),
        (NO_PURPOSES, "TRACING"),
        (TWO_PURPOSES, "AUDIT"),
    ],
)
def test_purpose_not_in_the_token(door: OpenDoor, token: str, purpose: str) -> None:
    with door.client() as client:
        fields = [
            (b"authorization", f"Bearer {token}".encode()),
            (b"content-type", b"application/json"),
            (b"saphan-purpose", purpose.encode("latin-1")),
        ]
        response = client.post("/graphql", content=BODY, headers=fields)
    assert response.status_code == 400
    assert code_of(response) == "PURPOSE_NOT_ALLOWED"
    assert purpose not in response.text


def test_purpose_twice_is_bad_input(door: OpenDoor) -> None:
    """D03."""
    twice = [b"Saphan-Purpose: TRACING", b"saphan-purpose: TRACING"]
    answer = door.raw(request_bytes(BODY, *twice))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"BAD_USER_INPUT" in answer


def test_trace_ids(door: OpenDoor, engine: ScriptedEngine) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    door.post(BODY, traceparent=f"00-{trace}-00f067aa0ba902b7-01")
    assert engine.requests[-1].trace_id == trace
    for hostile in (f"00-{trace.upper()}-00f067aa0ba902b7-01", "x" * 9_000, f"00-{'0' * 32}-1-1"):
        door.post(BODY, traceparent=hostile)
        fresh = engine.requests[-1].trace_id
        assert len(fresh) == 32
        assert int(fresh, 16)
        assert fresh != trace


def test_every_answer_forbids_storing_and_framing(door: OpenDoor) -> None:
    """H03: on each kind of answer; and no answer tells a foreign page that it may read it."""
    with door.client(headers={"origin": "https://evil.example"}) as client:
        paths = ("/graphql", "/healthz", "/readyz", "/schema.graphql", "/metrics", "/assets/ide.js")
        seen = [client.get(path) for path in (*paths, "/nothing", "/assets/../app.py")]
        seen += [client.get("/graphql", headers={"accept": "text/html"})]
        seen += [client.options(path) for path in paths]
    seen += [door.post(BODY), door.post(b"x"), door.post(BODY, authorization="")]
    seen += [door.post(BODY, content_type="text/plain"), door.post(b"x" * 70_000)]
    for response in seen:
        assert {name: response.headers.get(name) for name in SECURITY} == SECURITY, response.url
        policy = response.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert not [name for name in response.headers if name.startswith("access-control")]
        assert "server" not in response.headers


def test_every_refusal_has_a_code(door: OpenDoor) -> None:
    with door.client() as client:
        refused = [client.get("/nothing"), client.delete("/healthz"), client.post("/readyz")]
        refused += [client.put("/graphql"), client.get("/assets/x"), client.get("/graphql/")]
    for response in refused:
        assert response.status_code in {404, 405}
        assert code_of(response) == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, Media.JSON),
        (b"", Media.JSON),
        (b"*/*", Media.JSON),
        (b"application/*", Media.JSON),
        (b"application/json", Media.JSON_LEGACY),
        (b"APPLICATION/JSON; charset=UTF-8", Media.JSON_LEGACY),
        (b"application/json, text/plain, */*", Media.JSON),
        (b"application/graphql-response+json", Media.GRAPHQL),
        (b"application/graphql-response+json, application/json", Media.GRAPHQL),
        (b"application/json, application/graphql-response+json", Media.GRAPHQL),
        (b"application/json, application/graphql-response+json;q=0.5", Media.JSON),
        (b"multipart/mixed;deferSpec=20220824, application/json", Media.JSON_LEGACY),
        (b"text/html, */*;q=0.1", Media.JSON),
        (b"text/html", None),
        (b"*/*;q=0", None),
        (b"application/json;q=2", None),
    ],
)
def test_answer_media(accept: bytes | None, expected: Media | None) -> None:
    assert answer_media(accept) is expected


def test_small_decisions() -> None:
    assert is_json(b'application/json;charset="UTF-8"')
    assert not is_json(b"application/json" + b";a=b" * 1_000)
    assert takes_html(b"text/html,application/xhtml+xml;q=0.9", named=True)
    assert takes_html(b"*/*", named=False)
    assert not takes_html(b"*/*", named=True)
    assert not takes_html(None, named=True)
    for good in (b"registry.example", b"127.0.0.1:8000", b"[::1]:80", b"a_b"):
        assert is_host(good)
    for bad in (b"", b"a b", b"a/b", b"a@b", b"a:x", b"a:123456", b"[::1", b"x" * 300, b"a\x00"):
        assert not is_host(bad)
