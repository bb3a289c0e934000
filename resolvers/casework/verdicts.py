"""What is in the way of an act, as the schema's typed problems. No value of a caller is in one."""

from __future__ import annotations

from collections.abc import Iterable

from resolvers.casework.definitions import Trouble
from resolvers.errors import ErrorCode
from schema.classes import DataClass
from schema.codes import CaseState
from schema.machine import EDGES, Guard

_GUARD_WORDS: dict[Guard, str] = {
    Guard.RIGHTS_EXPLAINED: "the person's rights have to be explained to her first",
    Guard.NO_OBJECTION: "the person has objected to her country being told",
    Guard.CONSENT_TRACING: "the person's consent to tracing by the country of origin is missing",
    Guard.MINOR_NEEDS_GUARDIAN: "for a child a guardian's consent, the child's assent, a"
    " best-interests decision and a named case worker have to be on file",
    Guard.PROTOCOL_IN_FORCE: "no agreement in force covers this case",
    Guard.OUTCOME_CODED: "there is no assessment with an outcome",
    Guard.CONSENT_RETURN: "the person's consent to the return is missing",
    Guard.ASSESSMENT_NOT_NEGATIVE: "the newest assessment does not find the return suitable",
    Guard.NO_LEGAL_HOLD: "proceedings hold the person back",
    Guard.IDENTITY_VERIFIED: "the identity has not been verified",
    Guard.PERSON_CONFIRMS: "the person has to confirm again that she wants to go",
    Guard.CONSENT_SERVICES: "the person's consent to services is missing",
    Guard.CLOSING_REASON: "a reason for closing has to be stated",
}


def invalid(field: str, rule: str) -> Trouble:
    """An argument that does not keep a rule."""
    return {
        "__typename": "InvalidInput",
        "code": "INVALID_INPUT",
        "message": f"`{field}` is not accepted: {rule}",
        "field": field,
        "rule": rule,
    }


def illegal(state: CaseState) -> Trouble:
    """A step that does not begin where the case stands."""
    following = dict.fromkeys(edge.act for edge in EDGES if edge.source is state)
    return {
        "__typename": "IllegalStep",
        "code": ErrorCode.STATE_CONFLICT.value,
        "message": f"this step does not begin at {state.value}",
        "state": state.value,
        "possible": list(following),
    }


def unmet(guard: Guard) -> Trouble:
    """A guard that does not hold."""
    return {
        "__typename": "GuardUnmet",
        "code": "GUARD_UNMET",
        "message": _GUARD_WORDS[guard],
        "guard": guard.value,
    }


def conflict(data_class: DataClass | str | None, message: str) -> Trouble:
    """Someone else was quicker."""
    return {
        "__typename": "Conflict",
        "code": ErrorCode.CONFLICT.value,
        "message": message,
        "dataClass": str(data_class) if data_class else None,
    }


def not_permitted(reason: str, clause: str | None, data_class: DataClass | None) -> Trouble:
    """A visible record upon which no clause permits the act now."""
    return {
        "__typename": "NotPermitted",
        "code": ErrorCode.OPERATION_NOT_PERMITTED.value,
        "message": "no clause in force permits this act on this record now",
        "reason": reason,
        "clause": clause,
        "dataClass": str(data_class) if data_class else None,
    }


def unknown(field: str) -> Trouble:
    """No record that the caller may see."""
    return {
        "__typename": "UnknownRecord",
        "code": "NOT_FOUND",
        "message": "no such record",
        "field": field,
    }


def done_before(message: str) -> Trouble:
    """It has been done before."""
    return {"__typename": "DoneBefore", "code": "DONE_BEFORE", "message": message}


def first(troubles: Iterable[Trouble]) -> tuple[Trouble, ...]:
    """Each trouble once, in order."""
    found: list[Trouble] = []
    for trouble in troubles:
        if trouble not in found:
            found.append(trouble)
    return tuple(found)
