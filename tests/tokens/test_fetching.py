"""Fetching from hostile servers: bounded in time and bytes, no redirect, no key without TLS."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import ipaddress
import json
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from authz.discovery import MAX_DOCUMENT_BYTES, Discovery
from authz.issuerkeys import Algorithm
from authz.issuers import Issuer
from service.keysets.fetching import KeySetFetcher, NotFetched
from tests.tokens import forge as f
from tests.tokens.test_issuers import EC_JWK

KEYS = json.dumps({"keys": [EC_JWK | {"kid": f.KH_KID, "alg": "ES256"}]}).encode()
Answer = bytes | Callable[[asyncio.StreamWriter], "asyncio.Future[None] | object"]


def plain(body: bytes, status: str = "200 OK", *fields: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *fields]
    return "\r\n".join([*head, "", ""]).encode() + body


@dataclass
class Site:
    """Answers by path, given byte for byte; a path asked for is kept with its header fields."""

    port: int = 0
    scheme: str = "http"
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def issuer(self) -> Issuer:
        return Issuer(
            iss=f.KH,
            audience=f.AUDIENCE,
            agencies=frozenset({"KH-MOSVY"}),
            keys={},
            discovery=Discovery(f"{self.url}/metadata", (Algorithm.ES256,)),
        )

    def metadata(self, **changes: str) -> bytes:
        told = {"issuer": f.KH, "jwks_uri": f"{self.url}/keys"} | changes
        return plain(json.dumps(told).encode())

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            path = head.split(" ")[1]
            self.asked.append(path)
            self.heads.append(head.lower())
            answer = self.answers.get(path, plain(b"", "404 Not Found"))
            if isinstance(answer, bytes):
                writer.write(answer)
                await writer.drain()
            else:
                await answer(writer)  # type: ignore[misc]
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def site(tls: ssl.SSLContext | None = None) -> AsyncIterator[Site]:
    made = Site(scheme="http" if tls is None else "https")
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    made.answers = {"/metadata": made.metadata(), "/keys": plain(KEYS)}
    try:
        yield made
    finally:
        server.close()


def refused(words: str, arrange: Callable[[Site], None], seconds: float = 5) -> Site:
    """Fetches from a site so arranged, which must fail in these words; the site."""

    async def fetch() -> Site:
        async with site() as found:
            arrange(found)
            with pytest.raises(NotFetched, match=words):
                await KeySetFetcher(seconds=seconds)(found.issuer())
            return found

    return asyncio.run(fetch())


def test_metadata_then_keys() -> None:
    async def fetch() -> None:
        async with site() as found:
            keys = await KeySetFetcher()(found.issuer())
            assert keys.keys == {f.KH_KID: f.pinned(f.KH_KID, Algorithm.ES256, f.KH_KEY)}
            assert found.asked == ["/metadata", "/keys"]
            assert all("accept-encoding: identity" in head for head in found.heads)
            assert not any("authorization" in head or "cookie" in head for head in found.heads)

    asyncio.run(fetch())


@pytest.mark.parametrize("path", ["/metadata", "/keys"])
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary Redirect"])
def test_no_redirect_is_followed(path: str, status: str) -> None:
    def arrange(found: Site) -> None:
        found.answers[path] = plain(b"", status, f"Location: {found.url}/elsewhere")

    assert "/elsewhere" not in refused("it redirects", arrange).asked


@pytest.mark.parametrize(
    "status", ["404 Not Found", "500 X", "204 No Content", "206 Partial Content", "201 Created"]
)
def test_no_answer_but_200_is_read(status: str) -> None:
    refused("another status", lambda s: s.answers.update({"/keys": plain(KEYS, status)}))


def test_compressed_answers_are_not_read() -> None:
    bomb = plain(gzip.compress(b" " * 10_000_000), "200 OK", "Content-Encoding: gzip")
    refused("compressed", lambda s: s.answers.update({"/keys": bomb}))


@pytest.mark.parametrize("path", ["/metadata", "/keys"])
def test_a_long_answer_is_given_up(path: str) -> None:
    long = plain(b" " * (MAX_DOCUMENT_BYTES + 1))
    refused("longer than", lambda s: s.answers.update({path: long}))


def test_an_answer_without_end_is_given_up() -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" " * 65_536)
            await writer.drain()

    refused("longer than", lambda s: s.answers.update({"/keys": endless}))


@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n{"])
def test_an_answer_that_drips_is_given_up(first: bytes) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        while not writer.is_closing():
            writer.write(b"x" if first.endswith(b"{") else b"")
            await writer.drain()
            await asyncio.sleep(0.05)

    begun = time.monotonic()
    refused("in time|reached", lambda s: s.answers.update({"/keys": drip}), seconds=0.5)
    assert time.monotonic() - begun < 3


def test_headers_that_drip_are_given_up_as_a_whole() -> None:
    """Each read is answered in time; the whole is not."""

    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while not writer.is_closing():
            writer.write(b"x-a: b\r\n")
            await writer.drain()
            await asyncio.sleep(0.05)

    begun = time.monotonic()
    refused("in time|reached", lambda s: s.answers.update({"/metadata": drip}), seconds=0.5)
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize("garbage", [b"", b"\x00\x01", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\n"])
def test_what_is_not_http_is_no_key_set(garbage: bytes) -> None:
    refused("cannot be reached", lambda s: s.answers.update({"/metadata": garbage}))


def test_metadata_of_another_issuer_and_keys_elsewhere() -> None:
    def other(found: Site) -> None:
        found.answers["/metadata"] = found.metadata(issuer=f.TH)

    def elsewhere(found: Site) -> None:
        found.answers["/metadata"] = found.metadata(jwks_uri="http://169.254.169.254/keys")

    assert refused("`issuer` is not the `iss`", other).asked == ["/metadata"]
    assert refused("`jwks_uri`", elsewhere).asked == ["/metadata"]


def test_nobody_there() -> None:
    async def fetch() -> None:
        async with site() as found:
            issuer = found.issuer()
        with pytest.raises(NotFetched, match="cannot be reached"):
            await KeySetFetcher()(issuer)
        with pytest.raises(NotFetched, match="stand in a file"):
            await KeySetFetcher()(replace(issuer, discovery=None))

    asyncio.run(fetch())


@pytest.fixture
def tls(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate of its own, and a client's that trusts it."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(f.STRANGER.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(f.STRANGER, hashes.SHA256())
    )
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        f.STRANGER.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    return server, ssl.create_default_context(cafile=str(certificate))


def test_a_certificate_must_be_trusted(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    async def fetch() -> None:
        server, client = tls
        async with site(server) as found:
            issuer = found.issuer()
            with pytest.raises(NotFetched, match="certificate is not trusted"):
                await KeySetFetcher()(issuer)
            assert found.asked == []
            assert (await KeySetFetcher(client)(issuer)).keys.keys() == {f.KH_KID}
            assert issuer.discovery is not None
            other = issuer.discovery.address.replace("127.0.0.1", "localhost")
            with pytest.raises(NotFetched, match="certificate is not trusted"):
                await KeySetFetcher(client)(
                    replace(issuer, discovery=replace(issuer.discovery, address=other))
                )

    asyncio.run(fetch())
