"""Properties: fewer grants never show more, what no grant carries never leaves the database, and
what is answered is what is recorded; over random grants and random documents.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import fields, replace
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, note, settings
from hypothesis import strategies as st

from authz.grants import Grant
from authz.profile import Policy
from resolvers.policies import load
from schema.catalog import Kind, catalog
from schema.classes import DataClass
from tests.compiler.asking import disclosed, narrowed_of, shown_in, statement_of
from tests.compiler.random_documents import ROOTS, documents
from tests.compiler.registry import Registry, add_case, caller
from tests.golden.doors import nodes_in

QUERIES = (
    """{ victims(first: 20) { edges { node { id familyName gender birthDate phone narrative
       exploitationTypes careNeeds diagnosis
       returnCases(first: 3) { edges { node { id state shelterName legalHold plan } } } } } } }""",
    """{ returnCases(first: 20, orderBy: [{field: STATE}]) { edges { node { id state origin
       handoverPlace victim { id familyName narrative alias }
       consents(first: 3) { edges { node { id purpose state } } } } } } }""",
)
CALLERS = (
    caller("KH-MOSVY", "FOCAL_POINT"),
    caller("TH-DATIP", "FOCAL_POINT"),
    caller("LA-MLSW", "FOCAL_POINT", "TRACING_OFFICER"),
    caller("KH-DAHTJP", "INVESTIGATOR", purposes=("PROSECUTION",)),
)
PLAIN = re.compile(r"\{t\}\.(\w+)")


class Quiet(Policy):
    """A policy whose text is short: hypothesis prints what it was given."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Policy({self.version})"


@pytest.fixture(scope="module")
def policy(registry: Registry) -> Policy:
    with psycopg.connect(registry.owner) as connection:
        for number, state in enumerate(("IDENTIFIED", "NOTIFIED", "TRACING", "RETURN_PLANNED")):
            add_case(connection, "KH", state, f"K{number}", age=15 + 5 * number)
            add_case(connection, "LA", state, f"L{number}", age=15 + 5 * number)
    found = asyncio.run(load(registry.service))
    return Quiet(**{each.name: getattr(found, each.name) for each in fields(found)})


@pytest.fixture(scope="module")
def ids(registry: Registry, policy: Policy) -> list[str]:
    """Every id that a document may ask for, and one that nobody has."""
    with psycopg.connect(registry.owner) as connection:
        rows = connection.execute(
            "select id from registry.victim union all select id from registry.return_case"
            " union all (select id from registry.agreement order by code limit 4) order by 1"
        ).fetchall()
    return [*(str(row[0]) for row in rows), "00000000-0000-4000-8000-000000000000"]


slow = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
    ],
)
callers = st.sampled_from(CALLERS)


def _grants(policy: Policy, data: Any) -> tuple[list[Grant], list[Grant]]:
    """Some grants, and some of these: whole ones left out, others with fewer classes."""
    wide = data.draw(st.lists(st.sampled_from(policy.grants), unique_by=id, max_size=80))
    narrow = []
    for grant in wide:
        if data.draw(st.booleans()):
            kept = data.draw(st.sets(st.sampled_from(sorted(grant.classes))))
            narrow.append(replace(grant, classes=frozenset(kept) or grant.classes))
    return wide, narrow


@slow
@given(data=st.data(), who=callers)
def test_fewer_grants_never_show_more(
    registry: Registry, policy: Policy, ids: list[str], data: Any, who: Any
) -> None:
    query = data.draw(st.one_of(st.sampled_from(QUERIES), documents(ids, negative=False)))
    wide, narrow = _grants(policy, data)
    note(query)

    async def both() -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
        more, _ = await disclosed(registry, replace(policy, grants=tuple(wide)), query, who)
        less, _ = await disclosed(registry, replace(policy, grants=tuple(narrow)), query, who)
        return more, less

    if narrowed_of(replace(policy, grants=tuple(narrow)), query, who).whole:
        return
    more, less = asyncio.run(both())
    assert {record for record, _ in less} <= {record for record, _ in more}
    # a record of which nothing else is shown stands with its id, which is no field gained
    assert {pair for pair in less if not pair[1].endswith(".id")} <= more


@slow
@given(data=st.data(), who=callers)
def test_what_is_answered_is_what_is_recorded(
    registry: Registry, policy: Policy, ids: list[str], data: Any, who: Any
) -> None:
    query = data.draw(documents(ids))
    note(query)
    narrowed = narrowed_of(policy, query, who)
    if narrowed.whole:
        return
    recorded, answer = asyncio.run(disclosed(registry, policy, query, who))
    nodes = list(nodes_in(narrowed.plan, answer))
    shown = {pair for row, value in nodes for pair in shown_in(row, value)}
    assert shown <= recorded
    selected = {
        (value["id"], f"{row.entity.name}.{out.source.name}")
        for row, value in nodes
        for out in row.outputs
        if hasattr(out, "source")
    } | {(value["id"], f"{row.entity.name}.id") for row, value in nodes}
    assert recorded <= selected


def _sealed_columns() -> dict[tuple[str, str], set[DataClass]]:
    """(table, column) that stand in one plain field each and that no predicate reads."""
    read = {
        "birth_latest",
        "age_disputed",
        "home_province",
        "best_interests_decision",
        "recipients",
    }
    found: dict[tuple[str, str], set[DataClass]] = {}
    for name in ROOTS[:2]:
        entity = catalog().entities[name]
        for source in entity.fields.values():
            match = PLAIN.fullmatch(source.sql)
            if source.kind is Kind.VALUE and match and source.data_class is not None:
                found.setdefault((entity.table, match[1]), set()).add(source.data_class)
    return {
        key: classes
        for key, classes in found.items()
        if key[1] not in read and all(c.sensitivity.level >= 3 for c in classes)
    }


@slow
@example(data=None, who=CALLERS[0], query=QUERIES[0])
@given(data=st.data(), who=callers, query=st.one_of(st.sampled_from(QUERIES), documents()))
def test_a_column_that_no_grant_carries_stands_unguarded_nowhere(
    policy: Policy, data: Any, who: Any, query: str
) -> None:
    kept = data.draw(st.sets(st.sampled_from(sorted(DataClass)), max_size=6)) if data else set()
    grants = tuple(replace(g, classes=g.classes & kept) for g in policy.grants)
    narrowed = replace(policy, grants=grants)
    if narrowed_of(narrowed, query, who).whole:
        return
    sql = statement_of(narrowed, query, who).sql
    for (_, column), classes in _sealed_columns().items():
        places = re.findall(rf"(\S+(?: \(select)?) \w+\.{column}\b", sql)
        assert places == [] or classes & kept, column
        # whatever stands in a target list, a filter or an order stands behind its class's state;
        # what was frozen is looked up there
        assert set(places) <= {"then", "then (select"}, column


def test_the_text_is_the_same_each_time(policy: Policy) -> None:
    for who in CALLERS:
        for query in QUERIES:
            assert statement_of(policy, query, who).sql == statement_of(policy, query, who).sql


def test_random_documents_reach_every_corner() -> None:
    """The strategy is no smaller than it says: over many draws each construct comes up."""
    wanted = {"filter:", "orderBy:", "...", "@skip", "@include", "node(", "_entities", "withheld"}
    wanted |= {"totalCount", "endCursor", "not:", "or:", "isNull", "fragment ", "edges"}
    seen: set[str] = set()

    @settings(
        max_examples=300, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(documents(["00000000-0000-4000-8000-000000000000"]))
    def look(query: str) -> None:
        seen.update(word for word in wanted if word in query)

    look()
    assert seen == wanted
