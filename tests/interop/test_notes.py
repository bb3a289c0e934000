"""Go's golang.org/x/mod/sumdb/note reads our keys, notes and checkpoints, and we read its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.checkpoints import Checkpoint
from ledger.cosignatures import CosignatureKey, verify_cosignature
from ledger.hashing import EMPTY_ROOT
from ledger.notes import NoteRefused, Signer, Verifier, open_note, read_note, write_note
from ledger.spelling import encoded
from tests.interop.building import Programs
from tests.interop.trees import AT, LOG, WITNESSES, flipped, grown

TREE = grown(700)
TEXT = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n"


def kept(folder: Path, note: str) -> Path:
    place = folder / "note"
    place.write_text(note, encoding="utf-8")
    return place


def test_our_checkpoint_is_opened(go: Programs, tmp_path: Path) -> None:
    note = kept(tmp_path, TREE.note)
    assert go.says("checkpoint", note, LOG.vkey) == [
        "signed by log.example/saphan",
        f"tree of 700, root {encoded(TREE.root)}",
    ]


def test_our_cosignatures_are_verified_by_another_implementation(
    go: Programs, tmp_path: Path
) -> None:
    note = kept(tmp_path, TREE.seen)
    said = go.says("checkpoint", note, LOG.vkey, *(witness.vkey for witness in WITNESSES))
    assert said[1:-1] == [
        f"seen by witness.example/{country} at 2026-05-28T20:26:40Z"
        for country in ("kh", "la", "vn")
    ]
    # Nobody is asked whom the reader does not know.
    assert len(go.says("checkpoint", note, LOG.vkey, WITNESSES[1].vkey)) == 3


@pytest.mark.parametrize("line", [0, 1, 3])
def test_a_wrong_bit_in_any_line_of_a_known_key_refuses_the_note(
    go: Programs, tmp_path: Path, line: int
) -> None:
    found = read_note(TREE.seen)
    lines = [signature.line for signature in found.signatures]
    raw = found.signatures[line]
    wrong = flipped(raw.signature, 77)
    lines[line] = f"— {raw.name} {encoded(raw.key_id + wrong)}\n"
    note = write_note(found.text, lines)
    keys = [LOG.vkey, *(witness.vkey for witness in WITNESSES)]
    (said,) = go.refuses("checkpoint", kept(tmp_path, note), *keys)
    assert said.startswith(f"invalid signature for key {raw.name}+")
    with pytest.raises(NoteRefused):
        open_note(note, [Verifier.parse(key) for key in keys])


def test_a_witness_alone_is_no_log(go: Programs, tmp_path: Path) -> None:
    text = TREE.text
    note = write_note(text, [WITNESSES[0].cosign(text, AT)])
    assert go.refuses("checkpoint", kept(tmp_path, note), LOG.vkey, WITNESSES[0].vkey) == [
        "the log did not sign the checkpoint"
    ]


def test_one_key_under_two_names_is_no_two_witnesses(go: Programs, tmp_path: Path) -> None:
    """What a cosignature is over does not name the witness: the line can be copied."""
    twin = CosignatureKey.of_seed("witness.example/twin", WITNESSES[0].seed)
    assert go.refuses(
        "checkpoint", kept(tmp_path, TREE.seen), LOG.vkey, WITNESSES[0].vkey, twin.vkey
    ) == ["witness.example/kh and witness.example/twin have one key"]


def test_the_checkpoint_of_no_leaves(go: Programs, tmp_path: Path) -> None:
    """tlog.TreeHash(0) is zero, RFC 6962 says SHA-256 of nothing."""
    for root, holds in ((EMPTY_ROOT, True), (bytes(32), False)):
        text = Checkpoint(LOG.name, 0, root).text()
        note = kept(tmp_path, write_note(text, [LOG.sign(text)]))
        for command in ("checkpoint", "tiles"):
            (tmp_path / "checkpoint").write_text(note.read_text(), encoding="utf-8")
            place = note if command == "checkpoint" else tmp_path
            if holds:
                assert go.says(command, place, LOG.vkey)
            else:
                assert go.refuses(command, place, LOG.vkey) == ["an empty tree has another root"]


def test_keys_made_by_go_are_read_and_sign_alike(go: Programs, tmp_path: Path) -> None:
    skey, vkey = go.make("key", "log.example/made-by-go").splitlines()
    signer = Signer.parse(skey)
    assert (signer.skey, signer.vkey) == (skey, vkey)
    (tmp_path / "key").write_text(f"{skey}\n")
    text = kept(tmp_path, TEXT)
    note = go.make("sign", text, tmp_path / "key")
    assert note == write_note(TEXT, [signer.sign(TEXT)])
    opened, signed = open_note(note, [Verifier.parse(vkey)])
    assert (opened.text, signed) == (TEXT, (signer.verifier,))


def test_our_secret_key_is_read_by_go(go: Programs, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(LOG.skey)
    text = kept(tmp_path, TREE.text)
    assert go.make("sign", text, tmp_path / "key") == TREE.note


@pytest.mark.parametrize("at", [1, AT, 2**63 - 1])
def test_a_cosignature_made_by_go_is_ours_to_the_byte(
    go: Programs, tmp_path: Path, at: int
) -> None:
    seed = bytes(range(100, 132))
    ours = CosignatureKey.of_seed("witness.example/go", seed)
    text = kept(tmp_path, TREE.text)
    note = go.make("cosign", text, ours.name, encoded(seed), str(at))
    assert note == write_note(TREE.text, [ours.cosign(TREE.text, at)])
    opened, _ = open_note(note, [ours.verifier])
    assert verify_cosignature(opened.text, opened.signatures[0].signature, ours.verifier) == at


VECTOR_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
VECTOR = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3"
    "mFXmRKuwHjG1Yu72IneyaQM=\n"
)


def test_both_read_the_example_of_the_specification(go: Programs, tmp_path: Path) -> None:
    opened, signed = open_note(VECTOR, [Verifier.parse(VECTOR_KEY)])
    assert (opened.text, signed[0].name) == ("This is an example message.\n", "example.com/foo")
    note = kept(tmp_path, VECTOR)
    # Its signature holds, and its text is no checkpoint.
    assert go.refuses("checkpoint", note, VECTOR_KEY) == ["no checkpoint of this log"]
    kept(tmp_path, VECTOR.replace("message.", "message!"))
    (said,) = go.refuses("checkpoint", note, VECTOR_KEY)
    assert said.startswith("invalid signature")


def test_a_second_line_of_one_key_is_asked_by_us_and_not_by_go(
    go: Programs, tmp_path: Path
) -> None:
    """The specification: where name and id match a known key its signature MUST be verified."""
    first = LOG.sign(TREE.text)
    second = LOG.sign("another text\n")
    note = f"{TREE.text}\n{first}{second}"
    assert go.says("checkpoint", kept(tmp_path, note), LOG.vkey)
    with pytest.raises(NoteRefused):
        open_note(note, [LOG.verifier])
