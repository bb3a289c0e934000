"""The record of an export: one leaf of kind EXPORT for each sitting, before anything is written.

Takes a ruling and a manifest, appends the act in a transaction of the service's
role and gives its id when it is durable. `act.subject` is `ledger <from>-<end>`,
the leaves from one index up to, without, the other; `act.contentHash` is over the
manifest's terms. Its pair is '': auditors of every party may read that a part
of the ledger left. Raises WireError; then nothing is on record.
"""

from __future__ import annotations

import asyncio
from typing import Final

from authz.caller import Caller
from resolvers.acting import Acting, digest_of
from resolvers.execution import bind_all, context_of
from resolvers.header import header_values
from resolvers.refusing import REFUSAL_BINDS, REFUSAL_SQL
from resolvers.wire import Wire
from service.ledger.exporting.judging import ENTITY, NotPermitted, Ruling
from service.ledger.exporting.manifest import Manifest
from service.telemetry import new_trace_id

OPERATION: Final = "LedgerExport"
_MILLISECONDS: Final = 10_000


def put_on_record(dsn: str, ruling: Ruling, manifest: Manifest, before: str) -> str:
    """The id of the sitting's record. `before` is the folder's state: '', BEGUN or COMPLETE."""
    return asyncio.run(_record(dsn, ruling, manifest, before))


def refuse(dsn: str, refused: NotPermitted) -> None:
    """Append the record of a refusal, of the same shape as that of any refused operation; none
    where the caller is not known.
    """
    if refused.caller is not None:
        asyncio.run(_refuse(dsn, refused.caller, refused))


async def _record(dsn: str, ruling: Ruling, manifest: Manifest, before: str) -> str:
    wire = await Wire.connect(dsn, _MILLISECONDS)
    try:
        acting = Acting(
            wire, ruling.caller, ruling.purpose, (OPERATION, digest_of(OPERATION)), new_trace_id()
        )
        record = await acting.record(
            "EXPORT",
            f"ledger {manifest.start}-{manifest.end}",
            (before, f"EXPORTED {ruling.caller.country or ruling.caller.agency}"),
            manifest.content_hash,
            "",
            tuple(dict.fromkeys(clause.partition("#")[0] for clause in ruling.clauses)),
        )
        await acting.commit()
        return record
    finally:
        await wire.close()


async def _refuse(dsn: str, caller: Caller, refused: NotPermitted) -> None:
    said = [{"field": f"{ENTITY}.id", "reason": str(refused.reason)}] if refused.reason else []
    header = header_values(
        caller, refused.purpose, OPERATION, digest_of(OPERATION), new_trace_id(), (), said
    )
    wire = await Wire.connect(dsn, _MILLISECONDS)
    try:
        await wire.begin(REFUSAL_SQL, bind_all(REFUSAL_BINDS, {}, header), context_of(caller))
        await wire.commit()
    finally:
        await wire.close()
