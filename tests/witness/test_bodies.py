"""Any bytes at all: refused in the table's words, and one spelling only of what is accepted."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.cosignatures import CosignatureKey
from ledger.witnessing import Refused, Rules, Seen, body_of, read_body
from service.ledger.witness_memory import Memory
from tests.witness.logs import Log, Row, b64, body
from tests.witness.processes import Witness

LOG = Log(0)
RULES = Rules(CosignatureKey.of_seed("witness.test.example/w", bytes(32)), [LOG.signer.verifier])
ROW = Row.of(13)
GOOD = LOG.body(6, ROW)
SEEN = Seen(6, ROW.root(6), "")


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """The good body with a piece cut, doubled, put in or replaced."""
    start = draw(st.integers(0, len(GOOD)))
    end = draw(st.integers(start, min(len(GOOD), start + 40)))
    piece = draw(
        st.one_of(
            st.binary(max_size=8),
            st.sampled_from(
                [b"\n", b"\n\n", b" ", b"\r\n", b"\0", b"=", "— ".encode(), b"old 6\n"]
            ),
            st.just(GOOD[start:end] * 2),
        )
    )
    return GOOD[:start] + piece + GOOD[end:]


def judged(sent: bytes) -> int:
    try:
        RULES.cosign(RULES.read(sent), SEEN, 1)
    except Refused as refused:
        return refused.status
    return 200


@given(st.binary(max_size=300))
def test_any_bytes_are_malformed(sent: bytes) -> None:
    assert judged(sent) == 400


@settings(max_examples=300)
@given(damaged())
def test_a_damaged_body_is_refused_in_the_words_of_the_table(sent: bytes) -> None:
    status = judged(sent)
    assert status in {200, 400, 403, 404, 409, 422}
    if status == 200:  # a stranger's line more or less, or the same once more
        old, proof, note = read_body(sent)
        assert (old, list(proof)) == (6, ROW.proof(6))
        assert note.startswith(LOG.text(13, ROW.root()))
    with contextlib.suppress(Refused):
        assert body_of(*read_body(sent)) == sent


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\n",
        b"\n\n",
        GOOD.replace(b"old 6", b"old 06"),
        GOOD.replace(b"old 6", b"old +6"),
        GOOD.replace(b"old 6", b"old -6"),
        GOOD.replace(b"old 6", b"old  6"),
        GOOD.replace(b"old 6", b"old 6 "),
        GOOD.replace(b"old 6", b"Old 6"),
        GOOD.replace(b"old 6", b"old "),
        GOOD.replace(b"old 6", "old ٦".encode()),
        GOOD.replace(b"old 6", b"old 9223372036854775808"),
        GOOD.replace(b"old 6\n", b""),
        GOOD.replace(b"old 6\n", b"\nold 6\n"),
        GOOD.replace(b"\n", b"\r\n"),
        GOOD.replace(b"\n\n", b"\n"),
        GOOD.replace(b"\n\n", b"\n\n\n", 1),
        GOOD.removesuffix(b"\n"),
        GOOD + b"\n",
        GOOD + b"x",
        b"\xef\xbb\xbf" + GOOD,
        GOOD.replace("— ".encode(), b"- "),
        GOOD.replace(b"\n13\n", b"\n013\n"),
        GOOD.replace(b"\n13\n", b"\n-13\n"),
        GOOD.replace(b"\n13\n", b"\n13 \n"),
        GOOD.replace(b"\n13\n", b"\n"),
        GOOD.replace(b64(ROW.root()).encode(), b64(ROW.root()).rstrip("=").encode()),
        GOOD.replace(b64(ROW.root()).encode(), b64(ROW.root()[:31]).encode()),
        GOOD.replace(b64(ROW.proof(6)[0]).encode(), b64(ROW.proof(6)[0][:31]).encode()),
        GOOD.replace(b64(ROW.proof(6)[0]).encode(), b64(ROW.proof(6)[0]).encode() + b" "),
        GOOD.replace(b64(ROW.proof(6)[0]).encode(), b64(ROW.proof(6)[0]).rstrip("=").encode()),
        body(0, [bytes(32)] * 64, LOG.note(13, ROW.root())),
        body(0, [], LOG.text(13, ROW.root()) + "\n"),
        body(0, [], LOG.text(13, ROW.root())),
        body(0, [], "\n" + LOG.note(13, ROW.root())),
        GOOD.decode().encode("utf-16"),
        GOOD.replace(b"log.test", b"log\xff.test"),
        GOOD.replace(b"log.test", b"log\t.test"),
    ],
)
def test_another_spelling_is_malformed(sent: bytes) -> None:
    assert sent != GOOD
    assert judged(sent) == 400


def test_the_body_itself_was_good() -> None:
    assert judged(GOOD) == 200
    assert body_of(*read_body(GOOD)) == GOOD


def test_sixty_three_hashes_are_read() -> None:
    assert judged(body(6, [bytes(32)] * 63, LOG.note(13, ROW.root()))) == 422


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(sent=st.one_of(damaged(), st.binary(max_size=300)))
def test_nothing_that_is_sent_moves_the_witness(witness: Witness, sent: bytes) -> None:
    """Over HTTP: it holds the tree of 6 leaves, or goes to 13 by an honest body."""
    if witness.held(LOG) is None:
        assert witness.add(LOG.body(0, ROW, 6)).status_code == 200
    answer = witness.add(sent)
    held = witness.held(LOG)
    assert held is not None
    assert answer.status_code in {200, 400, 403, 404, 409, 422}
    assert (held.size, held.root) in {(6, ROW.root(6)), (13, ROW.root())}
    text = answer.text.removeprefix("— ")
    assert not any(word in text for word in ("Traceback", "log.test.example", "/usr"))


ROWS = st.builds(
    lambda size, at: Row.of(size, "x", at), st.integers(0, 12), st.sampled_from([0, 4, 8, 12])
)


@settings(max_examples=40)
@given(sent=st.lists(st.tuples(ROWS, st.integers(-2, 2)), max_size=25))
def test_what_was_cosigned_is_one_tree_that_grew(
    tmp_path_factory: pytest.TempPathFactory, sent: list[tuple[Row, int]]
) -> None:
    """Against a model that looks at whole rows: cosigned is what begins with all that was."""
    memory = Memory.create(tmp_path_factory.mktemp("memory") / "state")
    held: tuple[str, ...] = ()
    for row, off in sent:
        old, size = max(0, len(held) + off), len(row.leaves)
        proof = row.proof(old) if old <= size else []
        submitted = body(old, proof, LOG.note(size, row.root()))

        def step(seen: Seen | None, submitted: bytes = submitted) -> Seen:
            return RULES.cosign(RULES.read(submitted), seen, 1)

        begins = row.leaves[: len(held)] == held
        if old == len(held) and begins:
            fresh = memory.advance(LOG.signer.name, step)
            assert (fresh.size, fresh.root) == (size, row.root())
            held = row.leaves
            continue
        with pytest.raises(Refused) as refused:
            memory.advance(LOG.signer.name, step)
        if old > size:
            assert refused.value.status == 400
        elif old != len(held):
            assert (refused.value.status, refused.value.size) == (409, len(held))
        else:
            assert refused.value.status == 422
