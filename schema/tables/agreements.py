"""Agreements and contacts as records that are worked with: their parts, each row of one record.

Texts of an instrument, rounds of negotiation and the words of its parties are
only added; a day of signature or of entry into force is set once. Who took
part in a contact and what was decided there keep their history.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    Text,
    Uuid,
    false,
    text,
)

from schema.codes import AgreementStep, Role, RoundOutcome
from schema.tables.columns import (
    PRESENT,
    agency_link,
    agreement_link,
    coded,
    coded_list,
    recorded_at,
    table,
)

SCHEMA = "registry"
_FORMED = {"formed": True}


def _counted() -> CheckConstraint:
    return CheckConstraint("number > 0", name="number_positive")


def _at() -> Column[object]:
    return Column("at", DateTime(timezone=True), nullable=False, server_default=PRESENT)


def _of_version(owner: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["agreement_code", "version"],
        ["registry.agreement_version.agreement_code", "registry.agreement_version.version"],
        name=f"{owner}_version_fkey",
    )


agreement_version = table(
    SCHEMA,
    "agreement_version",
    agreement_link(nullable=False),
    Column("version", Integer, nullable=False),
    Column("summary", Text, nullable=False),
    Column("content", Text),
    Column("content_hash", Text, nullable=False),
    Column("proposed_by", Text, ForeignKey("registry.party.code"), nullable=False),
    agency_link("agency_code"),
    Column("subject", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("signed_on", Date),
    Column("in_force_from", Date),
    _at(),
    PrimaryKeyConstraint("agreement_code", "version"),
    CheckConstraint("version > 0", name="version_positive"),
    CheckConstraint("content_hash ~ '^[0-9a-f]{64}$'", name="content_hashed"),
)

negotiation_round = table(
    SCHEMA,
    "negotiation_round",
    agreement_link(nullable=False),
    Column("number", Integer, nullable=False),
    Column("held_on", Date, nullable=False),
    Column("place", Text),
    coded("outcome", RoundOutcome, nullable=False),
    Column("remarks", Text),
    Column("version", Integer),
    agency_link("agency_code"),
    _at(),
    PrimaryKeyConstraint("agreement_code", "number"),
    _counted(),
    _of_version("negotiation_round"),
    append_only=True,
)

agreement_signature = table(
    SCHEMA,
    "agreement_signature",
    Column("agreement_code", Text, nullable=False, info=_FORMED),
    Column("number", Integer, nullable=False),
    Column("version", Integer),
    coded("step", AgreementStep, nullable=False),
    Column("party", Text, nullable=False, info=_FORMED),
    Column("content_hash", Text, nullable=False),
    Column("on_day", Date, nullable=False),
    Column("on_paper", Boolean, nullable=False, server_default=false()),
    agency_link("agency_code"),
    Column("subject", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("clause", Text, nullable=False),
    _at(),
    PrimaryKeyConstraint("agreement_code", "number"),
    _counted(),
    _of_version("agreement_signature"),
    ForeignKeyConstraint(
        ["agreement_code", "party"],
        ["registry.agreement_party.agreement_code", "registry.agreement_party.party"],
    ),
    append_only=True,
)

contact_attendance = table(
    SCHEMA,
    "contact_attendance",
    Column("contact_id", Uuid, nullable=False),
    Column("agency_code", Text, nullable=False, info=_FORMED),
    Column("unit", Text, nullable=False, server_default=text("''")),
    Column("people", Integer),
    Column("reach", Integer),
    coded_list("roles", Role, nullable=False, server_default=text("'{}'")),
    recorded_at(),
    PrimaryKeyConstraint("contact_id", "agency_code", "unit"),
    ForeignKeyConstraint(
        ["contact_id", "agency_code"],
        ["registry.contact_participant.contact_id", "registry.contact_participant.agency_code"],
    ),
    CheckConstraint("people between 0 and 100000", name="people_counted"),
    CheckConstraint("reach between 0 and 100000000", name="reach_counted"),
    history=True,
)

contact_decision = table(
    SCHEMA,
    "contact_decision",
    Column("contact_id", Uuid, ForeignKey("registry.bilateral_contact.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("decision", Text, nullable=False),
    agency_link("responsible"),
    Column("due_on", Date),
    Column("done_on", Date),
    Column("note", Text),
    recorded_at(),
    PrimaryKeyConstraint("contact_id", "number"),
    _counted(),
    history=True,
)
