"""Parts of a return case: referrals, assessments, travel papers, visits, legal requests.

Each row belongs to one case and is judged on that case alone.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    Text,
    Uuid,
)

from schema.codes import AssessmentOutcome, RecordType, ReferralReason, ReferralState, SupportType
from schema.tables.columns import (
    agency_link,
    case_link,
    coded,
    coded_list,
    random_id,
    recorded_at,
    table,
)

SCHEMA = "registry"

referral = table(
    SCHEMA,
    "referral",
    Column("id", Uuid, primary_key=True),
    case_link(),
    agency_link("from_agency"),
    agency_link("to_agency"),
    coded("reason", ReferralReason),
    coded("state", ReferralState, nullable=False),
    Column("case_owner", Text),
    Column("details", Text),
    recorded_at(),
    random_id(),
    CheckConstraint("from_agency <> to_agency", name="to_another"),
    Index(None, "case_id", "id"),
    record=RecordType.REFERRAL,
    history=True,
)

assessment = table(
    SCHEMA,
    "assessment",
    Column("id", Uuid, primary_key=True),
    case_link(),
    Column("report", Text),
    Column("family_willing", Boolean),
    Column("risk", Text),
    coded("outcome", AssessmentOutcome),
    Column("risk_flag", Boolean),
    recorded_at(),
    random_id(),
    Index(None, "case_id", "id"),
    record=RecordType.ASSESSMENT,
    history=True,
)

travel_paper = table(
    SCHEMA,
    "travel_paper",
    Column("id", Uuid, primary_key=True),
    case_link(),
    Column("travel_document", Text),
    Column("exit_permit", Text),
    Column("escort", Text),
    Column("transport", Text),
    recorded_at(),
    Column("identity_verified", Boolean),
    Column("departed_at", DateTime(timezone=True)),
    Column("arrived_at", DateTime(timezone=True)),
    random_id(),
    Index(None, "case_id", "id"),
    record=RecordType.TRAVEL_PAPER,
    history=True,
)

follow_up = table(
    SCHEMA,
    "follow_up",
    Column("id", Uuid, primary_key=True),
    case_link(),
    Column("visited_on", Date),
    Column("month", Integer),
    Column("notes", Text),
    coded_list("support_types", SupportType),
    Column("feedback_code", Text),
    Column("feedback_on", Date),
    recorded_at(),
    random_id(),
    CheckConstraint("month between 0 and 120", name="month_after_return"),
    CheckConstraint("feedback_code ~ '^[A-Za-z][A-Za-z_]{0,59}$'", name="feedback_code_form"),
    Index(None, "case_id", "id"),
    record=RecordType.FOLLOW_UP,
    history=True,
)

legal_request = table(
    SCHEMA,
    "legal_request",
    Column("id", Uuid, primary_key=True),
    case_link(),
    agency_link("agency_code"),
    Column("number", Text),
    Column("subject", Text),
    Column("received_on", Date, nullable=False),
    Column("expires_on", Date),
    recorded_at(),
    random_id(),
    CheckConstraint("number <> ''", name="number_said"),
    CheckConstraint("expires_on >= received_on", name="period"),
    Index(None, "case_id", "id"),
    record=RecordType.LEGAL_REQUEST,
    history=True,
)
