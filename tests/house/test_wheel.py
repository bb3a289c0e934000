"""The wheel, installed bare and run from `/`: nothing may need the checkout it was built from."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from service import embedded
from tests.house.conftest import Installed
from tests.house.rooms import ROOT, code_packages, files, packages, text


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Path]:
    """An empty folder to run in; the database made in it is deleted afterwards."""
    yield tmp_path
    embedded.remove(tmp_path / ".saphan")


def held(installed: Installed) -> set[str]:
    """The wheel's files but for its own description."""
    with zipfile.ZipFile(installed.wheel) as wheel:
        return {name for name in wheel.namelist() if ".dist-info/" not in name}


def test_the_wheel_holds_every_file_of_its_packages_and_nothing_else(installed: Installed) -> None:
    wanted = {path.as_posix() for path in files(new=True) if path.parts[0] in packages()}
    assert held(installed) == wanted


@pytest.mark.parametrize(
    ("pattern", "least"),
    [
        ("demo/*.xlsx", 3),
        ("demo/htcds/*.xlsx", 2),
        ("migrations/versions/*.py", 1),
        ("migrations/sql/*/*.sql", 2),
        ("migrations/script.py.mako", 1),
        ("protocols/*.toml", 9),
        ("schema/reference/*.toml", 5),
        ("schema/saphan.graphql", 1),
        ("service/assets/*", 5),
        ("service/embedded/watcher.py", 1),
    ],
)
def test_what_no_import_mentions_is_there(installed: Installed, pattern: str, least: int) -> None:
    assert sum(Path(name).match(pattern) for name in held(installed)) >= least


def test_the_licence_goes_along(installed: Installed) -> None:
    with zipfile.ZipFile(installed.wheel) as wheel:
        (name,) = (name for name in wheel.namelist() if name.endswith("/LICENSE"))
        assert wheel.read(name) == (ROOT / "LICENSE").read_bytes()


def test_what_runs_comes_from_the_wheel(installed: Installed) -> None:
    names = ", ".join(code_packages())
    code = f"import json, {names}; print(json.dumps([m.__file__ for m in ({names})]))"
    places = json.loads(installed.python_says(code))
    assert len(places) >= 6
    assert all(installed.python.parents[1] in Path(place).parents for place in places)


def test_only_saphan_brings_these_names(installed: Installed) -> None:
    code = (
        "import json, importlib.metadata as m; d = m.packages_distributions();"
        f"print(json.dumps([sorted(set(d.get(n, []))) for n in {code_packages()!r}]))"
    )
    assert json.loads(installed.python_says(code)) == [["saphan"] for _ in code_packages()]


def test_help_and_version(installed: Installed) -> None:
    ran = installed.run("--help")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "Load invented people, walk the tour, serve." in ran.stdout
    ran = installed.run("--version")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("saphan ")


def test_the_schema_is_printed_as_reviewed(installed: Installed) -> None:
    ran = installed.run("schema", "print")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == text("schema/saphan.graphql")


def test_every_protocol_is_found(installed: Installed) -> None:
    ran = installed.run("protocol", "list", "--format", "json")
    assert (ran.returncode, ran.stderr) == (0, "")
    listed = {f"{found['agreement']}.v{found['version']}.toml" for found in json.loads(ran.stdout)}
    assert listed == {path.name for path in (ROOT / "protocols").glob("*.toml")}


def test_conditions_are_listed(installed: Installed) -> None:
    ran = installed.run("protocol", "conditions")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "lodged_under" in ran.stdout


def test_the_demonstration_runs_to_its_end(installed: Installed, room: Path) -> None:
    ran = installed.run("demo", "--once", cwd=room, timeout=180)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "60 invented people from three HTCDS workbooks" in ran.stdout
    assert "Each answer equals the disclosures of its access record" in ran.stdout
    assert [path.name for path in room.iterdir()] == [".saphan"]
