"""Return cases and what opens or closes them: transitions, assignments, consents, restrictions.

Every condition of a grant reads these tables, so each keeps its past: rows are
append-only or their superseded versions are kept.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint

from schema.classes import DataClass
from schema.codes import (
    MAIN_RANK,
    SIDE_STATES,
    CaseState,
    ClosingReason,
    ConsentGivenBy,
    ConsentPurpose,
    ConsentState,
    HandoverPoint,
    HoldReason,
    RecordType,
)
from schema.machine import ranks_of
from schema.tables.columns import (
    agency_link,
    agreement_link,
    case_link,
    coded,
    random_id,
    recorded_at,
    table,
)

SCHEMA = "registry"


def _rank_fits_state() -> CheckConstraint:
    """A main state has its one rank; a side state keeps one that it could be entered from."""
    spans: dict[range, list[str]] = {}
    for state in (*MAIN_RANK, *sorted(SIDE_STATES)):
        spans.setdefault(ranks_of(state), []).append(f"'{state.value}'")
    branches = " or ".join(
        f"(state in ({', '.join(states)}) and main_rank between {span.start} and {span.stop - 1})"
        for span, states in spans.items()
    )
    return CheckConstraint(branches, name="rank_fits_state")


return_case = table(
    SCHEMA,
    "return_case",
    Column("id", Uuid, primary_key=True),
    Column("victim_id", Uuid, ForeignKey("registry.victim.id"), nullable=False),
    agreement_link(),
    Column("host", Text, ForeignKey("registry.country.code"), nullable=False),
    Column("origin", Text, ForeignKey("registry.country.code"), nullable=False),
    coded("state", CaseState, nullable=False),
    Column("main_rank", SmallInteger, nullable=False),
    Column("state_since", DateTime(timezone=True), nullable=False),
    Column("notified_at", DateTime(timezone=True)),
    Column("handed_over_at", DateTime(timezone=True)),
    Column("not_a_national", Boolean, nullable=False, server_default=false()),
    Column("planned_handover_on", Date),
    agency_link("holder"),
    Column("case_worker", Text),
    Column("outcome", Text),
    coded("closing_reason", ClosingReason),
    Column("opened_on", Date, nullable=False, server_default=text("current_date")),
    Column("shelter_name", Text),
    Column("shelter_place", Text),
    coded("handover_place", HandoverPoint),
    Column("handover_at", DateTime(timezone=True)),
    Column("best_interests_decision", Text),
    Column("proceedings", Text),
    Column("compensation_claim", Text),
    Column("legal_hold", Boolean, nullable=False, server_default=false()),
    Column("reintegration_plan", Text),
    Column("feedback_code", Text),
    Column("feedback_on", Date),
    Column("remarks", Text),
    recorded_at(),
    coded("hold_reason", HoldReason),
    Column("rights_explained_at", DateTime(timezone=True)),
    random_id(),
    CheckConstraint("host <> origin", name="crosses_a_border"),
    _rank_fits_state(),
    CheckConstraint("notified_at is null or main_rank >= 3", name="notified_in_time"),
    CheckConstraint("handed_over_at is null or main_rank >= 9", name="handed_over_in_time"),
    # Codes by form: these two are shown without text (S2), so they must not carry sentences.
    CheckConstraint("outcome ~ '^[A-Za-z][A-Za-z_]{0,59}$'", name="outcome_form"),
    CheckConstraint("feedback_code ~ '^[A-Za-z][A-Za-z_]{0,59}$'", name="feedback_code_form"),
    Index(None, "victim_id"),
    Index(None, "agreement_code", "id"),
    Index("return_case_state_since_id_idx", text("state_since desc"), "id"),
    Index(None, "host", "origin"),
    Index(None, "holder"),
    record=RecordType.RETURN_CASE,
    history=True,
)

transition = table(
    SCHEMA,
    "transition",
    Column("id", Uuid, primary_key=True),
    case_link(),
    coded("state", CaseState, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("clause", Text),
    coded("from_state", CaseState),
    agency_link("actor_agency"),
    random_id(),
    UniqueConstraint("case_id", "at"),
    Index(None, "case_id", "id"),
    record=RecordType.TRANSITION,
    append_only=True,
)

assignment = table(
    SCHEMA,
    "assignment",
    Column("id", Uuid, primary_key=True),
    case_link(),
    agency_link("agency_code"),
    Column("unit", Text),
    Column("from_at", DateTime(timezone=True), nullable=False),
    Column("until_at", DateTime(timezone=True)),
    recorded_at(),
    random_id(),
    CheckConstraint("until_at > from_at", name="period"),
    # Equality by range, because core has no gist operator class for uuid and text.
    ExcludeConstraint(
        (text("registry.uuidrange(case_id, case_id, '[]')"), "&&"),
        (
            text(
                "registry.textrange(agency_code || '/' || coalesce(unit, ''),"
                " agency_code || '/' || coalesce(unit, ''), '[]')"
            ),
            "&&",
        ),
        (text("tstzrange(from_at, until_at)"), "&&"),
        name="assignment_period_excl",
    ),
    Index(None, "case_id", "id"),
    history=True,
)

consent = table(
    SCHEMA,
    "consent",
    Column("id", Uuid, primary_key=True),
    case_link(),
    coded("purpose", ConsentPurpose, nullable=False),
    coded("state", ConsentState, nullable=False),
    Column("recipients", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("stated_at", DateTime(timezone=True), nullable=False),
    recorded_at(),
    coded("given_by", ConsentGivenBy),
    Column("guardian", Text),
    Column("assent", Boolean),
    Column("form_id", Text),
    random_id(),
    CheckConstraint("stated_at <= recorded_at", name="stated_before_recorded"),
    Index(None, "case_id", "id"),
    Index(None, "case_id", "purpose"),
    record=RecordType.CONSENT,
    append_only=True,
)

restriction = table(
    SCHEMA,
    "restriction",
    Column("id", Uuid, primary_key=True),
    Column("record_id", Uuid, ForeignKey("registry.record_index.id"), nullable=False),
    coded("data_class", DataClass),
    Column("recipient", Text, ForeignKey("registry.party.code")),
    agency_link("set_by"),
    Column("from_at", DateTime(timezone=True), nullable=False),
    Column("until_at", DateTime(timezone=True)),
    recorded_at(),
    # Placed by a trigger: the case or the person it lies on, null where it lies on neither.
    Column("case_id", Uuid),
    Column("victim_id", Uuid),
    CheckConstraint("until_at > from_at", name="period"),
    Index(None, "record_id"),
    history=True,
)

case_party = table(
    SCHEMA,
    "case_party",
    Column("case_id", Uuid, ForeignKey("registry.return_case.id", ondelete="CASCADE")),
    Column("party", Text, ForeignKey("registry.party.code")),
    PrimaryKeyConstraint("case_id", "party"),
)
"""Whose case it is, for row-level security; kept by triggers and never written by the service."""
