"""The command as a person meets it: exit codes, one-line errors, quick help, complete documents."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from authz.strictjwt import read
from resolvers.errors import ErrorCode
from schema.sdl import SDL_FILE
from service import cli
from service.cli import Entry, saphan

ROOT = Path(__file__).resolve().parents[2]
RUN = [sys.executable, "-c", "from service.cli import main; main()"]
DOCS = ROOT / "docs"


def run(
    *words: str, folder: Path | None = None, timeout: float = 60, **environment: str
) -> subprocess.CompletedProcess[str]:
    """`saphan` in a process of its own, with no setting but those given."""
    bare = {k: v for k, v in os.environ.items() if not k.startswith("SAPHAN_")}
    if folder is not None:
        bare["SAPHAN_FOLDER"] = str(folder)
    return subprocess.run(
        [*RUN, *words],
        cwd=ROOT,
        env=bare | environment,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def is_one_line(text: str) -> bool:
    return text.startswith("error: ") and text.count("\n") == 1 and text.endswith("\n")


def commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """Every command that is not a group, with its path."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from commands(found, f"{path} {name}")


def test_help_is_quick_and_imports_no_command() -> None:
    code = (
        "import sys\n"
        "from service.cli import run\n"
        "assert run(['--help']) == 0\n"
        "heavy = {'strawberry', 'sqlalchemy', 'psycopg', 'starlette', 'pydantic'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    began = time.perf_counter()
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert time.perf_counter() - began < 5
    for name in ("serve", "migrate", "token", "schema", "protocol", "import"):
        assert re.search(rf"(?m)^  {name} +\S", ran.stdout)


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["serve", "--nonsense"],
        ["serve", "--port", "70000"],
        ["serve", "--port", "x"],
        ["serve", "--subgraph", "partner"],
        ["token"],
        ["token", "--agency", "KH-MOSVY"],
        ["token", "--agency", "KH-MOSVY", "--role", "FOCAL_POINT", "--expires-in", "0"],
        ["migrate", "--format", "xml"],
        ["schema", "print", "extra"],
        ["import", "htcds", "none.xlsx"],
    ],
)
def test_a_wrong_command_line_is_exit_2(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(words) == 2
    said = capsys.readouterr()
    assert is_one_line(said.err), said.err
    assert not said.out


def test_refusals_are_exit_1(tmp_path: Path) -> None:
    misspelt = run("serve", SAPHAN_PROT="1")
    assert (misspelt.returncode, misspelt.stdout) == (1, "")
    assert misspelt.stderr == "error: `SAPHAN_PROT` is not a setting, did you mean `SAPHAN_PORT`\n"
    unknown = run("token", "--agency", "XX-NONE", "--role", "FOCAL_POINT", folder=tmp_path / "s")
    assert unknown.returncode == 1
    assert is_one_line(unknown.stderr)
    away = run("migrate", SAPHAN_OWNER_DATABASE_URL="postgresql://u:CANARY@127.0.0.1:1/x")
    assert (away.returncode, away.stderr) == (1, "error: the database does not answer\n")


def test_a_fault_of_ours_is_one_line_without_its_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("CANARY")

    broken = click.Command("schema", callback=fail)
    monkeypatch.setattr(cli.Commands, "get_command", lambda *_: broken)
    assert cli.run(["schema"]) == 1
    said = capsys.readouterr()
    assert is_one_line(said.err)
    assert said.err.startswith("error: unexpected RuntimeError at ")
    assert "CANARY" not in said.err


def test_interruption_is_exit_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(
        cli.Commands, "get_command", lambda *_: click.Command("x", callback=interrupt)
    )
    assert cli.run(["x"]) == 1
    assert capsys.readouterr().err.strip() == "error: interrupted"


def test_a_command_that_is_not_installed_is_not_offered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(cli.COMMANDS, "later", Entry("service.cli_later", "later", "Later."))
    assert cli.run(["later"]) == 2
    assert cli.run(["--help"]) == 0
    assert "Later." not in capsys.readouterr().out


def test_token_prints_a_token_alone(tmp_path: Path) -> None:
    words = ["--agency", "KH-MOSVY", "--role", "FOCAL_POINT", "--role", "CASE_WORKER"]
    words += ["--purpose", "TRACING", "--case", "6a1f5c0e-2b9d-4f3a-8c47-90d1e2f3a4b5"]
    ran = run("token", *words, "--subject", "u-1", "--expires-in", "60", folder=tmp_path / "s")
    assert (ran.returncode, ran.stderr) == (0, "")
    claims = read(ran.stdout.removesuffix("\n")).claims
    assert claims["agency"] == "KH-MOSVY"
    assert claims["roles"] == ["FOCAL_POINT", "CASE_WORKER"]
    assert claims["purposes"] == ["TRACING"]
    assert claims["cases"] == ["6a1f5c0e-2b9d-4f3a-8c47-90d1e2f3a4b5"]
    assert claims["sub"] == "u-1"
    assert int(str(claims["exp"])) - int(str(claims["iat"])) == 60
    key = tmp_path / "s" / "issuer" / "development.key"
    assert key.stat().st_mode & 0o777 == 0o600


def test_token_is_refused_without_a_development_issuer(tmp_path: Path) -> None:
    """X02."""
    run("token", "--agency", "KH-MOSVY", "--role", "R", folder=tmp_path / "s")
    made = (tmp_path / "s" / "issuer" / "issuers.toml").read_text(encoding="utf-8")
    others = tmp_path / "issuers.toml"
    text = made.replace("urn:saphan:development-issuer", "https://id.example")
    others.write_text(text, encoding="utf-8")
    others.chmod(0o600)
    words = ["token", "--agency", "KH-MOSVY", "--role", "FOCAL_POINT"]
    ran = run(*words, folder=tmp_path / "s", SAPHAN_ISSUERS=str(others))
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == "error: `SAPHAN_ISSUERS` names no development issuer\n"


def test_schema_print(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["schema", "print"]) == 0
    assert capsys.readouterr().out == SDL_FILE.read_text(encoding="utf-8")
    assert cli.run(["schema", "print", "--api"]) == 0
    api = capsys.readouterr().out
    assert "_entities" not in api
    assert "type Victim" in api


def test_a_reader_that_leaves_is_no_traceback() -> None:
    bare = {k: v for k, v in os.environ.items() if not k.startswith("SAPHAN_")}
    with subprocess.Popen(
        [*RUN, "schema", "print"],
        cwd=ROOT,
        env=bare,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as ran:
        assert ran.stdout is not None
        assert ran.stderr is not None
        ran.stdout.read(10)
        ran.stdout.close()
        assert b"Traceback" not in ran.stderr.read()


def test_every_command_and_option_is_documented() -> None:
    rows = dict(
        re.findall(
            r"(?m)^\| `(saphan [^`]*)` \| (.*) \|$", (DOCS / "commands.md").read_text("utf-8")
        )
    )
    found = dict(commands(saphan, "saphan"))
    assert set(rows) == set(found)
    for path, command in found.items():
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert f"`{max(parameter.opts, key=len)}" in rows[path], (path, parameter.opts)


def test_every_entry_has_its_line_in_help() -> None:
    context = click.Context(saphan)
    for name in saphan.list_commands(context):
        assert saphan.get_command(context, name) is not None


def test_every_error_code_is_documented() -> None:
    text = (DOCS / "errors.md").read_text("utf-8")
    assert re.findall(r"(?m)^\| `([A-Z_]+)` \|", text) == [code.value for code in ErrorCode]
