"""What was delivered and is closed now: withdrawals, made once and open until acknowledged.

Takes what closed and opened in a step, gives the WITHDRAWN entries that are
due: fields that the ledger shows as delivered to this agency and client for
this purpose. An answer that was under way when something closed is on record
only after it; so what closed is looked at again for a while.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import orjson

from resolvers.feeding.legend import WHOLE, fields_of, mask_of
from resolvers.feeding.rows import Row, rows_of
from resolvers.inputs import as_text
from resolvers.wire import Wire
from schema.catalog import Catalog

WATCHED: Final = 60
"""Seconds for which what closed is looked at again: longer than any answer takes."""
AGAIN: Final = 5
"""Seconds between two looks."""

_CLOSE = (
    "insert into feed.closing as c (stream, record_id, record_type, unit, classes, whole, until_at)"
    " select $1::integer, x.record_id, x.record_type, x.unit, x.classes, x.whole,"
    f" now() + interval '{WATCHED} seconds' from jsonb_to_recordset($2::jsonb)"
    " x(record_id uuid, record_type text, unit uuid, classes bigint, whole boolean)"
    " on conflict (stream, record_id) do update set classes = c.classes | excluded.classes,"
    " whole = c.whole or excluded.whole, until_at = excluded.until_at"
)
_REOPEN = (
    "with x as (select * from jsonb_to_recordset($2::jsonb) x(record_id uuid, open bigint)),"
    " gone as (delete from feed.closing c using x where c.stream = $1::integer"
    " and c.record_id = x.record_id and c.classes & ~x.open = 0 and (c.classes <> 0 or c.whole))"
    " update feed.closing c set classes = c.classes & ~x.open, whole = false from x"
    " where c.stream = $1::integer and c.record_id = x.record_id and c.classes & ~x.open <> 0"
)
_DUE = (
    "select w.record_id::text, to_json(w.fields)::text from feed.withdrawal w"
    " where w.stream = $1::integer and w.seq is not null and w.record_id = any($2::uuid[])"
)
_LOOK = (
    "select c.record_id::text, c.record_type, c.unit::text, c.classes::text, c.whole::text"
    " from feed.closing c where c.stream = $1::integer and (c.classes <> 0 or c.whole)"
    " and ($2::boolean or c.record_id = any($3::uuid[]))"
)
_WATCHED = (
    "select distinct c.unit::text from feed.closing c where c.stream = $1::integer"
    " and c.until_at <= now()"
)
_LATELY = (
    "select d.record_id::text, d.unit::text, to_json(d.names)::text, v.open::text"
    " from feed.delivered_lately($1::integer, $2::timestamptz - make_interval(secs => $5::integer),"
    " $3::uuid[], $4::text[]) d left join feed.view v on v.stream = $1::integer"
    " and v.record_id = d.record_id"
)
_DELIVERED = (
    "select d.record_id::text, to_json(d.fields)::text from feed.delivered($1::integer,"
    " $2::uuid[]) d"
)
_OVER = "delete from feed.closing c where c.stream = $1::integer and c.until_at <= now()"
_SET = (
    "insert into feed.withdrawal as w (stream, record_id, record_type, unit, fields, seq)"
    " select $1::integer, x.record_id, x.record_type, x.unit, x.fields, x.seq"
    " from jsonb_to_recordset($2::jsonb)"
    " x(record_id uuid, record_type text, unit uuid, fields text[], seq bigint)"
    " on conflict (stream, record_id) do update set fields = excluded.fields, seq = excluded.seq,"
    " since = clock_timestamp()"
)
_LESS = (
    "update feed.withdrawal w set fields = x.fields,"
    " seq = case when x.fields <> '{}' then w.seq end"
    " from jsonb_to_recordset($2::jsonb) x(record_id uuid, fields text[])"
    " where w.stream = $1::integer and w.record_id = x.record_id"
)


@dataclass(frozen=True, slots=True)
class Closed:
    """A record that left the view (`whole`), or some of whose classes did."""

    record: str
    kind: str
    unit: str
    classes: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Due:
    """Fields of a record that are to be erased, in the order of the schema."""

    record: str
    kind: str
    unit: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Withdrawing:
    """The withdrawals of one stream in one step."""

    wire: Wire
    stream: int
    catalog: Catalog

    async def reopened(self, opened: Mapping[str, tuple[str, int]]) -> None:
        """What is open again, by record (type, open classes), may be kept again."""
        if not opened:
            return
        again: list[dict[str, object]] = [
            {"record_id": record, "open": mask} for record, (_, mask) in opened.items()
        ]
        await self._run(_REOPEN, again)
        less: list[dict[str, object]] = []
        for record, fields in (await self._due(opened)).items():
            kind, mask = opened[record]
            shown = {WHOLE, *fields_of(self.catalog.entities[kind], mask)}
            kept = [name for name in fields if name not in shown]
            if len(kept) < len(fields):
                less.append({"record_id": record, "fields": kept})
        if less:
            await self._run(_LESS, less)

    async def lately(
        self, since: str, units: Iterable[str], openings: Iterable[str], *, again: bool
    ) -> list[Closed]:
        """What was delivered after `since` of these persons and is not open now, whether the stream
        ever saw it open or not; with `again` also a little before, of those that were watched.
        """
        windows = [(0, set(units))]
        if again:
            # on record before `since` and durable only after it; once, when nothing is under way
            windows.append((2 * WATCHED, {str(row[0]) for row in await self._ask(_WATCHED)}))
        found = [
            row
            for seconds, of in windows
            if of
            for row in await self._ask(
                _LATELY,
                since.encode(),
                as_text(sorted(of), "uuid[]"),
                as_text(sorted(openings), "text[]"),
                str(seconds).encode(),
            )
        ]
        closed = []
        for record, unit, names, opened in found:
            fields = [str(name).partition(".") for name in orjson.loads(str(names))]
            kind = fields[0][0]
            mask = mask_of(self.catalog.entities[kind], [name for _, _, name in fields])
            lost = mask & ~int(opened or 0)
            if lost or opened is None:
                closed.append(Closed(str(record), kind, str(unit), lost, opened is None))
        return closed

    async def watch(self, units: Iterable[str]) -> None:
        """Persons of whom an answer that is under way may bring what was open for a moment."""
        rows: list[dict[str, object]] = [
            {"record_id": unit, "record_type": "Victim", "unit": unit, "classes": 0, "whole": False}
            for unit in sorted(set(units))
        ]
        if rows:
            await self._run(_CLOSE, rows)

    async def due(self, closed: Iterable[Closed], *, again: bool) -> list[Due]:
        """What of this is to be erased and was not told yet; `again`: also of what closed before
        and is still looked at.
        """
        new: list[dict[str, object]] = [
            {
                "record_id": each.record,
                "record_type": each.kind,
                "unit": each.unit,
                "classes": each.classes,
                "whole": each.whole,
            }
            for each in _once(closed)
        ]
        if new:
            await self._run(_CLOSE, new)
        if not new and not again:
            return []
        ids = as_text([each["record_id"] for each in new], "uuid[]")
        looked = await self._ask(_LOOK, b"true" if again else b"false", ids)
        found = await self._delivered([str(row[0]) for row in looked])
        told = await self._due(found)
        if again:
            await self.wire.go_on(_OVER, [str(self.stream).encode()])
        return [
            due
            for row in looked
            if (due := self._of(row, found, told.get(str(row[0]), ()))) is not None
        ]

    async def keep(self, due: Iterable[tuple[Due, int]]) -> None:
        """They are due from now on, each under the number of its entry."""
        rows = [
            {
                "record_id": each.record,
                "record_type": each.kind,
                "unit": each.unit,
                "fields": list(each.fields),
                "seq": seq,
            }
            for each, seq in due
        ]
        if rows:
            await self._run(_SET, rows)

    def _of(self, row: Row, found: Mapping[str, list[str]], told: Iterable[str]) -> Due | None:
        record, kind, unit, classes, whole = (str(each) for each in row)
        entity = self.catalog.entities[kind]
        delivered = found.get(record, [])
        mask = mask_of(entity, delivered) & int(classes)
        closed = set(fields_of(entity, mask)) & set(delivered)
        if whole == "true" and WHOLE in delivered:
            closed.add(WHOLE)
        if closed <= set(told):
            return None
        closed |= set(told)
        order = [WHOLE, *(name for name in entity.fields if name != WHOLE)]
        return Due(record, kind, unit, tuple(name for name in order if name in closed))

    async def _delivered(self, ids: list[str]) -> dict[str, list[str]]:
        if not ids:
            return {}
        return _lists(await self._ask(_DELIVERED, as_text(ids, "uuid[]")))

    async def _due(self, ids: Iterable[str]) -> dict[str, list[str]]:
        return _lists(await self._ask(_DUE, as_text(list(ids), "uuid[]")))

    async def _ask(self, sql: str, *values: bytes | None) -> list[Row]:
        return rows_of(await self.wire.go_on(sql, [str(self.stream).encode(), *values]))

    async def _run(self, sql: str, rows: list[dict[str, object]]) -> None:
        await self._ask(sql, orjson.dumps(rows))


def _once(closed: Iterable[Closed]) -> list[Closed]:
    """Each record once, with all that closed of it, by whichever way it was found."""
    found: dict[str, Closed] = {}
    for each in closed:
        before = found.get(each.record, each)
        found[each.record] = replace(
            each, classes=before.classes | each.classes, whole=before.whole or each.whole
        )
    return list(found.values())


def _lists(rows: list[Row]) -> dict[str, list[str]]:
    return {str(record): list(orjson.loads(str(fields))) for record, fields in rows}
