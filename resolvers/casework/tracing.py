"""Identification, notice, tracing, assessment: edges 2 to 6."""

from __future__ import annotations

from resolvers.casework.custody import known_unit, not_a_unit
from resolvers.casework.definitions import Act, Statement, Work, Written
from resolvers.casework.given import LINE, LONG, text, text_of, value_of
from resolvers.casework.restricted import seal_drafts
from resolvers.casework.steps import add, change, enter, entering, step
from resolvers.casework.verdicts import conflict, invalid, unmet
from schema.classes import DataClass
from schema.codes import AssessmentOutcome, CaseState
from schema.machine import Guard

_S = CaseState
_NEWEST = (
    "(select a.outcome from registry.assessment a where a.case_id = t.id"
    " order by a.recorded_at desc, a.id limit 1)"
)
_ASSIGN = (
    "insert into registry.assignment (id, case_id, agency_code, unit, from_at)"
    " select gen_random_uuid(), $1::uuid, $2, $3, clock_timestamp() where not exists (select from"
    " registry.assignment a where a.case_id = $1::uuid and a.agency_code = $2"
    " and a.unit is not distinct from $3"
    " and (a.until_at is null or a.until_at > clock_timestamp()))"
)


def _identified(work: Work) -> Written:
    victim = bool(work.given["isVictim"])
    decided = change(work, rights_explained_at="now") if victim else None
    entered = enter(work, _S.IDENTIFIED if victim else _S.NOT_A_VICTIM)
    return Written((decided, entered) if decided else (entered,))


def assign(work: Work, agency: str, unit: str | None = None) -> Statement:
    """Give an agency, or a unit of it, the case in hand, unless it has it."""
    return _ASSIGN, (work.case, agency, unit)


def _acknowledged(work: Work) -> Written:
    agency, unit = text_of(work.given, "provincialAgency"), text_of(work.given, "unit")
    if agency is None and unit is not None:
        return Written(troubles=(invalid("unit", "a unit is one of the provincial agency"),))
    if agency is not None and work.stand.facts["tracer"] is None:
        rule = "it is an agency of the country of origin"
        return Written(troubles=(invalid("provincialAgency", rule),))
    troubles = not_a_unit(work.given, work.stand.facts)
    if troubles:
        return Written(troubles=troubles)
    given = [assign(work, agency, unit)] if agency else []
    return Written((assign(work, work.caller.agency), *given, enter(work, _S.TRACING)))


def _reported(work: Work) -> Written:
    outcome = str(value_of(work.given, "outcome"))
    row = add(
        "registry.assessment",
        case_id=work.case,
        outcome=outcome,
        report=text_of(work.given, "report"),
        family_willing=work.given.get("familyWilling"),
        risk=text_of(work.given, "risk"),
        risk_flag=work.given.get("riskFlag"),
    )
    if "FOCAL_POINT" not in work.caller.roles:
        return Written((row,))
    return Written((row, *_assessed(work, outcome)))


def _assessed(work: Work, outcome: str) -> tuple[Statement, ...]:
    """The result goes to the host; a negative nationality ends the view of origin (rule b)."""
    entered = enter(work, _S.ASSESSED)
    sealed: Statement = (seal_drafts(), (work.case, work.caller.agency))
    if outcome != AssessmentOutcome.NOT_A_NATIONAL:
        return (sealed, entered)
    return (sealed, entered, change(work, not_a_national=True))


def _confirmed(work: Work) -> Written:
    outcome = work.stand.facts["outcome"]
    if outcome is None:
        return Written(troubles=(unmet(Guard.OUTCOME_CODED),))
    named = work.given.get("assessmentId")
    if named is not None and str(named) != work.stand.facts["newest"]:
        said = "another assessment has been reported since"
        return Written(troubles=(conflict(DataClass.ASSESSMENT, said),))
    return Written(_assessed(work, outcome))


ACTS: tuple[Act, ...] = (
    step(
        "recordIdentification",
        _identified,
        answered={Guard.RIGHTS_EXPLAINED: "rightsExplained"},
    ),
    step("notifyOrigin", entering(_S.NOTIFIED)),
    step("requestTracing", entering(_S.TRACING_REQUESTED)),
    step(
        "acknowledgeTracing",
        _acknowledged,
        text("provincialAgency", LINE, lines=False),
        text("unit", LINE, lines=False),
        facts={
            "tracer": "(select ta.code from registry.agency ta where ta.country = t.origin"
            " and ta.code = {given_provincialAgency})",
            "unit_known": known_unit("provincialAgency"),
        },
    ),
    step(
        "reportAssessment",
        _reported,
        text("report", LONG),
        text("risk"),
        source=frozenset({_S.TRACING}),
        guards=(Guard.CONSENT_TRACING,),
    ),
    step(
        "confirmAssessment",
        _confirmed,
        facts={"outcome": _NEWEST, "newest": _NEWEST.replace("a.outcome", "a.id", 1)},
    ),
)
