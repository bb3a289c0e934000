"""What the rulings say of one case, read from their text: stages, consents, papers, assignments.

Each function answers one sentence of sections 2 and 5 for one caller. Nothing here knows of grants.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from authz.caller import Caller
from tests.judges.world import (
    Case,
    Consent,
    Record,
    Referral,
    Restriction,
    Victim,
    World,
    organisations_of,
)

MAIN = (
    "SCREENED",
    "IDENTIFIED",
    "NOTIFIED",
    "TRACING_REQUESTED",
    "TRACING",
    "ASSESSED",
    "RETURN_PLANNED",
    "DOCUMENTS_READY",
    "HANDED_OVER",
    "IN_RECEPTION",
    "REINTEGRATING",
    "FOLLOW_UP",
    "CLOSED",
)
CLOSING = ("REFUSED", "WITHDRAWN")


@dataclass(frozen=True, slots=True)
class Moment:
    """Who asks, and when."""

    caller: Caller
    now: dt.datetime
    world: World

    @property
    def today(self) -> dt.date:
        return self.now.astimezone(dt.UTC).date()


def behind_the_wall(m: Moment, case: Case) -> bool:
    """The second wall hides it: the caller's country is not in the pair, or the organisation has
    nothing to do with the case.
    """
    if m.caller.country:
        return m.caller.country not in (case.host, case.origin)
    return m.caller.agency not in organisations_of(m.world, case)


def gone_for_origin(m: Moment, case: Case) -> bool:
    """Origin sees a case only once NOTIFIED was reached, and no more after NOT_A_NATIONAL."""
    if m.caller.country != case.origin:
        return False
    found = [row.outcome for row in m.world.of_case("assessments", case.id)]
    return case.main_rank < rank("NOTIFIED") or "NOT_A_NATIONAL" in found


def countries_of(m: Moment, case: Case) -> str:
    """Whose case it is, as the ledger names it: origin's from the moment its side may see the shell
    (rulings, section 3).
    """
    origin = replace(m, caller=replace(m.caller, agency="", country=case.origin))
    if gone_for_origin(origin, case) or objected(origin, case):
        return case.host
    return "-".join(sorted((case.host, case.origin)))


def handed_over(case: Case) -> bool:
    return case.main_rank >= rank("HANDED_OVER")


def rank(state: str) -> int:
    return MAIN.index(state) + 1


def arrivals_window(m: Moment, case: Case) -> bool:
    """From documents ready to reception, the planned day at most a week away, or a week past."""
    if not rank("DOCUMENTS_READY") <= case.main_rank <= rank("IN_RECEPTION"):
        return False
    planned = case.planned_handover_on
    return planned is not None and -7 <= (planned - m.today).days <= 7


def travel_window(m: Moment, case: Case) -> bool:
    """From documents ready to handover, the planned day within the week that begins today."""
    if not rank("DOCUMENTS_READY") <= case.main_rank <= rank("HANDED_OVER"):
        return False
    planned = case.planned_handover_on
    return planned is not None and 0 <= (planned - m.today).days <= 7


def assigned(m: Moment, case: Case) -> bool:
    """C5: the agency holds the case or was given it; for a caller of a unit, that unit was."""
    caller = m.caller
    given = [
        row
        for row in m.world.of_case("assignments", case.id)
        if row.agency_code == caller.agency
        and row.from_at <= m.now
        and (row.until_at is None or m.now < row.until_at)
    ]
    if caller.unit:
        return any(row.unit == caller.unit for row in given)
    referred = any(
        row.to_agency == caller.agency and row.state == "ACCEPTED"
        for row in m.world.of_case("referrals", case.id)
    )
    return case.holder == caller.agency or bool(given) or referred


def referred_to(m: Moment, record: Record) -> bool:
    """The referral asks the caller's agency, and has no answer."""
    if not isinstance(record, Referral):
        return False
    return record.to_agency == m.caller.agency and record.state == "OPEN"


def home_province(m: Moment, victim: Victim) -> bool:
    """C6: false where the caller has no unit."""
    return bool(m.caller.unit) and victim.home_province == m.caller.unit


def formal_request(m: Moment, case: Case) -> bool:
    """C10: an unexpired request of the caller's agency, with a number."""
    return any(
        row.agency_code == m.caller.agency
        and row.number is not None
        and row.received_on <= m.today
        and (row.expires_on is None or m.today <= row.expires_on)
        for row in m.world.of_case("legal_requests", case.id)
    )


