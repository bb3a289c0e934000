"""Fetches the keys that one issuer publishes.

Takes an `Issuer` with `discovery`, gives a `KeySet`, or raises `NotFetched`
with a constant line for the log. Two requests: the metadata, then the key set
it names; the first is made each time, so that an issuer may move its keys.

Bounded in time, as a whole and whatever the other side does, and in bytes, as
they come and before anything is read of them. No redirect is followed, no
cookie kept, no compression taken, no answer other than 200 read. TLS is
checked against what this machine trusts (SSL_CERT_FILE adds to it); HTTPS_PROXY
and NO_PROXY are heeded, except for an issuer on this machine itself.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import Final

import httpx2

from authz.discovery import MAX_DOCUMENT_BYTES, KeySet, SourceUnfit, key_set_address, read_key_set
from authz.issuers import Issuer

FETCH_SECONDS: Final = 5.0
"""Longest time for both requests together."""

_FIELDS: Final = {
    "accept": "application/json, application/jwk-set+json",
    "accept-encoding": "identity",
    "user-agent": "saphan",
}

Fetch = Callable[[Issuer], Awaitable[KeySet]]


class NotFetched(Exception):
    """No key set was fetched. The text is a constant of ours and names nothing that was sent."""


class KeySetFetcher:
    """Fetches with one TLS context, made at the first use. One per process."""

    def __init__(self, trust: ssl.SSLContext | None = None, seconds: float = FETCH_SECONDS) -> None:
        self._trust = trust
        self._seconds = seconds

    async def __call__(self, issuer: Issuer) -> KeySet:
        """The keys that `issuer` publishes now. Raises NotFetched."""
        discovery = issuer.discovery
        if discovery is None:
            raise NotFetched("its keys stand in a file")
        if self._trust is None:
            # Reading the machine's certificates takes longer than a request may wait.
            self._trust = await asyncio.to_thread(httpx2.create_ssl_context)
        try:
            async with (
                asyncio.timeout(self._seconds),
                httpx2.AsyncClient(
                    verify=self._trust,
                    trust_env=not discovery.open_to_neighbours,
                    timeout=self._seconds,
                    follow_redirects=False,
                    headers=_FIELDS,
                ) as client,
            ):
                metadata = await _body(client, discovery.address)
                address = key_set_address(metadata, issuer.iss, discovery)
                document = await _body(client, address)
            return read_key_set(document, discovery)
        except SourceUnfit as unfit:
            raise NotFetched(str(unfit)) from None
        except TimeoutError:
            raise NotFetched("it did not answer in time") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError):
            raise NotFetched("it cannot be reached, or its certificate is not trusted") from None


async def _body(client: httpx2.AsyncClient, address: str) -> bytes:
    """The bytes of a plain answer 200. Raises NotFetched and what the client raises."""
    async with client.stream("GET", address) as response:
        if response.is_redirect:
            raise NotFetched("it redirects: give the address that it redirects to")
        if response.status_code != httpx2.codes.OK:
            raise NotFetched("it answers with another status than 200")
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise NotFetched("its answer is compressed although that was not asked for")
        body = bytearray()
        async for part in response.aiter_raw():
            body += part
            if len(body) > MAX_DOCUMENT_BYTES:
                raise NotFetched(f"its answer is longer than {MAX_DOCUMENT_BYTES} bytes")
        return bytes(body)
