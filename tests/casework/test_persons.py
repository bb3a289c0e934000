"""What is said of a person: corrected as a new version with a reason, by whom a clause lets, each
field by its class; what does not keep a rule is named, and nothing changes.
"""

from __future__ import annotations

import base64
import datetime as dt
import string
import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolvers.casework.persons import READERS, columns
from resolvers.engine import Request
from schema.catalog import Kind, catalog
from schema.sdl import graphql_schema
from tests.casework.care import (
    AMEND,
    COLLEAGUE,
    DESK,
    HELPER,
    PERSON,
    POLICE,
    TEAM,
    WORKER,
    amended,
    fields,
    opened,
    payload,
    rows,
    written,
)
from tests.casework.desks import STRANGER, House

JPEG = base64.b64encode(b"\xff\xd8\xff\xe0" + b"x" * 40).decode()
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"x" * 40).decode()
GIF = base64.b64encode(b"GIF89a" + b"x" * 40).decode()
KNOWN = """query($id: ID!) { victim(id: $id) { classVersions { dataClass version } } }"""


def test_every_stored_field_of_a_person_can_be_written(house: House) -> None:
    """By the catalog, not by a list of our own."""
    stored = {
        name
        for name, source in catalog().entities["Victim"].fields.items()
        if source.kind in (Kind.VALUE, Kind.OBJECT)
        and source.sql == "{t}." + source.sql[4:]
        and source.sql[4:].isidentifier()
    }
    kind: Any = graphql_schema().type_map["VictimInput"]
    assert set(kind.fields) == set(READERS) == stored
    held = rows(
        house,
        "select column_name from information_schema.columns where table_schema = 'registry'"
        " and table_name = 'victim'",
    )
    assert set(columns().values()) <= {name for (name,) in held}


def test_a_correction_is_a_new_version_and_changes_what_is_given(house: House) -> None:
    case, victim = opened(house)
    done = amended(house, WORKER, victim, {"familyName": "Sokha", "phone": None}, reason="by phone")
    assert done["problems"] == []
    assert (done["victim"]["familyName"], done["victim"]["phone"]) == ("Sokha", None)
    assert done["victim"]["narrative"] == PERSON["narrative"]
    (before,) = rows(house, "select family_name, phone from history.victim where id = %s", victim)
    assert before == ("Sok", "+85512345678")
    (deed,) = rows(
        house,
        "select d.act, d.agency_code, d.subject, d.clause, d.reason, e.fields from registry.deed d"
        " join registry.event e on e.tx = d.tx where e.record_id = %s order by e.seq desc limit 1",
        victim,
    )
    assert deed == (
        "amendVictim",
        "TH-SHELTER",
        "TH-SHELTER-1",
        "TH-LAW@1#rule 2",
        "by phone",
        ["familyName", "phone"],
    )
    versions = payload(house.ask(WORKER, KNOWN, id=victim))["classVersions"]
    assert {v["dataClass"]: v["version"] for v in versions}["IDENTITY"] == 2
    assert case


@pytest.mark.parametrize(
    ("who", "person", "refused"),
    [
        (DESK, {"familyName": "Chan", "careNeeds": ["MEDICINE"]}, []),
        (DESK, {"narrative": "another account"}, ["NARRATIVE"]),
        (DESK, {"diagnosis": "a diagnosis", "familyName": "Chan"}, ["MEDICAL"]),
        (TEAM, {"traffickingStatus": "ActualVictimOfTrafficking"}, []),
        (TEAM, {"phone": "+66812345678"}, ["FAMILY"]),
    ],
)
def test_each_class_needs_a_clause_that_carries_it(
    house: House, who: Any, person: dict[str, Any], refused: list[str]
) -> None:
    case, victim = opened(house)
    house.assign(case, who.agency)
    before = written(house)
    done = amended(house, who, victim, person)
    assert [p["dataClass"] for p in done["problems"]] == refused
    assert (written(house) == before) is bool(refused)


def test_hidden_is_as_missing_and_who_is_not_named_is_refused(house: House) -> None:
    _, victim = opened(house)
    before = written(house)
    hidden = amended(house, HELPER, victim, {"familyName": "Chan"})
    missing = amended(house, HELPER, str(uuid.uuid4()), {"familyName": "Chan"})
    assert fields(hidden) == fields(missing) == ["victimId"]
    assert hidden["problems"] == missing["problems"]
    for who in (POLICE, STRANGER):
        body = house.ask(who, AMEND, id=victim, person={"familyName": "X"}, reason="none at all")
        if body["data"] is not None:
            assert fields(payload(body)) == ["victimId"]
    assert written(house) == before


