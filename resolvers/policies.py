"""Hop 4: the protocols in force, read from the registry and kept until policy version or clock
says otherwise.

A version takes effect when every party has ratified it (or is bound by
signature) and its stated instant has come. Of several versions of one
agreement the highest in force counts. The picture here is only a cache: each
statement compares the version and the horizon it was rendered for with the
registry's own, in its own snapshot.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import Any

import orjson

from authz.documents import Document, DocumentRefused, read
from authz.grants import Grant
from authz.profile import Policy, Version
from resolvers.execution import Unavailable, told
from resolvers.wire import Pool, Wire, WireError

_SQL = (
    "with t as (select coalesce($1::timestamptz, now()) as at,"
    " coalesce($1::timestamptz, 'infinity') as upto)"
    " select json_build_object('version', (select number from policy.version), 'now', t.at,"
    " 'agencies', (select json_object_agg(code, coalesce(country, '')) from registry.agency),"
    " 'parties', (select json_object_agg(a.agreement_code, a.p) from (select agreement_code,"
    " array_agg(party order by party) as p from registry.agreement_party group by 1) a),"
    " 'versions', (select json_agg(json_build_object('agreement', v.agreement_code,"
    " 'version', v.version, 'content', v.content, 'hash', v.content_hash, 'report', v.report_hash,"
    " 'from', v.in_force_from, 'agency', v.proposed_by_agency, 'at', v.proposed_at,"
    " 'until', least(v.until, (select min(e.until_at) from policy.ending e"
    " where e.version_id = v.id and e.at <= t.upto)),"
    " 'bound', array(select r.party from policy.ratification r where r.version_id = v.id"
    " and r.at <= t.upto order by 1))"
    " order by v.agreement_code, v.version)"
    " from policy.protocol_version v where v.proposed_at <= t.upto))::text from t"
)
_NUMBER = "select number::text from policy.version"
_MILLISECONDS = 5_000
Reader = Callable[[str, str], Document]


async def load(dsn: str, at: dt.datetime | None = None) -> Policy:
    """Read the policy in force, or that of a past instant, in one snapshot.

    Raises WireError where the database is away or does not answer in time.
    """
    wire = await Wire.connect(dsn, _MILLISECONDS)
    try:
        result = await wire.begin(_SQL, [at.isoformat().encode() if at else None])
    finally:
        await wire.close()
    return read_policy(result.get_value(0, 0) or b"{}")


async def policy_number(pool: Pool) -> int:
    """The policy version the registry stands at now. Raises Unavailable."""
    try:
        wire = await pool.take()
    except WireError:
        raise Unavailable from None
    try:
        number = int((await wire.begin(_NUMBER, [])).get_value(0, 0) or 0)
        await wire.rollback()
    except WireError as error:
        raise told(error) from None
    else:
        return number
    finally:
        await pool.give(wire)


async def read_again(wire: Wire) -> Policy:
    """The policy as the open transaction on `wire` sees it, its own writes included."""
    return read_policy((await wire.go_on(_SQL, [None])).get_value(0, 0) or b"{}")


def read_policy(text: bytes) -> Policy:
    """The policy of what `_SQL` answers."""
    found = orjson.loads(text)
    now = _instant(found["now"])
    parties = {code: frozenset(named) for code, named in (found["parties"] or {}).items()}
    versions = [_version(each, parties) for each in found["versions"] or ()]
    rows = [
        (v.agreement, v.version, v.content, v.since, v.until, now)
        for v in versions
        if v.parties and v.parties <= v.bound
    ]
    policy = policy_of(found["version"], found["agencies"] or {}, rows, _known)
    return replace(policy, versions=tuple(versions), read_at=now)


def _version(found: dict[str, Any], parties: dict[str, frozenset[str]]) -> Version:
    since, until = _instant(found["from"]), _instant(found["until"])
    with suppress(DocumentRefused):
        document = _known(found["content"], f"{found['agreement']}@{found['version']}")
        since, until = since or _midnight(document.in_force), until or _midnight(document.until)
    return Version(
        agreement=found["agreement"],
        version=found["version"],
        content=found["content"],
        content_hash=found["hash"],
        report_hash=found["report"],
        parties=parties.get(found["agreement"], frozenset()),
        bound=frozenset(found["bound"]),
        proposed_by=found["agency"],
        proposed_at=_instant(found["at"]) or dt.datetime.min.replace(tzinfo=dt.UTC),
        since=since,
        until=until,
    )


@lru_cache(maxsize=256)
def _known(content: str, name: str) -> Document:
    """A document read once: reading all of them takes a quarter of a second, in which nobody else
    is answered, and whoever asks for /readyz has the policy loaded.
    """
    return read(content, name)


def _instant(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)


def policy_of(
    version: int, agencies: dict[str, str], rows: list[tuple[Any, ...]], reader: Reader
) -> Policy:
    """The policy of these ratified rows (agreement, version, content, from, until, now)."""
    now = rows[0][5] if rows else dt.datetime.now(dt.UTC)
    live: dict[str, Document] = {}
    edges: list[dt.datetime] = []
    for code, number, content, since, until, _ in rows:
        document = reader(content, f"{code}@{number}")
        start = since or _midnight(document.in_force)
        end = until or _midnight(document.until)
        edges += [edge for edge in (start, end) if edge is not None and edge > now]
        if (start is None or start <= now) and (end is None or now < end):
            live[code] = document
    grants: list[Grant] = []
    for document in live.values():
        for grant in document.grants:
            begins, ends = _midnight(grant.since), _midnight(grant.until)
            edges += [edge for edge in (begins, ends) if edge is not None and edge > now]
            if (begins is None or begins <= now) and (ends is None or now < ends):
                grants.append(grant)
    return Policy(
        version=version,
        horizon=min(edges, default=None),
        grants=tuple(grants),
        parties={code: frozenset(d.parties) for code, d in live.items()},
        published=frozenset(code for code, d in live.items() if d.published),
        documents=tuple(live.values()),
        countries={code: country for code, country in agencies.items() if country},
    )


def _midnight(day: dt.date | None) -> dt.datetime | None:
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC) if day else None
