"""The worklist: the cases on which the caller's desk has the next step.

Takes the row of a case, gives a condition over `registry.state_edge`: an edge
leads on from the state shown, its side is the caller's, and one of its actors is a
role of hers whose part in it is not done yet. What is done is read from what her
own side did; a word of the other side, which asks for hers, brings the case back.
Whether the caller sees the case at all, and may read where it stands, the clauses
have said before.
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
_LEADS_ON = (
    f"e.number < {_END} and (e.number < 13 or e.target is null)"
    " and (e.target is distinct from 'CLOSED' or e.source = 'FOLLOW_UP')"
)
"""To let a case rest, and to close it before anybody followed it up, is possible, not due."""


def next_step(t: str, params: Parameters) -> str:
    """The desk's next step leads on from where the case `t` stands."""
    country, roles = params.ctx("country"), params.ctx("roles", "text[]")
    return (
        "exists (select from registry.state_edge e, unnest(e.actors) a(role)"
        f" where e.source = {t}.state and {_LEADS_ON} and a.role = any({roles})"
        " and case e.side"
        f" when 'HOST' then {t}.host = {country}"
        f" when 'ORIGIN' then {t}.origin = {country}"
        f" when 'BOTH' then {country} in ({t}.host, {t}.origin)"
        f" else exists (select from registry.agency h where h.code = {t}.holder"
        f" and h.country = {country}) end"
        f" and not {_part_done(t, country)})"
    )


def _part_done(t: str, country: str) -> str:
    """What the actor `a` has to do on edge `e` was done by her side since the case came here.

    The consulate is origin's and the permit the host's, as are the stamps of each border.
    """
    reported = (
        f"exists (select from registry.assessment r where r.case_id = {t}.id"
        f" and r.recorded_at >= {t}.state_since)"
    )
    spoken = (
        f"(select g.side = case {country} when {t}.host then 'HOST' else 'ORIGIN' end"
        f" from registry.signature g where g.case_id = {t}.id and g.at >= {t}.state_since"
        " order by g.at desc limit 1)"
    )
    paper = (
        f"(select {{}} from registry.travel_paper p where p.case_id = {t}.id"
        " order by p.recorded_at desc, p.id limit 1)"
    ).format
    document = paper("p.travel_document is not null and p.identity_verified")
    stamp = paper(
        f"case {country} when {t}.host then p.departed_at else p.arrived_at end is not null"
    )
    return (
        "coalesce(case e.source || ' ' || a.role"
        f" when 'TRACING TRACING_OFFICER' then {reported}"
        f" when 'ASSESSED FOCAL_POINT' then {spoken}"
        f" when 'RETURN_PLANNED CONSULAR_OFFICER' then {t}.origin = {country} and {document}"
        f" when 'RETURN_PLANNED BORDER_OFFICER' then {t}.host = {country}"
        f" and {paper('p.exit_permit is not null')}"
        f" when 'DOCUMENTS_READY FOCAL_POINT' then {spoken}"
        f" when 'DOCUMENTS_READY BORDER_OFFICER' then {stamp}"
        " end, false)"
    )


def listed(decision: Decision, base: Where, record: str, case: str) -> str:
    """The case is on the caller's list: she reads its state, and the next step is her desk's."""
    readable = decision.permitted(DataClass.SHELL, base, record, case)
    return f"({readable} and {next_step(record, base.params)})"
