"""Meetings, visits, trainings, campaigns: recorded by an agency that takes part.

A contact opens nothing by itself but its own words: to those who took part.
Lists of cases do not belong into them; a text with an id in it is refused.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

from authz.caller import Caller
from ledger.ids import uuid7
from resolvers.casework.definitions import Act, Facts, Given, Statement, Trouble, Work, Written
from resolvers.casework.given import (
    LINE,
    TEXT,
    Check,
    all_of,
    common,
    day,
    number,
    text,
    text_of,
    value_of,
)
from resolvers.casework.verdicts import invalid
from schema.classes import DataClass
from schema.codes import CooperationArea, MeetingKind

_FIRST_DAY = dt.date(1990, 1, 1)
_ID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_COUNTRY = re.compile(r"[A-Z]{2}")
_MOST = 60
"""Agencies or countries of one contact."""
_CONTACT = (
    "insert into registry.bilateral_contact (id, kind, area, title, agreement_code, starts_on,"
    " ends_on, place, hosts, countries, funder, agenda) select $1::uuid, $2, $3, $4, $5, $6::date,"
    " coalesce($7::date, $6::date), $8, $9::text[], array(select distinct u.country from ("
    " select a.country from registry.agency a where a.code = any($10::text[])"
    " union all select unnest($11::text[])) u where u.country is not null order by 1), $12, $13"
)
_TAKES_PART = (
    "insert into registry.contact_participant (contact_id, agency_code)"
    " select $1::uuid, q.agency from unnest($2::text[]) q(agency)"
)
ATTENDED = (
    "insert into registry.contact_attendance (contact_id, agency_code, unit, people, reach, roles)"
    " values ($1::uuid, $2, $3, $4::integer, $5::integer, coalesce($6::text[], '{}'))"
    " on conflict (contact_id, agency_code, unit) do update set"
    " people = coalesce(excluded.people, contact_attendance.people),"
    " reach = coalesce(excluded.reach, contact_attendance.reach),"
    " roles = case when $6::text[] is null then contact_attendance.roles else excluded.roles end"
)
_AGREEMENT = (
    "(select a.code from registry.agreement a join registry.agreement_party p"
    " on p.agreement_code = a.code and p.party in ({country}, {agency})"
    " where a.id = {given_agreementId:uuid} limit 1)"
)


def no_cases(name: str) -> Check:
    """A text that names no record: lists of cases are no part of a contact's words."""

    def check(given: Given) -> list[Trouble]:
        if _ID.search(text_of(given, name) or ""):
            return [invalid(name, "it names no case or person by id: no list of cases")]
        return []

    return check


def unit_known(unit: str, agency: str) -> str:
    """SQL that is true where a unit, given as SQL, is one of an agency or is left out."""
    return (
        f"({unit} is null or exists (select from registry.agency_unit u"
        f" where u.agency_code = {agency} and u.code = {unit}))"
    )


def listed(given: Given, name: str) -> list[str]:
    """The words of a list argument, each once, in their order."""
    value = given.get(name)
    words = [str(getattr(each, "value", each)).strip() for each in value or ()]  # type: ignore[attr-defined]
    return list(dict.fromkeys(words))


def _period(given: Given) -> list[Trouble]:
    begins, ends = value_of(given, "startsOn"), value_of(given, "endsOn")
    if isinstance(begins, dt.date) and isinstance(ends, dt.date) and ends < begins:
        return [invalid("endsOn", "it is not before `startsOn`")]
    return []


def _lists(given: Given) -> list[Trouble]:
    for name in ("participants", "partners", "hosts", "countries"):
        if len(listed(given, name)) > _MOST:
            return [invalid(name, f"it names at most {_MOST}")]
    if not all(_COUNTRY.fullmatch(country) for country in listed(given, "countries")):
        return [invalid("countries", "each is an ISO 3166 code of two capitals")]
    return []


def _held(given: Given) -> list[Trouble]:
    """Nobody was reached by what is still to come."""
    begins = value_of(given, "startsOn")
    tomorrow = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)  # somewhere it is that day
    if not isinstance(begins, dt.date) or begins <= tomorrow:
        return []
    return [
        invalid(name, "a campaign to come has reached nobody yet")
        for name in ("people", "reach")
        if given.get(name)
    ]


def _meets(given: Given) -> list[Trouble]:
    kind = value_of(given, "kind")
    if kind in (MeetingKind.TRAINING, MeetingKind.CAMPAIGN):
        return [invalid("kind", "trainings and campaigns have acts of their own")]
    return []


