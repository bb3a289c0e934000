"""Stage 5: drafts become rows of the registry, inside a transaction that the caller holds.

Takes a psycopg connection and drafts, promises plain SQL with every value a
parameter. Each draft is one victim, one return case with its first transition
and the assignment of the entering agency; referrals to agencies that the
registry knows. Nothing here opens a consent.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from schema.codes import (
    MAIN_RANK,
    AgreementKind,
    AgreementState,
    CaseState,
    ReferralState,
    UnitKind,
)
from service.htcds.drafts import CellRemark, ReferralDraft, RowDraft, VictimDraft
from service.htcds.faults import ImportRefused
from service.htcds.text import same_name

Connection = psycopg.Connection[tuple[object, ...]]
PersonKey = tuple[str, str, str, str]
# Any number that no other lock of the registry uses: two imports of one agency wait for each other.
_LOCK_CLASS = 0x48544344


@dataclass(frozen=True, slots=True)
class EnteringAgency:
    """The agency that enters: its code and its country, `""` for none."""

    code: str
    country: str


@dataclass(frozen=True, slots=True)
class Stored:
    """The ids of one stored row, and the agreement its case was lodged under, if any."""

    victim_id: uuid.UUID
    case_id: uuid.UUID
    agreement: str | None
    notes: tuple[str, ...]


def entering_agency(conn: Connection, code: str) -> EnteringAgency:
    """The agency of this code; ImportRefused for one that the registry does not know."""
    row = conn.execute(
        "select code, coalesce(country, '') from registry.agency where code = %s", (code,)
    ).fetchone()
    if row is None:
        raise ImportRefused("the registry knows no such agency")
    return EnteringAgency(str(row[0]), str(row[1]))


def seats(conn: Connection) -> dict[str, bool]:
    """Every country of the registry, and whether it has a seat."""
    rows = conn.execute("select code, has_seat from registry.country").fetchall()
    return {str(code): bool(seat) for code, seat in rows}


def today(conn: Connection) -> dt.date:
    """The day of the database's clock, which every decision goes by."""
    row = conn.execute("select current_date").fetchone()
    assert row is not None  # noqa: S101
    assert isinstance(row[0], dt.date)  # noqa: S101
    return row[0]


def provinces(conn: Connection) -> dict[str, dict[str, str]]:
    """The provinces that units of agencies stand for: by country, code by code and by name."""
    found: dict[str, dict[str, str]] = {}
    rows = conn.execute(
        "select a.country, u.code, u.name from registry.agency_unit u"
        " join registry.agency a on a.code = u.agency_code"
        " where u.kind = %s and a.country is not null",
        (UnitKind.PROVINCE,),
    ).fetchall()
    for country, code, name in rows:
        names = found.setdefault(str(country), {})
        names[same_name(str(code))] = names[same_name(str(name))] = str(code)
    return found


def lock(conn: Connection, agency: str) -> None:
    """Let no other import of this agency run until the transaction ends: it seeks duplicates."""
    conn.execute("select pg_advisory_xact_lock(%s, hashtext(%s))", (_LOCK_CLASS, agency))


def person_key(victim: VictimDraft) -> PersonKey:
    """By what two rows are one person: name, birth date and citizenship, within one agency."""
    name = same_name(victim.given_name, victim.middle_name, victim.family_name)
    return (
        name or same_name(victim.name_in_script, victim.alias),
        victim.birth_date.isoformat() if victim.birth_date else "",
        victim.birth_precision or "",
        ",".join(victim.nationalities),
    )


def known_people(
    conn: Connection, agency: str, drafts: Sequence[VictimDraft]
) -> tuple[set[PersonKey], set[str]]:
    """Keys and identity numbers this agency has entered, among those `drafts` may meet."""
    born = list({draft.birth_date for draft in drafts if draft.birth_date})
    numbers = [draft.identity_number for draft in drafts if draft.identity_number]
    found = conn.execute(
        "select given_name, middle_name, family_name, name_in_script, alias, birth_date,"
        " birth_precision, nationalities, identity_number from registry.victim"
        " where entered_by = %s and"
        " (birth_date = any(%s) or birth_date is null or identity_number = any(%s))",
        (agency, born, numbers),
    ).fetchall()
    keys = {_key_of_row(row) for row in found}
    return keys, {str(row[8]) for row in found if row[8] is not None}


