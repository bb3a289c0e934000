"""The deny list: what an entry names, what the registry takes, what stands in the ledger."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.caller import Caller
from authz.denials import DenialList, DenialsUnknown, Entry
from authz.strictjwt import Cause
from authz.tokens import TokenRefused, token_hash
from schema.denials import DenialKind
from service import denials
from service.denials import Denial, DenialRefused
from service.operators import Operator, OperatorRefused
from tests.tokens import forge as f

WHO = Operator("KH-MOSVY", "Duty officer")
TOKEN = f.forge(f.claims())
JTI = str(f.claims()["jti"])
NAMES: dict[DenialKind, str] = {
    DenialKind.TOKEN: token_hash(f.KH, JTI),
    DenialKind.SUBJECT: "u-4411",
    DenialKind.CLIENT: "mosvy-desk",
    DenialKind.KEY: f.KH_KID,
}


class Changing:
    """A list that can be replaced, or lost."""

    def __init__(self, *entries: Entry) -> None:
        self.now: DenialList | None = DenialList(frozenset(entries))

    def denies(self, caller: Caller, kid: str) -> bool:
        if self.now is None:
            raise DenialsUnknown
        return self.now.denies(caller, kid)


@pytest.mark.parametrize("kind", list(DenialKind))
def test_j12_a_kept_token_ends_with_an_entry_and_comes_back_without(kind: DenialKind) -> None:
    listed = Changing()
    verifier = f.verifier(denials=listed)
    verifier.verify(TOKEN)
    listed.now = DenialList(frozenset({(kind, f.KH, NAMES[kind])}))
    for _ in range(2):
        with pytest.raises(TokenRefused) as refused:
            verifier.verify(TOKEN)
        assert refused.value.cause is Cause.DENIED
    listed.now = DenialList(frozenset())
    assert verifier.verify(TOKEN).subject == "u-4411"


@pytest.mark.parametrize("kind", list(DenialKind))
def test_an_entry_stands_under_its_issuer_and_its_kind(kind: DenialKind) -> None:
    """Another issuer's subject of the same name is another person."""
    others = [k for k in DenialKind if k is not kind]
    listed = Changing(
        (kind, f.TH, NAMES[kind]),
        *((other, f.KH, NAMES[kind]) for other in others),
        (kind, f.KH, NAMES[kind].upper() + " "),
    )
    assert f.verifier(denials=listed).verify(TOKEN).subject == "u-4411"


def test_a_token_is_named_by_issuer_and_jti_not_by_its_text() -> None:
    listed = Changing((DenialKind.TOKEN, f.KH, token_hash(f.KH, JTI)))
    with pytest.raises(TokenRefused):
        f.verifier(denials=listed).verify(f.other_s(TOKEN))


def test_an_unknown_list_lets_nobody_in_and_says_so_of_good_tokens_alone() -> None:
    listed = Changing()
    verifier = f.verifier(denials=listed)
    verifier.verify(TOKEN)
    listed.now = None
    for token in (TOKEN, f.forge(f.claims(jti="never seen"))):
        with pytest.raises(DenialsUnknown):
            verifier.verify(token)
    for bad in ("x.y.z", f.forge(f.claims(), key=f.STRANGER), f.forge(f.claims(exp=f.NOW - 99))):
        with pytest.raises(TokenRefused):
            verifier.verify(bad)


ENTRIES = st.tuples(
    st.sampled_from(list(DenialKind)),
    st.sampled_from([f.KH, f.TH]),
    st.sampled_from([*NAMES.values(), "other"]),
)


@given(st.frozensets(ENTRIES, max_size=8))
def test_a_token_is_refused_iff_an_entry_names_it(entries: frozenset[Entry]) -> None:
    named = {(kind, f.KH, value) for kind, value in NAMES.items()}
    listed = Changing(*entries)
    try:
        f.verifier(denials=listed).verify(TOKEN)
    except TokenRefused:
        assert entries & named
    else:
        assert not entries & named


_ADD = (
    "insert into policy.denial (id, kind, issuer, value, reason, agency_code, subject)"
    " values (gen_random_uuid(), 'KEY', 'a', 'b', 'ccc', 'KH-MOSVY', 'd')"
)


