"""A registry to export from, and a second reading of its ledger that shares no code with ours.

Takes a `House`, gives a `Ground`: places leaves, exports as any caller, and says by itself which
line each leaf must be.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from authz.caller import Caller
from ledger.ids import uuid7
from ledger.integrating import Integrator
from service.acts import record_policy_act
from service.ledger.exporting.judging import Judge, Who
from service.ledger.exporting.sitting import Asked, Done, Progress, Sources, export
from tests import templates
from tests.compiler.registry import Registry
from tests.integrating.trees import SIGNER
from tests.tracing.house import House, furnish


@dataclass(frozen=True, slots=True)
class Placed:
    """A leaf as the owner of the tables reads it."""

    index: int
    hash: bytes
    pair: str
    actor: str
    body: str | None
    erased_by: str | None


def export_as(
    owner: str,
    who: Who,
    asked: Asked,
    purpose: str | None = None,
    progress: Progress = lambda _what, _done, _all: None,
    lines: int = 65_536,
) -> Done:
    """An export from the database of this owner."""
    service = make_conninfo(owner, user="saphan_service")
    auditor = make_conninfo(owner, user="saphan_auditor")
    with (
        psycopg.connect(service, autocommit=True) as deciding,
        psycopg.connect(auditor, autocommit=True) as reading,
    ):
        judge = Judge(who, purpose, service, deciding)
        return export(asked, judge, Sources(service, reading, SIGNER.verifier), progress, lines)


@dataclass(slots=True)
class Ground:
    """One registry."""

    house: House

    @property
    def dsn(self) -> str:
        return self.house.registry.owner

    def as_role(self, role: str) -> str:
        return make_conninfo(self.dsn, user=role)

    def place(self) -> int:
        """Everything there is, into the tree; its size."""
        with psycopg.connect(self.as_role("saphan_integrator"), autocommit=True) as connection:
            integrator = Integrator(connection, SIGNER)
            while not integrator.lead():
                pass
            step = integrator.step()
            while step.more:
                step = integrator.step()
            return step.size

    def export(
        self,
        who: Caller,
        folder: Path,
        purpose: str | None = None,
        progress: Progress = lambda _what, _done, _all: None,
        lines: int = 65_536,
        **asked: Any,
    ) -> Done:
        """As a command does it, for a caller whose token was verified."""
        return export_as(self.dsn, lambda _: who, Asked(folder, **asked), purpose, progress, lines)

    def fill(self, count: int, padding: int = 200) -> int:
        """So many accesses by a Thai desk to Cambodian cases, with `padding` letters more in each;
        the tree's size with them.
        """
        body = json.dumps({**_ACCESS, "trace": "0" * padding}, separators=(",", ":"))
        head, tail = body.split('"@"')
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(
                "with made as (select * from unnest(%(ids)s::uuid[]) with ordinality m(id, n)),"
                " record as (insert into ledger.access_record (id, kind, outcome, agency, country)"
                " select id, 'ACCESS', 'DISCLOSED', 'TH-DATIP', 'TH' from made)"
                " insert into ledger.access_leaf (record_id, pair, actor, body)"
                " select id, 'KH-TH', 'TH', %(head)s || '\"' || id || '\"' || %(tail)s from made"
                " order by n",
                {"ids": [uuid7() for _ in range(count)], "head": head, "tail": tail},
            )
        return self.place()

    def leaves(self) -> list[Placed]:
        """What is in the tree, in its order."""
        rows = self.house.owner.execute(
            "select p.leaf_index, p.leaf_hash, l.pair, l.actor, l.body, l.erased_by::text"
            " from ledger.leaf_position p join ledger.access_leaf l"
            " on l.record_id = p.record_id and l.pair = p.pair order by 1"
        ).fetchall()
        assert [row[0] for row in rows] == list(range(len(rows)))
        return [Placed(row[0], bytes(row[1]), *row[2:]) for row in rows]

    def acts(self, kind: str) -> list[dict[str, Any]]:
        """The records of one kind, oldest first."""
        rows = self.house.owner.execute(
            "select l.body from ledger.access_leaf l"
            " join ledger.access_record r on r.id = l.record_id where r.kind = %s order by l.seq",
            (kind,),
        ).fetchall()
        return [json.loads(body) for (body,) in rows]

    def refusals(self) -> list[dict[str, Any]]:
        """The records of exports that were refused."""
        return [
            record
            for record in self.acts("ACCESS")
            if record["outcome"] == "REFUSED" and record["operation"]["name"] == "LedgerExport"
        ]

    def erase(self, *indexes: int) -> str:
        """What keeping times do in the end, without waiting for them; the act's id."""
        act = record_policy_act(
            self.house.owner,
            agreement="TH-LAW",
            version=1,
            content_hash="0" * 64,
            before="",
            after="ERASED",
            agency="TH-DATIP",
            person="who keeps the times",
        )
        for index in indexes:
            self.house.execute(
                "update ledger.access_leaf l set body = null, records = '{}', erased_by = %s"
                " from ledger.leaf_position p where p.leaf_index = %s"
                " and l.record_id = p.record_id and l.pair = p.pair",
                act,
                index,
            )
        self.place()
        return act

    def retime(self, index: int | None = None, second: int | None = None) -> None:
        """Say that a record, or every one, was made so many seconds into 2026: as many as its
        index, where it is not said.
        """
        self.house.execute(
            "update ledger.access_record r set at = timestamptz '2026-01-01 00:00+00'"
            " + coalesce(%s, p.leaf_index) * interval '1 s' from ledger.leaf_position p"
            " where r.id = p.record_id and p.leaf_index = coalesce(%s, p.leaf_index)",
            second,
            index,
        )


