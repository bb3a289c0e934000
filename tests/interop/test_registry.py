"""What a real registry exports and a real witness answers, checked by Go."""

from __future__ import annotations

import base64
import datetime as dt
from pathlib import Path

import pytest

from ledger.notes import Signature, read_note, write_note
from ledger.tiles import tiles_of
from tests.exporting.exports import Ground
from tests.integrating.trees import SIGNER
from tests.interop.building import Programs
from tests.tracing.conftest import _template, house
from tests.tracing.house import AUDITORS, HOLDER, LIST, PHNOM_PENH, VIENTIANE, House
from tests.witness.processes import witnessing

__all__ = ["_template", "house"]


@pytest.fixture
def ground(house: House) -> Ground:
    """A registry with real disclosures."""
    return Ground(house)


def busy(ground: Ground) -> int:
    """Three countries at work; the tree's size."""
    for who in (HOLDER, PHNOM_PENH, VIENTIANE):
        ground.house.desk(who, ground.house.cambodian.case)
        ground.house.desk(who, ground.house.laotian.case)
        ground.house.ask(who, LIST)
    return ground.place()


def test_a_real_export_holds_and_one_letter_is_missed(
    go: Programs, ground: Ground, tmp_path: Path
) -> None:
    busy(ground)
    ground.fill(600)
    ground.erase(3, 300)
    busy(ground)
    done = ground.export(AUDITORS["KH"], tmp_path / "e", lines=256)
    counted = done.manifest.counted
    size = counted.lines
    hidden = counted.withheld
    kept = size - 2 - hidden
    assert hidden > 0
    assert counted.erased == 2
    assert kept > 600
    said = go.says("export", tmp_path / "e", SIGNER.vkey)
    assert said[0] == f"signed by {SIGNER.name}"
    older = len((tmp_path / "e" / "checkpoints.ndjson").read_text().splitlines())
    assert older > 1
    assert said[2:] == [
        f"{len(list(tiles_of(size)))} tiles hash into the root, 0 are not in this export",
        f"{older} older checkpoints are beginnings of this tree",
        f"leaves from 0 up to, without, {size}: {kept} records, 2 erased, {hidden} withheld",
    ]
    # Each file of records begins where its name says, each tile where it stands: one leaf alone.
    place = tmp_path / "e" / "records" / f"{512:012d}.ndjson"
    leaf = tmp_path / "leaf"
    leaf.write_bytes(place.read_bytes().split(b"\n")[4])
    assert go.says("leaf", tmp_path / "e", "516", leaf, SIGNER.vkey)
    changed = place.read_bytes().replace(b"Victim.gender", b"Victim.gendre", 1)
    assert changed != place.read_bytes()
    place.write_bytes(changed)
    (refused,) = go.refuses("export", tmp_path / "e", SIGNER.vkey)
    assert refused.startswith(f"{place.name}: leaf ")
    assert refused.endswith(" is not what the tree holds")

    # An export of a part has holes, and no more than holes.
    ground.retime()
    begun = dt.datetime(2026, 1, 1, 0, 9, tzinfo=dt.UTC)
    ground.export(AUDITORS["KH"], tmp_path / "part", since=begun)
    *_, tiles, _, leaves = go.says("export", tmp_path / "part", SIGNER.vkey)
    assert tiles.endswith("tiles hash into the root, 2 are not in this export")
    assert leaves.startswith("leaves from 540 up to, without, ")


def test_a_real_witness_cosigns_the_growth_of_a_log_written_by_go(
    go: Programs, tmp_path: Path
) -> None:
    skey, vkey = go.make("key", "log.example/go").splitlines()
    (tmp_path / "key").write_text(skey)
    with witnessing(tmp_path / "witness", [vkey]) as witness:
        size = 0
        for larger in (1, 256, 257, 700):
            place = tmp_path / str(larger)
            go.make("grow", place, str(larger), str(size), tmp_path / "key")
            answer = witness.add((place / "request").read_bytes())
            assert answer.status_code == 200, answer.text
            note = place / "seen"
            note.write_text((place / "checkpoint").read_text() + answer.text, encoding="utf-8")
            first, second, last = go.says("checkpoint", note, vkey, witness.verifier.vkey)
            assert first == "signed by log.example/go"
            assert second.startswith(f"seen by {witness.verifier.name} at 20")
            assert last.startswith(f"tree of {larger}, root ")
            # The time is signed too.
            text, lines = read_note(note.read_text()).text, answer.text
            raw = bytearray(base64.b64decode(lines.split()[2]))
            raw[11] ^= 1
            later = f"— {witness.verifier.name} {base64.b64encode(raw).decode()}\n"
            log = read_note((place / "checkpoint").read_text()).signatures[0].line
            note.write_text(write_note(text, [log, later]), encoding="utf-8")
            (refused,) = go.refuses("checkpoint", note, vkey, witness.verifier.vkey)
            assert refused.startswith("invalid signature")
            size = larger
        # signed-note: 16 signatures MUST be accepted, and post-quantum ones have nearly 5 kB.
        signed = (tmp_path / "700" / "checkpoint").read_text()
        others = [Signature(f"other.example/{n}", bytes(4), bytes(5_000)).line for n in range(15)]
        again = f"old 700\n\n{signed}{''.join(others)}"
        assert len(again) > 100_000
        assert witness.add(again.encode()).status_code == 200
        # What it has seen before is behind it.
        assert witness.add((tmp_path / "257" / "request").read_bytes()).status_code == 409
