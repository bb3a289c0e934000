"""One step of a stream: events, the clock and its rights become entries, in order.

Takes a wire and a stream, gives how far it stands now. One transaction under
the stream's lock with one snapshot: the events that it sees are exactly those
whose effects it sees. Promises that a change makes one entry for a stream
whose view it touches and none for any other, and that nothing is shown here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import orjson

from authz.profile import Policy
from resolvers.execution import Stale, bind_all
from resolvers.feeding.changes import Change, Look, Place, Touches, compose
from resolvers.feeding.clocks import passed_sql
from resolvers.feeding.judging import Judgement, Judgements
from resolvers.feeding.legend import KINDS, OVER, TYPES
from resolvers.feeding.linking import Linking
from resolvers.feeding.rows import Row, rows_of
from resolvers.feeding.streams import NIL, WHOLE_POSITION, Puller
from resolvers.feeding.withdrawing import AGAIN, Closed, Due, Withdrawing
from resolvers.inputs import as_text
from resolvers.wire import Wire
from schema.catalog import Catalog

EVENTS: Final = 500
"""Events of one step."""
ROWS: Final = 2000
"""Rows that a step looks through where a stream begins or its rights changed."""

_ALONE = "set transaction isolation level repeatable read"
_LOCK = (
    "select s.rights, s.position::text, s.event_seq::text, s.clock_at::text, s.sweep_kind::text,"
    " s.sweep_id::text, s.quiet::text, s.complete::text, s.seq::text, s.dropped::text,"
    f" (s.checked_at <= now() - interval '{AGAIN} seconds' and exists (select from feed.closing c"
    " where c.stream = s.id))::text, registry.newest_position()::text,"
    " ((s.clock_at at time zone 'UTC')::date < current_date)::text,"
    " (s.clock_at < now() - interval '1 second')::text,"
    " (select v.number <> $2::bigint from policy.version v)::text,"
    " coalesce(now() >= $3::timestamptz, false)::text,"
    " (s.asked_at < now() - interval '1 hour')::text"
    " from feed.stream s where s.id = $1::integer for no key update of s skip locked"
)
_TOUCHED = (
    "select t.place::text, t.seq::text, t.record_id::text, t.record_type, t.unit::text,"
    " case when t.fields is not null then to_json(t.fields)::text end"
    f" from feed.touched($1::integer, $2::bigint, $3::bigint, {EVENTS}) t order by t.place, t.seq"
)
_PASSED = (
    "select p.person::text, p.record_id::text, p.record_type,"
    " case when p.fields is not null then to_json(p.fields)::text end from ({}) p"
)
_PASSED_NOW = _PASSED.format(passed_sql(daily=False))
_PASSED_TODAY = _PASSED.format(passed_sql(daily=True))
_OF_AGREEMENT = " union all ".join(
    f"select '{kind}', x.id::text from registry.{table} x join registry.agreement a"
    " on a.code = x.agreement_code where a.id = any($1::uuid[])"
    for kind, table in (
        ("Clause", "clause"),
        ("FocalPoint", "focal_point"),
        ("BilateralContact", "bilateral_contact"),
    )
)
_ENTRIES = (
    "insert into feed.entry (stream, seq, record_id, record_type, fields, withdrawn)"
    " select $1::integer, x.seq, x.record_id, x.record_type, x.fields, x.withdrawn"
    " from jsonb_to_recordset($2::jsonb)"
    " x(seq bigint, record_id uuid, record_type text, fields text[], withdrawn boolean)"
)
_STAND = (
    "update feed.stream set rights = $2, policy_version = $3::bigint,"
    " policy_horizon = $4::timestamptz, position = $5::bigint, event_seq = $6::bigint,"
    " clock_at = case when $7::boolean then now() else clock_at end, sweep_kind = $8::smallint,"
    " sweep_id = $9::uuid, quiet = $10::boolean, complete = $11::boolean, seq = $12::bigint,"
    " checked_at = case when $13::boolean then now() else checked_at end,"
    " asked_at = case when $14::boolean then now() else asked_at end where id = $1::integer"
)


_Sorted = tuple[Place, int, int, Due | Look]
"""An entry and what it is sorted by: the last touch, withdrawals first, type; then id."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a step judges by: the policy, the rights under it as one hash, and the statements."""

    policy: Policy
    rights: str
    judgements: Judgements
    linkings: Mapping[str, Linking]
    catalog: Catalog
    openings: frozenset[str]
    """Clauses of emergencies: what they open is no stream's."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a stream stands. `complete`: everything was looked through once; before that
    (`kind`, `place`) is how far. `more`: another step has something to do at once.
    """

    seq: int
    dropped: int
    complete: bool
    kind: int
    place: str
    more: bool


