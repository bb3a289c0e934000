"""What the sender withholds, as acts ask it: SQL over the case `t` and whoever acts.

An act that compares with what is written, or writes over it, would else answer
questions about what its caller may not see.
"""

from __future__ import annotations

from schema.classes import DataClass

_IN_TIME = "r.from_at <= now() and (r.until_at is null or r.until_at > now())"
HELD_BACK = (
    "exists (select from registry.restriction r join registry.agency b on b.code = r.set_by"
    f" where {_IN_TIME} and b.country = t.host and t.host <> t.origin"
    " and (r.recipient is null or r.recipient = t.origin)"
    " and (r.record_id in (t.id, t.victim_id)))"
)
"""The host withholds the case or its person from the whole country of origin: it is to hold both,
and nobody could lift it after the handover.
"""


def withheld(records: str, data_class: DataClass) -> str:
    """The other side withholds one of the records, or this class of it, from whoever acts."""
    return (
        f"exists (select from registry.restriction r where r.record_id in ({records})"
        f" and (r.data_class is null or r.data_class = '{data_class.value}') and {_IN_TIME}"
        " and (r.recipient is null or r.recipient in ({agency}, {country}))"
        " and not exists (select from registry.agency b where b.code = r.set_by"
        " and b.country = {country}))"
    )


def seal_drafts() -> str:
    """INSERT of a restriction on each assessment of the case ($1) but the newest, set by the agency
    ($2): a draft that was not sent is nobody else's.
    """
    return (
        "insert into registry.restriction (id, record_id, set_by, from_at)"
        " select gen_random_uuid(), a.id, $2, clock_timestamp() from registry.assessment a"
        " where a.case_id = $1::uuid and a.id <> (select n.id from registry.assessment n"
        " where n.case_id = a.case_id order by n.recorded_at desc, n.id limit 1)"
        " and not exists (select from registry.restriction r where r.record_id = a.id"
        " and r.recipient is null and r.until_at is null)"
    )
