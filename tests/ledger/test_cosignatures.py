"""Cosignatures, rule by rule of C2SP tlog-cosignature: whose, over what, when."""

from __future__ import annotations

import base64
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.cosignatures import CosignatureKey, verify_cosignature
from ledger.notes import NoteRefused, Signature, Signer, Verifier, open_note, write_note

SEED = bytes(range(32))
LOG = Signer.of_seed("log.example/a", bytes(32))
WITNESS = CosignatureKey.of_seed("witness.example/w", SEED)
TEXT = "log.example/a\n3\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nextension\n"
AT = 1_780_000_000
LAST = 2**63 - 1


def taken_apart(line: str) -> tuple[str, bytes]:
    dash, name, rest = line.removesuffix("\n").split(" ")
    assert dash == "—"
    return name, base64.b64decode(rest)


def test_a_cosignature_to_the_byte() -> None:
    name, raw = taken_apart(WITNESS.cosign(TEXT, AT))
    secret = Ed25519PrivateKey.from_private_bytes(SEED)
    public = secret.public_key().public_bytes_raw()
    assert name == "witness.example/w"
    assert len(raw) == 76
    assert raw[:4] == sha256(b"witness.example/w\n\x04" + public).digest()[:4]
    assert raw[4:12] == AT.to_bytes(8, "big")
    message = b"cosignature/v1\ntime 1780000000\n" + TEXT.encode()
    assert raw[12:] == secret.sign(message)
    assert WITNESS.vkey == (
        f"witness.example/w+{raw[:4].hex()}+{base64.b64encode(bytes([4]) + public).decode()}"
    )


@pytest.mark.parametrize("at", [1, AT, LAST])
def test_its_time_comes_back(at: int) -> None:
    _, raw = taken_apart(WITNESS.cosign(TEXT, at))
    assert verify_cosignature(TEXT, raw[4:], WITNESS.verifier) == at
    assert Verifier.parse(WITNESS.vkey) == WITNESS.verifier


@pytest.mark.parametrize("at", [0, -1, LAST + 1, 2**64])
def test_a_time_outside_of_the_format_is_refused(at: int) -> None:
    with pytest.raises(NoteRefused):
        WITNESS.cosign(TEXT, at)


def signed_at(at: int) -> bytes:
    """What a careless witness would have sent."""
    message = f"cosignature/v1\ntime {at}\n{TEXT}".encode()
    return at.to_bytes(8, "big") + Ed25519PrivateKey.from_private_bytes(SEED).sign(message)


@pytest.mark.parametrize("at", [0, LAST + 1, 2**64 - 1])
def test_such_a_time_is_refused_when_read(at: int) -> None:
    with pytest.raises(NoteRefused):
        verify_cosignature(TEXT, signed_at(at), WITNESS.verifier)


def test_another_time_text_or_witness_is_refused() -> None:
    raw = signed_at(AT)
    assert verify_cosignature(TEXT, raw, WITNESS.verifier) == AT
    other = CosignatureKey.of_seed("witness.example/w", bytes(32)).verifier
    for text, given, verifier in (
        (TEXT, (AT + 1).to_bytes(8, "big") + raw[8:], WITNESS.verifier),
        (TEXT.removesuffix("extension\n"), raw, WITNESS.verifier),
        (TEXT.replace("3", "4", 1), raw, WITNESS.verifier),
        (TEXT, raw, other),
        (TEXT, raw[:-1], WITNESS.verifier),
        (TEXT, raw + b"\0", WITNESS.verifier),
        (TEXT, raw[8:], WITNESS.verifier),
        (TEXT, b"", WITNESS.verifier),
        (TEXT, raw, LOG.verifier),
    ):
        with pytest.raises(NoteRefused):
            verify_cosignature(text, given, verifier)


def test_it_stands_beside_the_log_s_signature() -> None:
    note = write_note(TEXT, [LOG.sign(TEXT), WITNESS.cosign(TEXT, AT)])
    assert open_note(note, [WITNESS.verifier, LOG.verifier])[1] == (LOG.verifier, WITNESS.verifier)
    assert open_note(note, [LOG.verifier])[1] == (LOG.verifier,)
    with pytest.raises(NoteRefused):
        open_note(note.replace("extension", "Extension"), [WITNESS.verifier])


def test_a_plain_signature_is_no_cosignature_nor_the_reverse() -> None:
    """One secret under both types: neither line passes for the other."""
    plain = Signer.of_seed("witness.example/w", SEED)
    assert plain.verifier.key_id != WITNESS.verifier.key_id
    _, raw = taken_apart(plain.sign(TEXT))
    forged = Signature("witness.example/w", WITNESS.verifier.key_id, raw[4:]).line
    with pytest.raises(NoteRefused):
        open_note(write_note(TEXT, [forged]), [WITNESS.verifier])
    moved = Signature("witness.example/w", plain.verifier.key_id, signed_at(AT)).line
    with pytest.raises(NoteRefused):
        open_note(write_note(TEXT, [moved]), [plain.verifier])


def test_a_witness_keeps_its_secret_and_names_itself_well() -> None:
    assert "seed" not in repr(WITNESS)
    for name, seed in (("a b", SEED), ("a+b", SEED), ("", SEED), ("w", SEED[1:])):
        with pytest.raises(NoteRefused):
            CosignatureKey.of_seed(name, seed)
    for text in ("no newline", "a\tb\n"):
        with pytest.raises(NoteRefused):
            WITNESS.cosign(text, AT)
