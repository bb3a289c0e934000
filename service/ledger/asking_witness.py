"""One question to one witness: cosign the registry's newest checkpoint.

Takes a connection of the role `saphan_integrator`, an HTTP client and a
`Witness`, gives whether its cosignature now stands in `ledger.cosignature`.
Nothing that a witness answers is believed before its signature over exactly
this checkpoint is verified; of an answer at most `MAX_ANSWER` bytes are read, in
`SECONDS` at most. Raises `NotCosigned` with a constant line for the log.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final, LiteralString

import httpx2
import psycopg

from ledger.cosignatures import verify_cosignature
from ledger.hashing import ProofRefused
from ledger.notes import NoteRefused, Verifier, read_note
from ledger.spelling import decimal
from ledger.tiles import Tile, consistency
from ledger.witnessing import body_of
from service.ledger.witnesses import Witness

SECONDS: Final = 5.0
"""Longest time for one request; it holds up nobody but this witness."""

MAX_ANSWER: Final = 65_536
AHEAD: Final = 300
"""Seconds that a witness's clock may be ahead; later readers may refuse a time to come."""

_TRIES: Final = 3
_REFUSALS: Final = {
    403: "it knows this log by another key",
    404: "it does not know this log",
    422: "what it has seen is no part of the tree here",
}
_NEWEST: LiteralString = (
    "select c.size, c.note, exists (select from ledger.cosignature s where s.size = c.size"
    " and s.witness = %s) from ledger.checkpoint c order by c.size desc limit 1"
)
_TILE: LiteralString = "select ledger.tile(%s, %s, %s)"
_KEEP: LiteralString = (
    "insert into ledger.cosignature (size, witness, line) values (%s, %s, %s)"
    " on conflict do nothing"
)

Connection = psycopg.Connection[tuple[Any, ...]]


class NotCosigned(Exception):
    """No cosignature was had. `alarming`: not because the witness is away, but because it has seen
    another tree than this registry shows, or answers what is not its own.
    """

    def __init__(self, reason: str, *, alarming: bool = False) -> None:
        super().__init__(reason)
        self.alarming = alarming


class Asker:
    """Asks one witness, time and again; knows the size that it cosigned last."""

    def __init__(self, witness: Witness, seconds: float = SECONDS) -> None:
        self.witness = witness
        self._seconds = seconds
        self._known = 0
        self._client = httpx2.Client(
            timeout=seconds,
            follow_redirects=False,
            trust_env=not witness.near,
            headers={"accept-encoding": "identity", "user-agent": "saphan"},
        )

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def ask(self, connection: Connection) -> bool:
        """Whether the newest checkpoint has its cosignature now; False where there is no
        checkpoint. Raises NotCosigned and psycopg.Error.
        """
        verifier = self.witness.verifier
        row = connection.execute(_NEWEST, (verifier.name,)).fetchone()
        if row is None:
            return False
        size, note, signed = row
        if not signed:
            answer = self._answer(connection, size, note)
            line = cosignature_in(read_note(note).text, answer, verifier, int(time.time()))
            self._known = size
            connection.execute(_KEEP, (size, verifier.name, line))
        return True

    def _answer(self, connection: Connection, size: int, note: str) -> bytes:
        """The body of an answer 200."""
        for _ in range(_TRIES):
            # a size that it told us of itself may be none of our checkpoints: any prefix is proved
            body = body_of(self._known, _proof(connection, self._known, size), note)
            status, answer = self._posted(body)
            if status == 200:
                return answer
            if status != 409:
                raise _refusal(status)
            self._known = _size_in(answer)
            if self._known > size:
                self._known = 0
                raise NotCosigned("it has seen a larger tree than there is here", alarming=True)
        raise NotCosigned("its size changes with each question")

    def _posted(self, body: bytes) -> tuple[int, bytes]:
        end = time.monotonic() + self._seconds
        received = bytearray()
        try:
            with self._client.stream("POST", self.witness.address, content=body) as response:
                for part in response.iter_raw():
                    received += part
                    if len(received) > MAX_ANSWER:
                        raise NotCosigned("its answer is too long")
                    if time.monotonic() > end:
                        raise NotCosigned("it does not answer in time")
                return response.status_code, bytes(received)
        except httpx2.TimeoutException:
            raise NotCosigned("it does not answer in time") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError):
            raise NotCosigned("it cannot be reached, or its certificate is not trusted") from None


class _Tiles:
    """The tiles of the tree in the database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def tile(self, tile: Tile) -> bytes:
        row = self._connection.execute(_TILE, (tile.level, tile.index, tile.width)).fetchone()
        return bytes(row[0]) if row is not None and row[0] is not None else b""


def _proof(connection: Connection, old: int, size: int) -> Sequence[bytes]:
    try:
        return consistency(min(old, size), size, _Tiles(connection))
    except ProofRefused:
        raise NotCosigned("the tree here contradicts itself", alarming=True) from None


def cosignature_in(text: str, answer: bytes, verifier: Verifier, now: int) -> str:
    """The line of `answer` that is this witness's over `text`, those of other keys left out.

    Raises NotCosigned.
    """
    try:
        note = read_note(f"{text}\n{answer.decode('utf-8')}")
        if note.text != text:
            raise NoteRefused("another text")
        for line in note.signatures:
            if (line.name, line.key_id) == (verifier.name, verifier.key_id):
                if verify_cosignature(text, line.signature, verifier) > now + AHEAD:
                    raise NotCosigned("its clock is ahead of ours")
                return line.line
    except (UnicodeDecodeError, NoteRefused):
        raise NotCosigned("it answers what is no cosignature of its own", alarming=True) from None
    raise NotCosigned("it signs with another key than it is configured with", alarming=True)


def _size_in(answer: bytes) -> int:
    try:
        text = answer.decode("ascii")
        if text.endswith("\n"):
            return decimal(text[:-1])
    except (UnicodeDecodeError, ValueError):
        pass
    raise NotCosigned("it says that it is elsewhere, and not where")


def _refusal(status: int) -> NotCosigned:
    said = _REFUSALS.get(status, "it answers with another status than a witness has for this")
    return NotCosigned(said, alarming=status == 422)