@dataclass(slots=True)
class _State:
    """The stream's row, as it becomes in the step."""

    rights: str
    position: int
    event_seq: int
    clock_at: str
    sweep: tuple[int, str] | None
    quiet: bool
    complete: bool
    seq: int
    dropped: int
    again: bool
    newest: int
    day_passed: bool
    time_passed: bool
    asked_long_ago: bool
    more: bool = False

    @property
    def behind(self) -> bool:
        """There are events that it was not judged by."""
        return self.position < self.newest or self.event_seq != WHOLE_POSITION


async def step(
    wire: Wire, puller: Puller, stream: int, ground: Ground, *, asked: bool
) -> Standing | None:
    """Advance once; None where somebody else does. `asked`: the puller itself asks. Raises Stale or
    WireError.
    """
    await wire.begin(_ALONE, [])
    policy = ground.policy
    values = [
        str(stream).encode(),
        str(policy.version).encode(),
        as_text(policy.horizon, "timestamptz"),
    ]
    found = rows_of(await wire.go_on(_LOCK, values, puller.context))
    if not found:
        await wire.rollback()
        return None
    row = found[0]
    if row[14] == "true" or row[15] == "true":
        await wire.rollback()
        raise Stale
    return await _Step(wire, puller, stream, ground, _state(row)).run(asked=asked)


def _state(row: Row) -> _State:
    return _State(
        rights=str(row[0]),
        position=int(row[1] or 0),
        event_seq=int(row[2] or 0),
        clock_at=str(row[3]),
        sweep=None if row[4] is None else (int(row[4]), str(row[5])),
        quiet=row[6] == "true",
        complete=row[7] == "true",
        seq=int(row[8] or 0),
        dropped=int(row[9] or 0),
        again=row[10] == "true",
        newest=int(row[11] or 0),
        day_passed=row[12] == "true",
        time_passed=row[13] == "true",
        asked_long_ago=row[16] == "true",
    )


def _both(
    due: Sequence[Due], looks: Sequence[Look]
) -> tuple[tuple[int, Sequence[Due | Look]], ...]:
    return (0, due), (1, looks)


