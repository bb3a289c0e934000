"""`whoCanSee`: the reverse question, for the holder's auditors.

Takes an auditor's question about one record, gives every agency, role and
purpose that a clause names for its type, each decided by the same compiled
statement as if it asked, beside those who did see it. Promises that nobody but
an auditor of the country that holds the case learns anything, or its steward how
the law decides on one named desk, that
a record elsewhere and none at all look alike, and that the question is on
record itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from authz.caller import Caller
from authz.grants import Grant
from authz.profile import Policy, never_on_records
from resolvers.acting import digest_of
from resolvers.execution import bind_all, context_of
from resolvers.explaining import Verdict, verdicts
from resolvers.header import header_values
from resolvers.plan import Bind, ExplainRoot, Plan, RowNode
from resolvers.rendering import COLUMNS_BEFORE_ROOTS, Statement, as_it_stood, render
from resolvers.restriction import restrict
from resolvers.wire import Wire
from schema.catalog import Catalog
from schema.classes import DataClass
from schema.codes import DenialReason, Role

AUDITOR, STEWARD = "AUDITOR", "AGREEMENT_STEWARD"
SHOWN = "query WhoCanSee($id: ID!) { returnCase(id: $id) { id } }"
"""What the asking shows the auditor: that there is such a case. It is recorded as that."""

_TYPES = {
    "transition": "Transition",
    "consent": "Consent",
    "referral": "Referral",
    "assessment": "Assessment",
    "travel_paper": "TravelPaper",
    "follow_up": "FollowUp",
    "legal_request": "LegalRequest",
    "emergency_opening": "EmergencyOpening",
}
_PART_IDS = " union all ".join(
    f"select '{name}', p.case_id from registry.{table} p where p.id = $1::uuid"
    for table, name in _TYPES.items()
)
_CASE = (
    "select k.type, c.id::text, coalesce(v.home_province, ''),"
    " array_to_string(array(select distinct s.unit from registry.assignment s"
    " where s.case_id = c.id and s.unit is not null), ',')"
    " from (select 'ReturnCase' as type, $1::uuid as id"
    " union all select 'Victim', x.id from registry.return_case x where x.victim_id = $1::uuid"
    f" union all {_PART_IDS}) k join registry.return_case c on c.id = k.id"
    " join registry.agency h on h.code = c.holder join registry.victim v on v.id = c.victim_id"
    " where h.country = $2 order by c.state_since desc, c.id limit 1"
)
_SEEN = (
    "select a.agency, r.role, a.purpose, f.field, count(distinct a.id)::text,"
    " to_char(max(a.at) at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
    " from ledger.access_leaf l join ledger.access_record a on a.id = l.record_id"
    " cross join lateral jsonb_array_elements((l.body::jsonb)->'disclosures') d(v)"
    " cross join lateral jsonb_array_elements_text(d.v->'fields') f(field)"
    " cross join lateral unnest(a.roles) r(role)"
    " where l.record_id = any(array(select ledger.accesses_of(array[$1::uuid])))"
    " and d.v->'records' @> to_jsonb($1::text)"
    " and a.at <= coalesce($2::timestamptz, a.at) group by 1, 2, 3, 4 order by 1, 2, 3, 4"
)
_AGENCIES = (
    "select a.code, coalesce(a.country, ''), array_to_string(array(select u.code"
    " from registry.agency_unit u where u.agency_code = a.code), ',') from registry.agency a"
    " order by 1"
)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `only` are the agency, role and purpose it is narrowed to, '' for none."""

    record: str
    field: str | None
    at: dt.datetime | None
    only: tuple[str, str, str] = ("", "", "")


@dataclass(frozen=True, slots=True)
class Subject:
    """The record: its type, its case, and the units that a caller may be of."""

    entity: str
    case: str
    units: frozenset[str]


Cell = tuple[str, str, str, str]
"""Agency, role, purpose, field."""
Seen = tuple[int, str | None]
"""How often, and the instant of the last time."""
NEVER: Seen = (0, None)


async def subject_of(wire: Wire, question: Question, caller: Caller) -> Subject | None:
    """The record, where the caller's country holds its case. Begins the transaction."""
    sql = as_it_stood(_CASE) if question.at else _CASE
    params = [question.record.encode(), (caller.country or "").encode()]
    found = await wire.begin(sql, params, context_of(caller, question.at))
    if not found.ntuples:
        return None
    entity, case, province, units = (bytes(found.get_value(0, i) or b"").decode() for i in range(4))
    return Subject(entity, case, frozenset({province, *units.split(",")} - {""}))


async def readers(
    wire: Wire,
    question: Question,
    caller: Caller,
    subject: Subject,
    ground: tuple[Policy, Catalog],
    told: Mapping[Cell, Seen] | None,
) -> list[dict[str, object]]:
    """Everybody a clause names, decided; beside them who saw it, where that may be `told`. Goes on
    in the transaction.
    """
    seen = dict(told or {})
    unseen = NEVER if told is not None else None
    agencies = await _agencies(wire, caller, question)
    rows: dict[Cell, dict[str, object]] = {}
    for who, purpose in _candidates(ground[0], subject, agencies, question):
        units = sorted(subject.units & agencies[who.agency][1])
        decided: dict[str, Verdict] = {}
        for unit in ["", *units]:
            asking = replace(who, unit=unit)
            for verdict in await _decided(wire, question, asking, purpose, subject, ground):
                known = decided.get(verdict.field)
                if known is None or (verdict.permitted and not known.permitted):
                    decided[verdict.field] = verdict
        if not decided:
            field = (question.field or "id").rsplit(".", maxsplit=1)[-1]
            decided[field] = _hidden(f"{subject.entity}.{field}")
        for verdict in decided.values():
            cell = (who.agency, who.roles[0], purpose, verdict.field)
            rows[cell] = _row(cell, verdict, seen.pop(cell, unseen))
    for cell, (count, last) in seen.items():
        if _wanted(cell, question):
            # what was seen once and is open to nobody now belongs into the picture too
            rows[cell] = _row(cell, None, (count, last))
    return [rows[cell] for cell in sorted(rows)]


