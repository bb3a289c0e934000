"""Acts that erased lines name: each has to be a record of kind POLICY further on in the tree, that
says to have erased them.

Takes what the export shows in the tree's order, gives problems. An act is
committed after what it erases has its place, so it stands behind it. Where the
export ends early, or a leaf behind is withheld, the act may be there unseen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledger.fsck.report import Findings, Kind, Problem

_OPEN: Final = 100_000
"""Acts that are looked for at a time: an act erases many records at once."""


@dataclass(slots=True)
class _Named:
    """An act as erased lines name it: how often, between which leaves, and where first."""

    number: int
    first: int
    last: int
    path: str
    line: int


class Erasures:
    """Erased lines and acts of one export."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._wanted: dict[bytes, _Named] = {}
        self._too_many: tuple[int, str, int] | None = None
        self._withheld = -1
        self.erased = 0
        self.withheld = 0

    def erase(self, index: int, act: bytes, path: str, line: int) -> None:
        """Leaf `index` was erased by `act`, an id."""
        self.erased += 1
        named = self._wanted.get(act)
        if named is not None:
            named.number += 1
            named.last = index
        elif len(self._wanted) < _OPEN:
            self._wanted[act] = _Named(1, index, index, path, line)
        elif self._too_many is None:
            self._too_many = (index, path, line)

    def withhold(self, index: int) -> None:
        """Leaf `index` is outside the exporter's scope."""
        self.withheld += 1
        self._withheld = index

    def act(self, act: bytes, first: int, last: int, number: int) -> None:
        """The act with this id erased so many of the leaves from `first` to `last`."""
        named = self._wanted.pop(act, None)
        if named is None or (
            first <= named.first and named.last <= last and named.number <= number
        ):
            return
        self._wrong(
            named,
            f"act {act.decode()} erased {number} of leaves {first} to {last}, and is named for"
            f" {named.number} of leaves {named.first} to {named.last}",
        )

    def end(self, *, to_the_end: bool) -> int:
        """How many acts may stand where the export does not show; the others are problems."""
        elsewhere = 0
        for act, named in self._wanted.items():
            if not to_the_end or self._withheld > named.last:
                elsewhere += 1
                continue
            self._wrong(
                named,
                f"leaf {named.first} was erased by act {act.decode()}, which no POLICY record"
                " behind it is",
            )
        if self._too_many is not None:
            index, path, line = self._too_many
            text = f"more than {_OPEN} acts are named before they come, some were not looked for"
            self._wrong(_Named(1, index, index, path, line), text)
        return elsewhere

    def _wrong(self, named: _Named, text: str) -> None:
        where = f"`{named.path}` line {named.line}"
        self._findings.add(
            Problem(Kind.ACT, f"{text}: {where}", named.first, None, named.path, named.line)
        )
