"""Columns that stand to the right of the template: fields of the standard that it leaves out.

Takes a `RowReading`, gives an `Appended`; all of it is empty for the genuine
template. Three columns are the registry's own (`saphan_`), because HTCDS has
neither an alias nor a name in its own script.
"""

from __future__ import annotations

from dataclasses import dataclass

from schema.codes import (
    App,
    Education,
    EventType,
    MaritalStatus,
    NameScript,
    PerpetratorRole,
    RelationToTrafficker,
)
from service.htcds import values
from service.htcds.drafts import EventDate, Place, Suspect
from service.htcds.reading import RowReading
from service.htcds.text import script_of

MAX_CHILDREN = 30
MAX_AGE = 120


@dataclass(frozen=True, slots=True)
class Appended:
    """What the appended columns say of a person; names as in `VictimDraft`."""

    alias: str | None
    name_in_script: str | None
    name_script: str | None
    middle_name: str | None
    languages: tuple[str, ...]
    education: str | None
    marital_status: str | None
    children_count: int | None
    identity_number: str | None
    age_when_trafficked: int | None
    relation_to_trafficker: str | None
    apps: tuple[str, ...]
    places: tuple[Place, ...]
    dates: tuple[EventDate, ...]
    narrative: str | None
    suspects: tuple[Suspect, ...]


def read_appended(row: RowReading) -> Appended:
    """The appended columns of this row."""
    native, script = _name_in_script(row)
    places, dates = _event(row)
    tongues = (
        row.take("prs_PrimaryLanguage", values.tongue),
        row.take("prs_SecondaryLanguage", values.tongue),
    )
    apps = {
        *row.codes("vic_RecruitmentWebsitesAndApps", App),
        *row.codes("vic_ExploitationWebsitesAndApps", App),
    }
    return Appended(
        alias=row.name("saphan_Alias"),
        name_in_script=native,
        name_script=script,
        middle_name=row.name("prs_MiddleName"),
        languages=tuple(dict.fromkeys(tongue for tongue in tongues if tongue)),
        education=row.code("prs_HighestLevelOfEducation", Education),
        marital_status=row.code("prs_MaritalStatus", MaritalStatus),
        children_count=row.take(
            "prs_NumberOfChildren", lambda cell: values.whole_number(cell, MAX_CHILDREN)
        ),
        identity_number=row.take("prs_IdentityNumber", values.number_as_text),
        age_when_trafficked=row.take(
            "vic_AgeWhenTrafficked", lambda cell: values.whole_number(cell, MAX_AGE)
        ),
        relation_to_trafficker=row.code("vic_RelationshipToTrafficker", RelationToTrafficker),
        apps=tuple(app.value for app in App if app.value in apps),
        places=places,
        dates=dates,
        narrative=row.long("hte_Description"),
        suspects=_suspects(row),
    )


def _name_in_script(row: RowReading) -> tuple[str | None, str | None]:
    """(name, ISO 15924 code). The code is read off the letters; Han letters need it said."""
    native = row.name("saphan_NameInScript")
    said = row.code("saphan_NameScript", NameScript)
    if native is None:
        if said is not None:
            row.fault("saphan_NameScript", "a script without a name in it")
        return None, None
    seen = script_of(native)
    if seen == "HANI" and said in (NameScript.HANS, NameScript.HANT):
        return native, said
    if seen == "HANI":
        row.fault("saphan_NameScript", "HANS or HANT is needed with a name in Han letters")
    elif seen is None or seen not in set(NameScript):
        row.fault("saphan_NameInScript", "not a script that the registry records")
    elif said is not None and said != seen:
        row.fault("saphan_NameScript", "not the script of the name beside it")
    return native, seen


def _event(row: RowReading) -> tuple[tuple[Place, ...], tuple[EventDate, ...]]:
    """Place and date of the one event that the `hte_` columns of a row tell of."""
    kind = row.code("hte_Type", EventType)
    country = row.take("hte_Country", values.country)
    state, city = row.line("hte_State"), row.line("hte_City")
    date = row.day("hte_Date")
    if kind is None:
        if (country or state or city or date) and not row.faults:
            row.fault("hte_Type", "empty: what happened at this place or on this day is needed")
        return (), ()
    places = (Place(kind, country, state, city),) if country or state or city else ()
    return places, (EventDate(kind, date),) if date else ()


def _suspects(row: RowReading) -> tuple[Suspect, ...]:
    roles = row.codes("per_RoleInProcess", PerpetratorRole)
    details = row.long("per_RoleDetails")
    return (Suspect(roles, details),) if roles or details else ()
