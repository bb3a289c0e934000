"""Victims: one wide row a person, each identifier in a column of its own.

Own columns, because a value that is one day encrypted must be one value: names,
numbers, phones, addresses and narrative are never folded into a document.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    Uuid,
    false,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from schema.codes import (
    App,
    BirthPrecision,
    CareNeed,
    Education,
    ExploitationType,
    Gender,
    Industry,
    MaritalStatus,
    MeansOfControl,
    NameScript,
    RecordType,
    Recruitment,
    RelationToTrafficker,
    SexExploitationType,
    StatusDecidedBy,
    TraffickingStatus,
)
from schema.tables.columns import (
    agency_link,
    coded,
    coded_list,
    countries,
    random_id,
    recorded_at,
    table,
)

# The last day that the precision allows: whoever may still be 17 counts as a minor.
_BIRTH_LATEST = (
    "case birth_precision when 'DAY' then birth_date"
    " when 'MONTH' then"
    " (date_trunc('month', birth_date::timestamp) + interval '1 month' - interval '1 day')::date"
    " when 'YEAR' then make_date(extract(year from birth_date)::integer, 12, 31) end"
)


def _list(column: str) -> CheckConstraint:
    return CheckConstraint(f"jsonb_typeof({column}) = 'array'", name=f"{column}_is_list")


victim = table(
    "registry",
    "victim",
    Column("id", Uuid, primary_key=True),
    Column("given_name", Text),
    Column("middle_name", Text),
    Column("family_name", Text),
    Column("alias", Text),
    Column("name_in_script", Text),
    coded("name_script", NameScript),
    Column("birth_date", Date),
    coded("birth_precision", BirthPrecision),
    Column("birth_latest", Date, Computed(_BIRTH_LATEST, persisted=True)),
    Column("age_disputed", Boolean, nullable=False, server_default=false()),
    coded("gender", Gender),
    Column("nationalities", ARRAY(Text), nullable=False),
    Column("stateless", Boolean, nullable=False, server_default=false()),
    Column("languages", ARRAY(Text)),
    coded("education", Education),
    coded("marital_status", MaritalStatus),
    Column("children_count", Integer),
    Column("home_province", Text),
    Column("home_district", Text),
    Column("home_village", Text),
    Column("home_street", Text),
    Column("phone", Text),
    Column("email", Text),
    Column("family_contacts", JSONB),
    Column("photo", Text),
    Column("identity_number", Text),
    coded("trafficking_status", TraffickingStatus),
    coded("status_decided_by", StatusDecidedBy),
    coded_list("exploitation_types", ExploitationType),
    coded("forced_labour_industry", Industry),
    coded_list("sex_exploitation_type", SexExploitationType),
    coded_list("recruitment", Recruitment),
    coded_list("means_of_control", MeansOfControl),
    Column("age_when_trafficked", Integer),
    coded("relation_to_trafficker", RelationToTrafficker),
    coded_list("apps", App),
    Column("places", JSONB),
    Column("dates", JSONB),
    Column("narrative", Text),
    Column("suspects", JSONB),
    coded_list("care_needs", CareNeed),
    Column("diagnosis", Text),
    Column("psychological_notes", Text),
    agency_link("entered_by"),
    recorded_at(),
    random_id(),
    CheckConstraint(
        "(birth_date is null) = (birth_precision is null)", name="birth_precision_with_date"
    ),
    countries("nationalities"),
    CheckConstraint(
        "languages = '{}' or (array_position(languages, null) is null"
        " and array_to_string(languages, ',') ~ '^[a-z]{3}(,[a-z]{3})*$')",
        name="languages_form",
    ),
    CheckConstraint("children_count >= 0", name="children_count_natural"),
    CheckConstraint("age_when_trafficked between 0 and 150", name="age_when_trafficked_human"),
    _list("family_contacts"),
    _list("places"),
    _list("dates"),
    _list("suspects"),
    UniqueConstraint("entered_by", "identity_number"),
    Index(None, "home_province"),
    record=RecordType.VICTIM,
    history=True,
)
