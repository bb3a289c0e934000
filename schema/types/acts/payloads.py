"""What acts on the registry answer: the record as it stands after the act, or the problems.

Every payload has `problems`, `accessRecord` and `repeated`; each further field
is a record, named in `RECORDS`, that is read by the compiler and judged like
any other, in the transaction of the act.
"""

from __future__ import annotations

import datetime as dt

import strawberry

from schema.types.acts.problems import ActProblem
from schema.types.agreements import Agreement, FocalPoint
from schema.types.cases import ReturnCase
from schema.types.contacts import BilateralContact
from schema.types.parts import Consent, LegalRequest, Referral
from schema.types.victims import Victim


@strawberry.interface(description="What became of an act.")
class ActPayload:
    """What all payloads of acts on the registry share."""

    problems: list[ActProblem] = strawberry.field(
        description="Why nothing was done; empty where it was."
    )
    access_record: strawberry.ID | None = strawberry.field(
        description="Id of the operation's record in the ledger."
    )
    repeated: bool = strawberry.field(
        description="Whether this request was performed before, under the same `Idempotency-Key`, "
        "and nothing was done now."
    )


@strawberry.type(description="What became of a step of a return case.")
class CasePayload(ActPayload):
    """The case after the step, or as it stands where the step was not taken."""

    return_case: ReturnCase | None = strawberry.field(
        description="The case, judged for the caller as it stands now; null where she may not "
        "see it."
    )


@strawberry.type(description="What became of an act upon a person.")
class VictimPayload(ActPayload):
    """The person after the act, or as she stands where it was not done."""

    victim: Victim | None = strawberry.field(
        description="The person, judged for the caller as she stands now."
    )


@strawberry.type(description="What another agency was shown of a case before.")
class AlreadyDisclosed:
    """From the ledger: names of fields and ids of records, never a value."""

    agency: str = strawberry.field(description="Code of the agency.")
    country: str = strawberry.field(description="Its country; empty where it has none.")
    clause: str = strawberry.field(description="Under which clause.")
    fields: list[str] = strawberry.field(description="The fields, as `Victim.familyName`.")
    records: list[strawberry.ID] = strawberry.field(description="Ids of the records.")
    first: dt.datetime = strawberry.field(description="When it was first shown.")
    last: dt.datetime = strawberry.field(description="When it was last shown.")


@strawberry.type(description="What became of a statement of the person.")
class ConsentPayload(ActPayload):
    """The statement, the case, and what was handed over before."""

    consent: Consent | None = strawberry.field(
        description="The statement, judged for the caller; null where none was recorded."
    )
    return_case: ReturnCase | None = strawberry.field(
        description="The case, judged for the caller as it stands after the statement."
    )
    already_disclosed: list[AlreadyDisclosed] | None = strawberry.field(
        description="After a refusal or a withdrawal: what other agencies were shown of the person "
        "and this case before, newest first, at most 100 entries of the newest 2000 accesses, so "
        "that she can be told. Null for other statements, where nothing was recorded, and to "
        "callers who may not read the accesses to the case."
    )


@strawberry.type(description="What became of a referral.")
class ReferralPayload(ActPayload):
    """The referral and its case, as far as the caller may see them."""

    referral: Referral | None = strawberry.field(
        description="The referral, judged for the caller as it stands now."
    )
    return_case: ReturnCase | None = strawberry.field(
        description="The case, judged for the caller as it stands now."
    )


@strawberry.type(description="What became of a formal request.")
class LegalRequestPayload(ActPayload):
    """The request put on file, and its case."""

    legal_request: LegalRequest | None = strawberry.field(
        description="The request, judged for the caller."
    )
    return_case: ReturnCase | None = strawberry.field(
        description="The case, judged for the caller as it stands now."
    )


@strawberry.type(description="What became of an act on an agreement.")
class AgreementPayload(ActPayload):
    """The agreement after the act, or as it stands where it was not done."""

    agreement: Agreement | None = strawberry.field(
        description="The agreement, judged for the caller as it stands now; null where she may "
        "not see it."
    )


@strawberry.type(description="What became of an act on a focal point.")
class FocalPointPayload(ActPayload):
    """The focal point after the act, or as it stands where it was not done."""

    focal_point: FocalPoint | None = strawberry.field(
        description="The focal point, judged for the caller as it stands now; null where she may "
        "not see it."
    )


@strawberry.type(description="What became of the handover of an office.")
class OfficePayload(ActPayload):
    """Who holds the office from the stated day, and who held it until then."""

    focal_point: FocalPoint | None = strawberry.field(
        description="The next officer's entry; the present one's where nothing was done."
    )
    predecessor: FocalPoint | None = strawberry.field(
        description="The entry of the officer whose office ended."
    )


@strawberry.type(description="What became of an act on a contact.")
class ContactPayload(ActPayload):
    """The contact after the act, or as it stands where it was not done."""

    bilateral_contact: BilateralContact | None = strawberry.field(
        description="The contact, judged for the caller as it stands now; null where she may not "
        "see it."
    )


PAYLOADS: tuple[type, ...] = (
    CasePayload,
    VictimPayload,
    ConsentPayload,
    AlreadyDisclosed,
    ReferralPayload,
    LegalRequestPayload,
    AgreementPayload,
    FocalPointPayload,
    OfficePayload,
    ContactPayload,
)
"""Every payload, and the types without an id that stand in one."""
RECORDS: dict[str, dict[str, str]] = {
    "CasePayload": {"returnCase": "ReturnCase"},
    "VictimPayload": {"victim": "Victim"},
    "ConsentPayload": {"consent": "Consent", "returnCase": "ReturnCase"},
    "ReferralPayload": {"referral": "Referral", "returnCase": "ReturnCase"},
    "LegalRequestPayload": {"legalRequest": "LegalRequest", "returnCase": "ReturnCase"},
    "AgreementPayload": {"agreement": "Agreement"},
    "FocalPointPayload": {"focalPoint": "FocalPoint"},
    "OfficePayload": {"focalPoint": "FocalPoint", "predecessor": "FocalPoint"},
    "ContactPayload": {"bilateralContact": "BilateralContact"},
}
"""Payload type -> its fields that are records -> their type."""
