"""One leaf as one line of an export, and what a line is.

Takes a leaf as the ledger holds it, gives the line without its newline: the
leaf's own bytes, or in their place what says why they are not there. Keys of
canonical JSON come sorted, so the first bytes of a line tell its kind.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import orjson

from ledger.hashing import leaf_hash
from ledger.spelling import encoded

ERASED: Final = b'{"erased":'
BARE: Final = b'{"leafHash":'
WITHHELD_END: Final = b',"withheld":true}'


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf in the tree. `there` is false where its row is gone from the ledger; `body` is None
    outside the scope and where it was erased, by the act `erased_by` at `erased_at`.
    """

    index: int
    hash: bytes
    there: bool
    in_scope: bool
    body: str | None
    erased_by: str | None
    erased_at: dt.datetime | None


def line_of(leaf: Leaf) -> tuple[bytes, bool]:
    """The line, and whether it is what the tree holds.

    A body that was changed in the database is written as it stands there, so that
    whoever checks the folder finds it: only a line end in it, which no record
    has, is spelt out. Of a row that is gone there is the bare hash.
    """
    hashed = encoded(leaf.hash)
    if not leaf.there:
        return orjson.dumps({"leafHash": hashed}), False
    if not leaf.in_scope:
        return orjson.dumps({"leafHash": hashed, "withheld": True}), True
    if leaf.body is None:
        return erased_line(leaf.hash, leaf.erased_by, leaf.erased_at), leaf.erased_by is not None
    body = leaf.body.encode()
    return body.replace(b"\n", b"\\n"), leaf_hash(body) == leaf.hash


def erased_line(hashed: bytes, act: str | None, at: dt.datetime | None) -> bytes:
    """The line of a leaf whose content was erased by `act`."""
    said = {"act": act or "", "at": instant(at) if at else ""}
    return orjson.dumps({"erased": said, "leafHash": encoded(hashed)}, option=orjson.OPT_SORT_KEYS)


def is_erased(line: bytes) -> bool:
    """Whether it stands for an erased leaf."""
    return line.startswith(ERASED)


def is_withheld(line: bytes) -> bool:
    """Whether it stands for a leaf outside the scope."""
    return line.startswith(BARE) and line.rstrip(b"\n").endswith(WITHHELD_END)


def is_record(line: bytes) -> bool:
    """Whether it is a record's own bytes."""
    return not line.startswith((ERASED, BARE))


def instant(at: dt.datetime) -> str:
    """RFC 3339 in UTC with microseconds, as records have it."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
