"""A grant judged on one concrete case, in plain Python: the opinion of somebody without a solver.

Shares nothing with the prover but the parsed grant and the `Case`.
"""

from __future__ import annotations

from authz.document_register import SAPHAN
from authz.grants import Condition, Grant
from authz.proving import Case, Statement
from schema import reference
from schema.codes import MAIN_STATES, CaseState

PARTIES = {a.code: set(a.parties) for a in reference.agreements()}
CLOSING = ("REFUSED", "WITHDRAWN")


def opens(grant: Grant, case: Case) -> bool:
    """Whether the grant, as it is written, opens the row of this case to this caller."""
    to = grant.grantee
    return (
        (not to.agencies or case.agency in to.agencies)
        and (not to.countries or case.country in to.countries)
        and (not to.roles or case.role in to.roles)
        and case.purpose in grant.purposes
        and (to.side != "HOST" or case.host == case.country)
        and (to.side != "ORIGIN" or case.origin == case.country)
        and (to.side != "ANY" or case.country in (case.host, case.origin))
        and (case.listed or not case.narrowed)
        and (not case.restricted or case.country == case.host)
        and all(holds(condition, grant, case) for condition in grant.when)
    )


def holds(  # noqa: C901, PLR0912  # a table, one condition a row
    condition: Condition, grant: Grant, case: Case
) -> bool:
    name, args = condition.name, condition.args
    rank = case.main_rank
    match name:
        case "lodged_under":
            return case.agreement == grant.clause.agreement
        case "covers_corridor":
            return any(
                c.host in ("*", case.host)
                and c.origin in ("*", case.origin)
                and not any({case.host, case.origin} <= PARTIES[code] for code in c.bar)
                for c in grant.corridors
            )
        case "held_by_party":
            return case.country != "" and case.country in (case.host, case.holder_country)
        case "assigned" if case.unit:
            return case.assigned_to_unit
        case "assigned":
            return case.holder == case.agency or case.assigned or case.referred
        case "home_province":
            return case.unit is not None and case.unit == case.home_province
        case "referred_to":
            return case.asked
        case "formal_request":
            return case.requested
        case "stage_from":
            return rank >= place(args[0])
        case "stage_between":
            return place(args[0]) <= rank <= place(args[1])
        case "arrivals_window":
            return 8 <= rank <= 10 and case.handover_in is not None and -7 <= case.handover_in <= 7
        case "travel_window":
            return 8 <= rank <= 9 and case.handover_in is not None and 0 <= case.handover_in <= 7
        case "before_handover":
            return rank < 9
        case "host_part_frozen":
            return rank < 9 or case.frozen
        case "no_objection":
            return not objected(case)
        case "consent":
            return consents(case, args[0])
        case "consent_is":
            return case.row_purpose == args[0]
        case "minor_needs_guardian":
            asked = [c.args[0] for c in grant.when if c.name == "consent"]
            return not case.minor or has_papers(case, asked)
        case "adult":
            return not case.minor
        case "emergency_open":
            return case.emergency
        case "aggregate_only":
            return False
    raise AssertionError(name)


def place(state: str) -> int:
    return MAIN_STATES.index(CaseState(state)) + 1


def reaching(case: Case, purpose: str) -> tuple[list[Statement], list[Statement], list[Statement]]:
    """What was said to the agency, to its country, and what closed for either or for everybody."""
    said = [s for s in case.statements if s.purpose == purpose]
    own = [s for s in said if case.agency in s.recipients]
    theirs = [s for s in said if case.country and case.country in s.recipients]
    whole = [s for s in said if s.state in CLOSING and not s.recipients]
    closing = [s for s in (*own, *theirs) if s.state in CLOSING]
    return own, theirs, closing + whole


def consents(case: Case, purpose: str) -> bool:
    own, theirs, closing = reaching(case, purpose)
    deciding = own or theirs
    if not deciding:
        return False
    newest = max(s.at for s in deciding)
    return all(s.state == "GIVEN" for s in deciding if s.at == newest) and all(
        s.at < newest for s in closing
    )


def objected(case: Case) -> bool:
    own, theirs, closing = reaching(case, "NOTIFICATION")
    opening = [s.at for s in (*own, *theirs) if s.state not in CLOSING]
    return bool(closing) and max(s.at for s in closing) >= max(opening, default=0)


def has_papers(case: Case, purposes: list[str]) -> bool:
    """With no purpose, of any, and nothing at all closed since."""

    def guarded(said: list[Statement]) -> bool:
        given = max((s.at for s in said if s.guarded), default=0)
        return given > max((s.at for s in said if s.state in CLOSING), default=0)

    said = list(case.statements)
    by_purpose = [[s for s in said if s.purpose == purpose] for purpose in purposes]
    return case.best_interests and case.case_worker and all(map(guarded, by_purpose or [said]))


def any_papers(case: Case) -> bool:
    return any(has_papers(case, [purpose]) for purpose in {s.purpose for s in case.statements})


def is_possible(case: Case) -> bool:
    """What the registry's tables and the list of agencies hold of every row."""
    agencies = SAPHAN.agencies
    pairs = ((case.agency, case.country), (case.holder, case.holder_country))
    return (
        case.host != case.origin
        and all((agencies[a] or "") == c for a, c in pairs if a in agencies)
        and (case.agency != case.holder or case.country == case.holder_country)
        and (case.state not in MAIN_STATES or case.main_rank == place(case.state))
        and 1 <= case.main_rank <= (13 if case.state in MAIN_STATES else 8)
        and (case.assigned or not case.assigned_to_unit)
        and (case.main_rank >= 9 or not case.frozen)
    )
