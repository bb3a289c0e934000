"""Who has the person in care, and which agencies a case may be given to.

What is written of a person or stated by her is written by the side that holds
her case: a clause says which desk may, this says that it is its turn.
"""

from __future__ import annotations

from collections.abc import Mapping

from resolvers.casework.definitions import Facts, Given, Trouble, Work
from resolvers.casework.given import text_of
from resolvers.casework.verdicts import invalid, not_permitted
from schema.codes import Role

_HELD = (
    "exists (select from registry.agency h where h.code = {holder}"
    " and (h.code = {{agency}} or h.country = {{country}}))"
)
CUSTODY: Mapping[str, str] = {
    "custody": _HELD.format(holder="t.holder"),
    "holds": "t.holder = {agency}",
}
"""The facts that the caller's country, or her organisation, holds the case `t`, and that her agency
does.
"""
CUSTODY_OF_PERSON: Mapping[str, str] = {
    "custody": "(select "
    + _HELD.format(holder="c.holder")
    + " from registry.return_case c where c.victim_id = t.id"
    " order by c.opened_on desc, c.recorded_at desc, c.id limit 1)"
}
"""The same of the newest case of the person `t`."""
GIVEN_AGENCY: Mapping[str, str] = {
    "agency_known": "(select a.code = {agency} from registry.agency a"
    " where a.code = {given_agency} and (a.country is null or a.country = {country}))"
}
"""Null where `agency` is none of the caller's country and no organisation; true where it is her
own.
"""


def out_of_hands(work: Work) -> tuple[Trouble, ...]:
    """The trouble where another side holds the case."""
    if work.stand.is_true("custody"):
        return ()
    return (not_permitted("NOT_ASSIGNED", work.stand.clause, None),)


def not_the_desk(work: Work) -> tuple[Trouble, ...]:
    """The trouble where one has the case in hand, and others decide who else has: the agency that
    holds it, and its country's focal point.
    """
    if not work.stand.is_true("custody"):
        return out_of_hands(work)
    if work.stand.is_true("holds") or Role.FOCAL_POINT in work.caller.roles:
        return ()
    return (not_permitted("NOT_ASSIGNED", work.stand.clause, None),)


def known_unit(agency: str) -> str:
    """SQL of the fact that the argument `unit` is a unit of the agency in the argument `agency`."""
    return (
        f"(select true from registry.agency_unit u where u.agency_code = {{given_{agency}}}"
        " and u.code = {given_unit})"
    )


def not_a_unit(given: Given, facts: Facts) -> tuple[Trouble, ...]:
    """The trouble where a unit is named that the agency does not have: a case that is given to it
    would be in nobody's hands.
    """
    if text_of(given, "unit") is None or facts["unit_known"] is not None:
        return ()
    return (invalid("unit", "it is a unit of this agency"),)


def not_an_agency(argument: str) -> Trouble:
    """The trouble where a case cannot be given to an agency."""
    return invalid(argument, "it is an agency of this country, or an organisation without one")
