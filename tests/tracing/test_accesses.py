"""Real answers against what the ledger says was shown: no more, no less, and each in its scope."""

from __future__ import annotations

from authz.caller import Caller
from service.ledger.accesses import Access, accesses
from service.ledger.questions import shown
from tests.refusals.facts import Facts
from tests.tracing.house import (
    AUDITORS,
    HOLDER,
    LIST,
    PHNOM_PENH,
    VIENTIANE,
    Cell,
    House,
    person,
)


def _found(house: House, who: Caller, **wanted: str) -> list[Access]:
    question = shown(wanted, *(name for name in wanted if name == "recordId"))
    return house.run(who, lambda asking: accesses(asking, None, question))


def _cells(found: list[Access]) -> set[Cell]:
    return {(a.id, s.record, name) for a in found for s in a.shown for name in s.fields}


def test_a_trace_is_what_was_shown_of_the_record_and_nothing_else(house: House) -> None:
    victim = house.cambodian.victim
    for who in (HOLDER, PHNOM_PENH, VIENTIANE):
        house.desk(who, house.cambodian.case)
        house.ask(who, LIST)
    found = _found(house, AUDITORS["TH"], recordId=victim)
    assert _cells(found) == {cell for cell in house.cells() if cell[1] == victim}
    assert {a.agency for a in found} == {"TH-DATIP", "KH-MOSVY"}
    assert [a.at for a in found] == sorted(a.at for a in found)


def test_a_foreign_auditor_sees_what_touches_its_country(house: House) -> None:
    house.desk(HOLDER, house.cambodian.case)
    house.desk(PHNOM_PENH, house.cambodian.case)
    house.desk(VIENTIANE, house.laotian.case)
    victim = house.cambodian.victim
    shown = {cell for cell in house.cells() if cell[1] == victim}
    assert _cells(_found(house, AUDITORS["KH"], recordId=victim)) == shown
    assert _found(house, AUDITORS["LA"], recordId=victim) == []
    everything = _cells(_found(house, AUDITORS["LA"]))
    assert {record for _, record, _ in everything} >= {house.laotian.victim, house.laotian.case}
    assert not {record for _, record, _ in everything} & house.cambodian.ids()


_SHOWN = """query Shown($province: String, $class: String) {
  accessRecords(first: 8) { edges { node { id
    disclosures(first: 50, province: $province, dataClass: $class) {
      totalCount edges { node { recordId fields } } } } } } }"""


def test_who_has_no_right_is_shown_no_access_and_no_fault(house: House) -> None:
    """Asked for nothing but what an access showed, where accesses are refused on every row."""
    house.desk(HOLDER, house.cambodian.case)
    for stranger in (
        person("TH-DATIP", "BORDER_OFFICER", "RETURN"),
        person("VN-MOLISA", "FOCAL_POINT", "TRACING"),
    ):
        answer = house.ask(stranger, _SHOWN)
        assert "errors" not in answer
        assert answer["data"]["accessRecords"]["edges"] == []


def test_what_an_access_showed_is_narrowed_as_the_accesses_are(house: House) -> None:
    house.settle(Facts(home_province="Takeo"))
    shown_to = house.ask(PHNOM_PENH, LIST)["extensions"]["accessRecord"]
    by_all = {cell for cell in house.cells() if cell[0] == shown_to}
    for wanted, expected in (
        ({}, by_all),
        ({"province": "Nowhere"}, set()),
        ({"class": "MEDICAL"}, set()),
        ({"class": "IDENTITY"}, by_all),
        ({"province": "Siem Reap"}, {c for c in by_all if c[1] == house.cambodian.victim}),
    ):
        answer = house.ask(HOLDER, _SHOWN, **wanted)
        (rows,) = (
            edge["node"]["disclosures"]
            for edge in answer["data"]["accessRecords"]["edges"]
            if edge["node"]["id"] == shown_to
        )
        found = {
            (shown_to, edge["node"]["recordId"], name)
            for edge in rows["edges"]
            for name in edge["node"]["fields"]
        }
        assert found == expected, wanted
        assert rows["totalCount"] == len(rows["edges"])
    assert len(by_all) > 2


def test_what_may_not_be_read_narrows_nothing(house: House) -> None:
    """An auditor does not learn a home by asking which disclosures are left."""
    house.desk(HOLDER, house.cambodian.case)
    answer = house.ask(AUDITORS["TH"], _SHOWN, province="Siem Reap")
    assert answer["data"] is None
    assert answer["errors"][0]["extensions"]["code"] == "FIELD_NOT_PERMITTED"
    assert answer["errors"][0]["extensions"]["field"] == "Victim.homeProvince"
