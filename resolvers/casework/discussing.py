"""Which cases a meeting dealt with: said of the case, by a desk whose agency took part.

The link opens nothing: whoever reads the contact sees those of its cases that a
clause opens to her anyway, and no number of the others.
"""

from __future__ import annotations

from resolvers.casework.custody import CUSTODY, not_the_desk
from resolvers.casework.definitions import Act, Work, Written
from resolvers.casework.given import all_of, common
from resolvers.casework.steps import CASE
from resolvers.casework.verdicts import done_before, invalid

_LINK = (
    "insert into registry.contact_case (contact_id, case_id) values ($1::uuid, $2::uuid)"
    " on conflict do nothing"
)


def _discussed(work: Work) -> Written:
    troubles = not_the_desk(work)
    if troubles:
        return Written(troubles=troubles)
    if not work.stand.is_true("there"):
        return Written(troubles=(invalid("contactId", "one's own agency took part in it"),))
    if work.stand.is_true("ahead"):
        return Written(troubles=(invalid("contactId", "it has begun"),))
    if work.stand.is_true("dealt"):
        return Written(troubles=(done_before("this contact is on record with the case"),))
    return Written(((_LINK, (work.given["contactId"], work.case)),))


ACTS: tuple[Act, ...] = (
    Act(
        "discussCase",
        "CasePayload",
        "ReturnCase",
        CASE,
        _discussed,
        all_of(common),
        facts={
            **CUSTODY,
            "there": (
                "exists (select from registry.contact_participant p"
                " where p.contact_id = {given_contactId:uuid} and p.agency_code = {agency})"
            ),
            "ahead": (
                "exists (select from registry.bilateral_contact b"
                " where b.id = {given_contactId:uuid} and b.starts_on > current_date + 1)"
            ),
            "dealt": (
                "exists (select from registry.contact_case d"
                " where d.contact_id = {given_contactId:uuid} and d.case_id = t.id)"
            ),
        },
        sees={"contactId": ("BilateralContact",)},
    ),
)
