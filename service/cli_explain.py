"""`saphan explain` and `saphan who-can-see`: why a field is shown, and to whom else.

Takes a record's id and a token, prints decisions in plain words. Both are
operations of the schema, decided and recorded like any other. Exit codes: 0
answered, 1 refused or nothing to be told, 2 usage.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import click

from service.asking import Asking, run
from service.instants import Instant
from service.options import format_option, purpose_option, token_option

_WHY = """query Explain($id: ID!, $field: String, $asOf: DateTime) {
  explainAccess(id: $id, field: $field, asOf: $asOf) {
    field dataClass permitted clause reason clauses sentence } }"""
_WHO = """query WhoCanSee($id: ID!, $field: String, $asOf: DateTime, $agency: String,
  $role: String, $for: String) { whoCanSee(id: $id, field: $field, asOf: $asOf, agency: $agency,
  role: $role, purpose: $for) {
    agency role purpose field permitted clause reason sentence seen lastSeenAt } }"""

_field = click.option("--field", help="One field, as `familyName`; else all of them.")
_as_of = click.option("--as-of", type=Instant(), help="As it was decided at this past instant.")


@click.command("explain")
@click.argument("record_id", type=click.UUID)
@click.option("--as", "agency", help="The agency; the token's where left out.")
@click.option("--role", help="The role; the token's where left out.")
@click.option("--purpose", help="The purpose asked for; the token's where it has one.")
@_field
@_as_of
@token_option
@format_option
def explain(
    record_id: object,
    agency: str | None,
    role: str | None,
    purpose: str | None,
    field: str | None,
    as_of: dt.datetime | None,
    token: str | None,
    form: str,
) -> None:
    """Why each field of RECORD_ID is shown or not.

    As another agency or role than the token's: for auditors of the country that
    holds the case, and for its stewards with --role and --purpose.
    """
    at = as_of.isoformat() if as_of else None

    async def ask(asking: Asking) -> list[dict[str, Any]]:
        who = asking.caller
        if agency in (None, who.agency) and (role is None or role in who.roles):
            answer = await asking.answer(_WHY, purpose, id=str(record_id), field=field, asOf=at)
            return list(answer["data"]["explainAccess"])
        given = {"agency": agency, "role": role, "for": purpose}
        answer = await asking.answer(_WHO, None, id=str(record_id), field=field, asOf=at, **given)
        return list(answer["data"]["whoCanSee"])

    _print(run(token, ask), form)


@click.command("who-can-see")
@click.argument("record_id", type=click.UUID)
@_field
@_as_of
@click.option("--all", "every", is_flag=True, help="Those who could not, too.")
@token_option
@purpose_option
@format_option
def who_can_see(
    record_id: object,
    field: str | None,
    as_of: dt.datetime | None,
    every: bool,
    token: str | None,
    purpose: str | None,
    form: str,
) -> None:
    """Every agency, role and purpose that could see RECORD_ID, beside those who did."""
    at = as_of.isoformat() if as_of else None

    async def ask(asking: Asking) -> list[dict[str, Any]]:
        answer = await asking.answer(_WHO, purpose, id=str(record_id), field=field, asOf=at)
        return list(answer["data"]["whoCanSee"])

    rows = run(token, ask)
    if form == "text" and not every:
        shown = [row for row in rows if row["permitted"] or row["seen"]]
        _print(shown, form, told=bool(rows))
        left = len(rows) - len(shown)
        click.echo(f"{left} could not; --all lists them" if left else "", nl=bool(left))
        return
    _print(rows, form)


def _print(rows: list[dict[str, Any]], form: str, *, told: bool = False) -> None:
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    if not rows and not told:
        raise click.ClickException("there is no such record, or you may not see it")
    for row in rows:
        click.echo(_line(row))


def _line(row: dict[str, Any]) -> str:
    mark = "yes" if row["permitted"] else f"no ({row['reason'] or '-'})"
    who = f"{row['agency']} {row['role']} {row['purpose']}  " if "agency" in row else ""
    seen = ""
    if row.get("seen") is not None:
        seen = f"; seen {row['seen']} times, last {row['lastSeenAt']}" if row["seen"] else ""
        seen = seen or "; never seen"
    return f"{who}{row['field']}: {mark}{seen}\n    {row['sentence']}"
