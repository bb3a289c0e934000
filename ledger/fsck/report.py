"""What fsck says: problems by kind, how much was checked, who vouches for it.

Takes findings one by one, keeps the first of each kind and counts the others,
gives a `Report`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum


class Kind(StrEnum):
    """Kinds of problems."""

    CHANGED = "record changed"
    DROPPED = "record dropped"
    INSERTED = "record inserted"
    REORDERED = "record reordered"
    FORM = "record of another form"
    ACT = "erasure without act"
    TILE_CHANGED = "tile changed"
    TILE_CUT = "tile cut"
    TILE_MISSING = "tile missing"
    TILE_STRAY = "tile of another tree"
    FORK = "checkpoint of another tree"
    SIGNATURE = "checkpoint not signed by the log"
    COSIGNATURE = "cosignature wrong"
    CHECKPOINTS = "checkpoints out of order"
    FILE = "file unreadable or misnamed"


RECORD_KINDS = (Kind.CHANGED, Kind.DROPPED, Kind.INSERTED, Kind.REORDERED)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing found wrong. What does not apply is None.

    `index` is the place in the tree; `record` a record's id; `path` is below
    the folder, `line` counts from 1; `size` names a checkpoint.
    """

    kind: Kind
    text: str
    index: int | None = None
    record: str | None = None
    path: str | None = None
    line: int | None = None
    size: int | None = None

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {
            "kind": self.kind.name,
            "text": self.text,
            "index": self.index,
            "record": self.record,
            "path": self.path,
            "line": self.line,
            "size": self.size,
        }


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the check is: leaves of the tree, and records read."""

    done: int
    total: int
    records: int


@dataclass(frozen=True, slots=True)
class Cosigned:
    """What one witness has said of the checkpoints of an export.

    `newest` is POSIX seconds of its cosignature of the newest checkpoint, None
    where it has none there; `missing` how many checkpoints lack its word.
    """

    name: str
    newest: int | None
    missing: int


@dataclass(frozen=True, slots=True)
class Report:
    """What was checked and what was found.

    Records are those of leaves `first` up to, without, `end`; `erased` and
    `withheld` of them were given by their hashes alone. `unplaced` checkpoints
    end in a tile that the export does not have; `acts_elsewhere` are named by
    erased lines and may stand where the export does not show. `agreed` is the
    largest size whose checkpoint is of this tree, `forked` the smallest whose
    is not.
    """

    origin: str = ""
    size: int = 0
    root: bytes = b""
    first: int = 0
    end: int = 0
    records: int = 0
    erased: int = 0
    withheld: int = 0
    acts_elsewhere: int = 0
    tiles: int = 0
    checkpoints: int = 0
    unplaced: int = 0
    agreed: int | None = None
    forked: int | None = None
    witnesses: tuple[Cosigned, ...] = ()
    problems: tuple[Problem, ...] = ()
    counts: dict[Kind, int] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        """Whether nothing was found wrong."""
        return not self.counts

    @property
    def whole(self) -> bool:
        """Whether the records of the whole tree are in the export."""
        return self.first == 0 and self.end == self.size

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {
            "clean": self.clean,
            "origin": self.origin,
            "size": self.size,
            "root": self.root.hex(),
            "first": self.first,
            "end": self.end,
            "whole": self.whole,
            "records": self.records,
            "erased": self.erased,
            "withheld": self.withheld,
            "actsElsewhere": self.acts_elsewhere,
            "tiles": self.tiles,
            "checkpoints": self.checkpoints,
            "unplaced": self.unplaced,
            "agreed": self.agreed,
            "forked": self.forked,
            "witnesses": [
                {"name": one.name, "newest": one.newest, "missing": one.missing}
                for one in self.witnesses
            ],
            "problems": [problem.as_dict() for problem in self.problems],
            "counts": {kind.name: number for kind, number in self.counts.items()},
        }


class Findings:
    """Problems as they are found: the first of each kind, the others by number."""

    def __init__(self) -> None:
        self._first: dict[Kind, Problem] = {}
        self._counts: dict[Kind, int] = {}

    def add(self, problem: Problem, number: int = 1) -> None:
        """Keep or count a problem; the one of the smallest leaf names its kind."""
        kind = problem.kind
        self._counts[kind] = self._counts.get(kind, 0) + number
        first = self._first.setdefault(kind, problem)
        if kind in RECORD_KINDS and (problem.index or 0) < (first.index or 0):
            self._first[kind] = problem

    def ended(self, report: Report) -> Report:
        """The report with what was found, records first and in the order of the tree."""
        order = sorted(self._first.values(), key=_place)
        return replace(report, problems=tuple(order), counts=dict(self._counts))


def _place(problem: Problem) -> tuple[bool, int]:
    return problem.kind not in RECORD_KINDS, problem.index or 0
