"""What came of a contact: who was there, the minutes, decisions and what became of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import orjson

from resolvers.casework.contacts import ATTENDED, contact, listed, no_cases, unit_known
from resolvers.casework.definitions import Act, Given, Statement, Subject, Work, Written
from resolvers.casework.given import (
    LINE,
    LONG,
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
from resolvers.casework.verdicts import done_before, invalid, not_permitted
from schema.classes import DataClass
from schema.codes import MeetingKind

CONTACT = Subject("contactId", "BilateralContact", "registry.bilateral_contact")
_AGENCY = "coalesce({given_agency}, {agency})"
_UNIT = (
    f"case when {_AGENCY} = {{agency}} then coalesce({{given_unit}}, nullif({{unit}}, ''))"
    " else {given_unit} end"
)
"""An office counts its own people: the unit of the token, unless another is named."""
_TOOK_PART = (
    "exists (select from registry.contact_participant p where p.contact_id = t.id"
    " and p.agency_code = %s)"
)
_FACTS: dict[str, str] = {
    "kind": "t.kind",
    "starts": "t.starts_on",
    "hosts": "({agency} = any(t.hosts))",
}
_MINUTES = "update registry.bilateral_contact set minutes = $2 where id = $1::uuid"
_DECIDE = (
    "insert into registry.contact_decision (contact_id, number, decision, responsible, due_on)"
    " select $1::uuid, coalesce((select max(d.number) from registry.contact_decision d"
    " where d.contact_id = $1::uuid), 0) + 1, $2, $3, $4::date"
)
_FOLLOW = (
    "update registry.contact_decision set done_on = coalesce($3::date, done_on),"
    " note = coalesce($4, note) where contact_id = $1::uuid and number = $2::integer"
)
_NOT_OURS = not_permitted("NOT_ASSIGNED", None, None)
"""A clause permits it to those who took part; of them it is not this agency's part."""


def _attended(work: Work) -> Written:
    given, facts = work.given, work.stand.facts
    agency, unit = text_of(given, "agency") or work.caller.agency, text_of(given, "unit") or ""
    if agency != work.caller.agency and not work.stand.is_true("hosts"):
        return Written(troubles=(_NOT_OURS,))
    if agency == work.caller.agency and work.caller.unit:
        unit = unit or work.caller.unit
        if unit != work.caller.unit:
            return Written(troubles=(invalid("unit", "it is the unit of one's own token"),))
    if not work.stand.is_true("there"):
        return Written(troubles=(invalid("agency", "it is one that takes part"),))
    if not work.stand.is_true("unit_known"):
        return Written(troubles=(invalid("unit", "it is a unit of that agency"),))
    if given.get("reach") is not None and facts["kind"] != MeetingKind.CAMPAIGN:
        return Written(troubles=(invalid("reach", "it is counted of campaigns"),))
    if str(facts["starts"]) > (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)).isoformat():
        return Written(troubles=(invalid("contactId", "it has not begun yet"),))
    roles = listed(given, "roles") if given.get("roles") is not None else None
    values = (work.stand.subject, agency, unit, given.get("people"), given.get("reach"), roles)
    return Written(((ATTENDED, values),))


def _minutes(work: Work) -> Written:
    return Written(((_MINUTES, (work.stand.subject, text_of(work.given, "minutes"))),))


def _decided(work: Work) -> Written:
    if not work.stand.is_true("there"):
        return Written(troubles=(invalid("responsible", "it is an agency that takes part"),))
    due, starts = value_of(work.given, "dueOn"), work.stand.facts["starts"]
    if due is not None and str(due) < str(starts):
        return Written(troubles=(invalid("dueOn", "it is not before the contact"),))
    row: Statement = (
        _DECIDE,
        (
            work.stand.subject,
            text_of(work.given, "decision"),
            text_of(work.given, "responsible"),
            due,
        ),
    )
    return Written((row,))


def _followed(work: Work) -> Written:
    given, found = work.given, work.stand.facts["decision"]
    done, note = value_of(given, "doneOn"), text_of(given, "note")
    if done is None and note is None:
        return Written(troubles=(invalid("note", "either it or `doneOn` is given"),))
    if found is None:
        return Written(troubles=(invalid("number", "it is that of a decision of this contact"),))
    responsible, done_on = orjson.loads(found)
    if work.caller.agency != responsible and not work.stand.is_true("hosts"):
        return Written(troubles=(_NOT_OURS,))
    if done is not None and done_on is not None:
        return Written(troubles=(done_before("this decision was done before"),))
    if done is not None and str(done) < str(work.stand.facts["starts"]):
        return Written(troubles=(invalid("doneOn", "it is not before the contact"),))
    return Written(((_FOLLOW, (work.stand.subject, given["number"], done, note)),))


def _minutes_class(_: Given) -> tuple[DataClass, ...]:
    return (DataClass.MINUTES,)


def _act(
    name: str,
    write: Callable[[Work], Written],
    *checks: Check,
    facts: dict[str, str] | None = None,
    classes: Callable[[Given], tuple[DataClass, ...]] = contact,
) -> Act:
    return Act(
        name,
        "ContactPayload",
        "BilateralContact",
        CONTACT,
        write,
        all_of(common, *checks),
        classes=classes,
        facts=_FACTS | (facts or {}),
    )


ACTS: tuple[Act, ...] = (
    _act(
        "recordAttendance",
        _attended,
        text("agency", LINE, lines=False),
        text("unit", LINE, lines=False),
        number("people", 0, 100_000),
        number("reach", 0, 100_000_000),
        facts={"there": _TOOK_PART % _AGENCY, "unit_known": unit_known(_UNIT, _AGENCY)},
    ),
    _act(
        "recordMinutes",
        _minutes,
        text("minutes", LONG, least=3),
        no_cases("minutes"),
        classes=_minutes_class,
    ),
    _act(
        "recordDecision",
        _decided,
        text("decision", TEXT, least=3),
        no_cases("decision"),
        text("responsible", LINE, least=1, lines=False),
        day("dueOn", ahead=3650),
        facts={"there": _TOOK_PART % "{given_responsible}"},
    ),
    _act(
        "followUpDecision",
        _followed,
        number("number", 1, 100_000),
        day("doneOn", past=True),
        text("note", TEXT),
        no_cases("note"),
        facts={
            "decision": (
                "(select json_build_array(d.responsible, d.done_on) from registry.contact_decision"
                " d where d.contact_id = t.id and d.number = {given_number:integer})"
            )
        },
    ),
)
