"""An export of a tree as `saphan ledger export` lays it out, made from primitives alone."""

from __future__ import annotations

import json
from pathlib import Path

from ledger.hashing import leaf_hash
from ledger.spelling import encoded
from tests.interop.trees import Tree, grown
from tests.ledger.oracle import body

PER_FILE = 512
ERASED, WITHHELD = 7, 300


def line(index: int) -> bytes:
    """A leaf's line: its bytes, or what stands in their place."""
    held = encoded(leaf_hash(body(index)))
    mark: dict[str, object]
    if index == ERASED:
        act = {"act": "0198e1aa-0000-7000-8000-000000000077", "at": "2026-11-23T09:14:02.113407Z"}
        mark = {"erased": act, "leafHash": held}
    elif index == WITHHELD:
        mark = {"leafHash": held, "withheld": True}
    else:
        return body(index)
    return json.dumps(mark, separators=(",", ":")).encode()


def exported(tree: Tree, folder: Path) -> Path:
    """The folder: checkpoints, tiles and records."""
    tree.written(folder)
    (folder / "checkpoint").write_text(tree.seen, encoding="utf-8")
    older = [grown(size).seen for size in (1, 255, 256, 257) if size < tree.size]
    notes = [json.dumps({"note": note}, ensure_ascii=False) for note in older]
    (folder / "checkpoints.ndjson").write_text("".join(f"{n}\n" for n in notes), encoding="utf-8")
    records = folder / "records"
    records.mkdir()
    for first in range(0, tree.size, PER_FILE):
        lines = [line(n) + b"\n" for n in range(first, min(first + PER_FILE, tree.size))]
        (records / f"{first:012d}.ndjson").write_bytes(b"".join(lines))
    return folder
