"""A real `saphan serve`: what it shows gets a place within a second, and anybody reads the tree."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
from psycopg.conninfo import make_conninfo

from ledger.checkpoints import Checkpoint
from ledger.notes import Verifier, open_note
from ledger.tiles import Tile, root_from, tiles_of
from tests.door.test_serving import Serving, serving, url_of
from tests.integrating.trees import SIGNER, Ledger

WITHIN = 10.0


class Fetched:
    """Tiles as they come over HTTP."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client = client

    def tile(self, tile: Tile) -> bytes:
        answer = self._client.get(f"/ledger/{tile.path}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/octet-stream"
        assert "immutable" in answer.headers["cache-control"]
        return answer.content


@contextmanager
def served(tree: Ledger, folder: Path) -> Iterator[Serving]:
    key = folder / "ledger.key"
    key.write_text(SIGNER.skey)
    settings = {
        "SAPHAN_DATABASE_URL": url_of(_as(tree, "saphan_service")),
        "SAPHAN_INTEGRATOR_DATABASE_URL": url_of(_as(tree, "saphan_integrator")),
        "SAPHAN_LEDGER_KEY": str(key),
    }
    with serving(folder / "saphan", **settings) as running:
        yield running


def _as(tree: Ledger, role: str) -> str:
    return make_conninfo(tree.owner, user=role)


def test_tree_is_read_by_anybody(tree: Ledger, tmp_path: Path) -> None:
    with served(tree, tmp_path) as running, httpx2.Client(base_url=running.announced()) as client:
        tree.add(*(f'{{"n":{n}}}' for n in range(700)))
        begun = time.monotonic()
        while True:
            answer = client.get("/ledger/checkpoint")
            if answer.status_code == 200 and answer.text.split("\n")[1] == "700":
                break
            assert time.monotonic() - begun < WITHIN
            time.sleep(0.05)
        note, signed = open_note(answer.text, [SIGNER.verifier])
        assert signed == (SIGNER.verifier,)
        checkpoint = Checkpoint.parse(note.text)
        assert root_from(700, Fetched(client)) == checkpoint.root
        assert {tile.path for tile in tiles_of(700)} == {
            "tile/0/000",
            "tile/0/001",
            "tile/0/002.p/188",
            "tile/1/000.p/2",
        }
        assert Verifier.parse(client.get("/ledger/key").text.strip()) == SIGNER.verifier
        for name in (
            "tile/0/002",
            "tile/0/002.p/189",
            "tile/0/2",
            "tile/00/000",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/..%2f..%2fcheckpoint",
            "tile/64/000",
            "tile/0/x999/x999/x999/x999/x999/x999/999",
            "tile/entries/000",
        ):
            assert client.get(f"/ledger/{name}").status_code == 404, name
