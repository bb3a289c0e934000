"""The import names of the house are ours alone.

Distributions called `schema` and `authz` are on the package index. Beside ours in one environment
they would overwrite it: whoever asks for a grant would ask somebody else's code.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import sysconfig
from pathlib import Path

import pytest

from tests.house.rooms import ROOT, code_packages, files, packages, text

OURS = ("schema", "authz", "ledger", "resolvers", "service")


def normal(name: str) -> str:
    """A distribution's name as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_rooms_are_in_the_wheel() -> None:
    assert set(OURS) <= set(packages())


@pytest.mark.parametrize("name", packages())
def test_no_other_distribution_here_has_this_import_name(name: str) -> None:
    bringing = importlib.metadata.packages_distributions().get(name, [])
    assert {normal(found) for found in bringing} <= {"saphan"}
    # an editable install leaves the files where they are; then no such folder is installed at all
    site = Path(sysconfig.get_path("purelib"))
    strangers = [found.name for found in site.glob(f"{name}*") if found.stem == name]
    assert not strangers or "saphan" in bringing


@pytest.mark.parametrize("name", code_packages())
def test_the_import_finds_this_repository(name: str) -> None:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin).parent == ROOT / name


def test_no_locked_requirement_is_called_like_a_room() -> None:
    locks = [path for path in files(".txt") if path.parts[0] == "requirements"]
    locked = {
        normal(name)
        for path in locks
        for name in re.findall(r"(?m)^([A-Za-z0-9][A-Za-z0-9._-]*)==", text(path))
    }
    assert {"psycopg", "strawberry-graphql", "pytest", "hatchling"} <= locked
    assert not locked & {normal(name) for name in packages()}
