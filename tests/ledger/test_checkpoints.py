"""Checkpoints, rule by rule of C2SP tlog-checkpoint: one text for one tree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.checkpoints import Checkpoint
from ledger.hashing import EMPTY_ROOT
from ledger.notes import NoteRefused, Signer, open_note, write_note

EMPTY = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
TEXT = f"log.example/a\n0\n{EMPTY}\n"


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    checkpoint = Checkpoint.parse(TEXT)
    assert checkpoint == Checkpoint("log.example/a", 0, EMPTY_ROOT)
    assert checkpoint.text() == TEXT


@given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_reads_back(size: int, root: bytes) -> None:
    checkpoint = Checkpoint("log.example/a", size, root)
    assert Checkpoint.parse(checkpoint.text()) == checkpoint
    assert checkpoint.text().count("\n") == 3


@pytest.mark.parametrize(
    "size",
    [
        "",
        "00",
        "01",
        "+1",
        "-0",
        "-1",
        " 1",
        "1 ",
        "1_0",
        "1.0",
        "1e3",
        "0x1",
        "٣",
        "１",
        str(2**63),
    ],
)
def test_a_size_has_one_spelling(size: str) -> None:
    with pytest.raises(NoteRefused):
        Checkpoint.parse(f"log.example/a\n{size}\n{EMPTY}\n")


@pytest.mark.parametrize(
    "root",
    [
        "",
        EMPTY[:-1],
        EMPTY[:-1] + "==",
        EMPTY.replace("FU=", "FV="),
        EMPTY.replace("+", "-").replace("/", "_"),
        EMPTY.replace("D", "D "),
        EMPTY.replace("D", "é"),
        EMPTY[4:],
        "AAAA" + EMPTY,
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ],
)
def test_a_root_has_one_spelling_and_32_bytes(root: str) -> None:
    with pytest.raises(NoteRefused):
        Checkpoint.parse(f"log.example/a\n0\n{root}\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "log.example/a\n",
        "log.example/a\n0\n",
        f"log.example/a\n0\n{EMPTY}",
        f"\n0\n{EMPTY}\n",
        f"log.example/a\n\n0\n{EMPTY}\n",
        f"\n{TEXT}",
        f"{TEXT}\n",
        f"{TEXT}extension\n\n",
        f"{TEXT}\nextension\n",
        TEXT.replace("\n", "\r\n"),
    ],
)
def test_lines_are_three_and_none_is_empty(text: str) -> None:
    with pytest.raises(NoteRefused):
        Checkpoint.parse(text)


def test_extension_lines_are_read_over_and_signed_over() -> None:
    signer = Signer.of_seed("log.example/a", bytes(32))
    longer = f"{TEXT}extension\n— not a signature\n"
    assert Checkpoint.parse(longer) == Checkpoint.parse(TEXT)
    note = write_note(longer, [signer.sign(longer)])
    assert open_note(note, [signer.verifier])[0].text == longer
    with pytest.raises(NoteRefused):
        open_note(note.replace("extension", "Extension"), [signer.verifier])
