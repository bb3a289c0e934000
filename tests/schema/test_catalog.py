"""The catalog: every field has one source, one class, and takes no more operators than it may."""

from __future__ import annotations

import re

import pytest

from schema.catalog import Catalog, FieldSource, Kind, catalog
from schema.classes import DataClass, Sensitivity
from schema.codes import AgeBand, RecordType
from schema.tables import metadata
from schema.types.victims import AGE_BAND_SQL

# Section 1 of the rulings, as it stands there; finer ones may be added.
RULED = {
    DataClass.SHELL: {
        "ReturnCase": "host origin state stateSince holder outcome closingReason openedOn",
        "Transition": "state at clause",
    },
    DataClass.PERSON: {
        "Victim": "ageBand isMinor ageDisputed gender nationalities stateless languages education "
        "maritalStatus childrenCount homeProvince traffickingStatus statusDecidedBy"
    },
    DataClass.IDENTITY: {
        "Victim": "givenName middleName familyName alias nameInScript birthDate identityNumber"
    },
    DataClass.PHOTO: {"Victim": "photo"},
    DataClass.FAMILY: {
        "Victim": "homeDistrict homeVillage homeStreet phone email familyContacts",
    },
    DataClass.EXPLOITATION: {"Victim": "exploitationTypes"},
    DataClass.EXPLOITATION_DETAIL: {
        "Victim": "forcedLabourIndustry sexExploitationType recruitment meansOfControl "
        "ageWhenTrafficked relationToTrafficker apps places dates"
    },
    DataClass.NARRATIVE: {"Victim": "narrative suspects"},
    DataClass.CARE: {"Victim": "careNeeds"},
    DataClass.MEDICAL: {"Victim": "diagnosis psychologicalNotes"},
    DataClass.SHELTER: {"ReturnCase": "shelterName shelterPlace"},
    DataClass.HANDOVER: {"ReturnCase": "handoverPlace handoverAt"},
    DataClass.REFERRAL: {"Referral": "from to reason state caseOwner"},
    DataClass.REFERRAL_TEXT: {"Referral": "details"},
    DataClass.BEST_INTERESTS: {"ReturnCase": "bestInterestsDecision"},
    DataClass.LEGAL: {
        "ReturnCase": "proceedings compensationClaim",
        "LegalRequest": "agency number subject receivedOn expiresOn",
    },
    DataClass.LEGAL_HOLD: {"ReturnCase": "legalHold"},
    DataClass.ASSESSMENT: {"Assessment": "report familyWilling risk"},
    DataClass.ASSESSMENT_OUTCOME: {"Assessment": "outcome"},
    DataClass.RISK_FLAG: {"Assessment": "riskFlag"},
    DataClass.TRAVEL: {
        "TravelPaper": "travelDocument exitPermit escort transport departedAt arrivedAt"
    },
    DataClass.REINTEGRATION: {
        "ReturnCase": "plan",
        "FollowUp": "visitedOn month notes supportTypes",
    },
    DataClass.FEEDBACK: {"ReturnCase": "feedbackCode feedbackOn"},
    DataClass.CONSENT: {
        "Consent": "purpose state recipients givenAt withdrawnAt givenBy guardian assent"
    },
    DataClass.EMERGENCY: {
        "EmergencyOpening": "agency openedBy clause reason openedAt until reviewBy reviewedAt"
        " reviewedBy finding overdue"
    },
    DataClass.AGREEMENT: {
        "Agreement": "code title kind parties signedOn inForceFrom until source",
        "Agency": "code name nameInScript country organisationType",
    },
    DataClass.CLAUSE: {"Clause": "article subject purposes verified"},
    DataClass.CONTACT: {
        "FocalPoint": "agency person title phone email corridors since until",
        "BilateralContact": "kind title startsOn endsOn place hosts countries funder agenda "
        "decisions",
    },
    DataClass.CONTACT_PRIVATE: {"FocalPoint": "privatePhone"},
    DataClass.MINUTES: {"BilateralContact": "minutes"},
    DataClass.ACCESS: {
        "AccessRecord": "at caller purpose operationName documentHash traceId outcome protocols "
        "searched refusals withheld",
        "AccessDisclosure": "recordId recordType fields clause",
    },
}

LINKS = {
    "Agreement": "clauses focalPoints contacts supersedes under standards",
    "BilateralContact": "agreement participants cases",
    "ReturnCase": "victim agreement consents transitions referrals contacts assessments "
    "travelPapers followUps legalRequests emergencyOpenings",
    "Victim": "returnCases",
}


@pytest.fixture(scope="module")
def known() -> Catalog:
    return catalog()


def sources(known: Catalog) -> list[tuple[str, FieldSource]]:
    return [(e.name, source) for e in known.entities.values() for source in e.fields.values()]


@pytest.mark.parametrize("data_class", DataClass)
def test_fields_have_the_class_that_the_rulings_give_them(
    known: Catalog, data_class: DataClass
) -> None:
    for entity, names in RULED[data_class].items():
        for name in names.split():
            assert known.entities[entity].fields[name].data_class is data_class, f"{entity}.{name}"


@pytest.mark.parametrize("entity", LINKS)
def test_links_are_where_the_interface_says(known: Catalog, entity: str) -> None:
    found = {
        source.name
        for source in known.entities[entity].fields.values()
        if source.kind in {Kind.LINK, Kind.CONNECTION}
    }
    assert found == set(LINKS[entity].split())