@pytest.fixture
def owner(owner_dsn: str) -> Iterator[psycopg.Connection[Any]]:
    """The registry's owner, in a transaction that is always taken back."""
    with psycopg.connect(owner_dsn) as connection:
        yield connection
        connection.rollback()


def subject(**changes: Any) -> Denial:
    return replace(Denial(DenialKind.SUBJECT, f.KH, "u-4411", "telephone lost"), **changes)


def listed(owner: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    """The entries of this transaction."""
    begun = owner.execute("select now()").fetchone()
    assert begun is not None
    return [row for row in denials.listed(owner) if row["at"] >= begun[0]]


def acts(owner: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    rows = owner.execute(
        "select l.body, l.pair, a.kind, a.agency, a.subject, a.roles from ledger.access_leaf l"
        " join ledger.access_record a on a.id = l.record_id"
        " where a.roles = '{OPERATOR}' and a.at >= now() order by l.seq"
    ).fetchall()
    found = []
    for body, pair, kind, agency, person, roles in rows:
        line = json.loads(body)
        assert (line["pair"], line["kind"]) == (pair, kind)
        assert (line["caller"]["agency"], line["caller"]["subject"]) == (agency, person)
        assert line["caller"]["roles"] == roles
        found.append(line)
    return found


def test_an_entry_and_its_removal_are_rows_and_leaves(owner: psycopg.Connection[Any]) -> None:
    made = denials.add(owner, subject(), WHO, frozenset({"KH-MOSVY", "TH-DATIP"}))
    assert denials.in_force(owner).entries == {(DenialKind.SUBJECT, f.KH, "u-4411")}
    denials.remove(owner, uuid.UUID(made), "telephone found", Operator("TH-DATIP", "Another"))
    assert denials.in_force(owner).entries == frozenset()
    (row,) = [row for row in listed(owner) if row["id"] == made]
    assert (row["reason"], row["by"], row["agency"]) == (
        "telephone lost",
        *("Duty officer", "KH-MOSVY"),
    )
    assert (row["removed_reason"], row["removed_by"]) == ("telephone found", "Another")
    assert row["open"] is False
    added, removed = acts(owner)
    assert (added["act"]["from"], added["act"]["to"]) == ("", "DENIED SUBJECT")
    assert (removed["act"]["from"], removed["act"]["to"]) == ("DENIED SUBJECT", "REMOVED")
    assert {line["act"]["subject"] for line in (added, removed)} == {made}
    assert (added["pair"], removed["pair"]) == ("KH-TH", "TH")
    assert added["protocols"] == []


def test_a_leaf_proves_the_entry_and_does_not_name_whom_it_denies(
    owner: psycopg.Connection[Any],
) -> None:
    made = denials.add(owner, subject(value="somchai@police.example"), WHO)
    (line,) = acts(owner)
    assert "somchai" not in json.dumps(line)
    (row,) = [row for row in listed(owner) if row["id"] == made]
    content = {
        "from": row["from_at"].astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "id": made,
        "issuer": f.KH,
        "kind": "SUBJECT",
        "reason": "telephone lost",
        "until": "",
        "value": "somchai@police.example",
    }
    canonical = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    assert line["act"]["contentHash"] == hashlib.sha256(canonical).hexdigest()


def test_an_entry_that_cannot_be_recorded_is_not_made(
    owner: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise psycopg.errors.DiskFull

    monkeypatch.setattr(denials, "put_on_record", full)
    with pytest.raises(psycopg.errors.DiskFull), owner.transaction():
        denials.add(owner, subject(), WHO)
    assert listed(owner) == []


def test_an_entry_for_a_token_ends_by_itself(owner: psycopg.Connection[Any]) -> None:
    denials.add(owner, Denial(DenialKind.TOKEN, f.KH, NAMES[DenialKind.TOKEN], "seen"), WHO)
    (row,) = listed(owner)
    assert row["until_at"] - row["from_at"] == denials.LONGEST_TOKEN
    assert dt.timedelta(days=1, seconds=120) <= denials.LONGEST_TOKEN


def test_times_bound_an_entry(owner: psycopg.Connection[Any]) -> None:
    now = dt.datetime.now(dt.UTC)
    hour = dt.timedelta(hours=1)
    denials.add(owner, subject(value="to come", from_at=now + hour), WHO)
    denials.add(owner, subject(value="now", until_at=now + hour), WHO)
    denials.add(owner, subject(value="since", from_at=now - hour), WHO)
    values = {value for _, _, value in denials.in_force(owner).entries}
    assert values == {"now", "since"}
    assert all(row["open"] for row in listed(owner))


@pytest.mark.parametrize(
    ("entry", "who", "words"),
    [
        (subject(value=""), WHO, "no token could name this"),
        (subject(value="a\nb"), WHO, "no token could name this"),
        (subject(value="u" * 257), WHO, "no token could name this"),
        (subject(reason="x"), WHO, "a reason has 3 to 500"),
        (subject(reason="a\nb lines"), WHO, "a reason has 3 to 500"),
        (subject(reason="r" * 501), WHO, "a reason has 3 to 500"),
        (subject(), Operator("KH-NONE", "A"), "knows no agency of this code"),
        (subject(), Operator("KH-MOSVY", ""), "name the person"),
        (subject(until_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)), WHO, "ended before it began"),
    ],
)
def test_what_is_refused(
    owner: psycopg.Connection[Any], entry: Denial, who: Operator, words: str
) -> None:
    with pytest.raises(OperatorRefused, match=words):
        denials.add(owner, entry, who)
    assert listed(owner) == []
    assert acts(owner) == []


def test_removals_of_nothing_and_twice(owner: psycopg.Connection[Any]) -> None:
    with pytest.raises(DenialRefused, match="no entry of this id"):
        denials.remove(owner, uuid.uuid4(), "of a test", WHO)
    made = uuid.UUID(denials.add(owner, subject(), WHO))
    denials.remove(owner, made, "of a test", WHO)
    with pytest.raises(DenialRefused, match="taken back already"):
        denials.remove(owner, made, "of a test", WHO)
    assert len(acts(owner)) == 2


def test_rows_are_only_added(owner: psycopg.Connection[Any]) -> None:
    made = denials.add(owner, subject(), WHO)
    denials.remove(owner, uuid.UUID(made), "of a test", WHO)
    for table in ("denial", "denial_removal"):
        for statement in (
            f"update policy.{table} set reason = 'none'",
            f"delete from policy.{table}",
        ):
            with pytest.raises(psycopg.DatabaseError, match="only added"), owner.transaction():
                owner.execute(statement.encode())


def test_the_service_reads_what_an_entry_names_and_nothing_else(service_dsn: str) -> None:
    with psycopg.connect(service_dsn, autocommit=True) as service:
        assert denials.in_force(service).entries == frozenset()
        for statement in (
            "select reason from policy.denial",
            "select agency_code, subject from policy.denial",
            "select * from policy.denial",
            "select reason from policy.denial_removal",
            _ADD,
            "insert into policy.denial_removal (denial_id) values (gen_random_uuid())",
            "update policy.denial set value = 'x'",
            "delete from policy.denial",
            "truncate policy.denial",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                service.execute(statement.encode())


@pytest.mark.parametrize(
    ("column", "value"),
    [("kind", "PERSON"), ("issuer", ""), ("value", ""), ("reason", "x"), ("value", "\ue000")],
)
def test_the_database_holds_to_the_form_too(
    owner: psycopg.Connection[Any], column: str, value: str
) -> None:
    row = {"kind": "KEY", "issuer": "a", "value": "b", "reason": "ccc"} | {column: value}
    with pytest.raises(psycopg.errors.CheckViolation):
        owner.execute(
            "insert into policy.denial (id, kind, issuer, value, reason, agency_code, subject)"
            " values (gen_random_uuid(), %(kind)s, %(issuer)s, %(value)s, %(reason)s,"
            " 'KH-MOSVY', 'd')",
            row,
        )
