"""Agreements: drafted by one party, signed by each, in force by the word of all, then ended."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from resolvers.engine import Request
from tests.casework.desks import House
from tests.casework.instruments import (
    IOM,
    KHMER,
    KHMER_DESK,
    LAO,
    TEXT,
    THAI,
    THAI_DESK,
    TODAY,
    act,
    document,
    done,
    draft,
    draft_given,
    enter,
    hash_of,
    in_force,
    refused,
    second_person,
    sign,
    trouble,
    written,
)

_READ = (
    "query ($id: ID!) { agreement(id: $id) { code state rounds { number } } node(id: $id) { id } }"
)


def test_a_draft_is_seen_by_its_parties_alone(house: House) -> None:
    made = draft(house, "TH-KH-SEEN-2026")
    assert (made["state"], made["version"], made["parties"]) == ("DRAFT", None, ["KH", "TH"])
    assert made["versions"][0]["contentHash"] == hash_of()
    shown = house.ask(KHMER_DESK, _READ, id=made["id"])
    assert shown["data"]["agreement"]["code"] == "TH-KH-SEEN-2026"
    nowhere = house.ask(LAO, _READ, id="0195f2a0-0000-7000-8000-000000000000")
    hidden = house.ask(LAO, _READ, id=made["id"])
    assert hidden["data"] == nowhere["data"] == {"agreement": None, "node": None}
    listed = house.ask(LAO, "{ agreements(first: 100) { edges { node { code } } } }")
    codes = {edge["node"]["code"] for edge in listed["data"]["agreements"]["edges"]}
    assert "TH-LA-2017" in codes
    assert "TH-KH-SEEN-2026" not in codes
    problem = trouble(
        house,
        LAO,
        "signAgreement",
        agreementId=made["id"],
        version=1,
        contentHash=hash_of(),
        signedOn=TODAY.isoformat(),
    )
    assert problem["__typename"] == "UnknownRecord"


def test_a_draft_changes_no_policy_and_leaves_a_deed(house: House) -> None:
    before = house.owner.execute("select number from policy.version").fetchone()
    made = draft(house, "TH-KH-DEED-2026")
    assert house.owner.execute("select number from policy.version").fetchone() == before
    deed = house.owner.execute(
        "select d.act, d.agency_code, d.clause from registry.deed d join registry.event e"
        " on e.tx = d.tx where e.record_id = %s and e.fields is null",
        (made["id"],),
    ).fetchone()
    assert deed == ("draftAgreement", "TH-MFA", "TH-LAW@1#rule 1(1)")
    assert {v["dataClass"]: v["version"] for v in made["classVersions"]} == {
        "AGREEMENT": 1,
        "CLAUSE": 1,
    }


def test_rounds_bring_new_texts_and_each_party_signs_the_last(house: House) -> None:
    made = draft(house, "TH-KH-TALKS-2026")
    newer = TEXT + " Within thirty days."
    talked = done(
        house,
        KHMER,
        "recordNegotiationRound",
        agreementId=made["id"],
        heldOn=TODAY.isoformat(),
        place="Phuket",
        outcome="AGREED",
        text=newer,
        summary="a time limit",
    )
    assert [r["version"] for r in talked["rounds"]] == [2]
    assert [v["proposedBy"] for v in talked["versions"]] == ["TH", "KH"]
    old = {"agreementId": made["id"], "version": 1, "signedOn": TODAY.isoformat()}
    assert trouble(house, THAI, "signAgreement", contentHash=hash_of(), **old)["dataClass"] == (
        "CLAUSE"
    )
    wrong = old | {"version": 2}
    assert trouble(house, THAI, "signAgreement", contentHash=hash_of(), **wrong)["field"] == (
        "contentHash"
    )
    first = sign(house, THAI, made["id"], 2, newer)
    assert (first["state"], first["signedOn"]) == ("DRAFT", None)
    again = trouble(house, THAI, "signAgreement", contentHash=hash_of(newer), **wrong)
    assert again["code"] == "DONE_BEFORE"
    second = sign(house, KHMER, made["id"], 2, newer)
    assert (second["state"], second["version"]) == ("SIGNED", 2)
    assert second["signedOn"] == TODAY.isoformat()
    assert [(s["party"], s["step"]) for s in second["signatures"]] == [
        ("TH", "SIGNATURE"),
        ("KH", "SIGNATURE"),
    ]
    more = {"agreementId": made["id"], "heldOn": TODAY.isoformat(), "outcome": "CONTINUED"}
    assert trouble(house, THAI, "recordNegotiationRound", **more)["code"] == "STATE_CONFLICT"


def test_two_who_sign_at_once_have_both_signed(house: House) -> None:
    made = draft(house, "TH-KH-TOGETHER-2026")
    given = {
        "agreementId": made["id"],
        "version": 1,
        "contentHash": hash_of(),
        "signedOn": TODAY.isoformat(),
    }
    asked = document("signAgreement", given)
    bodies = house.at_once(
        *(Request(asked, None, given, who, "COORDINATION", "trace", None) for who in (THAI, KHMER))
    )
    states = [body["data"]["signAgreement"]["agreement"]["state"] for body in bodies]
    assert sorted(states) == ["DRAFT", "SIGNED"]


def test_what_changes_after_a_signature_needs_every_word_again(house: House) -> None:
    made = draft(house, "TH-KH-AGAIN-2026")
    sign(house, THAI, made["id"], 1, TEXT)
    newer = TEXT + " And more."
    done(
        house,
        KHMER,
        "recordNegotiationRound",
        agreementId=made["id"],
        heldOn=TODAY.isoformat(),
        outcome="CONTINUED",
        text=newer,
        summary="more",
    )
    after = sign(house, KHMER, made["id"], 2, newer)
    assert after["state"] == "DRAFT"
    assert sign(house, THAI, made["id"], 2, newer)["state"] == "SIGNED"


def test_the_entry_into_force_takes_both_on_one_day_and_supersedes_the_old(house: House) -> None:
    old = in_force(house, "TH-KH-OLD-2025")
    assert (old["state"], old["inForceFrom"]) == ("IN_FORCE", TODAY.isoformat())
    new = draft(house, "TH-KH-NEW-2026", supersedesId=old["id"])
    unsigned = {"agreementId": new["id"], "version": 1, "published": True}
    day = {"inForceFrom": TODAY.isoformat()}
    problem = trouble(house, THAI, "bringIntoForce", **unsigned, **day)
    assert (problem["agreementState"], problem["code"]) == ("DRAFT", "STATE_CONFLICT")
    for who in (THAI, KHMER):
        sign(house, who, new["id"], 1, TEXT)
    tomorrow = TODAY + dt.timedelta(days=1)
    assert enter(house, THAI, new["id"], on=tomorrow)["state"] == "SIGNED"
    assert enter(house, KHMER, new["id"])["state"] == "SIGNED"  # another day: no agreement yet
    entered = enter(house, THAI, new["id"])
    assert (entered["state"], entered["version"]) == ("IN_FORCE", 1)
    assert entered["supersedes"] == {"code": "TH-KH-OLD-2025", "state": "SUPERSEDED"}
    stranger = house.ask(LAO, _READ.replace("rounds { number }", ""), id=new["id"])
    assert stranger["data"]["agreement"]["code"] == "TH-KH-NEW-2026"  # published now
    late = draft_given("TH-KH-THIRD-2026") | {"supersedesId": old["id"]}
    assert trouble(house, KHMER, "draftAgreement", **late)["field"] == "supersedesId"
    over = {"agreementId": old["id"], "summary": "too late", "text": TEXT}
    assert trouble(house, THAI, "amendAgreement", **over)["agreementState"] == "SUPERSEDED"


def test_the_old_one_stands_until_the_new_one_enters(house: House) -> None:
    old = in_force(house, "TH-KH-STANDS-2025")
    new = draft(house, "TH-KH-FOLLOWS-2026", supersedesId=old["id"])
    later = TODAY + dt.timedelta(days=40)
    for who in (THAI, KHMER):
        sign(house, who, new["id"], 1, TEXT)
    enter(house, THAI, new["id"], on=later)
    entered = enter(house, KHMER, new["id"], on=later)
    assert entered["supersedes"] == {"code": "TH-KH-STANDS-2025", "state": "IN_FORCE"}
    house.owner.execute(
        "update registry.agreement set until_on = current_date where id = %s", (old["id"],)
    )
    asked = "query ($id: ID!) { agreement(id: $id) { state } }"
    assert house.ask(KHMER, asked, id=old["id"])["data"]["agreement"]["state"] == "SUPERSEDED"


def test_a_day_to_come_takes_effect_by_the_clock(house: House) -> None:
    made = draft(house, "TH-KH-LATER-2026")
    for who in (THAI, KHMER):
        sign(house, who, made["id"], 1, TEXT)
    later = TODAY + dt.timedelta(days=30)
    enter(house, THAI, made["id"], on=later)
    entered = enter(house, KHMER, made["id"], on=later)
    assert (entered["state"], entered["inForceFrom"]) == ("SIGNED", later.isoformat())
    house.owner.execute(
        "update registry.agreement set in_force_from = current_date where id = %s", (made["id"],)
    )
    shown = house.ask(KHMER, _READ, id=made["id"])
    assert shown["data"]["agreement"]["state"] == "IN_FORCE"
    house.owner.execute(
        "update registry.agreement set until_on = current_date where id = %s", (made["id"],)
    )
    shown = house.ask(KHMER, _READ, id=made["id"])
    assert shown["data"]["agreement"]["state"] == "ENDED"


def test_an_amendment_is_a_version_that_both_sign_and_bring_into_force(house: House) -> None:
    made = in_force(house, "TH-KH-AMENDED-2026")
    amended = TEXT + " As amended."
    given = {"agreementId": made["id"], "summary": "one word", "text": amended}
    opened_ = done(house, KHMER, "amendAgreement", **given)
    assert (opened_["state"], opened_["version"]) == ("IN_FORCE", 1)
    assert trouble(house, THAI, "amendAgreement", **given)["code"] == "CONFLICT"
    sign(house, THAI, made["id"], 2, amended)
    signed = sign(house, KHMER, made["id"], 2, amended)
    assert (signed["version"], signed["signedOn"]) == (1, made["signedOn"])
    enter(house, THAI, made["id"], 2)
    entered = enter(house, KHMER, made["id"], 2)
    assert (entered["state"], entered["version"]) == ("IN_FORCE", 2)
    assert [v["inForceFrom"] for v in entered["versions"]] == [TODAY.isoformat()] * 2


def test_operating_procedures_stand_under_their_agreement_with_texts_of_their_own(
    house: House,
) -> None:
    parent = in_force(house, "TH-KH-PARENT-2026")
    sop = in_force(
        house, "TH-KH-SOP-2026", kind="SOP", areas=["CARE"], parentId=parent["id"], title="SOP"
    )
    assert sop["under"] == {"code": "TH-KH-PARENT-2026"}
    listed = house.ask(
        KHMER_DESK,
        "query ($id: ID!) { agreement(id: $id) { standards { edges { node { code } } } }"
        ' agreements(first: 100, filter: { areas: { has: "CARE" }, kind: { eq: "SOP" } })'
        " { edges { node { code } } } }",
        id=parent["id"],
    )
    under = listed["data"]["agreement"]["standards"]["edges"]
    assert [edge["node"]["code"] for edge in under] == ["TH-KH-SOP-2026"]
    found = [e["node"]["code"] for e in listed["data"]["agreements"]["edges"]]
    assert "TH-KH-SOP-2026" in found
    wider = draft_given("TH-KH-LA-SOP-2026") | {
        "parties": ["TH", "KH", "LA"],
        "kind": "SOP",
        "parentId": parent["id"],
    }
    assert trouble(house, THAI, "draftAgreement", **wider)["field"] == "parentId"


def test_one_party_ends_an_agreement_for_all(house: House) -> None:
    made = in_force(house, "TH-KH-ENDING-2026")
    later = (TODAY + dt.timedelta(days=90)).isoformat()
    given = {"agreementId": made["id"], "reason": "a new one is coming"}
    past = (TODAY - dt.timedelta(days=9)).isoformat()
    assert trouble(house, KHMER, "endAgreement", until=past, **given)["field"] == "until"
    ended = done(house, KHMER, "endAgreement", until=later, **given)
    assert (ended["state"], ended["until"]) == ("IN_FORCE", later)
    assert ended["signatures"][-1]["step"] == "END"
    assert trouble(house, THAI, "endAgreement", until=later, **given)["code"] == "DONE_BEFORE"
    sooner = done(house, THAI, "endAgreement", until=TODAY.isoformat(), **given)
    assert sooner["state"] == "ENDED"
    given_up = draft(house, "TH-KH-NEVER-2026")
    gone = done(
        house,
        THAI,
        "endAgreement",
        agreementId=given_up["id"],
        until=TODAY.isoformat(),
        reason="it came to nothing",
    )
    assert gone["state"] == "ENDED"


def test_a_party_without_a_seat_signs_on_paper(house: House) -> None:
    made = draft(house, "TH-VN-2026", parties=["TH", "VN"])
    given = {
        "agreementId": made["id"],
        "version": 1,
        "contentHash": hash_of(),
        "signedOn": TODAY.isoformat(),
    }
    assert trouble(house, THAI, "signAgreement", **given)["code"] == "INVALID_INPUT"  # her own text
    signed = sign(house, second_person(THAI), made["id"], 1, TEXT)
    assert signed["state"] == "SIGNED"
    assert [(s["party"], s["onPaper"]) for s in signed["signatures"]] == [
        ("TH", False),
        ("VN", True),
    ]


def test_an_organisation_is_a_party_like_a_country(house: House) -> None:
    made = draft(house, "TH-INT-IOM-2026", IOM, parties=["TH", "INT-IOM"], kind="PROJECT_MOU")
    assert sign(house, IOM, made["id"], 1, TEXT)["state"] == "DRAFT"
    assert sign(house, THAI, made["id"], 1, TEXT)["state"] == "SIGNED"
    hidden = house.ask(KHMER, _READ, id=made["id"])
    assert hidden["data"]["agreement"] is None


def test_nobody_but_a_steward_of_a_party_writes(house: House) -> None:
    given = draft_given("TH-KH-OTHERS-2026")
    assert refused(house, THAI_DESK, "draftAgreement", **given)["reason"] == "CLASS"
    tracing = replace(THAI, purposes=("TRACING", "COORDINATION"))
    assert refused(house, tracing, "draftAgreement", **given)["reason"] == "PURPOSE"
    assert trouble(house, LAO, "draftAgreement", **given)["field"] == "parties"
    public = house.owner.execute(
        "select id::text from registry.agreement where code = 'TH-LA-2017'"
    ).fetchone()
    assert public is not None
    given = {"agreementId": public[0], "summary": "not ours", "text": TEXT}
    before = written(house)
    problems = act(house, KHMER, "amendAgreement", **given)["problems"]
    assert {(p["__typename"], p["reason"]) for p in problems} == {("NotPermitted", "NO_PROTOCOL")}
    assert written(house) == before


def test_whoever_had_an_older_version_before_her_is_told(house: House) -> None:
    made = draft(house, "TH-KH-EXPECT-2026")
    given = {
        "agreementId": made["id"],
        "heldOn": TODAY.isoformat(),
        "outcome": "CONTINUED",
        "expect": [{"dataClass": "CLAUSE", "version": 1}],
    }
    after = done(house, THAI, "recordNegotiationRound", **given)
    assert {"dataClass": "CLAUSE", "version": 2} in after["classVersions"]
    problem = trouble(house, KHMER, "recordNegotiationRound", **given)
    assert (problem["code"], problem["dataClass"]) == ("CONFLICT", "CLAUSE")


def test_a_code_is_taken_once(house: House) -> None:
    draft(house, "TH-KH-ONCE-2026")
    given = draft_given("TH-KH-ONCE-2026")
    assert trouble(house, KHMER, "draftAgreement", **given)["code"] == "CONFLICT"


def test_the_old_instruments_go_on_by_acts(house: House) -> None:
    """One that came with the reference data has no text on record; an amendment is its first."""
    row = house.owner.execute(
        "select id::text from registry.agreement where code = 'TH-KH-SOP-2022'"
    ).fetchone()
    assert row is not None
    shown = act(house, KHMER, "amendAgreement", agreementId=row[0], summary="new forms", text=TEXT)
    assert shown["problems"] == []
    assert [v["version"] for v in shown["agreement"]["versions"]] == [1]


def test_what_parties_read_of_a_published_agreement_is_on_record(house: House) -> None:
    made = in_force(house, "TH-KH-RECORD-2026")
    asked = "query ($id: ID!) { agreement(id: $id) { code signatures { party } } }"
    shown = house.ask(KHMER_DESK, asked, id=made["id"])
    assert [s["party"] for s in shown["data"]["agreement"]["signatures"]] == ["TH", "KH"] * 2
    record = house.registry.disclosed(shown["extensions"]["accessRecord"])
    assert record == {(made["id"], "Agreement.signatures")}
    withheld = house.ask(LAO, asked, id=made["id"])
    assert withheld["data"]["agreement"] == {"code": "TH-KH-RECORD-2026", "signatures": None}
    assert withheld["extensions"]["withheld"] == {"agreement.signatures": {"NO_PROTOCOL": 1}}
    assert house.registry.disclosed(withheld["extensions"]["accessRecord"]) == set()
