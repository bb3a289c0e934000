"""Everything at the door but POST /graphql: the IDE, health, readiness, schema, metrics.

Takes what these need as callables and texts, gives a Starlette application.
None of these answers needs a token, and none tells of an agency, a name, a
record or a version. Files are taken from a table made at start, never from a
path that was asked for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from service.http import answers
from service.http.answers import PAGE_POLICY, SECURITY, Refusal
from service.http.ledger import LedgerReader
from service.http.ledger import routes as ledger_routes
from service.http.media import Media, takes_html
from service.http.meters import Meters, Standing

_SECURITY: Final = {name.decode(): value.decode() for name, value in SECURITY}
_ASSETS: Final = {
    "ide.html": "text/html; charset=utf-8",
    "ide.css": "text/css; charset=utf-8",
    "ide.js": "text/javascript; charset=utf-8",
    "schema.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
_QUERY_PARAMETERS: Final = ("query", "variables", "operationName", "extensions")

Lifespan = Callable[[], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the pages show: `sdl` the schema's text, `ready` whether requests can be answered."""

    sdl: str
    ready: Callable[[], Awaitable[bool]]
    meters: Meters
    lifespan: Lifespan
    ledger: LedgerReader | None = None


def pages(facts: Facts) -> Starlette:
    """The application of all routes but POST /graphql."""
    shown = _Pages(facts)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with facts.lifespan():
            yield

    app = Starlette(
        routes=[
            Route("/graphql", shown.ide, methods=["GET"]),
            Route("/assets/{name}", shown.asset, methods=["GET"]),
            Route("/healthz", shown.healthz, methods=["GET"]),
            Route("/readyz", shown.readyz, methods=["GET"]),
            Route("/schema.graphql", shown.schema, methods=["GET"]),
            Route("/metrics", shown.metrics, methods=["GET"]),
            *(ledger_routes(facts.ledger) if facts.ledger else ()),
        ],
        exception_handlers={HTTPException: _http_error},
        lifespan=lifespan,
    )
    # A redirect would be built from the `Host` field, which the client writes.
    app.router.redirect_slashes = False
    return app


class _Pages:
    """The routes. Answers that never change are made once."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._assets = _read_assets()
        self._sdl = facts.sdl.encode()

    async def ide(self, request: Request) -> Response:
        """The page for browsers. A document in the address is never run: 405 (G05)."""
        accept = request.headers.get("accept")
        wants = None if accept is None else accept.encode("latin-1")
        asked = any(name in request.query_params for name in _QUERY_PARAMETERS)
        if not takes_html(wants, named=asked):
            return _refused(answers.METHOD)
        return _content(self._assets["ide.html"], _ASSETS["ide.html"], policy=PAGE_POLICY)

    async def asset(self, request: Request) -> Response:
        """A file of ours, whole: ranges are not served."""
        name = request.path_params["name"]
        if name not in self._assets or name.endswith(".html"):
            return _refused(answers.NOT_FOUND)
        return _content(self._assets[name], _ASSETS[name])

    async def healthz(self, _request: Request) -> Response:
        """This process runs its event loop."""
        return _content(b"ok\n", "text/plain; charset=utf-8")

    async def readyz(self, _request: Request) -> Response:
        """Requests can be answered: the database is there. A witness that is not delays nobody: it
        is told of and changes nothing.
        """
        if await self._facts.ready():
            standing = await self._standing()
            told = standing.line if standing else ""
            return _content(f"ready\n{told}".encode(), "text/plain; charset=utf-8")
        return _refused(answers.UNAVAILABLE)

    async def schema(self, _request: Request) -> Response:
        """The schema, the same for everybody."""
        return _content(self._sdl, "text/plain; charset=utf-8")

    async def metrics(self, _request: Request) -> Response:
        """Counts of this process."""
        ready, standing = await self._facts.ready(), await self._standing()
        text = self._facts.meters.exposition(ready=ready, standing=standing)
        return _content(text.encode(), "text/plain; version=0.0.4; charset=utf-8")

    async def _standing(self) -> Standing | None:
        """Of the ledger, where this process serves one."""
        ledger = self._facts.ledger
        return None if ledger is None else await ledger.standing()


async def _http_error(request: Request, error: Exception) -> Response:
    """Starlette's own refusals (no such route, no such method) in the one form."""
    if isinstance(error, HTTPException) and error.status_code == 405:  # HTTP
        if request.url.path == "/graphql":
            return _refused(answers.METHOD)
        return _refused(answers.READ_ONLY)
    return _refused(answers.NOT_FOUND)


def _content(body: bytes, media_type: str, policy: str | None = None) -> Response:
    headers = dict(_SECURITY)
    if policy is not None:
        headers["content-security-policy"] = policy
        headers["cross-origin-opener-policy"] = "same-origin"
    # As a header and not as `media_type`: Starlette would append a charset of its own.
    headers["content-type"] = media_type
    return Response(body, headers=headers)


def _refused(refusal: Refusal) -> Response:
    headers = dict(_SECURITY)
    headers["content-type"] = Media.JSON.content_type.decode()
    headers |= {name.decode(): value.decode() for name, value in refusal.fields}
    return Response(refusal.body, refusal.status, headers)


def _read_assets() -> Mapping[str, bytes]:
    folder = files("service") / "assets"
    return {name: (folder / name).read_bytes() for name in _ASSETS}
