"""How fast fsck is on one core, and how much memory it takes: `python -m bench.fsck`.

Writes exports of ordinary lines (about 900 bytes) and of page lines (about 3 kB)
into a temporary folder, a checkpoint for every thousand leaves, and checks them
in a process of its own, so that peak memory is fsck's alone. Rates are records
per second of processor time: machines are shared.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import orjson

from ledger.checkpoints import Checkpoint
from ledger.fsck import fsck
from ledger.hashing import leaf_hash
from ledger.notes import Signer, write_note
from ledger.tiles import WIDTH, Edge, Tile

LOG = Signer.of_seed("log.bench.example/saphan", bytes(range(32)))
SHAPES = {"ordinary": 3, "page": 50}
"""Records shown by one access: a point query with its links, a page of fifty."""
BATCH = 1024
PER_FILE = 65_536


def _uuid() -> str:
    text = os.urandom(16).hex()
    return f"{text[:8]}-{text[8:12]}-7{text[13:16]}-8{text[17:20]}-{text[20:]}"


def _line(shown: int) -> bytes:
    said = {
        "at": "2026-11-23T09:14:02.113407Z",
        "caller": {
            "agency": "KH-MOSVY",
            "cases": None,
            "client": "mosvy-desk",
            "country": "KH",
            "issuer": "https://id.gov.example/kh",
            "roles": ["FOCAL_POINT"],
            "subject": "u-4411",
            "token": os.urandom(32).hex(),
            "unit": "",
        },
        "disclosures": [
            {
                "clause": "TH-KH-2014@3#art. 5(1)",
                "fields": ["Victim.ageBand"],
                "records": [_uuid() for _ in range(shown)],
            },
            {
                "clause": "TH-KH-2014@3#art. 9(2)",
                "fields": ["Victim.familyName"],
                "records": [_uuid() for _ in range(max(shown // 4, 1) - 1)],
            },
        ],
        "id": _uuid(),
        "kind": "ACCESS",
        "operation": {"hash": os.urandom(32).hex(), "name": "Desk"},
        "outcome": "DISCLOSED",
        "pair": "KH-TH",
        "protocols": ["TH-KH-2014@3"],
        "purpose": "TRACING",
        "refusals": [],
        "salt": base64.b64encode(os.urandom(16)).decode(),
        "searched": ["ReturnCase.stateSince"],
        "trace": "",
        "v": 1,
        "withheld": [{"count": 1, "field": "Victim.familyName", "reason": "MINOR"}],
    }
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def _write(folder: Path, records: int, shown: int) -> float:
    """An export of so many lines; the mean length of one."""
    edge, length, partial = Edge(0, {}), 0, dict[int, tuple[Tile, bytes]]()
    (folder / "records").mkdir()
    with (folder / "checkpoints.ndjson").open("wb") as older:
        while edge.size < records:
            place = folder / "records" / f"{edge.size // PER_FILE * PER_FILE:012d}.ndjson"
            lines = [_line(shown) for _ in range(min(BATCH, records - edge.size))]
            with place.open("ab") as file:
                file.write(b"\n".join([*lines, b""]))
            length += sum(map(len, lines))
            if edge.size:
                older.write(orjson.dumps({"note": _note(edge)}) + b"\n")
            for tile, raw in edge.add([leaf_hash(line) for line in lines]).items():
                partial.pop(tile.level, None)
                if tile.width < WIDTH:
                    partial[tile.level] = (tile, raw)
                else:
                    _put(folder / tile.path, raw)
    for tile, raw in partial.values():
        _put(folder / tile.path, raw)
    _put(folder / "checkpoint", _note(edge).encode())
    return length / records


def _put(file: Path, raw: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(raw)


def _note(edge: Edge) -> str:
    text = Checkpoint(LOG.name, edge.size, edge.root()).text()
    return write_note(text, [LOG.sign(text)])


def measure(records: int) -> dict[str, dict[str, float]]:
    """For each shape of line: bytes of one, records per second of one core, peak memory in MB.

    A run of a tenth as many says how much of the memory grows with them.
    """
    found = {}
    for name, shown in SHAPES.items():
        with tempfile.TemporaryDirectory() as folder:
            length = _write(Path(folder), records, shown)
            said = _checked(folder)
        with tempfile.TemporaryDirectory() as folder:
            _write(Path(folder), max(records // 10, 1), shown)
            tenth = _checked(folder)
        found[name] = {
            "records": records,
            "bytes_per_record": round(length),
            "records_per_second": round(records / said["cpu"]),
            "seconds": round(said["wall"], 2),
            "peak_mb": round(said["peak"], 1),
            "peak_mb_of_a_tenth": round(tenth["peak"], 1),
        }
    return found


def _checked(folder: str) -> dict[str, float]:
    """The same in a process of its own."""
    ran = subprocess.run(  # our own module
        [sys.executable, "-m", "bench.fsck", "--folder", folder],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    said: dict[str, float] = json.loads(ran.stdout)
    return said


def _check(folder: Path) -> dict[str, float]:
    began, spent = time.perf_counter(), time.process_time()
    report = fsck(folder, LOG.verifier)
    if not report.clean:
        raise RuntimeError(f"the export of the benchmark is not clean: {report.problems[0].text}")
    return {
        "cpu": time.process_time() - spent,
        "wall": time.perf_counter() - began,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.folder is not None:
        print(json.dumps(_check(asked.folder)))
        return
    for name, said in measure(asked.records).items():
        print(
            f"{name:<9} {said['bytes_per_record']:>5} bytes a record:"
            f" {said['records_per_second']:>7} records/s of one core,"
            f" peak {said['peak_mb']} MB ({said['peak_mb_of_a_tenth']} MB for a tenth)"
        )


if __name__ == "__main__":
    main()
