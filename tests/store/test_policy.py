"""Protocol versions: two people for two countries, and one number that tells of every change."""

from __future__ import annotations

import uuid

import psycopg
import pytest

from tests.store.rows import Rows


def _number(rows: Rows) -> int:
    return int(rows.one("select number from policy.version"))


def _proposed(rows: Rows) -> uuid.UUID:
    made = uuid.uuid4()
    rows.insert(
        "policy.protocol_version",
        id=made,
        agreement_code="TH-KH-2014",
        version=91,
        content="agreement = 'TH-KH-2014'",
        content_hash="0" * 64,
        proposed_by_agency="TH-MFA",
        proposed_by_subject="steward-th",
    )
    return made


def _ratify(
    rows: Rows, version: uuid.UUID, party: str, agency: str, subject: str, **more: object
) -> None:
    with rows.connection.transaction():
        rows.insert(
            "policy.ratification",
            **{
                "version_id": version,
                "party": party,
                "agency": agency,
                "subject": subject,
                "kind": "RATIFIED",
                **more,
            },
        )


def test_a_party_ratifies_once_and_a_person_for_one_party_only(rows: Rows) -> None:
    version = _proposed(rows)
    _ratify(rows, version, "TH", "TH-MFA", "steward-th", kind="PROPOSED")
    with pytest.raises(psycopg.errors.UniqueViolation):
        _ratify(rows, version, "TH", "TH-MFA", "another")
    for subject, agency in (("steward-th", "KH-MFAIC"), ("another", "TH-MFA")):
        with pytest.raises(psycopg.DatabaseError) as refusal:
            _ratify(rows, version, "KH", agency, subject)
        assert refusal.value.sqlstate == "SP005"
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        _ratify(rows, version, "ASEAN", "KH-MFAIC", "x", kind="BOUND_BY_SIGNATURE")
    with pytest.raises(psycopg.DatabaseError) as refusal:
        _ratify(rows, version, "KH", "KH-MFAIC", "steward-kh", content_hash="1" * 64)
    assert refusal.value.sqlstate == "SP005"
    _ratify(rows, version, "KH", "KH-MFAIC", "steward-kh", content_hash="0" * 64)
    _ratify(rows, version, "VN", "TH-MFA", "steward-th", kind="BOUND_BY_SIGNATURE")


def test_every_change_that_grants_depend_on_is_counted(rows: Rows) -> None:
    seen = _number(rows)
    version = _proposed(rows)
    for change in (
        lambda: _ratify(rows, version, "TH", "TH-MFA", "another"),
        lambda: rows.run("update registry.agency set name = 'x' where code = 'KH-PTC'"),
        lambda: rows.run("update registry.country set has_seat = true where code = 'VN'"),
        lambda: rows.run(
            "insert into registry.agreement_party (agreement_code, party)"
            " values ('TH-KH-2014', 'LA')"
        ),
        lambda: rows.run("delete from registry.agency_unit where agency_code = 'KH-PTC'"),
    ):
        before = _number(rows)
        change()
        assert _number(rows) > before > seen


def test_an_instrument_without_a_protocol_is_no_change_of_policy(rows: Rows) -> None:
    before = _number(rows)
    rows.run("update registry.agreement set state = 'ENDED' where code = 'ACTIP'")
    rows.insert(
        "registry.agreement",
        id=uuid.uuid4(),
        code="TH-KH-1999",
        title="x",
        kind="MOU",
        state="DRAFT",
    )
    rows.run("insert into registry.agreement_party values ('TH-KH-1999', 'TH')")
    assert _number(rows) == before


def test_a_case_is_no_change_of_policy(rows: Rows) -> None:
    before = _number(rows)
    rows.transition(rows.case(), "SCREENED", 0)
    assert _number(rows) == before


def test_there_is_one_version_row(rows: Rows) -> None:
    for single in (True, False):
        with pytest.raises(psycopg.IntegrityError):
            rows.run("insert into policy.version (single, number) values (%s, 1)", single)
