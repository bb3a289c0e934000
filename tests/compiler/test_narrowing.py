"""Properties: fewer grants never show more, and what no grant carries never leaves the database."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import fields, replace
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authz.grants import Grant
from authz.profile import Policy
from resolvers.binding import Bound, open_cursors, sealer
from resolvers.documents import Documents
from resolvers.execution import bind_all, disclose
from resolvers.header import header_values
from resolvers.planning import plan_operation
from resolvers.policies import load
from resolvers.rendering import Statement, render
from resolvers.restriction import restrict
from resolvers.wire import Pool
from schema.catalog import catalog
from schema.classes import DataClass
from schema.sdl import graphql_schema
from tests.compiler.registry import Registry, add_case, caller

QUERIES = (
    """{ victims(first: 20) { edges { node { id familyName gender birthDate phone narrative
       exploitationTypes careNeeds diagnosis
       returnCases(first: 3) { edges { node { id state shelterName legalHold plan } } } } } } }""",
    """{ returnCases(first: 20, orderBy: [{field: STATE}]) { edges { node { id state origin
       handoverPlace victim { id familyName narrative alias }
       consents(first: 3) { edges { node { id purpose state } } } } } } }""",
)
COLUMNS = {
    DataClass.IDENTITY: ("family_name", "birth_date", "alias"),
    DataClass.FAMILY: ("phone",),
    DataClass.NARRATIVE: ("narrative",),
    DataClass.MEDICAL: ("diagnosis",),
    DataClass.CARE: ("care_needs",),
    DataClass.SHELTER: ("shelter_name",),
    DataClass.REINTEGRATION: ("reintegration_plan",),
}
CALLERS = (
    caller("KH-MOSVY", "FOCAL_POINT"),
    caller("TH-DATIP", "FOCAL_POINT"),
    caller("LA-MLSW", "FOCAL_POINT", "TRACING_OFFICER"),
    caller("KH-DAHTJP", "INVESTIGATOR", purposes=("PROSECUTION",)),
)


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


def _statement(policy: Policy, query: str, index: int) -> Statement:
    who = CALLERS[index]
    document = Documents(graphql_schema()).get(query)
    (operation,) = document.operations.values()
    plan = plan_operation(graphql_schema(), catalog(), document, operation, {})
    narrowed = restrict(plan, catalog(), policy, who, who.purposes[0])
    return render(narrowed, has_unit=False, has_cases=False)


async def _disclosed(
    registry: Registry, policy: Policy, query: str, index: int
) -> tuple[set[tuple[str, str]], list[Any]]:
    """(record, field) pairs that were recorded as shown, and the roots."""
    who = CALLERS[index]
    statement = _statement(policy, query, index)
    plan = statement.narrowed.plan
    seal = sealer(b"k" * 32)
    bound = Bound(plan, {}, who, who.purposes[0], seal.cursors)
    context = {
        **header_values(
            who, who.purposes[0], "", plan.document_hash, "t", statement.narrowed.searched, []
        ),
        **open_cursors(bound),
        "nonce": "0" * 32,
        "policy_version": policy.version,
        "policy_horizon": policy.horizon,
    }
    pool = Pool(lambda: registry.service, 1, 10_000)
    try:
        params = bind_all(statement.binds, {}, context)
        fetched = await disclose(pool, statement, params, seal.of(statement, bound, "0" * 32))
    finally:
        await pool.close()
    assert fetched.record is not None
    roots = [json.loads(root) for root in fetched.roots if root]
    return registry.disclosed(fetched.record), roots


def _mine(policy: Policy) -> list[Grant]:
    entities = {"Victim", "ReturnCase", "Consent"}
    return [g for g in policy.grants if g.entity in entities]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_fewer_grants_never_show_more(registry: Registry, policy: Policy, data: Any) -> None:
    index = data.draw(st.integers(0, len(CALLERS) - 1))
    query = data.draw(st.sampled_from(QUERIES))
    grants = _mine(policy)
    wide = data.draw(st.lists(st.sampled_from(grants), unique_by=id, max_size=60))
    narrow = [g for g in wide if data.draw(st.booleans())]

    async def both() -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
        more, _ = await _disclosed(registry, replace(policy, grants=tuple(wide)), query, index)
        less, _ = await _disclosed(registry, replace(policy, grants=tuple(narrow)), query, index)
        return more, less

    more, less = asyncio.run(both())
    visible = {record for record, _ in more}
    assert {record for record, _ in less} <= visible
    # a record of which nothing else is shown stands with its id, which is no field gained
    assert {pair for pair in less if not pair[1].endswith(".id")} <= more


@settings(max_examples=60, deadline=None)
@given(
    classes=st.sets(st.sampled_from(sorted(DataClass)), max_size=6),
    index=st.integers(0, len(CALLERS) - 1),
    query=st.sampled_from(QUERIES),
)
def test_a_column_that_no_grant_carries_is_not_in_the_statement(
    policy: Policy, classes: set[DataClass], index: int, query: str
) -> None:
    grants = tuple(replace(g, classes=g.classes & classes) for g in _mine(policy))
    statement = _statement(replace(policy, grants=grants), query, index)
    for data_class, names in COLUMNS.items():
        for name in names:
            places = re.findall(rf"(\S+) \w+\.{name}\b", statement.sql)
            assert places == [] or data_class in classes
            # whatever stands in a target list stands behind the state of its class
            assert set(places) <= {"then"}


def test_the_text_is_the_same_each_time(policy: Policy) -> None:
    for index in range(len(CALLERS)):
        for query in QUERIES:
            assert _statement(policy, query, index).sql == _statement(policy, query, index).sql
