"""Referrals and assignments: who else gets a case in hand, for how long, and who agreed to it.

A referral is an offer: the agency asked sees that it was asked, and has the case
in hand once it has accepted. An assignment is an order of whoever holds the case.
Both reach agencies of the caller's own country, or organisations without one:
nothing is passed on across a border this way.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping

from resolvers.casework.custody import (
    CUSTODY,
    GIVEN_AGENCY,
    known_unit,
    not_a_unit,
    not_an_agency,
    not_the_desk,
)
from resolvers.casework.definitions import Act, Statement, Subject, Trouble, Work, Written
from resolvers.casework.given import (
    LINE,
    LONG,
    TEXT,
    Check,
    all_of,
    common,
    day,
    text,
    text_of,
    value_of,
)
from resolvers.casework.steps import CASE, add
from resolvers.casework.verdicts import conflict, done_before, invalid, not_permitted
from schema.codes import ReferralState

REFERRAL = Subject("referralId", "Referral", "registry.referral")
_S = ReferralState
_STATE = (
    "update registry.referral set state = $2, case_owner = coalesce($3, case_owner)"
    " where id = $1::uuid"
)
_ASSIGN = (
    "insert into registry.assignment (id, case_id, agency_code, unit, from_at, until_at)"
    " values (gen_random_uuid(), $1::uuid, $2, $3, clock_timestamp(), $4::timestamptz)"
)
_END = (
    "update registry.assignment set until_at = clock_timestamp() where case_id = $1::uuid"
    " and agency_code = $2 and unit is not distinct from $3"
    " and (until_at is null or until_at > clock_timestamp())"
)
_TO_UNIT = (
    "insert into registry.assignment (id, case_id, agency_code, unit, from_at)"
    " select gen_random_uuid(), r.case_id, $2, $3, clock_timestamp() from registry.referral r"
    " where r.id = $1::uuid and not exists (select from registry.assignment a"
    " where a.case_id = r.case_id and a.agency_code = $2 and a.unit = $3"
    " and (a.until_at is null or a.until_at > clock_timestamp()))"
)
_OF_UNITS = (
    "update registry.assignment a set until_at = clock_timestamp() from registry.referral r"
    " where r.id = $1::uuid and a.case_id = r.case_id and a.agency_code = r.to_agency"
    " and a.unit is not null and (a.until_at is null or a.until_at > clock_timestamp())"
)
_OF_REFERRAL = {
    "state": "t.state",
    "addressed": "t.to_agency = {agency}",
    "own": (
        "({agency} in (t.from_agency, t.to_agency) or exists (select from registry.return_case c"
        " where c.id = t.case_id and c.holder = {agency}))"
    ),
}
_REASON = text("reason", TEXT, least=3)
_OPEN = (
    "(select true from registry.assignment a where a.case_id = t.id"
    " and a.agency_code = {given_agency} and a.unit is not distinct from {given_unit}"
    " and (a.until_at is null or a.until_at > clock_timestamp()))"
)


def _agency(work: Work, argument: str, *, giving_back: bool = False) -> tuple[Trouble, ...]:
    """The desk that holds the case gives it to an agency of its own country."""
    found = not_the_desk(work)
    if found and not (giving_back and work.stand.is_true("custody")):
        return found
    known = work.stand.facts["agency_known"]
    if known is None:
        return (not_an_agency(argument),)
    if known in ("t", "true") and argument == "toAgency":
        return (invalid(argument, "it is another agency than one's own"),)
    return ()


def _referred(work: Work) -> Written:
    troubles = _agency(work, "toAgency")
    if troubles:
        return Written(troubles=troubles)
    if work.stand.facts["asked"]:
        return Written(troubles=(done_before("this agency was asked, and has not said no"),))
    identifier = str(uuid.uuid4())
    row = add(
        "registry.referral",
        id=identifier,
        case_id=work.case,
        from_agency=work.caller.agency,
        to_agency=text_of(work.given, "toAgency"),
        reason=value_of(work.given, "reason"),
        state=_S.OPEN.value,
        case_owner=text_of(work.given, "caseOwner"),
        details=text_of(work.given, "details"),
    )
    return Written((row,), {"referral": identifier})


def _answered(state: ReferralState) -> Act:
    name = "acceptReferral" if state is _S.ACCEPTED else "declineReferral"

    def write(work: Work) -> Written:
        if not work.stand.is_true("addressed"):
            denied = not_permitted("NOT_ASSIGNED", work.stand.clause, None)
            return Written(troubles=(denied,))
        if work.stand.facts["state"] != _S.OPEN:
            return Written(troubles=(done_before("this referral has been answered"),))
        values = (work.stand.subject, state.value, text_of(work.given, "caseOwner"))
        rows: list[Statement] = [(_STATE, values)]
        if state is _S.ACCEPTED and work.caller.unit:
            # the agency has it in hand, and of its units the one that accepted
            rows.append((_TO_UNIT, (work.stand.subject, work.caller.agency, work.caller.unit)))
        return Written(tuple(rows), reason=text_of(work.given, "reason"))

    owner = text("caseOwner", LINE, lines=False)
    return _of_referral(name, write, owner if state is _S.ACCEPTED else _REASON)


def _ended(work: Work) -> Written:
    if not work.stand.is_true("own"):
        return Written(troubles=(not_permitted("NOT_ASSIGNED", work.stand.clause, None),))
    if work.stand.facts["state"] not in (_S.OPEN, _S.ACCEPTED):
        return Written(troubles=(done_before("this referral has ended"),))
    row = (_STATE, (work.stand.subject, _S.ENDED.value, None))
    units = (_OF_UNITS, (work.stand.subject,))
    return Written((row, units), reason=text_of(work.given, "reason"))


def _of_referral(name: str, write: Callable[[Work], Written], *checks: Check) -> Act:
    return Act(
        name,
        "ReferralPayload",
        "Referral",
        REFERRAL,
        write,
        all_of(common, *checks),
        facts=_OF_REFERRAL,
    )


def _assigned(work: Work) -> Written:
    troubles = _agency(work, "agency")
    if troubles:
        return Written(troubles=troubles)
    troubles = not_a_unit(work.given, work.stand.facts)
    if troubles:
        return Written(troubles=troubles)
    if work.stand.facts["open"]:
        return Written(troubles=(done_before("this agency has the case in hand already"),))
    if work.stand.facts["late"] in ("t", "true"):
        return Written(troubles=(invalid("until", "it lies ahead"),))
    row = (
        _ASSIGN,
        (
            work.case,
            text_of(work.given, "agency"),
            text_of(work.given, "unit"),
            work.given.get("until"),
        ),
    )
    return Written((row,))


def _unassigned(work: Work) -> Written:
    own = work.stand.facts["agency_known"] in ("t", "true")
    troubles = _agency(work, "agency", giving_back=own)
    if troubles:
        return Written(troubles=troubles)
    if not work.stand.facts["open"]:
        return Written(troubles=(conflict(None, "this agency does not have the case in hand"),))
    row = (
        _END,
        (work.case, text_of(work.given, "agency"), text_of(work.given, "unit")),
    )
    return Written((row,), reason=text_of(work.given, "reason"))


def _on_case(
    name: str,
    payload: str,
    write: Callable[[Work], Written],
    facts: Mapping[str, str],
    *checks: Check,
) -> Act:
    taken = {**CUSTODY, **GIVEN_AGENCY, **facts}
    return Act(name, payload, "ReturnCase", CASE, write, all_of(common, *checks), facts=taken)


_ASKED = {
    "agency_known": GIVEN_AGENCY["agency_known"].replace("{given_agency}", "{given_toAgency}"),
    "asked": (
        "(select true from registry.referral r where r.case_id = t.id"
        f" and r.to_agency = {{given_toAgency}} and r.state in ('{_S.OPEN}', '{_S.ACCEPTED}')"
        " limit 1)"
    ),
}
_ASSIGNMENT = {
    "open": _OPEN,
    "unit_known": known_unit("agency"),
    "late": "coalesce({given_until:timestamptz} <= clock_timestamp(), false)",
}
ACTS: tuple[Act, ...] = (
    _on_case(
        "referCase",
        "ReferralPayload",
        _referred,
        _ASKED,
        text("toAgency", LINE, least=2, lines=False),
        text("caseOwner", LINE, lines=False),
        text("details", LONG),
    ),
    _answered(_S.ACCEPTED),
    _answered(_S.DECLINED),
    _of_referral("endReferral", _ended, _REASON),
    _on_case(
        "assignCase",
        "CasePayload",
        _assigned,
        _ASSIGNMENT,
        text("agency", LINE, least=2, lines=False),
        text("unit", LINE, lines=False),
        day("until"),
    ),
    _on_case(
        "endAssignment",
        "CasePayload",
        _unassigned,
        _ASSIGNMENT,
        text("agency", LINE, least=2, lines=False),
        text("unit", LINE, lines=False),
        _REASON,
    ),
)
