"""The registry asks: a real witness over a real tree, and strangers in a witness's place."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from ledger.checkpoints import Checkpoint
from ledger.cosignatures import CosignatureKey
from ledger.notes import Signer, open_note
from service.ledger.asking_witness import Asker, NotCosigned, cosignature_in
from service.ledger.witnesses import Witness as Configured
from tests.integrating.trees import SIGNER, Ledger
from tests.witness.databases import made
from tests.witness.processes import Witness, witnessing
from tests.witness.strangers import Answer, stranger

KEY = CosignatureKey.of_seed("witness.example/kh", bytes(32))


@pytest.fixture(scope="module")
def cosigned_by_nobody(template: str) -> Iterator[Ledger]:
    """A tree of two leaves that no test changes."""
    with made(template) as tree:
        tree.add('{"n":0}', '{"n":1}')
        assert tree.place() == 2
        yield tree


def configured(witness: Witness) -> Configured:
    return Configured(witness.verifier, witness.url, "KH")


@contextmanager
def asking(tree: Ledger, witness: Configured, seconds: float = 30) -> Iterator[Callable[[], bool]]:
    """A question to it, as often as it is called."""
    with (
        psycopg.connect(tree.integrator, autocommit=True) as connection,
        closing(Asker(witness, seconds)) as asker,
    ):
        yield lambda: asker.ask(connection)


def shown(tree: Ledger) -> str:
    """The newest checkpoint as the world sees it."""
    with psycopg.connect(tree.owner) as connection:
        row = connection.execute(
            "select ledger.signed_checkpoint((select max(size) from ledger.checkpoint))"
        ).fetchone()
    assert row is not None
    return str(row[0])


def cosignatures(tree: Ledger) -> list[tuple[int, str]]:
    with psycopg.connect(tree.owner) as connection:
        return connection.execute(
            "select size, witness from ledger.cosignature order by size, witness"
        ).fetchall()


def grow(tree: Ledger, to: int, mark: str = "n") -> None:
    have = len(tree.bodies())
    tree.add(*(f'{{"{mark}":{n}}}' for n in range(have, to)))
    assert tree.place() == to


def test_a_growing_tree_is_cosigned_from_proof_to_proof(tmp_path: Path, tree: Ledger) -> None:
    with witnessing(tmp_path, [SIGNER.vkey]) as witness:
        with asking(tree, configured(witness)) as ask:
            assert ask() is False
            for size in (0, 1, 2, 255, 256, 257, 700):
                grow(tree, size)
                assert ask()
                note, signed = open_note(shown(tree), [witness.verifier, SIGNER.verifier])
                assert signed == (SIGNER.verifier, witness.verifier)
                assert Checkpoint.parse(note.text).size == size
                assert ask()
            assert [size for size, _ in cosignatures(tree)] == [0, 1, 2, 255, 256, 257, 700]
        # another process of the registry knows nothing of it, and skips what nobody asked for
        grow(tree, 710)
        grow(tree, 800)
        with asking(tree, configured(witness)) as ask:
            assert ask()
        latest = witness.client.get(f"/{_hash(SIGNER.name)}/checkpoint")
        assert latest.text == shown(tree)
    assert (800, witness.verifier.name) in cosignatures(tree)


def test_a_cosignature_that_was_lost_is_asked_for_again(tmp_path: Path, tree: Ledger) -> None:
    """The registry dies between the witness's answer and its own commit."""
    grow(tree, 5)
    with witnessing(tmp_path, [SIGNER.vkey]) as witness:
        with asking(tree, configured(witness)) as ask:
            assert ask()
        with psycopg.connect(tree.owner) as connection:
            connection.execute("alter table ledger.cosignature disable trigger refuse")
            connection.execute("delete from ledger.cosignature")
        with asking(tree, configured(witness)) as ask:
            assert ask()
        assert open_note(shown(tree), [witness.verifier])[1] == (witness.verifier,)


def test_a_registry_set_back_or_rewritten_is_told_apart(tmp_path: Path, tree: Ledger) -> None:
    """The same key and another database: smaller, equal and larger than what was witnessed."""
    from tests.witness.logs import Log, Row

    log = Log(0, SIGNER.name)
    object.__setattr__(log, "signer", SIGNER)
    with witnessing(tmp_path, [SIGNER.vkey]) as witness:
        assert witness.add(log.body(0, Row.of(5))).status_code == 200
        for size, said in (
            (0, "a larger tree"),
            (3, "a larger tree"),
            (5, "no part of the tree"),
            (9, "no part of the tree"),
        ):
            grow(tree, size)
            with (
                asking(tree, configured(witness)) as ask,
                pytest.raises(NotCosigned, match=said) as refused,
            ):
                ask()
            assert refused.value.alarming
        held = witness.held(log)
        assert held is not None
        assert (held.size, held.root) == (5, Row.of(5).root())
    assert not cosignatures(tree)


def test_a_witness_that_does_not_know_the_log(witness: Witness, tree: Ledger) -> None:
    grow(tree, 2)
    with asking(tree, configured(witness)) as ask, pytest.raises(NotCosigned, match="know this"):
        ask()


def test_a_witness_that_is_not_there(tree: Ledger) -> None:
    grow(tree, 2)
    for url in ("http://127.0.0.1:1", "https://127.0.0.1:1", "http://no.such.host.invalid"):
        with (
            asking(tree, Configured(KEY.verifier, url, "KH")) as ask,
            pytest.raises(NotCosigned, match="cannot be reached"),
        ):
            ask()


