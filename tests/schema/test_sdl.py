"""The built schema and its prints: complete, nullable where it must be, and as checked in."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    ObjectTypeDefinitionNode,
    build_schema,
    execute_sync,
    get_introspection_query,
    get_named_type,
    parse,
    print_ast,
    validate,
    validate_schema,
)

from resolvers import mutating
from resolvers.casework.registered import ACTS
from schema.catalog import Kind, catalog, is_sealed
from schema.classes import DataClass
from schema.codes import DenialReason
from schema.operations import OPERATIONS
from schema.sdl import SDL_FILE, graphql_schema, print_api_sdl, print_sdl
from schema.types.acts.payloads import PAYLOADS
from schema.types.acts.problems import PROBLEM_TYPES
from schema.types.filters import PLAIN
from schema.types.mutation import ACT_FIELDS
from schema.types.names import order_value
from tests.schema.walking import described, object_fields

ROOT = Path(__file__).parents[2]
UNPROTECTED = re.compile(
    "|".join(cls.__name__ for cls in (*PAYLOADS, *PROBLEM_TYPES)) + "|"
    r"Query|Mutation|Subscription|Explanation|PotentialReader|ProtocolVersion|ProtocolPayload|EmergencyPayload|Opened|Problem|Me|MeGrant"
    r"|AccessCheckpoint|CheckpointWitness|PageInfo|Withheld|ClassVersion|\w+(Connection|Edge)|_Service"
    r"|Change|UnacknowledgedWithdrawals|AcknowledgePayload|StatisticsCell"
)


@pytest.fixture(scope="module")
def core() -> GraphQLSchema:
    return graphql_schema()


@pytest.fixture(scope="module")
def api() -> GraphQLSchema:
    return build_schema(print_api_sdl())


def fields_of(core: GraphQLSchema, name: str) -> dict[str, str]:
    kind = core.type_map[name]
    assert isinstance(kind, GraphQLObjectType | GraphQLInputObjectType | GraphQLInterfaceType)
    return {field_name: str(field.type) for field_name, field in kind.fields.items()}


def test_the_schema_is_valid(core: GraphQLSchema) -> None:
    assert validate_schema(core) == []


def test_the_print_is_the_one_checked_in() -> None:
    assert print_sdl() == SDL_FILE.read_text("utf-8"), (
        "the schema has changed: review it, then `saphan schema print > schema/saphan.graphql`"
    )


def test_the_print_is_the_same_in_another_process() -> None:
    printed = subprocess.run(
        [sys.executable, "-c", "import schema.sdl as s; print(s.print_sdl(), end='')"],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "77", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        check=True,
    )
    assert printed.stdout.decode() == print_sdl()


def test_every_word_of_the_schema_has_a_description(core: GraphQLSchema) -> None:
    assert [name for name, description in described(core) if not description] == []


def test_every_word_of_the_printed_api_has_a_description(api: GraphQLSchema) -> None:
    assert [name for name, description in described(api) if not description] == []


def test_gated_fields_are_nullable(core: GraphQLSchema) -> None:
    for entity in catalog().entities.values():
        kind = core.type_map[entity.name]
        assert isinstance(kind, GraphQLObjectType)
        assert list(kind.fields) == list(entity.fields)
        for source in entity.fields.values():
            required = isinstance(kind.fields[source.name].type, GraphQLNonNull)
            expected = source.kind in {Kind.ID, Kind.WITHHELD, Kind.VERSIONS, Kind.CONNECTION}
            assert required is expected, f"{entity.name}.{source.name}"
    for detail in catalog().objects.values():
        for field, printed in fields_of(core, detail.name).items():
            assert not printed.endswith("!"), f"{detail.name}.{field}"


def test_no_field_claims_to_be_semantically_non_null() -> None:
    assert "semanticNonNull" not in print_sdl()


def test_every_protected_field_prints_its_class() -> None:
    """Straight from the text: in every type, what is not id, link or connection has a class."""
    known, protected = catalog(), 0
    for kind in parse(print_sdl()).definitions:
        if not isinstance(kind, ObjectTypeDefinitionNode):
            continue
        owner = kind.name.value
        for field in kind.fields or ():
            printed = {d.name.value: print_ast(d) for d in field.directives or ()}.get("protected")
            where = f"{owner}.{field.name.value}"
            if UNPROTECTED.fullmatch(owner):
                assert printed is None, where
            elif owner in known.objects:
                assert printed is not None, where
            else:
                data_class = known.entities[owner].fields[field.name.value].data_class
                assert printed == (data_class and f"@protected(class: {data_class})"), where
            protected += printed is not None
    assert protected > 150


def test_every_class_prints_its_sensitivity() -> None:
    body = re.search(r"^enum DataClass \{\n(.*?)^\}", print_sdl(), re.MULTILINE | re.DOTALL)
    assert body is not None
    printed = dict(re.findall(r"^  (\w+) @sensitivity\(level: (S\d)\)$", body[1], re.MULTILINE))
    assert printed == {each.value: each.sensitivity.value for each in DataClass}


def test_directives_are_printed_as_the_interface_says() -> None:
    assert re.search(
        r'^directive @protected\(\n  """[^"]+"""\n  class: DataClass!\n\) on FIELD_DEFINITION$',
        print_sdl(),
        re.MULTILINE,
    )
    assert re.search(
        r'^directive @sensitivity\(\n  """[^"]+"""\n  level: Sensitivity!\n\) on ENUM_VALUE$',
        print_sdl(),
        re.MULTILINE,
    )


