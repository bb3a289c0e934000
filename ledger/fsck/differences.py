"""Where records and tree part: changed, dropped, inserted or reordered.

Takes one pair at a time: a record that stands where the tree has another leaf,
a leaf that has no record, or both. A hash that is missing in one place and in
excess in another was moved: then its pair is no change, drop or insertion but a
reordering. Gives the first difference and how many there are of each kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledger.fsck.report import RECORD_KINDS, Findings, Kind, Problem

_OPEN: Final = 65_536
"""Differences whose partner is looked for; beyond them a move counts as what it looks like."""


_EARLY: Final = 1000
"""Differences among which the first of each kind is looked for."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A record as it stands in the export; `fault` says what else is wrong with its line."""

    hash: bytes
    record: str | None
    fault: str | None


@dataclass(slots=True)
class _Difference:
    kind: Kind
    index: int
    record: str | None
    path: str
    line: int
    fault: str | None


class Differences:
    """All differences of one export."""

    def __init__(self) -> None:
        self._early: list[_Difference] = []
        self._counts = dict.fromkeys(RECORD_KINDS, 0)
        self._lost: dict[bytes, _Difference] = {}
        self._extra: dict[bytes, _Difference] = {}

    def add(self, seen: Seen | None, lost: bytes | None, index: int, path: str, line: int) -> None:
        """`seen` stands at a place where the tree has the leaf hash `lost`, `index` of the tree;
        one of them may be absent. `path` and `line` say where in the export.
        """
        kind = Kind.DROPPED if seen is None else Kind.INSERTED if lost is None else Kind.CHANGED
        came = None if seen is None else self._lost.pop(seen.hash, None)
        went = None if lost is None else self._extra.pop(lost, None)
        if came is not None and seen is not None:
            came.record = came.record or seen.record
        for partner in (came, went):
            if partner is not None:
                self._moved(partner)
        mine = came or went
        if mine is None:
            record, fault = (seen.record, seen.fault) if seen is not None else (None, None)
            mine = _Difference(kind, index, record, path, line, fault)
            if len(self._early) < _EARLY:
                self._early.append(mine)
            self._counts[kind] += 1
        if len(self._lost) + len(self._extra) < _OPEN:
            if lost is not None and went is None:
                self._lost.setdefault(lost, mine)
            if seen is not None and came is None:
                self._extra.setdefault(seen.hash, mine)

    def end(self, findings: Findings) -> None:
        """Hand over the first difference of each kind and the number of all others."""
        for kind, number in self._counts.items():
            if number <= 0:
                continue
            first = next((early for early in self._early if early.kind is kind), None)
            if first is None:
                text = f"{number} of them, behind the first {_EARLY} differences"
                findings.add(Problem(kind, f"{kind.value}: {text}", self._early[-1].index), number)
            else:
                findings.add(_problem(first), number)

    def _moved(self, difference: _Difference) -> None:
        if difference.kind is not Kind.REORDERED:
            self._counts[difference.kind] -= 1
            self._counts[Kind.REORDERED] += 1
            difference.kind = Kind.REORDERED


_WORDS: Final = {
    Kind.CHANGED: "is not what the log has",
    Kind.DROPPED: "is missing, it would stand",
    Kind.INSERTED: "stands a record that the log does not have",
    Kind.REORDERED: "is not in the log's order",
}


def _problem(first: _Difference) -> Problem:
    named = f" (record {first.record})" if first.record else ""
    what = f"at leaf {first.index}" if first.kind is Kind.INSERTED else f"leaf {first.index}"
    fault = f"; the line {first.fault}" if first.fault else ""
    text = f"{what}{named} {_WORDS[first.kind]}: `{first.path}` line {first.line}{fault}"
    return Problem(first.kind, text, first.index, first.record, first.path, first.line)
