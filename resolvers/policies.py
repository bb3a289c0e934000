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
from functools import lru_cache
from typing import Any

import orjson

from authz.documents import Document, read
from authz.grants import Grant
from authz.profile import Policy
from resolvers.wire import Wire

_SQL = (
    "select json_build_object('version', (select number from policy.version), 'now', now(),"
    " 'agencies', (select json_object_agg(code, coalesce(country, '')) from registry.agency),"
    " 'ratified', (select json_agg(json_build_array(v.agreement_code, v.version, v.content,"
    " v.in_force_from, v.until) order by v.agreement_code, v.version)"
    " from policy.protocol_version v where exists (select from registry.agreement_party p"
    " where p.agreement_code = v.agreement_code) and not exists ("
    " select from registry.agreement_party p where p.agreement_code = v.agreement_code"
    " and not exists (select from policy.ratification r where r.version_id = v.id"
    " and r.party = p.party))))::text"
)
_MILLISECONDS = 5_000
Reader = Callable[[str, str], Document]


async def load(dsn: str) -> Policy:
    """Read the policy in force, in one snapshot. Raises WireError where the database is away or
    does not answer in time.
    """
    wire = await Wire.connect(dsn, _MILLISECONDS)
    try:
        result = await wire.begin(_SQL, [])
    finally:
        await wire.close()
    found = orjson.loads(result.get_value(0, 0) or b"{}")
    now = _instant(found["now"])
    rows = [
        (code, number, content, _instant(since), _instant(until), now)
        for code, number, content, since, until in found["ratified"] or ()
    ]
    return policy_of(found["version"], found["agencies"] or {}, rows, _known)


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
        countries={code: country for code, country in agencies.items() if country},
    )


def _midnight(day: dt.date | None) -> dt.datetime | None:
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC) if day else None
