"""A ledger that a witness has cosigned, to be tampered with by somebody who may do anything to it.

Takes a registry and a running witness, gives `Scene`: leaves by index, and what
an auditor, the integrator and the witness make of them now.
"""

from __future__ import annotations

import hashlib
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg

from ledger.checkpoints import Checkpoint
from ledger.fsck import fsck
from ledger.fsck.report import Report
from ledger.hashing import leaf_hash, root_of
from ledger.notes import write_note
from service.ledger.asking_witness import Asker
from service.ledger.witnesses import Witness, declare
from tests.exporting.exports import Ground
from tests.faults.keeping import Keeping
from tests.integrating.trees import SIGNER
from tests.tracing.house import AUDITORS
from tests.witness import processes

KH = AUDITORS["KH"]


@dataclass(frozen=True, slots=True)
class Scene:
    """A ledger of more than two tiles, which a witness has cosigned."""

    ground: Ground
    keeping: Keeping
    size: int
    witness: processes.Witness
    asked: Witness

    def id_at(self, index: int) -> str:
        """The record of a leaf."""
        return self.leaf_at(index)["id"]

    def leaf_at(self, index: int) -> dict[str, str]:
        """A leaf as it stands there now."""
        with self.keeping.god() as connection:
            row = connection.execute(
                "select l.record_id::text, l.pair, l.body from ledger.leaf_position p"
                " join ledger.access_leaf l on l.record_id = p.record_id and l.pair = p.pair"
                " where p.leaf_index = %s",
                (index,),
            ).fetchone()
        assert row is not None
        return dict(zip(("id", "pair", "body"), row, strict=True))

    def export(self, folder: Path) -> Path:
        """All of the ledger as Cambodia's auditor takes it home."""
        self.ground.export(KH, folder / "export")
        return folder / "export"

    def fsck(self, folder: Path, *seen: str) -> Report:
        """With the keys of the log and the witness."""
        return fsck(folder, SIGNER.verifier, [self.witness.verifier], seen)

    def cosigned(self) -> bool:
        """Ask the witness for the newest checkpoint. Raises NotCosigned."""
        with (
            psycopg.connect(self.ground.as_role("saphan_integrator"), autocommit=True) as own,
            closing(Asker(self.asked)) as asker,
        ):
            declare(own, [self.asked])
            return asker.ask(own)

    def held(self) -> list[str]:
        """Origin, size and root that the witness remembers."""
        origin = hashlib.sha256(SIGNER.name.encode()).hexdigest()
        return self.witness.client.get(f"/{origin}/checkpoint").text.split("\n")[:3]

    def note(self) -> str:
        """The newest checkpoint as it is served."""
        row = self.ground.house.owner.execute(
            "select ledger.signed_checkpoint(max(size)) from ledger.checkpoint"
        ).fetchone()
        assert row is not None
        return str(row[0])

    def write(self, index: int, body: str) -> None:
        """Another content for a leaf."""
        leaf = self.leaf_at(index)
        self.keeping.run(
            "update ledger.access_leaf set body = %(body)s"
            " where record_id = %(id)s and pair = %(pair)s",
            body=body,
            id=leaf["id"],
            pair=leaf["pair"],
        )

    def rehash(self) -> None:
        """Have the tree fit the contents that are there now, up to every hash in it."""
        with self.keeping.god() as connection:
            rows = connection.execute(
                "select p.leaf_index, l.body from ledger.leaf_position p join ledger.access_leaf l"
                " on l.record_id = p.record_id and l.pair = p.pair order by 1"
            ).fetchall()
            hashes = [leaf_hash(body.encode()) for _, body in rows]
            for index, hashed in enumerate(hashes):
                connection.execute(
                    "update ledger.leaf_position set leaf_hash = %s"
                    " where leaf_index = %s and leaf_hash <> %s",
                    (hashed, index, hashed),
                )
            for number in range(len(hashes) // 256):
                root = root_of(hashes[number * 256 : number * 256 + 256])
                connection.execute(
                    "update ledger.tile_hash set hash = %s where level = 1 and index = %s",
                    (root, number),
                )

    def sign_again(self) -> None:
        """Sign every checkpoint anew over the tree there is, with the log's own key."""
        with self.keeping.god() as connection:
            rows = connection.execute(
                "select leaf_hash from ledger.leaf_position order by leaf_index"
            ).fetchall()
            hashes = [bytes(hashed) for (hashed,) in rows]
            sizes = connection.execute("select size from ledger.checkpoint").fetchall()
            for (size,) in sizes:
                root = root_of(hashes[:size])
                text = Checkpoint(SIGNER.name, size, root).text()
                connection.execute(
                    "update ledger.checkpoint set root = %s, note = %s where size = %s",
                    (root, write_note(text, [SIGNER.sign(text)]), size),
                )
