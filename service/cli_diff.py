"""`saphan protocol diff`: what another version would change, in words, in counts, over the ledger.

Takes two versions (files, or `CODE@N` of the registry) and a steward's token,
prints what would open and close, or writes the report whose hash the parties
ratify. Exit codes: 0 told, 1 refused, 2 usage.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from authz.documents import Document, DocumentRefused, read
from resolvers.comparing import Comparison, hash_of, text_of
from resolvers.errors import RequestRefused
from resolvers.execution import TimedOut
from service.asking import Asking, run
from service.options import format_option, purpose_option, token_option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MOST_LINES = 40
_PERIOD = re.compile(r"(\d{1,4})d")
_CONTENT = "query ProtocolTexts { protocolVersions { agreement version content } }"


@click.command("diff")
@click.argument("before")
@click.argument("after")
@click.option("--replay", metavar="DAYSd", help="Over what was shown in these days, as `90d`.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the report here, for `propose --report`; its hash is what the parties ratify.",
)
@token_option
@purpose_option
@format_option
def diff_command(
    before: str,
    after: str,
    replay: str | None,
    out: Path | None,
    token: str | None,
    purpose: str | None,
    form: str,
) -> None:
    """Who would gain and who would lose what, if AFTER were in force instead of BEFORE.

    Each is a file, or a version of the registry such as `TH-KH-2014@3`; BEFORE
    may be `none`.
    """
    since = _since(replay)

    sides = {name: _file(name) for name in (before, after)}

    async def compare(asking: Asking) -> dict[str, object]:
        stated = purpose or asking.caller.purposes[0]
        old = sides[before] or await _registered(asking, before)
        new = sides[after] or await _registered(asking, after)
        if new is None:
            raise click.UsageError("AFTER is a version, not `none`")
        asked = Comparison(old, new, since)
        with _progress() as progress:
            try:
                return await asking.engine.compare(asking.caller, stated, asked, progress)
            except RequestRefused as refused:
                raise click.ClickException(refused.faults[0].message) from None
            except TimedOut:
                raise click.ClickException(
                    "a count took longer than SAPHAN_STATEMENT_TIMEOUT allows"
                ) from None

    report = run(token, compare)
    if out is not None:
        out.write_text(text_of(report), encoding="utf-8")
    if form == "json":
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
        return
    click.echo("\n".join(_lines(report)))
    click.echo(f"\nreport {hash_of(report)}" + (f" in {out}" if out else ""))


def _since(replay: str | None) -> dt.datetime | None:
    if replay is None:
        return None
    found = _PERIOD.fullmatch(replay)
    if found is None:
        raise click.UsageError("--replay takes a number of days, such as 90d")
    return dt.datetime.now(dt.UTC) - dt.timedelta(days=int(found.group(1)))


def _file(name: str) -> Document | None:
    """The document of a file, None where `name` is none."""
    path = Path(name)
    try:
        return _read(path.read_text(encoding="utf-8"), name) if path.is_file() else None
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"cannot read {name}: not a text in UTF-8") from error


async def _registered(asking: Asking, name: str) -> Document | None:
    """The document of a version that the caller may be told of; None for `none`."""
    if name == "none":
        return None
    answer = await asking.answer(_CONTENT)
    for version in answer["data"]["protocolVersions"]:
        if name == f"{version['agreement']}@{version['version']}":
            return _read(version["content"], name)
    raise click.ClickException(f"`{name[:80]}` is neither a file nor a version you are told of")


def _read(text: str, name: str) -> Document:
    try:
        return read(text, name)
    except DocumentRefused as refused:
        for problem in refused.problems:
            click.echo(str(problem), err=True)
        raise SystemExit(1) from None


def _lines(report: dict[str, Any]) -> list[str]:
    lines = [f"{report['before'] or 'nothing'} -> {report['after']}"]
    for title, mark in (("removed", "-"), ("added", "+")):
        lines += [f"{mark} {line}" for line in report[title][:_MOST_LINES]]
        if len(report[title]) > _MOST_LINES:
            lines.append(f"{mark} ... {len(report[title]) - _MOST_LINES} more")
    lines.append("")
    if not report["changes"]:
        lines.append("over the present data nobody gains or loses anything")
    for change in report["changes"]:
        who = f"{change['agency']} as {change['role']} for {change['purpose']}"
        what = f"{', '.join(change['classes'])} of {change['entity']}"
        if change["lost"]:
            lines.append(f"{who} would lose {what} on {change['lost']} records")
        if change["gained"]:
            lines.append(f"{who} would gain {what} on {change['gained']} records")
    if "replay" in report:
        lines += _replayed(report["replay"])
    return lines


def _replayed(found: dict[str, Any]) -> list[str]:
    shown = f"{found['operations']} operations showed {found['cells']} fields under it"
    refused = f"{found['refusedCells']} of them would have been refused"
    lines = ["", f"since {found['since']}: {shown}; {refused}"]
    for row in found["refused"]:
        who = f"{row['agency']} as {row['roles']} for {row['purpose']}"
        why = f"{row['reason']} {row['clause']}".strip()
        lines.append(f"  {row['count']} x {row['field']} to {who}: {why}")
    if found["unused"]:
        lines.append(f"granted and used by nobody: {len(found['unused'])}")
        lines += [
            f"  {row['class']} of {row['entity']} under {row['clause']}"
            for row in found["unused"][:_MOST_LINES]
        ]
    return lines


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error where that is a terminal, else silence."""
    if not sys.stderr.isatty():
        yield lambda _done, _all: None
        return
    from rich.console import Console  # noqa: PLC0415 - start-up that pipes need not pay
    from rich.progress import Progress as Bar  # noqa: PLC0415

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("replaying", total=None)

        def tell(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield tell