def text_of(sent: bytes) -> str:
    """The text of the checkpoint in a body."""
    note = sent.decode().partition("\n\n")[2]
    return note.partition("\n\n")[0] + "\n"


def signs(key: CosignatureKey, ahead: int = 0) -> Callable[[bytes], Answer]:
    return lambda sent: (200, key.cosign(text_of(sent), int(time.time()) + ahead).encode())


def plainly(sent: bytes) -> Answer:
    return 200, Signer.of_seed(KEY.name, KEY.seed).sign(text_of(sent)).encode()


def moved(sent: bytes) -> Answer:
    return 200, KEY.cosign(text_of(sent).replace("\n2\n", "\n3\n"), 1).encode()


def bent(sent: bytes) -> Answer:
    line = KEY.cosign(text_of(sent), 1)
    raw = bytearray(base64.b64decode(line.split(" ")[2]))
    raw[-1] ^= 1
    return 200, f"— {KEY.name} {base64.b64encode(raw).decode()}\n".encode()


OTHER = CosignatureKey.of_seed(KEY.name, b"2" * 32)
STRANGE: dict[str, tuple[Callable[[bytes], Answer], str, bool]] = {
    "another key of that name": (signs(OTHER), "another key", True),
    "another name": (
        signs(CosignatureKey.of_seed("witness.example/th", KEY.seed)),
        "another key",
        True,
    ),
    "a plain signature": (plainly, "another key", True),
    "over another checkpoint": (moved, "no cosignature", True),
    "a bent signature": (bent, "no cosignature", True),
    "a time to come": (signs(KEY, 3600), "clock", False),
    "nothing": (lambda _: (200, b""), "no cosignature", True),
    "no text": (lambda _: (200, b"\xff\xfe"), "no cosignature", True),
    "a page": (lambda _: (200, b"<html>" * 50), "no cosignature", True),
    "a text before it": (
        lambda sent: (200, b"x\n\n" + signs(KEY)(sent)[1]),
        "no cosignature",
        True,
    ),
    "too much": (lambda _: (200, b"x" * 100_000), "too long", False),
    "no size": (lambda _: (409, b"many\n"), "not where", False),
    "a size without its line": (lambda _: (409, b"1"), "not where", False),
    "a negative size": (lambda _: (409, b"-1\n"), "not where", False),
    "a size beyond": (lambda _: (409, b"3\n"), "larger tree", True),
    "the same size again": (lambda _: (409, b"1\n"), "changes with each", False),
    "unknown": (lambda _: (404, b"CANARY"), "know this log", False),
    "forbidden": (lambda _: (403, b"CANARY"), "another key", False),
    "inconsistent": (lambda _: (422, b"CANARY"), "no part of the tree", True),
    "failing": (lambda _: (500, b"CANARY"), "another status", False),
    "empty": (lambda _: (204, b""), "another status", False),
    "moved": (lambda _: (307, b""), "another status", False),
}


@pytest.mark.parametrize("kind", STRANGE)
def test_a_stranger_is_not_believed(cosigned_by_nobody: Ledger, kind: str) -> None:
    say, said, alarming = STRANGE[kind]
    with (
        stranger(say, ("location", "http://127.0.0.1:1/")) as there,
        asking(cosigned_by_nobody, Configured(KEY.verifier, there.url, "KH")) as ask,
    ):
        with pytest.raises(NotCosigned, match=said) as refused:
            ask()
        assert refused.value.alarming is alarming
        assert "CANARY" not in str(refused.value)
        assert 1 <= len(there.asked) <= 3
    assert not cosignatures(cosigned_by_nobody)


def test_lines_of_others_beside_its_own_are_left_out(tree: Ledger) -> None:
    grow(tree, 2)

    def say(sent: bytes) -> Answer:
        others = signs(OTHER)(sent)[1] + plainly(sent)[1]
        return 200, others + signs(KEY)(sent)[1] + others

    with (
        stranger(say) as there,
        asking(tree, Configured(KEY.verifier, f"{there.url}/prefix/", "KH")) as ask,
    ):
        assert ask()
    assert shown(tree).count("— ") == 2
    assert open_note(shown(tree), [KEY.verifier])[1] == (KEY.verifier,)


def test_one_that_answers_too_slowly_is_left(cosigned_by_nobody: Ledger) -> None:
    def slow(_: bytes) -> Answer:
        time.sleep(1.5)
        return 200, b""

    with (
        stranger(slow) as there,
        asking(cosigned_by_nobody, Configured(KEY.verifier, there.url, "KH"), 0.2) as ask,
        pytest.raises(NotCosigned, match="in time"),
    ):
        ask()


def test_a_cosignature_of_an_earlier_text_is_none(tree: Ledger) -> None:
    old = Checkpoint("log", 1, bytes(32)).text()
    new = Checkpoint("log", 2, bytes(32)).text()
    line = KEY.cosign(old, 5)
    assert cosignature_in(old, line.encode(), KEY.verifier, 5) == line
    with pytest.raises(NotCosigned):
        cosignature_in(new, line.encode(), KEY.verifier, 5)
    with pytest.raises(NotCosigned):
        cosignature_in(new, f"{old}\n{line}".encode(), KEY.verifier, 5)


def _hash(origin: str) -> str:
    from hashlib import sha256

    return sha256(origin.encode()).hexdigest()
