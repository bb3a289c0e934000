"""The witnesses that this registry asks: which there are, and the table that says so.

Takes the TOML file of `SAPHAN_WITNESSES`, gives `Witness` entries, or raises
SettingsRefused with the number of the entry and what would be right. A name or
key that stands twice is refused: two entries of one key would count one
country's word as two.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, LiteralString
from urllib.parse import SplitResult, urlsplit

import psycopg

from ledger.notes import COSIGNATURE, NoteRefused, Verifier
from service.settings import SettingsRefused

_KEYS: Final = frozenset({"vkey", "url", "country"})
_LONGEST: Final = 1_000_000
_THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_CONFIGURED: LiteralString = (
    "select distinct on (w.name) w.name, w.vkey, w.active from ledger.witness w"
    " order by w.name, w.seq desc"
)
_DECLARE: LiteralString = "insert into ledger.witness (name, vkey, active) values (%s, %s, %s)"


@dataclass(frozen=True, slots=True)
class Witness:
    """One witness: its public key, the address that `add-checkpoint` is appended to, and the
    country that runs it.
    """

    verifier: Verifier
    url: str
    country: str

    @property
    def address(self) -> str:
        """Where a checkpoint is sent."""
        return f"{self.url.rstrip('/')}/add-checkpoint"

    @property
    def near(self) -> bool:
        """Whether it runs on this machine: then no proxy is asked."""
        return urlsplit(self.url).hostname in _THIS_MACHINE


def load_witnesses(path: Path | None) -> tuple[Witness, ...]:
    """The entries of the file, in its order; none without a path. Raises SettingsRefused."""
    if path is None:
        return ()
    try:
        with path.open("rb") as source:
            read = tomllib.loads(source.read(_LONGEST).decode("utf-8"))
    except OSError:
        raise _refused("names no file that can be read") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise _refused("names a file that is no TOML") from None
    entries = read.get("witness")
    if set(read) != {"witness"} or not isinstance(entries, list):
        raise _refused("names a file of `[[witness]]` tables and nothing else")
    found = tuple(_witness(number, entry) for number, entry in enumerate(entries, 1))
    for said, values in (
        ("name", [witness.verifier.name for witness in found]),
        ("key", [witness.verifier.public for witness in found]),
    ):
        if len(set(values)) != len(values):
            raise _refused(f"names two witnesses of one {said}: each has its own")
    return found


def declare(connection: psycopg.Connection[tuple[Any, ...]], witnesses: Sequence[Witness]) -> None:
    """Write to `ledger.witness` what is other than there: the newest row of a name counts.

    The connection is the leading integrator's, in autocommit. Raises psycopg.Error.
    """
    wanted = {w.verifier.name: (w.verifier.vkey, True) for w in witnesses}
    with connection.transaction():
        rows = connection.execute(_CONFIGURED).fetchall()
        held = {name: (vkey, active) for name, vkey, active in rows}
        for name, (vkey, active) in held.items():
            if active and name not in wanted:
                connection.execute(_DECLARE, (name, vkey, False))
        for name, row in wanted.items():
            if held.get(name) != row:
                connection.execute(_DECLARE, (name, *row))


def _witness(number: int, entry: object) -> Witness:
    if not isinstance(entry, Mapping) or set(entry) != _KEYS:
        raise _refused(f"witness {number} has exactly `vkey`, `url` and `country`")
    vkey, url, country = (entry[key] for key in ("vkey", "url", "country"))
    try:
        verifier = Verifier.parse(vkey) if isinstance(vkey, str) else None
    except NoteRefused:
        verifier = None
    if verifier is None or verifier.kind != COSIGNATURE:
        raise _refused(f"witness {number}: `vkey` is no witness's public key")
    if not isinstance(url, str) or not _is_address(url):
        raise _refused(f"witness {number}: `url` is an address of http or https")
    if not isinstance(country, str) or re.fullmatch(r"[A-Z]{2}", country) is None:
        raise _refused(f"witness {number}: `country` is two capital letters")
    return Witness(verifier, url, country)


def _is_address(url: str) -> bool:
    try:
        parts: SplitResult = urlsplit(url)
        return (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and (parts.port is None or parts.port > 0)
            and not (parts.query or parts.fragment or parts.username)
            and url.isprintable()
            and " " not in url
        )
    except ValueError:
        return False


def _refused(reason: str) -> SettingsRefused:
    return SettingsRefused(f"`SAPHAN_WITNESSES` {reason}")
