"""Stewards, coordinators and provincial offices, and how they act: a document for each act.

Takes an open `House`; gives payloads. Arguments are GraphQL variables, so that
texts of any length and script pass.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace
from typing import Any

from graphql import GraphQLObjectType

from authz.caller import Caller
from schema.sdl import graphql_schema
from tests.casework.desks import PROBLEMS, House
from tests.tracing.house import person

THAI = person("TH-MFA", "AGREEMENT_STEWARD", "COORDINATION")
KHMER = person("KH-MFAIC", "AGREEMENT_STEWARD", "COORDINATION")
LAO = person("LA-MOFA", "AGREEMENT_STEWARD", "COORDINATION")
IOM = person("INT-IOM", "AGREEMENT_STEWARD", "COORDINATION")
THAI_DESK = person("TH-DATIP", "FOCAL_POINT", "COORDINATION")
KHMER_DESK = person("KH-MOSVY", "FOCAL_POINT", "COORDINATION")
LAO_DESK = person("LA-MLSW", "FOCAL_POINT", "COORDINATION")
COMMITTEE = person("TH-ATC", "COORDINATOR", "COORDINATION")
IOM_COORDINATOR = person("INT-IOM", "COORDINATOR", "COORDINATION")
PROVINCE = person("KH-POSVY", "TRACING_OFFICER", "COORDINATION", unit="Battambang")
THAI_PROVINCE = person("TH-PSDHS", "TRACING_OFFICER", "COORDINATION")
WORKER = person("TH-SHELTER", "CASE_WORKER", "COORDINATION")

TODAY = dt.datetime.now(dt.UTC).date()
TEXT = "The parties care for those who return, and tell each other how."
AGREEMENT = """agreement { id code title state version published: state signedOn inForceFrom until
  areas parties supersedes { code state } under { code } standards { edges { node { code } } }
  versions { version summary content contentHash proposedBy signedOn inForceFrom }
  rounds { number heldOn place outcome remarks version agency }
  signatures { version step party onDay onPaper agency }
  classVersions { dataClass version } }"""
OFFICER = "id agency person since until phone corridors agreement { code }"
CONTACT = """bilateralContact { id kind area title startsOn endsOn place hosts countries minutes
  funder agenda nextDueOn reach attendance { agency unit people reach roles }
  decisionsTaken { number decision responsible dueOn doneOn note }
  agreement { code } participants { edges { node { code } } }
  classVersions { dataClass version } }"""
SELECTED = {
    "AgreementPayload": AGREEMENT,
    "FocalPointPayload": f"focalPoint {{ {OFFICER} }}",
    "OfficePayload": f"focalPoint {{ {OFFICER} }} predecessor {{ {OFFICER} }}",
    "ContactPayload": CONTACT,
}


def document(name: str, given: dict[str, Any]) -> str:
    """A mutation that names its arguments as variables of the schema's own types."""
    root = graphql_schema().mutation_type
    assert isinstance(root, GraphQLObjectType)
    field = root.fields[name]
    declared = ", ".join(f"${each}: {field.args[each].type}" for each in given)
    passed = ", ".join(f"{each}: ${each}" for each in given)
    payload = str(field.type).rstrip("!")
    stated = "... on IllegalAgreementStep { agreementState possible }"
    problems = PROBLEMS.replace("... on IllegalStep", f"{stated} ... on IllegalStep")
    return (
        f"mutation ({declared}) {{ {name}({passed}) {{ repeated accessRecord {problems}"
        f" {SELECTED[payload]} }} }}"
    )


def ask(house: House, who: Caller, name: str, **given: Any) -> dict[str, Any]:
    """The whole answer to one act."""
    return house.ask(who, document(name, given), None, **given)


def act(house: House, who: Caller, name: str, **given: Any) -> dict[str, Any]:
    """The payload of one act, whatever became of it."""
    body = ask(house, who, name, **given)
    assert "errors" not in body, body
    payload: dict[str, Any] = body["data"][name]
    return payload


def done(house: House, who: Caller, name: str, **given: Any) -> dict[str, Any]:
    """The record after an act that is done."""
    payload = act(house, who, name, **given)
    assert payload["problems"] == [], payload
    record: dict[str, Any] = next(
        payload[field]
        for field in ("agreement", "focalPoint", "bilateralContact")
        if field in payload
    )
    return record


def trouble(house: House, who: Caller, name: str, **given: Any) -> dict[str, Any]:
    """The one problem of an act that is not done; nothing at all was written."""
    before = written(house)
    payload = act(house, who, name, **given)
    assert len(payload["problems"]) == 1, payload
    assert written(house) == before
    problem: dict[str, Any] = payload["problems"][0]
    return problem


def refused(house: House, who: Caller, name: str, **given: Any) -> dict[str, Any]:
    """The one error of an act that no clause names for this caller."""
    before = written(house)
    body = ask(house, who, name, **given)
    assert body["data"] is None
    (error,) = body["errors"]
    assert written(house) == before
    extensions: dict[str, Any] = error["extensions"]
    return extensions


def written(house: House) -> object:
    """What tells whether anything was written at all."""
    return house.owner.execute(
        "select (select count(*) from registry.event), (select count(*) from registry.deed),"
        " (select count(*) from registry.agreement), (select number from policy.version)"
    ).fetchone()


def draft(house: House, code: str, who: Caller = THAI, **more: Any) -> dict[str, Any]:
    """A draft of Thailand and Cambodia, unless `more` says otherwise."""
    given: dict[str, Any] = {
        "code": code,
        "title": "Memorandum on the care of those who return",
        "kind": "MOU",
        "parties": ["TH", "KH"],
        "areas": ["CARE", "RETURN"],
        "summary": "the first draft",
        "text": TEXT,
    }
    return done(house, who, "draftAgreement", **(given | more))


def hash_of(text: str = TEXT) -> str:
    """What is signed of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def sign(house: House, who: Caller, agreement: str, version: int, text: str) -> dict[str, Any]:
    """The signature of one party."""
    return done(
        house,
        who,
        "signAgreement",
        agreementId=agreement,
        version=version,
        contentHash=hash_of(text),
        signedOn=TODAY.isoformat(),
    )


def second_person(who: Caller) -> Caller:
    """Another official of the same desk."""
    return replace(who, subject="a second person")


def enter(
    house: House, who: Caller, agreement: str, version: int = 1, on: dt.date = TODAY
) -> dict[str, Any]:
    """The word of one party on the entry into force."""
    return done(
        house,
        who,
        "bringIntoForce",
        agreementId=agreement,
        version=version,
        inForceFrom=on.isoformat(),
        published=True,
    )


def in_force(house: House, code: str, **more: Any) -> dict[str, Any]:
    """An instrument of Thailand and Cambodia, signed by both and in force today."""
    made = draft(house, code, **more)
    for who in (THAI, KHMER):
        sign(house, who, made["id"], 1, TEXT)
    enter(house, THAI, made["id"])
    return enter(house, KHMER, made["id"])


def draft_given(code: str) -> dict[str, object]:
    """The arguments of a draft of Thailand and Cambodia."""
    return {
        "code": code,
        "title": "Memorandum",
        "kind": "MOU",
        "parties": ["TH", "KH"],
        "areas": ["RETURN"],
        "summary": "the first draft",
        "text": TEXT,
    }
