"""Section 8 at a real server, as far as the tests of the door have not said it of a scripted one."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator

import httpx2
import pytest

from schema import reference
from tests.attacks.conftest import Opened
from tests.attacks.houses import AUDITOR, KH, House
from tests.attacks.words import assert_dry, assert_house_dry
from tests.attacks.world import OF_DESK, found_in

NAMES = {"query": "{ victims(first: 50) { edges { node { id familyName } } } }"}
FOREIGN = {"origin": "https://evil.example", "access-control-request-method": "POST"}


@pytest.fixture(scope="module", autouse=True)
def _dry(house: House) -> Iterator[None]:
    yield
    assert_house_dry(house, may={KH: OF_DESK})


def bearer(house: House) -> dict[str, str]:
    return {"authorization": f"Bearer {house.token(KH)}", "content-type": "application/json"}


def test_H01_a_large_answer_to_one_does_not_stop_the_others(house: House) -> None:
    """Hundreds of idle connections and half requests, and a good caller between them."""
    held = []
    try:
        for number in range(150):
            connection = socket.create_connection(house.served.address, timeout=20)
            if number % 3:
                connection.sendall(b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 9")
            held.append(connection)
        assert house.ask(NAMES["query"]).status == 200
    finally:
        for connection in held:
            connection.close()


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, identity", "x"])
def test_H01_no_coding_of_a_body_is_opened(house: House, encoding: str) -> None:
    answer = house.post(json.dumps(NAMES).encode(), content_encoding=encoding)
    assert answer.status == 415


def test_H02_a_token_counts_in_its_header_alone(house: House) -> None:
    token, body = house.token(KH), json.dumps(NAMES).encode()
    kind = {"content-type": "application/json"}
    with httpx2.Client(timeout=20) as client:
        tried = [
            client.post(f"{house.url}?access_token={token}", content=body, headers=kind),
            client.post(house.url, content=body, headers=kind | {"cookie": f"token={token}"}),
            client.post(house.url, content=body, headers=kind | {"x-access-token": token}),
            client.post(
                house.url,
                content=body,
                headers=[*kind.items(), *[("authorization", f"Bearer {token}")] * 2],
            ),
        ]
    for response in tried:
        assert response.status_code == 401
        assert not found_in(response.text)


def test_H03_no_answer_may_be_stored_or_read_by_a_foreign_page(house: House) -> None:
    with httpx2.Client(timeout=20, headers=FOREIGN) as client:
        seen = [client.post(house.url, json=NAMES, headers=bearer(house))]
        seen += [client.options(house.url), client.post(house.url, json=NAMES)]
        seen += [
            client.get(f"{house.served.url}{path}")
            for path in ("/healthz", "/readyz", "/metrics", "/schema.graphql", "/graphql", "/x")
        ]
    assert seen[0].status_code == 200
    for response in seen:
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["cross-origin-resource-policy"] == "same-origin"
        assert not [name for name in response.headers if name.startswith("access-control-")]
        assert "evil.example" not in str(response.headers)
        assert "etag" not in response.headers
        assert "last-modified" not in response.headers


def test_H04_no_page_carries_a_name_or_a_token_and_none_can_be_framed(house: House) -> None:
    hostile = "</script><script>alert(document.cookie)</script>"
    with httpx2.Client(timeout=20, headers={"accept": "text/html"}) as client:
        plain = client.get(house.url)
        pages = [
            client.get(house.url, params={"query": hostile, "token": house.token(KH)}),
            client.get(house.url, headers=bearer(house)),
            client.get(house.url, headers={"cookie": f"token={house.token(KH)}"}),
        ]
    for page in pages:
        assert (page.status_code, page.content) == (200, plain.content)
        policy = page.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-inline" not in policy
        assert "http" not in policy


def test_H05_what_is_open_tells_of_no_agency_name_or_version(opened: Opened) -> None:
    """Before anybody asked, and after many did under names of their own: the same series."""
    with opened() as own, httpx2.Client(timeout=20, base_url=own.served.url) as client:
        before = client.get("/metrics").text
        for desk in (KH, AUDITOR):
            own.ask("query Name { victims { edges { node { id familyName } } } }", desk)
        own.ask("query Other { nothing }")
        own.show("x.y.z")
        client.get("/agencies/KH-MOSVY", headers={"host": "kh.example"})
        after = client.get("/metrics").text
        texts = [after, client.get("/readyz").text, client.get("/healthz").text]
    series = [re.sub(r" [\d.e+-]+$", "", line) for line in before.splitlines()]
    assert series == [re.sub(r" [\d.e+-]+$", "", line) for line in after.splitlines()]
    assert_dry(texts)
    telling = {agency.code for agency in reference.agencies()}
    telling |= {"TRACING", "FOCAL_POINT", "familyName", "Name", "Other", "18.4", "3.11"}
    for text in texts:
        assert not [word for word in telling if re.search(rf"\b{re.escape(word)}\b", text)]
