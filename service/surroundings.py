"""What a command runs in: settings, databases by role, trusted issuers, keys.

Takes the environment, gives what commands need of it, each as a function that
turns every foreseeable failure into one line for the operator (`told`).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import click
import psycopg
from pydantic import SecretStr

from authz.issuers import IssuerSet, IssuersInvalid, load_issuers
from ledger.notes import NoteRefused, Signer
from schema import reference
from service import embedded
from service.devissuer import (
    ISSUERS_FILE,
    DevelopmentIssuer,
    DevelopmentIssuerRefused,
    development_issuer_of,
    ensure_development_issuer,
    open_development_issuer,
    unsafe_host,
)
from service.privatefolder import FolderUnsafe, PrivateFolder
from service.settings import Settings, SettingsRefused, load

CURSOR_KEY_BYTES = 32
_CURSOR_KEY_FILE = "cursor.key"
_LEDGER_KEY_FILE = "ledger.key"
LEDGER_ORIGIN = "localhost/saphan"
"""The name of a log whose key was made here; a registry that others watch brings its own."""
_ISSUER_FOLDER = "issuer"
_KEY_FOLDER = "keys"


class Role(StrEnum):
    """The database roles of rulings.md, section 4."""

    SERVICE = "saphan_service"
    OWNER = "saphan_owner"
    INTEGRATOR = "saphan_integrator"
    AUDITOR = "saphan_auditor"


_SETTING_OF = {
    Role.SERVICE: "database_url",
    Role.OWNER: "owner_database_url",
    Role.INTEGRATOR: "integrator_database_url",
    Role.AUDITOR: "auditor_database_url",
}


@dataclass(frozen=True, slots=True)
class Databases:
    """Connection strings by role. `revive` brings an embedded server back if it has died."""

    dsn: Callable[[Role], str]
    revive: Callable[[], None] | None = None


@contextmanager
def told() -> Iterator[None]:
    """Ends the command with one line where the surroundings are not as they must be."""
    try:
        yield
    except (
        SettingsRefused,
        FolderUnsafe,
        DevelopmentIssuerRefused,
        IssuersInvalid,
        embedded.EmbeddedError,
    ) as error:
        raise click.ClickException(str(error)) from None
    except psycopg.OperationalError as error:
        refused = f"the database refuses (SQLSTATE {error.sqlstate})"
        raise click.ClickException(
            refused if error.sqlstate else "the database does not answer"
        ) from None
    except psycopg.errors.InsufficientPrivilege:
        raise click.ClickException("the database role may not do this") from None
    except psycopg.errors.UndefinedTable:
        raise click.ClickException("the database is empty: run `saphan migrate`") from None


def settings(**overrides: object) -> Settings:
    """The settings of this command; a refused one ends it."""
    with told():
        return load(**overrides)


@contextmanager
def databases(of: Settings) -> Iterator[Databases]:
    """The configured databases, or the embedded one for the time of the block."""
    if of.embedded:
        with embedded.server(of.folder) as server:
            yield Databases(lambda role: server.dsn(role.value), server.ensure)
        return

    def dsn(role: Role) -> str:
        field = _SETTING_OF[role]
        url: SecretStr | None = getattr(of, field)
        if url is None:
            raise SettingsRefused(f"`SAPHAN_{field.upper()}` is needed here and is not set")
        return url.get_secret_value()

    yield Databases(dsn)


def issuers(of: Settings, agencies: frozenset[str] = frozenset()) -> IssuerSet:
    """The issuers whose tokens are believed; `agencies` are those the registry knows.

    Raises SettingsRefused where one among them is for development and the host
    is one that others can reach, and where keys would grow too old between two
    fetches.
    """
    path = of.issuers
    if path is None:
        path = development_issuer(of, agencies).issuers_path
    believed = load_issuers(path)
    danger = unsafe_host(of.host, believed)
    if danger is not None:
        raise SettingsRefused(danger)
    for issuer in believed:
        found = issuer.discovery
        if found is not None and found.max_key_age < 2 * of.key_refresh:
            raise SettingsRefused(
                f"{path}: issuer `{issuer.iss}`: `max_key_age` must be at least twice"
                f" `SAPHAN_KEY_REFRESH`, {2 * of.key_refresh:g} seconds"
            )
    return believed


def development_issuer(of: Settings, agencies: frozenset[str] = frozenset()) -> DevelopmentIssuer:
    """The issuer that signs for `saphan token`. Raises SettingsRefused where none is configured.

    It speaks for the agencies that come with saphan, those given and those it
    already spoke for: commands that know fewer must not silence the others.
    """
    if of.issuers is not None:
        if development_issuer_of(load_issuers(of.issuers)) is None:
            raise SettingsRefused("`SAPHAN_ISSUERS` names no development issuer")
        return open_development_issuer(of.issuers.parent)
    folder = of.folder / _ISSUER_FOLDER
    known = agencies | {agency.code for agency in reference.agencies()}
    if (folder / ISSUERS_FILE).exists():
        known |= open_development_issuer(folder).agencies
    return ensure_development_issuer(folder, known)


def cursor_key(of: Settings) -> bytes:
    """The key that seals cursors: as set, or made once and kept in `SAPHAN_FOLDER`."""
    if of.cursor_key is not None:
        return _key_of(of.cursor_key.get_secret_value(), "`SAPHAN_CURSOR_KEY`")
    folder = of.folder / _KEY_FOLDER
    with PrivateFolder.made(folder) as private:
        if not private.holds(_CURSOR_KEY_FILE):
            fresh = secrets.token_hex(CURSOR_KEY_BYTES).encode()
            private.publish(_CURSOR_KEY_FILE, fresh, replace=False)
        kept = private.read(_CURSOR_KEY_FILE).decode("ascii", "replace")
    return _key_of(kept, str(Path(folder, _CURSOR_KEY_FILE)))


def ledger_key(of: Settings) -> Signer:
    """The log's key, by whose name its checkpoints go: as set, or made once and kept."""
    if of.ledger_key is not None:
        try:
            return Signer.parse(of.ledger_key.read_text(encoding="ascii").strip())
        except (OSError, UnicodeDecodeError, NoteRefused):
            raise SettingsRefused(
                "`SAPHAN_LEDGER_KEY` names no file with a signer `PRIVATE+KEY+...`"
            ) from None
    folder = of.folder / _KEY_FOLDER
    with PrivateFolder.made(folder) as private:
        if not private.holds(_LEDGER_KEY_FILE):
            fresh = Signer.of_seed(LEDGER_ORIGIN, secrets.token_bytes(32))
            private.publish(_LEDGER_KEY_FILE, fresh.skey.encode(), replace=False)
        kept = private.read(_LEDGER_KEY_FILE).decode("ascii", "replace")
    try:
        return Signer.parse(kept.strip())
    except NoteRefused:
        raise SettingsRefused(f"{Path(folder, _LEDGER_KEY_FILE)} is no signer") from None


def _key_of(text: str, name: str) -> bytes:
    if re.fullmatch(r"(?:[0-9A-Fa-f]{2})+", text.strip()) is None:
        raise SettingsRefused(f"{name} must be {CURSOR_KEY_BYTES} bytes in hex")
    key = bytes.fromhex(text.strip())
    if len(key) != CURSOR_KEY_BYTES:
        raise SettingsRefused(f"{name} must be {CURSOR_KEY_BYTES} bytes in hex")
    return key