def _key_of_row(row: tuple[object, ...]) -> PersonKey:
    given, middle, family, native, alias, born, precision, nationalities, _ = row
    known = VictimDraft(
        nationalities=tuple(nationalities) if isinstance(nationalities, list) else (),
        given_name=_text(given),
        middle_name=_text(middle),
        family_name=_text(family),
        name_in_script=_text(native),
        alias=_text(alias),
        birth_date=born if isinstance(born, dt.date) else None,
        birth_precision=_text(precision),
    )
    return person_key(known)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def newest_agreements(conn: Connection, host: str) -> dict[str, str]:
    """For each country of origin, the newest MOU or AGREEMENT in force with `host` alone.

    The state says what is in force; a day still to come, where one is known,
    speaks against it. Some instruments have no known day.
    """
    rows = conn.execute(
        "select distinct on (other.party) other.party, a.code from registry.agreement a"
        " join registry.agreement_party own on own.agreement_code = a.code and own.party = %s"
        " join registry.agreement_party other on other.agreement_code = a.code"
        " and other.party <> own.party"
        " where a.kind = any(%s) and a.state = %s"
        " and coalesce(a.in_force_from, a.signed_on, current_date) <= current_date"
        " and (a.until_on is null or a.until_on >= current_date)"
        " and (select count(*) from registry.agreement_party p where p.agreement_code = a.code) = 2"
        " order by other.party, exists (select from registry.agreement n"
        " where n.supersedes_code = a.code and n.state = a.state),"
        " coalesce(a.in_force_from, a.signed_on) desc nulls last, a.code desc",
        (host, [AgreementKind.MOU, AgreementKind.AGREEMENT], AgreementState.IN_FORCE),
    ).fetchall()
    return {str(party): str(code) for party, code in rows}


def known_organisations(conn: Connection) -> dict[str, str]:
    """Agency code by what a cell may call it: its code, or either of its names, case aside."""
    names: dict[str, str] = {}
    doubled: set[str] = set()
    rows = conn.execute("select code, name, name_native from registry.agency").fetchall()
    for code, *called in rows:
        for name in {same_name(str(text)) for text in (code, *called) if text}:
            if names.setdefault(name, str(code)) != str(code):
                doubled.add(name)
    return {name: code for name, code in names.items() if name not in doubled}


def store_row(
    conn: Connection,
    draft: RowDraft,
    agency: str,
    unit: str | None,
    agreements: Mapping[str, str],
    organisations: Mapping[str, str],
) -> Stored:
    """Write one draft. The case is held by `agency` and assigned to it (to its `unit`, if any)."""
    victim_id, case_id = uuid.uuid4(), uuid.uuid4()
    agreement = agreements.get(draft.case.origin)
    rank = MAIN_RANK[CaseState(draft.case.state)]
    remarks, referrals, notes = _referrals(draft, agency, organisations)
    conn.execute(_INSERT_VICTIM, _victim_values(draft.victim, victim_id, agency))
    conn.execute(
        "insert into registry.return_case (id, victim_id, agreement_code, host, origin, state,"
        " main_rank, state_since, notified_at, holder, case_worker, opened_on, remarks)"
        " values (%s, %s, %s, %s, %s, %s, %s, now(), case when %s then now() end, %s, %s,"
        " coalesce(%s, current_date), %s)",
        (
            case_id,
            victim_id,
            agreement,
            draft.case.host,
            draft.case.origin,
            draft.case.state,
            rank,
            rank >= MAIN_RANK[CaseState.NOTIFIED],
            agency,
            draft.case.case_worker,
            draft.case.opened_on,
            "\n".join(str(remark) for remark in remarks) or None,
        ),
    )
    conn.execute(
        "insert into registry.transition (id, case_id, state, at, actor_agency)"
        " values (%s, %s, %s, now(), %s)",
        (uuid.uuid4(), case_id, draft.case.state, agency),
    )
    conn.execute(
        "insert into registry.assignment (id, case_id, agency_code, unit, from_at)"
        " values (%s, %s, %s, %s, now())",
        (uuid.uuid4(), case_id, agency, unit),
    )
    for sender, receiver, state, referral in referrals:
        conn.execute(
            "insert into registry.referral (id, case_id, from_agency, to_agency, reason, state,"
            " case_owner, details) values (%s, %s, %s, %s, %s, %s, %s, %s)",
            (
                uuid.uuid4(),
                case_id,
                sender,
                receiver,
                referral.reason,
                state,
                referral.case_owner,
                referral.details,
            ),
        )
    return Stored(victim_id, case_id, agreement, tuple(notes))


