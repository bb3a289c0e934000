"""`saphan deny`: the list of what is believed no more, although its signature is right.

Takes what an operator knows (a token's `jti`, a subject, a client, a key's
`kid`), prints the entry's id or the list. Works as the owner of the database,
where a leak is stopped while an identity provider is still asleep. Every change
says who made it and stands in the ledger. Exit codes: 0 fine, 1 refused, 2 usage.
"""

from __future__ import annotations

import datetime as dt
import difflib
import json
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import click
import psycopg

from authz.issuers import IssuerSet, load_issuers
from authz.tokens import token_hash
from schema.denials import DenialKind
from service import denials, surroundings
from service.denials import Denial
from service.devissuer import ISSUER
from service.instants import Instant
from service.operators import Operator, OperatorRefused, operator_options
from service.options import format_option
from service.settings import Settings
from service.surroundings import Role

_HASH: Final = re.compile(r"[0-9a-f]{64}")


@click.group("deny")
def deny() -> None:
    """Tokens, subjects, clients and keys that are believed no more."""


@deny.command("add")
@click.option("--issuer", required=True, metavar="ISS", help="Whose; as issuers.toml names it.")
@click.option("--jti", help="One token, by its `jti`.")
@click.option("--token-hash", metavar="HEX", help="One token, as access records name it.")
@click.option("--subject", metavar="SUB", help="All tokens of one person.")
@click.option("--client", metavar="ID", help="All tokens of one client.")
@click.option("--key", metavar="KID", help="All tokens signed with one key.")
@click.option("--from", "from_at", type=Instant(), help="Begins then; now where left out.")
@click.option("--until", "until_at", type=Instant(), help="Ends then by itself.")
@operator_options
@format_option
def add(
    issuer: str,
    jti: str | None,
    token_hash: str | None,
    subject: str | None,
    client: str | None,
    key: str | None,
    from_at: dt.datetime | None,
    until_at: dt.datetime | None,
    reason: str,
    agency: str,
    by: str,
    form: str,
) -> None:
    """Believe one token, subject, client or key no more, in every process within a second."""
    kind, value = _named(issuer, jti, token_hash, subject, client, key)
    settings = surroundings.settings()
    with surroundings.told(), _owner(settings) as connection:
        believed = _issuers(settings)
        found = believed.get(issuer)
        if found is None:
            raise click.ClickException(_unknown(issuer, believed))
        entry = Denial(kind, issuer, value, reason, from_at, until_at)
        made = denials.add(connection, entry, Operator(agency, by), found.agencies)
    if form == "json":
        click.echo(json.dumps({"id": made, "kind": kind.value, "issuer": issuer}))
        return
    click.echo(f"{made}: {kind.value} of {issuer} is denied")


@deny.command("remove")
@click.argument("denial", type=click.UUID, metavar="ID")
@operator_options
@format_option
def remove(denial: uuid.UUID, reason: str, agency: str, by: str, form: str) -> None:
    """Take the entry ID back; that it stood remains on record."""
    settings = surroundings.settings()
    with surroundings.told(), _owner(settings) as connection:
        issuer = denials.issuer_of(connection, denial)
        found = None if issuer is None else _issuers(settings).get(issuer)
        agencies = frozenset() if found is None else found.agencies
        denials.remove(connection, denial, reason, Operator(agency, by), agencies)
    if form == "json":
        click.echo(json.dumps({"id": str(denial), "removed": True}))
        return
    click.echo(f"{denial}: taken back")


@deny.command("list")
@click.option("--all", "every", is_flag=True, help="Those taken back or over, too.")
@format_option
def list_command(every: bool, form: str) -> None:
    """The entries in force and those still to come."""
    settings = surroundings.settings()
    with surroundings.told(), _owner(settings) as connection:
        rows = [row for row in denials.listed(connection) if every or row["open"]]
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2, default=_as_text))
        return
    for row in rows:
        until = "for good" if row["until_at"] is None else f"until {_as_text(row['until_at'])}"
        click.echo(
            f"{row['id']}  {row['kind']:<7} {row['value']} of {row['issuer']}\n"
            f"    from {_as_text(row['from_at'])} {until}: {row['reason']}"
            f" ({row['by']}, {row['agency']})"
        )
        if row["removed_at"] is not None:
            click.echo(
                f"    taken back {_as_text(row['removed_at'])}: {row['removed_reason']}"
                f" ({row['removed_by']}, {row['removed_agency']})"
            )


def _named(
    issuer: str,
    jti: str | None,
    hashed: str | None,
    subject: str | None,
    client: str | None,
    key: str | None,
) -> tuple[DenialKind, str]:
    """The one thing that is denied. Raises UsageError."""
    given = [
        (kind, value)
        for kind, value in (
            (DenialKind.TOKEN, token_hash(issuer, jti) if jti else None),
            (DenialKind.TOKEN, hashed),
            (DenialKind.SUBJECT, subject),
            (DenialKind.CLIENT, client),
            (DenialKind.KEY, key),
        )
        if value
    ]
    if len(given) != 1:
        raise click.UsageError(
            "give exactly one of --jti, --token-hash, --subject, --client and --key"
        )
    if hashed and _HASH.fullmatch(hashed) is None:
        raise click.BadParameter("64 digits in lower-case hex", param_hint="--token-hash")
    return given[0]


def _issuers(settings: Settings) -> IssuerSet:
    """The issuers that a `serve` with the same settings believes; nothing is made here."""
    if settings.issuers is not None:
        return load_issuers(settings.issuers)
    return load_issuers(surroundings.development_issuer(settings).issuers_path)


def _unknown(issuer: str, believed: IssuerSet) -> str:
    # An entry under a name that no token has would deny nothing, and nobody would notice.
    names = [found.iss for found in believed]
    near = difflib.get_close_matches(issuer, names, n=1, cutoff=0.6)
    if near:
        return f"no issuer of this name is believed: did you mean `{near[0]}`"
    if names == [ISSUER]:
        return (
            "no issuer of this name is believed: `SAPHAN_ISSUERS` names the file that serve reads"
        )
    return f"no issuer of this name is believed: known are {', '.join(f'`{n}`' for n in names)}"


@contextmanager
def _owner(settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    """One transaction as the owner, committed at the end of the block."""
    with surroundings.databases(settings) as databases:
        try:
            with psycopg.connect(databases.dsn(Role.OWNER)) as connection:
                yield connection
        except OperatorRefused as refused:
            raise click.ClickException(str(refused)) from None


def _as_text(value: object) -> str:
    if not isinstance(value, dt.datetime):
        raise TypeError
    return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
