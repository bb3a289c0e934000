"""What the sender withholds, and the formal requests that open something to the police.

A restriction covers a record, or a class of it, towards one recipient or all of
the other side; what was told before stays told. A legal request is put on file
by another agency than the one that makes it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

from resolvers.belonging import PARTS
from resolvers.casework.custody import CUSTODY, not_the_desk
from resolvers.casework.definitions import Act, Given, Trouble, Work, Written
from resolvers.casework.given import (
    LINE,
    TEXT,
    Check,
    all_of,
    common,
    day,
    text,
    text_of,
    value_of,
)
from resolvers.casework.steps import CASE, add
from resolvers.casework.verdicts import done_before, invalid
from schema.catalog import catalog
from schema.classes import DataClass

_KINDS = (
    "ReturnCase",
    "Victim",
    "Transition",
    "Consent",
    "Referral",
    "Assessment",
    "TravelPaper",
    "FollowUp",
    "LegalRequest",
)
"""What a restriction may lie on."""
_PARTS = _KINDS[2:]
_RECORD = "coalesce({given_recordId:uuid}, t.id)"
_OF_CASE = "".join(
    f" union all select p.id from registry.{each} p where p.case_id = t.id" for each in PARTS
)
_MATCHING = (
    "r.record_id = {record} and r.data_class is not distinct from {data_class}"
    " and r.recipient is not distinct from {recipient}"
    " and (r.until_at is null or r.until_at > clock_timestamp())"
    " and exists (select from registry.agency b where b.code = r.set_by"
    " and (b.code = {agency} or b.country = {country}))"
)
_PLACES = {
    "record": _RECORD,
    "data_class": "{given_dataClass}",
    "recipient": "{given_recipient}",
    "agency": "{agency}",
    "country": "{country}",
}
_FACTS = {
    **CUSTODY,
    "of_case": f"({_RECORD} in (select t.id union all select t.victim_id{_OF_CASE}))",
    "recipient_known": (
        "(select coalesce(a.country, p.code) is distinct from {country}"
        " and p.code <> {agency} from registry.party p"
        " left join registry.agency a on a.code = p.code where p.code = {given_recipient})"
    ),
    "standing": (
        f"(select true from registry.restriction r where {_MATCHING.format(**_PLACES)} limit 1)"
    ),
    "kind": (
        f"(select k.name from (values ('ReturnCase', t.id), ('Victim', t.victim_id)) k(name, id)"
        f" where k.id = {_RECORD}"
        + "".join(
            f" union all select '{name}' from {catalog().entities[name].table} p"
            f" where p.id = {_RECORD}"
            for name in _PARTS
        )
        + " limit 1)"
    ),
    "late": "coalesce({given_until:timestamptz} <= clock_timestamp(), false)",
}
_RESTRICT = (
    "insert into registry.restriction (id, record_id, data_class, recipient, set_by, from_at,"
    " until_at) values (gen_random_uuid(), $1::uuid, $2, $3, $4, now(), $5::timestamptz)"
)
_LIFT = "update registry.restriction r set until_at = clock_timestamp() where " + _MATCHING.format(
    record="$1::uuid", data_class="$2", recipient="$3", agency="$4", country="$5"
)


def _sender(work: Work) -> list[Trouble]:
    found = list(not_the_desk(work))
    if not work.stand.is_true("of_case"):
        found.append(invalid("recordId", "it is the case, its person, or a part of the case"))
    if work.given.get("recipient") is not None and not work.stand.facts["recipient_known"]:
        found.append(invalid("recipient", "it is a country or an agency of the registry"))
    elif work.stand.facts["recipient_known"] in ("f", "false"):
        found.append(invalid("recipient", "it is of another side than one's own"))
    return found


def _record(work: Work) -> str:
    return str(work.given.get("recordId") or work.case)


def _of_no_class(work: Work) -> str:
    """The rule that a class does not keep which no field of the record is of: a restriction that
    covers nothing would look as if it covered.
    """
    word, kind = value_of(work.given, "dataClass"), work.stand.facts["kind"]
    if word is None or kind is None:
        return ""
    fields = catalog().entities[kind].fields.values()
    if any(each.data_class is not None and each.data_class == word for each in fields):
        return ""
    if work.given.get("recordId") is None:
        return "the case itself has no field of this class: `recordId` names its person or a part"
    return "the record has no field of this class"


def _restricted(work: Work) -> Written:
    troubles = _sender(work)
    if work.stand.is_true("late"):
        troubles.append(invalid("until", "it lies ahead"))
    if not troubles and work.stand.facts["standing"]:
        troubles.append(done_before("this is restricted already"))
    if not troubles and (rule := _of_no_class(work)):
        troubles.append(invalid("dataClass", rule))
    if troubles:
        return Written(troubles=tuple(troubles))
    row = (
        _RESTRICT,
        (
            _record(work),
            value_of(work.given, "dataClass"),
            text_of(work.given, "recipient"),
            work.caller.agency,
            work.given.get("until"),
        ),
    )
    return Written((row,), reason=text_of(work.given, "reason"))


def _lifted(work: Work) -> Written:
    troubles = _sender(work)
    if not troubles and not work.stand.facts["standing"]:
        troubles.append(done_before("there is no such restriction"))
    if troubles:
        return Written(troubles=tuple(troubles))
    who, given = work.caller, work.given
    values = (
        _record(work),
        value_of(given, "dataClass"),
        text_of(given, "recipient"),
        who.agency,
        who.country,
    )
    return Written(((_LIFT, values),), reason=text_of(given, "reason"))


def _requested(work: Work) -> Written:
    known = work.stand.facts["asks"]
    if known is None:
        rule = "it is an agency of the host country or of the country of origin"
        return Written(troubles=(invalid("agency", rule),))
    if known in ("t", "true"):
        rule = "a request is put on file by another agency than the one that makes it"
        return Written(troubles=(invalid("agency", rule),))
    if work.stand.facts["filed"]:
        return Written(troubles=(done_before("this request is on file"),))
    identifier = str(uuid.uuid4())
    row = add(
        "registry.legal_request",
        id=identifier,
        case_id=work.case,
        agency_code=text_of(work.given, "agency"),
        number=text_of(work.given, "number"),
        subject=text_of(work.given, "subject"),
        received_on=value_of(work.given, "receivedOn"),
        expires_on=value_of(work.given, "expiresOn"),
    )
    return Written((row,), {"legalRequest": identifier})


def _in_order(given: Given) -> list[Trouble]:
    received, expires = given.get("receivedOn"), given.get("expiresOn")
    both = isinstance(received, dt.date) and isinstance(expires, dt.date)
    if both and expires < received:  # type: ignore[operator]
        return [invalid("expiresOn", "it is not before the day of receipt")]
    return []


def _of_sender(name: str, write: Callable[[Work], Written], *checks: Check) -> Act:
    return Act(
        name,
        "CasePayload",
        "ReturnCase",
        CASE,
        write,
        all_of(
            common,
            text("recipient", LINE, lines=False),
            text("reason", TEXT, least=3),
            *checks,
        ),
        facts=_FACTS,
        sees={"recordId": _KINDS},
    )


ACTS: tuple[Act, ...] = (
    _of_sender("restrictRecord", _restricted, day("until", ahead=3660)),
    _of_sender("liftRestriction", _lifted),
    Act(
        "recordLegalRequest",
        "LegalRequestPayload",
        "ReturnCase",
        CASE,
        _requested,
        all_of(
            common,
            text("agency", LINE, least=2, lines=False),
            text("number", LINE, least=1, lines=False),
            text("subject", TEXT),
            day("receivedOn", past=True, earliest=dt.date(1990, 1, 1)),
            day("expiresOn", earliest=dt.date(1990, 1, 1), ahead=3660),
            _in_order,
        ),
        classes=lambda _: (DataClass.LEGAL,),
        facts={
            "asks": (
                "(select a.code = {agency} from registry.agency a where a.code = {given_agency}"
                " and a.country in (t.host, t.origin))"
            ),
            "filed": (
                "(select true from registry.legal_request q where q.case_id = t.id"
                " and q.agency_code = {given_agency} and q.number = {given_number} limit 1)"
            ),
        },
    ),
)
