"""A command line of the ledger, typed at a house: all of the command but the way to the database.

Takes a house, a caller and words, gives what was printed. The one thing replaced is who answers:
the house's own engine in place of one made for this command alone (that way is walked in
`test_at_the_prompt`).
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click
import pytest

from authz.caller import Caller
from service import cli
from service.ledger import ask, trace
from service.ledger.accesses import NotAnswered
from tests.tracing.house import As, House

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Printed:
    """Exit code, standard output and standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What was printed, parsed; the command ended well."""
        assert (self.code, self.err) == (0, "")
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Prompt:
    """Where one types."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def ledger(self, house: House, who: Caller, *words: str) -> Printed:
        """`saphan ledger WORDS` as `who`."""

        def answered(_: str | None, work: Callable[[As], Awaitable[T]]) -> T:
            try:
                return house.run(who, work)
            except NotAnswered as refused:
                raise click.ClickException(str(refused)) from None

        for module in (ask, trace):
            self.monkeypatch.setattr(module, "answered", answered)
        self.capsys.readouterr()
        code = cli.run(["ledger", *words])
        said = self.capsys.readouterr()
        return Printed(code, said.out, said.err)
