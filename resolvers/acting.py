"""An act in one transaction: what it reads and writes, and its record in the ledger.

Takes a wire and a caller, gives an `Acting` whose statements run in one
transaction with the caller's context. Promises that an act that cannot be
recorded is not performed: both are one transaction, and the answer leaves
after its commit.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from authz.caller import Caller
from ledger.acts import Act, Actor, Shown, act_line
from ledger.ids import uuid7
from resolvers.execution import context_of
from resolvers.inputs import as_text
from resolvers.wire import Wire

Row = tuple[str | None, ...]

_RECORD = (
    "insert into ledger.access_record (id, at, kind, agency, country, unit, cases, roles, subject,"
    " client, issuer, token_hash, purpose, operation_name, document_hash, trace_id, outcome,"
    " protocols) values ($1::uuid, $2::timestamptz, $3, $4, $5, $6, $7::text[], $8::text[], $9,"
    " $10, $11, $12, $13, $14, $15, $16, 'DISCLOSED', $17::text[])"
)
_LEAF = (
    "insert into ledger.access_leaf (record_id, pair, at, actor, body, records)"
    " values ($1::uuid, $2, $3::timestamptz, $4, $5, $6::uuid[])"
)
_CLOCK = "select clock_timestamp()::text"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an act is not done: a stable code and words for people, never a value of a record."""

    code: str
    message: str
    remedy: str | None = None
    line: int | None = None

    def as_dict(self) -> dict[str, object]:
        """As the schema's `Problem`."""
        return {
            "code": self.code,
            "message": self.message,
            "remedy": self.remedy,
            "line": self.line,
        }


@dataclass(slots=True)
class Acting:
    """One act under way. `operation` is name and document hash, `selected` the fields that its
    payload is asked for of the record it is about.
    """

    wire: Wire
    caller: Caller
    purpose: str
    operation: tuple[str, str]
    trace: str
    selected: frozenset[str] = frozenset()
    _open: bool = field(default=False)

    async def rows(self, sql: str, *values: object) -> list[Row]:
        """Run one statement of the act; its rows as texts."""
        params = [as_parameter(value) for value in values]
        if self._open:
            result = await self.wire.go_on(sql, params)
        else:
            result = await self.wire.begin(sql, params, context_of(self.caller))
            self._open = True
        return [
            tuple(_text(result.get_value(row, column)) for column in range(result.nfields))
            for row in range(result.ntuples)
        ]

    async def one(self, sql: str, *values: object) -> Row | None:
        """The first row, None where there is none."""
        found = await self.rows(sql, *values)
        return found[0] if found else None

    async def record(
        self,
        kind: str,
        subject: str,
        change: tuple[str, str],
        content_hash: str,
        pair: str,
        protocols: tuple[str, ...] = (),
        records: tuple[str, ...] = (),
        shown: tuple[Shown, ...] = (),
    ) -> str:
        """Append the act's record and leaf; the record's id. `change` is the state before and
        after, `shown` what the payload shows.
        """
        clock = await self.one(_CLOCK)
        at = dt.datetime.fromisoformat(str(clock[0] if clock else ""))
        who = self.caller
        act = Act(
            id=uuid7(),
            kind=kind,
            at=at,
            actor=Actor(
                who.agency,
                who.country,
                who.roles,
                who.subject,
                who.client,
                who.issuer,
                who.token_hash,
                who.unit,
                who.cases,
            ),
            subject=subject,
            before=change[0],
            after=change[1],
            content_hash=content_hash,
            pair=pair,
            protocols=protocols,
            purpose=self.purpose,
            operation=self.operation,
            trace=self.trace,
            shown=shown,
        )
        await self.rows(_RECORD, *_record_values(act))
        body = act_line(act).decode()
        actor = who.country or who.agency
        await self.rows(_LEAF, act.id, pair, at, actor, body, list(records))
        return act.id

    async def commit(self) -> None:
        """Make it durable; without any statement there is nothing to do."""
        if self._open:
            await self.wire.commit()
            self._open = False

    async def rollback(self) -> None:
        """Nothing was done."""
        if self._open and not self.wire.broken:
            await self.wire.rollback()
            self._open = False


def _record_values(act: Act) -> tuple[object, ...]:
    who = act.actor
    return (
        act.id,
        act.at,
        act.kind,
        who.agency,
        who.country,
        who.unit,
        None if who.cases is None else list(who.cases),
        sorted(who.roles),
        who.subject,
        who.client,
        who.issuer,
        who.token,
        act.purpose,
        act.operation[0],
        act.operation[1],
        act.trace,
        sorted(act.protocols),
    )


def as_parameter(value: object) -> bytes | None:
    """A value as a parameter in PostgreSQL's text format."""
    if value is None:
        return None
    if isinstance(value, dt.datetime):
        return value.isoformat().encode()
    if isinstance(value, list):
        return as_text(value, "text[]")
    if isinstance(value, bytes):
        return value
    return str(value).encode()


def _text(value: bytes | None) -> str | None:
    return None if value is None else bytes(value).decode()


def payload_of(
    problems: list[Problem], record: str | None = None, **members: Mapping[str, object] | None
) -> dict[str, object]:
    """A payload: what was done, or the problems."""
    return {
        **members,
        "problems": [problem.as_dict() for problem in problems],
        "accessRecord": record,
    }


def digest_of(value: object) -> str:
    """SHA-256 of a text, or of the canonical JSON of anything else, hex."""
    text = value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()