RULES: list[tuple[dict[str, Any], str, str]] = [
    ({}, "person", "changes something"),
    ({"birthDate": "2539-05-01", "birthPrecision": "DAY"}, "person.birthDate", "common era"),
    ({"birthDate": "2099-01-01", "birthPrecision": "DAY"}, "person.birthDate", "lie ahead"),
    ({"birthDate": "1899-12-31", "birthPrecision": "DAY"}, "person.birthDate", "not before"),
    ({"birthDate": "1996-05-01"}, "person.birthPrecision", "together"),
    ({"birthDate": None}, "person.birthPrecision", "together"),
    ({"nameInScript": "សុខ"}, "person.nameScript", "together"),
    ({"nameInScript": " ", "nameScript": "KHMR"}, "person.nameInScript", "together"),
    ({"nameInScript": "สุข", "nameScript": "KHMR"}, "person.nameInScript", "letters"),
    ({"nameInScript": "Sok", "nameScript": "LAOO"}, "person.nameInScript", "letters"),
    ({"nameInScript": "ສຸກ", "nameScript": "THAI"}, "person.nameInScript", "letters"),
    ({"nameInScript": "Sокh", "nameScript": "LATN"}, "person.nameInScript", "two scripts"),
    ({"nameInScript": "李", "nameScript": "LATN"}, "person.nameInScript", "letters"),
    ({"familyName": "x" * 201}, "person.familyName", "200 characters"),
    ({"familyName": "a\nb"}, "person.familyName", "line break"),
    ({"familyName": "a\u202eb"}, "person.familyName", "U+202E"),
    ({"narrative": "x" * 20_001}, "person.narrative", "20000 characters"),
    ({"phone": "081 234 5678"}, "person.phone", "E.164"),
    ({"email": "nobody"}, "person.email", "e-mail"),
    ({"nationalities": ["KH", "Cambodia"]}, "person.nationalities", "ISO 3166"),
    ({"nationalities": []}, "person.nationalities", "at least"),
    ({"nationalities": None}, "person.nationalities", "never empty"),
    ({"stateless": None}, "person.stateless", "never empty"),
    ({"languages": ["khmer"]}, "person.languages", "ISO 639-2"),
    ({"gender": "F"}, "person.gender", "list"),
    ({"exploitationTypes": ["ForcedLabour", "forced labour"]}, "person.exploitationTypes", "list"),
    ({"childrenCount": -1}, "person.childrenCount", "from 0 to 30"),
    ({"ageWhenTrafficked": 121}, "person.ageWhenTrafficked", "from 0 to 120"),
    ({"photo": GIF}, "person.photo", "attachment of wrong type"),
    ({"photo": "no base64!"}, "person.photo", "attachment of wrong type"),
    ({"photo": JPEG[:-1] + "*"}, "person.photo", "attachment of wrong type"),
    ({"photo": "A" * 140_000}, "person.photo", "KiB"),
    ({"familyContacts": [{"phone": "012"}]}, "person.familyContacts", "E.164"),
    ({"familyContacts": [{}]}, "person.familyContacts", "entry is empty"),
    ({"familyContacts": [{"name": "n"}] * 41}, "person.familyContacts", "40 entries"),
    ({"places": [{"kind": "Elsewhere"}]}, "person.places", "list"),
    ({"dates": [{"kind": "Transit", "date": "2560-01-01"}]}, "person.dates", "common era"),
    ({"suspects": [{"roles": ["Boss"]}]}, "person.suspects", "list"),
]


@pytest.fixture(scope="module")
def known(house: House) -> str:
    """A person whom nothing below changes."""
    return opened(house)[1]


@pytest.mark.parametrize(("person", "field", "rule"), RULES, ids=lambda v: str(v)[:40])
def test_what_does_not_keep_a_rule_is_named(
    house: House, known: str, person: dict[str, Any], field: str, rule: str
) -> None:
    before = written(house)
    done = amended(house, WORKER, known, person)
    assert fields(done) == [field]
    (problem,) = done["problems"]
    assert (problem["__typename"], problem["code"]) == ("InvalidInput", "INVALID_INPUT")
    assert rule in problem["rule"]
    for value in person.values():
        if isinstance(value, str) and len(value) > 3:
            assert value not in problem["message"]
    assert done["victim"]["familyName"] == "Sok"
    assert written(house) == before


def test_a_reason_is_stated(house: House, known: str) -> None:
    done = amended(house, WORKER, known, {"familyName": "Chan"}, reason="-")
    assert fields(done) == ["reason"]


@pytest.mark.parametrize(("image", "kind"), [(JPEG, "jpeg"), (PNG, "png")])
def test_a_photo_is_taken_by_its_first_bytes(house: House, image: str, kind: str) -> None:
    _, victim = opened(house)
    assert amended(house, WORKER, victim, {"photo": image})["problems"] == []
    ((photo,),) = rows(house, "select photo from registry.victim where id = %s", victim)
    assert photo == f"data:image/{kind};base64,{image}"
    # what is shown is taken again
    assert amended(house, WORKER, victim, {"photo": photo})["problems"] == []


