"""One act, one transaction: locked, decided, written, recorded; then the bytes.

Takes a mutation that has been read, gives the response body. Promises that an
act that is not permitted, or has a problem, changes nothing; that its access
record, its event and its writes are durable together before the answer leaves;
and that the payload is judged on the state after the writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson
from graphql import OperationDefinitionNode

from authz.profile import Policy, Profile, profile_of
from resolvers.acting import as_parameter
from resolvers.answers import assemble_act, refused_answer
from resolvers.binding import Bound, check_pages, cost_of, open_cursors, sealer
from resolvers.casework import keys
from resolvers.casework.definitions import Act, Trouble, Work, Written
from resolvers.casework.definitions import Statement as Writing
from resolvers.casework.given import value_of
from resolvers.casework.payload import shaped
from resolvers.casework.registered import ACTS
from resolvers.casework.standing import GIVEN, Found, Standing, naming, read, standing
from resolvers.casework.verdicts import (
    conflict,
    first,
    illegal,
    invalid,
    not_permitted,
    unknown,
    unmet,
)
from resolvers.documents import Document
from resolvers.errors import ErrorCode, GraphQLFault, RequestRefused
from resolvers.execution import (
    Fetched,
    ForeignCursor,
    Stale,
    TimedOut,
    Unavailable,
    append,
    append_failure,
    bind_all,
    context_of,
    disclose,
    fetched_of,
    lent,
)
from resolvers.header import header_values
from resolvers.inputs import arguments_of, parse_uuid
from resolvers.plan import Plan
from resolvers.planning import MADE, payload_of
from resolvers.prepared import Prepared
from resolvers.refusing import ERROR_BINDS, ERROR_SQL, REFUSAL_BINDS, REFUSAL_SQL
from resolvers.rendering import Statement
from resolvers.requests import Request
from resolvers.selection import Collector, FieldNodes
from resolvers.wire import Wire, WireError
from schema.classes import DataClass
from schema.machine import Guard
from schema.types.acts.payloads import RECORDS

ATTEMPTS = 4
_DEED = (
    "insert into registry.deed (act, agency_code, subject, issuer, purpose, clause, reason,"
    " form_id, access_record) values ($1, $2, $3, $4, $5, $6, $7, $8, $9::uuid)"
)
_ILLEGAL = "SP001"
"""SQLSTATE of the trigger that knows the machine's edges."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The one root field of a mutation: its act, response key, selections and arguments."""

    act: Act
    key: str
    nodes: FieldNodes
    given: Mapping[str, object]
    collector: Collector


@dataclass(frozen=True, slots=True)
class Decided:
    """Nothing stands in the way: what is to be written."""

    work: Work
    written: Written


@dataclass(frozen=True, slots=True)
class Going:
    """What stays the same over the flights of one act."""

    request: Request
    asked: Asked
    plan: Plan
    policy: Policy
    profile: Profile
    statement: Statement
    variables: Mapping[str, object]
    header: Mapping[str, object]
    cost: Mapping[str, int]


def asked_of(
    ready: Prepared,
    document: Document,
    operation: OperationDefinitionNode,
    variables: Mapping[str, object],
) -> Asked | None:
    """The act of the operation, None where it is one of another room. Raises RequestRefused."""
    collector = Collector(ready.schema, document.fragments, variables)
    fields = collector.collect([operation.selection_set], "Mutation")
    if len(fields) != 1:
        return None
    ((key, nodes),) = fields.items()
    act, root = ACTS.get(nodes[0].name.value), ready.schema.mutation_type
    if act is None or root is None:
        return None
    given = arguments_of(root.fields[act.name], nodes[0], variables)
    if act.subject is not None:
        given[act.subject.argument] = parse_uuid(given[act.subject.argument])
    return Asked(act, key, nodes, given, collector)


async def perform(
    ready: Prepared,
    seal: sealer,
    request: Request,
    document: Document,
    asked: Asked,
    variables: Mapping[str, object],
) -> bytes:
    """Do it, or say why not. Raises RequestRefused, Unavailable or TimedOut."""
    if request.purpose is None:
        raise RequestRefused.of(
            ErrorCode.PURPOSE_REQUIRED, "state a purpose in the header `Saphan-Purpose`"
        )
    plan = ready.planned(document, request.operation_name, variables)
    for attempt in range(ATTEMPTS):
        policy = await ready.current()
        try:
            return await _with_policy(ready, seal, request, asked, plan, variables, policy)
        except Stale:
            await ready.reload(policy)
            if attempt == ATTEMPTS - 1:
                raise Unavailable from None
        except ForeignCursor:
            raise RequestRefused.of(
                ErrorCode.CURSOR_INVALID, "the cursor belongs to another record"
            ) from None
    raise Unavailable


