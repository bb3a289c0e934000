"""The person: `Victim`, in coarse strokes, by identity, and by what was done to her.

Age is judged at the database's day on the last day that the known birth date
allows; an unknown or disputed age counts as minor.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

from schema.classes import DataClass
from schema.codes import (
    AgeBand,
    App,
    BirthPrecision,
    CareNeed,
    Education,
    EventType,
    ExploitationType,
    Gender,
    Industry,
    MaritalStatus,
    MeansOfControl,
    NameScript,
    PerpetratorRole,
    Recruitment,
    RelationToTrafficker,
    SexExploitationType,
    StatusDecidedBy,
    TraffickingStatus,
)
from schema.held import Binding, detail, entity, held, to_many
from schema.types.history import HistoryEntry, history
from schema.types.records import Connection, Record
from schema.types.refs import ReturnCaseRef


def _younger_than(years: int) -> str:
    return "{t}.birth_latest > (current_date - interval '" + str(years) + " years')::date"


_BANDS = tuple(AgeBand)
AGE_BAND_SQL = (
    "case when {t}.birth_latest is null then null "
    + " ".join(
        f"when {_younger_than(older.youngest)} then '{band.value}'"
        for band, older in pairwise(_BANDS)
    )
    + f" else '{_BANDS[-1].value}' end"
)
IS_MINOR_SQL = "({t}.age_disputed or {t}.birth_latest is null or " + _younger_than(18) + ")"


@detail
class FamilyContact:
    """A relative or friend of the person. A relative may be the trafficker."""

    name: str | None = held(DataClass.FAMILY, "The contact's name.")
    relation: str | None = held(DataClass.FAMILY, "How the contact is related to the person.")
    phone: str | None = held(DataClass.FAMILY, "Telephone number, E.164.")
    do_not_contact: bool | None = held(
        DataClass.FAMILY, "True where contacting this relative would put the person at risk."
    )


@detail
class TraffickingPlace:
    """A place of the trafficking."""

    kind: str | None = held(DataClass.EXPLOITATION_DETAIL, "HTCDS event type.", codes=EventType)
    country: str | None = held(DataClass.EXPLOITATION_DETAIL, "Country, ISO 3166 alpha-2.")
    state: str | None = held(DataClass.EXPLOITATION_DETAIL, "State or province.")
    city: str | None = held(DataClass.EXPLOITATION_DETAIL, "City or district.")


@detail
class TraffickingDate:
    """A date of the trafficking."""

    kind: str | None = held(DataClass.EXPLOITATION_DETAIL, "HTCDS event type.", codes=EventType)
    date: dt.date | None = held(DataClass.EXPLOITATION_DETAIL, "The day, as far as known.")


@detail
class Suspect:
    """A suspected perpetrator, by role. Never by name."""

    roles: list[str] | None = held(
        DataClass.NARRATIVE, "HTCDS perpetrator roles.", codes=PerpetratorRole
    )
    details: str | None = held(DataClass.NARRATIVE, "What is known of the part played, in words.")


@entity(table="registry.victim", binding=Binding.PERSON, singular="victim", plural="victims")
class Victim(Record):
    """A person identified, or presumed, as a victim of trafficking.

    Visible where some clause opens one of her cases to the caller; all its
    conditions are tested on that one case.
    """

    history: list[HistoryEntry] | None = history()
    age_band: str | None = held(
        DataClass.PERSON,
        "Age band of CTDC; null where the age is unknown.",
        codes=AgeBand,
        sql=AGE_BAND_SQL,
    )
    is_minor: bool | None = held(
        DataClass.PERSON,
        "Whether the person counts as a minor: under 18, or of unknown or disputed age.",
        sql=IS_MINOR_SQL,
    )
    age_disputed: bool | None = held(DataClass.PERSON, "Whether the age is disputed.")
    gender: str | None = held(DataClass.PERSON, "HTCDS gender.", codes=Gender)
    nationalities: list[str] | None = held(
        DataClass.PERSON, "Citizenships, ISO 3166 alpha-2; several are possible."
    )
    stateless: bool | None = held(DataClass.PERSON, "Whether the person is stateless.")
    languages: list[str] | None = held(
        DataClass.PERSON, "Languages spoken, ISO 639-2: tha, khm, lao, vie, mya, zho."
    )
    education: str | None = held(
        DataClass.PERSON, "HTCDS highest level of education.", codes=Education
    )
    marital_status: str | None = held(
        DataClass.PERSON, "HTCDS marital status.", codes=MaritalStatus
    )
    children_count: int | None = held(DataClass.PERSON, "Number of children.")
    home_province: str | None = held(DataClass.PERSON, "Province of the home address.")
    trafficking_status: str | None = held(
        DataClass.PERSON, "HTCDS trafficking status.", codes=TraffickingStatus
    )
    status_decided_by: str | None = held(
        DataClass.PERSON,
        "HTCDS kind of organisation that decided on the trafficking status.",
        codes=StatusDecidedBy,
    )

    given_name: str | None = held(DataClass.IDENTITY, "Given name.")
    middle_name: str | None = held(DataClass.IDENTITY, "Middle name.")
    family_name: str | None = held(DataClass.IDENTITY, "Family name.")
    alias: str | None = held(DataClass.IDENTITY, "Another name the person goes by.")
    name_in_script: str | None = held(
        DataClass.IDENTITY, "The full name as written in `nameScript`."
    )
    name_script: str | None = held(
        DataClass.IDENTITY, "The script of `nameInScript`, ISO 15924 in capitals.", codes=NameScript
    )
    birth_date: dt.date | None = held(
        DataClass.IDENTITY, "Birth date, as exact as `birthPrecision` says."
    )
    birth_precision: str | None = held(
        DataClass.IDENTITY, "How much of `birthDate` is known.", codes=BirthPrecision
    )
    identity_number: str | None = held(DataClass.IDENTITY, "Number of the identity document.")
    photo: str | None = held(
        DataClass.PHOTO, "Reference to the photo. Across a border by consent, of adults only."
    )

    home_district: str | None = held(DataClass.FAMILY, "District of the home address.")
    home_village: str | None = held(DataClass.FAMILY, "Village of the home address.")
    home_street: str | None = held(DataClass.FAMILY, "Street and number of the home address.")
    phone: str | None = held(DataClass.FAMILY, "Telephone number, E.164.")
    email: str | None = held(DataClass.FAMILY, "Mail address.")
    family_contacts: list[FamilyContact] | None = held(
        DataClass.FAMILY, "Relatives and friends, with a warning where one must not be contacted."
    )

    exploitation_types: list[str] | None = held(
        DataClass.EXPLOITATION, "HTCDS types of exploitation, first level.", codes=ExploitationType
    )
    forced_labour_industry: str | None = held(
        DataClass.EXPLOITATION_DETAIL,
        "HTCDS industry of the forced labour, sections of ISIC 4.",
        codes=Industry,
    )
    sex_exploitation_type: list[str] | None = held(
        DataClass.EXPLOITATION_DETAIL,
        "HTCDS types of sexual exploitation.",
        codes=SexExploitationType,
    )
    recruitment: list[str] | None = held(
        DataClass.EXPLOITATION_DETAIL, "HTCDS methods of recruitment.", codes=Recruitment
    )
    means_of_control: list[str] | None = held(
        DataClass.EXPLOITATION_DETAIL, "HTCDS methods of control.", codes=MeansOfControl
    )
    age_when_trafficked: int | None = held(
        DataClass.EXPLOITATION_DETAIL, "Age in years when trafficked."
    )
    relation_to_trafficker: str | None = held(
        DataClass.EXPLOITATION_DETAIL,
        "HTCDS relationship to the trafficker.",
        codes=RelationToTrafficker,
    )
    apps: list[str] | None = held(
        DataClass.EXPLOITATION_DETAIL, "HTCDS websites and apps used in the trafficking.", codes=App
    )
    places: list[TraffickingPlace] | None = held(
        DataClass.EXPLOITATION_DETAIL, "Places of recruitment, transit and exploitation."
    )
    dates: list[TraffickingDate] | None = held(
        DataClass.EXPLOITATION_DETAIL, "Dates of recruitment, transit and exploitation."
    )
    narrative: str | None = held(DataClass.NARRATIVE, "What happened, in words.")
    suspects: list[Suspect] | None = held(
        DataClass.NARRATIVE, "Suspected perpetrators. For the police channel only."
    )
    care_needs: list[str] | None = held(
        DataClass.CARE, "What an escort must know, without a diagnosis.", codes=CareNeed
    )
    diagnosis: str | None = held(DataClass.MEDICAL, "Diagnosis. Never crosses a border.")
    psychological_notes: str | None = held(
        DataClass.MEDICAL, "Psychological notes. Never cross a border."
    )

    return_cases: Connection[ReturnCaseRef] = to_many(
        "{t}.victim_id = {p}.id", "The person's return cases that the caller may see."
    )
