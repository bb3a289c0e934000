"""`saphan import`: the import's commands, given this installation's verifier and database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
import psycopg

from authz.caller import Caller
from authz.tokens import TokenVerifier
from service import surroundings
from service.denials import in_force
from service.directory import RegistryAgencies
from service.htcds.command import import_commands
from service.keysets.once import published
from service.surroundings import Databases, Role


def _databases() -> Databases:
    """The databases, opened once for the whole command and closed at its end."""
    context = click.get_current_context()
    found = context.meta.get(__name__)
    if not isinstance(found, Databases):
        found = context.with_resource(surroundings.databases(surroundings.settings()))
        context.meta[__name__] = found
    return found


def _verify(token: str) -> Caller:
    settings = surroundings.settings()
    agencies = RegistryAgencies()
    with surroundings.told():
        with psycopg.connect(_databases().dsn(Role.SERVICE), autocommit=True) as connection:
            agencies.read(connection)
            denied = in_force(connection)
        believed = published(surroundings.issuers(settings, agencies.codes))
    return TokenVerifier(believed, agencies, denials=denied).verify(token)


@contextmanager
def _connect() -> Iterator[psycopg.Connection[Any]]:
    with surroundings.told(), psycopg.connect(_databases().dsn(Role.SERVICE)) as connection:
        yield connection


imports = import_commands(_verify, _connect)
