"""Emergency openings (C12): one person, one case, one hour, a reason, and a second person's review.

Takes an `Acting`, the caller's grants and the arguments of one mutation, gives
its payload. Which cases can be opened is decided by the clauses that carry
`emergency_open`: all their other conditions hold on the case. A case that
cannot be opened and one that does not exist are told alike.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from authz.caller import Caller
from authz.grants import Grant
from authz.profile import Policy, profile_of
from ledger.acts import Shown
from resolvers.acting import Acting, Problem, digest_of, payload_of
from resolvers.decision import Decision, pair_sql
from resolvers.execution import bind_all
from resolvers.header import header_values
from resolvers.parameters import Parameters
from resolvers.plan import Bind
from resolvers.predicates import Where
from schema.catalog import Catalog
from schema.classes import DataClass
from schema.codes import ReviewFinding

CONDITION = "emergency_open"
ENTITY = "EmergencyOpening"
REVIEWERS = frozenset({"FOCAL_POINT", "AUDITOR"})
SHORTEST, LONGEST = 10, 2000
REVIEW_WITHIN = dt.timedelta(hours=72)
_PROTECTED = frozenset({"clause", "reviewBy", "until"})
"""What a payload can show of the opening beside its id, in the schema's words."""

_ISO = '\'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\''
_INSERT = (
    "insert into registry.emergency_opening (id, case_id, agency_code, subject, issuer, clause,"
    " reason) values (gen_random_uuid(), $1::uuid, $2, $3, $4, $5, $6)"
    f" returning id::text, to_char(until_at at time zone 'UTC', {_ISO}),"
    f" to_char((opened_at + interval '72 hours') at time zone 'UTC', {_ISO})"
)
_RUNNING = (
    "select 1 from registry.emergency_opening o where o.case_id = $1::uuid and o.subject = $2"
    " and o.issuer = $3 and o.until_at > now()"
)
_REVIEWED = "select 1 from registry.emergency_review r where r.opening_id = $1::uuid"
_REVIEW = (
    "insert into registry.emergency_review (opening_id, agency_code, subject, issuer, finding,"
    " remark) values ($1::uuid, $2, $3, $4, $5, $6)"
)
_NOT_POSSIBLE = Problem(
    "NOT_POSSIBLE", "no clause in force lets you open such a case, or there is none"
)


def openable(policy: Policy, caller: Caller, purpose: str) -> tuple[Grant, ...]:
    """The caller's clauses on ReturnCase that an emergency opens, without that condition."""
    grants = profile_of(policy, caller, purpose, ()).grants.get("ReturnCase", ())
    return tuple(
        replace(grant, when=tuple(c for c in grant.when if c.name != CONDITION))
        for grant in grants
        if any(c.name == CONDITION for c in grant.when)
    )


async def open_case(
    acting: Acting, policy: Policy, catalog: Catalog, given: Mapping[str, object]
) -> dict[str, object]:
    """Open one case for the caller and one hour; its payload."""
    reason = str(given["reason"]).strip()
    if not SHORTEST <= len(reason) <= LONGEST:
        said = f"a reason has {SHORTEST} to {LONGEST} characters"
        return payload_of([Problem("REASON_NEEDED", said)], opened=None)
    who, case = acting.caller, str(given["caseId"])
    found = await _eligible(acting, catalog, openable(policy, who, acting.purpose), case)
    if found is None:
        return payload_of([_NOT_POSSIBLE], opened=None)
    clause, pair = found
    if await acting.one(_RUNNING, case, who.subject, who.issuer):
        return payload_of([Problem("ALREADY_OPEN", "you have opened it already")], opened=None)
    made = await acting.one(_INSERT, case, who.agency, who.subject, who.issuer, clause, reason)
    identifier, until, review_by = made or ("", "", "")
    record = await acting.record(
        "EMERGENCY",
        str(identifier),
        ("", "OPENED"),
        digest_of(reason),
        pair,
        (clause.split("#", maxsplit=1)[0],),
        (case, str(identifier)),
        _shown(acting.selected, clause, case, str(identifier)),
    )
    opened = {
        "id": identifier,
        "caseId": case,
        "clause": clause,
        "until": until,
        "reviewBy": review_by,
    }
    return payload_of([], record, opened=opened)


