"""What was done with a record: `history`, and its entries."""

from __future__ import annotations

import datetime as dt
from typing import Any

import strawberry

from schema.classes import DataClass
from schema.held import HISTORY, detail, held


@detail
class HistoryEntry:
    """A change of a record, committed as one. By whom, by which act, under which clause and why is
    told within the country whose agency did it.
    """

    at: dt.datetime | None = held(DataClass.SHELL, "When.")
    is_new: bool | None = held(DataClass.SHELL, "Whether the record came with it.")
    fields: list[str] | None = held(
        DataClass.SHELL, "The fields that it changed, of those that the caller may read now."
    )
    act: str | None = held(DataClass.SHELL, "The act, as `amendVictim`.")
    agency: str | None = held(DataClass.SHELL, "Code of the agency that did it.")
    clause: str | None = held(
        DataClass.SHELL, "The clause that permitted the act, as `TH-LAW@1#rule 3`."
    )
    reason: str | None = held(DataClass.SHELL, "Why, in the words of who did it.")
    access_record: strawberry.ID | None = held(
        DataClass.SHELL, "Id of the access record of the act: for auditors it names the person."
    )


def history() -> Any:
    """Declare the history of a record."""
    return held(
        DataClass.SHELL,
        "What was done with the record, oldest first: the newest hundred changes of fields that "
        "the caller may read. Another country's changes stand in it from the notification on.",
        sql=HISTORY,
    )
