"""Rows to test with: one statement each, so that a test shows only what it is about."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import psycopg
from psycopg import sql

from ledger.ids import uuid7

T0 = dt.datetime(2026, 3, 1, 8, 0, tzinfo=dt.UTC)


def after(hours: int) -> dt.datetime:
    return T0 + dt.timedelta(hours=hours)


class Rows:
    """A connection that inserts rows by column name and reads them back."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection

    @classmethod
    def in_transaction(cls, connection: psycopg.Connection[Any]) -> Rows:
        """Rows in a transaction begun now, so that those of the methods below are savepoints."""
        connection.execute("select 1")
        return cls(connection)

    def insert(self, table: str, **values: object) -> None:
        names = list(values)
        self.connection.execute(
            sql.SQL("insert into {} ({}) values ({})").format(
                sql.Identifier(*table.split(".")),
                sql.SQL(", ").join(map(sql.Identifier, names)),
                sql.SQL(", ").join(map(sql.Placeholder, names)),
            ),
            values,
        )

    def run(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        with self.connection.transaction():
            cursor = self.connection.execute(statement.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    def one(self, statement: str, *parameters: object) -> Any:
        [(value,)] = self.run(statement, *parameters)
        return value

    def victim(self, **values: object) -> uuid.UUID:
        row = {"id": uuid.uuid4(), "nationalities": ["KH"], "entered_by": "TH-DATIP", **values}
        with self.connection.transaction():
            self.insert("registry.victim", **row)
        return uuid.UUID(str(row["id"]))

    def case(self, **values: object) -> uuid.UUID:
        row = {
            "id": uuid.uuid4(),
            "agreement_code": "TH-KH-2014",
            "host": "TH",
            "origin": "KH",
            "state": "SCREENED",
            "main_rank": 1,
            "state_since": T0,
            "holder": "TH-DATIP",
            **values,
        }
        row.setdefault("victim_id", None)
        row["victim_id"] = row["victim_id"] or self.victim()
        with self.connection.transaction():
            self.insert("registry.return_case", **row)
        return uuid.UUID(str(row["id"]))

    def transition(self, case: uuid.UUID, state: str, hours: int = 0, **values: object) -> None:
        with self.connection.transaction():
            self.insert(
                "registry.transition",
                **{
                    "id": uuid.uuid4(),
                    "case_id": case,
                    "state": state,
                    "at": after(hours),
                    "actor_agency": "TH-DATIP",
                    **values,
                },
            )

    def placed(self, pair: str = "KH-TH") -> str:
        """An access record with one leaf, which has a place in the tree; the record's id."""
        record = uuid7()
        with self.connection.transaction():
            self.insert(
                "ledger.access_record",
                id=record,
                kind="ACCESS",
                outcome="DISCLOSED",
                agency="TH-DATIP",
                country="TH",
                subject="u-1",
                protocols=["TH-KH-2014@3"],
            )
            self.leaf(record, pair)
            self.connection.execute(
                "insert into ledger.leaf_position (leaf_index, record_id, pair, leaf_hash)"
                " select count(*), %s, %s, sha256('') from ledger.leaf_position",
                (record, pair),
            )
        return record

    def leaf(self, record: str, pair: str) -> None:
        """A leaf of that record without a place."""
        self.insert(
            "ledger.access_leaf",
            record_id=record,
            pair=pair,
            actor="TH",
            body="{}",
            records=[uuid.uuid4()],
        )

    def part(self, table: str, case: uuid.UUID, **values: object) -> uuid.UUID:
        """A row of one of the tables that hang on a case."""
        made = uuid.uuid4()
        with self.connection.transaction():
            self.insert(table, **{"id": made, "case_id": case, **values})
        return made