def _made(
    caller: Caller, given: Given, facts: Facts, kind: object, area: object, partners: list[str]
) -> Written:
    hosts = listed(given, "hosts") or [caller.agency]
    there = list(dict.fromkeys([caller.agency, *hosts, *partners]))
    trouble = None
    if facts["strange"] in ("t", "true"):
        named = "partners" if "partners" in given else "participants"
        trouble = invalid(named, "each is the code of an agency")
    elif given.get("agreementId") and facts["agreement"] is None:
        trouble = invalid("agreementId", "one's own country or organisation is a party to it")
    if trouble is not None:
        return Written(troubles=(trouble,))
    made = uuid7()
    row: Statement = (
        _CONTACT,
        (
            made,
            kind,
            area,
            text_of(given, "title"),
            facts["agreement"],
            value_of(given, "startsOn"),
            value_of(given, "endsOn"),
            text_of(given, "place"),
            hosts,
            there,
            listed(given, "countries"),
            text_of(given, "funder"),
            text_of(given, "agenda"),
        ),
    )
    return Written((row, (_TAKES_PART, (made, there))), {"id": made, "bilateralContact": made})


def _meeting(caller: Caller, given: Given, facts: Facts) -> Written:
    kind, area = value_of(given, "kind"), value_of(given, "area")
    return _made(caller, given, facts, kind, area, listed(given, "participants"))


def _training(caller: Caller, given: Given, facts: Facts) -> Written:
    area = value_of(given, "area") or CooperationArea.TRAINING.value
    kind = MeetingKind.TRAINING.value
    return _made(caller, given, facts, kind, area, listed(given, "participants"))


def _campaign(caller: Caller, given: Given, facts: Facts) -> Written:
    unit = text_of(given, "unit") or caller.unit or None
    if caller.unit and unit != caller.unit:
        return Written(troubles=(invalid("unit", "it is the unit of one's own token"),))
    if facts["unit"] not in ("t", "true"):
        return Written(troubles=(invalid("unit", "it is a unit of one's own agency"),))
    area = value_of(given, "area") or CooperationArea.PREVENTION.value
    kind = MeetingKind.CAMPAIGN.value
    written = _made(caller, given, facts, kind, area, listed(given, "partners"))
    if written.troubles:
        return written
    people, reach = given.get("people"), given.get("reach")
    own: Statement = (
        ATTENDED,
        (written.made["id"], caller.agency, unit or "", people, reach, None),
    )
    return Written((*written.statements, own), written.made)


def _nothing_more(_: Work) -> Written:
    return Written()


def contact(_: Given) -> tuple[DataClass, ...]:
    """The class of a contact's words but the minutes."""
    return (DataClass.CONTACT,)


def _act(
    name: str, make: Callable[[Caller, Given, Facts], Written], named: str, *checks: Check
) -> Act:
    named_agencies = (
        "unnest(coalesce({given_" + named + ":text[]}, '{}')"
        " || coalesce({given_hosts:text[]}, '{}')) q(code)"
    )
    return Act(
        name,
        "ContactPayload",
        "BilateralContact",
        None,
        _nothing_more,
        all_of(
            common,
            text("title", LINE, least=3, lines=False),
            day("startsOn", earliest=_FIRST_DAY),
            day("endsOn", earliest=_FIRST_DAY),
            _period,
            text("place", LINE, lines=False),
            text("funder", LINE, lines=False),
            text("agenda", TEXT),
            *(no_cases(word) for word in ("title", "place", "funder", "agenda")),
            _lists,
            *checks,
        ),
        classes=contact,
        make=make,
        before={
            "strange": (
                f"exists (select from {named_agencies} where not exists (select from"
                " registry.agency k where k.code = btrim(q.code)))"
            ),
            "agreement": _AGREEMENT,
            "unit": unit_known("coalesce({given_unit}, nullif({unit}, ''))", "{agency}"),
        },
        sees={"agreementId": ("Agreement",)},
    )


ACTS: tuple[Act, ...] = (
    _act("recordMeeting", _meeting, "participants", _meets),
    _act("recordTraining", _training, "participants"),
    _act(
        "recordCampaign",
        _campaign,
        "partners",
        number("people", 0, 100_000),
        number("reach", 0, 100_000_000),
        _held,
    ),
)
