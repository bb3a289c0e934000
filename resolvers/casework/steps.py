"""What steps of a case have in common: the transition, a change of the case, a signature."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping

import orjson

from resolvers.casework.definitions import Act, Given, Statement, Subject, Trouble, Work, Written
from resolvers.casework.given import all_of, common
from schema.codes import CaseState, SignedStep
from schema.machine import EDGES, Guard, guards_of

CASE = Subject("caseId", "ReturnCase", "registry.return_case")
_TRANSITION = (
    "insert into registry.transition (id, case_id, state, at, clause, from_state, actor_agency)"
    " values (gen_random_uuid(), $1::uuid, $2, clock_timestamp(), $3, $4, $5)"
)
_SIGN = (
    "insert into registry.signature (id, case_id, step, side, agency_code, subject, issuer, clause,"
    " content_hash) values (gen_random_uuid(), $1::uuid, $2, $3, $4, $5, $6, $7, $8)"
)


SEATED = {
    "seated": "coalesce((select n.has_seat from registry.country n where n.code = t.host), false)"
}
"""A host without a seat does nothing here: origin acts for both (domain model, section 4, e)."""


def sources(act: str) -> frozenset[CaseState]:
    """The states from which an act's edges lead."""
    return frozenset(e.source for e in EDGES if e.act == act and e.source is not None)


def step(
    name: str,
    write: Callable[[Work], Written],
    *checks: Callable[[Given], list[Trouble]],
    source: frozenset[CaseState] | None = None,
    guards: tuple[Guard, ...] | None = None,
    answered: Mapping[Guard, str] | None = None,
    facts: Mapping[str, str] | None = None,
) -> Act:
    """An act on a return case: where nothing else is said, with the states and the guards of its
    edges.
    """
    return Act(
        name,
        "CasePayload",
        "ReturnCase",
        CASE,
        write,
        all_of(common, *checks),
        facts=facts or {},
        source=sources(name) if source is None else source,
        guards=guards_of(name) if guards is None else guards,
        answered=answered or {},
    )


def enter(work: Work, state: CaseState) -> Statement:
    """The case enters a state, under the clause that permits the act."""
    stand = work.stand
    values = (work.case, state.value, stand.clause, stand.state.value, work.caller.agency)
    return _TRANSITION, values


def entering(state: CaseState) -> Callable[[Work], Written]:
    """An act that does nothing but enter a state."""
    return lambda work: Written((enter(work, state),))


def change(work: Work, **columns: object) -> Statement:
    """Columns of the case take new values; those given as None stay as they are."""
    given = {name: value for name, value in columns.items() if value is not None}
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(given, 2))
    return (
        f"update registry.return_case set {sets} where id = $1::uuid",
        (work.case, *given.values()),
    )


def add(table: str, **columns: object) -> Statement:
    """A new row of a part of the case, with a random id where none is given."""
    given = {"id": str(uuid.uuid4())} | {k: v for k, v in columns.items() if v is not None}
    places = ", ".join(f"${place}" for place in range(1, len(given) + 1))
    return f"insert into {table} ({', '.join(given)}) values ({places})", tuple(given.values())


def content_of(*values: object) -> str:
    """SHA-256 of what both sides sign, hex."""
    return hashlib.sha256(orjson.dumps([str(v) for v in values])).hexdigest()


def sign(work: Work, signed: SignedStep, content: str) -> Statement:
    """The word of the caller's side on a step."""
    who = work.caller
    return _SIGN, (
        work.case,
        signed.value,
        work.side,
        who.agency,
        who.subject,
        who.issuer,
        work.stand.clause,
        content,
    )


def signatures(signed: SignedStep, *, here: bool = False) -> str:
    """SQL of the newest word of each side on a step, as JSON {side: [content hash, agency]}; with
    `here` of those that were given since the case stands where it stands.
    """
    since = " and g.at >= t.state_since" if here else ""
    return (
        "(select json_object_agg(z.side, json_build_array(z.content_hash, z.agency_code))::text"
        " from (select distinct on (g.side) g.side, g.content_hash, g.agency_code from"
        " registry.signature g where g.case_id = t.id"
        f" and g.step = '{signed.value}'{since} order by g.side, g.at desc) z)"
    )


def signed_by(work: Work, fact: str) -> dict[str, tuple[str, str]]:
    """Content hash and agency by side, of a fact made by `signatures`."""
    text = work.stand.facts[fact]
    found = orjson.loads(text) if text else {}
    return {str(side): (str(word[0]), str(word[1])) for side, word in found.items()}


def other(side: str) -> str:
    """The other side."""
    return "ORIGIN" if side == "HOST" else "HOST"
