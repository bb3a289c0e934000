"""The access record cannot be written: the answer is an error and discloses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import LiteralString

import pytest

from tests.durability.evidence import judge, responses
from tests.durability.ground import Ground
from tests.durability.inside import Inside, Sent, inside, run
from tests.durability.people import caught, fresh_name

ANSWERED = ""
REFUSED = "query NAME { victims(filter: {narrative: {isNull: true}}) { totalCount } }"
STATEMENT_SECONDS = 0.5


def raising(sqlstate: LiteralString) -> LiteralString:
    """Says what PostgreSQL's own texts say: the row that it could not write."""
    return f"raise exception 'row is ~alias.000~ %', new using errcode = '{sqlstate}'; return new;"


def failing(table: LiteralString, body: LiteralString) -> tuple[LiteralString, LiteralString]:
    """A trigger that does `body` for each row that is inserted, and its end."""
    return (
        (
            "create function public.fails() returns trigger language plpgsql as"
            f" $$begin {body} end$$;"
            f"create trigger fails before insert on {table} for each row execute function fails()"
        ),
        "drop function public.fails() cascade",
    )


def at_commit(table: LiteralString) -> tuple[LiteralString, LiteralString]:
    """A trigger that fails when everything has been fetched and COMMIT was sent."""
    return (
        (
            "create function public.fails() returns trigger language plpgsql as"
            f" $$begin {raising('23514')} end$$;"
            f"create constraint trigger fails after insert on {table} deferrable initially deferred"
            " for each row execute function fails()"
        ),
        "drop function public.fails() cascade",
    )


RECORD: LiteralString = "ledger.access_record"
LEAF: LiteralString = "ledger.access_leaf"
SLEEP: LiteralString = "perform pg_sleep(30); return new;"
NOT: LiteralString = "return null;"
READ_ONLY: tuple[LiteralString, LiteralString, str] = (
    "alter role saphan_service set default_transaction_read_only = on",
    "alter role saphan_service reset default_transaction_read_only",
    "UNAVAILABLE",
)
WAYS: dict[str, tuple[LiteralString, LiteralString, str]] = {
    "no right to the record": (
        f"revoke insert on {RECORD} from saphan_service",
        f"grant insert on {RECORD} to saphan_service",
        "INTERNAL",
    ),
    "no right to the leaf": (
        f"revoke insert on {LEAF} from saphan_service",
        f"grant insert on {LEAF} to saphan_service",
        "INTERNAL",
    ),
    "a ledger that is not there": (
        f"alter table {LEAF} rename to elsewhere",
        "alter table ledger.elsewhere rename to access_leaf",
        "INTERNAL",
    ),
    "a disk that is full": (*failing(RECORD, raising("53100")), "UNAVAILABLE"),
    "a disk that is full for the leaf": (*failing(LEAF, raising("53100")), "UNAVAILABLE"),
    "a disk that fails": (*failing(LEAF, raising("58030")), "UNAVAILABLE"),
    "a record that is refused": (*failing(RECORD, raising("23514")), "INTERNAL"),
    "a record that takes too long": (*failing(RECORD, SLEEP), "TIMEOUT"),
    "a leaf that takes too long": (*failing(LEAF, SLEEP), "TIMEOUT"),
    "a record refused at the commit": (*at_commit(RECORD), "INTERNAL"),
    "a leaf refused at the commit": (*at_commit(LEAF), "INTERNAL"),
    "a record that vanishes": (*failing(RECORD, NOT), "INTERNAL"),
    "a leaf that vanishes": (*failing(LEAF, NOT), "INTERNAL"),
}


@contextmanager
def broken(ground: Ground, way: tuple[LiteralString, LiteralString, str]) -> Iterator[str]:
    """The ledger cannot be written in this way; the code of the error."""
    do, undo, code = way
    ground.run(do)
    try:
        yield code
    finally:
        ground.run(undo)


async def ask(inner: Inside, query: str) -> Sent:
    """The whole question, or another under a name of its own."""
    sent = Sent(fresh_name())
    return await inner.ask(sent, query.replace("NAME", sent.name))


@pytest.mark.parametrize("query", [ANSWERED, REFUSED], ids=["answer", "refusal"])
@pytest.mark.parametrize("way", WAYS)
def test_without_a_record_there_is_no_answer(
    ground: Ground, capfd: pytest.CaptureFixture[str], way: str, query: str
) -> None:
    """Neither on a connection that has done it before nor on a new one."""

    async def before_and_after() -> tuple[str, Sent, Sent, Sent, Sent]:
        async with inside(ground.service, statement_seconds=STATEMENT_SECONDS) as inner:
            before = await ask(inner, query)
            with broken(ground, WAYS[way]) as code:
                known, fresh = await ask(inner, query), await ask(inner, query)
            return code, before, known, fresh, await ask(inner, query)

    code, before, *failed, after = run(before_and_after())
    assert (before.status, after.status) == (200, 200)
    assert set(ground.written([before.name, after.name])) == {before.name, after.name}
    verdict = judge([sent.receipt for sent in failed], ground, codes=[code])
    assert (verdict.offences, verdict.refused) == ([], 2)
    assert not ground.written(sent.name for sent in failed)
    said = capfd.readouterr()
    assert "~" not in said.out + said.err


def test_a_ledger_that_is_read_only_takes_no_record(ground: Ground) -> None:
    """What a standby or a role's setting does; new connections meet it."""

    async def once() -> Sent:
        async with inside(ground.service) as inner:
            return await ask(inner, ANSWERED)

    with broken(ground, READ_ONLY) as code:
        sent = run(once())
    verdict = judge([sent.receipt], ground, codes=[code])
    assert (verdict.offences, verdict.refused) == ([], 1)
    assert run(once()).status == 200


def test_an_answer_with_nothing_protected_needs_no_record(ground: Ground) -> None:
    """Where nothing has to be recorded, a ledger that cannot be written keeps nobody waiting."""

    async def once() -> Sent:
        async with inside(ground.service) as inner:
            return await ask(inner, "{ me { agency } agreements(first: 1) { totalCount } }")

    with broken(ground, WAYS["a record that is refused"]):
        sent = run(once())
    (response,) = responses(sent.raw)
    assert response.status == 200
    assert b'"agency":"KH-MOSVY"' in response.body
    assert b"accessRecord" not in response.body
    assert not caught(response.body, ground.people)
