"""Two answers held against each other, and the difference told as a story.

Takes what the judge says and what the engine answered and recorded, gives one
line for each difference; no line means that they agree.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from authz.caller import Caller
from authz.grants import Grant
from tests.judge.answering import Answered, Cursor
from tests.judge.ground import Stored
from tests.judge.law import Proposed, names
from tests.judge.recording import Leaf, Recorded
from tests.judge.world import World


def differing(wanted: Any, found: Any, path: str = "") -> Iterator[str]:
    """Where two JSON values differ. A cursor equals any text."""
    if isinstance(wanted, Cursor):
        if not (isinstance(found, str) and found):
            yield f"{path}: a cursor, not {found!r}"
    elif isinstance(wanted, dict) and isinstance(found, dict):
        if list(wanted) != list(found):
            yield f"{path}: keys {list(wanted)}, not {list(found)}"
        for key in wanted.keys() & found.keys():
            yield from differing(wanted[key], found[key], f"{path}.{key}")
    elif isinstance(wanted, list) and isinstance(found, list):
        if len(wanted) != len(found):
            yield f"{path}: {len(wanted)} entries, not {len(found)}: {wanted!r} / {found!r}"
        for at, (one, other) in enumerate(zip(wanted, found, strict=False)):
            yield from differing(one, other, f"{path}[{at}]")
    elif wanted != found or type(wanted) is not type(found):
        yield f"{path}: {wanted!r}, not {found!r}"


def compare(wanted: Answered, body: dict[str, Any], record: Recorded | None) -> Iterator[str]:
    """The response body: data, errors, and what the extensions say."""
    if wanted.data is None or body.get("data") is None:
        if body.get("data", "absent") != wanted.data:
            kinds = ["refused" if each is None else "answered" for each in (wanted.data, body.get("data"))]
            yield f"data: {kinds[0]}, not {kinds[1]}: {body.get('errors')}"
        return
    yield from differing(wanted.data, body["data"], "data")
    errors = Counter(map(_text, wanted.errors))
    given = Counter(map(_text, body.get("errors", ())))
    yield from (f"errors: lacking {text}" for text in errors - given)
    yield from (f"errors: too many {text}" for text in given - errors)
    extensions = body.get("extensions", {})
    if ("accessRecord" in extensions) is (record is None):
        yield f"accessRecord: {record is not None} wanted, {extensions}"
    if record is not None and wanted.data is not None:
        by_path: dict[str, dict[str, int]] = {}
        for (path, reason), count in wanted.by_path.items():
            by_path.setdefault(path, {})[reason] = count
        told = extensions.get("withheld", {})
        for path in sorted(by_path.keys() | told.keys()):
            if by_path.get(path) != told.get(path):
                yield f"withheld at {path}: {by_path.get(path)}, not {told.get(path)}"


def compare_record(
    wanted: Recorded, found: Stored, caller: Caller, purpose: str, name: str
) -> Iterator[str]:
    """The access record and its leaves."""
    columns = found.columns
    stated = {
        "outcome": wanted.outcome,
        "searched": wanted.searched,
        "protocols": wanted.whole.protocols,
        "agency": caller.agency,
        "country": caller.country,
        "unit": caller.unit,
        "roles": sorted(caller.roles),
        "subject": caller.subject,
        "client": caller.client,
        "issuer": caller.issuer,
        "purpose": purpose,
        "operation_name": name,
    }
    for key, value in stated.items():
        if columns[key] != value:
            yield f"record.{key}: {value!r}, not {columns[key]!r}"
    refusals = {(each["field"], each["reason"]) for each in columns["refusals"]}
    yield from _sets("record.refusals", wanted.refusals, refusals)
    yield from _leaf("record", wanted.whole, found.whole)
    if set(wanted.leaves) != set(found.leaves):
        yield f"leaves: {sorted(wanted.leaves)}, not {sorted(found.leaves)}"
    for pair in wanted.leaves.keys() & found.leaves.keys():
        yield from _leaf(f"leaf {pair!r}", wanted.leaves[pair], found.leaf(pair))
        body = found.leaves[pair]
        claimed = None if caller.cases is None else sorted(caller.cases)
        if body["caller"]["cases"] != claimed:
            yield f"leaf {pair!r}.caller.cases: {claimed}, not {body['caller']['cases']}"
        if body["protocols"] != wanted.leaves[pair].protocols:
            yield f"leaf {pair!r}.protocols: {wanted.leaves[pair].protocols}, not {body['protocols']}"


def _leaf(name: str, wanted: Leaf, found: Leaf) -> Iterator[str]:
    yield from _sets(f"{name}.disclosures", wanted.disclosures, found.disclosures)
    if wanted.withheld != found.withheld:
        yield f"{name}.withheld: {dict(wanted.withheld)}, not {dict(found.withheld)}"


def _sets(name: str, wanted: Iterable[Any], found: Iterable[Any]) -> Iterator[str]:
    lacking, more = set(wanted) - set(found), set(found) - set(wanted)
    if lacking:
        yield f"{name}: lacking {sorted(lacking)}"
    if more:
        yield f"{name}: too many {sorted(more)}"


def _text(error: dict[str, Any]) -> str:
    return json.dumps(error, sort_keys=True, ensure_ascii=False)


def story(
    world: World,
    law: Iterable[Proposed],
    caller: Caller,
    purpose: str,
    text: str,
    lines: Iterable[str],
) -> str:
    """What was drawn and where the two differ, to be read by a person."""
    told = ["", "THE LAW (grants that name the caller)"]
    for each in law:
        document = each.document
        if not any(names(grant, caller) for grant in document.grants):
            told.append(f"  {document.code}, in force from {document.in_force} until {document.until}, bound {sorted(each.bound)}: nothing for the caller")
            continue
        told.append(
            f"  {document.code}, parties {sorted(document.parties)}, bound {sorted(each.bound)},"
            f" in force from {document.in_force} until {document.until}"
        )
        mine = [g for g in document.grants if names(g, caller) and purpose in g.purposes]
        told += [f"    {_grant(grant)}" for grant in mine if _is_asked(grant.entity, text)]
    told += [f"THE ROWS (now is {world.now.isoformat()})"]
    for row in world.drawn:
        if row.kind not in {"Party"}:
            filled = {name: value for name, value in row.columns.items() if value is not None}
            told.append(f"  {row.kind} {_plain(filled)}")
    claims = f"unit {caller.unit!r}, cases {caller.cases}"
    told += [f"THE CALLER {caller.agency} {caller.roles} for {purpose}, {claims}"]
    told += ["THE QUESTION", text, "THE DIFFERENCE (the judge's, not the engine's)"]
    return "\n".join([*told, *(f"  {line}" for line in lines)])


def _is_asked(kind: str, text: str) -> bool:
    """Whether a question may reach this type; the shell of a case is read for every reason."""
    return kind == "ReturnCase" or kind[:-1].lower() in text.lower()


def _grant(grant: Grant) -> str:
    side = f" on the side of {grant.grantee.side}" if grant.grantee.side else ""
    days = f" from {grant.since} until {grant.until}" if grant.since or grant.until else ""
    return (
        f"{grant.clause}: {grant.entity} {sorted(map(str, grant.classes))} when"
        f" {[str(c) for c in grant.when]}{side}{days}"
    )


def _plain(columns: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in columns.items())
