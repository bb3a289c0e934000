"""A run: from the first page to the acknowledgement of what was erased.

Takes a registry, a folder and options, gives what was done. Pages go to the
journal; at the end of the feed the files of the copy are replaced, then the
cursor, then the journal goes, then the withdrawals are acknowledged. Killed at
any moment it leaves a copy that the next run completes: each step may be done
twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from service.pulling.asking import PullRefused, Refused, Registry
from service.pulling.copying import CURSOR, JOURNAL, STATE, Copy, held
from service.pulling.document import Shape, refused_in
from service.pulling.journal import Change, Journal, Touched, without

PAGES: Final = (1000, 500, 200, 100, 50, 20, 10, 1)
"""Sizes of a page, the largest that the registry gives first."""
AT_ONCE: Final = 1000
_ERASED: Final = """mutation Erased($ids: [ID!]!) { acknowledgeWithdrawals(ids: $ids) {
  acknowledged remaining problems { code } } }"""
_SMALLER: Final = frozenset({"BAD_USER_INPUT", "COST_LIMIT"})


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a run did."""

    changes: int
    erased: int
    records: dict[str, int]
    remaining: int


@dataclass(slots=True)
class Pull:
    """One run under way; `said` hears how many changes came."""

    registry: Registry
    copy: Copy
    said: Callable[[int], None]

    def run(self, since: str | None, *, over: bool) -> Pulled:
        """Pull, replace, acknowledge. Raises PullRefused."""
        with held(self.copy.folder):
            shape = Shape.of(self.registry.schema())
            refused = self._refused(shape)
            asked = sorted(shape.fields - refused)
            state = orjson.loads(self.copy.read(STATE) or b"{}")
            if state and state["purpose"] != self.registry.purpose:
                raise PullRefused("the folder holds what was pulled for another purpose")
            begin = since or self._kept()
            # what was not asked for when a record came has to be asked for once more
            anew = (
                over or begin is None or (since is None and not set(asked) <= set(state["fields"]))
            )
            if anew:
                begin = None
            head = {"from": begin, "purpose": self.registry.purpose, "fields": asked}
            journal = Journal.open(self.copy.folder / JOURNAL, head)
            try:
                self._pages(journal, shape, shape.document(refused))
                done = self._replace(journal, anew=anew)
                self.copy.put(STATE, orjson.dumps({"purpose": head["purpose"], "fields": asked}))
                self.copy.put(CURSOR, f"{journal.cursor}\n".encode())
            finally:
                journal.close()
            self.copy.remove(JOURNAL)
            remaining = self._acknowledge(journal)
            return Pulled(journal.changes, len(journal.withdrawals), done, remaining)

    def _kept(self) -> str | None:
        found = self.copy.read(CURSOR)
        return found.decode().strip() if found is not None else None

    def _refused(self, shape: Shape) -> frozenset[str]:
        """Fields refused on every row: an empty page says which."""
        answer = self.registry.ask(shape.document(()), after=None, first=0)
        return refused_in(answer)

    def _pages(self, journal: Journal, shape: Shape, document: str) -> None:
        sizes = list(PAGES)
        while True:
            try:
                answer = self.registry.ask(document, after=journal.cursor, first=sizes[0])
            except Refused as refused:
                if refused.code in _SMALLER and len(sizes) > 1:
                    sizes.pop(0)
                    continue
                if refused.code == "CURSOR_INVALID":
                    raise PullRefused(
                        "the cursor is too old or another puller's: start over with --start-over"
                    ) from None
                raise
            page = answer["data"]["changes"]
            journal.add(
                [_change(shape, edge["node"]) for edge in page["edges"]],
                page["pageInfo"]["endCursor"],
            )
            self.said(journal.changes)
            if not page["pageInfo"]["hasNextPage"]:
                return

    def _replace(self, journal: Journal, *, anew: bool) -> dict[str, int]:
        """The files, each after its part of the report; how many records each of them has."""
        kinds = sorted({*journal.touched, *(self.copy.types() if anew else ())})
        return {kind: self._rewrite(journal, kind, anew=anew) for kind in kinds}

    def _rewrite(self, journal: Journal, kind: str, *, anew: bool) -> int:
        count, report = 0, []
        now = dt.datetime.now(dt.UTC).isoformat().replace("+00:00", "Z")
        touched = journal.touched.get(kind, {})
        with self.copy.written(kind) as file:
            for record, before, each in _side_by_side(self.copy.lines(kind), touched):
                after = before
                if each is not None:
                    after = _line_after(journal, before, each)
                elif anew:
                    after = None
                if after is not None:
                    file.write(after)
                    count += 1
                if before is not None and (after is None or (each is not None and each.withdrawn)):
                    gone = _lost(before, after)
                    if gone:
                        report.append({"id": record, "type": kind, "fields": gone, "at": now})
            if report:
                self.copy.report(report)
        return count

    def _acknowledge(self, journal: Journal) -> int:
        """Say what is erased; how many the registry still waits for."""
        ids = sorted({record for _, record, _ in journal.withdrawals})
        remaining = 0
        for start in range(0, len(ids), AT_ONCE):
            answer = self.registry.ask(_ERASED, ids=ids[start : start + AT_ONCE])
            remaining = int(answer["data"]["acknowledgeWithdrawals"]["remaining"])
        return remaining


def _change(shape: Shape, node: dict[str, Any]) -> Change:
    if node["action"] == "WITHDRAWN":
        return node["recordType"], node["recordId"], tuple(node["fields"]), None
    return node["recordType"], node["recordId"], None, shape.record(node["record"])


def _side_by_side(
    old: Iterator[tuple[str, bytes]], touched: Mapping[str, Touched]
) -> Iterator[tuple[str, bytes | None, Touched | None]]:
    """(id, line of the copy, what became of it) in the order of ids."""
    new = iter(sorted(touched))
    coming, held = next(new, None), next(old, None)
    while coming is not None or held is not None:
        if held is None or (coming is not None and coming < held[0]):
            yield str(coming), None, touched[str(coming)]
            coming = next(new, None)
        elif coming is None or held[0] < coming:
            yield held[0], held[1], None
            held = next(old, None)
        else:
            yield held[0], held[1], touched[coming]
            coming, held = next(new, None), next(old, None)


def _line_after(journal: Journal, before: bytes | None, each: Touched) -> bytes | None:
    content = journal.line(each)
    if content is None and before is not None and "id" not in each.erased:
        content = without(orjson.loads(before), each.erased)
    return None if content is None else orjson.dumps(content) + b"\n"


def _lost(before: bytes, after: bytes | None) -> list[str]:
    """Fields that had a value and have none; `id` first where the record is gone."""
    left = {} if after is None else orjson.loads(after)
    return [
        name
        for name, value in orjson.loads(before).items()
        if value not in (None, []) and left.get(name) is None
    ]


def pull(
    registry: Registry,
    folder: Path,
    since: str | None,
    *,
    over: bool,
    said: Callable[[int], None] = lambda _: None,
) -> Pulled:
    """Bring the copy in `folder` up to date. Raises PullRefused."""
    return Pull(registry, Copy(folder), said).run(since, over=over)
