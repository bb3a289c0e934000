"""What a record holds, by the schema's field names, and how an answer writes it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from schema.catalog import catalog
from tests.judges.facts import Moment, is_adult, latest_birth, years_before
from tests.judges.world import TYPES, Case, Consent, Record, Victim

_BANDS = ((9, "0-8"), (18, "9-17"), (21, "18-20"), (24, "21-23"), (27, "24-26"), (30, "27-29"))
_LATER = ((39, "30-38"), (48, "39-47"))
_NAMES = {
    ("Referral", "from"): "from_agency",
    ("Referral", "to"): "to_agency",
    ("LegalRequest", "agency"): "agency_code",
    ("Transition", "agency"): "actor_agency",
    ("ReturnCase", "plan"): "reintegration_plan",
}


def type_of(record: Record) -> str:
    return TYPES[type(record)]


def stored(m: Moment, record: Record, name: str) -> Any:
    """The value of a field, whoever asks. What a world does not hold is null."""
    made = _MADE.get((type_of(record), name))
    if made is not None:
        return made(m, record)
    attribute = _NAMES.get((type_of(record), name)) or re.sub(
        "[A-Z]", lambda match: "_" + match[0].lower(), name
    )
    value = getattr(record, attribute, None)
    return list(value) if isinstance(value, tuple) else value


def written(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, dt.date):
        return value.isoformat()
    return value


def class_of(entity: str, name: str) -> str:
    """The data class of a field, `""` for an id, a link or a connection."""
    return str(catalog().entities[entity].fields[name].data_class or "")


def _age_band(m: Moment, victim: Any) -> str | None:
    born = latest_birth(victim)
    if born is None:
        return None
    for years, band in (*_BANDS, *_LATER):
        if born > years_before(m.today, years):
            return band
    return "48+"


_LIMITS = {
    "SCREENED": 15,
    "IDENTIFIED": 7,
    "TRACING_REQUESTED": 7,
    "TRACING": 30,
    "ASSESSED": 14,
    "RETURN_PLANNED": 14,
    "DOCUMENTS_READY": 7,
    "HANDED_OVER": 1,
    "IN_RECEPTION": 7,
    "FOLLOW_UP": 365,
}
"""Days until the next step, by the state that it leads on from (domain model, section 4)."""


def _due_at(_: Moment, case: Any) -> dt.datetime | None:
    days = _LIMITS.get(case.state)
    return None if days is None else case.state_since + dt.timedelta(days=days)


def _overdue(m: Moment, case: Any) -> bool:
    due = _due_at(m, case)
    return due is not None and due < m.now


def _stated(state: str) -> Callable[[Moment, Any], Any]:
    return lambda _, consent: consent.stated_at if consent.state == state else None


_MADE: dict[tuple[str, str], Callable[[Moment, Any], Any]] = {
    ("Victim", "ageBand"): _age_band,
    ("Victim", "isMinor"): lambda m, victim: not is_adult(m, victim),
    ("ReturnCase", "dueAt"): _due_at,
    ("ReturnCase", "overdue"): _overdue,
    ("Consent", "givenAt"): _stated("GIVEN"),
    ("Consent", "withdrawnAt"): _stated("WITHDRAWN"),
}
__all__ = ["Case", "Consent", "Victim", "class_of", "stored", "type_of", "written"]
