"""Reference data: complete, fixed, loaded once however often it is loaded."""

from __future__ import annotations

import datetime as dt
import uuid

from schema import reference
from service import reference as loader
from tests.store.rows import Rows


def test_a_second_load_changes_nothing(rows: Rows) -> None:
    before = rows.one("select number from policy.version")
    assert loader.load(rows.connection) == 0
    assert rows.one("select number from policy.version") == before


def test_the_registrys_own_corrections_stay(rows: Rows) -> None:
    rows.run("update registry.country set has_seat = true where code = 'VN'")
    rows.run("delete from registry.agreement_party where agreement_code = 'ACTIP' and party = 'BN'")
    assert loader.load(rows.connection) == 0
    assert rows.one("select has_seat from registry.country where code = 'VN'")


def test_what_is_missing_is_added(rows: Rows) -> None:
    rows.run("delete from registry.agency_unit where agency_code = 'KH-PTC'")
    assert loader.load(rows.connection) == 1


def test_three_countries_have_a_seat(rows: Rows) -> None:
    seats = rows.run("select code from registry.country where has_seat order by 1")
    assert seats == [("KH",), ("LA",), ("TH",)]
    assert len(reference.countries()) == 249


def test_ids_are_fixed_time_ordered_and_distinct() -> None:
    ids = [
        row.id
        for rows in (reference.agencies(), reference.agreements(), reference.clauses())
        for row in rows
    ]
    assert len(set(ids)) == len(ids)
    assert {(each.version, each.variant) for each in ids} == {(7, uuid.RFC_4122)}
    first = reference.agencies()[0]
    assert (first.code, str(first.id)) == ("TH-DATIP", "01a205b3-d000-7fef-b690-c7a0e6c327ea")


def test_every_agency_of_a_seat_writes_its_name_in_its_script_or_says_none() -> None:
    blocks = {"TH": range(0x0E00, 0x0E80), "LA": range(0x0E80, 0x0F00), "KH": range(0x1780, 0x1800)}
    for agency in reference.agencies():
        if agency.country in blocks and agency.name_native:
            letters = [ord(c) for c in agency.name_native if c.isalpha()]
            assert all(each in blocks[agency.country] for each in letters), agency.code


def test_provinces_are_complete() -> None:
    units = reference.units()
    for agency, count in (("KH-POSVY", 25), ("LA-PLSW", 18), ("TH-PSDHS", 77)):
        assert len({u.code for u in units if u.agency_code == agency}) == count


def test_a_successor_takes_over_from_a_superseded_agreement() -> None:
    by_code = {a.code: a for a in reference.agreements()}
    assert len(by_code) == 18
    for agreement in by_code.values():
        if agreement.supersedes:
            assert by_code[agreement.supersedes].state == "SUPERSEDED"
    assert by_code["TH-KH-2014"].supersedes == "TH-KH-2003"


def test_what_is_only_generally_reported_is_not_verified() -> None:
    by_code = {a.code: a for a in reference.agreements()}
    assert by_code["TH-KH-2014"].signed_on == dt.date(2014, 10, 31)
    assert not by_code["TH-KH-2014"].verified
    assert by_code["TH-VN-2008"].verified
    assert by_code["TH-LA-2017"].signed_on is None


def test_national_law_has_one_party() -> None:
    laws = {a.code: a.parties for a in reference.agreements() if a.kind == "LAW"}
    assert laws == {"TH-LAW": ("TH",), "KH-LAW": ("KH",), "LA-LAW": ("LA",)}
