"""`saphan statistics`: the cells of one table of figures, for people, programs and spreadsheets.

Takes a table, a corridor, a span of time and a token, prints what the root
field `statistics` answers, decided and recorded like any other. Exit codes: 0
answered, also where nothing was released; 1 refused; 2 usage.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from typing import Any, Final

import click

from schema.types.statistics import StatisticsTable
from service.asking import Asking, run
from service.options import purpose_option, token_option

_QUERY: Final = """query Statistics($table: StatisticsTable!, $corridor: String, $from: Date,
  $to: Date) { statistics(table: $table, corridor: $corridor, from: $from, to: $to) {
    table corridor period through key count total weeks suppressed } }"""
_COLUMNS: Final = (
    "table",
    "corridor",
    "period",
    "through",
    "key",
    "count",
    "total",
    "weeks",
    "suppressed",
)
_DAY: Final = click.DateTime(formats=("%Y-%m-%d", "%Y-%m", "%Y"))


@click.command("statistics")
@click.argument("table", type=click.Choice([table.value for table in StatisticsTable]))
@click.option("--corridor", help="Only this corridor, host and origin, as `TH-KH`.")
@click.option("--from", "begin", type=_DAY, help="From the month or year of this day on.")
@click.option("--to", "end", type=_DAY, help="Up to the month or year of this day.")
@token_option
@purpose_option
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "csv")),
    default="text",
    show_default=True,
    help="Text for people, JSON, or comma-separated values.",
)
def statistics(
    table: str,
    corridor: str | None,
    begin: dt.datetime | None,
    end: dt.datetime | None,
    token: str | None,
    purpose: str | None,
    form: str,
) -> None:
    """Figures of return cases: one TABLE, by corridor and period, of months that have ended.

    Cases are released in lots of eleven; what is not full waits for a later month.
    """
    variables = {
        "table": table,
        "corridor": corridor,
        "from": begin.date().isoformat() if begin else None,
        "to": end.date().isoformat() if end else None,
    }

    async def ask(asking: Asking) -> list[dict[str, Any]]:
        answer = await asking.answer(_QUERY, purpose, **variables)
        return list(answer["data"]["statistics"])

    cells = run(token, ask)
    if form == "json":
        click.echo(json.dumps(cells, indent=2))
    elif form == "csv":
        click.echo(_as_csv(cells), nl=False)
    else:
        click.echo(_as_text(cells))


def _as_csv(cells: list[dict[str, Any]]) -> str:
    written = io.StringIO()
    rows = csv.DictWriter(written, _COLUMNS, lineterminator="\n")
    rows.writeheader()
    rows.writerows({name: _plain(value) for name, value in cell.items()} for cell in cells)
    return written.getvalue()


def _plain(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def _as_text(cells: list[dict[str, Any]]) -> str:
    if not cells:
        return "nothing was released of the corridors that are open to you"
    lines = []
    for cell in cells:
        named = f"{cell['corridor']}  {cell['period']}  {cell['key'] or 'cases'}"
        if cell["suppressed"]:
            told = "-"
        elif cell["weeks"] is not None:
            told = f"{cell['weeks']} weeks, the median of {cell['count']}"
        else:
            told = f"{cell['count']} ({cell['total']} in all)"
        lines.append(f"{named}: {told}")
    shown = sum(not cell["suppressed"] for cell in cells)
    lines.append(f"{shown} of {len(cells)} cells are told; `-` may stand for none and for some")
    return "\n".join(lines)