async def _with_policy(
    ready: Prepared,
    seal: sealer,
    request: Request,
    asked: Asked,
    plan: Plan,
    variables: Mapping[str, object],
    policy: Policy,
) -> bytes:
    caller, purpose = request.caller, request.purpose or ""
    statement = ready.statement(plan, caller, purpose, policy)
    narrowed = statement.narrowed
    bulk = check_pages(plan, variables, narrowed.bulk)
    limit = ready.settings.bulk_cost_limit if bulk else ready.settings.cost_limit
    cost = {"requested": cost_of(plan, variables, limit), "limit": limit}
    pairs = {
        (str(f.extensions["field"]), str(f.extensions["reason"]))
        for f in (*narrowed.faults, *narrowed.whole)
    }
    header = header_values(
        caller,
        purpose,
        plan.operation_name,
        plan.document_hash,
        request.trace_id,
        narrowed.searched,
        [{"field": name, "reason": reason} for name, reason in sorted(pairs)],
    )
    profile = ready.profile(policy, caller, purpose)
    whole = list(narrowed.whole)
    if not naming(profile, asked.act):
        whole = [_not_named(policy, request, asked)]
    if whole:
        await append(ready.pool, REFUSAL_SQL, bind_all(REFUSAL_BINDS, {}, header), caller)
        return refused_answer(whole, str(header["record_id"]), cost)
    going = Going(request, asked, plan, policy, profile, statement, variables, header, cost)
    try:
        return await _go(ready, seal, going)
    except (TimedOut, ForeignCursor, RequestRefused, WireError):
        failure = bind_all(ERROR_BINDS, {}, header)
        await append_failure(ready.pool, ERROR_SQL, failure, caller)
        raise


def _not_named(policy: Policy, request: Request, asked: Asked) -> GraphQLFault:
    """No grant in force names the act for this caller and purpose."""
    everywhere = [
        g
        for purpose in request.caller.purposes
        for g in profile_of(policy, request.caller, purpose, ()).grants.get(asked.act.authority, ())
        if asked.act.name in g.operations
    ]
    reason = "PURPOSE" if everywhere else "CLASS"
    clauses = sorted({g.clause for g in everywhere}, key=lambda clause: clause.order)
    return GraphQLFault(
        ErrorCode.OPERATION_NOT_PERMITTED,
        f"`{asked.act.name}` is not permitted to `{request.caller.agency}` for {request.purpose}",
        (asked.key,),
        {"reason": reason, "clauses": [str(clause) for clause in clauses]},
    )


async def _go(ready: Prepared, seal: sealer, going: Going) -> bytes:
    asked, act = going.asked, going.asked.act
    key = keys.key_of(going.request)
    troubles = first(act.check(asked.given))
    if troubles:
        return await _not_done(ready, seal, going, troubles)
    async with lent(ready.pool) as wire:
        context = context_of(going.request.caller)
        try:
            if key is not None:
                before = await _take(wire, key, going, context)
                if before is not None:
                    await wire.rollback()
                    return await _answer_alone(ready, seal, going, before, repeated=True)
            outcome = await _stand(wire, ready, going, None if key else context)
            if isinstance(outcome, Decided):
                return await _write(wire, seal, going, outcome, key)
            await wire.rollback()
            troubles = outcome
        except WireError as error:
            trouble = _refused_by_the_registry(error)
            if trouble is None:
                raise
            troubles = (trouble,)
    return await _not_done(ready, seal, going, troubles)


async def _take(
    wire: Wire, key: keys.Key, going: Going, context: tuple[bytes, ...]
) -> Mapping[str, str] | None:
    """Take the key; what was made before under it, None where it is new."""
    who = (key.caller.encode(), key.key.encode())
    agency = going.request.caller.agency.encode()
    taken, known = await wire.fly(
        [
            (keys.TAKE, [*who, key.body.encode(), going.asked.act.name.encode(), agency]),
            (keys.READ, list(who)),
        ],
        context,
    )
    if taken.ntuples:
        return None
    row = tuple(_text(known.get_value(0, i)) for i in range(2)) if known.ntuples else None
    return keys.made_before(key, row)


