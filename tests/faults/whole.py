"""The judgement after faults: every answer on record, every record once in the tree, fsck clean.

Takes what clients got and a registry at rest, gives the first offences. The
tree is computed here from the records alone; then auditors of two countries
export it and check their exports, with the commands.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ledger.checkpoints import Checkpoint
from ledger.notes import Verifier, open_note
from service import cli, surroundings
from service.settings import Settings
from tests.durability.ground import NOTHING, Ground
from tests.faults.asking import Load
from tests.integrating.trees import SIGNER

CHUNK = 500
AUDITORS = ("TH-AUDIT", "KH-AUDIT")
_LEAVES = (
    "select p.leaf_index, p.leaf_hash, l.body from ledger.access_leaf l"
    " left join ledger.leaf_position p on p.record_id = l.record_id and p.pair = l.pair"
    " order by p.leaf_index nulls first"
)
_NO_LEAF = (
    "select count(*) from ledger.access_record r"
    " where not exists (select from ledger.access_leaf l where l.record_id = r.id)"
)
_TWICE = (
    "select count(*) from (select from ledger.access_record where operation_name like 'Q%'"
    " group by operation_name having count(*) > 1) twice"
)


@dataclass(frozen=True, slots=True)
class Found:
    """How much was looked at."""

    answers: int
    leaves: int
    checkpoints: int
    cosigned: int


def judged(load: Load, ground: Ground, witness: Verifier) -> Found:
    """The ledger against the answers, and the tree against the ledger. Raises AssertionError."""
    assert not load.offences, load.offences[:10]
    assert load.whole
    assert unrecorded(load, ground) == []
    with ground.connect() as connection:
        assert _one(connection, _NO_LEAF) == 0
        assert _one(connection, _TWICE) == 0
        assert _one(connection, "select count(*) from ledger.leaf_position") == _one(
            connection, "select count(*) from ledger.access_leaf"
        )
        rows = connection.execute(_LEAVES).fetchall()
        notes = connection.execute(
            "select size, root, ledger.signed_checkpoint(size) from ledger.checkpoint order by 1"
        ).fetchall()
    assert [index for index, _, _ in rows] == list(range(len(rows)))
    hashes = [hashlib.sha256(b"\0" + body.encode()).digest() for _, _, body in rows]
    assert hashes == [bytes(held) for _, held, _ in rows]
    cosigned = 0
    roots = dict(roots_of(hashes))
    for size, root, note in notes:
        assert bytes(root) == roots[size]
        opened, signed = open_note(note, [SIGNER.verifier, witness])
        assert SIGNER.verifier in signed
        cosigned += witness in signed
        checkpoint = Checkpoint.parse(opened.text)
        assert (checkpoint.size, checkpoint.root) == (size, roots[size])
    assert notes[-1][0] == len(rows)
    return Found(len(load.whole), len(rows), len(notes), cosigned)


def roots_of(hashes: Sequence[bytes]) -> Iterable[tuple[int, bytes]]:
    """The size and root of every tree over a beginning of the leaves (RFC 6962, section 2.1)."""
    yield 0, hashlib.sha256().digest()
    peaks: list[tuple[int, bytes]] = []
    for size, leaf in enumerate(hashes, 1):
        width, node = 1, leaf
        while peaks and peaks[-1][0] == width:
            node = hashlib.sha256(b"\1" + peaks.pop()[1] + node).digest()
            width *= 2
        peaks.append((width, node))
        root = peaks[-1][1]
        for _, left in reversed(peaks[:-1]):
            root = hashlib.sha256(b"\1" + left + root).digest()
        yield size, root


def unrecorded(load: Load, ground: Ground) -> list[str]:
    """Answers that were received whole and do not stand in the ledger as they were shown."""
    offences = []
    for start in range(0, len(load.whole), CHUNK):
        part = load.whole[start : start + CHUNK]
        written = ground.written(answer.name for answer in part)
        for answer in part:
            found = written.get(answer.name, NOTHING)
            if found.ids != {answer.record}:
                offences.append(
                    f"{answer.name}: answered as {answer.record}, on record {found.ids}"
                )
            elif not load.sights(answer) <= found.shown:
                offences.append(f"{answer.name}: values were shown that are on no record")
    return offences


def audited(
    settings: dict[str, str], folder: Path, witness: str, agencies: Sequence[str] = AUDITORS
) -> list[dict[str, Any]]:
    """Export all of the ledger as each auditor and check it: fsck's reports, all of them clean."""
    reports = []
    for agency in agencies:
        where = folder / agency
        done = exported(settings, where, agency)
        assert done["notWhatTheTreeHolds"] is None
        report = checked(where, witness)
        assert report["clean"], report["problems"]
        assert report["whole"]
        assert report["size"] == done["leaves"]
        reports.append(report)
    return reports


def exported(settings: dict[str, str], where: Path, agency: str) -> dict[str, Any]:
    """`saphan ledger export`, and what it says."""
    given = settings | {"SAPHAN_TOKEN": _auditor(settings, agency)}
    said: dict[str, Any]
    code, said = _here(given, "ledger", "export", str(where), "--format", "json")
    assert code == (0 if said["notWhatTheTreeHolds"] is None else 1)
    return said


def checked(where: Path, witness: str = "", *more: str) -> dict[str, Any]:
    """`saphan ledger fsck`, and what it says."""
    keys = ("--key", SIGNER.vkey, *(("--witness", witness) if witness else ()), *more)
    said: dict[str, Any]
    code, said = _here({}, "ledger", "fsck", str(where), *keys, "--format", "json")
    assert code == (0 if said["clean"] else 1)
    return said


def traced(settings: dict[str, str], person: str, agency: str) -> set[str]:
    """`saphan ledger trace --record`: the accesses that it lists."""
    given = settings | {"SAPHAN_TOKEN": _auditor(settings, agency)}
    code, said = _here(given, "ledger", "trace", "--record", person, "--format", "json")
    assert code == 0
    return {str(access["accessRecord"]) for access in said}


def _auditor(settings: dict[str, str], agency: str) -> str:
    issuer = surroundings.development_issuer(Settings(folder=Path(settings["SAPHAN_FOLDER"])))
    return issuer.mint(agency, ("AUDITOR",), ("AUDIT",))


def _here(settings: dict[str, str], *words: str) -> tuple[int, Any]:
    """A command in this process: its exit code and the JSON that it prints."""
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(printed):
        patch.delenv("SAPHAN_TEST_DSN", raising=False)
        for name, value in settings.items():
            patch.setenv(name, value)
        code = cli.run(words)
    text = printed.getvalue()
    assert text, f"`saphan {words[0]} {words[1]}` ended with {code} and said nothing"
    return code, json.loads(text)


def _one(connection: psycopg.Connection[Any], query: str) -> int:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])
