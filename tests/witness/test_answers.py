"""The table of C2SP tlog-witness, line by line, over HTTP against the process."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx2
import pytest

from ledger.cosignatures import CosignatureKey
from ledger.hashing import root_of
from ledger.notes import Signer
from tests.witness.logs import EMPTY, Log, Row, body
from tests.witness.processes import Witness, time_in

SIZES = (1, 2, 3, 7, 8, 9, 100)


def conflict(answer: httpx2.Response, size: int) -> None:
    assert (answer.status_code, answer.text) == (409, f"{size}\n")
    assert answer.headers["content-type"] == "text/x.tlog.size"


def test_rows_here_are_the_trees_of_the_house() -> None:
    from ledger.hashing import leaf_hash, verify_consistency

    row = Row.of(20)
    for size in range(21):
        assert row.root(size) == root_of([leaf_hash(leaf.encode()) for leaf in row.leaves[:size]])
        for old in range(size + 1):
            verify_consistency(old, row.root(old), size, row.root(size), row.proof(old, size))


def test_what_grows_is_cosigned_each_time(witness: Witness, log: Log) -> None:
    old = 0
    for size in SIZES:
        row = Row.of(size)
        begun = int(time.time())
        answer = witness.add(log.body(old, row))
        witness.assert_cosigned(answer, log.note(size, row.root()))
        assert begun <= time_in(answer, log.note(size, row.root())) <= time.time()
        held = witness.held(log)
        assert held is not None
        assert (held.origin, held.size, held.root) == (log.signer.name, size, row.root())
        old = size


def test_the_size_again_is_cosigned_with_a_new_time(witness: Witness, log: Log) -> None:
    row = Row.of(5)
    note = log.note(5, row.root())
    first = witness.add(log.body(0, row))
    witness.assert_cosigned(first, note)
    while int(time.time()) == time_in(first, note):
        time.sleep(0.05)
    again = witness.add(log.body(5, row))
    witness.assert_cosigned(again, note)
    assert time_in(again, note) > time_in(first, note)
    latest = witness.latest(log)
    assert latest.text == note + again.text
    assert latest.headers["content-type"] == "text/plain; charset=utf-8"


def test_an_unknown_log_is_404(witness: Witness) -> None:
    stranger = Log(0, "log.test.example/stranger")
    assert witness.add(stranger.body(0, Row.of(1))).status_code == 404
    assert witness.latest(stranger).status_code == 404
    assert witness.latest(Log(0, "log.test.example/" + "x" * 300)).status_code == 404


def test_the_name_of_a_log_under_another_key_is_403(witness: Witness, log: Log) -> None:
    forger = Log(log.number + 1000, log.signer.name)
    assert forger.signer.verifier.key_id != log.signer.verifier.key_id
    assert witness.add(forger.body(0, Row.of(1))).status_code == 403
    # beside the log's own signature a stranger's says nothing
    note = log.note(1, Row.of(1).root())
    both = note + forger.signer.sign(log.text(1, Row.of(1).root()))
    witness.assert_cosigned(witness.add(body(0, [], both)), note)
    assert witness.latest(log).text.count("— ") == 2


def test_a_wrong_signature_of_a_known_key_is_403(witness: Witness, log: Log) -> None:
    row, other = Row.of(1), Row.of(2)
    moved = log.signer.sign(log.text(2, other.root()))
    assert witness.add(body(0, [], f"{log.text(1, row.root())}\n{moved}")).status_code == 403
    # also beside a right one: such a note is malformed
    twice = log.note(1, row.root()) + moved
    assert witness.add(body(0, [], twice)).status_code == 403
    assert witness.held(log) is None


def test_an_own_cosignature_of_the_witness_is_no_log_s(witness: Witness, log: Log) -> None:
    """What the witness answered, sent back to it in place of the log's signature."""
    row = Row.of(1)
    answer = witness.add(log.body(0, row))
    witness.assert_cosigned(answer, log.note(1, row.root()))
    alone = f"{log.text(1, row.root())}\n{answer.text}"
    assert witness.add(body(1, [], alone)).status_code == 403
    witness.assert_cosigned(
        witness.add(body(1, [], witness.latest(log).text)), log.note(1, row.root())
    )
    assert witness.latest(log).text.count("— ") == 2


def test_a_log_signed_as_if_by_a_witness_is_403(witness: Witness, log: Log) -> None:
    text = log.text(1, Row.of(1).root())
    line = CosignatureKey.of_seed(log.signer.name, log.signer.seed).cosign(text, 1)
    assert witness.add(body(0, [], f"{text}\n{line}")).status_code == 403


def test_an_old_size_beyond_the_checkpoint_is_400(witness: Witness, log: Log) -> None:
    assert witness.add(body(2, [], log.note(1, Row.of(1).root()))).status_code == 400
    witness.assert_cosigned(witness.add(log.body(0, Row.of(3))), log.note(3, Row.of(3).root()))
    # a rollback in the open
    assert witness.add(body(3, [], log.note(2, Row.of(2).root()))).status_code == 400
    held = witness.held(log)
    assert held is not None
    assert held.size == 3


