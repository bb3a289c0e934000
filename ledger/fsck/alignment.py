"""The records of an export beside the leaves of the tree, and where the two part.

Takes the leaf hashes of tile after tile, reads as many records, and tells what
is beside what. As long as both agree a tile costs one comparison. Where they
part, the nearest place at which they agree again is looked for in a window;
what lies between is handed to `Differences`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ledger.fsck.differences import Differences, Seen
from ledger.fsck.erasures import Erasures
from ledger.fsck.records import Bare, Begins, Erased, Erasing, Fault, Records, Withheld
from ledger.fsck.report import Findings, Kind, Problem
from ledger.hashing import HASH_BYTES
from ledger.tiles import hashes_of

_WINDOW: Final = 1024


class Alignment:
    """Records and leaves of one export, from leaf `start` on."""

    def __init__(self, records: Records, start: int, findings: Findings) -> None:
        self._records = records
        self._findings = findings
        self._waiting: list[bytes] = []
        self._parted = -1
        """Before this line of the stream the two parted."""
        self.leaf = start
        """The next leaf whose record was not met."""
        self.differences = Differences()
        self.erasures = Erasures(findings)

    @property
    def more(self) -> bool:
        """Whether there are records that were not met."""
        self._records.fill(1)
        return bool(self._records.hashes)

    def beside(self, count: int) -> bytes:
        """The hashes of the next `count` records or fewer, where nothing waits; else nothing."""
        if self._waiting:
            return b""
        self._records.fill(count)
        return b"".join(self._records.hashes[:count])

    def feed(self, leaves: bytes) -> None:
        """The next leaves of the tree, 32 bytes each."""
        records, count = self._records, len(leaves) // HASH_BYTES
        if not self._waiting:
            records.fill(count)
            if len(records.hashes) == count and b"".join(records.hashes) == leaves:
                self._agree(count)
                return
        self._waiting += hashes_of(leaves)
        self._resolve(last=False)

    def unknown(self, count: int) -> None:
        """The next `count` leaves are not known: their records are beside nothing."""
        self._resolve(last=True)
        self._records.fill(count)
        self._forget(min(count, len(self._records.hashes)))
        self.leaf += count

    def end(self) -> None:
        """No more leaves: what waits is missing, and each record that is left is one too many."""
        self._resolve(last=True)
        while True:
            self._records.fill(_WINDOW)
            if not self._records.hashes:
                if self._records.gap is None:
                    break
                self._records.go_on()
                continue
            self._part(len(self._records.hashes), 0)
        self._agree(0)
        self.differences.end(self._findings)

    def _resolve(self, *, last: bool) -> None:
        """Tell what is beside what, as far as can be told before more leaves come."""
        leaves, records = self._waiting, self._records
        while leaves:
            records.fill(len(leaves))
            same = _same(leaves, records.hashes)
            if same:
                del leaves[:same]
                self._agree(same)
                continue
            if not records.hashes:
                self._run_out()
                continue
            if len(leaves) < _WINDOW and not last:
                return
            records.fill(_WINDOW)
            self._part(*_apart(records.hashes[:_WINDOW], leaves[:_WINDOW]))

    def _run_out(self) -> None:
        """No record for what waits: they ended, or a file is not there."""
        gap = self._records.gap
        if gap is None:
            self._part(0, len(self._waiting))
        elif gap > self.leaf:
            self._part(0, min(len(self._waiting), gap - self.leaf))
        else:
            self._records.go_on()

    def _part(self, extra: int, lost: int) -> None:
        """The next `extra` records stand where the next `lost` leaves should."""
        records, at = self._records, self._records.passed
        faults = {n: odd.reason for n, odd in records.odd if isinstance(odd, Fault)}
        for step in range(max(extra, lost)):
            seen = None
            if step < extra:
                name = records.ids[step].decode() or None
                seen = Seen(records.hashes[step], name, faults.get(at + step))
            leaf = self._waiting[step] if step < lost else None
            index = self.leaf + min(step, lost)
            if seen is not None:
                path, line = records.place(at + step)
            else:
                path, line = records.place_for(index, at + extra)
            self.differences.add(seen, leaf, index, path, line)
        del self._waiting[:lost]
        self.leaf += lost
        self._forget(extra)
        self._parted = records.passed

    def _agree(self, count: int) -> None:
        """The next `count` records are the next leaves."""
        records = self._records
        shift = self.leaf - records.passed
        until = records.passed + count
        records.drop(count)
        self.leaf += count
        while records.odd and records.odd[0][0] < until:
            number, odd = records.odd.popleft()
            path, line = records.place(number)
            if isinstance(odd, Erased):
                self.erasures.erase(number + shift, odd.act, path, line)
            elif isinstance(odd, Withheld):
                self.erasures.withhold(number + shift)
            elif isinstance(odd, Erasing):
                self.erasures.act(odd.act, odd.first, odd.last, odd.number)
            elif isinstance(odd, Bare):
                text = f"leaf {number + shift} is missing, only its hash is there"
                text += f": `{path}` line {line}"
                self._findings.add(Problem(Kind.DROPPED, text, number + shift, None, path, line))
            elif isinstance(odd, Begins):
                # a line that was dropped or inserted here has been named
                if number != self._parted:
                    self._begins(odd, number + shift, path)
            else:
                text = f"leaf {number + shift} is what the log signed and {odd.reason}"
                text += f": `{path}` line {line}"
                self._findings.add(Problem(Kind.FORM, text, number + shift, None, path, line))

    def _begins(self, file: Begins, leaf: int, path: str) -> None:
        if file.declared != leaf:
            text = f"`{path}` begins with leaf {leaf}, not with the one it is named for"
            self._findings.add(Problem(Kind.FILE, text, leaf, path=path))

    def _forget(self, count: int) -> None:
        """Pass over records that are beside nothing."""
        self._records.drop(count)
        while self._records.odd and self._records.odd[0][0] < self._records.passed:
            self._records.odd.popleft()


def _same(left: Sequence[bytes], right: Sequence[bytes]) -> int:
    """How many are equal from the beginning on."""
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count


def _apart(records: Sequence[bytes], leaves: Sequence[bytes]) -> tuple[int, int]:
    """How many records and leaves lie before the nearest place at which both agree again.

    Both have at least one. Where there is none, as many as the shorter has.
    """
    places: dict[bytes, int] = {}
    for place, hashed in enumerate(records):
        places.setdefault(hashed, place)
    best: tuple[int, int] | None = None
    for lost, hashed in enumerate(leaves):
        if best is not None and lost > max(best):
            break
        beside = lost < len(records) and records[lost] == hashed
        extra = lost if beside else places.get(hashed)
        if extra is not None and (best is None or _far(extra, lost) < _far(*best)):
            best = (extra, lost)
    return best or (min(len(records), len(leaves)),) * 2


def _far(extra: int, lost: int) -> tuple[int, bool, int]:
    """How much has to be explained; as many for as many is the simplest."""
    return max(extra, lost), extra != lost, extra + lost
