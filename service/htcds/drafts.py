"""What a row becomes before it is stored: frozen, with the registry's column names.

Takes nothing, gives the dataclasses between `rows` and `store`. A draft has no
id, no agreement and no holder: the registry gives those when it is written.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FamilyContact:
    """One entry of `registry.victim.family_contacts`."""

    name: str | None
    relation: str
    phone: str
    do_not_contact: bool


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of `registry.victim.places`; `kind` is a value of HTCDS `hte_Type`."""

    kind: str
    country: str | None = None
    state: str | None = None
    city: str | None = None


@dataclass(frozen=True, slots=True)
class EventDate:
    """One entry of `registry.victim.dates`."""

    kind: str
    date: dt.date


@dataclass(frozen=True, slots=True)
class Suspect:
    """One entry of `registry.victim.suspects`; `roles` are of HTCDS `per_RoleInProcess`."""

    roles: tuple[str, ...]
    details: str | None


@dataclass(frozen=True, slots=True)
class VictimDraft:
    """A person as a row tells of her: columns of `registry.victim`, empty where it is silent."""

    nationalities: tuple[str, ...]
    given_name: str | None = None
    middle_name: str | None = None
    family_name: str | None = None
    alias: str | None = None
    name_in_script: str | None = None
    name_script: str | None = None
    birth_date: dt.date | None = None
    birth_precision: str | None = None
    gender: str | None = None
    languages: tuple[str, ...] = ()
    education: str | None = None
    marital_status: str | None = None
    children_count: int | None = None
    home_province: str | None = None
    home_district: str | None = None
    home_street: str | None = None
    phone: str | None = None
    email: str | None = None
    family_contacts: tuple[FamilyContact, ...] = ()
    identity_number: str | None = None
    trafficking_status: str | None = None
    status_decided_by: str | None = None
    exploitation_types: tuple[str, ...] = ()
    forced_labour_industry: str | None = None
    sex_exploitation_type: tuple[str, ...] = ()
    recruitment: tuple[str, ...] = ()
    means_of_control: tuple[str, ...] = ()
    age_when_trafficked: int | None = None
    relation_to_trafficker: str | None = None
    apps: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    dates: tuple[EventDate, ...] = ()
    narrative: str | None = None
    suspects: tuple[Suspect, ...] = ()


@dataclass(frozen=True, slots=True)
class ConsentRemark:
    """The one checkbox of HTCDS: too thin for a consent, it becomes a remark and opens nothing."""

    ticked: bool

    def __str__(self) -> str:
        return f"con_Consent: {'TRUE' if self.ticked else 'FALSE'} (a checkbox, not a consent)"


@dataclass(frozen=True, slots=True)
class CellRemark:
    """A cell that has no column in the registry and is worth keeping beside the case."""

    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.name}: {self.text}"


@dataclass(frozen=True, slots=True)
class CaseDraft:
    """The return case that a row opens: columns of `registry.return_case`."""

    host: str
    origin: str
    state: str
    opened_on: dt.date | None = None
    case_worker: str | None = None
    remarks: tuple[ConsentRemark | CellRemark, ...] = ()


@dataclass(frozen=True, slots=True)
class ReferralDraft:
    """A referral to (`incoming`) or from the entering agency; `organisation` as written."""

    incoming: bool
    organisation: str
    reason: str | None = None
    case_owner: str | None = None
    details: str | None = None


@dataclass(frozen=True, slots=True)
class RowDraft:
    """A good row. `notes` say what was decided about it, free of its values."""

    row: int
    victim: VictimDraft
    case: CaseDraft
    referrals: tuple[ReferralDraft, ...] = ()
    notes: tuple[str, ...] = field(default=())
