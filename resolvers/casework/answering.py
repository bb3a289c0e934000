"""The answer of an act: its payload read, recorded, sealed and shaped.

Takes an act under way, gives the response body. Where nothing was done the
payload shows the record as it stands, as far as the caller may see it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import orjson

from resolvers.answers import assemble_act
from resolvers.binding import Bound, open_cursors, sealer
from resolvers.casework.asking import Asked, Going
from resolvers.casework.definitions import Trouble, Work, Written
from resolvers.casework.payload import shaped
from resolvers.execution import Fetched, bind_all, context_of, disclose
from resolvers.planning import MADE, payload_of
from resolvers.prepared import Prepared
from schema.types.acts.payloads import RECORDS


async def not_done(
    ready: Prepared, seal: sealer, going: Going, troubles: Sequence[Trouble]
) -> bytes:
    """Nothing was done; the payload shows the record as it stands, as far as the caller may see."""
    asked, made = going.asked, {}
    for field in RECORDS.get(asked.act.payload, {}):
        argument = asked.act.aliases.get(field)
        if argument is None and asked.act.subject is not None:
            same = RECORDS[asked.act.payload][field] == asked.act.subject.entity
            argument = asked.act.subject.argument if same else None
        if argument is not None and asked.given.get(argument) is not None:
            made[field] = str(asked.given[argument])
    return await answer_alone(ready, seal, going, made, troubles=tuple(troubles))


async def answer_alone(
    ready: Prepared,
    seal: sealer,
    going: Going,
    made: Mapping[str, str],
    *,
    troubles: tuple[Trouble, ...] = (),
    repeated: bool = False,
) -> bytes:
    """The payload in a transaction of its own: nothing is written but the record of it."""
    bound = bound_of(seal, going)
    context, nonce = context_for(seal, going, bound, made, _NO_LINE)
    statement = going.statement
    params = bind_all(statement.binds, going.variables, context, statement.constants)
    fetched = await disclose(
        ready.pool,
        statement,
        params,
        seal.of(statement, bound, nonce),
        context_of(going.request.caller),
        ready.settings.hop,
    )
    return body_of(going, fetched, troubles, repeated=repeated)


_NO_LINE: dict[str, object] = {
    "kind": "ACCESS",
    "act_json": "",
    "act_pair": "",
    "act_records": [],
    "act_protocols": [],
}


def line_of(work: Work, written: Written) -> dict[str, object]:
    """What the operation's record says of the act itself."""
    protocols = [work.stand.clause.split("#", maxsplit=1)[0]] if work.stand.clause else []
    pair = str(work.stand.facts.get("pair") or "")
    if written.ledger is None:
        return {**_NO_LINE, "act_pair": pair, "act_protocols": protocols}
    told = written.ledger
    line = {
        "contentHash": told["content"],
        "from": told["from"],
        "subject": told["subject"],
        "to": told["to"],
    }
    return {
        "kind": told["kind"],
        "act_json": '"act":' + orjson.dumps(line, option=orjson.OPT_SORT_KEYS).decode() + ",",
        "act_pair": pair,
        "act_records": sorted({work.stand.judged, told["subject"]}),
        "act_protocols": protocols,
    }


def made_of(asked: Asked, work: Work, written: Written) -> dict[str, str]:
    """Ids of the payload's records: what was made, else what the act was about."""
    made = {name: value for name, value in written.made.items() if name != "id"}
    for field, entity in RECORDS.get(asked.act.payload, {}).items():
        if field in made:
            continue
        if entity == asked.act.authority:
            made[field] = work.stand.judged
        elif asked.act.subject is not None and entity == asked.act.subject.entity:
            made[field] = work.stand.subject
        elif entity == "Victim" and work.stand.facts.get("victim"):
            made[field] = str(work.stand.facts["victim"])
    return made


def bound_of(seal: sealer, going: Going) -> Bound:
    """What the cursors of a payload are bound to."""
    request = going.request
    return Bound(going.plan, going.variables, request.caller, request.purpose or "", seal.cursors)


def context_for(
    seal: sealer,
    going: Going,
    bound: Bound,
    made: Mapping[str, str],
    line: Mapping[str, object],
) -> tuple[dict[str, object], str]:
    """The values of the payload's statement, and the mark of its cursors."""
    nonce = seal.nonce()
    fields = RECORDS.get(going.asked.act.payload, {})
    return {
        **going.header,
        **open_cursors(bound),
        **{f"{MADE}{field}": made.get(field) for field in fields},
        **line,
        "nonce": nonce,
        "policy_version": going.policy.version,
        "policy_horizon": going.policy.horizon,
    }, nonce


def body_of(
    going: Going,
    fetched: Fetched,
    troubles: Sequence[Trouble],
    *,
    repeated: bool,
    told: Mapping[str, object] = MappingProxyType({}),
) -> bytes:
    """The response body; `told` are the payload's own values, null where there are none."""
    asked = going.asked
    values: dict[str, object] = {
        **told,
        "problems": list(troubles),
        "accessRecord": fetched.record,
        "repeated": repeated,
    }
    records = dict(zip(going.statement.root_keys, fetched.roots, strict=True))
    payload = payload_of(asked.collector.schema, asked.act.name)
    data = shaped(asked.collector, payload, asked.nodes, values, records)
    return assemble_act(asked.key, data, going.statement, fetched, going.cost)