@dataclass(slots=True)
class _Step:
    """One step under way."""

    wire: Wire
    puller: Puller
    stream: int
    ground: Ground
    at: _State
    touches: Touches = field(default_factory=Touches)
    changes: list[Change] = field(default_factory=list)

    async def run(self, *, asked: bool) -> Standing:
        at = self.at
        if at.rights != self.ground.rights:
            at.rights = self.ground.rights
            at.sweep, at.quiet = (0, NIL), False
        clock = at.time_passed or at.day_passed
        idle = not at.behind and at.sweep is None and not clock and not at.again
        if not idle or (asked and at.asked_long_ago):
            if at.behind:
                await self._events()
            if clock:
                await self._clock()
            await self._judge()
            if at.sweep is not None:
                await self._sweep()
            await self._link()
            await self._write()
            await self._stand(clock=clock, asked=asked)
            await self.wire.commit()
        else:
            await self.wire.rollback()
        kind, place = at.sweep if at.sweep is not None else (OVER, NIL)
        more = at.more or at.sweep is not None
        return Standing(at.seq, at.dropped, at.complete, kind, place, more)

    async def _events(self) -> None:
        at = self.at
        found = await self._rows(_TOUCHED, str(self.stream), str(at.position), str(at.event_seq))
        for place, seq, record, kind, unit, fields in found:
            at.position, at.event_seq = int(place or 0), int(seq or 0)
            if record is not None:
                names = None if fields is None else frozenset(orjson.loads(fields))
                self.touches.event((at.position, at.event_seq), record, kind, unit, names)
        at.more = len(found) == EVENTS
        if not at.more:
            at.position, at.event_seq = max(at.position, at.newest), WHOLE_POSITION

    async def _clock(self) -> None:
        sql = _PASSED_TODAY if self.at.day_passed else _PASSED_NOW
        for unit, record, kind, fields in await self._rows(sql, self.at.clock_at):
            names = frozenset(orjson.loads(fields)) if fields is not None else frozenset()
            self.touches.moment(record, kind, unit, names)

    async def _judge(self) -> None:
        touches = self.touches
        agreements = touches.free.get("Agreement")
        if agreements:
            ids = as_text(sorted(agreements), "uuid[]")
            for kind, record in rows_of(await self.wire.go_on(_OF_AGREEMENT, [ids])):
                touches.free.setdefault(str(kind), set()).add(str(record))
        for kind, judgement in self.ground.judgements.units.items():
            free = judgement.entity.binding == "FREE"
            units = touches.free.get(kind, set()) | touches.loose if free else touches.units
            if not units:
                continue
            given = {
                "units": sorted(units),
                "touched": sorted(touches.records.get(kind, ())),
            }
            self._noted(kind, await self._judged(judgement, given), quiet=False)

    async def _sweep(self) -> None:
        """The next rows of everything. Raises nothing of its own."""
        at, left = self.at, ROWS
        kind, place = at.sweep or (0, NIL)
        kinds = [number for number in TYPES if number >= kind]
        for number in kinds:
            if left <= 0:
                break
            begin = place if number == kind else NIL
            judgement = self.ground.judgements.rest[TYPES[number]]
            found = await self._judged(judgement, {"place": begin, "most": left})
            ends = [row for row in found if row[1] is None]
            self._noted(TYPES[number], [r for r in found if r[1] is not None], quiet=at.quiet)
            if ends:
                at.sweep = (number, str(ends[0][0]))
                return
            left -= max(len(found), 1)
            following = [each for each in kinds if each > number]
            at.sweep = (following[0], NIL) if following else None
        if at.sweep is None:
            at.quiet, at.complete = False, True

    def _noted(self, kind: str, rows: list[Row], *, quiet: bool) -> None:
        for record, unit, before, now, froze, freezes in rows:
            self.changes.append(
                Change(
                    kind,
                    str(record),
                    str(unit),
                    None if before is None else int(before),
                    None if now is None else int(now),
                    int(froze or 0),
                    int(freezes or 0),
                    quiet,
                )
            )

    async def _link(self) -> None:
        """What records lead to, of those that changed and of those that lead to such."""
        moved: dict[str, list[str]] = {}
        judged: dict[str, list[str]] = {}
        for change in self.changes:
            if change.now is not None:
                judged.setdefault(change.kind, []).append(change.record)
            if (change.before is None) != (change.now is None):
                moved.setdefault(change.kind, []).append(change.record)
        silent = {each.record for each in self.changes if each.quiet and each.before is None}
        for kind, linking in self.ground.linkings.items():
            ids = [judged.get(kind, []), *(moved.get(target, []) for target in linking.targets)]
            if not any(ids):
                continue
            params = [str(self.stream).encode(), *(as_text(each, "uuid[]") for each in ids)]
            for record, unit, was, now in rows_of(await self.wire.go_on(linking.sql, params)):
                before, after = orjson.loads(was or "[]"), orjson.loads(now or "[]")
                names = {
                    name
                    for place, name in enumerate(linking.names)
                    if after[place] != (before[place] if before else None)
                }
                if str(record) not in silent and not (self.at.quiet and not before):
                    self.touches.linked(str(record), kind, str(unit), names)

    async def _write(self) -> None:
        at = self.at
        composed = compose(self.ground.catalog, self.changes, self.touches)
        withdrawing = Withdrawing(self.wire, self.stream, self.ground.catalog)
        await withdrawing.reopened(composed.opened)
        closed = [
            Closed(each.record, each.kind, each.unit, each.lost, each.now is None)
            for each in self.changes
            if each.lost or (each.now is None and each.before is not None)
        ]
        closed += await withdrawing.lately(
            at.clock_at, self.touches.units, self.ground.openings, again=at.again
        )
        await withdrawing.watch(self.touches.decided)
        due = await withdrawing.due(closed, again=at.again)
        late = (1 << 62, 0)
        entries: list[_Sorted] = [
            (self.touches.order(each.record, each.unit, late), look, KINDS[each.kind], each)
            for look, found in _both(due, composed.looks)
            for each in found
        ]
        entries.sort(key=lambda item: (*item[:3], item[3].record))
        if not entries:
            return
        rows = [
            {
                "seq": seq,
                "record_id": each.record,
                "record_type": each.kind,
                "fields": None if each.fields is None else list(each.fields),
                "withdrawn": look == 0,
            }
            for seq, (_, look, _, each) in enumerate(entries, at.seq + 1)
        ]
        await self.wire.go_on(_ENTRIES, [str(self.stream).encode(), orjson.dumps(rows)])
        numbers = {
            each.record: seq
            for seq, (_, look, _, each) in enumerate(entries, at.seq + 1)
            if not look
        }
        at.seq += len(entries)
        await withdrawing.keep((each, numbers[each.record]) for each in due)

    async def _stand(self, *, clock: bool, asked: bool) -> None:
        at, policy = self.at, self.ground.policy
        kind, place = at.sweep if at.sweep is not None else (None, None)
        values: list[tuple[object, str]] = [
            (self.stream, "integer"),
            (at.rights, "text"),
            (policy.version, "bigint"),
            (policy.horizon, "timestamptz"),
            (at.position, "bigint"),
            (at.event_seq, "bigint"),
            (clock, "boolean"),
            (kind, "smallint"),
            (place, "uuid"),
            (at.quiet, "boolean"),
            (at.complete, "boolean"),
            (at.seq, "bigint"),
            (at.again, "boolean"),
            (asked, "boolean"),
        ]
        await self.wire.go_on(_STAND, [as_text(value, cast) for value, cast in values])

    async def _judged(self, judgement: Judgement, given: Mapping[str, object]) -> list[Row]:
        context = {**self.puller.facts(), "stream": self.stream, **given}
        return rows_of(await self.wire.go_on(judgement.sql, bind_all(judgement.binds, {}, context)))

    async def _rows(self, sql: str, *values: str) -> list[Row]:
        return rows_of(await self.wire.go_on(sql, [value.encode() for value in values]))
