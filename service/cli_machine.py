"""`saphan machine`: the state machine of a return case, drawn from the one table in code.

Takes nothing, prints a page in Markdown with a diagram and the table of edges.
`docs/return-case.md` is its output; a test compares them.
"""

from __future__ import annotations

from collections.abc import Iterable

import click

from schema.codes import MAIN_STATES, SIDE_STATES, CaseState
from schema.machine import EDGES, Edge

_HEAD = """# The return case

The machine is one table, `schema/machine.py`; this page is what `saphan machine` draws of it. Each
edge is one mutation, named for what the official does. Time limits are defaults in days for
leaving the state; an agreement may have its own (`registry.time_limit`). Who may take an edge is
said by the clauses whose `operations` name the mutation; the roles below are those that the
practice of returns foresees, and what the worklist goes by.

"""


@click.command("machine")
def machine() -> None:
    """Draw the state machine of a return case as Markdown."""
    click.echo(drawn(), nl=False)


def drawn() -> str:
    """The page: diagram, then table."""
    return f"{_HEAD}{_diagram()}\n{_table()}"


def _diagram() -> str:
    lines = ["```mermaid", "stateDiagram-v2", "    direction TB"]
    for edge in _merged():
        if edge.number < 13:
            source = edge.source.value if edge.source else "[*]"
            target = edge.target.value if edge.target else ""
            lines.append(f"    {source} --> {target}: {edge.number} {edge.act}")
    before = ", ".join(s.value for s in _before())
    lines += [
        "    state before_handover {",
        *(f"        {state.value}" for state in _before()),
        "    }",
        "    before_handover --> ON_HOLD: 13 holdCase",
        "    ON_HOLD --> before_handover: 13 resumeCase",
        "    before_handover --> ALTERNATIVE: 14 chooseAlternative",
        "    before_handover --> CANCELLED: 14 cancelReturn",
        "    CLOSED --> [*]",
        "```",
        "",
        f"`before_handover` stands for {before}.",
        "The way back from ON_HOLD leads to the state that was held; a case on hold may also be",
        "ended.",
        "",
    ]
    return "\n".join(lines)


def _before() -> tuple[CaseState, ...]:
    held = {edge.source for edge in EDGES if edge.target is CaseState.ON_HOLD}
    return tuple(state for state in CaseState if state in held)


def _merged() -> Iterable[Edge]:
    return sorted(EDGES, key=lambda edge: edge.number)


def _table() -> str:
    rows = [
        "| edge | from | to | act | side | roles | document | days | guards |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    seen: set[tuple[int, str]] = set()
    for edge in _merged():
        if edge.number >= 13 and (edge.number, edge.act) in seen:
            continue
        seen.add((edge.number, edge.act))
        source = edge.source.value if edge.source else "-"
        if edge.number >= 13 and edge.source is not CaseState.ON_HOLD:
            source = "any before 9"
        target = edge.target.value if edge.target else "where it was"
        rows.append(
            f"| {edge.number} | {source} | {target} | `{edge.act}` | {edge.side.value} |"
            f" {' '.join(edge.actors)} | {edge.document} | {edge.limit_days or '-'} |"
            f" {' '.join(guard.value for guard in edge.guards) or '-'} |"
        )
    ends = ", ".join(state.value for state in CaseState if state not in {e.source for e in EDGES})
    rows.append("")
    rows.append(
        f"{len(MAIN_STATES)} main states and {len(SIDE_STATES)} beside them. Nothing leads on from"
        f" {ends}."
    )
    return "\n".join(rows) + "\n"
