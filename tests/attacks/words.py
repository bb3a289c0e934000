"""The words of the list of attacks as assertions: 401, VOID, DENY, INERT, DRY, TWIN.

Each takes answers or a house and raises AssertionError where the word does not hold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import sql

from tests.attacks.houses import Answer, Desk, House
from tests.attacks.world import found_in

BODY_401: Final = (
    '{"errors":[{"message":"a valid access token is required",'
    '"extensions":{"code":"UNAUTHENTICATED"}}]}'
)
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_CURSORS: Final = frozenset({"cursor", "startCursor", "endCursor"})
_OF_EACH: Final = frozenset({"date", "content-length"})
_SCHEMAS: Final = ("registry", "history", "policy")


def assert_401(answer: Answer) -> None:
    """The one refusal of every caller who has not proved who it is."""
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.text == BODY_401


def masked(answer: Answer, *, ids: bool) -> tuple[int, dict[str, str], Any]:
    """Status, header fields and body, times hidden; every id too, or only that of the record.

    A cursor is ciphertext: its length stays, since that is what it could tell.
    """
    body = answer.json
    if not ids and "accessRecord" in body.get("extensions", {}):
        body["extensions"]["accessRecord"] = "<record>"
    text = _TIME.sub("<time>", json.dumps(_without_cursors(body), ensure_ascii=False))
    headers = {name: value for name, value in answer.headers.items() if name not in _OF_EACH}
    return answer.status, headers, json.loads(_UUID.sub("<id>", text) if ids else text)


def _without_cursors(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_cursors(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: f"<cursor of {len(each)}>"
        if key in _CURSORS and isinstance(each, str)
        else _without_cursors(each)
        for key, each in value.items()
    }


def assert_void(hidden: Answer, missing: Answer) -> None:
    """What may not be seen is answered as what was never there."""
    assert masked(hidden, ids=True) == masked(missing, ids=True)
    lengths = [answer.headers.get("content-length") for answer in (hidden, missing)]
    assert lengths[0] == lengths[1]


def assert_twins(one: Answer, other: Answer) -> None:
    """Two databases that differ in what the caller may not see give one answer."""
    assert masked(one, ids=False) == masked(other, ids=False)


def assert_denied(
    answer: Answer, field: str, *, whole: bool = True, reason: str | None = None
) -> None:
    """FIELD_NOT_PERMITTED names the field, reason and clauses; `whole`: and there is no data."""
    fault = next(e for e in answer.errors if e["extensions"].get("field") == field)
    told = fault["extensions"]
    assert told["code"] == "FIELD_NOT_PERMITTED"
    assert told["reason"]
    assert reason is None or told["reason"] == reason
    assert isinstance(told["clauses"], list)
    if whole:
        assert answer.data is None
        assert set(answer.codes) == {"FIELD_NOT_PERMITTED"}


def assert_refusal_recorded(house: House, answer: Answer, field: str) -> None:
    """The access record says that the operation was refused for this field, and showed nothing."""
    for leaf in house.leaves(answer.record):
        assert leaf["outcome"] == "REFUSED"
        assert leaf["disclosures"] == []
        assert field in {each["field"] for each in leaf["refusals"]}


def contents(connection: psycopg.Connection[Any]) -> Mapping[str, tuple[int, str]]:
    """Row count and hash of every table of the registry, its history and its law."""
    tables = connection.execute(
        "select schemaname, tablename from pg_tables where schemaname = any(%s) order by 1, 2",
        (list(_SCHEMAS),),
    ).fetchall()
    found = {}
    for schema, table in tables:
        row = connection.execute(
            sql.SQL(
                "select count(*), coalesce(md5(string_agg(t::text, '|' order by t::text)), '')"
                " from {} t"
            ).format(sql.Identifier(schema, table))
        ).fetchone()
        assert row is not None
        found[f"{schema}.{table}"] = (int(row[0]), str(row[1]))
    return found


@contextmanager
def inert(house: House) -> Iterator[None]:
    """No registry row changes while the block runs."""
    with house.connect() as connection:
        before = contents(connection)
        yield
        assert contents(connection) == before


def assert_dry(texts: Iterable[str], allowed: Iterable[str] = ()) -> None:
    """No canary but the allowed ones stands in these texts."""
    for text in texts:
        assert found_in(text) <= set(allowed)


def written_down(house: House) -> dict[str, str]:
    """All that the service and its database wrote beside the registry: log and spans, the server's
    log, the ledger.
    """
    with house.connect() as connection:
        logs = connection.execute(
            "select convert_from(pg_read_binary_file(current_setting('log_directory') || '/' ||"
            " name), 'UTF8') from pg_ls_logdir()"
        ).fetchall()
        ledger = connection.execute(
            "select r::text || coalesce((select string_agg(l::text, ' ') from ledger.access_leaf l"
            " where l.record_id = r.id), '') from ledger.access_record r"
        ).fetchall()
    return {
        "service log and spans": house.said(),
        "database log": "\n".join(text for (text,) in logs),
        "access records": "\n".join(text for (text,) in ledger),
    }


def assert_house_dry(house: House, *, may: Mapping[Desk, Iterable[str]]) -> None:
    """Nothing that was written down holds a canary, and no desk was sent one that it may not see.

    A desk that is not listed may see none.
    """
    for name, text in written_down(house).items():
        assert not found_in(text), name
    for desk in {whose for whose, _ in house.kept}:
        assert house.seen(desk) <= set(may.get(desk, ())), desk
