"""Emergency openings: a case opened by one person for one hour, and what the reviewer found."""

from __future__ import annotations

import datetime as dt

from schema.classes import DataClass
from schema.codes import ReviewFinding
from schema.held import Binding, entity, held, to_one
from schema.types.records import Record
from schema.types.refs import ReturnCaseRef

_REVIEW = "(select r.{column} from registry.emergency_review r where r.opening_id = {{t}}.id)"


def _of_review(column: str) -> str:
    return _REVIEW.format(column=column)


@entity(
    table="registry.emergency_opening",
    binding=Binding.PART,
    singular="emergencyOpening",
    plural="emergencyOpenings",
)
class EmergencyOpening(Record):
    """A return case that one person opened in an emergency, for one hour and with a reason.

    The holder of the case sees it at once. Another person reviews it within 72
    hours; `overdue` tells where nobody did.
    """

    agency: str | None = held(
        DataClass.EMERGENCY, "Code of the agency that opened it.", column="agency_code"
    )
    opened_by: str | None = held(
        DataClass.EMERGENCY, "The person, as her issuer names her.", column="subject"
    )
    clause: str | None = held(DataClass.EMERGENCY, "Under which clause, as `TH-LAW@1#rule 30`.")
    reason: str | None = held(DataClass.EMERGENCY, "Why, in the words of who opened it.")
    opened_at: dt.datetime | None = held(DataClass.EMERGENCY, "When it was opened.")
    until: dt.datetime | None = held(
        DataClass.EMERGENCY, "When it closes by itself.", column="until_at"
    )
    review_by: dt.datetime | None = held(
        DataClass.EMERGENCY,
        "By when another person has to review it.",
        sql="{t}.opened_at + interval '72 hours'",
    )
    reviewed_at: dt.datetime | None = held(
        DataClass.EMERGENCY, "When it was reviewed; null while it was not.", sql=_of_review("at")
    )
    reviewed_by: str | None = held(
        DataClass.EMERGENCY, "Who reviewed it.", sql=_of_review("subject")
    )
    finding: str | None = held(
        DataClass.EMERGENCY,
        "What the reviewer found.",
        sql=_of_review("finding"),
        codes=ReviewFinding,
    )
    overdue: bool | None = held(
        DataClass.EMERGENCY,
        "Whether the time for the review has passed and nobody made it.",
        sql="({t}.opened_at + interval '72 hours' < now() and not exists"
        " (select from registry.emergency_review r where r.opening_id = {t}.id))",
    )
    return_case: ReturnCaseRef | None = to_one("{t}.id = {p}.case_id", "The case opened.")
