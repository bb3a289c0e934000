"""One question over HTTP: the puller's only way to the registry.

Takes the address, a token and a purpose, gives the parsed answer. A token goes
to the address that was named and nowhere else: redirects are not followed, and
without TLS it goes to this machine alone.
"""

from __future__ import annotations

import http.client
import ipaddress
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

import orjson

from authz import claims
from authz.strictjwt import TokenRefused, read

SECONDS: Final = 60.0
"""For one answer."""
ATTEMPTS: Final = 5
LONGEST_WAIT: Final = 30.0
_MOST: Final = 256 * 1024 * 1024


class PullRefused(Exception):
    """What was asked is refused, or the registry cannot be reached. One line."""


class Refused(PullRefused):
    """The registry answered with errors and no data; `code` is the first one's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"the registry refuses: {message} ({code})")
        self.code = code


@dataclass(slots=True)
class Registry:
    """A registry's address and who asks there."""

    url: str
    token: str
    purpose: str | None
    _line: http.client.HTTPConnection | None = field(default=None)

    @property
    def asks_for(self) -> str | None:
        """The purpose that the registry takes: the stated one, or the token's only one."""
        if self.purpose is not None:
            return self.purpose
        try:
            named = claims.names({"purposes": [], **read(self.token).claims}, "purposes")
        except TokenRefused:
            return None
        return named[0] if len(named) == 1 else None

    def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """The parsed answer of one operation. Raises PullRefused."""
        body = orjson.dumps({"query": query, "variables": variables})
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Accept": "application/graphql-response+json",
        }
        if self.purpose is not None:
            headers["Saphan-Purpose"] = self.purpose
        status, text = self._send("POST", "/graphql", body, headers)
        if status == http.HTTPStatus.UNAUTHORIZED:
            raise PullRefused("the token is not accepted")
        try:
            answer = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise PullRefused(f"the registry answered with status {status} and no JSON") from None
        if not isinstance(answer, dict):
            raise PullRefused("the registry answered with no object")
        if answer.get("data") is None:
            first = (answer.get("errors") or [{}])[0]
            code = first.get("extensions", {}).get("code", "INTERNAL")
            raise Refused(str(code), str(first.get("message", f"status {status}")))
        return answer

    def schema(self) -> str:
        """The schema that the registry serves. Raises PullRefused."""
        status, text = self._send("GET", "/schema.graphql", None, {})
        if status != http.HTTPStatus.OK:
            raise PullRefused(f"the schema was answered with status {status}")
        return text.decode(errors="replace")

    def close(self) -> None:
        """Hang up."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _send(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        for attempt in range(ATTEMPTS):
            try:
                status, retry, text = self._once(method, path, body, headers)
            except (OSError, http.client.HTTPException) as error:
                self.close()
                if attempt == ATTEMPTS - 1:
                    raise PullRefused(f"no answer: {type(error).__name__}") from None
                time.sleep(min(2.0**attempt, LONGEST_WAIT))
                continue
            if status != http.HTTPStatus.SERVICE_UNAVAILABLE or attempt == ATTEMPTS - 1:
                return status, text
            time.sleep(min(retry, LONGEST_WAIT))
        raise PullRefused("no answer")

    def _once(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, float, bytes]:
        place = address_of(self.url)
        if self._line is None:
            self._line = _line(place)
        if self._line.sock is None:
            try:
                self._line.connect()
            except ssl.SSLError as error:
                why = getattr(error, "verify_message", "") or error.reason or "no handshake"
                raise PullRefused(
                    f"no TLS with {place.netloc}: it failed ({why}); is it served by `https`, with"
                    " a certificate that this machine trusts?"
                ) from None
        self._line.request(method, f"{place.path.rstrip('/')}{path}", body, dict(headers))
        response = self._line.getresponse()
        text = response.read(_MOST + 1)
        if len(text) > _MOST:
            raise PullRefused("the answer is longer than any page")
        after = response.headers.get("Retry-After", "1")
        return response.status, float(after) if after.isdigit() else 1.0, text


def address_of(url: str) -> SplitResult:
    """The parts of an address that a token may be sent to. Raises PullRefused."""
    try:
        place = urlsplit(url)
        known = place.scheme in ("http", "https") and bool(place.hostname) and is_one_word(url)
        _ = place.port, str(place.hostname).encode("idna")
    except ValueError:
        known = False
    if not known or place.query or place.fragment or place.username:
        raise PullRefused("the address is no plain `https://HOST[:PORT]`")
    if place.scheme == "http" and not _is_here(str(place.hostname)):
        raise PullRefused("without TLS a token goes to this machine alone: use `https://`")
    return place


def is_one_word(text: str) -> bool:
    """Whether it may stand in a line of a request: ASCII without blanks and line breaks."""
    return text.isascii() and text.isprintable() and " " not in text and bool(text)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _line(place: SplitResult) -> http.client.HTTPConnection:
    host = str(place.hostname)
    if place.scheme == "http":
        return http.client.HTTPConnection(host, place.port, timeout=SECONDS)
    context = ssl.create_default_context()
    return http.client.HTTPSConnection(host, place.port, timeout=SECONDS, context=context)
