"""The worked refusals about consent, age and province."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from schema.catalog import catalog
from schema.classes import DataClass
from tests.refusals.asking import Ask, Desk
from tests.refusals.facts import Facts, Said

IN_ORDER: Final = Facts()
KHMER_DESK: Final = Desk("KH-MOSVY", "FOCAL_POINT", "TRACING")
OFFICER: Final = Desk("KH-POSVY", "TRACING_OFFICER", "TRACING", unit="Siem Reap")
IDENTITY: Final = tuple(
    field.name
    for field in catalog().entities["Victim"].fields.values()
    if field.data_class is DataClass.IDENTITY
)
NINE: Final = "TH-KH-2014@3#art. 9(2)"
WITHDRAWN: Final = Said("TRACING", "WITHDRAWN", ("KH",), day=9)


def test_a_provincial_officer_of_another_province(ask: Ask) -> None:
    away = replace(OFFICER, unit="Battambang")
    for question in (("Victim", "ageBand", "familyName", "homeVillage"), ("ReturnCase", "state")):
        ask.shown(OFFICER, IN_ORDER, *question)
        ask.absent(away, IN_ORDER, *question)
        ask.absent(replace(OFFICER, unit=""), IN_ORDER, *question)
        ask.absent(OFFICER, replace(IN_ORDER, home_province="Battambang"), *question)


def test_any_field_of_the_identity_after_consent_was_withdrawn(ask: Ask) -> None:
    assert {"familyName", "givenName", "alias", "birthDate", "identityNumber"} < set(IDENTITY)
    ask.shown(KHMER_DESK, IN_ORDER, "Victim", *IDENTITY, clause="art. 9(2)")
    withdrawn = replace(IN_ORDER, said=(*IN_ORDER.said, WITHDRAWN))
    ask.withheld(KHMER_DESK, withdrawn, "Victim", *IDENTITY, reason="CONSENT", clause=NINE)


def test_the_photo_after_consent_was_withdrawn(ask: Ask) -> None:
    photo, clause = ("Victim", "photo"), "TH-KH-2014@3#art. 9(3)"
    ask.shown(KHMER_DESK, IN_ORDER, *photo, clause="art. 9(3)")
    for purpose in ("TRACING", "PHOTO"):
        said = (*IN_ORDER.said, replace(WITHDRAWN, purpose=purpose))
        facts = replace(IN_ORDER, said=said)
        ask.withheld(KHMER_DESK, facts, *photo, reason="CONSENT", clause=clause)


AT_HAND: Final = replace(
    IN_ORDER, state="DOCUMENTS_READY", planned_in=5, assigned=("NGO-CWCC", None)
)
VIETNAMESE: Final = replace(AT_HAND, host="KH", origin="VN", agreement="KH-VN-2005")
READERS: Final = {
    "focal point": (Desk("KH-MOSVY", "FOCAL_POINT", "RETURN"), AT_HAND),
    "reception": (Desk("KH-PTC", "RECEPTION", "RETURN"), AT_HAND),
    "consulate": (Desk("KH-MFAIC", "CONSULAR_OFFICER", "RETURN"), AT_HAND),
    "partner": (Desk("NGO-CWCC", "PARTNER_CASEWORKER", "RETURN"), AT_HAND),
    "another corridor": (Desk("VN-MOLISA", "FOCAL_POINT", "RETURN"), VIETNAMESE),
}


@pytest.mark.parametrize("purpose", ["TRACING", "RETURN"])
@pytest.mark.parametrize("reader", READERS)
def test_no_desk_of_the_origin_reads_a_name_then(ask: Ask, reader: str, purpose: str) -> None:
    """Whoever it is: a consent withdrawn before the handover closes what the request opened."""
    desk, facts = READERS[reader]
    ask.shown(desk, facts, "Victim", *IDENTITY)
    withdrawn = replace(WITHDRAWN, purpose=purpose, recipients=())
    ask.closed(desk, replace(facts, said=(*facts.said, withdrawn)), "Victim", *IDENTITY)


def test_who_has_arrived_is_known_to_the_centre(ask: Ask) -> None:
    arrived = replace(AT_HAND, state="IN_RECEPTION", said=(*IN_ORDER.said, WITHDRAWN))
    ask.shown(READERS["reception"][0], arrived, "Victim", "familyName")


@pytest.mark.parametrize(
    "recipients", [("KH",), ("KH-MOSVY",), ()], ids=["country", "agency", "everybody"]
)
def test_it_closes_however_it_was_withdrawn(ask: Ask, recipients: tuple[str, ...]) -> None:
    said = (*IN_ORDER.said, replace(WITHDRAWN, recipients=recipients))
    name = ("Victim", "familyName")
    ask.withheld(KHMER_DESK, replace(IN_ORDER, said=said), *name, reason="CONSENT", clause=NINE)
    again = Said("TRACING", recipients=recipients or ("KH",), day=11)
    ask.shown(KHMER_DESK, replace(IN_ORDER, said=(*said, again)), *name)


CHILD: Final = replace(IN_ORDER, age=16, guarded=True)


def test_the_photo_of_a_sixteen_year_old(ask: Ask) -> None:
    photo, clause = ("Victim", "photo"), "TH-KH-2014@3#art. 9(3)"
    ask.shown(KHMER_DESK, IN_ORDER, *photo)
    # guardian, assent and best interests open a child's name, and no photo
    ask.shown(KHMER_DESK, CHILD, "Victim", "familyName")
    ask.withheld(KHMER_DESK, CHILD, *photo, reason="MINOR", clause=clause)
    disputed = replace(IN_ORDER, disputed=True, guarded=True)
    ask.withheld(KHMER_DESK, disputed, *photo, reason="MINOR", clause=clause)
    case_worker = Desk("TH-SHELTER", "CASE_WORKER", "TRACING")
    ask.shown(case_worker, replace(CHILD, assigned=("TH-SHELTER", None)), *photo)


def test_a_childs_name_without_its_papers(ask: Ask) -> None:
    bare = replace(CHILD, guarded=False)
    names = ("Victim", "familyName", "homeVillage")
    ask.withheld(KHMER_DESK, bare, *names, reason="MINOR", clause=NINE)
    ask.shown(KHMER_DESK, CHILD, *names)
