"""Who works together, and under what: countries, agencies, agreements, focal points, contacts.

Public or official rows, none about a person. `party` joins the codes of
countries and agencies, so that whatever names either can point at one key.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint

from schema.codes import (
    AgreementKind,
    AgreementState,
    CaseState,
    CooperationArea,
    MeetingKind,
    OrganisationType,
    RecordType,
    Role,
    UnitKind,
)
from schema.machine import Actor
from schema.tables.columns import (
    agency_link,
    agreement_link,
    case_link,
    coded,
    coded_list,
    countries,
    recorded_at,
    table,
)

SCHEMA = "registry"

record_index = table(
    SCHEMA,
    "record_index",
    Column("id", Uuid, primary_key=True),
    coded("type", RecordType, nullable=False),
    append_only=True,
)

country = table(
    SCHEMA,
    "country",
    Column(
        "code", Text, CheckConstraint("code ~ '^[A-Z]{2}$'", name="code_form"), primary_key=True
    ),
    Column("name", Text, nullable=False),
    Column("has_seat", Boolean, nullable=False, server_default=false()),
)

agency = table(
    SCHEMA,
    "agency",
    Column("id", Uuid, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("name_native", Text),
    Column("country", Text, ForeignKey("registry.country.code")),
    coded("organisation_type", OrganisationType),
    CheckConstraint("code ~ '^[A-Z]{2,4}(-[A-Z0-9]+)+$'", name="code_form"),
    record=RecordType.AGENCY,
)

party = table(SCHEMA, "party", Column("code", Text, primary_key=True))

agency_unit = table(
    SCHEMA,
    "agency_unit",
    agency_link("agency_code"),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    coded("kind", UnitKind, nullable=False),
    PrimaryKeyConstraint("agency_code", "code"),
)

agreement = table(
    SCHEMA,
    "agreement",
    Column("id", Uuid, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    coded("kind", AgreementKind, nullable=False),
    coded("state", AgreementState, nullable=False),
    Column("signed_on", Date),
    Column("in_force_from", Date),
    Column("until_on", Date),
    agreement_link("supersedes_code"),
    Column("source", Text),
    Column("verified", Boolean, nullable=False, server_default=false()),
    Column("published", Boolean, nullable=False, server_default=false()),
    agreement_link("parent_code"),
    coded_list("areas", CooperationArea, nullable=False, server_default=text("'{}'")),
    Column("version", Integer),
    CheckConstraint("parent_code <> code", name="under_another"),
    Index(None, "parent_code"),
    CheckConstraint("supersedes_code <> code", name="supersedes_another"),
    CheckConstraint("until_on >= in_force_from", name="period"),
    record=RecordType.AGREEMENT,
)

agreement_party = table(
    SCHEMA,
    "agreement_party",
    agreement_link(nullable=False),
    Column("party", Text, ForeignKey("registry.party.code"), nullable=False),
    PrimaryKeyConstraint("agreement_code", "party"),
    Index(None, "party"),
)

clause = table(
    SCHEMA,
    "clause",
    Column("id", Uuid, primary_key=True),
    agreement_link(nullable=False),
    Column("article", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("purposes", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("verified", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("agreement_code", "article"),
    Index(None, "agreement_code", "id"),
    record=RecordType.CLAUSE,
)

focal_point = table(
    SCHEMA,
    "focal_point",
    Column("id", Uuid, primary_key=True),
    agency_link("agency_code"),
    agreement_link(),
    Column("person", Text, nullable=False),
    Column("title", Text),
    Column("phone", Text),
    Column("email", Text),
    Column("private_phone", Text),
    Column("corridors", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("since_on", Date, nullable=False),
    Column("until_on", Date),
    CheckConstraint("until_on > since_on", name="period"),
    # Equality by range, because core has no gist operator class for text; chr(31) parts the fields.
    ExcludeConstraint(
        (
            text(
                "registry.textrange(agency_code || chr(31) || coalesce(agreement_code, '')"
                " || chr(31) || coalesce(corridors[1], '') || chr(31) || person,"
                " agency_code || chr(31) || coalesce(agreement_code, '')"
                " || chr(31) || coalesce(corridors[1], '') || chr(31) || person, '[]')"
            ),
            "&&",
        ),
        (text("daterange(since_on, until_on)"), "&&"),
        name="focal_point_period_excl",
    ),
    Index(None, "agreement_code", "id"),
    Index(None, "agency_code", "id"),
    record=RecordType.FOCAL_POINT,
)

bilateral_contact = table(
    SCHEMA,
    "bilateral_contact",
    Column("id", Uuid, primary_key=True),
    coded("kind", MeetingKind, nullable=False),
    Column("title", Text, nullable=False),
    agreement_link(),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date),
    Column("place", Text),
    Column("hosts", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("countries", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("funder", Text),
    Column("agenda", Text),
    Column("decisions", Text),
    Column("minutes", Text),
    recorded_at(),
    coded("area", CooperationArea),
    CheckConstraint("ends_on >= starts_on", name="period"),
    Index(None, "area", "id"),
    countries("countries"),
    Index(None, "agreement_code", "id"),
    Index("bilateral_contact_starts_on_id_idx", text("starts_on desc"), "id"),
    record=RecordType.BILATERAL_CONTACT,
    history=True,
)

contact_participant = table(
    SCHEMA,
    "contact_participant",
    Column("contact_id", Uuid, ForeignKey("registry.bilateral_contact.id"), nullable=False),
    agency_link("agency_code"),
    recorded_at(),
    PrimaryKeyConstraint("contact_id", "agency_code"),
    Index(None, "agency_code", "contact_id"),
    history=True,
)

contact_case = table(
    SCHEMA,
    "contact_case",
    Column("contact_id", Uuid, ForeignKey("registry.bilateral_contact.id"), nullable=False),
    case_link(),
    PrimaryKeyConstraint("contact_id", "case_id"),
    Index(None, "case_id", "contact_id"),
)

time_limit = table(
    SCHEMA,
    "time_limit",
    agreement_link(nullable=False),
    Column("edge", Integer, nullable=False),
    Column("days", Integer, nullable=False),
    PrimaryKeyConstraint("agreement_code", "edge"),
    CheckConstraint("edge between 1 and 14", name="edge_known"),
    CheckConstraint("days > 0", name="days_positive"),
)

state_edge = table(
    SCHEMA,
    "state_edge",
    Column("number", SmallInteger, nullable=False),
    coded("source", CaseState),
    coded("target", CaseState),
    Column("unseated_host", Boolean, nullable=False, server_default=false()),
    Column("act", Text, nullable=False),
    coded("side", Actor, nullable=False),
    coded_list("actors", Role, nullable=False),
    Column("limit_days", Integer),
    UniqueConstraint("source", "target"),
)