def _wanted(cell: Cell, question: Question) -> bool:
    named = all(not want or want == has for want, has in zip(question.only, cell[:3], strict=True))
    field = (question.field or "").rsplit(".", maxsplit=1)[-1]
    return named and field in ("", cell[3].rsplit(".", maxsplit=1)[-1])


def _hidden(field: str) -> Verdict:
    """Of somebody who may not see the record at all; one row stands for all of its fields."""
    said = "the record may not be seen at all"
    return Verdict(field, DataClass.SHELL, False, "", DenialReason.NO_PROTOCOL, (), said)


def _row(cell: Cell, verdict: Verdict | None, seen: Seen | None) -> dict[str, object]:
    agency, role, purpose, field = cell
    return {
        "agency": agency,
        "role": role,
        "purpose": purpose,
        "field": field,
        "permitted": verdict is not None and verdict.permitted,
        "clause": (verdict.clause or None) if verdict else None,
        "reason": verdict.reason.value if verdict and verdict.reason else None,
        "sentence": verdict.sentence if verdict else "no clause in force names it any more",
        "seen": seen[0] if seen else None,
        "lastSeenAt": seen[1] if seen else None,
    }


async def seen_by(wire: Wire, question: Question, caller: Caller) -> dict[Cell, Seen]:
    """Who was shown which field of the record, how often and when last. Goes on."""
    at = question.at.isoformat().encode() if question.at else None
    found = await wire.go_on(_SEEN, [question.record.encode(), at], context_of(caller))
    rows = [
        [bytes(found.get_value(row, i) or b"").decode() for i in range(6)]
        for row in range(found.ntuples)
    ]
    return {
        (agency, role, purpose, field): (int(count), last)
        for agency, role, purpose, field, count, last in rows
    }


async def _agencies(
    wire: Wire, caller: Caller, question: Question
) -> dict[str, tuple[str, frozenset[str]]]:
    """Country and units of every agency."""
    found = await wire.go_on(_AGENCIES, [], context_of(caller, question.at))
    rows = [
        [bytes(found.get_value(row, i) or b"").decode() for i in range(3)]
        for row in range(found.ntuples)
    ]
    return {code: (country, frozenset(units.split(",")) - {""}) for code, country, units in rows}


def _candidates(
    policy: Policy,
    subject: Subject,
    agencies: Mapping[str, tuple[str, frozenset[str]]],
    question: Question,
) -> Iterator[tuple[Caller, str]]:
    """Every (agency, role, purpose) that some clause on the record's type names."""
    cells = {
        (agency, role, purpose)
        for grant in policy.grants
        if grant.entity == subject.entity and not never_on_records(grant)
        for agency in _named(grant, agencies)
        for role in sorted(grant.grantee.roles) or [r.value for r in Role]
        for purpose in grant.purposes
    }
    for agency, role, purpose in sorted(cells):
        if _wanted((agency, role, purpose, question.field or ""), question):
            yield _caller(agency, agencies[agency][0], role, purpose), purpose


def _named(grant: Grant, agencies: Mapping[str, tuple[str, frozenset[str]]]) -> Sequence[str]:
    to = grant.grantee
    return [
        code
        for code, (country, _) in agencies.items()
        if (not to.agencies or code in to.agencies)
        and (not to.countries or country in to.countries)
    ]


def _caller(agency: str, country: str, role: str, purpose: str) -> Caller:
    """Somebody of that agency and role, with no name: an opening for one person is not hers."""
    return Caller(agency, country, (role,), (purpose,), "", "", "", "", 0)


async def _decided(
    wire: Wire,
    question: Question,
    asking: Caller,
    purpose: str,
    subject: Subject,
    ground: tuple[Policy, Catalog],
) -> list[Verdict]:
    statement = statement_for(ground, subject.entity, asking, purpose, past=question.at is not None)
    params = bind_all(statement.binds, {}, _context(asking, purpose, question, ground[0]))
    found = await wire.go_on(statement.sql, params, context_of(asking, question.at))
    answer = found.get_value(0, COLUMNS_BEFORE_ROOTS)
    return verdicts(statement, bytes(answer) if answer else None, question.field)


def statement_for(
    ground: tuple[Policy, Catalog],
    entity: str,
    asking: Caller,
    purpose: str,
    *,
    past: bool,
    many: bool = False,
) -> Statement:
    """The unrecorded statement that decides every class of one record of `entity`, its id in the
    context as `subject_record`; of `many`, their ids in it as a list.
    """
    policy, catalog = ground
    row = RowNode(catalog.entities[entity], ("who",), (), explained=True)
    identifier = Bind("ctx", "subject_record", cast="uuid[]" if many else "uuid")
    root = ExplainRoot("who", identifier, None, (row,), many)
    plan = Plan("WhoCanSee", digest_of(SHOWN), (root,))
    narrowed = restrict(plan, catalog, policy, asking, purpose)
    return render(
        narrowed,
        has_unit=bool(asking.unit),
        has_cases=asking.cases is not None,
        past=past,
        recorded=False,
    )


def _context(asking: Caller, purpose: str, question: Question, policy: Policy) -> dict[str, object]:
    return {
        **header_values(asking, purpose, "", "", "", (), ()),
        "subject_record": question.record,
        "policy_version": policy.version,
        "policy_horizon": policy.horizon,
        "nonce": "",
    }
