"""From touches and judgements to what a stream is told: which fields to look at again.

Takes what events, clock and links touched and what became of each record's
view, gives entries without a number. A change in what is not open makes none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from resolvers.feeding.legend import KINDS, fields_of
from schema.catalog import Catalog, EntitySource

Place = tuple[int, int]
"""Position in the order of commits, and number of the event."""
_FREE = frozenset({"Agency", "Agreement", "Clause", "FocalPoint", "BilateralContact"})


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one record in a stream's view: classes open before and now as bits (None: not
    in the view), and those of them that show what was frozen at the handover. `quiet`: it is found
    by a stream that has just begun.
    """

    kind: str
    record: str
    unit: str
    before: int | None
    now: int | None
    froze: int
    freezes: int
    quiet: bool

    @property
    def won(self) -> int:
        """Classes that opened, or whose values are those of another time."""
        held, here = self.before or 0, self.now or 0
        return (here & ~held) | (here & held & (self.froze ^ self.freezes))

    @property
    def lost(self) -> int:
        """Classes that closed."""
        return (self.before or 0) & ~(self.now or 0)

    @property
    def live(self) -> int:
        """Classes that were open and are, and show the present values."""
        return (self.before or 0) & (self.now or 0) & ~self.freezes


@dataclass(frozen=True, slots=True)
class Look:
    """`fields` None: everything that is open."""

    record: str
    kind: str
    unit: str
    fields: tuple[str, ...] | None


@dataclass(slots=True)
class Touches:
    """What was touched in one step. `units` are persons, `free` records of nobody by type, `loose`
    records whose type is not known.
    """

    units: set[str] = field(default_factory=set)
    decided: set[str] = field(default_factory=set)
    """Persons of whom something changed that only decides who may see them, or that is new."""
    free: dict[str, set[str]] = field(default_factory=dict)
    loose: set[str] = field(default_factory=set)
    records: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    _moments: dict[str, set[str]] = field(default_factory=dict)
    _links: dict[str, tuple[str, str, set[str]]] = field(default_factory=dict)
    _of_unit: dict[str, Place] = field(default_factory=dict)
    _of_record: dict[str, Place] = field(default_factory=dict)

    def event(
        self,
        at: Place,
        record: str,
        kind: str | None,
        unit: str | None,
        names: Iterable[str] | None,
    ) -> None:
        """An event at this place; without names the record is new, and tells nothing that its
        coming into the view would not.
        """
        self._touch(record, kind, unit)
        if unit is not None:
            self._of_unit[unit] = at
            if not names:
                self.decided.add(unit)
        if kind in KINDS:
            self.records.setdefault(str(kind), {}).setdefault(record, set()).update(names or ())
            self._of_record[record] = at

    def moment(
        self, record: str | None, kind: str | None, unit: str | None, names: Iterable[str]
    ) -> None:
        """The clock passed something."""
        if record is not None:
            self._touch(record, kind, unit)
            if kind in KINDS:
                self.records.setdefault(str(kind), {}).setdefault(record, set())
                self._moments.setdefault(record, set()).update(names)
        elif unit is not None:
            self.units.add(unit)

    def linked(self, record: str, kind: str, unit: str, names: set[str]) -> None:
        """Links of the record lead elsewhere now."""
        self._links[record] = (kind, unit, names)

    def order(self, record: str, unit: str, late: Place) -> Place:
        """The last touch of a record; `late` where only clock or rights touched it."""
        own, whole = self._of_record.get(record), self._of_unit.get(unit)
        return max(filter(None, (own, whole)), default=late)

    def named(self, kind: str, record: str) -> set[str]:
        """Fields of the record that events changed."""
        return self.records.get(kind, {}).get(record, set())

    def aged(self, record: str) -> set[str]:
        """Fields of the record that the clock changed."""
        return self._moments.get(record, set())

    @property
    def links(self) -> dict[str, tuple[str, str, set[str]]]:
        """(type, unit, link names) by record."""
        return self._links

    def _touch(self, record: str, kind: str | None, unit: str | None) -> None:
        if unit is not None:
            self.units.add(unit)
        if kind in _FREE:
            self.free.setdefault(str(kind), set()).add(record)
        elif kind is None:
            self.loose.add(record)


@dataclass(frozen=True, slots=True)
class Composed:
    """The looks of a step, and what opened: type and open classes by record."""

    looks: list[Look]
    opened: dict[str, tuple[str, int]]


def compose(catalog: Catalog, changes: Iterable[Change], touches: Touches) -> Composed:
    """The entries of a step but for withdrawals, each record once."""
    opened: dict[str, tuple[str, int]] = {}
    whole: dict[str, Look] = {}
    names: dict[str, tuple[str, str, set[str]]] = {}
    for each in changes:
        entity = catalog.entities[each.kind]
        if each.now is None:
            names.pop(each.record, None)
            whole.pop(each.record, None)
            continue
        if each.before is None or each.now & ~each.before:
            opened[each.record] = (each.kind, each.now)
        if each.before is None:
            if not each.quiet:
                whole[each.record] = Look(each.record, each.kind, each.unit, None)
            continue
        found = set(fields_of(entity, each.won))
        found |= touches.named(each.kind, each.record) & set(fields_of(entity, each.live))
        found |= touches.aged(each.record) & set(fields_of(entity, each.before & each.now))
        if found:
            names.setdefault(each.record, (each.kind, each.unit, set()))[2].update(found)
    for record, (kind, unit, led) in touches.links.items():
        names.setdefault(record, (kind, unit, set()))[2].update(led)
    looks = list(whole.values())
    looks += [
        Look(record, kind, unit, _ordered(catalog.entities[kind], found))
        for record, (kind, unit, found) in names.items()
        if record not in whole
    ]
    return Composed(looks, opened)


def _ordered(entity: EntitySource, names: set[str]) -> tuple[str, ...]:
    return tuple(name for name in entity.fields if name in names)
