"""Locked requirements: exact, hashed, from no named index, and what pyproject.toml asks for."""

from __future__ import annotations

import re

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.rooms import files, project, text

LOCKS = [
    path.name for path in files(".txt") if path.parts[0] == "requirements" and len(path.parts) == 2
]
PIN = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)==(?P<version>[\w.!+]+)(?: ; [^\\]+)?")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def entries(name: str) -> list[list[str]]:
    """Each requirement's words, as pip reads them: continued lines joined, remarks left out."""
    joined = text(f"requirements/{name}").replace("\\\n", "")
    lines = [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [re.split(r"\s{2,}", line.strip()) for line in lines]


def pins(name: str) -> dict[str, str]:
    """Version by name, names as the index compares them."""
    found = {}
    for pin, *_ in entries(name):
        match = PIN.fullmatch(pin)
        assert match is not None, pin
        found[str(canonicalize_name(match["name"]))] = match["version"]
    return found


def wanted(name: str) -> list[str]:
    """What pyproject.toml asks of this lock."""
    if name == "run":
        return list(project()["project"]["dependencies"])
    return list(project()["dependency-groups"][name])


def test_all_locks_are_here() -> None:
    assert LOCKS == ["build.txt", "dev.txt", "lock.txt", "run.txt"]


@pytest.mark.parametrize("name", LOCKS)
def test_every_line_is_one_exact_version_with_hashes(name: str) -> None:
    read = entries(name)
    assert read
    for pin, *hashes in read:
        assert PIN.fullmatch(pin), pin
        assert hashes, f"{pin} has no hash"
        assert all(HASH.fullmatch(word) for word in hashes), pin


@pytest.mark.parametrize("name", LOCKS)
def test_no_line_says_where_to_download(name: str) -> None:
    content = text(f"requirements/{name}")
    assert "://" not in content
    assert " @ " not in content
    assert not re.search(r"(?m)^\s*-(?!-hash=)", content)


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_is_what_pyproject_asks_for(name: str) -> None:
    pinned = pins(name)
    for line in wanted(name.removesuffix(".txt")):
        asked = Requirement(line)
        if asked.marker is not None and not asked.marker.evaluate():
            continue
        version = pinned.get(str(canonicalize_name(asked.name)))
        assert version is not None, f"{asked.name} is not locked"
        assert asked.specifier.contains(version, prereleases=True), line


def test_two_locks_never_choose_two_versions() -> None:
    """They are installed into one environment, one after the other."""
    chosen: dict[str, set[str]] = {}
    for name in LOCKS:
        for package, version in pins(name).items():
            chosen.setdefault(package, set()).add(version)
    assert not {package for package, versions in chosen.items() if len(versions) > 1}
