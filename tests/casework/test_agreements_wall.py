"""The second wall before agreements: whatever a statement forgot, parties alone write and read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, LiteralString

import psycopg
import pytest

from service.context import work_for
from tests.casework.desks import House
from tests.casework.instruments import KHMER, TODAY, done, draft, sign
from tests.casework.instruments import TEXT as FIRST

PARTS: tuple[LiteralString, ...] = (
    "agreement_version",
    "negotiation_round",
    "agreement_signature",
)
NEW: LiteralString = (
    "insert into registry.agreement (id, code, title, kind, state) values"
    " (gen_random_uuid(), 'TH-KH-FORGED-2026', 'x', 'MOU', %s)"
)


@pytest.fixture(scope="module")
def code(house: House) -> str:
    """A draft of Thailand and Cambodia with a row in every part of it."""
    made = draft(house, "TH-KH-WALL-2026")
    day = TODAY.isoformat()
    given = {"agreementId": made["id"], "heldOn": day, "outcome": "CONTINUED"}
    done(house, KHMER, "recordNegotiationRound", **given)
    sign(house, KHMER, made["id"], 1, FIRST)
    return "TH-KH-WALL-2026"


@pytest.fixture
def service(house: House) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(house.registry.service) as connection:
        yield connection
        connection.rollback()


@pytest.mark.parametrize(
    ("agency", "country", "seen"),
    [("TH-SHELTER", "TH", 1), ("KH-MFAIC", "KH", 1), ("LA-MOFA", "LA", 0), ("INT-IOM", "", 0)],
)
def test_drafts_and_their_parts_are_behind_it(
    service: psycopg.Connection[Any], code: str, agency: str, country: str, seen: int
) -> None:
    work_for(service, agency, country)
    drafts = service.execute("select 1 from registry.agreement where code = %s", (code,))
    assert len(drafts.fetchall()) == seen
    for table in PARTS:
        text: LiteralString = "select count(*) from registry." + table
        row = service.execute(text + " where agreement_code = %s", (code,)).fetchone()
        assert row == (seen,), table


def test_a_stranger_writes_no_word_and_no_change(
    service: psycopg.Connection[Any], code: str
) -> None:
    work_for(service, "LA-MOFA", "LA")
    changed = service.execute(
        "update registry.agreement set state = 'SIGNED' where code = %s", (code,)
    )
    assert changed.rowcount == 0
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        service.execute(
            "insert into registry.agreement_signature (agreement_code, number, version, step,"
            " party, content_hash, on_day, agency_code, subject, issuer, clause) values"
            " (%s, 9, 1, 'SIGNATURE', 'TH', 'x', current_date, 'LA-MOFA', 'x', 'x', 'x')",
            (code,),
        )


@pytest.mark.parametrize("state", ["SIGNED", "IN_FORCE"])
def test_what_the_service_makes_begins_as_a_draft(
    service: psycopg.Connection[Any], state: str
) -> None:
    work_for(service, "TH-MFA", "TH")
    with pytest.raises(psycopg.DatabaseError) as refusal:
        service.execute(NEW, (state,))
    assert refusal.value.sqlstate == "SP002"


def test_nobody_becomes_a_party_afterwards(service: psycopg.Connection[Any], code: str) -> None:
    work_for(service, "LA-MOFA", "LA")
    with pytest.raises(psycopg.DatabaseError) as refusal:
        service.execute("insert into registry.agreement_party values (%s, 'LA')", (code,))
    assert refusal.value.sqlstate == "SP002"


@pytest.mark.parametrize(
    "text",
    [
        "update registry.agreement_version set content = 'x'",
        "update registry.agreement_signature set party = 'TH'",
        "delete from registry.negotiation_round",
        "update registry.contact_decision set decision = 'x'",
        "update registry.agreement set title = 'x'",
    ],
)
def test_what_was_said_is_not_said_otherwise(
    service: psycopg.Connection[Any], code: str, text: LiteralString
) -> None:
    assert code
    work_for(service, "TH-MFA", "TH")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        service.execute(text)


def test_not_even_the_owner_changes_a_text_or_a_signature(house: House, code: str) -> None:
    for text in (
        "update registry.agreement_version set content = 'x' where agreement_code = %s",
        "delete from registry.agreement_signature where agreement_code = %s",
        "update registry.negotiation_round set remarks = 'x' where agreement_code = %s",
    ):
        with pytest.raises(psycopg.DatabaseError) as refusal:
            house.owner.execute(text, (code,))
        assert refusal.value.sqlstate == "SP002"


def test_a_day_that_is_set_stays(house: House, code: str) -> None:
    text = "update registry.agreement_version set signed_on = %s where agreement_code = %s"
    house.owner.execute(text, (TODAY, code))
    with pytest.raises(psycopg.DatabaseError) as refusal:
        house.owner.execute(text, ("2020-01-01", code))
    assert refusal.value.sqlstate == "SP002"