@contextmanager
def founded(template: str) -> Iterator[Ground]:
    """A registry copied from one with the shipped protocols in force."""
    with templates.copied(template, "exporting") as owner:
        house = furnish(Registry(owner, make_conninfo(owner, user="saphan_service")))
        try:
            yield Ground(house)
        finally:
            house.close()


_ACCESS: dict[str, object] = {
    "at": "2026-11-23T09:14:02.113407Z",
    "caller": {
        "agency": "TH-DATIP",
        "cases": None,
        "client": "desk",
        "country": "TH",
        "issuer": "https://id.test.example",
        "roles": ["FOCAL_POINT"],
        "subject": "u-1",
        "token": "0" * 64,
        "unit": "",
    },
    "disclosures": [
        {
            "clause": "TH-KH-2014@3#art. 5(1)",
            "fields": ["Victim.ageBand", "Victim.gender"],
            "records": ["3fd09a00-0000-4000-8000-0000000000a1"],
        }
    ],
    "id": "@",
    "kind": "ACCESS",
    "operation": {"hash": "0" * 64, "name": "Desk"},
    "outcome": "DISCLOSED",
    "pair": "KH-TH",
    "protocols": ["TH-KH-2014@3"],
    "purpose": "TRACING",
    "refusals": [],
    "salt": "AAAAAAAAAAAAAAAAAAAAAA==",
    "searched": [],
    "trace": "",
    "v": 1,
    "withheld": [],
}


def mine(country: str, leaf: Placed) -> bool:
    """Rulings, section 3, in other words: an auditor's own country's actors, accesses to its cases,
    and records without a pair.
    """
    return leaf.actor == country or leaf.pair == "" or country in (leaf.pair[:2], leaf.pair[3:])


def expected(country: str, leaf: Placed) -> object:
    """The line a leaf must be: its bytes, or what stands in their place."""
    hashed = base64.b64encode(leaf.hash).decode()
    if not mine(country, leaf):
        return {"leafHash": hashed, "withheld": True}
    if leaf.body is None:
        return {"erased": leaf.erased_by, "leafHash": hashed}
    return leaf.body


def lines_of(folder: Path) -> list[bytes]:
    """Every line of the records files, in order; the files are named by their first."""
    found: list[bytes] = []
    begun = None
    for file in sorted((folder / "records").iterdir()):
        first = int(file.stem)
        begun = first if begun is None else begun
        assert first == begun + len(found)
        text = file.read_bytes()
        assert text.endswith(b"\n")
        found += text[:-1].split(b"\n")
    return found


def seen(line: bytes) -> object:
    """A line as `expected` says it."""
    found = json.loads(line)
    if "erased" in found:
        return {"erased": found["erased"]["act"], "leafHash": found["leafHash"]}
    return found if "withheld" in found and "leafHash" in found else line.decode()


def hash_in(line: bytes) -> bytes:
    """The leaf hash that a line stands for (RFC 6962, section 2.1)."""
    found = json.loads(line)
    if "leafHash" in found:
        return base64.b64decode(found["leafHash"])
    return hashlib.sha256(b"\x00" + line).digest()


def tiles(folder: Path) -> dict[str, bytes]:
    """Every tile by its name."""
    base = folder / "tile"
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in base.rglob("*")
        if path.is_file()
    }


def manifest(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "export.json").read_text())
    return found
