"""Who has a person in care in Thailand, and how they speak: acts with variables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from authz.caller import Caller
from tests.casework.desks import PROBLEMS, House, desk

PERSON: dict[str, Any] = {
    "givenName": "Dara",
    "familyName": "Sok",
    "nameInScript": "សុខ ដារ៉ា",
    "nameScript": "KHMR",
    "birthDate": "1996-05-01",
    "birthPrecision": "MONTH",
    "gender": "Feminine",
    "languages": ["khm"],
    "homeProvince": "Banteay Meanchey",
    "phone": "+855 12 345 678",
    "narrative": "she told it once\nand will not tell it again",
}
ALL = """returnCase { id state holder host origin agreement { code } victim { id familyName } }"""


def thai(agency: str, role: str, purpose: str = "TRACING", subject: str = "") -> Caller:
    """An official of Thailand, an organisation of the country among them."""
    made = desk(agency, role, subject or f"{agency}-1", purpose)
    return replace(made, country="TH")


WORKER = thai("TH-SHELTER", "CASE_WORKER")
COLLEAGUE = thai("TH-SHELTER", "CASE_WORKER", subject="another of the shelter")
POLICE = thai("TH-ATPD", "INVESTIGATOR", "PROSECUTION")
HELPER = thai("NGO-LPN", "CASE_WORKER")
TEAM = thai("TH-MDT", "MDT_MEMBER", "IDENTIFICATION")
DESK = thai("TH-DATIP", "FOCAL_POINT")

OPEN = f"""mutation($person: VictimInput, $victimId: ID, $host: String, $origin: String,
    $agreement: String) {{
  openReturnCase(person: $person, victimId: $victimId, host: $host, origin: $origin,
    agreement: $agreement) {{ repeated accessRecord {PROBLEMS} {ALL} }} }}"""
AMEND = f"""mutation($id: ID!, $person: VictimInput!, $reason: String!,
    $expect: [ExpectedVersion!]) {{
  amendVictim(victimId: $id, person: $person, reason: $reason, expect: $expect) {{
    repeated accessRecord {PROBLEMS} victim {{ id familyName narrative phone }} }} }}"""


def payload(body: dict[str, Any]) -> dict[str, Any]:
    """The payload of an answer, whose errors are about fields of it alone."""
    codes = {error["extensions"]["code"] for error in body.get("errors", ())}
    assert codes <= {"FIELD_NOT_PERMITTED"}, body
    assert body["data"] is not None, body
    (found,) = body["data"].values()
    return dict(found)


def opened(house: House, who: Caller = WORKER, **given: Any) -> tuple[str, str]:
    """A new case of a new person from Cambodia: ids of case and person."""
    asked = {"person": PERSON, "origin": "KH"} | given
    done = payload(house.ask(who, OPEN, **asked))
    assert done["problems"] == [], done
    case = done["returnCase"]
    return case["id"], case["victim"]["id"]


def amended(house: House, who: Caller, victim: str, person: dict[str, Any], **more: Any) -> Any:
    """The payload of a correction."""
    given = {"id": victim, "person": person, "reason": "heard wrong"} | more
    return payload(house.ask(who, AMEND, **given))


def fields(payload: dict[str, Any]) -> list[str]:
    """The arguments that the problems name."""
    return [problem["field"] for problem in payload["problems"]]


def rows(house: House, text: Any, *values: object) -> list[tuple[Any, ...]]:
    """What the tables hold, read as their owner."""
    return house.owner.execute(text, values).fetchall()


def written(house: House) -> tuple[Any, ...]:
    """What tells whether anything at all was written by an act."""
    return rows(
        house,
        "select (select count(*) from registry.event), (select count(*) from registry.deed),"
        " (select count(*) from registry.victim), (select count(*) from registry.request_key)",
    )[0]