async def review(
    acting: Acting, policy: Policy, catalog: Catalog, given: Mapping[str, object]
) -> dict[str, object]:
    """Review an opening that the caller may see, as another person; its payload."""
    who, identifier = acting.caller, str(given["id"])
    found = await _visible(acting, policy, catalog, identifier)
    if found is None:
        return payload_of([Problem("UNKNOWN_OPENING", "no such opening")], opened=None)
    subject, issuer, clause, case, until, review_by, pair, shows = (str(text) for text in found)
    if (subject, issuer) == (who.subject, who.issuer):
        fault = Problem("SAME_PERSON", "nobody reviews what they opened", "a colleague reviews it")
        return payload_of([fault], opened=None)
    if await acting.one(_REVIEWED, identifier):
        return payload_of([Problem("ALREADY_REVIEWED", "it has been reviewed")], opened=None)
    finding, remark = (
        ReviewFinding(str(getattr(given["finding"], "value", given["finding"]))),
        given.get("remark"),
    )
    await acting.rows(
        _REVIEW, identifier, who.agency, who.subject, who.issuer, finding.value, remark
    )
    record = await acting.record(
        "EMERGENCY",
        identifier,
        ("OPENED", finding.value),
        digest_of(str(remark or "")),
        pair,
        tuple(sorted({each.split("#", maxsplit=1)[0] for each in (clause, shows)})),
        (case, identifier),
        _shown(acting.selected, shows, case, identifier),
    )
    opened = {
        "id": identifier,
        "caseId": case,
        "clause": clause,
        "until": until,
        "reviewBy": review_by,
    }
    return payload_of([], record, opened=opened)


def _shown(selected: frozenset[str], clause: str, case: str, opening: str) -> tuple[Shown, ...]:
    """What the payload shows of the opening and its case, under the clause that shows it."""
    if not selected:
        return ()
    fields = tuple(f"{ENTITY}.{name}" for name in sorted(selected & _PROTECTED))
    shown: list[Shown] = [(clause, fields or (f"{ENTITY}.id",), (opening,))]
    if "caseId" in selected:
        shown.append((clause, ("ReturnCase.id",), (case,)))
    return tuple(shown)


async def _eligible(
    acting: Acting, catalog: Catalog, grants: Sequence[Grant], case: str
) -> tuple[str, str] | None:
    """Clause and pair of a case that one of `grants` lets the caller open."""
    if not grants:
        return None
    params = Parameters(has_cases=acting.caller.cases is not None)
    base = Where("", "", "", params, bool(acting.caller.unit))
    decision = Decision(catalog.entities["ReturnCase"], tuple(grants), tuple(grants), {})
    where = decision.where(base, "c", "c")
    place = params.of(Bind("const", value=case), "uuid")
    branches = " ".join(
        f"when {' and '.join(decision.holds(g, where))} then {params.fixed(str(g.clause))}"
        for g in grants
    )
    sql = (
        f"select q.clause, q.pair from (select case {branches} end as clause,"
        f" {pair_sql(where)} as pair from registry.return_case c where c.id = {place}) q"
        " where q.clause is not null"
    )
    found = await acting.one(sql, *_values(params, acting))
    return (str(found[0]), str(found[1])) if found else None


async def _visible(
    acting: Acting, policy: Policy, catalog: Catalog, identifier: str
) -> tuple[str | None, ...] | None:
    """The opening, where a clause shows the caller what stands in it, and that clause last."""
    profile = profile_of(policy, acting.caller, acting.purpose, ())
    params = Parameters(has_cases=acting.caller.cases is not None)
    base = Where("", "", "", params, bool(acting.caller.unit))
    entity = catalog.entities[ENTITY]
    carrying = tuple(g for g in profile.grants.get(ENTITY, ()) if DataClass.EMERGENCY in g.classes)
    decision = Decision(entity, carrying, (), {})
    where = decision.where(base, "o", "c")
    branches = " ".join(
        f"when {' and '.join(decision.holds(g, where))} then {params.fixed(str(g.clause))}"
        for g in carrying
    )
    shows = f"case {branches} end" if branches else "null::text"
    place = params.of(Bind("const", value=identifier), "uuid")
    sql = (
        "select o.subject, o.issuer, o.clause, o.case_id::text,"
        f" to_char(o.until_at at time zone 'UTC', {_ISO}),"
        f" to_char((o.opened_at + interval '72 hours') at time zone 'UTC', {_ISO}),"
        f" {pair_sql(where)}, {shows} from registry.emergency_opening o"
        " join registry.return_case c on c.id = o.case_id"
        f" where o.id = {place} and {decision.permitted(DataClass.EMERGENCY, base, 'o', 'c')}"
    )
    return await acting.one(sql, *_values(params, acting))


def _values(params: Parameters, acting: Acting) -> list[bytes | None]:
    context = header_values(acting.caller, acting.purpose, "", "", "", (), ())
    return bind_all(params.binds, {}, context)
