"""`saphan worklist`: the cases on which the caller's desk has the next step.

Takes a token, prints what the root field `worklist` answers, decided and
recorded like any other. Exit codes: 0 answered, also where nothing is to be
done; 1 refused, or with `--fail-overdue` a case is overdue; 2 usage.
"""

from __future__ import annotations

import json
from typing import Any, Final

import click

from service.asking import Asking, run
from service.options import purpose_option, token_option

_QUERY: Final = """query Worklist($first: Int!, $after: String) {
  worklist(first: $first, after: $after) { pageInfo { hasNextPage endCursor }
    edges { node { id state stateSince dueAt overdue host origin holder } } } }"""
_PAGE: Final = 100


@click.command("worklist")
@token_option
@purpose_option
@click.option("--overdue", is_flag=True, help="Only those whose time has passed.")
@click.option("--fail-overdue", is_flag=True, help="End with 1 where a case is overdue: for cron.")
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="Text for people, or JSON.",
)
def worklist(
    token: str | None, purpose: str | None, overdue: bool, fail_overdue: bool, form: str
) -> None:
    """Cases on which your desk has the next step, the most urgent first."""

    async def ask(asking: Asking) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        after: str | None = None
        while True:
            answer = await asking.answer(_QUERY, purpose, first=_PAGE, after=after)
            page = answer["data"]["worklist"]
            found += [edge["node"] for edge in page["edges"]]
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]

    cases = run(token, ask)
    late = [case for case in cases if case["overdue"]]
    shown = late if overdue else cases
    click.echo(json.dumps(shown, indent=2) if form == "json" else _as_text(shown, len(late)))
    if late and fail_overdue:
        raise SystemExit(1)


def _as_text(cases: list[dict[str, Any]], late: int) -> str:
    lines = [
        f"{case['id']}  {case['host']}-{case['origin']}  {case['state']:<17}  {_due(case)}"
        for case in cases
    ]
    lines.append(f"{len(cases)} to do, {late} overdue" if cases else "nothing to do")
    return "\n".join(lines)


def _due(case: dict[str, Any]) -> str:
    if not case["dueAt"]:
        return "no limit"
    return f"{'overdue since' if case['overdue'] else 'due'} {case['dueAt'][:10]}"
