"""Each country's export against a second reading of the ledger: lines, hashes and tiles."""

from __future__ import annotations

import hashlib
import json
import stat
from pathlib import Path

import psycopg
import pytest
import rfc8785

from authz.caller import Caller
from ledger.checkpoints import Checkpoint
from ledger.cosignatures import CosignatureKey
from ledger.fsck.checking import fsck
from ledger.hashing import EMPTY_ROOT, root_of
from ledger.notes import open_note, read_note, write_note
from ledger.tiles import tiles_of
from resolvers.wire import WireError
from service.ledger.exporting.judging import NotPermitted
from service.ledger.exporting.reading import LedgerReader
from service.ledger.exporting.sitting import NothingToExport
from tests.exporting.exports import Ground, expected, hash_in, lines_of, manifest, seen, tiles
from tests.integrating.trees import SIGNER
from tests.tracing.house import AUDITORS, HOLDER, LIST, PHNOM_PENH, VIENTIANE


def busy(ground: Ground) -> int:
    """Three countries at work, one question refused; the tree's size."""
    house = ground.house
    for who in (HOLDER, PHNOM_PENH, VIENTIANE):
        house.desk(who, house.cambodian.case)
        house.desk(who, house.laotian.case)
        house.ask(who, LIST)
        house.ask(who, "{ victims { edges { node { id narrative } } } }")
    return ground.place()


@pytest.mark.parametrize("country", ["TH", "KH", "LA"])
def test_an_export_is_what_the_rule_says_leaf_by_leaf(
    shared_ground: Ground, tmp_path: Path, country: str
) -> None:
    ground, size = shared_ground, busy(shared_ground)
    done = ground.export(AUDITORS[country], tmp_path / "e")
    leaves, lines = ground.leaves()[:size], lines_of(tmp_path / "e")
    assert [seen(line) for line in lines] == [expected(country, leaf) for leaf in leaves]
    assert [hash_in(line) for line in lines] == [leaf.hash for leaf in leaves]
    counted = done.manifest.counted
    assert counted.lines == size
    assert counted.withheld == sum(b'"withheld":true}' in line[-20:] for line in lines)
    assert counted.withheld > 0
    assert done.broken is None


def test_the_tree_stands_beside_the_records(ground: Ground, tmp_path: Path) -> None:
    busy(ground)
    busy(ground)
    size = busy(ground)
    ground.export(AUDITORS["KH"], tmp_path / "e")
    note, signed = open_note((tmp_path / "e" / "checkpoint").read_text(), [SIGNER.verifier])
    assert signed == (SIGNER.verifier,)
    checkpoint = Checkpoint.parse(note.text)
    hashes = [hash_in(line) for line in lines_of(tmp_path / "e")]
    assert (checkpoint.size, checkpoint.root) == (size, root_of(hashes))
    found = tiles(tmp_path / "e")
    assert set(found) == {tile.path for tile in tiles_of(size)}
    assert b"".join(found[t.path] for t in tiles_of(size) if t.level == 0) == b"".join(hashes)
    older = [
        Checkpoint.parse(open_note(json.loads(line)["note"], [SIGNER.verifier])[0].text)
        for line in (tmp_path / "e" / "checkpoints.ndjson").read_text().splitlines()
    ]
    assert len(older) >= 2
    for each in older:
        assert each.root == root_of(hashes[: each.size])
    assert [each.size for each in older] == sorted({each.size for each in older})
    assert (tmp_path / "e" / "log.vkey").read_text() == f"{SIGNER.vkey}\n"


def test_what_witnesses_said_goes_with_it(ground: Ground, tmp_path: Path) -> None:
    size = busy(ground)
    one, two = (
        CosignatureKey.of_seed(f"w.test.example/{c}", bytes([n] * 32))
        for n, c in ((1, "kh"), (2, "th"))
    )
    row = ground.house.owner.execute("select note from ledger.checkpoint where size = %s", (size,))
    note = str(row.fetchall()[0][0])
    line = one.cosign(read_note(note).text, 1_790_000_000)
    old = CosignatureKey.of_seed(one.name, bytes([9] * 32))
    for vkey in (old.vkey, one.vkey, two.vkey):
        ground.house.execute(
            "insert into ledger.witness (name, vkey) values (%s, %s)", vkey.split("+")[0], vkey
        )
    ground.house.execute(
        "insert into ledger.cosignature (size, witness, line) values (%s, %s, %s)",
        size,
        one.name,
        line,
    )
    ground.export(AUDITORS["TH"], tmp_path / "e")
    assert (tmp_path / "e" / "checkpoint").read_text() == note + line
    keys = {path.read_text() for path in (tmp_path / "e").glob("witness-*.vkey")}
    assert keys == {f"{one.vkey}\n", f"{two.vkey}\n"}
    report = fsck(tmp_path / "e", SIGNER.verifier, (one.verifier,))
    assert report.clean
    assert report.witnesses[0].newest == 1_790_000_000