async def _stand(
    wire: Wire, ready: Prepared, going: Going, context: tuple[bytes, ...] | None
) -> tuple[Trouble, ...] | Decided:
    """Lock and decide, then what is to be written; or the troubles."""
    asked, act, caller = going.asked, going.asked.act, going.request.caller
    made = act.make(caller, asked.given) if act.make is not None else None
    if made is not None and made.troubles:
        if context is not None:
            await wire.fly([("select 1", [])], context)
        return made.troubles
    subject = str(asked.given[act.subject.argument]) if act.subject else str(made.made["id"])  # type: ignore[union-attr]
    classes = act.classes(asked.given)
    ground = _standing(ready, going, classes)
    values = {
        **going.header,
        **{f"{GIVEN}{name}": value_of(asked.given, name) for name in asked.given},
        "subject_id": subject,
        "expected": _expected(asked.given),
    }
    for bind in ground.binds:
        if bind.name.startswith(GIVEN):
            values.setdefault(bind.name, None)
    flight = [(sql, _values(params)) for sql, params in (made.statements if made else ())]
    flight.append((ground.lock, bind_all(ground.lock_binds, {}, values)))
    flight.append((ground.sql, bind_all(ground.binds, {}, values)))
    result = (await wire.fly(flight, context))[-1]
    row = None
    if result.ntuples:
        row = [_text(result.get_value(0, i)) for i in range(result.nfields)]
    found = read(ground, row)
    troubles = _against(act, asked.given, found)
    if troubles:
        return troubles
    stand = found.stand
    assert stand is not None  # noqa: S101  # for the type checker: `_against` has looked
    work = Work(caller, asked.given, stand, str(going.header["record_id"]))
    written = act.write(work)
    if written.troubles:
        return written.troubles
    if made is not None:
        written = Written(
            written.statements, {**made.made, **written.made}, (), written.reason, written.ledger
        )
    return Decided(work, written)


def _standing(ready: Prepared, going: Going, classes: tuple[DataClass, ...]) -> Standing:
    caller = going.request.caller
    has_unit, has_cases = bool(caller.unit), caller.cases is not None
    key = (
        going.asked.act.name,
        classes,
        caller.agency,
        frozenset(caller.roles),
        going.request.purpose,
        has_unit,
        has_cases,
        going.policy.version,
        going.policy.horizon,
    )
    known = ready.standings.get(key)
    if not isinstance(known, Standing):
        known = standing(
            ready.catalog,
            going.profile,
            going.asked.act,
            classes,
            has_unit=has_unit,
            has_cases=has_cases,
            in_force=sorted({d.agreement for d in going.policy.documents}),
            permitting=permitting(going.policy),
        )
        ready.standings.put(key, known)
    return known


def permitting(policy: Policy) -> list[str]:
    """Countries whose law has a desk that gives exit permits."""
    agencies = {
        agency
        for grant in policy.grants
        if "recordExitPermit" in grant.operations
        for agency in grant.grantee.agencies
    }
    return sorted({policy.countries[a] for a in agencies if policy.countries.get(a)})


def _expected(given: Mapping[str, object]) -> list[str]:
    return sorted(_versions(given))


def _versions(given: Mapping[str, object]) -> dict[str, int]:
    expected = given.get("expect")
    found: dict[str, int] = {}
    for each in expected if isinstance(expected, list) else ():
        word = each["data_class"] if "data_class" in each else each["dataClass"]
        found[str(getattr(word, "value", word))] = int(each["version"])
    return found


def _against(act: Act, given: Mapping[str, object], found: Found) -> tuple[Trouble, ...]:
    """What stands in the way, the most basic first: sight, permission, versions, state, guards."""
    stand = found.stand
    if stand is None:
        return (unknown(act.subject.argument if act.subject else ""),)
    if found.refused:
        one = act.classes(given) == (DataClass.SHELL,)
        return tuple(
            not_permitted(reason, clause, None if one else data_class)
            for data_class, reason, clause in found.refused
        )
    expected = _versions(given)
    changed = act.classes(given)
    foreign = [name for name in expected if DataClass(name) not in changed]
    if foreign:
        return (invalid("expect", "it names classes that this act does not change"),)
    for name, version in expected.items():
        if (found.versions or {}).get(name) != version:
            return (conflict(name, "this has been changed since you read it"),)
    if act.source is not None and stand.state not in act.source:
        return (illegal(stand.state),)
    return tuple(unmet(guard) for guard in act.guards if not _holds(act, guard, given, found))


