"""Migrated databases of their own, copied from one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests import templates
from tests.integrating.trees import Ledger


@contextmanager
def made(template: str) -> Iterator[Ledger]:
    """A copy of `template`, dropped at the end."""
    with templates.copied(template, "witness") as dsn:
        yield Ledger(dsn)