def test_two_officials_at_once_and_the_later_one_is_told(house: House) -> None:
    _, victim = opened(house)
    expect = [{"dataClass": "IDENTITY", "version": 1}]

    def request(who: Any, name: str) -> Request:
        variables: dict[str, object] = {
            "id": victim,
            "person": {"familyName": name},
            "reason": "heard wrong",
            "expect": expect,
        }
        return Request(AMEND, None, variables, who, "TRACING", "trace", None)

    answers = house.at_once(request(WORKER, "Chan"), request(COLLEAGUE, "Chea"))
    problems = sorted(
        (p["__typename"], p["dataClass"]) for a in answers for p in payload(a)["problems"]
    )
    assert problems == [("Conflict", "IDENTITY")]
    ((count,),) = rows(house, "select count(*) from history.victim where id = %s", victim)
    assert count == 1
    stale = amended(house, WORKER, victim, {"familyName": "Chum"}, expect=expect)
    assert [p["code"] for p in stale["problems"]] == ["CONFLICT"]
    fresh = [{"dataClass": "IDENTITY", "version": 2}]
    assert amended(house, WORKER, victim, {"familyName": "Chum"}, expect=fresh)["problems"] == []
    # the classes that are not changed are nobody's to expect
    foreign = [{"dataClass": "PERSON", "version": 1}]
    assert fields(amended(house, WORKER, victim, {"familyName": "C"}, expect=foreign)) == ["expect"]


_LINES = st.text(string.printable + "កខគ", max_size=210)
_ENTRY = st.fixed_dictionaries(
    {},
    optional={
        "name": st.none() | _LINES,
        "phone": st.sampled_from(["+85512345678", "012", "", "+"]),
        "doNotContact": st.booleans(),
    },
)
_MEMBERS: dict[str, st.SearchStrategy[Any]] = {
    "familyName": st.none() | _LINES,
    "nameInScript": st.none() | _LINES,
    "nameScript": st.sampled_from([None, "KHMR", "LATN", "XXXX"]),
    "birthDate": st.none() | st.dates().map(dt.date.isoformat),
    "birthPrecision": st.sampled_from([None, "DAY", "YEAR", "HOUR"]),
    "nationalities": st.none() | st.lists(st.sampled_from(["KH", "TH", "ZZ", "kh"]), max_size=4),
    "languages": st.none() | st.lists(st.sampled_from(["khm", "lao", "xx"]), max_size=4),
    "childrenCount": st.none() | st.integers(-(2**31), 2**31 - 1),
    "phone": st.none() | _LINES,
    "email": st.sampled_from([None, "a@b.example", "a@b", "@"]),
    "ageDisputed": st.none() | st.booleans(),
    "photo": st.sampled_from([None, JPEG, GIF, "", "===="]),
    "familyContacts": st.none() | st.lists(_ENTRY, max_size=3),
    "narrative": st.none() | _LINES,
    "careNeeds": st.none() | st.lists(st.sampled_from(["MEDICINE", "REST"]), max_size=3),
}


def sent(house: House, known: str, person: dict[str, Any]) -> None:
    """Never a failure; done wholly or not at all; what is shown then can be sent again."""
    house.asked.clear()  # a report of what fails would print it all
    selected = """gender familyName nameInScript nameScript birthDate birthPrecision nationalities
      languages childrenCount phone email ageDisputed narrative careNeeds
      familyContacts { name phone doNotContact }"""
    query = AMEND.replace("id familyName narrative phone", selected)
    before = written(house)
    done = payload(house.ask(WORKER, query, id=known, person=person, reason="whatever it is"))
    assert {p["__typename"] for p in done["problems"]} <= {"InvalidInput"}
    if done["problems"]:
        assert all(field.startswith("person") for field in fields(done))
        assert written(house) == before
        return
    shown = {name: value for name, value in done["victim"].items() if name in person}
    again = (
        payload(house.ask(WORKER, query, id=known, person=shown, reason="as it was shown"))
        if (shown)
        else done
    )
    assert again["problems"] == []
    assert again["victim"] == done["victim"]


_FEW = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
_WHATEVER = st.fixed_dictionaries({}, optional=_MEMBERS)


@_FEW
@given(person=_WHATEVER)
def test_whatever_is_sent_is_stored_as_it_is_shown_or_named(
    house: House, known: str, person: dict[str, Any]
) -> None:
    sent(house, known, person)


@pytest.mark.deep
@settings(_FEW, max_examples=2000, derandomize=False)
@given(person=_WHATEVER)
def test_whatever_is_sent_in_long_rounds(house: House, known: str, person: dict[str, Any]) -> None:
    sent(house, known, person)
