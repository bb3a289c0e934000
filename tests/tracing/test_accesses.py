"""Real answers against what the ledger says was shown: no more, no less, and each in its scope."""

from __future__ import annotations

from authz.caller import Caller
from service.ledger.accesses import Access, accesses
from service.ledger.questions import shown
from tests.tracing.house import (
    AUDITORS,
    HOLDER,
    LIST,
    PHNOM_PENH,
    VIENTIANE,
    Cell,
    House,
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
