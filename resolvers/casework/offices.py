"""Focal points: an office is an agency's desk under an agreement, or in general.

One officer holds it at a time; a trigger sees to that whoever writes at once.
Who hands it over ends one term and begins the next on the same day: no gap. An
agency's office is its country's to fill: by its steward or coordinator, or by
the desk itself.
"""

from __future__ import annotations

import datetime as dt
import re

from authz.caller import Caller
from ledger.ids import uuid7
from resolvers.casework.definitions import (
    Act,
    Facts,
    Given,
    Statement,
    Subject,
    Trouble,
    Work,
    Written,
)
from resolvers.casework.given import LINE, Check, all_of, day, text, text_of, value_of
from resolvers.casework.verdicts import conflict, done_before, invalid, not_permitted
from schema.classes import DataClass

OFFICE = Subject("focalPointId", "FocalPoint", "registry.focal_point")
_FIRST_DAY = dt.date(1990, 1, 1)
_PHONE = re.compile(r"\+[0-9](?:[ -]?[0-9]){6,14}")
_MAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")
_PAIR = re.compile(r"[A-Z]{2}-[A-Z]{2}")
_FILLERS = frozenset({"AGREEMENT_STEWARD", "COORDINATOR"})
_APPOINT = (
    "insert into registry.focal_point (id, agency_code, agreement_code, person, title, phone,"
    " email, private_phone, corridors, since_on) values ($1::uuid, $2, $3, $4, $5, $6, $7, $8,"
    " $9::text[], $10::date)"
)
_SUCCEED = (
    "insert into registry.focal_point (id, agency_code, agreement_code, person, title, phone,"
    " email, private_phone, corridors, since_on) select $2::uuid, f.agency_code, f.agreement_code,"
    " $3, $4, $5, $6, $7, f.corridors, f.until_on from registry.focal_point f where f.id = $1::uuid"
)
_END = "update registry.focal_point set until_on = $2::date where id = $1::uuid"
_NAMED = (
    "(select a.code from registry.agreement a join registry.agreement_party p"
    " on p.agreement_code = a.code and p.party in ({country}, {agency})"
    " where a.id = {given_agreementId:uuid} limit 1)"
)
_TAKEN = (
    "exists (select from registry.focal_point o where o.agency_code = {given_agency}"
    f" and (o.agreement_code = {_NAMED} or ({{given_agreementId:uuid}} is null"
    " and o.agreement_code is null and o.corridors && {given_corridors:text[]}))"
    " and (o.until_on is null or o.until_on > {given_since:date}))"
)
_FACTS: dict[str, str] = {
    "agency": "t.agency_code",
    "country": "(select a.country from registry.agency a where a.code = t.agency_code)",
    "since": "t.since_on",
    "until": "t.until_on",
    "followed": (
        "exists (select from registry.focal_point o where o.id <> t.id"
        " and o.agency_code = t.agency_code and o.since_on >= t.since_on"
        " and (o.agreement_code = t.agreement_code or (coalesce(o.agreement_code, t.agreement_code)"
        " is null and o.corridors && t.corridors)))"
    ),
}
_NOT_OURS = not_permitted("NOT_ASSIGNED", None, None)


def _fills(caller: Caller, agency: str, country: str | None) -> bool:
    """Whether the office is the caller's to fill: her desk's, or her country's as its steward."""
    if agency == caller.agency:
        return True
    return bool(caller.country) and caller.country == country and bool(_FILLERS & {*caller.roles})


def _corridors(given: Given) -> list[str]:
    value = given.get("corridors")
    pairs = value if isinstance(value, list) else []
    return list(dict.fromkeys("-".join(sorted(str(p).strip().split("-"))) for p in pairs))


def _corridors_check(given: Given) -> list[Trouble]:
    pairs = _corridors(given)
    if len(pairs) > 60 or not all(_PAIR.fullmatch(p) and p[:2] != p[3:] for p in pairs):
        return [invalid("corridors", "each is a pair of two countries, as `KH-TH`, at most 60")]
    if not pairs and not given.get("agreementId"):
        return [invalid("corridors", "an office serves an agreement or a pair of countries")]
    return []


def _form(name: str, form: re.Pattern[str], rule: str) -> Check:
    def check(given: Given) -> list[Trouble]:
        value = text_of(given, name)
        return [invalid(name, rule)] if value is not None and not form.fullmatch(value) else []

    return check


