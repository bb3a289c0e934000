"""docker-compose.yml: what an installation that lasts has to have, and no password of ours.

Read by its text: the program needs no YAML library and gets none for a test. Where docker brings
`compose`, that program judges it too.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from service.settings import COMMAND_NAMES, names
from tests.house.rooms import ROOT, project, text

FILE = text("docker-compose.yml")
LINES = FILE.splitlines()
CODE = "\n".join(re.sub(r"(^|\s)#.*", "", line).rstrip() for line in LINES)


def block(*path: str) -> str:
    """The lines below a key, which is found by its place: two blanks for each level."""
    body = CODE
    for depth, key in enumerate(path):
        indent = "  " * depth
        found = re.search(
            rf"(?m)^{indent}{re.escape(key)}:[^\n]*\n((?:{indent} +[^\n]*\n|\n)*)", body
        )
        assert found is not None, f"no `{key}` in {path}"
        body = found[1]
    return body


def keys(*path: str) -> list[str]:
    """The keys one level below."""
    return re.findall(rf"(?m)^{'  ' * len(path)}([\w-]+):", block(*path) if path else CODE)


def variables() -> set[str]:
    """Every variable that the file takes from outside; `$$` is a dollar of the script's own."""
    return set(re.findall(r"(?<!\$)\$\{?([A-Z_a-z]\w*)", CODE))


def compose() -> list[str]:
    """The command that validates, or nothing."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) is None:
            continue
        asked = subprocess.run([*command, "version"], capture_output=True, check=False)
        if asked.returncode == 0:
            return command
    return []


def test_the_text_is_one_that_a_yaml_reader_takes() -> None:
    assert "\t" not in FILE
    assert all(not (len(line) - len(line.lstrip(" "))) % 2 for line in LINES if line.strip())
    assert keys() == ["name", "x-registry", "services", "configs", "secrets", "volumes", "networks"]
    for path in ((), ("services",), ("services", "postgres"), ("services", "registry")):
        assert len(keys(*path)) == len(set(keys(*path))), path


def test_registry_migration_and_database() -> None:
    assert keys("services") == ["postgres", "migrate", "registry"]
    assert "command: [migrate]" in block("services", "migrate")
    assert "command: [serve]" in block("services", "registry")
    assert re.search(r"image: postgres:\d+$", block("services", "postgres"), re.MULTILINE)


def test_the_registry_waits_for_database_and_migration() -> None:
    waiting = block("services", "registry", "depends_on")
    assert "postgres: {condition: service_healthy}" in waiting
    assert "migrate: {condition: service_completed_successfully}" in waiting
    assert "{condition: service_healthy}" in block("services", "migrate", "depends_on")


def test_the_database_is_kept_and_looked_after() -> None:
    (mount,) = re.findall(r"- (\S+)", block("services", "postgres", "volumes"))
    volume, place = mount.split(":")
    assert volume in keys("volumes")
    # from PostgreSQL 18 on, the image keeps its data one folder below this one
    assert place == "/var/lib/postgresql"
    assert "pg_isready" in block("services", "postgres", "healthcheck")
    assert "/readyz" in block("services", "registry", "healthcheck")


def test_no_password_has_a_default() -> None:
    """Each variable is asked for by name at least once, and none has a value to fall back to."""
    assert len(variables()) >= 7
    for name in variables():
        assert re.search(rf"\$\{{{name}:\?[^}}]+\}}", CODE), name
    assert not re.search(r"\$\{\w+:?[-+=]", CODE)


def test_no_password_is_written_down() -> None:
    secret = re.findall(r"(?m)^\s+(\w*(?:PASSWORD|KEY|SECRET|TOKEN)): *(.+)$", CODE)
    assert len(secret) >= 6
    for name, value in secret:
        assert re.fullmatch(r"\$\{\w+:\?[^}]+\}|/run/secrets/\w+", value), name
    assert keys("secrets") == ["ledger_key"]
    assert re.search(r"file: \$\{SAPHAN_LEDGER_KEY_FILE:\?[^}]+\}", block("secrets"))
    passwords = re.findall(r"postgresql://[^:/@\s]+:([^@\s]*)@", CODE)
    assert len(passwords) >= 4
    assert all(re.fullmatch(r"\$\{SAPHAN_\w+_PASSWORD\}", value) for value in passwords)
    assert "trust" not in CODE


def test_the_door_is_open_to_this_machine_alone() -> None:
    assert re.findall(r'(?m)^      - "?([^"\s]+)"?$', block("services", "registry", "ports")) == [
        "127.0.0.1:8000:8000"
    ]
    assert "ports:" not in block("services", "postgres")
    assert "internal: true" in block("networks", "inside")


def test_the_registry_never_gets_the_rights_of_the_owner() -> None:
    assert "OWNER" not in block("services", "registry")
    assert "SAPHAN_OWNER_DATABASE_URL" in block("services", "migrate")


def test_its_settings_are_settings() -> None:
    """A misspelt one would stop the registry: unknown names are refused."""
    given = {
        key for name in ("migrate", "registry") for key in keys("services", name, "environment")
    }
    assert len(given) >= 8
    assert given <= set(names()) | COMMAND_NAMES


def test_the_image_is_of_this_version() -> None:
    assert f"image: saphan:{project()['project']['version']}" in CODE
    assert (ROOT / "Dockerfile").is_file()


def test_nothing_that_is_unset_is_passed_over(tmp_path: Path) -> None:
    command = compose()
    if not command:
        pytest.skip("docker has no `compose` here: docker-compose.yml was read by its text ALONE")
    bare = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    (tmp_path / "issuers.toml").touch()
    full = bare | dict.fromkeys(variables(), "0" * 64)
    full["SAPHAN_ISSUERS_FILE"] = str(tmp_path / "issuers.toml")
    (tmp_path / "ledger.key").touch()
    full["SAPHAN_LEDGER_KEY_FILE"] = str(tmp_path / "ledger.key")

    def judged(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        words = ["--file", str(ROOT / "docker-compose.yml"), "--env-file", os.devnull, "config"]
        return subprocess.run(
            [*command, *words, "--quiet"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    ran = judged(full)
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stderr
    for name in variables():
        assert judged({k: v for k, v in full.items() if k != name}).returncode != 0, name
