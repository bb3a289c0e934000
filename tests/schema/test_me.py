"""`me`: answered from Python objects, without a statement."""

from __future__ import annotations

import pytest
from graphql import GraphQLSchema, execute_sync, parse

from schema.classes import DataClass
from schema.sdl import graphql_schema
from schema.types.me import Me, MeGrant


@pytest.fixture(scope="module")
def core() -> GraphQLSchema:
    return graphql_schema()


def test_me_is_answered_from_python_objects(core: GraphQLSchema) -> None:
    class Root:
        me = Me(
            agency="KH-MOSVY",
            country="KH",
            unit=None,
            roles=["FOCAL_POINT"],
            purposes=["TRACING"],
            grants=[
                MeGrant(
                    clause="TH-KH-2014@3#art. 9(2)",
                    agreement="TH-KH-2014",
                    entity="Victim",
                    classes=[DataClass.IDENTITY],
                    purposes=["TRACING"],
                    conditions=["lodged_under"],
                    operations=[],
                    until=None,
                    sentence="May read identity while tracing.",
                )
            ],
        )

    asked = parse("{ me { agency unit grants { clause classes until } } }")
    answer = execute_sync(core, asked, root_value=Root())
    assert answer.errors is None
    assert answer.data == {
        "me": {
            "agency": "KH-MOSVY",
            "unit": None,
            "grants": [
                {"clause": "TH-KH-2014@3#art. 9(2)", "classes": ["IDENTITY"], "until": None}
            ],
        }
    }
