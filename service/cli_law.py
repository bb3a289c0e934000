"""`saphan protocol propose | ratify | end`: the life of a version, as the holder of a token.

Takes a document or a version's name and a steward's token, prints the version
as it stands afterwards. The acts are the mutations of the schema, done by the
engine in this process. Exit codes: 0 done, 1 refused, 2 usage.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import click

from service.asking import Asking, run
from service.instants import Instant
from service.options import format_option, purpose_option, token_option

_VERSION = """{ agreement version title state parties bound contentHash reportHash proposedBy
  proposedAt inForceFrom until }"""
_PAYLOAD = f"{{ version {_VERSION} problems {{ code message remedy line }} accessRecord }}"
_PROPOSE = f"""mutation ProposeProtocol($content: String!, $from: DateTime, $report: String) {{
  act: proposeProtocol(content: $content, inForceFrom: $from, report: $report) {_PAYLOAD} }}"""
_RATIFY = f"""mutation RatifyProtocol($agreement: String!, $version: Int!, $hash: String!,
  $report: String) {{ act: ratifyProtocol(agreement: $agreement, version: $version,
  contentHash: $hash, reportHash: $report) {_PAYLOAD} }}"""
_END = f"""mutation EndProtocol($agreement: String!, $version: Int!, $until: DateTime!) {{
  act: endProtocol(agreement: $agreement, version: $version, until: $until) {_PAYLOAD} }}"""
VERSIONS = f"query ProtocolVersions {{ protocolVersions {_VERSION} }}"


@click.command("propose")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--in-force-from", type=Instant(), help="From when, once every party is bound.")
@click.option(
    "--report",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The report on its effects, as `saphan protocol diff --replay --out` wrote it.",
)
@token_option
@purpose_option
@format_option
def propose_command(
    file: Path,
    in_force_from: dt.datetime | None,
    report: Path | None,
    token: str | None,
    purpose: str | None,
    form: str,
) -> None:
    """Propose the version in FILE, as a steward of one of its parties."""
    content = _text(file)
    said = _text(report) if report else None
    start = in_force_from.isoformat() if in_force_from else None

    async def propose(asking: Asking) -> dict[str, Any]:
        given = {"content": content, "from": start, "report": said}
        return await asking.answer(_PROPOSE, purpose, **given)

    _tell(run(token, propose), form, str(file))


@click.command("ratify")
@click.argument("agreement")
@click.argument("version", type=click.IntRange(min=1))
@click.option("--content-hash", help="SHA-256 of the text that you read; else the registry's.")
@click.option("--report-hash", help="SHA-256 of the report that you read; else the registry's.")
@token_option
@purpose_option
@format_option
def ratify_command(
    agreement: str,
    version: int,
    content_hash: str | None,
    report_hash: str | None,
    token: str | None,
    purpose: str | None,
    form: str,
) -> None:
    """Ratify VERSION of AGREEMENT for your party, as another person than the proposer."""

    async def ratify(asking: Asking) -> dict[str, Any]:
        listed = await asking.answer(VERSIONS, purpose)
        found = [
            v
            for v in listed["data"]["protocolVersions"]
            if (v["agreement"], v["version"]) == (agreement, version)
        ]
        text, report = (found[0]["contentHash"], found[0]["reportHash"]) if found else ("", None)
        given = {
            "agreement": agreement,
            "version": version,
            "hash": content_hash or text,
            "report": report_hash or report,
        }
        return await asking.answer(_RATIFY, purpose, **given)

    _tell(run(token, ratify), form, f"{agreement}@{version}")


@click.command("end")
@click.argument("agreement")
@click.argument("version", type=click.IntRange(min=1))
@click.option("--until", type=Instant(), required=True, help="The instant at which it ends.")
@token_option
@purpose_option
@format_option
def end_command(
    agreement: str,
    version: int,
    until: dt.datetime,
    token: str | None,
    purpose: str | None,
    form: str,
) -> None:
    """Leave VERSION of AGREEMENT for your party: it ends for all."""

    async def end(asking: Asking) -> dict[str, Any]:
        given = {"agreement": agreement, "version": version, "until": until.isoformat()}
        return await asking.answer(_END, purpose, **given)

    _tell(run(token, end), form, f"{agreement}@{version}")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"cannot read {file}: not a text in UTF-8") from error


def _tell(answer: dict[str, Any], form: str, name: str) -> None:
    payload = answer["data"]["act"]
    if form == "json":
        click.echo(json.dumps(payload, ensure_ascii=False, indent=2))
    for problem in payload["problems"] if form == "text" else ():
        at = f"{name}:{problem['line']}" if problem["line"] else name
        remedy = f"; {problem['remedy']}" if problem["remedy"] else ""
        click.echo(f"{at}: {problem['code']}: {problem['message']}{remedy}", err=True)
    if payload["problems"]:
        raise SystemExit(1)
    if form == "text":
        click.echo(as_text(payload["version"]))
        click.echo(f"  on record as {payload['accessRecord']}")


def as_text(version: dict[str, Any]) -> str:
    """A version in three lines."""
    bound = ", ".join(version["bound"]) or "nobody yet"
    missing = [p for p in version["parties"] if p not in version["bound"]]
    waits = f"; waits for {', '.join(missing)}" if missing else ""
    period = f"from {version['inForceFrom'] or 'at once'} until {version['until'] or '-'}"
    lines = [
        f"{version['agreement']}@{version['version']}  {version['state']}  {version['title']}",
        f"  bound: {bound}{waits}; {period}",
        f"  text {version['contentHash']}",
    ]
    if version["reportHash"]:
        lines.append(f"  report {version['reportHash']}")
    return "\n".join(lines)
