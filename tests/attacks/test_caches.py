"""Section 6, what is kept between requests: warm is as cold, keys never meet, nothing grows."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator

import psycopg
import pytest

from authz.tokens import CACHE_SIZE as KEPT_TOKENS
from resolvers import wire
from resolvers.cursors import bound_to
from resolvers.documents import CACHE_SIZE as KEPT_DOCUMENTS
from resolvers.engine import Engine, EngineSettings, Request
from schema.catalog import catalog
from schema.sdl import graphql_schema
from service.devissuer import DevelopmentIssuer
from tests.attacks.conftest import Opened
from tests.attacks.houses import AUDITOR, KH, LAO, PROVINCE, SHELTER, Desk, House, house_of
from tests.attacks.words import assert_house_dry, assert_twins
from tests.attacks.world import OF_DESK, PEOPLE, canary
from tests.compiler.registry import caller, state_consent
from tests.durability.nursery import Nursery
from tests.law.texts import enact, next_version, text_of

AGREED = "TH-KH-2014"
DESKS = (
    KH,
    Desk("KH-MOSVY", ("FOCAL_POINT", "COORDINATOR")),
    Desk("KH-MOSVY", ("COORDINATOR",)),
    Desk("KH-MOSVY", purpose="RETURN"),
    Desk("KH-MOSVY", cases=()),
    Desk("KH-MOSVY", cases=(PEOPLE["shown"].case,)),
    PROVINCE,
    Desk("KH-POSVY", ("TRACING_OFFICER",), unit="Kandal"),
    Desk("KH-POSVY", ("TRACING_OFFICER",)),
    LAO,
    SHELTER,
    AUDITOR,
)
DOCUMENTS = (
    "{ victims(first: 50) { totalCount edges { node { id gender familyName withheld { reason"
    " clause } } } } }",
    "{ returnCases(first: 50) { edges { node { id state legalHold } } } me { grants { clause } } }",
)
MAY = dict.fromkeys(DESKS, OF_DESK) | {
    LAO: {canary("victim", "family_name", "lao")},
    SHELTER: set[str](),
}


@pytest.fixture(scope="module")
def cold(house: House, brood: Nursery, issuer: DevelopmentIssuer) -> Iterator[House]:
    """A second process over the same database, which is asked after the first only."""
    with house_of(house.owner, brood, issuer) as made:
        yield made
        for each in (house, made):
            assert_house_dry(each, may=MAY)


def warm_is_cold(warm: House, cold: House) -> None:
    """The first process asked in turn by all; then both, in the other order."""
    for desk in DESKS:
        for document in DOCUMENTS:
            warm.ask(document, desk)
    for desk in reversed(DESKS):
        for document in DOCUMENTS:
            assert_twins(warm.ask(document, desk), cold.ask(document, desk))


def test_K01_a_warm_plan_serves_nobody_else(house: House, cold: House) -> None:
    """Same agency with another role, another purpose, another unit, narrowed to cases."""
    warm_is_cold(house, cold)
    names = DOCUMENTS[0]
    whole = house.ask(names, KH).data
    assert house.ask(names, DESKS[2]).data["victims"]["edges"] == []
    assert house.ask(names, DESKS[4]).data["victims"]["totalCount"] == 0
    assert house.ask(names, DESKS[5]).data["victims"]["totalCount"] == 1
    assert house.ask(names, KH).data == whole


def test_K01_a_law_and_its_end_bite_on_warm_plans_at_the_next_request(
    house: House, cold: House
) -> None:
    names = DOCUMENTS[0]

    def shown(each: House) -> int:
        edges = each.ask(names).data["victims"]["edges"]
        return sum(edge["node"]["familyName"] is not None for edge in edges)

    assert shown(house) == shown(cold) == 2
    poorer = text_of(AGREED, next_version(AGREED)).replace('"IDENTITY", ', "")
    with psycopg.connect(house.owner) as connection:
        enact(connection, poorer, "TH")
    assert (shown(house), shown(cold)) == (0, 0)
    with psycopg.connect(house.owner) as connection:
        enact(connection, text_of(AGREED, next_version(AGREED) + 1), "TH")
    assert (shown(cold), shown(house)) == (2, 2)
    at = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
    with house.connect() as connection:
        state_consent(connection, PEOPLE["twice"].case, "TRACING", "WITHDRAWN", [], at)
    assert (shown(house), shown(cold)) == (1, 1)
    # suspended: the version that was ratified last ends now, and none takes its place
    with house.connect() as connection:
        connection.execute(
            "insert into policy.ending (version_id, party, agency, subject, until_at)"
            " select id, 'KH', 'KH-MFAIC', 'x', clock_timestamp() from policy.protocol_version"
            " where agreement_code = %s",
            (AGREED,),
        )
    for each in (house, cold):
        assert each.ask(names).data["victims"]["edges"] == []


def test_K02_two_inputs_never_have_one_key(opened: Opened) -> None:
    """Callers whose parts read alike once they are joined."""
    names = DOCUMENTS[0]
    with opened() as own:
        whole = own.ask(names)
        assert any(e["node"]["familyName"] for e in whole.data["victims"]["edges"])
        for roles in (
            ("FOCAL_POINT,COORDINATOR",),
            ("FOCAL_POINT COORDINATOR",),
            ("FOCAL", "POINT"),
            ("FOCAL_POINTCOORDINATOR",),
            ("['FOCAL_POINT']",),
        ):
            own.ask(names, Desk("KH-MOSVY", ("FOCAL_POINT", "COORDINATOR")))
            answer = own.ask(names, Desk("KH-MOSVY", roles))
            assert answer.data["victims"]["edges"] == []
        # one text with two operations, each asked under the name of the other
        two = (
            "query A { victims(first: 1) { edges { node { id } } } }"
            " query B { victims(first: 1) { edges { node { familyName } } } }"
        )
        for name in ("A", "B", "A"):
            answer = own.ask(two, operation=name)
            (edge,) = answer.data["victims"]["edges"]
            assert list(edge["node"]) == (["id"] if name == "A" else ["familyName"])
        # one shape of variables with other keys in the filter
        document = "query($f: VictimFilter) { victims(filter: $f) { totalCount } }"
        counts = [
            own.ask(document, f=given).data["victims"]["totalCount"]
            for given in (
                {"isMinor": {"eq": True}},
                {"isMinor": {"eq": False}},
                {"isMinor": {"ne": True}},
                {"stateless": {"eq": True}},
                {"not": {"isMinor": {"eq": True}}},
                {"isMinor": {"isNull": True}},
            )
        ]
        assert counts == [1, 5, 5, 0, 5, 0]


def test_K02_a_cursor_is_bound_by_a_full_hash_of_parts_that_cannot_run_together() -> None:
    who = caller("KH-MOSVY", "A", "B")
    bound = bound_to("Query.victims", ["x"], [], who, "TRACING")
    assert len(bound) == 32
    others = [
        bound_to("Query.victim", ["sx"], [], who, "TRACING"),
        bound_to("Query.victims", [], ["x"], who, "TRACING"),
        bound_to("Query.victims", ["x"], [], caller("KH-MOSVY", "A,B"), "TRACING"),
        bound_to("Query.victims", ["x"], [], caller("KH-MOSVYA", "B"), "TRACING"),
        bound_to("Query.victims", ["x"], [], who, "TRACINGX"),
    ]
    assert len({bound, *others}) == 6


def test_K03_what_a_process_keeps_is_bounded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents, plans, statements and what PostgreSQL keeps prepared, with smaller bounds."""
    assert max(KEPT_DOCUMENTS, KEPT_TOKENS, wire.PREPARED) <= 65_536
    assert wire.PREPARED <= 256
    small, many = 8, 40
    monkeypatch.setattr(wire, "PREPARED", small)

    async def flooded() -> tuple[int, int, int, int]:
        settings = EngineSettings(lambda: house.service, b"k" * 32, connections=1)
        engine = Engine(graphql_schema(), catalog(), settings)
        ready = engine._ready
        ready.documents._size = ready._plans._size = ready._statements._size = small
        await engine.start()
        try:
            for number in range(many):
                query = f"query N{number} {{ a{number}: victims {{ totalCount }} }}"
                who = caller("KH-MOSVY", f"ROLE{number}", "FOCAL_POINT")
                answer = await engine.answer(Request(query, None, {}, who, "TRACING", "t"))
                assert answer.status == 200
            line = await ready.pool.take()
            told = await line.begin("select count(*)::text from pg_prepared_statements", [])
            prepared = int(told.get_value(0, 0) or 0)
            await line.rollback()
            await ready.pool.give(line)
        finally:
            await engine.stop()
        return (
            len(ready.documents._cache),
            len(ready._plans._items),
            len(ready._statements._items),
            prepared,
        )

    assert max(asyncio.run(flooded())) <= small
