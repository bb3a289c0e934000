"""The answers to auditors' questions, for people and for machines.

Takes what was found, gives an `Answer`: rows for JSON, lines for a terminal. No
character of a name moves a terminal's cursor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.ledger.accesses import Access
from service.ledger.pages.markup import plain
from service.ledger.tallies import Cells, Refusals
from service.ledger.telling import as_lines, plural
from service.ledger.unusual import ENOUGH, Judged

_AS_FAR = "as far as you may read"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found, twice."""

    rows: object
    lines: Sequence[str]


def of_accesses(found: Sequence[Access]) -> Answer:
    """Accesses with what each showed, the oldest first."""
    lines = []
    for access in found:
        lines += [as_lines(access, with_records=True)]
    if not found:
        lines = [f"no such access is on the ledger, {_AS_FAR}"]
    return Answer([access.as_json() for access in found], lines)


def of_openings(found: Sequence[Mapping[str, Any]]) -> Answer:
    """Emergency openings, the oldest first; each node as the schema gives it."""
    lines = [f"every emergency opening has been reviewed, {_AS_FAR}"] if not found else []
    for opening in found:
        case = (opening["returnCase"] or {}).get("id", "-")
        due = "OVERDUE since" if opening["overdue"] else "review due by"
        who = f"{opening['agency']} {opening['openedBy']}"
        lines += [
            plain(f"{opening['openedAt']}  {who}  case {case}  under {opening['clause']}"),
            plain(f"    {due} {opening['reviewBy']}; opening {opening['id']}"),
            plain(f"    {opening['reason']}"),
        ]
    return Answer([dict(opening) for opening in found], lines)


def of_departures(judged: Judged) -> Answer:
    """Days that stand out, by caller; then who could not be judged."""
    lines = [
        plain(f"{d.day.isoformat()}  {d.caller.agency} {d.caller.subject}: {d.why}")
        for d in judged.departures
    ]
    if not judged.departures:
        lines = [f"nothing departs from the past, {_AS_FAR}"]
    if judged.too_new:
        lines.append(f"not judged on some days, with fewer than {ENOUGH} earlier days:")
        lines += [plain(f"    {caller.agency} {caller.subject}") for caller in judged.too_new]
    rows = {
        "departures": [departure.as_json() for departure in judged.departures],
        "notJudged": [{"agency": c.agency, "subject": c.subject} for c in judged.too_new],
    }
    return Answer(rows, lines)


def of_cells(cells: Cells) -> Answer:
    """Statistics on few records."""
    if not cells.asked:
        return Answer(cells.as_json(), [f"no statistics were asked, {_AS_FAR}"])
    asked = plural(cells.asked, "operation")
    few = f"{len(cells.small)} with fewer than {cells.below}"
    lines = [f"{asked} for STATISTICS, {cells.answered} of them answered with records, {few}"]
    for access in cells.small:
        lines += [as_lines(access), f"    {plural(access.records, 'record')}"]
    if cells.figures:
        lines.append(f"{plural(cells.figures, 'operation')} for figures, in lots of eleven, over:")
        lines += [f"    {plain(name)} {_times(n)}" for name, n in sorted(cells.fields.items())]
    return Answer(cells.as_json(), lines)


def of_refusals(found: Sequence[Refusals]) -> Answer:
    """Reasons, below each the agencies."""
    lines = [f"nothing was refused, {_AS_FAR}"] if not found else []
    reason = None
    for tally in found:
        if tally.reason != reason:
            reason = tally.reason
            lines.append(reason)
        lines.append(f"    {plain(tally.agency)}: {plural(tally.accesses, 'access')}")
        for name, count in sorted(tally.refused.items()):
            lines.append(f"        {name} refused {_times(count)}")
        for name, count in sorted(tally.withheld.items()):
            lines.append(f"        {name} withheld on {plural(count, 'record')}")
    return Answer([tally.as_json() for tally in found], lines)


def of_withdrawals(found: Sequence[Mapping[str, Any]]) -> Answer:
    """Pullers and what they still have to erase."""
    lines = [
        plain(
            f"{each['agency']} {each['client']}: {plural(int(each['count']), 'record')},"
            f" the oldest since {each['oldest']}"
        )
        for each in found
    ]
    return Answer([dict(each) for each in found], lines or ["every withdrawal is acknowledged"])


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