def _holds(act: Act, guard: Guard, given: Mapping[str, object], found: Found) -> bool:
    argument = act.answered.get(guard)
    if argument is not None:
        return bool(given.get(argument))
    return found.stand is not None and found.stand.is_true(guard.value)


async def _write(
    wire: Wire, seal: sealer, going: Going, decided: Decided, key: keys.Key | None
) -> bytes:
    """Write, read the payload with its record, seal, commit."""
    work, written = decided.work, decided.written
    who, asked = going.request.caller, going.asked
    made = _made(asked, work, written)
    form = asked.given.get("formId")
    deed: Writing = (
        _DEED,
        (
            asked.act.name,
            who.agency,
            who.subject,
            who.issuer,
            going.request.purpose,
            work.stand.clause,
            written.reason,
            str(form).strip() if form else None,
            work.record,
        ),
    )
    writings: list[Writing] = [*written.statements, deed]
    if key is not None:
        writings.append((keys.KEEP, (key.caller, key.key, orjson.dumps(made).decode())))
    bound = _bound(seal, going)
    context, nonce = _context(seal, going, bound, made, _line(work, written))
    flight = [(sql, _values(params)) for sql, params in writings]
    statement = going.statement
    flight.append(
        (statement.sql, bind_all(statement.binds, going.variables, context, statement.constants))
    )
    result = (await wire.fly(flight))[-1]
    try:
        fetched = fetched_of(statement, result)
        sealed = seal.of(statement, bound, nonce)(fetched)
    except (Stale, ForeignCursor):
        await wire.rollback()
        raise
    await wire.commit()
    return _body(going, sealed, (), repeated=False)


async def _not_done(
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
    return await _answer_alone(ready, seal, going, made, troubles=tuple(troubles))


async def _answer_alone(
    ready: Prepared,
    seal: sealer,
    going: Going,
    made: Mapping[str, str],
    *,
    troubles: tuple[Trouble, ...] = (),
    repeated: bool = False,
) -> bytes:
    bound = _bound(seal, going)
    context, nonce = _context(seal, going, bound, made, _NO_LINE)
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
    return _body(going, fetched, troubles, repeated=repeated)


_NO_LINE: dict[str, object] = {
    "kind": "ACCESS",
    "act_json": "",
    "act_pair": "",
    "act_records": [],
    "act_protocols": [],
}


def _line(work: Work, written: Written) -> dict[str, object]:
    """What the operation's record says of the act itself."""
    protocols = [work.stand.clause.split("#", maxsplit=1)[0]] if work.stand.clause else []
    if written.ledger is None:
        return {**_NO_LINE, "act_protocols": protocols}
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
        "act_pair": str(work.stand.facts.get("pair") or ""),
        "act_records": sorted({work.stand.judged, told["subject"]}),
        "act_protocols": protocols,
    }


def _made(asked: Asked, work: Work, written: Written) -> dict[str, str]:
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


def _bound(seal: sealer, going: Going) -> Bound:
    request = going.request
    return Bound(going.plan, going.variables, request.caller, request.purpose or "", seal.cursors)


def _context(
    seal: sealer,
    going: Going,
    bound: Bound,
    made: Mapping[str, str],
    line: Mapping[str, object],
) -> tuple[dict[str, object], str]:
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


def _body(going: Going, fetched: Fetched, troubles: Sequence[Trouble], *, repeated: bool) -> bytes:
    asked = going.asked
    values = {
        "problems": list(troubles),
        "accessRecord": fetched.record,
        "repeated": repeated,
    }
    records = dict(zip(going.statement.root_keys, fetched.roots, strict=True))
    payload = payload_of(asked.collector.schema, asked.act.name)
    data = shaped(asked.collector, payload, asked.nodes, values, records)
    return assemble_act(asked.key, data, going.statement, fetched, going.cost)


def _refused_by_the_registry(error: WireError) -> Trouble | None:
    """What the database itself has refused: a race that was lost, or a rule of a table."""
    if error.sqlstate == _ILLEGAL:
        return conflict(None, "the case has moved on meanwhile")
    if error.sqlstate in ("23505", "23P01"):
        return conflict(None, "there is such a record already")
    if error.sqlstate[:2] in ("22", "23"):
        return invalid("", "the registry does not take one of the values")
    return None


def _values(params: Sequence[object]) -> list[bytes | None]:
    return [as_parameter(value) for value in params]


def _text(value: bytes | None) -> str | None:
    return None if value is None else bytes(value).decode()