def _said(m: Moment, case: Case, purpose: str) -> list[Consent]:
    rows: list[Consent] = m.world.of_case("consents", case.id)
    return [row for row in rows if row.purpose == purpose and row.stated_at <= m.now]


def _closing_for(caller: Caller, said: Sequence[Consent]) -> list[dt.datetime]:
    """When something was closed for the caller's agency, for its country or for everybody."""
    reached = {caller.agency, caller.country} - {""}
    return [
        row.stated_at
        for row in said
        if row.state in CLOSING and (not row.recipients or reached & set(row.recipients))
    ]


def consents(m: Moment, case: Case, purpose: str) -> bool:
    """C3: the newest statement for the caller is GIVEN; the agency's own beats its country's, and
    whatever closed since, at either level or for everybody, closes.
    """
    said = _said(m, case, purpose)
    own = [row for row in said if m.caller.agency in row.recipients]
    country = [row for row in said if m.caller.country and m.caller.country in row.recipients]
    deciding = own or country
    if not deciding:
        return False
    newest = max(row.stated_at for row in deciding)
    if any(row.state != "GIVEN" for row in deciding if row.stated_at == newest):
        return False
    return all(at < newest for at in _closing_for(m.caller, said))


def objected(m: Moment, case: Case) -> bool:
    """The newest statement on NOTIFICATION that reaches the caller is REFUSED or WITHDRAWN."""
    said = _said(m, case, "NOTIFICATION")
    closing = _closing_for(m.caller, said)
    reached = {m.caller.agency, m.caller.country} - {""}
    other = [
        row.stated_at for row in said if row.state not in CLOSING and reached & set(row.recipients)
    ]
    return bool(closing) and all(at <= max(closing) for at in other)


def is_adult(m: Moment, victim: Victim) -> bool:
    """Known, undisputed, and 18 on the last day that the birth date allows."""
    born = latest_birth(victim)
    if born is None or victim.age_disputed:
        return False
    return years_before(m.today, 18) >= born


def latest_birth(victim: Victim) -> dt.date | None:
    """The last day on which she can have been born."""
    day = victim.birth_date
    if day is None or victim.birth_precision == "DAY":
        return day
    if victim.birth_precision == "YEAR":
        return day.replace(month=12, day=31)
    following = day.replace(day=28) + dt.timedelta(days=4)
    return following.replace(day=1) - dt.timedelta(days=1)


def years_before(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def has_papers(m: Moment, case: Case, purposes: Sequence[str]) -> bool:
    """C4: the guardian's consent with the child's assent, not closed since, for each purpose that
    the grant asks for, else for any; a best-interests entry and a named case worker.
    """
    if case.best_interests_decision is None or case.case_worker is None:
        return False
    rows: list[Consent] = m.world.of_case("consents", case.id)
    groups = [[row for row in rows if row.purpose == purpose] for purpose in purposes] or [rows]
    return all(map(_guarded, groups))


def _guarded(said: Sequence[Consent]) -> bool:
    given = [
        row.stated_at
        for row in said
        if row.state == "GIVEN" and row.guardian and row.assent and row.given_by != "SELF"
    ]
    closed = [row.stated_at for row in said if row.state in CLOSING]
    return bool(given) and all(at < max(given) for at in closed)


def emergency(m: Moment, case: Case) -> bool:
    """C12: an opening by this person for this case, within its hour."""
    return any(
        row.subject == m.caller.subject
        and row.issuer == m.caller.issuer
        and row.agency_code == m.caller.agency
        and row.opened_at <= m.now < row.until_at
        for row in m.world.of_case("openings", case.id)
    )


def restricted(m: Moment, record: Record, data_class: str | None) -> bool:
    """C11: a restriction in its time covers this class of the record for this caller. Without a
    class: the whole record.
    """
    return any(
        row.record_id == record.id
        and row.data_class in ({None} | {data_class})
        and row.recipient in (None, m.caller.agency, m.caller.country or None)
        and row.from_at <= m.now
        and (row.until_at is None or m.now < row.until_at)
        and _foreign_to(m.caller, row)
        for row in m.world.restrictions
    )


def _foreign_to(caller: Caller, row: Restriction) -> bool:
    """Restrictions bind the other side, not the side that set them."""
    sender = AGENCY_COUNTRY.get(row.set_by) or row.set_by
    return (caller.country or caller.agency) != sender


AGENCY_COUNTRY: dict[str, str] = {}
"""Country of each agency by its code, as the registry's reference data has it."""
