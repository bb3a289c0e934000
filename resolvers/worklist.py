"""The worklist: the cases on which the caller's desk has the next step.

Takes the row of a case, gives a condition over `registry.state_edge`: an edge
leads on from the state shown, its actors are of the caller's roles, and its side
is the caller's. Whether the caller sees the case at all, and may read where it
stands, the clauses have said before.
"""

from __future__ import annotations

from resolvers.decision import Decision
from resolvers.parameters import Parameters
from resolvers.predicates import Where
from schema.classes import DataClass

ROOT = "Query.worklist"
CHOSEN_BY = "ReturnCase.state"
READS = ("ReturnCase.dueAt", CHOSEN_BY)
"""What the choice and the order of the list read, as it is logged."""
_END = 14
"""Edges of this number end a return: nobody's next step."""


def next_step(t: str, params: Parameters) -> str:
    """The desk's next step leads on from where the case `t` stands."""
    country, roles = params.ctx("country"), params.ctx("roles", "text[]")
    return (
        f"exists (select from registry.state_edge e where e.source = {t}.state"
        f" and e.number < {_END} and (e.number < 13 or e.target is null) and e.actors && {roles}"
        " and case e.side"
        f" when 'HOST' then {t}.host = {country}"
        f" when 'ORIGIN' then {t}.origin = {country}"
        f" when 'BOTH' then {country} in ({t}.host, {t}.origin)"
        f" else exists (select from registry.agency h where h.code = {t}.holder"
        f" and h.country = {country}) end)"
    )


def listed(decision: Decision, base: Where, record: str, case: str) -> str:
    """The case is on the caller's list: she reads its state, and the next step is her desk's."""
    readable = decision.permitted(DataClass.SHELL, base, record, case)
    return f"({readable} and {next_step(record, base.params)})"
