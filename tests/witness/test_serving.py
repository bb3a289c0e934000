"""A real `saphan serve` with the witnesses of two countries: what it publishes carries both."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from ledger.checkpoints import Checkpoint
from ledger.hashing import leaf_hash, root_of
from ledger.notes import Verifier, open_note
from tests.door.test_commands import run
from tests.door.test_serving import Serving, serving, url_of
from tests.integrating.trees import SIGNER, Ledger
from tests.witness.processes import Witness, witnessing
from tests.witness.test_cosigning import eventually

KH, TH = "witness.test.example/kh", "witness.test.example/th"


def settings(tree: Ledger, folder: Path, *witnesses: Witness) -> dict[str, str]:
    key, file = folder / "ledger.key", folder / "witnesses.toml"
    key.write_text(SIGNER.skey)
    file.write_text(
        "".join(
            f'[[witness]]\nvkey = "{w.verifier.vkey}"\nurl = "{w.url}"\n'
            f'country = "{w.verifier.name[-2:].upper()}"\n'
            for w in witnesses
        )
    )
    roles = {
        "SAPHAN_DATABASE_URL": "saphan_service",
        "SAPHAN_INTEGRATOR_DATABASE_URL": "saphan_integrator",
    }
    urls = {name: url_of(make_conninfo(tree.owner, user=role)) for name, role in roles.items()}
    return urls | {"SAPHAN_LEDGER_KEY": str(key), "SAPHAN_WITNESSES": str(file)}


@contextmanager
def registry(tree: Ledger, folder: Path, *witnesses: Witness) -> Iterator[Serving]:
    with serving(folder / "saphan", **settings(tree, folder, *witnesses)) as running:
        running.announced()
        yield running


def published(running: Serving, *keys: Verifier) -> tuple[int, tuple[Verifier, ...]]:
    """Size of the newest checkpoint, and who of `keys` stands under it."""
    answer = running.get("/ledger/checkpoint")
    if answer.status_code != 200:
        return -1, ()
    note, signed = open_note(answer.text, keys)
    return Checkpoint.parse(note.text).size, signed


def metrics(running: Serving) -> dict[str, float]:
    text = running.get("/metrics").text
    found = re.findall(r"(?m)^saphan_ledger_(\w+) (\S+)$", text)
    assert not re.search(r"(?m)^saphan_ledger_\w+\{", text)
    assert "witness.test" not in text
    return {name: float(value) for name, value in found}


def readiness(running: Serving) -> str:
    answer = running.get("/readyz")
    assert answer.status_code == 200
    return answer.text


def age(tree: Ledger, seconds: int) -> None:
    """As if all checkpoints were so much older."""
    with psycopg.connect(tree.owner, autocommit=True) as connection:
        connection.execute("alter table ledger.checkpoint disable trigger refuse")
        connection.execute(
            "update ledger.checkpoint set at = at - make_interval(secs => %s)", (seconds,)
        )
        connection.execute("alter table ledger.checkpoint enable trigger refuse")


def test_two_countries_stand_under_what_is_published(tree: Ledger, tmp_path: Path) -> None:
    with (
        witnessing(tmp_path / "kh", [SIGNER.vkey], name=KH) as kh,
        witnessing(tmp_path / "th", [SIGNER.vkey], name=TH) as th,
        registry(tree, tmp_path, kh, th) as running,
    ):
        keys = (SIGNER.verifier, kh.verifier, th.verifier)
        bodies = [f'{{"n":{n}}}' for n in range(400)]
        tree.add(*bodies)
        eventually(lambda: published(running, *keys) == (400, keys))
        note, _ = open_note(running.get("/ledger/checkpoint").text, keys)
        hashes = [leaf_hash(body.encode()) for body in bodies]
        assert Checkpoint.parse(note.text).root == root_of(hashes)
        eventually(lambda: metrics(running)["leaves"] == 400)
        found = metrics(running)
        assert (found["witnesses"], found["witnesses_behind"]) == (2, 0)
        assert found["lag_seconds"] >= 0
        assert readiness(running) == "ready\nwitnesses 2, behind 0\n"

        assert th.stop() == 0
        tree.add('{"n":400}')
        eventually(lambda: published(running, *keys) == (401, keys[:2]))
        # not yet: it has a minute
        assert metrics(running)["witnesses_behind"] == 0
        age(tree, 61)
        eventually(lambda: metrics(running)["witnesses_behind"] == 1)
        eventually(lambda: readiness(running) == "ready\nwitnesses 2, behind 1\n")
        tree.add('{"n":401}')
        eventually(lambda: published(running, *keys) == (402, keys[:2]))
        assert any("a witness does not cosign" in line and TH in line for line in running.errors), (
            running.errors
        )

        # it comes back, at its address, and knows where it was
        port = int(th.url.rpartition(":")[2])
        with witnessing(tmp_path / "th", [SIGNER.vkey], name=TH, port=port):
            eventually(lambda: published(running, *keys) == (402, keys))
            eventually(lambda: metrics(running)["witnesses_behind"] == 0)
        assert running.stop() == 0
        assert not [line for line in running.errors if not line.startswith('{"')]


def test_integrate_once_asks_once(tree: Ledger, tmp_path: Path) -> None:
    tree.add('{"n":0}', '{"n":1}')
    with (
        witnessing(tmp_path / "kh", [SIGNER.vkey], name=KH) as kh,
        witnessing(tmp_path / "th", [SIGNER.vkey], name=TH) as th,
    ):
        given = settings(tree, tmp_path, kh, th)
        for stopped, said in ((None, 2), (th, 1)):
            if stopped is not None:
                stopped.kill()
                tree.add('{"n":2}')
            words = ("ledger", "integrate", "--once")
            ran = run(*words, folder=tmp_path / "s", timeout=120, **given)
            assert ran.returncode == 0, ran.stderr
            leaves = len(tree.bodies())
            assert ran.stdout == f"{leaves} leaves in the tree, cosigned by {said} of 2\n"
        assert "a witness does not cosign" in ran.stderr
