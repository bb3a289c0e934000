"""Stage 4: one row of the sheet becomes a draft, or the faults for which it is refused.

Takes a `Sheet`, the index of a row and the `Finding` of the run (where people
were found and by whom they are entered), gives a `RowDraft` or a non-empty list
of `CellFault`. Every bad cell of a row is named, not the first alone.
"""

from __future__ import annotations

from schema.codes import CaseState, HtcdsCaseStatus, ReferralReason
from service.htcds import values
from service.htcds.drafts import CaseDraft, CellRemark, ConsentRemark, ReferralDraft, RowDraft
from service.htcds.faults import CellFault
from service.htcds.person import read_person
from service.htcds.reading import Finding, RowReading
from service.htcds.sheet import Sheet

_CLOSED = frozenset({HtcdsCaseStatus.CLOSED, HtcdsCaseStatus.CLOSED_REFERRED})


def read_row(sheet: Sheet, index: int, finding: Finding) -> RowDraft | list[CellFault]:
    """The draft of row `index` (from 0), or why it is refused, in the order of the columns."""
    row = RowReading(sheet, index, finding)
    origin = _origin(row)
    victim = read_person(row, origin)
    referrals = _referrals(row)
    case = _case(row, origin)
    if victim.birth_date and case.opened_on and case.opened_on < victim.birth_date:
        row.fault("cas_IncomingReferralDate", "before the person was born")
    if row.faults:
        return sorted(row.faults, key=lambda fault: sheet.columns.get(fault.name, -1))
    return RowDraft(index + 1, victim, case, referrals, tuple(row.notes))


def _origin(row: RowReading) -> str:
    """The country of citizenship; `""` with a fault where it cannot be the origin of a case."""
    name, finding = "prs_Citizenship", row.finding
    found = row.take(name, values.countries)
    if found is None:
        if not row.faults:
            row.fault(name, "empty: the country of origin is the citizenship")
    elif len(found) != 1:
        row.fault(name, "more than one citizenship: the country of origin would be a guess")
    elif found[0] == finding.host:
        row.fault(name, "the country of finding itself: nobody returns to where she is")
    elif not finding.host_has_seat and found[0] != finding.agency_country:
        row.fault(name, "found where no agency has a seat: an agency of the origin enters the case")
    else:
        return found[0]
    return ""


def _case(row: RowReading, origin: str) -> CaseDraft:
    """The case: screened; at tracing where the host has no seat and the origin holds it."""
    finding = row.finding
    consent = row.take("con_Consent", values.checkbox)
    remarks: list[ConsentRemark | CellRemark] = []
    if consent is not None:
        remarks.append(ConsentRemark(consent))
    status = row.code("cas_Status", HtcdsCaseStatus)
    if status in _CLOSED:
        row.fault("cas_Status", "a closed case: an import opens cases only")
    elif status is not None:
        remarks.append(CellRemark("cas_Status", status))
    if row.long("cas_ReasonForCaseClosure") and status not in _CLOSED:
        row.fault("cas_ReasonForCaseClosure", "a reason for closing a case that is not closed")
    referred = row.date("cas_OutgoingReferralDate")
    if referred is not None:
        remarks.append(CellRemark("cas_OutgoingReferralDate", str(referred)))
    return CaseDraft(
        host=finding.host,
        origin=origin,
        state=CaseState.SCREENED if finding.host_has_seat else CaseState.TRACING,
        opened_on=row.day("cas_IncomingReferralDate"),
        case_worker=row.line("cas_CaseOwner"),
        remarks=tuple(remarks),
    )


def _referrals(row: RowReading) -> tuple[ReferralDraft, ...]:
    found: list[ReferralDraft] = []
    for incoming, side, way in ((True, "Referring", "Incoming"), (False, "Referred", "Outgoing")):
        organisation_column = f"cas_{side}Organisation"
        organisation = row.line(organisation_column)
        worker = row.line(f"cas_{side}PrimaryCaseWorker")
        reason = row.code(f"cas_ReasonFor{way}Referral", ReferralReason)
        details = row.long(f"cas_{way}ReferralDetails")
        if organisation is not None:
            found.append(ReferralDraft(incoming, organisation, reason, worker, details))
        elif (worker or reason or details) and not row.faults:
            row.fault(organisation_column, "empty: whose referral it is, is needed")
    return tuple(found)