def test_every_part_of_a_case_leads_back_to_it(known: Catalog) -> None:
    parts = [entity for entity in known.entities.values() if entity.binding == "PART"]
    assert len(parts) == 8
    for part in parts:
        assert part.fields["returnCase"].target == "ReturnCase"
        assert part.fields["returnCase"].join == "{t}.id = {p}.case_id"


def test_every_entity_that_a_grant_may_name_is_in_the_catalog(known: Catalog) -> None:
    with_id = {name for name, entity in known.entities.items() if "id" in entity.fields}
    assert with_id == {each.value for each in RecordType}
    assert set(known.entities) - with_id == {"AccessDisclosure"}


def test_every_field_has_exactly_one_source(known: Catalog) -> None:
    for entity, source in sources(known):
        where = f"{entity}.{source.name}"
        if source.kind in {Kind.VALUE, Kind.OBJECT}:
            assert source.data_class is not None, where
            assert "{t}" in source.sql, where
            assert source.join is None, where
        elif source.kind is Kind.HISTORY:
            assert (source.data_class, source.sql) == (DataClass.SHELL, ""), where
        else:
            assert source.data_class is None, where
        if source.kind in {Kind.LINK, Kind.CONNECTION}:
            assert source.sql == "", where
            assert source.join or source.target == "AccessDisclosure", where
            assert ("{v}" in (source.join or "")) is (source.via is not None), where


def test_plain_values_of_one_entity_come_from_different_columns(known: Catalog) -> None:
    for entity in known.entities.values():
        plain = [s.sql for s in entity.fields.values() if re.fullmatch(r"\{t\}\.\w+", s.sql)]
        assert len(plain) == len(set(plain)), entity.name


def test_expressions_name_columns_that_the_tables_have(known: Catalog) -> None:
    tables = {table.fullname: table for table in metadata.tables.values()}
    for entity in known.entities.values():
        if entity.binding == "INHERITED":
            continue
        for source in entity.fields.values():
            assert set(re.findall(r"\{t\}\.(\w+)", source.sql)) <= set(
                tables[entity.table].c.keys()
            ), f"{entity.name}.{source.name}"
            if not source.join or source.target is None:
                continue
            sides = {"p": entity.table, "t": known.entities[source.target].table, "v": source.via}
            for alias, column in re.findall(r"\{(\w)\}\.(\w+)", source.join):
                assert column in tables[sides[alias] or ""].c, f"{entity.name}.{source.name}"


def test_expressions_format_with_an_alias_alone(known: Catalog) -> None:
    for entity, source in sources(known):
        assert "{" not in source.sql.format(t="r"), f"{entity}.{source.name}"
        assert "{" not in (source.join or "").format(p="a", t="b", v="c")


def test_sensitive_fields_take_no_order(known: Catalog) -> None:
    orderable = [source for _, source in sources(known) if source.orderable and source.data_class]
    assert orderable
    assert all(
        source.data_class is not None and source.data_class.sensitivity.level < 3
        for source in orderable
    )


def test_lists_objects_and_connections_take_no_order(known: Catalog) -> None:
    for entity, source in sources(known):
        if source.is_list or source.kind in {Kind.OBJECT, Kind.HISTORY, Kind.LINK, Kind.CONNECTION}:
            assert not source.orderable, f"{entity}.{source.name}"
        if source.kind in {Kind.OBJECT, Kind.HISTORY, Kind.CONNECTION, Kind.WITHHELD}:
            assert not source.filterable, f"{entity}.{source.name}"
        if source.kind is Kind.LINK:
            assert source.filterable, f"{entity}.{source.name}"


def test_objects_name_their_keys_as_the_schema_does(known: Catalog) -> None:
    assert known.objects["FamilyContact"].fields == (
        ("name", "name", "text", None),
        ("relation", "relation", "text", None),
        ("phone", "phone", "text", None),
        ("doNotContact", "doNotContact", "boolean", None),
    )
    held = {s.target for _, s in sources(known) if s.kind in {Kind.OBJECT, Kind.HISTORY}}
    nested = {each for o in known.objects.values() for *_, each in o.fields if each}
    assert held | nested == set(known.objects)


def test_only_agreements_and_the_directory_have_public_rows(known: Catalog) -> None:
    public = {e.name: e.public_where for e in known.entities.values() if e.public_where}
    assert public == {"Agreement": "{t}.published", "Agency": "true"}
    for entity, source in sources(known):
        if source.data_class and source.data_class.sensitivity is Sensitivity.S0:
            assert entity in public


def test_bindings_follow_the_tables(known: Catalog) -> None:
    bindings = {e.name: e.binding for e in known.entities.values()}
    assert bindings["Victim"] == "PERSON"
    assert bindings["ReturnCase"] == "CASE"
    assert bindings["AccessDisclosure"] == "INHERITED"
    for entity in known.entities.values():
        if entity.table:
            table = metadata.tables[entity.table]
            assert ("case_id" in table.c) == (entity.binding == "PART"), entity.name


def test_every_age_band_is_answered() -> None:
    named = re.findall(r"then '([^']+)'", AGE_BAND_SQL) + re.findall(
        r"else '([^']+)'", AGE_BAND_SQL
    )
    assert named == [band.value for band in AgeBand]


def test_a_known_age_is_banded_like_a_minor_and_an_unknown_one_counts_as_minor(
    known: Catalog,
) -> None:
    boundary = "{t}.birth_latest > (current_date - interval '18 years')::date"
    assert f"when {boundary} then '9-17'" in known.entities["Victim"].fields["ageBand"].sql
    minor = known.entities["Victim"].fields["isMinor"].sql
    assert minor == f"({{t}}.age_disputed or {{t}}.birth_latest is null or {boundary})"
