"""What a draft of an agreement may not say, each told by its field and rule."""

from __future__ import annotations

import pytest

from tests.casework.desks import House
from tests.casework.instruments import (
    THAI,
    document,
    draft,
    draft_given,
    hash_of,
    trouble,
)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("code", {"code": "KH-VN-2026"}),
        ("code", {"code": "TH-KH-26"}),
        ("code", {"code": "TH-KH-x-2026"}),
        ("parties", {"parties": ["TH"]}),
        ("parties", {"parties": ["TH", "TH"]}),
        ("parties", {"code": "TH-QQ-2026", "parties": ["TH", "QQ"]}),
        ("parties", {"code": "TH-TH-DATIP-2026", "parties": ["TH", "TH-DATIP"]}),
        ("kind", {"kind": "LAW"}),
        ("areas", {"areas": []}),
        ("text", {"text": "x" * 100_001}),
        ("title", {"title": "a\u0007b"}),
        ("parentId", {"parentId": "no id at all"}),
        ("supersedesId", {"supersedesId": "0195f2a0-0000-7000-8000-000000000000"}),
    ],
)
def test_what_a_draft_may_not_say(house: House, field: str, change: dict[str, object]) -> None:
    given = draft_given("TH-KH-WRONG-2026") | change
    if field == "parentId":
        body = house.ask(THAI, _document(given), None, **given)
        assert body["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        return
    assert trouble(house, THAI, "draftAgreement", **given)["field"] == field


def test_days_of_another_era_are_told(house: House) -> None:
    made = draft(house, "TH-KH-ERA-2026")
    given = {"agreementId": made["id"], "version": 1, "contentHash": hash_of()}
    problem = trouble(house, THAI, "signAgreement", signedOn="2569-01-01", **given)
    assert "2551" in problem["rule"]


def _document(given: dict[str, object]) -> str:
    return document("draftAgreement", given)
