"""A ledger of its own with plain leaves in it, and the measure of what its tree has to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg.conninfo import make_conninfo

from ledger.checkpoints import Checkpoint
from ledger.hashing import leaf_hash, root_of
from ledger.ids import uuid7
from ledger.integrating import Integrator
from ledger.notes import Signer, open_note
from ledger.proofs import Proof

SIGNER = Signer.of_seed("log.test.example/saphan", bytes(range(32)))
RECORD: LiteralString = (
    "insert into ledger.access_record (id, kind, outcome, agency, country)"
    " values (%s, 'ACCESS', 'DISCLOSED', 'TH-DATIP', 'TH')"
)
LEAF: LiteralString = (
    "insert into ledger.access_leaf (record_id, pair, actor, body) values (%s, 'KH-TH', 'TH', %s)"
)


@dataclass(frozen=True, slots=True)
class Ledger:
    """One database."""

    owner: str

    @property
    def integrator(self) -> str:
        return make_conninfo(self.owner, user="saphan_integrator")

    def write(self, connection: psycopg.Connection[Any], body: str) -> None:
        """One record and its leaf, in the transaction that is open."""
        record = uuid7()
        connection.execute(RECORD, (record,))
        connection.execute(LEAF, (record, body))

    def shows(self, connection: psycopg.Connection[Any], shown: str) -> str:
        """One access that showed a record; its id."""
        record = uuid7()
        connection.execute(RECORD, (record,))
        connection.execute(LEAF, (record, "{}"))
        connection.execute(
            "insert into ledger.access_leaf (record_id, pair, actor, body, records)"
            " values (%s, 'LA-TH', 'TH', '{}', array[%s]::uuid[])",
            (record, shown),
        )
        return record

    def add(self, *bodies: str) -> None:
        with psycopg.connect(self.owner) as connection:
            for body in bodies:
                self.write(connection, body)

    def leading(self, connection: psycopg.Connection[Any]) -> Integrator:
        made = Integrator(connection, SIGNER)
        assert made.lead()
        return made

    def place(self) -> int:
        """Everything there is, by an integrator of its own; the tree's size."""
        with psycopg.connect(self.integrator, autocommit=True) as connection:
            integrator = self.leading(connection)
            step = integrator.step()
            while step.more:
                step = integrator.step()
            return step.size

    def bodies(self) -> list[str]:
        """What is in the tree, in its order."""
        with psycopg.connect(self.owner) as connection:
            found = connection.execute(
                "select p.leaf_index, l.body from ledger.leaf_position p"
                " join ledger.access_leaf l on l.record_id = p.record_id and l.pair = p.pair"
                " order by p.leaf_index"
            ).fetchall()
        assert [index for index, _ in found] == list(range(len(found)))
        return [body for _, body in found]

    def checkpoints(self) -> list[Checkpoint]:
        """Every checkpoint, oldest first, each signed by the log."""
        with psycopg.connect(self.owner) as connection:
            found = connection.execute(
                "select note from ledger.checkpoint order by size"
            ).fetchall()
        read = []
        for (note,) in found:
            opened, signed = open_note(note, [SIGNER.verifier])
            assert signed == (SIGNER.verifier,)
            read.append(Checkpoint.parse(opened.text))
        return read

    def proof(self, index: int) -> Proof:
        with psycopg.connect(self.owner) as connection:
            row = connection.execute("select ledger.proof_text(%s)", (index,)).fetchone()
        assert row is not None
        return Proof.parse(row[0])

    def assert_whole(self) -> list[str]:
        """Every checkpoint is the root over the leaves before it; the bodies in order."""
        bodies = self.bodies()
        hashes = [leaf_hash(body.encode()) for body in bodies]
        checkpoints = self.checkpoints()
        assert checkpoints
        assert checkpoints[-1].size == len(bodies)
        for checkpoint in checkpoints:
            assert checkpoint.root == root_of(hashes[: checkpoint.size])
        return bodies