def test_the_empty_tree_is_an_export(ground: Ground, tmp_path: Path) -> None:
    with psycopg.connect(ground.as_role("saphan_integrator"), autocommit=True) as connection:
        text = Checkpoint(SIGNER.name, 0, EMPTY_ROOT).text()
        connection.execute(
            "insert into ledger.checkpoint (size, root, note, settled) values (0, %s, %s, '0')",
            (EMPTY_ROOT, write_note(text, [SIGNER.sign(text)])),
        )
    done = ground.export(AUDITORS["TH"], tmp_path / "e")
    assert (done.manifest.counted.lines, done.manifest.end) == (0, 0)
    assert done.waiting > 0
    assert fsck(tmp_path / "e", SIGNER.verifier).clean
    size = ground.place()
    assert ground.export(AUDITORS["TH"], tmp_path / "e").manifest.end == size
    assert fsck(tmp_path / "e", SIGNER.verifier).clean


def test_without_any_checkpoint_there_is_nothing(ground: Ground, tmp_path: Path) -> None:
    with pytest.raises(NothingToExport):
        ground.export(AUDITORS["TH"], tmp_path / "e")
    assert ground.acts("EXPORT") == []


def test_only_its_owner_can_read_any_of_it(ground: Ground, tmp_path: Path) -> None:
    busy(ground)
    (tmp_path / "e").mkdir(mode=0o755)
    ground.export(AUDITORS["TH"], tmp_path / "e", also=("csv", "ocsf"))
    for path in [tmp_path / "e", *(tmp_path / "e").rglob("*")]:
        mode = stat.S_IMODE(path.lstat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path
        assert not path.name.startswith("."), path


def test_the_record_names_the_leaves_and_is_there_before_the_first_file(
    ground: Ground, tmp_path: Path
) -> None:
    size = busy(ground)
    met: list[tuple[int, bool]] = []

    def look(what: str, done: int, of: int) -> None:
        met.append((len(ground.acts("EXPORT")), any((tmp_path / "e").glob("records/*"))))

    ground.export(AUDITORS["LA"], tmp_path / "e", progress=look)
    assert met[0] == (1, False)
    (act,) = ground.acts("EXPORT")
    terms = manifest(tmp_path / "e")
    assert terms["record"] == act["id"]
    assert act["act"]["subject"] == f"ledger 0-{size}"
    assert act["act"]["to"] == "EXPORTED LA"
    assert (act["caller"]["agency"], act["purpose"], act["pair"]) == ("LA-AUDIT", "AUDIT", "")
    for name in ("complete", "files", "record"):
        del terms[name]
    assert hashlib.sha256(rfc8785.dumps(terms)).hexdigest() == act["act"]["contentHash"]
    # and it is itself a leaf of the next checkpoint
    ground.place()
    ground.export(AUDITORS["TH"], tmp_path / "f")
    assert any(act["id"].encode() in line for line in lines_of(tmp_path / "f"))


@pytest.mark.parametrize("who", [HOLDER, PHNOM_PENH, VIENTIANE], ids=lambda who: who.agency)
def test_who_reads_single_entries_or_none_exports_nothing(
    shared_ground: Ground, tmp_path: Path, who: Caller
) -> None:
    ground = shared_ground
    busy(ground)
    before, acts = len(ground.refusals()), len(ground.acts("EXPORT"))
    with pytest.raises(NotPermitted):
        ground.export(who, tmp_path / "e")
    assert not (tmp_path / "e").exists()
    (refused,) = ground.refusals()[before:]
    assert refused["caller"]["agency"] == who.agency
    assert refused["refusals"][0]["field"] == "AccessRecord.id"
    assert len(ground.acts("EXPORT")) == acts


def test_what_cannot_be_recorded_is_not_exported(ground: Ground, tmp_path: Path) -> None:
    busy(ground)
    ground.house.execute("revoke insert on ledger.access_leaf from saphan_service")
    with pytest.raises(WireError):
        ground.export(AUDITORS["TH"], tmp_path / "e")
    assert list((tmp_path / "e").iterdir()) == []


def test_the_content_of_other_countries_does_not_leave_the_database(
    shared_ground: Ground,
) -> None:
    ground = shared_ground
    busy(ground)
    with psycopg.connect(ground.as_role("saphan_auditor"), autocommit=True) as connection:
        reader = LedgerReader(connection, [frozenset({"own_country_case"})], "LA")
        for batch in reader.leaves(0, len(ground.leaves())):
            for leaf in batch:
                assert leaf.in_scope or leaf.body is None
