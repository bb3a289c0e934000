"""Federation: the printed subgraph composes, alone and with a partner's, and can be watched there.

What composition libraries ask of a `Subscription` is tested in any case. The
libraries themselves are no dependency: each of them that `node` finds, in a
folder that NODE_PATH names, judges the print.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    DefinitionNode,
    DirectiveNode,
    FieldDefinitionNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    SchemaDefinitionNode,
    print_ast,
)
from graphql import parse as parsed

from schema.sdl import print_sdl

HERE = Path(__file__).resolve().parent / "supergraph"
LIBRARIES = ("@theguild/federation-composition", "@apollo/composition")
WATCHED = {
    "returnCaseChanged": "returnCaseChanged(id: ID): ReturnCase",
    "worklistChanged": "worklistChanged: ReturnCase",
}
ONE_SUBGRAPH_ALONE = {"shareable", "external", "override", "requires", "provides", "inaccessible"}


def fields_of(text: str, name: str) -> dict[str, FieldDefinitionNode]:
    """The fields of an object type in a document."""
    kinds = (ObjectTypeDefinitionNode, ObjectTypeExtensionNode)
    return {
        found.name.value: found
        for each in parsed(text).definitions
        if isinstance(each, kinds) and each.name.value == name
        for found in each.fields or ()
    }


def shape(found: FieldDefinitionNode) -> str:
    """A field without its descriptions and directives, as it is written."""
    arguments = ", ".join(f"{a.name.value}: {print_ast(a.type)}" for a in found.arguments or ())
    told = f"({arguments})" if arguments else ""
    return f"{found.name.value}{told}: {print_ast(found.type)}"


def owners(found: FieldDefinitionNode) -> list[str]:
    """The subgraphs that answer a field of a supergraph."""
    return [
        print_ast(argument.value)
        for directive in found.directives or ()
        if directive.name.value == "join__field"
        for argument in directive.arguments or ()
        if argument.name.value == "graph"
    ]


def _root(definition: DefinitionNode) -> dict[str, str]:
    if not isinstance(definition, SchemaDefinitionNode):
        return {}
    return {kind.operation.value: kind.type.name.value for kind in definition.operation_types}


def test_what_is_watched_is_answered_by_this_subgraph_alone() -> None:
    """Libraries refuse a subscription that two subgraphs share, or that a directive moves."""
    text = print_sdl()
    roots: dict[str, str] = {}
    for definition in parsed(text).definitions:
        roots |= _root(definition)
    assert roots["subscription"] == "Subscription"
    found = fields_of(text, "Subscription")
    assert {name: shape(each) for name, each in found.items()} == WATCHED
    marks: list[DirectiveNode] = [m for each in found.values() for m in each.directives or ()]
    assert {mark.name.value for mark in marks}.isdisjoint(ONE_SUBGRAPH_ALONE)


@pytest.fixture(scope="module", params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> str:
    """The name of a library that is there."""
    name, node = str(request.param), shutil.which("node")
    if node is None:
        pytest.skip(f"NOT TESTED with `{name}`: needs node")
    asked = f"require.resolve({json.dumps(name)})"
    if subprocess.run([node, "-e", asked], capture_output=True, check=False).returncode != 0:
        pytest.skip(f"NOT TESTED with `{name}`: node finds none, NODE_PATH may say where it is")
    return name


def composed(library: str, *files: Path) -> str:
    """The supergraph."""
    words = ["node", str(HERE / "compose.cjs"), library, *map(str, files)]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)
    told: dict[str, Any] = json.loads(ran.stdout)
    assert told["errors"] == []
    return str(told["supergraph"])


def test_the_subgraph_composes_and_can_be_watched(library: str, tmp_path: Path) -> None:
    ours = tmp_path / "saphan.graphql"
    ours.write_text(print_sdl())
    found = fields_of(composed(library, ours), "Subscription")
    assert {name: shape(each) for name, each in found.items()} == WATCHED


def test_a_partner_adds_to_what_is_watched(library: str, tmp_path: Path) -> None:
    ours = tmp_path / "saphan.graphql"
    ours.write_text(print_sdl())
    supergraph = composed(library, ours, HERE / "partner.graphql")
    found = fields_of(supergraph, "Subscription")
    assert {name: shape(each) for name, each in found.items()} == {
        **WATCHED,
        "noteAdded": "noteAdded: Note!",
    }
    for name in WATCHED:
        assert owners(found[name]) == ["SAPHAN"]
    assert owners(found["noteAdded"]) == ["PARTNER"]
    # what the partner knows of a case can be asked for in an event of ours
    case = fields_of(supergraph, "ReturnCase")
    assert owners(case["notes"]) == ["PARTNER"]
    assert owners(case["state"]) == ["SAPHAN"]
