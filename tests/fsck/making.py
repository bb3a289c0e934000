"""Exports in the form of the folder, made in plain Python and kept in memory until written.

Nothing of the exporter is in it: lines from a template, hashes and notes from
`ledger.hashing`, `ledger.notes` and `ledger.cosignatures`.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path

from ledger.checkpoints import Checkpoint
from ledger.cosignatures import CosignatureKey
from ledger.hashing import EMPTY_ROOT, leaf_hash, node_hash, root_of
from ledger.notes import Signer, write_note

LOG = Signer.of_seed("log.test.example/saphan", bytes(range(32)))
WITNESSES = tuple(
    CosignatureKey.of_seed(f"witness.{name}.example", bytes([n]) * 32)
    for n, name in enumerate(("kh", "th"), 40)
)
SEEN_AT = 1_790_000_000


def uuid_of(number: int, seed: int = 0) -> str:
    """The id of a record: the same for the same numbers."""
    digest = bytearray(sha256(b"%d/%d" % (seed, number)).digest()[:16])
    digest[6], digest[8] = 0x70 | digest[6] & 15, 0x80 | digest[8] & 63
    return str(uuid.UUID(bytes=bytes(digest)))


def envelope(number: int, seed: int = 0, **members: object) -> dict[str, object]:
    """A record of the known form; `members` replace its own, an `act` may come in addition."""
    salt = sha256(b"salt %d/%d" % (seed, number)).digest()[:16]
    return {
        "at": f"2026-11-23T09:14:{number % 60:02d}.{number % 1_000_000:06d}Z",
        "caller": {
            "agency": "KH-MOSVY",
            "cases": None,
            "client": "mosvy-desk",
            "country": "KH",
            "issuer": "https://id.gov.example/kh",
            "roles": ["FOCAL_POINT"],
            "subject": "u-4411",
            "token": sha256(b"%d" % number).hexdigest(),
            "unit": "ភ្នំពេញ\u007f" if number % 7 == 3 else "",
        },
        "disclosures": [
            {
                "clause": "TH-KH-2014@3#art. 5(1)",
                "fields": ["Victim.ageBand", "Victim.gender"],
                "records": [uuid_of(number, 1000 + n) for n in range(number % 4)],
            }
        ],
        "id": uuid_of(number, seed),
        "kind": "ACCESS",
        "operation": {"hash": sha256(b"document").hexdigest(), "name": "Desk"},
        "outcome": "DISCLOSED",
        "pair": ("KH-TH", "KH", "")[number % 3],
        "protocols": ["TH-KH-2014@3"],
        "purpose": "TRACING" if number % 5 else 'a "b" \\ \b\t\n\f\r \u0001',
        "refusals": [{"field": "Victim.narrative", "reason": "CLASS"}],
        "salt": base64.b64encode(salt).decode(),
        "searched": ["ReturnCase.stateSince"],
        "trace": "",
        "v": 1,
        "withheld": [{"count": number % 11, "field": "Victim.familyName", "reason": "MINOR"}],
    } | members


def line_of(members: dict[str, object]) -> bytes:
    """Canonical JSON of such members (tests hold it beside the package rfc8785)."""
    return json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def record(number: int, seed: int = 0, **members: object) -> bytes:
    """One line."""
    return line_of(envelope(number, seed, **members))


def act(number: int, before: str = "KEPT 0-500", after: str = "ERASED 2") -> bytes:
    """An act of erasure: kind POLICY."""
    said = {"contentHash": "", "from": before, "subject": "ledger contents", "to": after}
    return record(number, kind="POLICY", act=said, disclosures=[])


def erased(line: bytes, by: str, at: str = "2026-11-23T09:14:02.113407Z") -> bytes:
    """What stands in the place of an erased line."""
    digest = base64.b64encode(leaf_hash(line)).decode()
    return line_of({"erased": {"act": by, "at": at}, "leafHash": digest})


def withheld(line: bytes) -> bytes:
    """What stands in the place of a foreign one."""
    digest = base64.b64encode(leaf_hash(line)).decode()
    return line_of({"leafHash": digest, "withheld": True})


@cache
def plain(size: int, seed: int = 0) -> tuple[bytes, ...]:
    """So many ordinary lines."""
    return tuple(record(number, seed) for number in range(size))


@cache
def many(size: int) -> tuple[bytes, ...]:
    """The same for large trees: cheap to make."""
    head, tail = record(1, pair="KH-TH").split(uuid_of(1).encode())
    return tuple(head + uuid_of(number).encode() + tail for number in range(size))


def root(hashes: Sequence[bytes]) -> bytes:
    """The root, level by level: an odd node is carried up."""
    row = list(hashes)
    while len(row) > 1:
        pairs = [node_hash(a, b) for a, b in zip(row[::2], row[1::2], strict=False)]
        row = pairs + row[len(pairs) * 2 :]
    return row[0] if row else EMPTY_ROOT


def tiles_over(hashes: Sequence[bytes]) -> dict[str, bytes]:
    """Every tile of the tree over leaf hashes, by name."""
    found, level, row = {}, 0, list(hashes)
    while row:
        above = []
        for number, start in enumerate(range(0, len(row), 256)):
            entries = row[start : start + 256]
            name = f"{number % 1000:03d}" if number < 1000 else f"x001/{number % 1000:03d}"
            if len(entries) == 256:
                above.append(root_of(entries))
            else:
                name += f".p/{len(entries)}"
            found[f"tile/{level}/{name}"] = b"".join(entries)
        level, row = level + 1, above
    return found


def note(size: int, hashes: Sequence[bytes], by: Signer = LOG, cosigners: int = 2) -> str:
    """A checkpoint of the first `size` leaves, signed and cosigned."""
    text = Checkpoint(LOG.name, size, root(hashes[:size])).text()
    lines = [by.sign(text)]
    lines += [key.cosign(text, SEEN_AT + size) for key in WITNESSES[:cosigners]]
    return write_note(text, lines)


@dataclass
class Export:
    """An export in memory: change it, then write it."""

    lines: list[bytes]
    notes: dict[int, str]
    """By size, the newest among them."""
    tiles: dict[str, bytes]
    first: int = 0
    per_file: int = 65_536
    begins: dict[int, int] | None = None
    """Line where each file begins, by the leaf it is named for, where not every `per_file`."""
    newest: int | None = None
    """The size of the checkpoint; the largest of `notes` where it is None."""
    others: dict[str, bytes] = field(default_factory=dict)
    """Further files."""

    def write(self, folder: Path) -> Path:
        newest = max(self.notes) if self.newest is None else self.newest
        files = dict(self.others)
        files.setdefault("checkpoint", self.notes[newest].encode())
        older = [self.notes[size] for size in sorted(self.notes) if size != newest]
        files.setdefault("checkpoints.ndjson", b"".join(older_line(text) for text in older))
        files["log.vkey"] = f"{LOG.vkey}\n".encode()
        begins = self.begins or {n: n for n in range(0, len(self.lines), self.per_file)}
        ends = [*list(begins.values())[1:], len(self.lines)]
        for (leaf, start), end in zip(begins.items(), ends, strict=False):
            part = self.lines[start:end]
            files.setdefault(f"records/{self.first + leaf:012d}.ndjson", b"\n".join([*part, b""]))
        for path, raw in (self.tiles | files).items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(raw)
        return folder


def older_line(text: str) -> bytes:
    """One line of checkpoints.ndjson."""
    return json.dumps({"note": text}, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def export_of(
    lines: Sequence[bytes], older: Sequence[int] = (), hashed: Sequence[bytes] | None = None
) -> Export:
    """A whole export of these lines; `hashed` are the leaves where a line is not one itself."""
    hashes = [leaf_hash(line) for line in (lines if hashed is None else hashed)]
    sizes = sorted({*older, len(hashes)})
    return Export(list(lines), {n: note(n, hashes) for n in sizes}, tiles_over(hashes))


def part_of(whole: Export, first: int, end: int, size: int) -> Export:
    """The export of the leaves from `first` to, without, `end` of a tree of `size`."""
    needed = set(range(first // 256, -(-end // 256))) if first < end else set()
    tiles = {
        path: raw
        for path, raw in whole.tiles.items()
        if not path.startswith("tile/0/") or int(path[7:10]) in needed or ".p/" in path
    }
    notes = {n: text for n, text in whole.notes.items() if first < n <= end or n == size}
    part = Export(whole.lines[first:end], notes, tiles, first)
    part.others["export.json"] = line_of({"complete": True, "end": end, "first": first})
    return part
