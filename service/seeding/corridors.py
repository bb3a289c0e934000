"""Where people are found and where they are at home, in realistic shares.

The seed document tells of Thailand as host of Khmer and Lao people and as
origin of women returned from Japan and further away; pairs without a seat or
without a protocol are there so that what membership does not open can be seen.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache

from schema import reference
from service.seeding.chance import Chance

DESKS = {"TH": "TH-DATIP", "KH": "KH-MOSVY", "LA": "LA-MLSW"}
"""The national focal point of each country with a seat."""
TRACERS = {"TH": "TH-PSDHS", "KH": "KH-POSVY", "LA": "LA-PLSW"}
POLICE = {"TH": "TH-ATPD", "KH": "KH-DAHTJP", "LA": "LA-ATD"}
_BILATERAL = ("MOU", "AGREEMENT")
_SHARES: tuple[tuple[float, tuple[str, str]], ...] = (
    (36, ("TH", "KH")),
    (31, ("TH", "LA")),
    (10, ("TH", "MM")),
    (4, ("TH", "VN")),
    (3, ("KH", "TH")),
    (2, ("LA", "TH")),
    (3, ("KH", "VN")),
    (2, ("LA", "VN")),
    (3, ("JP", "TH")),
    (1, ("ZA", "TH")),
    (1, ("GB", "TH")),
    (2, ("CN", "KH")),
    (1, ("CN", "LA")),
    (1, ("MY", "KH")),
)


@dataclass(frozen=True, slots=True)
class Corridor:
    """A pair; `seated` says whether the host has a seat, else the origin holds the case."""

    host: str
    origin: str

    @property
    def seated(self) -> bool:
        return self.host in DESKS

    @property
    def desk(self) -> str:
        """The agency that enters and holds the case before it is handed over."""
        return DESKS[self.host if self.seated else self.origin]

    @property
    def receiving_desk(self) -> str | None:
        """The origin's focal point, None where the origin has no seat."""
        return DESKS.get(self.origin)


def draw(chance: Chance) -> Corridor:
    """One pair by its share."""
    return Corridor(*chance.weighted(_SHARES))


@cache
def hosts_of(origin: str) -> tuple[str, ...]:
    """Countries in which people of this one are found."""
    return tuple(host for _, (host, country) in _SHARES if country == origin)


@cache
def agreement_of(corridor: Corridor, opened: dt.date) -> str | None:
    """The bilateral agreement that a case of the pair, opened that day, was lodged under."""
    pair = {corridor.host, corridor.origin}
    found = [
        a
        for a in reference.agreements()
        if a.kind in _BILATERAL and set(a.parties) == pair and _since(a) <= opened
    ]
    return max(found, key=lambda a: (_since(a), a.code)).code if found else None


def _since(agreement: reference.Agreement) -> dt.date:
    """The first day; of those known by their year alone, the year in the code."""
    return agreement.in_force_from or dt.date(int(agreement.code.rsplit("-", 1)[1]), 7, 1)


@cache
def stood(code: str, on: dt.date) -> bool:
    """Whether an instrument of the reference data had begun by that day."""
    return any(a.code == code and _since(a) <= on for a in reference.agreements())
