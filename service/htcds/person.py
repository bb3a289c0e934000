"""The person that a row tells of, from the template's columns and the appended ones.

Takes a `RowReading` and the country of origin, gives a `VictimDraft`; what does
not fit becomes a fault of the reading.
"""

from __future__ import annotations

from schema.codes import (
    ExploitationType,
    Gender,
    Industry,
    MeansOfControl,
    NameScript,
    Recruitment,
    SexExploitationType,
    StatusDecidedBy,
    TraffickingStatus,
)
from service.htcds import values
from service.htcds.appended import Appended, read_appended
from service.htcds.drafts import FamilyContact, Place, VictimDraft
from service.htcds.faults import BadCell
from service.htcds.reading import RowReading
from service.htcds.text import same_name, script_of

# Where the family name is written before the given one.
_FAMILY_FIRST = frozenset({NameScript.KHMR})


def read_person(row: RowReading, origin: str) -> VictimDraft:
    """The person of this row. With faults in `row` the draft is of no use."""
    given, family = row.name("prs_FirstName"), row.name("prs_SecondName")
    more = read_appended(row)
    native, script = _native(row, given, family, more)
    if not (given or family or more.alias or native or row.faults):
        row.fault("prs_FirstName", "no name: a first name, a second name or an alias is needed")
    birth = row.date("prs_Birthdate")
    province, district, street = _home(row, origin)
    status = row.code("vic_TraffickingStatus", TraffickingStatus)
    if status == TraffickingStatus.NOT_A_VICTIM_OF_TRAFFICKING:
        row.notes.append("recorded as no victim: the case waits to be decided as such")
    return VictimDraft(
        nationalities=(origin,),
        given_name=given,
        middle_name=more.middle_name,
        family_name=family,
        alias=more.alias,
        name_in_script=native,
        name_script=script,
        birth_date=birth.day if birth else None,
        birth_precision=birth.precision if birth else None,
        gender=row.code("prs_Gender", Gender),
        languages=more.languages,
        education=more.education,
        marital_status=more.marital_status,
        children_count=more.children_count,
        home_province=province,
        home_district=district,
        home_street=street,
        phone=row.take("prs_MobilePhone", values.phone),
        email=row.take("prs_Email", values.email),
        family_contacts=_family(row),
        identity_number=more.identity_number,
        trafficking_status=status,
        status_decided_by=row.code("vic_TraffickingStatusDecisionMakingOrg", StatusDecidedBy),
        exploitation_types=row.codes("vic_TypeOfExploitation", ExploitationType),
        forced_labour_industry=row.code("vic_ForcedLabourIndustry", Industry),
        sex_exploitation_type=row.codes("vic_TypeOfSexExploitation", SexExploitationType),
        recruitment=row.codes("vic_MethodOfRecruitment", Recruitment),
        means_of_control=row.codes("vic_MethodsOfControl", MeansOfControl),
        age_when_trafficked=more.age_when_trafficked,
        relation_to_trafficker=more.relation_to_trafficker,
        apps=more.apps,
        places=(*_places(row), *more.places),
        dates=more.dates,
        narrative=more.narrative,
        suspects=more.suspects,
    )


def _native(
    row: RowReading, given: str | None, family: str | None, more: Appended
) -> tuple[str | None, str | None]:
    """(name in its own script, its code): the appended column, else names not in Latin letters."""
    if more.name_in_script is not None:
        return more.name_in_script, more.name_script
    try:
        script = script_of("".join(part for part in (given, family) if part))
    except BadCell:
        row.fault("prs_SecondName", "in another script than the first name")
        return None, None
    if script is None or script == NameScript.LATN or script not in set(NameScript):
        return None, None
    order = (family, given) if script in _FAMILY_FIRST else (given, family)
    return " ".join(part for part in order if part), script


def _home(row: RowReading, origin: str) -> tuple[str | None, str | None, str | None]:
    """(province, district, street) of the home, if it lies in the country of origin.

    A mailing address elsewhere may be the shelter: it is left out, with a note.
    """
    country = row.take("prs_MailingCountry", values.country)
    province, district = row.line("prs_MailingState"), row.line("prs_MailingCity")
    street = row.line("prs_MailingStreet")
    if not (province or district or street):
        return None, None, None
    if country is None:
        if not any(fault.name == "prs_MailingCountry" for fault in row.faults):
            row.fault("prs_MailingCountry", "empty: the country of the address is needed")
    elif country != origin:
        row.notes.append("address not stored: it is not in the country of origin")
        return None, None, None
    return _province(row, origin, province), district, street


def _province(row: RowReading, origin: str, written: str | None) -> str | None:
    """The province as the registry calls it: provincial officers are matched with it by name."""
    known = row.finding.provinces.get(origin)
    if written is None or known is None:
        return written
    found = known.get(same_name(written))
    if found is None:
        row.fault("prs_MailingState", "not a province that the registry lists for this country")
    return found


def _family(row: RowReading) -> tuple[FamilyContact, ...]:
    """The telephone at home. A relative may be the trafficker: nobody calls before looking."""
    number = row.take("prs_HomePhone", values.phone)
    return (FamilyContact(None, "household", number, True),) if number else ()


def _places(row: RowReading) -> list[Place]:
    named = (
        ("Recruitment", row.line("vic_LocationOfRecruitment")),
        ("Exploitation", row.line("vic_LocationOfExploitation")),
    )
    return [Place(kind, city=text) for kind, text in named if text]
