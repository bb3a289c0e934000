"""What an examiner found of instruments: amendments to come, codes, lost words."""

from __future__ import annotations

import datetime as dt

from tests.casework.desks import House
from tests.casework.instruments import (
    KHMER,
    TEXT,
    THAI,
    TODAY,
    done,
    draft,
    draft_given,
    enter,
    in_force,
    sign,
    trouble,
)


def test_an_amendment_to_come_was_told_as_the_version_in_force(house: House) -> None:
    made = in_force(house, "TH-KH-TOCOME-2026")
    amended, later = TEXT + " As amended later.", TODAY + dt.timedelta(days=30)
    given = {"agreementId": made["id"], "summary": "one word", "text": amended}
    done(house, KHMER, "amendAgreement", **given)
    for who in (THAI, KHMER):
        sign(house, who, made["id"], 2, amended)
    early = {
        "agreementId": made["id"],
        "version": 2,
        "inForceFrom": (TODAY - dt.timedelta(days=5000)).isoformat(),
        "published": True,
    }
    assert trouble(house, THAI, "bringIntoForce", **early)["field"] == "inForceFrom"
    enter(house, THAI, made["id"], 2, on=later)
    entered = enter(house, KHMER, made["id"], 2, on=later)
    assert (entered["state"], entered["version"]) == ("IN_FORCE", 1)
    with house.owner.transaction():  # the day comes: no act moves it
        house.owner.execute("set local session_replication_role = replica")
        house.owner.execute(
            "update registry.agreement_version set in_force_from = current_date"
            " where version = 2 and agreement_code = 'TH-KH-TOCOME-2026'"
        )
    asked = "query ($id: ID!) { agreement(id: $id) { version } }"
    assert house.ask(KHMER, asked, id=made["id"])["data"]["agreement"] == {"version": 2}


def test_an_organisation_could_find_a_draft_by_trying_codes_that_hold_its_own(
    house: House,
) -> None:
    given = draft_given("TH-KH-INT-IOM-FOO-2026")
    assert trouble(house, THAI, "draftAgreement", **given)["field"] == "code"


def test_a_summary_without_a_text_was_lost(house: House) -> None:
    made = draft(house, "TH-KH-LOST-2026")
    more = {
        "agreementId": made["id"],
        "heldOn": TODAY.isoformat(),
        "outcome": "CONTINUED",
        "summary": "only a summary",
    }
    assert trouble(house, KHMER, "recordNegotiationRound", **more)["field"] == "text"
