"""Versions by data class: those of the classes the caller may read, and no other."""

from __future__ import annotations

from tests.casework.desks import HOST, HOST_RETURN, ORIGIN, House
from tests.casework.test_life import walked


def _versions(house: House, who: object, field: str, identifier: str) -> dict[str, int]:
    text = f'{{ {field}(id: "{identifier}") {{ v: classVersions {{ c: dataClass n: version }} }} }}'
    body = house.ask(who, text)  # type: ignore[arg-type]
    assert "errors" not in body
    return {each["c"]: each["n"] for each in body["data"][field]["v"]}


def test_a_version_is_shown_with_its_class_and_counts_edits(house: House) -> None:
    made = house.case("TRACING")
    first = _versions(house, HOST, "victim", made.victim)
    assert (first["PERSON"], first["IDENTITY"]) == (1, 1) or first["PERSON"] == 2
    house.owner.execute(
        "update registry.victim set family_name = 'Sokha', diagnosis = 'a cough' where id = %s",
        (made.victim,),
    )
    later = _versions(house, HOST, "victim", made.victim)
    assert later["IDENTITY"] == first["IDENTITY"] + 1
    assert later["PERSON"] == first["PERSON"]


def test_who_may_not_read_a_class_does_not_learn_that_it_was_edited(house: House) -> None:
    made = house.case("NOTIFIED")
    house.owner.execute(
        "update registry.victim set diagnosis = 'a cough', narrative = 'x' where id = %s",
        (made.victim,),
    )
    seen = _versions(house, ORIGIN, "victim", made.victim)
    assert set(seen) == {"PERSON"}
    assert "SHELL" in _versions(house, ORIGIN, "returnCase", made.case)


def test_the_host_does_not_learn_of_versions_after_the_handover(house: House) -> None:
    case = walked(house)
    before = _versions(house, HOST_RETURN, "returnCase", case)
    house.owner.execute(
        "update registry.return_case set shelter_name = 'another' where id = %s", (case,)
    )
    assert _versions(house, HOST_RETURN, "returnCase", case) == before
    assert "SHELTER" not in before
