"""A real registry, checked over HTTP by Go from the bytes of a leaf, the key, and nothing else."""

from __future__ import annotations

import functools
import http.server
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.integrating.test_over_http import served
from tests.integrating.trees import SIGNER, Ledger
from tests.interop.building import Programs
from tests.interop.trees import LOG, flipped, grown

COUNT = 700
WITHIN = 60.0


def proof_of(tree: Ledger, index: int) -> str:
    """Verbatim as the registry gives it."""
    with psycopg.connect(tree.owner) as connection:
        row = connection.execute("select ledger.proof_text(%s)", (index,)).fetchone()
    assert row is not None
    return str(row[0])


def test_a_leaf_of_a_real_registry_is_proved_by_go_alone(
    go: Programs, tree: Ledger, tmp_path: Path
) -> None:
    with served(tree, tmp_path) as running:
        log = f"{running.announced()}/ledger"
        tree.add(*(f'{{"n":{n},"name":"សុខ"}}' for n in range(COUNT)))
        begun = time.monotonic()
        while True:
            ran = go.check("checkpoint", log, SIGNER.vkey)
            if f"tree of {COUNT}," in ran.stdout:
                break
            assert time.monotonic() - begun < WITHIN, ran.stderr
            time.sleep(0.1)
        said = go.says("tiles", log, SIGNER.vkey)
        assert said == ["signed by log.test.example/saphan", f"4 tiles are the tree of {COUNT}"]

        leaf, proof = tmp_path / "leaf", tmp_path / "leaf.tlog-proof"
        bodies = tree.bodies()
        for index in (0, 255, 256, 413, COUNT - 1):
            leaf.write_text(bodies[index], encoding="utf-8")
            said = go.says("leaf", log, str(index), leaf, SIGNER.vkey)
            assert said[-1] == f"leaf {index} is in the tree of {COUNT}"
            proof.write_text(proof_of(tree, index), encoding="utf-8")
            assert go.says("proof", proof, leaf, SIGNER.vkey) == said
            leaf.write_text(bodies[index].replace("សុខ", "សុង"), encoding="utf-8")
            assert go.refuses("leaf", log, str(index), leaf, SIGNER.vkey)
            assert go.refuses("proof", proof, leaf, SIGNER.vkey)
        assert go.refuses("tiles", log, LOG.vkey) == ["note has no verifiable signatures"]


class Log(http.server.SimpleHTTPRequestHandler):
    """A folder as a log serves it; what is asked for the second time is another thing."""

    asked: dict[str, int]

    def do_GET(self) -> None:
        place = Path(self.translate_path(self.path))
        count = self.asked[self.path] = self.asked.get(self.path, 0) + 1
        raw = place.read_bytes()
        checkpoint = place.name == "checkpoint"
        if count > 1 and not checkpoint:
            raw = flipped(raw, 3)
        kind = "text/plain; charset=utf-8" if checkpoint else "application/octet-stream"
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class names it
        pass


@contextmanager
def lying(folder: Path) -> Iterator[tuple[str, dict[str, int]]]:
    asked: dict[str, int] = {}
    handler = functools.partial(type("Lying", (Log,), {"asked": asked}), directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


@pytest.mark.parametrize("size", [700, pytest.param(65_537, marks=pytest.mark.deep)])
def test_a_log_that_answers_otherwise_the_second_time_is_not_asked_twice(
    go: Programs, tmp_path: Path, size: int
) -> None:
    """What was hashed is what is used: a tile that has been read again would be another tile."""
    folder = grown(size).written(tmp_path / "log")
    with lying(folder) as (url, asked):
        assert go.says("tiles", url, LOG.vkey)
        assert set(asked.values()) == {1}
        assert go.refuses("tiles", url, LOG.vkey)
