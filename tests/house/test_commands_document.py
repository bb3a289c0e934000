"""What is written about commands can be typed: docs/commands.md, README and every other page.

That no command and no option is missing there is held by tests/door/test_commands.py; here, that
there is nothing of them which the program does not have.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from service.cli import saphan
from tests.house.rooms import ROOT, files, text

PAGES = files(".md")
ROWS = dict(re.findall(r"(?m)^\| `(saphan [^`]*)` \| (.*) \|$", text("docs/commands.md")))
TARGETS = set(re.findall(r"(?m)^([a-z][a-z-]*):", text("Makefile")))
COMMAND = re.compile(r"(\.venv/bin/)?saphan(\s|$)|make(\s|$)")


def written(pages: list[Path]) -> list[tuple[str, str]]:
    """Every `saphan ...` and `make ...` in a block of shell or between backticks, once a page."""
    met: dict[tuple[str, str], None] = {}
    for page in pages:
        content = text(page)
        blocks = re.findall(r"(?ms)^```sh\n(.*?)^```", content)
        lines = [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]
        spans = re.findall(r"`([^`\n]+)`", re.sub(r"(?ms)^```.*?^```", "", content))
        typed = (words for words in (*lines, *spans) if COMMAND.match(words))
        met |= dict.fromkeys((page.as_posix(), words) for words in typed)
    return list(met)


def found(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that the words lead to, and what is left of them."""
    command: click.Command = saphan
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        inner = command.get_command(click.Context(command), words[0])
        assert inner is not None, words[0]
        command, words = inner, words[1:]
    return command, words


def options(command: click.Command) -> set[str]:
    """The options of a command, long and short, `--help` included."""
    names = {name for p in command.params if isinstance(p, click.Option) for name in p.opts}
    return names | {"--help"}


@pytest.mark.parametrize("path", ROWS)
def test_no_option_is_documented_that_is_not_there(path: str) -> None:
    command, left = found(path.split()[1:])
    assert not left
    assert set(re.findall(r"`(--[a-z][a-z-]*)", ROWS[path])) <= options(command)


@pytest.mark.parametrize("path", ROWS)
def test_repeatable_options_are_called_so_and_no_others(path: str) -> None:
    command, _ = found(path.split()[1:])
    for option in command.params:
        if isinstance(option, click.Option):
            name = max(option.opts, key=len)
            said = re.search(rf"`{name}` \(repeatable", ROWS[path]) is not None
            assert said is option.multiple, name


@pytest.mark.parametrize(("page", "words"), written(PAGES))
def test_what_a_page_tells_to_type_exists(page: str, words: str) -> None:
    typed = shlex.split(words)
    if typed[0] == "make":
        assert {word for word in typed[1:] if "=" not in word} <= TARGETS
        arguments = shlex.split(" ".join(w.partition("=")[2] for w in typed if w[:5] == "ARGS="))
        assert all((ROOT / word).exists() for word in arguments if "/" in word)
        return
    rest = [word for word in typed[1:] if word != "COMMAND"]
    command, left = found(rest)
    known = options(command) | ({"--version"} if command is saphan else set())
    assert {word.split("=")[0] for word in left if word.startswith("--")} <= known


def test_the_readme_was_read() -> None:
    readme = [words for page, words in written(PAGES) if page == "README.md"]
    assert "make demo" in readme
    assert "make test" in readme
    assert ".venv/bin/saphan serve" in readme


def test_the_readme_names_every_room() -> None:
    listed = set(re.findall(r"(?m)^\| `([a-z]+)/` \|", text("README.md")))
    held = {path.parts[0] for path in files(".py", ".toml") if len(path.parts) > 1}
    assert held - listed == {"bench", "requirements", "scripts", "tests"}
    assert all((ROOT / name).is_dir() for name in listed)


def test_the_example_token_is_one_that_the_command_accepts() -> None:
    (words,) = (w for p, w in written(PAGES) if p == "README.md" and "saphan token" in w)
    command, left = found(shlex.split(words)[1:])
    with command.make_context("token", left, resilient_parsing=False) as context:
        assert context.params["agency"] == "KH-MOSVY"
        assert context.params["purposes"] == ("TRACING",)