_VICTIM_COLUMNS = (
    "given_name",
    "middle_name",
    "family_name",
    "alias",
    "name_in_script",
    "name_script",
    "birth_date",
    "birth_precision",
    "gender",
    "nationalities",
    "languages",
    "education",
    "marital_status",
    "children_count",
    "home_province",
    "home_district",
    "home_street",
    "phone",
    "email",
    "identity_number",
    "trafficking_status",
    "status_decided_by",
    "exploitation_types",
    "forced_labour_industry",
    "sex_exploitation_type",
    "recruitment",
    "means_of_control",
    "age_when_trafficked",
    "relation_to_trafficker",
    "apps",
    "narrative",
)
_JSON_COLUMNS = ("family_contacts", "places", "dates", "suspects")
_ALL_COLUMNS = ("id", "entered_by", *_VICTIM_COLUMNS, *_JSON_COLUMNS)
_INSERT_VICTIM = sql.SQL("insert into registry.victim ({}) values ({})").format(
    sql.SQL(", ").join(map(sql.Identifier, _ALL_COLUMNS)),
    sql.SQL(", ").join(map(sql.Placeholder, _ALL_COLUMNS)),
)


def _victim_values(victim: VictimDraft, victim_id: uuid.UUID, agency: str) -> dict[str, object]:
    """Values by column; an empty list is null, which says that the workbook was silent."""
    values: dict[str, object] = {"id": victim_id, "entered_by": agency}
    for column in _VICTIM_COLUMNS:
        value = getattr(victim, column)
        values[column] = (list(value) or None) if isinstance(value, tuple) else value
    entries: dict[str, list[dict[str, object]]] = {
        "family_contacts": [
            {
                "name": contact.name,
                "relation": contact.relation,
                "phone": contact.phone,
                "doNotContact": contact.do_not_contact,
            }
            for contact in victim.family_contacts
        ],
        "places": [asdict(place) for place in victim.places],
        "dates": [{"kind": event.kind, "date": event.date.isoformat()} for event in victim.dates],
        "suspects": [
            {"roles": list(suspect.roles), "details": suspect.details}
            for suspect in victim.suspects
        ],
    }
    for column, listed in entries.items():
        values[column] = Jsonb(listed) if listed else None
    return values


def _referrals(
    draft: RowDraft, agency: str, organisations: Mapping[str, str]
) -> tuple[list[object], list[tuple[str, str, ReferralState, ReferralDraft]], list[str]]:
    """(remarks, referrals as (from, to, state, draft), notes).

    An organisation that the registry does not know stays a remark. One that
    referred the person here has been accepted by the entry itself; one she is
    referred to has yet to answer, so that the import opens nothing to it.
    """
    remarks: list[object] = list(draft.case.remarks)
    found: list[tuple[str, str, ReferralState, ReferralDraft]] = []
    notes: list[str] = []
    for referral in draft.referrals:
        other = organisations.get(same_name(referral.organisation))
        if other is None or other == agency:
            side = "cas_Referring" if referral.incoming else "cas_Referred"
            said = (
                (f"{side}Organisation", referral.organisation),
                (f"{side}PrimaryCaseWorker", referral.case_owner),
                (f"{side} reason", referral.reason),
                (f"{side} details", referral.details),
            )
            remarks += [CellRemark(name, text) for name, text in said if text]
            notes.append(f"{side}Organisation: no other agency of the registry; kept as a remark")
        elif referral.incoming:
            found.append((other, agency, ReferralState.ACCEPTED, referral))
        else:
            found.append((agency, other, ReferralState.OPEN, referral))
    return remarks, found, notes
