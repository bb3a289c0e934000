"""What the sender withholds although a clause opens it (C11), as SQL over one row or all.

Takes the caller's place in a statement, gives expressions over `registry.restriction`.
"""

from __future__ import annotations

from resolvers.belonging import PER_ROW
from resolvers.predicates import Where
from schema.classes import DataClass


def restricted(record: str, where: Where, data_class: DataClass | None) -> str:
    """The sender's restriction covers the row (`data_class` None) or a cell of that class on it
    (C11).
    """
    covers = "r.data_class is null"
    if data_class is not None:
        covers = f"({covers} or r.data_class = '{data_class.value}')"
    return f"exists ({restrictions('', record, where)} and {covers}{PER_ROW})"


def restricted_ids(where: Where, data_class: DataClass) -> str:
    """SELECT of the ids of all records on which the sender restricts this class by its name."""
    return (
        f"select r.record_id from registry.restriction r where {_applies(where)}"
        f" and r.data_class = '{data_class.value}'"
    )


def restrictions(what: str, record: str, where: Where) -> str:
    """SELECT of `what` over the restrictions `r` of the record that bind the caller."""
    return (
        f"select {what} from registry.restriction r where r.record_id = {record}.id"
        f" and {_applies(where)}"
    )


def _applies(where: Where) -> str:
    """The restriction `r` is in time, names the caller and was not set by its own country."""
    agency, country = where.params.ctx("agency"), where.params.ctx("country")
    return (
        "r.from_at <= now() and (r.until_at is null or r.until_at > now())"
        f" and (r.recipient is null or r.recipient in ({agency}, {country}))"
        " and not exists (select from registry.agency b"
        f" where b.code = r.set_by and b.country = {country})"
    )
