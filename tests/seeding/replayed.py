"""The acts that would have made what the simulator tells: each step by an official, in its order.

Takes a house and rows of the simulator; gives what the registry then holds.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

from authz.caller import Caller
from schema.codes import AgreementStep, MeetingKind
from service.seeding.instruments import TABLES
from service.seeding.keeping import Row, Rows
from service.seeding.offices import PRIVATE
from tests.casework.desks import House
from tests.casework.instruments import IOM_COORDINATOR, KHMER, LAO, THAI, TODAY, done
from tests.tracing.house import person

_COMMITTEES = ("TH-ATC", "KH-NCCT", "LA-NCAHT")
_STEWARDS = {"TH": THAI, "KH": KHMER, "LA": LAO}


def id_of(house: House, code: str | None) -> str | None:
    """Id of an agreement."""
    row = house.owner.execute(
        "select id::text from registry.agreement where code = %s", (code,)
    ).fetchone()
    return str(row[0]) if row else None


def _official(agency: str) -> Caller:
    role = "COORDINATOR" if agency in _COMMITTEES else "FOCAL_POINT"
    return person(agency, role, "COORDINATION")


def _given(**values: Any) -> dict[str, Any]:
    """Arguments as JSON; what is left out is not sent."""
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in values.items()
        if value is not None
    }


def contact(house: House, rows: Rows, row: Row) -> dict[str, Any]:
    """The contact after every act on it, as its payload shows it."""
    key = row["id"]
    there = [r["agency_code"] for r in rows["contact_participant"] if r["contact_id"] == key]
    attended = [r for r in rows["contact_attendance"] if r["contact_id"] == key]
    host, others = there[0], there[1:]
    said = _given(
        title=row["title"],
        startsOn=row["starts_on"],
        endsOn=row["ends_on"],
        place=row["place"],
        funder=row["funder"],
        agenda=row["agenda"],
        area=row["area"],
        agreementId=id_of(house, row["agreement_code"]),
    )
    who, speaks = _official(host), _official(host)
    if row["kind"] == MeetingKind.CAMPAIGN:
        own, *attended = attended
        who = person(host, "TRACING_OFFICER", "COORDINATION", unit=own["unit"])
        speaks = _official(next(a for a in others if a in _COMMITTEES))
        counted = {"people": own["people"], "reach": own["reach"]}
        made = done(house, who, "recordCampaign", partners=others, **counted, **said)
    elif row["kind"] == MeetingKind.TRAINING:
        made = done(house, who, "recordTraining", participants=others, **said)
    else:
        kind = row["kind"].value
        made = done(house, who, "recordMeeting", kind=kind, participants=others, **said)
    here = {"contactId": made["id"]}
    for each in attended:
        office = replace(who, unit=each["unit"]) if each["agency_code"] == host else who
        given = _given(people=each["people"], reach=each["reach"], unit=each["unit"] or None)
        told = {"agency": each["agency_code"], "roles": each["roles"], **given}
        made = done(house, office, "recordAttendance", **here, **told)
    for decision in (r for r in rows["contact_decision"] if r["contact_id"] == key):
        made = _decide(house, rows, decision, here, (speaks, who)) or made
    return made


def _decide(
    house: House, rows: Rows, row: Row, here: dict[str, Any], who: tuple[Caller, Caller]
) -> dict[str, Any]:
    """One decision and its follow-ups, which the host says: not every agency has a seat."""
    words = _given(decision=row["decision"], responsible=row["responsible"], dueOn=row["due_on"])
    made = done(house, who[0], "recordDecision", **here, **words)
    key = (row["contact_id"], row["number"])
    past = [r for r in rows["history.contact_decision"] if (r["contact_id"], r["number"]) == key]
    for before, after in pairwise([*past, row]):
        new = {c: after[c] for c in ("done_on", "note") if after[c] != before[c]}
        said = _given(doneOn=new.get("done_on"), note=new.get("note"))
        made = done(house, who[1], "followUpDecision", **here, number=row["number"], **said)
    return made


def agreement(house: House, rows: Rows, row: Row) -> dict[str, Any]:
    """The instrument after every step, as its payload shows it to a party."""
    mine = {
        table: [r for r in rows[table] if r["agreement_code"] == row["code"]]
        for table in TABLES[1:]
    }
    parties = [r["party"] for r in mine["agreement_party"]]
    steps = [
        (r["at"], table, r)
        for table in ("agreement_version", "negotiation_round", "agreement_signature")
        for r in mine[table]
        if not r.get("on_paper")
    ]
    came_out = {r["version"] for r in mine["negotiation_round"]}
    texts = {r["version"]: r for r in mine["agreement_version"]}
    made: dict[str, Any] = {}
    for _, table, step in sorted(steps, key=lambda each: each[0]):
        subject = (step if "subject" in step else texts.get(step["version"], {})).get("subject", "")
        who = person(step["agency_code"], "AGREEMENT_STEWARD", "COORDINATION", subject)
        if table == "negotiation_round":
            made = _negotiate(house, who, made, step, texts)
        elif table == "agreement_signature":
            made = _speak(house, who, made, step)
        elif step["version"] == 1:
            made = done(house, who, "draftAgreement", **_draft(house, row, parties, step))
        elif step["version"] not in came_out:
            words = {"summary": step["summary"], "text": step["content"]}
            made = done(house, who, "amendAgreement", agreementId=made["id"], **words)
    return made


def _draft(house: House, row: Row, parties: list[str], text: Row) -> dict[str, Any]:
    return _given(
        code=row["code"],
        title=row["title"],
        kind=row["kind"].value,
        parties=parties,
        areas=row["areas"],
        parentId=id_of(house, row["parent_code"]),
        supersedesId=id_of(house, row["supersedes_code"]),
        summary=text["summary"],
        text=text["content"],
    )


def _negotiate(
    house: House, who: Caller, made: Row, step: Row, texts: dict[int, Row]
) -> dict[str, Any]:
    text = texts.get(step["version"], {})
    said = _given(
        heldOn=step["held_on"],
        place=step["place"],
        outcome=step["outcome"].value,
        remarks=step["remarks"],
        summary=text.get("summary"),
        text=text.get("content"),
    )
    return done(house, who, "recordNegotiationRound", agreementId=made["id"], **said)


def _speak(house: House, who: Caller, made: Row, step: Row) -> dict[str, Any]:
    of = {"agreementId": made["id"], "version": step["version"]}
    day = step["on_day"].isoformat()
    if step["step"] == AgreementStep.SIGNATURE:
        said = {"contentHash": step["content_hash"], "signedOn": day}
        return done(house, who, "signAgreement", **of, **said)
    if step["step"] == AgreementStep.ENTRY_INTO_FORCE:
        return done(house, who, "bringIntoForce", **of, inForceFrom=day, published=True)
    ended = {"until": TODAY.isoformat(), "reason": "given up"}  # an end never lies in the past
    return done(house, who, "endAgreement", agreementId=made["id"], **ended)


def terms(house: House, office: list[Row]) -> list[dict[str, Any]]:
    """The terms of one office, the oldest first, as the registry then holds them."""
    first, *later = sorted(office, key=lambda row: row["since_on"])
    agency, agreement_code = first["agency_code"], first["agreement_code"]
    who = IOM_COORDINATOR if agency == "INT-IOM" else _STEWARDS[agency[:2]]
    if (agency, agreement_code) in PRIVATE:
        who = person(agency, "FOCAL_POINT", "COORDINATION")
    where = {
        "agency": agency,
        "agreementId": id_of(house, agreement_code),
        "corridors": first["corridors"],
    }
    given = _given(since=first["since_on"], **_officer(first), **where)
    made = done(house, who, "appointFocalPoint", **given)
    for term in later:
        here = {"focalPointId": made["id"], "on": term["since_on"].isoformat()}
        made = done(house, who, "handOverOffice", **here, **_officer(term))
    if (last := (later or [first])[-1])["until_on"] is not None:
        until = last["until_on"].isoformat()
        done(house, who, "endOffice", focalPointId=made["id"], until=until)
    rows = house.owner.execute(
        "select to_jsonb(f) - 'id' from registry.focal_point f where agency_code = %s"
        " and agreement_code is not distinct from %s order by since_on",
        (agency, agreement_code),
    ).fetchall()
    return [row for (row,) in rows]


def _officer(row: Row) -> dict[str, Any]:
    return _given(
        person=row["person"],
        title=row["title"],
        phone=row["phone"],
        email=row["email"],
        privatePhone=row["private_phone"],
    )