def test_another_old_size_is_409_with_the_right_one(witness: Witness, log: Log) -> None:
    conflict(witness.add(body(1, [], log.note(1, Row.of(1).root()))), 0)
    row = Row.of(9)
    witness.add(log.body(0, row, 4))
    for old, size in ((0, 9), (3, 9), (5, 9), (9, 9), (0, 4), (0, 3), (3, 3), (2, 3), (0, 0)):
        conflict(witness.add(log.body(old, row, size)), 4)
    conflict(witness.add(body(0, [], log.note(9, Row.of(9, "x").root()))), 4)
    witness.assert_cosigned(witness.add(log.body(4, row)), log.note(9, row.root()))


def test_a_rollback_is_refused_whatever_old_size_it_names(witness: Witness, log: Log) -> None:
    row = Row.of(9)
    witness.add(log.body(0, row))
    for old in range(6):
        conflict(witness.add(log.body(old, row, 5)), 9)
    for old in range(6, 12):
        assert witness.add(body(old, [], log.note(5, row.root(5)))).status_code == 400
    held = witness.held(log)
    assert held is not None
    assert held.size == 9


def test_a_proof_from_nothing_is_422(witness: Witness, log: Log) -> None:
    row = Row.of(4)
    note = log.note(4, row.root())
    assert witness.add(body(0, [row.root()], note)).status_code == 422
    assert witness.held(log) is None
    witness.assert_cosigned(witness.add(body(0, [], note)), note)


@pytest.mark.parametrize(
    "change",
    [
        lambda proof: [],
        lambda proof: proof[:-1],
        lambda proof: [*proof, proof[-1]],
        lambda proof: proof[::-1],
        lambda proof: [bytes(32), *proof[1:]],
        lambda proof: [*proof[:-1], bytes(32)],
        lambda proof: [EMPTY] * 63,
    ],
    ids=["none", "short", "long", "reversed", "first", "last", "many"],
)
def test_a_proof_that_does_not_verify_is_422(
    witness: Witness, log: Log, change: Callable[[list[bytes]], list[bytes]]
) -> None:
    row = Row.of(13)
    witness.add(log.body(0, row, 6))
    wrong = change(row.proof(6))
    assert wrong != row.proof(6)
    note = log.note(13, row.root())
    assert witness.add(body(6, wrong, note)).status_code == 422
    held = witness.held(log)
    assert held is not None
    assert held.size == 6
    witness.assert_cosigned(witness.add(body(6, row.proof(6), note)), note)


def test_a_fork_is_422_also_with_its_own_honest_proof(witness: Witness, log: Log) -> None:
    row = Row.of(10)
    witness.add(log.body(0, row, 7))
    for at in (0, 3, 6):
        fork = Row.of(10, "x", at)
        assert witness.add(log.body(7, fork)).status_code == 422
    assert witness.add(log.body(7, Row.of(10, "x", 7))).status_code == 200


def test_two_trees_of_one_size_are_422(witness: Witness, log: Log) -> None:
    row, fork = Row.of(7), Row.of(7, "x")
    witness.add(log.body(0, row))
    assert witness.add(log.body(7, fork)).status_code == 422
    assert witness.add(body(7, row.proof(3), log.note(7, row.root()))).status_code == 422
    held = witness.held(log)
    assert held is not None
    assert held.root == row.root()


def test_the_empty_tree_has_one_root(witness: Witness, log: Log) -> None:
    for root in (bytes(32), Row.of(1).root()):
        assert witness.add(body(0, [], log.note(0, root))).status_code == 422
    assert witness.held(log) is None
    empty = log.note(0, EMPTY)
    assert witness.add(body(0, [EMPTY], empty)).status_code == 422
    witness.assert_cosigned(witness.add(body(0, [], empty)), empty)
    held = witness.held(log)
    assert held is not None
    assert (held.size, held.root) == (0, EMPTY)
    witness.assert_cosigned(witness.add(body(0, [], empty)), empty)
    assert witness.add(body(0, [], log.note(0, bytes(32)))).status_code == 422
    row = Row.of(2)
    witness.assert_cosigned(witness.add(log.body(0, row)), log.note(2, row.root()))
    conflict(witness.add(body(0, [], empty)), 2)


def test_extension_lines_are_cosigned_and_not_judged(witness: Witness, log: Log) -> None:
    note = log.note(2, Row.of(2).root(), "an extension\nanother\n")
    answer = witness.add(body(0, [], note))
    witness.assert_cosigned(answer, note)
    assert witness.latest(log).text == note + answer.text


def test_sixteen_signatures_of_long_kinds_are_taken(witness: Witness, log: Log) -> None:
    """As many as every reader must accept, each as long as one of ML-DSA-44."""
    from ledger.notes import Signature

    note = log.note(3, Row.of(3).root())
    others = "".join(
        Signature(f"witness.test.example/{n}", bytes([6, 0, 0, n]), bytes(2428)).line
        for n in range(15)
    )
    witness.assert_cosigned(witness.add(body(0, [], note + others)), note)


def test_each_key_of_a_log_is_enough(witness: Witness, next_log: Callable[[], Log]) -> None:
    """Two logs do not sign for each other."""
    one, other = next_log(), next_log()
    row = Row.of(2)
    text = one.text(2, row.root())
    crossed = Signer.of_seed(one.signer.name, other.signer.seed).sign(text)
    assert witness.add(body(0, [], f"{text}\n{crossed}")).status_code == 403
    assert witness.add(body(0, [], f"{text}\n{other.signer.sign(text)}")).status_code == 403
    witness.assert_cosigned(witness.add(one.body(0, row)), one.note(2, row.root()))
    assert witness.held(other) is None
