"""Who acts: the agency and the role that take an edge, on either side of a case.

Takes a corridor and an edge of `schema.machine`, gives an agency and a role that
the edge names. An origin without a seat has no official in the registry.
"""

from __future__ import annotations

from dataclasses import dataclass

from schema.codes import Role
from schema.machine import Actor, Edge
from service.seeding.chance import Chance
from service.seeding.corridors import DESKS, POLICE, TRACERS, Corridor

SHELTERS = ("Nonthaburi", "Phitsanulok", "Ranong", "Songkhla", "Surat Thani")
NGOS = {
    "TH": ("NGO-AAT", "NGO-LPN"),
    "KH": ("NGO-AFESIP", "NGO-CWCC", "NGO-CCPCR"),
    "LA": ("NGO-VFI",),
}
IOM = "INT-IOM"
_WORKERS = {"TH": "TH-SHELTER", "KH": "NGO-AFESIP", "LA": "LA-LWU"}
_TEAMS = {"TH": "TH-MDT", "KH": "KH-DAHTJP", "LA": "LA-ATD"}
_CONSULATES = {"TH": "TH-MFA", "KH": "KH-MFAIC", "LA": "LA-MOFA"}
_CENTRES = {"TH": "TH-SHELTER", "KH": "KH-PTC", "LA": "LA-MLSW"}
_BORDER = {"TH": "TH-IMM"}
_BY_ROLE = {
    Role.CASE_WORKER: _WORKERS,
    Role.FOCAL_POINT: DESKS,
    Role.TRACING_OFFICER: TRACERS,
    Role.INVESTIGATOR: POLICE,
    Role.BORDER_OFFICER: _BORDER,
    Role.RECEPTION: _CENTRES,
    Role.MDT_MEMBER: _TEAMS,
    Role.CONSULAR_OFFICER: _CONSULATES,
}
_UNITS = {"KH-PTC": "Poipet", "LA-MLSW": "Vientiane Transit"}


@dataclass(frozen=True, slots=True)
class Official:
    """Who takes a step, and for which unit."""

    agency: str
    role: Role
    unit: str | None = None


def actors(edge: Edge, corridor: Corridor, helper: Official | None) -> list[Official]:
    """Those whom the edge names; `helper` is who follows up the return, if anybody does."""
    countries = {
        Actor.HOST: (corridor.host, corridor.origin),
        Actor.ORIGIN: (corridor.origin,),
        Actor.BOTH: (corridor.host, corridor.origin),
        Actor.HOLDER: (corridor.desk[:2],),
    }[edge.side]
    if edge.side is Actor.HOST and corridor.seated:
        countries = countries[:1]
    found = [
        Official(_BY_ROLE[role][country], role)
        for role in edge.actors
        for country in countries
        if country in _BY_ROLE.get(role, {})
    ]
    if helper is not None and helper.role in edge.actors:
        found = [helper]
    return found or [Official(corridor.desk, Role.FOCAL_POINT)]


def finder(chance: Chance, corridor: Corridor) -> Official:
    """Who found the person and enters the case: a shelter, the police, or those who help."""
    if not corridor.seated:
        return Official(corridor.desk, Role.FOCAL_POINT)
    host = corridor.host
    point = chance.real()
    if point < 0.2:
        return Official(POLICE[host], Role.INVESTIGATOR)
    if point < 0.35:
        return Official(chance.pick(NGOS[host]), Role.CASE_WORKER)
    unit = chance.pick(SHELTERS) if host == "TH" else None
    return Official(_WORKERS[host], Role.CASE_WORKER, unit)


def centre(chance: Chance, origin: str) -> Official | None:
    """Who receives on the other side, None where the origin has no seat."""
    agency = _CENTRES.get(origin)
    if agency is None:
        return None
    unit = _UNITS.get(agency) or chance.pick(SHELTERS)
    return Official(agency, Role.RECEPTION, unit)


def follower(chance: Chance, origin: str) -> Official:
    """Who goes with the person after the return."""
    if origin == "LA" and chance.true(0.5):
        return Official("LA-LWU", Role.CASE_WORKER)
    if chance.true(0.2):
        return Official(IOM, Role.PARTNER_CASEWORKER)
    return Official(chance.pick(NGOS[origin]), Role.PARTNER_CASEWORKER)