_OFFICER = all_of(
    text("person", LINE, least=2, lines=False),
    text("title", LINE, lines=False),
    _form("phone", _PHONE, "it is E.164: `+`, the country, the number"),
    _form("privatePhone", _PHONE, "it is E.164: `+`, the country, the number"),
    text("email", LINE, lines=False),
    _form("email", _MAIL, "it is a mail address"),
)


def _officer(given: Given) -> tuple[str | None, ...]:
    return tuple(text_of(given, n) for n in ("person", "title", "phone", "email", "privatePhone"))


def _classes(given: Given) -> tuple[DataClass, ...]:
    private = text_of(given, "privatePhone") is not None
    return (DataClass.CONTACT, DataClass.CONTACT_PRIVATE) if private else (DataClass.CONTACT,)


def _appoint(caller: Caller, given: Given, facts: Facts) -> Written:
    agency, pairs = str(text_of(given, "agency")), _corridors(given)
    if facts["known"] is None:
        return Written(troubles=(invalid("agency", "it is the code of an agency"),))
    if not _fills(caller, agency, facts["country"]):
        return Written(troubles=(_NOT_OURS,))
    if given.get("agreementId") and facts["agreement"] is None:
        rule = "one's own country or organisation is a party to it"
        return Written(troubles=(invalid("agreementId", rule),))
    if caller.country and not all(caller.country in pair.split("-") for pair in pairs):
        return Written(troubles=(invalid("corridors", "one's own country is in each"),))
    if facts["taken"] in ("t", "true"):
        said = "the office is held at that time: hand it over with `handOverOffice`"
        return Written(troubles=(conflict(DataClass.CONTACT, said),))
    made, since = uuid7(), value_of(given, "since")
    values = (made, agency, facts["agreement"], *_officer(given), pairs, since)
    row: Statement = (_APPOINT, values)
    return Written((row,), {"id": made, "focalPoint": made})


def _nothing_more(_: Work) -> Written:
    return Written()


def _hand_over(work: Work) -> Written:
    on = str(value_of(work.given, "on"))
    trouble = _unending(work, on, "on")
    if trouble is not None:
        return Written(troubles=(trouble,))
    made = uuid7()
    subject = work.stand.subject
    return Written(
        ((_END, (subject, on)), (_SUCCEED, (subject, made, *_officer(work.given)))),
        {"focalPoint": made},
    )


def _end(work: Work) -> Written:
    on = str(value_of(work.given, "until"))
    trouble = _unending(work, on, "until")
    return Written(troubles=(trouble,)) if trouble else Written(((_END, (work.stand.subject, on)),))


def _unending(work: Work, on: str, name: str) -> Trouble | None:
    """Why the term cannot end on this day."""
    facts = work.stand.facts
    if not _fills(work.caller, str(facts["agency"]), facts["country"]):
        return _NOT_OURS
    if on <= str(facts["since"]):
        return invalid(name, "it is after the first day in office")
    if work.stand.is_true("followed"):
        return done_before("the office has gone to another officer")
    if facts["until"] is not None and facts["until"] < on:
        return done_before("the office ended before that day")
    return None


ACTS: tuple[Act, ...] = (
    Act(
        "appointFocalPoint",
        "FocalPointPayload",
        "FocalPoint",
        None,
        _nothing_more,
        all_of(
            text("agency", LINE, least=1, lines=False),
            _OFFICER,
            day("since", earliest=_FIRST_DAY),
            _corridors_check,
        ),
        classes=_classes,
        facts=_FACTS,
        make=_appoint,
        before={
            "known": "(select a.code from registry.agency a where a.code = {given_agency})",
            "country": "(select a.country from registry.agency a where a.code = {given_agency})",
            "agreement": _NAMED,
            "taken": _TAKEN,
        },
        sees={"agreementId": ("Agreement",)},
    ),
    Act(
        "handOverOffice",
        "OfficePayload",
        "FocalPoint",
        OFFICE,
        _hand_over,
        all_of(_OFFICER, day("on", earliest=_FIRST_DAY)),
        classes=_classes,
        facts=_FACTS,
    ),
    Act(
        "endOffice",
        "FocalPointPayload",
        "FocalPoint",
        OFFICE,
        _end,
        day("until", earliest=_FIRST_DAY),
        classes=_classes,
        facts=_FACTS,
    ),
)
