"""Section 5: two grants made into one, facts of another case, purposes, desks, mistakes in a law."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.attacks.conftest import Opened
from tests.attacks.houses import KH, SHELTER, Answer, Desk, House
from tests.attacks.words import assert_denied, assert_house_dry
from tests.attacks.world import CASES, OF_DESK, PEOPLE, canary
from tests.compiler.registry import Made, add_case, state_consent
from tests.golden.people import OLDER
from tests.law.texts import enact, next_version
from tests.protocols.samples import GOOD
from tests.protocols.test_commands import run

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
WIDE_AND_POOR = GOLDEN / "wide-rows-poor-classes-and-the-reverse" / "grants.toml"
CELLS = """query($i: ID!) { victim(id: $i) { id gender familyName homeVillage
  withheld { field reason clause } } }"""
NAMES = "{ victims(first: 50) { edges { node { id gender familyName } } } }"


@pytest.fixture(scope="module", autouse=True)
def _dry(house: House) -> Iterator[None]:
    yield
    assert_house_dry(house, may={KH: OF_DESK})


@pytest.fixture(scope="module")
def rectangles(opened: Opened) -> Iterator[House]:
    """Under two grants of one desk: many rows and few classes, few rows and many classes."""

    def prepare(connection: psycopg.Connection) -> None:
        text = WIDE_AND_POOR.read_text(encoding="utf-8")
        number = f"version = {next_version('TH-KH-2014')}"
        enact(connection, text.replace("version = 3", number, 1), "TH")

    with opened(prepare) as made:
        yield made
        assert_house_dry(made, may={KH: OF_DESK})


def clauses_of(house: House, answer: Answer) -> dict[tuple[str, str], str]:
    """The article under which each (record, field) was shown."""
    return {
        (record, name): entry["clause"].split("#")[1]
        for leaf in house.leaves(answer.record)
        for entry in leaf["disclosures"]
        for record in entry["records"]
        for name in entry["fields"]
    }


@pytest.mark.parametrize("name", ["shown", "minor", "early", "withdrawn", "sealed", "twice"])
def test_D01_two_grants_are_the_union_of_their_rectangles(rectangles: House, name: str) -> None:
    victim = PEOPLE[name].victim
    answer = rectangles.ask(CELLS, i=victim)
    found = answer.data["victim"]
    assert found["gender"] == "Feminine"
    named = name in {"shown", "twice"}
    assert (found["familyName"] is not None) is named
    assert (found["homeVillage"] is not None) is (named or name == "sealed")
    carried = clauses_of(rectangles, answer)
    assert carried[victim, "Victim.gender"] in {"art. 5(1)", "art. 9(2)"}
    for field in ("Victim.familyName", "Victim.homeVillage"):
        assert carried.get((victim, field), "art. 9(2)") == "art. 9(2)"
    # what the poor grant alone carries to a row is named by it, never by the rich one
    if not named and name != "sealed":
        assert carried == {(victim, "Victim.gender"): "art. 5(1)"}


HALVES = [
    Made(f"7c1e4b00-0000-4000-8000-0000000b0{n:03x}", f"3fd09a00-0000-4000-8000-0000000b0{n:03x}")
    for n in range(12)
]


def _halves(connection: psycopg.Connection) -> None:
    """People of whom two cases, two statements or two recipients each meet half a grant."""
    later = OLDER.replace(month=11)
    # 0: traced without consent; another case of hers has it, and was only notified
    add_case(connection, "KH", "TRACING", "A", ids=HALVES[0], consent=None, start=OLDER)
    add_case(connection, "KH", "NOTIFIED", "", ids=Made(HALVES[1].case, HALVES[0].victim))
    # 2: consent stands on the case under the Lao agreement
    add_case(connection, "KH", "TRACING", "C", ids=HALVES[2], consent=None, start=OLDER)
    add_case(connection, "LA", "TRACING", "", ids=Made(HALVES[3].case, HALVES[2].victim))
    state_consent(connection, HALVES[3].case, "TRACING", "GIVEN", ["KH", "KH-MOSVY"], later)
    # 4, 5, 6: for another purpose, to another country, to another agency of the same country
    for number, purpose, recipients in (
        (4, "RETURN", ["KH"]),
        (5, "TRACING", ["LA", "TH"]),
        (6, "TRACING", ["KH-POSVY"]),
        (7, "TRACING", []),
    ):
        made = HALVES[number]
        add_case(connection, "KH", "TRACING", "D", ids=made, consent=None, start=OLDER)
        state_consent(connection, made.case, purpose, "GIVEN", recipients, later)
    # 8: given to the country, withdrawn from the agency; 9: refused to everybody afterwards
    for number, recipients in ((8, ["KH-MOSVY"]), (9, [])):
        made = HALVES[number]
        add_case(connection, "KH", "TRACING", "E", ids=made, start=OLDER)
        state_consent(connection, made.case, "TRACING", "WITHDRAWN", recipients, later)
    # 10: the guardian's consent and all else stand on another case of the minor
    add_case(connection, "KH", "TRACING", "F", age=12, ids=HALVES[10], start=OLDER)
    add_case(connection, "KH", "NOTIFIED", "", ids=Made(HALVES[11].case, HALVES[10].victim))
    connection.execute(
        "update registry.return_case set case_worker = 'w', best_interests_decision = 'b'"
        " where id = %s",
        (HALVES[11].case,),
    )
    connection.execute(
        "insert into registry.consent (id, case_id, purpose, state, recipients, stated_at,"
        " given_by, guardian, assent) values (gen_random_uuid(), %s, 'TRACING', 'GIVEN', '{KH}',"
        " %s, 'GUARDIAN', 'g', true)",
        (HALVES[11].case, later),
    )
    # the shelter is assigned one case of TWICE, not the other
    connection.execute(
        "insert into registry.assignment (id, case_id, agency_code, from_at)"
        " values (gen_random_uuid(), %s, 'TH-SHELTER', now() - interval '1 day')",
        (CASES["second"],),
    )


@pytest.fixture(scope="module")
def halves(opened: Opened) -> Iterator[House]:
    with opened(_halves) as made:
        yield made


@pytest.mark.parametrize("number", [0, 2, 4, 5, 6, 7, 8, 9, 10])
def test_D02_two_halves_of_a_grant_make_no_whole(halves: House, number: int) -> None:
    victim = HALVES[number].victim
    answer = halves.ask(CELLS, i=victim)
    found = answer.data["victim"]
    assert found["gender"] == "Feminine"
    assert (found["familyName"], found["homeVillage"]) == (None, None)
    assert {name for _, name in halves.disclosed(answer.record)} == {"Victim.gender"}
    listed = halves.ask(NAMES).data["victims"]["edges"]
    (row,) = [e["node"] for e in listed if e["node"]["id"] == victim]
    assert row["familyName"] is None


def test_D02_an_assignment_opens_its_own_case_alone(halves: House) -> None:
    document = """{ returnCases(first: 50) { edges { node { id shelterName assessments {
      edges { node { report } } } } } } }"""
    found = halves.ask(document, SHELTER).data["returnCases"]["edges"]
    assert [each["node"]["id"] for each in found] == [CASES["second"]]
    assert found[0]["node"]["shelterName"] == canary("return_case", "shelter_name", "second")
    other = "query($i: ID!) { returnCase(id: $i) { id } node(id: $i) { id } }"
    missing = halves.ask(other, SHELTER, i=str(uuid.uuid4())).data
    assert halves.ask(other, SHELTER, i=PEOPLE["twice"].case).data == missing
    person = halves.ask(
        "query($i: ID!) { victim(id: $i) { returnCases { totalCount edges { node { id } } } } }",
        SHELTER,
        i=PEOPLE["twice"].victim,
    ).data["victim"]["returnCases"]
    assert person == {"totalCount": 1, "edges": [{"node": {"id": CASES["second"]}}]}


def test_D03_a_purpose_is_one_of_the_token_and_of_the_clause(house: House) -> None:
    body = b'{"query": "{ victims { edges { node { familyName } } } }"}'
    for stated in ("RETURN", "AUDIT", "tracing", "TRACING, RETURN", "TRACING x"):
        refused = house.post(body, saphan_purpose=stated)
        assert (refused.status, refused.codes) == (400, ["PURPOSE_NOT_ALLOWED"])
    wide = Desk("KH-MOSVY", purposes=("TRACING", "PROSECUTION", "STATISTICS"))
    assert house.post(body, wide, saphan_purpose="").codes == ["PURPOSE_REQUIRED"]
    for purpose in ("PROSECUTION", "STATISTICS"):
        answer = house.post(body, wide, saphan_purpose=purpose)
        assert_denied(answer, "Victim.familyName", whole=False, reason="PURPOSE")
        assert answer.data["victims"]["edges"] == []


DESKS = {
    "the role of another desk": Desk("KH-POSVY", unit="Siem Reap"),
    "the unit without the role": Desk("KH-POSVY", ("CASE_WORKER",), unit="Siem Reap"),
    "a role that the desk has not": Desk("KH-MOSVY", ("TRACING_OFFICER",)),
    "an agency that no clause names": Desk("KH-NCCT"),
    "a country member with every role": Desk(
        "KH-DAHTJP",
        ("FOCAL_POINT", "CASE_WORKER", "TRACING_OFFICER", "INVESTIGATOR", "RECEPTION", "AUDITOR"),
    ),
    "no role": Desk("KH-MOSVY", ()),
    "an organisation": Desk("INT-UNODC", ("FOCAL_POINT", "AUDITOR")),
}


@pytest.mark.parametrize("name", DESKS)
def test_D04_agency_and_role_must_stand_in_one_grant(house: House, name: str) -> None:
    answer = house.ask(NAMES, DESKS[name])
    assert answer.data is None or answer.data["victims"]["edges"] == []
    assert_denied(answer, "Victim.familyName", whole=False)
    assert house.disclosed(answer.record) == set()


def test_D04_two_desks_in_one_token_are_no_third_desk(house: House) -> None:
    """Roles are added up, each with what it may; the agency is one."""
    both = Desk("KH-MOSVY", ("FOCAL_POINT", "TRACING_OFFICER", "AUDITOR", "CASE_WORKER"))
    assert house.ask(NAMES, both).data == house.ask(NAMES).data
    house.kept[:] = [(desk, text) for desk, text in house.kept if desk != both]


def test_D05_a_long_way_round_shows_what_the_direct_way_does(house: House) -> None:
    cells = "id gender familyName narrative withheld { field reason }"
    document = f"""{{ agreements(first: 17) {{ edges {{ node {{ contacts(first: 2) {{ edges {{ node {{
      cases(first: 3) {{ totalCount edges {{ node {{ id state victim {{ {cells}
      returnCases(first: 3) {{ totalCount edges {{ node {{ id state victim {{ id }} }} }} }} }} }} }}
      }} }} }} }} }} }} }} }}"""
    found = house.ask(document)
    cases = [
        case["node"]
        for agreement in found.data["agreements"]["edges"]
        for contact in agreement["node"]["contacts"]["edges"]
        for case in contact["node"]["cases"]["edges"]
    ]
    assert {case["id"] for case in cases} == {CASES["shown"]}
    direct = house.ask(
        f"query($i: ID!, $c: ID!) {{ victim(id: $i) {{ {cells} returnCases(first: 3) {{ totalCount"
        " edges { node { id state victim { id } } } } } returnCase(id: $c) { id state } }",
        i=PEOPLE["shown"].victim,
        c=CASES["shown"],
    ).data
    for case in cases:
        assert case["victim"] == direct["victim"]
        assert {"id": case["id"], "state": case["state"]} == direct["returnCase"]


MISTAKES = {
    "an empty condition": ('    "no_objection",\n', '    "",\n'),
    "no condition": (
        'when = [\n    "lodged_under",\n    "stage_from(NOTIFIED)",\n    "no_objection",\n]',
        "when = []",
    ),
    "no list of conditions": (
        'when = [\n    "lodged_under",\n    "stage_from(NOTIFIED)",\n    "no_objection",\n]\n',
        "",
    ),
    "an or of nothing": ('    "no_objection",\n', '    "or()",\n'),
    "a blank": ('    "no_objection",\n', '    " ",\n'),
    "true": ('    "no_objection",\n', '    "true",\n'),
    "conditions that are no texts": ('    "no_objection",\n', "    [],\n"),
    "an unknown key": ('when = [\n    "lodged', 'where = [\n    "lodged'),
    "a key misspelt": ('classes = ["SHELL", "PERSON"]', 'class = ["SHELL", "PERSON"]'),
    "no grantee": (
        'grantee = { agencies = ["KH-MOSVY"], side = "ORIGIN", roles = ["FOCAL_POINT"] }',
        "grantee = {}",
    ),
    "no anchor": ('    "lodged_under",\n', ""),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_D06_a_grant_without_conditions_by_mistake_is_refused_by_line(
    tmp_path: Path, name: str
) -> None:
    old, new = MISTAKES[name]
    assert GOOD.count(old) == 1
    file = tmp_path / "mistaken.toml"
    file.write_text(GOOD.replace(old, new), encoding="utf-8")
    done = run("check", str(file))
    assert done.exit_code == 1
    assert f"{file}:" in done.stderr
