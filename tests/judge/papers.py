"""Drawn data that belongs to no person: drafts, clauses, focal points, meetings."""

from __future__ import annotations

import datetime as dt

from tests.judge.people import Drawing

DRAWN = "drawn by the judge"
_PARTIES = (("TH", "KH"), ("TH", "LA"), ("INT-IOM", "TH"), ("KH", "VN"))
_KNOWN = ("TH-KH-2014", "TH-LA-2017", "COMMIT-2004", "IOM-MSDHS-2007")


def drafts(d: Drawing) -> None:
    """None to two agreements that nobody published, or a published one without a protocol."""
    for number in range(d.one((0, 0, 1, 2))):
        code = f"DRAFT-{number}"
        d.world.add(
            "Agreement",
            id=d.id(),
            code=code,
            title=f"Draft {number}",
            kind="MOU",
            state="DRAFT",
            signed_on=None,
            supersedes_code=d.one((None, "TH-KH-2014")),
            source=DRAWN,
            verified=False,
            published=d.number(0, 3) == 0,
        )
        for party in d.one(_PARTIES):
            d.world.add("Party", agreement_code=code, party=party)
        d.world.add(
            "Clause",
            id=d.id(),
            agreement_code=code,
            article="art. 1",
            subject="a rule",
            purposes=["TRACING"],
            verified=d.chance(),
        )


def meetings(d: Drawing) -> None:
    """Focal points and contacts, some under an agreement, with who took part and on which case."""
    codes = [*_KNOWN, *(row["code"] for row in d.world.where("Agreement", source=DRAWN))]
    for number in range(d.one((0, 0, 1, 2))):
        d.world.add(
            "FocalPoint",
            id=d.id(),
            agency_code=d.agency_of("TH", "KH"),
            agreement_code=d.one((*codes, None)),
            person=f"Officer {number}",
            title=None,
            phone="+6620000000",
            private_phone="+66811111111",
            corridors=d.one((["KH-TH"], ["LA-TH"], [])),
            since_on=dt.date(2024, 1, 1),
            until_on=d.one((None, dt.date(2030, 1, 1))),
        )
    for number in range(d.one((0, 0, 1, 2))):
        contact = d.world.add(
            "BilateralContact",
            id=d.id(),
            kind="TECHNICAL",
            title=f"Meeting {number}",
            agreement_code=d.one((*codes, None)),
            starts_on=d.day(-30, -10),
            ends_on=None,
            place="Vientiane",
            hosts=["LA-MLSW"],
            countries=d.one((["TH", "KH"], ["TH", "LA"], ["TH", "VN"], [])),
            funder=None,
            agenda="an agenda",
            decisions="decided",
            minutes="minutes",
        )
        agencies = ("TH-DATIP", "KH-MOSVY", "LA-MLSW", "VN-MPS", "INT-IOM")
        for agency in d.few(agencies, 3):
            d.world.add("Participant", contact_id=contact.id, agency_code=agency)
        for case in d.few(d.world.all("ReturnCase"), 2):
            d.world.add("Dealt", contact_id=contact.id, case_id=case.id)
