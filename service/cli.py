"""The command `saphan`: which commands there are, and how each of them ends.

Takes the command line, gives the exit code: 0 fine, 1 the thing asked is
refused or found wrong, 2 usage. Errors go to standard error as one line,
`error: ...`, never a traceback. A command's module is imported when the
command is used, so that `--help` and usage errors are quick.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final, NoReturn

import click


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command is: `module:attribute`, and its one line in `saphan --help`."""

    module: str
    attribute: str
    line: str


COMMANDS: Final[dict[str, Entry]] = {
    "demo": Entry("service.cli_demo", "demo", "Load invented people, walk the tour, serve."),
    "serve": Entry("service.cli_serve", "serve", "Serve the registry over HTTP."),
    "migrate": Entry("service.cli_migrate", "migrate", "Bring the database up to date."),
    "seed": Entry("service.cli_seed", "seed", "Fill the registry with synthetic cases."),
    "import": Entry("service.cli_import", "imports", "Bring in records from other systems."),
    "pull": Entry("service.cli_pull", "pull_command", "Keep a copy of what may be seen."),
    "token": Entry("service.cli_token", "token", "Sign a token of the development issuer."),
    "deny": Entry("service.cli_deny", "deny", "Believe a token, subject, client or key no more."),
    "explain": Entry("service.cli_explain", "explain", "Why a field is shown, or why not."),
    "who-can-see": Entry(
        "service.cli_explain", "who_can_see", "Who could see a record, and who did."
    ),
    "worklist": Entry("service.cli_worklist", "worklist", "Cases on which your desk is next."),
    "machine": Entry("service.cli_machine", "machine", "Draw the states of a return case."),
    "protocol": Entry("service.cli_protocol", "protocol", "Agreements as data: list, show, check."),
    "ledger": Entry("service.cli", "ledger", "Who was shown what: trace, export, check."),
    "statistics": Entry(
        "service.cli_statistics", "statistics", "Figures of cases, in lots of eleven."
    ),
    "schema": Entry("service.cli_schema", "schema", "Print the GraphQL schema."),
}
"""Every command, in the order of `--help`. One whose module is not installed is not offered."""

LEDGER: Final[dict[str, Entry]] = {
    "trace": Entry("service.ledger.trace", "trace", "Who was shown a record, when and why."),
    "ask": Entry("service.ledger.ask", "ask", "Auditors' questions, each with its answer."),
    "export": Entry("service.ledger.export", "export", "Write records and tree to a folder."),
    "fsck": Entry("service.ledger.fsck", "fsck", "Check an export by itself."),
    "erase": Entry("service.ledger.erase", "erase_command", "Let contents go, keep their proofs."),
    "key": Entry("service.ledger.key", "key", "Make the key that signs checkpoints."),
    "integrate": Entry("service.ledger.integrate", "integrate", "Put new leaves into the tree."),
    "witness": Entry("service.ledger.witness", "witness", "Cosign checkpoints for a country."),
}
"""Every command of `saphan ledger`."""


class Commands(click.Group):
    """A group whose commands are imported when they are used."""

    entries = COMMANDS

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Names in the order of `entries`."""
        return [name for name, entry in self.entries.items() if _is_there(entry.module)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself, imported now."""
        if cmd_name not in self.list_commands(ctx):
            return None
        entry = self.entries[cmd_name]
        command = getattr(importlib.import_module(entry.module), entry.attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{entry.module}:{entry.attribute} is not a command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of `--help`, from `entries` alone."""
        with formatter.section("Commands"):
            lines = [(name, self.entries[name].line) for name in self.list_commands(ctx)]
            if lines:
                formatter.write_dl(lines)


class LedgerCommands(Commands):
    """The same of `saphan ledger`."""

    entries = LEDGER


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # of its package
        return False


@click.command("ledger", cls=LedgerCommands)
def ledger() -> None:
    """Who was shown what: trace, export, check, witness."""


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="saphan: a registry that several countries share. Settings: SAPHAN_*, docs/settings.md.",
)
@click.version_option(package_name="saphan", message="%(prog)s %(version)s")
def saphan() -> None:
    """Only holds its commands."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs one command and ends the process."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; its exit code."""
    words = None if arguments is None else list(arguments)
    try:
        code = saphan.main(args=words, prog_name="saphan", standalone_mode=False)
    except click.UsageError as error:
        where = f" (see `{error.ctx.command_path} --help`)" if error.ctx is not None else ""
        return _fail(f"{error.format_message()}{where}", 2)
    except click.ClickException as error:
        return _fail(error.format_message(), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        return _fail("interrupted", 1)
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain once more while it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception as error:  # noqa: BLE001  # the last line: a person sees no traceback
        from service.logs import origin  # noqa: PLC0415  # needed only here

        return _fail(f"unexpected {type(error).__name__} at {origin(error)}", 1)
    return code if isinstance(code, int) else 0


def _fail(message: str, code: int) -> int:
    line = " ".join(message.split())
    click.echo(f"error: {line[:1].lower()}{line[1:]}".rstrip("."), err=True)
    return code
