"""Where a C2SP text says a thing in passing: one test for each sentence that was not kept once."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from click.testing import CliRunner

from ledger.checkpoints import Checkpoint
from ledger.cosignatures import CosignatureKey
from ledger.hashing import ProofRefused, leaf_hash
from ledger.notes import NoteRefused, Signature, Signer, open_note, write_note
from ledger.proofs import Proof, proof_text
from service.ledger.fsck import fsck

LOG = Signer.of_seed("log.example/a", bytes(32))
LEAF = leaf_hash(b"{}")
TEXT = Checkpoint(LOG.name, 1, LEAF).text()
AT = 1_780_000_000


def test_one_key_is_one_witness_under_whatever_names() -> None:
    """tlog-cosignature: the message "doesn't commit to the cosigner name, so the same public key
    can't be used across multiple cosigners". Else one cosignature counts twice.
    """
    first, second = (CosignatureKey.of_seed(f"witness.example/{n}", bytes([1]) * 32) for n in "ab")
    line = first.cosign(TEXT, AT)
    raw = base64.b64decode(line.split()[2])
    copied = Signature(second.name, second.verifier.key_id, raw[4:]).line
    note = write_note(TEXT, [LOG.sign(TEXT), line, copied])
    # Each alone is what it says ...
    for witness in (first, second):
        _, signed = open_note(note, [LOG.verifier, witness.verifier])
        assert signed == (LOG.verifier, witness.verifier)
    # ... and nobody may count both.
    with pytest.raises(NoteRefused, match="one witness's key"):
        open_note(note, [LOG.verifier, first.verifier, second.verifier])
    keys = [f"--witness={witness.vkey}" for witness in (first, second)]
    ran = CliRunner().invoke(fsck, [str(Path(__file__).parent), f"--key={LOG.vkey}", *keys])
    assert ran.exit_code == 2
    assert "`witness.example/a` and `witness.example/b` are one witness's key" in ran.output
    # The same key given twice is one key.
    _, signed = open_note(note, [LOG.verifier, first.verifier, first.verifier])
    assert signed == (LOG.verifier, first.verifier)


def test_a_proof_without_extra_data_has_no_line_of_it() -> None:
    """tlog-proof: "If no extra data is present, this line is omitted"."""
    note = write_note(TEXT, [LOG.sign(TEXT)])
    text = proof_text(0, (), note, b"x")
    assert Proof.parse(text).extra == b"x"
    assert Proof.parse(proof_text(0, (), note)).extra is None
    with pytest.raises(ProofRefused):
        Proof.parse(text.replace("extra eA==\n", "extra \n"))
    with pytest.raises(ProofRefused):
        proof_text(0, (), note, b"")
