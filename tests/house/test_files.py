"""Every file of the repository: no place of one machine in it, and modules of a readable size."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.house.rooms import ROOT, files, text

LONGEST = 400
MODULES = files(".py")
# In pieces: this file is searched too.
INDEX_HOSTS = (
    "py" + "pi.org",
    "python" + "hosted.org",
    "registry." + "npmjs.org",
    "proxy." + "golang.org",
    "static.crates" + ".io",
    "index.crates" + ".io",
)
INDEX_SETTING = re.compile(r"_INDEX_URL$|_EXTRA_INDEX_URL$|_REGISTRY$|^GOPROXY$", re.IGNORECASE)
HOMES = re.compile(rb"(?<![\w.~}])/(?:home/[a-z_]|" + b"ro" + rb"ot/|Users/[A-Za-z]|work/)")


def mirrors() -> Iterator[str]:
    """Hosts from which this machine installs, by its own settings; never more than the host."""
    asked = [value for name, value in os.environ.items() if INDEX_SETTING.search(name)]
    for key in ("global.index-url", "global.extra-index-url", "install.index-url"):
        command = [sys.executable, "-m", "pip", "config", "get", key]
        ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
        asked += ran.stdout.split()
    for value in asked:
        host = urlsplit(value).hostname
        if host is not None and host not in {"localhost", "127.0.0.1", "::1"}:
            yield host


def test_the_repository_was_read() -> None:
    assert len(MODULES) > 100
    assert Path("pyproject.toml") in files()


def test_no_file_names_an_index_or_mirror_of_packages() -> None:
    hosts = [host.encode() for host in (*INDEX_HOSTS, *mirrors())]
    naming = [
        path.as_posix()
        for path in files()
        if any(host in (ROOT / path).read_bytes() for host in hosts)
    ]
    assert not naming


def test_no_file_names_a_place_of_one_machine() -> None:
    here = [os.fsencode(place) for place in (ROOT, Path.home()) if len(place.parts) > 2]
    naming = {}
    for path in files():
        content = (ROOT / path).read_bytes()
        met = HOMES.search(content)
        if met is not None or any(place in content for place in here):
            naming[path.as_posix()] = met
    assert not naming


@pytest.mark.parametrize("line", [b"home/ann/x", b"Users/Ann/x", b"root/x", b"work/main"])
def test_a_place_of_one_machine_is_recognised(line: bytes) -> None:
    for before in (b'"', b"see ", b"=", b"file://"):
        assert HOMES.search(before + b"/" + line)
    assert not HOMES.search(b"~/" + line)


def test_no_module_is_longer_than_one_can_read() -> None:
    lengths = {path.as_posix(): len(text(path).splitlines()) for path in MODULES}
    assert not {path: length for path, length in lengths.items() if length > LONGEST}


def test_every_module_says_what_it_is() -> None:
    """Its first sentence, not a heading of one word."""
    short = {}
    for path in MODULES:
        said = ast.get_docstring(ast.parse(text(path))) or ""
        if len(said.split()) < 3:
            short[path.as_posix()] = said
    assert not short


def test_the_median_module_is_short() -> None:
    lengths = sorted(len(text(path).splitlines()) for path in MODULES)
    assert lengths[len(lengths) // 2] < 150


def test_no_file_is_both_here_and_ignored() -> None:
    """What git ignores and yet tracks changes under people's hands."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "--cached", "--ignored", "--exclude-standard"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert not listed.stdout
