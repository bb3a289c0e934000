"""What many accesses come to: refusals by reason and agency, and figures that stand on few records.

Takes accesses as they come, gives counts. Nothing of a single person is in them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from schema.codes import DenialReason
from service.ledger.accesses import Access

_ORDER = [reason.value for reason in DenialReason]


@dataclass(slots=True)
class Refusals:
    """Of one reason and agency: in how many accesses, fields refused on every row, and records on
    which a field was withheld, by field.
    """

    reason: str
    agency: str
    accesses: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    withheld: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """For machines."""
        return {
            "reason": self.reason,
            "agency": self.agency,
            "accesses": self.accesses,
            "refused": dict(sorted(self.refused.items())),
            "withheld": dict(sorted(self.withheld.items())),
        }


async def by_reason(found: AsyncIterator[Access], only: str | None) -> list[Refusals]:
    """Refusals by reason, in the order in which a grant is tested, then by agency. `only` this
    reason.
    """
    tallies: dict[tuple[str, str], Refusals] = {}
    async for access in found:
        met = set()
        for name, reason in access.refusals:
            tally = tallies.setdefault((reason, access.agency), Refusals(reason, access.agency))
            tally.refused[name] = tally.refused.get(name, 0) + 1
            met.add(reason)
        for name, reason, count in access.withheld:
            tally = tallies.setdefault((reason, access.agency), Refusals(reason, access.agency))
            tally.withheld[name] = tally.withheld.get(name, 0) + count
            met.add(reason)
        for reason in met:
            tallies[reason, access.agency].accesses += 1
    kept = [tally for tally in tallies.values() if only in (None, tally.reason)]
    return sorted(kept, key=lambda t: (_rank(t.reason), t.reason, t.agency))


def _rank(reason: str) -> int:
    return _ORDER.index(reason) if reason in _ORDER else len(_ORDER)


@dataclass(frozen=True, slots=True)
class Cells:
    """Operations for statistics: how many, how many of them showed records, those that stand on
    fewer of them than `below`, and over which fields figures were made, in how many operations.
    Figures stand on no record: they are released in lots of eleven (docs/statistics.md).
    """

    below: int
    asked: int
    answered: int
    small: Sequence[Access]
    figures: int = 0
    fields: Mapping[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """For machines."""
        small = [{**access.as_json(), "records": access.records} for access in self.small]
        return {
            "below": self.below,
            "asked": self.asked,
            "answered": self.answered,
            "small": small,
            "figures": self.figures,
            "fields": dict(sorted(self.fields.items())),
        }


async def small_cells(found: AsyncIterator[Access], below: int) -> Cells:
    """Of operations for statistics those that stand on at least one and fewer than `below`."""
    everything = [access async for access in found]
    figures = [a for a in everything if a.outcome == "DISCLOSED" and a.searched and not a.records]
    fields = Counter(name for access in figures for name in access.searched)
    answered = [access for access in everything if access.records]
    small = tuple(access for access in answered if access.records < below)
    return Cells(below, len(everything), len(answered), small, len(figures), fields)
