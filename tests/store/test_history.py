"""Superseded versions: kept whole, in periods that meet, whoever writes."""

from __future__ import annotations

import uuid

import psycopg
import pytest

from schema.tables import metadata
from schema.tables.history import HISTORY
from tests.store.rows import T0, Rows


def test_an_update_keeps_the_old_row_with_its_period(rows: Rows) -> None:
    victim = rows.victim(given_name="สุดา", birth_date="2009-02-10", birth_precision="MONTH")
    rows.run("update registry.victim set given_name = 'Suda' where id = %s", victim)
    rows.run("update registry.victim set given_name = 'Sudha' where id = %s", victim)
    kept = rows.run(
        "select given_name, birth_latest, recorded_from, recorded_to, recorded_at"
        " from history.victim where id = %s order by recorded_from",
        victim,
    )
    present = rows.one("select recorded_at from registry.victim where id = %s", victim)
    assert [row[0] for row in kept] == ["สุดา", "Suda"]
    assert str(kept[0][1]) == "2009-02-28"
    assert kept[0][2] == kept[0][4] < kept[0][3] == kept[1][2] < kept[1][3] == present


def test_a_delete_keeps_the_last_version(rows: Rows) -> None:
    part = rows.part("registry.assessment", rows.case(), report="read")
    rows.run("delete from registry.assessment where id = %s", part)
    assert rows.one("select report from history.assessment where id = %s", part) == "read"


def test_a_row_without_an_id_keeps_history_too(rows: Rows) -> None:
    contact = uuid.uuid4()
    rows.insert(
        "registry.bilateral_contact",
        id=contact,
        kind="WORKSHOP",
        title="Yearly workshop",
        starts_on="2026-02-01",
    )
    rows.insert("registry.contact_participant", contact_id=contact, agency_code="LA-MLSW")
    rows.run("delete from registry.contact_participant where contact_id = %s", contact)
    assert (
        rows.one(
            "select agency_code from history.contact_participant where contact_id = %s", contact
        )
        == "LA-MLSW"
    )


def test_an_update_that_changes_nothing_makes_no_version(rows: Rows) -> None:
    case = rows.case()
    rows.run("update registry.return_case set host = host where id = %s", case)
    assert rows.one("select count(*) from history.return_case where id = %s", case) == 0


def test_recorded_at_cannot_be_set_back_by_an_update(rows: Rows) -> None:
    victim = rows.victim()
    rows.run("update registry.victim set alias = 'x', recorded_at = %s where id = %s", T0, victim)
    assert rows.one("select recorded_at > %s from registry.victim where id = %s", T0, victim)


def test_the_service_makes_history_but_cannot_write_it(rows: Rows, service: Rows) -> None:
    victim = service.victim()
    service.run("update registry.victim set alias = 'x' where id = %s", victim)
    assert service.one("select count(*) from history.victim where id = %s", victim) == 1
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        service.run("insert into history.victim (recorded_from, recorded_to) values (now(), now())")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        service.run("update registry.victim set recorded_at = now() where id = %s", victim)


def test_history_tables_follow_their_tables_column_by_column() -> None:
    assert len(HISTORY) == 13
    for name, table in HISTORY.items():
        present = metadata.tables[f"registry.{name}"]
        assert present.info["history"]
        assert [c.name for c in table.columns] == [
            "recorded_from",
            "recorded_to",
            *(c.name for c in present.columns),
        ]