def test_denial_reasons_stand_in_the_order_of_the_tests(core: GraphQLSchema) -> None:
    kind = core.type_map["DenialReason"]
    assert isinstance(kind, GraphQLEnumType)
    assert list(kind.values) == [each.value for each in DenialReason]


def test_federation_is_pinned_and_keys_stand_on_every_entity() -> None:
    text = print_sdl()
    assert '@link(url: "https://specs.apollo.dev/federation/v2.9"' in text
    keyed = set(re.findall(r'^type (\w+)[^{]* @key\(fields: "id"\) \{', text, re.MULTILINE))
    union = re.search(r"^union _Entity = (.*)$", text, re.MULTILINE)
    assert union is not None
    assert keyed == set(union[1].split(" | "))
    assert keyed == {e.name for e in catalog().entities.values() if "id" in e.fields}


def test_the_api_print_has_no_federation_machinery(core: GraphQLSchema, api: GraphQLSchema) -> None:
    text = print_api_sdl()
    for word in ("_entities", "_service", "_Any", "_Entity", "_Service", "@key", "@link", "@share"):
        assert word not in text
    assert "@protected(class: IDENTITY)" in text
    assert fields_of(api, "Victim") == fields_of(core, "Victim")
    assert validate_schema(api) == []


def test_roots_are_those_of_this_issue(api: GraphQLSchema) -> None:
    roots = {
        "node": "Node",
        "me": "Me!",
        "accessRecords": "AccessRecordConnection!",
        "worklist": "ReturnCaseConnection!",
        "changes": "ChangeConnection!",
        "unacknowledgedWithdrawals": "[UnacknowledgedWithdrawals!]!",
        "accessCheckpoint": "AccessCheckpoint",
        "statistics": "[StatisticsCell!]!",
        "explainAccess": "[Explanation!]!",
        "whoCanSee": "[PotentialReader!]!",
        "protocolVersions": "[ProtocolVersion!]!",
    }
    for entity in catalog().entities.values():
        if entity.singular:
            roots[entity.singular] = entity.name
        if entity.plural:
            roots[entity.plural] = f"{entity.name}Connection!"
    assert fields_of(api, "Query") == roots
    assert {"victim", "returnCases", "agreement", "bilateralContacts"} <= set(roots)
    assert set(fields_of(api, "Mutation")) == {act.name for act in ACT_FIELDS}
    assert {act.name for act in ACT_FIELDS} == {*mutating.ACTS, *ACTS}
    assert not set(mutating.ACTS) & set(ACTS)
    assert set(OPERATIONS) == set(ACTS)
    assert set(fields_of(api, "Subscription")) == {"returnCaseChanged", "worklistChanged"}


def test_connections_take_their_arguments(core: GraphQLSchema) -> None:
    for kind, name, field in object_fields(core):
        printed = str(field.type)
        if not printed.endswith("Connection!"):
            continue
        target = printed.removesuffix("Connection!")
        arguments = {key: str(argument.type) for key, argument in field.args.items()}
        expected = {"first": "Int", "after": "String"}
        if target == "Change":
            pass  # all of them, in the one order of the feed
        elif target != "AccessDisclosure":
            expected["filter"] = f"{target}Filter"
            if target not in PLAIN:
                expected["orderBy"] = f"[{target}Order!]"
        else:
            expected |= dict.fromkeys(("recordId", "personId"), "ID")
            expected |= dict.fromkeys(("province", "dataClass"), "String")
            expected |= dict.fromkeys(("afterWithdrawal", "afterObjection"), "Boolean")
        assert arguments == expected, f"{kind}.{name}"
        assert field.args["first"].default_value == 20


def test_connections_have_the_relay_form(core: GraphQLSchema) -> None:
    assert fields_of(core, "VictimConnection") == {
        "edges": "[VictimEdge!]!",
        "pageInfo": "PageInfo!",
        "totalCount": "Int!",
    }
    assert fields_of(core, "VictimEdge") == {"cursor": "String!", "node": "Victim!"}


