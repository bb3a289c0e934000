"""Who may export: by tokens as they are, at the moment they are used."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from authz.issuers import load_issuers
from authz.reasons import DenialReason
from schema import reference
from schema.denials import DenialKind
from service.denials import Denial, add, remove
from service.devissuer import ISSUER, DevelopmentIssuer, ensure_development_issuer
from service.ledger.exporting.judging import Judge, NotPermitted, TokenHolder, Who
from service.ledger.exporting.sitting import Asked
from service.operators import Operator
from tests.exporting.exports import Ground, export_as, manifest
from tests.tracing.house import AUDITORS, HOLDER

TH = AUDITORS["TH"]


@contextmanager
def judging(ground: Ground, who: Who, purpose: str | None = None) -> Iterator[Judge]:
    dsn = ground.as_role("saphan_service")
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield Judge(who, purpose, dsn, connection)


@pytest.fixture
def issuer(tmp_path: Path) -> DevelopmentIssuer:
    known = frozenset(agency.code for agency in reference.agencies())
    return ensure_development_issuer(tmp_path / "issuer", known)


def holder(issuer: DevelopmentIssuer, token: str) -> TokenHolder:
    return TokenHolder(token, lambda _: load_issuers(issuer.issuers_path))


def test_an_auditor_opens_what_her_law_says(shared_ground: Ground) -> None:
    with judging(shared_ground, lambda _: TH) as judge:
        ruling = judge.rule()
    assert ruling.scope_text == ("own_actor", "own_country_case")
    assert [clause.split("@")[0] for clause in ruling.clauses] == ["TH-LAW"]


@pytest.mark.parametrize(
    ("who", "purpose", "said", "reason"),
    [
        (replace(TH, cases=("a",)), None, "narrowed to cases", DenialReason.CLASS),
        (replace(TH, cases=()), None, "narrowed to cases", DenialReason.CLASS),
        (replace(TH, purposes=("TRACING",)), None, "no clause in force", DenialReason.PURPOSE),
        (replace(TH, roles=("STATISTICIAN",)), None, "no clause in force", DenialReason.CLASS),
        (replace(TH, agency="INT-IOM", country=""), None, "no clause in force", DenialReason.CLASS),
        (HOLDER, None, "", None),
        (TH, "TRACING", "does not allow this purpose", None),
        (replace(TH, purposes=("AUDIT", "TRACING")), None, "state a purpose", None),
        (replace(TH, purposes=()), None, "state a purpose", None),
    ],
)
def test_everybody_else_is_told_why_not(
    shared_ground: Ground, who: object, purpose: str | None, said: str, reason: DenialReason | None
) -> None:
    with (
        judging(shared_ground, lambda _: who, purpose) as judge,  # type: ignore[arg-type,return-value]
        pytest.raises(NotPermitted) as caught,
    ):
        judge.rule()
    assert said in str(caught.value)
    assert reason is None or caught.value.reason is reason


def test_a_token_is_believed_as_long_as_it_is_good(
    ground: Ground, issuer: DevelopmentIssuer, tmp_path: Path
) -> None:
    ground.fill(400)
    who = holder(issuer, issuer.mint("TH-AUDIT", ("AUDITOR",), ("AUDIT",), subject="an auditor"))
    operator = Operator("TH-DATIP", "an operator")
    entries: list[str] = []

    def deny(what: str, done: int, of: int) -> None:
        if done == 200 and not entries:
            denial = Denial(DenialKind.SUBJECT, ISSUER, "an auditor", "left the office")
            entries.append(add(ground.house.owner, denial, operator))

    asked = Asked(tmp_path / "e")
    with pytest.raises(NotPermitted, match="the token is not accepted"):
        export_as(ground.dsn, who, asked, progress=deny, lines=100)
    assert entries
    assert sorted(int(path.stem) for path in (asked.folder / "records").glob("0*")) == [0, 100]
    remove(ground.house.owner, uuid.UUID(entries[0]), "came back", operator)
    # another token of the same person goes on
    again = holder(issuer, issuer.mint("TH-AUDIT", ("AUDITOR",), ("AUDIT",), subject="an auditor"))
    export_as(ground.dsn, again, asked, lines=100)
    assert manifest(asked.folder)["complete"] is True


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "x" * 20_000])
def test_what_is_no_token_is_nobody(
    shared_ground: Ground, issuer: DevelopmentIssuer, token: str
) -> None:
    with (
        judging(shared_ground, holder(issuer, token)) as judge,
        pytest.raises(NotPermitted) as caught,
    ):
        judge.rule()
    assert caught.value.caller is None
