"""Acts that erased lines name: each has to be a record of kind POLICY further on in the tree.

Takes what the export shows in the tree's order, gives problems. An act is
committed after what it erases has its place, so it stands behind it. Where the
export ends early, or a leaf behind is withheld, the act may be there unseen.
"""

from __future__ import annotations

from typing import Final

from ledger.fsck.report import Findings, Kind, Problem

_OPEN: Final = 100_000
"""Acts that are looked for at a time: an act erases many records at once."""


class Erasures:
    """Erased lines and acts of one export."""

    def __init__(self) -> None:
        self._wanted: dict[bytes, tuple[int, int, str, int]] = {}
        self._too_many: tuple[int, str, int] | None = None
        self._withheld = -1
        self.erased = 0
        self.withheld = 0

    def erase(self, index: int, act: bytes, path: str, line: int) -> None:
        """Leaf `index` was erased by `act`, an id."""
        self.erased += 1
        first = self._wanted.get(act)
        if first is not None:
            self._wanted[act] = (index, *first[1:])
        elif len(self._wanted) < _OPEN:
            self._wanted[act] = (index, index, path, line)
        elif self._too_many is None:
            self._too_many = (index, path, line)

    def withhold(self, index: int) -> None:
        """Leaf `index` is outside the exporter's scope."""
        self.withheld += 1
        self._withheld = index

    def policy(self, act: bytes) -> None:
        """A record of kind POLICY has this id."""
        self._wanted.pop(act, None)

    def end(self, findings: Findings, *, to_the_end: bool) -> int:
        """How many acts may stand where the export does not show; the others are problems."""
        elsewhere = 0
        for act, (last, first, path, line) in self._wanted.items():
            if not to_the_end or self._withheld > last:
                elsewhere += 1
                continue
            text = (
                f"leaf {first} was erased by act {act.decode()}, which no POLICY record"
                f" behind it is: `{path}` line {line}"
            )
            findings.add(Problem(Kind.ACT, text, first, None, path, line))
        if self._too_many is not None:
            index, path, line = self._too_many
            text = f"more than {_OPEN} acts are named before they come; from leaf {index} on"
            findings.add(Problem(Kind.ACT, f"{text} some were not looked for", index, None, path))
        return elsewhere