def test_records_say_what_is_withheld(core: GraphQLSchema) -> None:
    assert fields_of(core, "Record") == {
        "id": "ID!",
        "withheld": "[Withheld!]!",
        "classVersions": "[ClassVersion!]!",
    }
    assert fields_of(core, "Withheld") == {
        "field": "String!",
        "reason": "DenialReason!",
        "clause": "String",
    }
    for entity in catalog().entities.values():
        kind = core.type_map[entity.name]
        assert isinstance(kind, GraphQLObjectType)
        interfaces = {each.name for each in kind.interfaces}
        if entity.name == "AccessDisclosure":
            assert interfaces == set()
        elif entity.name == "AccessRecord":
            assert interfaces == {"Node"}
        else:
            assert interfaces == {"Record", "Node"}


def test_sealed_fields_take_eq_and_is_null_only(core: GraphQLSchema) -> None:
    seen = 0
    for entity in catalog().entities.values():
        kind = core.type_map.get(f"{entity.name}Filter")
        if not isinstance(kind, GraphQLInputObjectType) or entity.name in PLAIN:
            continue
        for source in entity.fields.values():
            assert (source.name in kind.fields) is source.filterable, source.name
            if source.data_class is not None and source.filterable and is_sealed(source.data_class):
                comparison = get_named_type(kind.fields[source.name].type)
                assert isinstance(comparison, GraphQLInputObjectType)
                assert set(comparison.fields) == {"eq", "isNull"}
                seen += 1
    assert seen > 30


def test_text_takes_all_operators(core: GraphQLSchema) -> None:
    assert " ".join(fields_of(core, "TextFilter")) == "eq ne in notIn lt lte gt gte isNull"


def test_filters_combine_and_follow_links(core: GraphQLSchema) -> None:
    fields = fields_of(core, "ReturnCaseFilter")
    assert fields["and"] == fields["or"] == "[ReturnCaseFilter!]"
    assert fields["not"] == "ReturnCaseFilter"
    assert fields["victim"] == "VictimFilter"
    assert fields["agreement"] == "AgreementFilter"
    assert fields_of(core, "AgreementFilter")["supersedes"] == "AgreementFilter"
    assert "transitions" not in fields


def test_filters_explain_nulls(core: GraphQLSchema) -> None:
    for name, kind in core.type_map.items():
        if name.endswith("Filter") and name.removesuffix("Filter") not in PLAIN:
            assert "`ne`, `notIn` and `not` do not let it through" in (kind.description or "")


def test_orders_offer_exactly_the_orderable_fields(core: GraphQLSchema) -> None:
    for entity in catalog().entities.values():
        kind = core.type_map.get(f"{entity.name}OrderField")
        if kind is None:
            assert entity.name in {"AccessRecord", "AccessDisclosure"}
            continue
        assert isinstance(kind, GraphQLEnumType)
        expected = [order_value(s.name) for s in entity.fields.values() if s.orderable]
        assert list(kind.values) == expected
        order = core.type_map[f"{entity.name}Order"]
        assert isinstance(order, GraphQLInputObjectType)
        assert str(order.fields["field"].type) == f"{entity.name}OrderField!"
        assert str(order.fields["direction"].type) == "OrderDirection!"
        assert order.fields["direction"].default_value is not None


def test_access_records_are_filtered_by_plain_values(core: GraphQLSchema) -> None:
    assert fields_of(core, "AccessRecordFilter") == {
        "id": "ID",
        "recordId": "ID",
        "personId": "ID",
        "agency": "String",
        "country": "String",
        "subject": "String",
        "purpose": "String",
        "field": "String",
        "dataClass": "String",
        "clause": "String",
        "province": "String",
        "afterWithdrawal": "Boolean",
        "afterObjection": "Boolean",
        "reason": "String",
        "outcome": "String",
        "kind": "String",
        "from": "DateTime",
        "to": "DateTime",
    }


def test_the_question_of_the_example_is_valid(core: GraphQLSchema) -> None:
    document = parse(
        """query Desk($first: Int!) {
          returnCases(first: $first, orderBy: [{ field: STATE_SINCE, direction: DESC }]) {
            edges { node { id state agreement { code }
              victim { id ageBand name: familyName narrative
                withheld { field reason clause } } } } } }"""
    )
    assert validate(core, document) == []


@pytest.mark.parametrize(
    "document",
    [
        "{ victims(orderBy: [{ field: FAMILY_NAME }]) { totalCount } }",
        '{ victims(filter: { familyName: { lt: "M" } }) { totalCount } }',
        '{ victims(filter: { familyContacts: { eq: "x" } }) { totalCount } }',
        "{ accessRecords { edges { node { disclosures(filter: {}) { totalCount } } } } }",
        "{ returnCases(filter: { consents: {} }) { totalCount } }",
    ],
)
def test_what_the_rulings_forbid_does_not_validate(core: GraphQLSchema, document: str) -> None:
    assert validate(core, parse(document)) != []


def test_introspection_is_answered(core: GraphQLSchema) -> None:
    answer = execute_sync(core, parse(get_introspection_query()))
    assert answer.errors is None
    assert answer.data is not None
