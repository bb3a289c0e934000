"""The public part of the ledger: the newest checkpoint, the tiles of hashes, the log's key.

Takes a reader, gives routes under `/ledger/` as C2SP tlog-tiles names them. None
needs a token: a hash tells nothing of its leaf, whose salt nobody is shown.
Contents of leaves are not served; they travel by export.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ledger.notes import NoteRefused
from ledger.tiles import Tile
from service.http import answers
from service.http.answers import SECURITY, Refusal
from service.http.media import Media
from service.http.meters import Standing

_SECURITY: Final = {
    name.decode(): value.decode() for name, value in SECURITY if name != b"cache-control"
}
_NEWEST: Final = "public, max-age=2"
_FOR_EVER: Final = "public, max-age=31536000, immutable"


class LedgerAway(Exception):
    """The database does not say."""


@dataclass(frozen=True, slots=True)
class LedgerReader:
    """What is read: a checkpoint as a signed note, the bytes of a tile; None where there is none.
    Both raise LedgerAway. `vkey` is the log's public key as text, `standing` what `/readyz` and
    `/metrics` tell of the tree.
    """

    checkpoint: Callable[[], Awaitable[str | None]]
    tile: Callable[[Tile], Awaitable[bytes | None]]
    vkey: str
    standing: Callable[[], Awaitable[Standing]]


def routes(reader: LedgerReader) -> list[Route]:
    """The routes."""

    async def checkpoint(_request: Request) -> Response:
        """The newest checkpoint with its cosignatures."""
        try:
            note = await reader.checkpoint()
        except LedgerAway:
            return _refused(answers.UNAVAILABLE)
        if note is None:
            return _refused(answers.NOT_FOUND)
        return _content(note.encode(), "text/plain; charset=utf-8", _NEWEST)

    async def tile(request: Request) -> Response:
        """A tile, whole: it never changes, so it may be kept for ever."""
        try:
            asked = Tile.parse(f"tile/{request.path_params['path']}")
            found = await reader.tile(asked)
        except (NoteRefused, ValueError):
            return _refused(answers.NOT_FOUND)
        except LedgerAway:
            return _refused(answers.UNAVAILABLE)
        if found is None:
            return _refused(answers.NOT_FOUND)
        return _content(found, "application/octet-stream", _FOR_EVER)

    async def key(_request: Request) -> Response:
        """The log's public key. Who has to be sure of it does not take it from here."""
        return _content(f"{reader.vkey}\n".encode(), "text/plain; charset=utf-8", _NEWEST)

    return [
        Route("/ledger/checkpoint", checkpoint, methods=["GET"]),
        Route("/ledger/tile/{path:path}", tile, methods=["GET"]),
        Route("/ledger/key", key, methods=["GET"]),
    ]


def _content(body: bytes, media_type: str, caching: str) -> Response:
    return Response(
        body, headers=_SECURITY | {"content-type": media_type, "cache-control": caching}
    )


def _refused(refusal: Refusal) -> Response:
    headers = _SECURITY | {"cache-control": "no-store"}
    headers["content-type"] = Media.JSON.content_type.decode()
    headers |= {name.decode(): value.decode() for name, value in refusal.fields}
    return Response(refusal.body, refusal.status, headers)
