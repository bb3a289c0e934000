"""A run: from the first page to the acknowledgement of what was erased.

Takes a registry, a folder and options, gives what was done. Pages go to the
journal; at the end of the feed the files of the copy are replaced, then the
cursor, then the journal goes, then the withdrawals are acknowledged. Killed at
any moment it leaves a copy that the next run completes: each step may be done
twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
from graphql import GraphQLError

from service.pulling.asking import PullRefused, Refused, Registry, is_one_word
from service.pulling.copying import CURSOR, JOURNAL, Copy, Reading, held
from service.pulling.document import Shape, refused_in
from service.pulling.files import Damaged
from service.pulling.journal import Change, Journal, Touched, without
from service.pulling.state import State, state_of

PAGES: Final = (1000, 500, 200, 100, 50, 20, 10, 1)
"""Sizes of a page, the largest that the registry gives first."""
AT_ONCE: Final = 1000
_ERASED: Final = """mutation Erased($ids: [ID!]!) { acknowledgeWithdrawals(ids: $ids) {
  acknowledged remaining problems { code } } }"""
_NOTHING: Final[tuple[object, ...]] = (None, [])
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
            purpose = self.registry.asks_for
            state = state_of(self.copy, purpose, over=over)
            begin = None if over else since or self._kept()
            shape = self._shape()
            refused = self._refused(shape)
            asked = tuple(sorted(shape.fields - refused))
            # what was not asked for when a record came has to be asked for once more
            all_known = set(asked) <= set(state.fields)
            if since is None and not all_known:
                begin = None
            anew = begin is None
            if state.purpose is None:
                # a run that is killed has settled it too
                state = State(purpose, state.fields, state.sizes)
                state.keep(self.copy)
            head = {"from": begin, "purpose": purpose, "fields": list(asked)}
            journal = Journal.open(self.copy.folder / JOURNAL, head, fresh=over)
            try:
                short = self._short(state, journal, over=over)
                self._pages(journal, shape, shape.document(refused))
                done = _Replacing(self.copy, journal, anew, over, short).run()
                fields = asked if anew or not state.fields or all_known else state.fields
                State(purpose, fields, self._sizes()).keep(self.copy)
                self.copy.put(CURSOR, f"{journal.cursor}\n".encode())
            finally:
                journal.close()
            self.copy.remove(JOURNAL)
            remaining = self._acknowledge(journal)
            return Pulled(journal.changes, len(journal.withdrawals), done, remaining)

    def _kept(self) -> str | None:
        """The cursor of the last run. Raises Damaged."""
        found = self.copy.read(CURSOR)
        if found is None:
            return None
        text = found.decode(errors="replace").strip()
        if not is_one_word(text):
            raise Damaged(self.copy.folder / CURSOR, "cannot be read")
        return text

    def _shape(self) -> Shape:
        try:
            return Shape.of(self.registry.schema())
        except GraphQLError:
            raise PullRefused("what is at the address answers with no schema") from None

    def _sizes(self) -> dict[str, int]:
        return {kind: self.copy.size(kind) or 0 for kind in self.copy.types()}

    def _short(self, state: State, journal: Journal, *, over: bool) -> frozenset[str]:
        """Types whose file is gone or has lost bytes since a run left it. Raises Damaged for one
        that has another size than a run gave it, but where the puller starts over.
        """
        short = set()
        for kind, size in sorted(state.sizes.items()):
            expected = {size, *journal.sizes.get(kind, ())}
            found = self.copy.size(kind)
            if found in expected:
                continue
            if not over:
                what = "is missing" if found is None else "is not what the last run left"
                raise Damaged(self.copy.file(kind), what)
            if (found or 0) < max(expected):
                short.add(kind)
        return frozenset(short)

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
                        "the cursor is too old or another puller's (roles, unit, client, purpose):"
                        " start over with --start-over"
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


@dataclass(frozen=True, slots=True)
class _Replacing:
    """The files of the copy, each replaced after its part of the report.

    `anew`: what was not pulled is not there any more. `over`: what cannot be read is passed over.
    `short`: types whose file has lost lines since a run left it.
    """

    copy: Copy
    journal: Journal
    anew: bool
    over: bool
    short: frozenset[str]

    def run(self) -> dict[str, int]:
        """How many records each of them has now. Raises PullRefused."""
        there = {*self.copy.types(), *self.short} if self.anew else ()
        return {kind: self._rewrite(kind) for kind in sorted({*self.journal.touched, *there})}

    def _rewrite(self, kind: str) -> int:
        count, report = 0, _Report(kind)
        touched = self.journal.touched.get(kind, {})
        old = Reading(self.copy.file(kind), lenient=self.over)
        with self.copy.written(kind) as file:
            for record, before, each in _side_by_side(iter(old), touched):
                after = self._line_after(before, each)
                if after is not None:
                    file.write(after)
                    count += 1
                if before is None:
                    report.unseen(record, each, after)
                elif self.anew or (each is not None and each.withdrawn):
                    report.compared(record, before, after)
            if not old.whole or kind in self.short:
                report.unread()
            if report.lines:
                self.copy.report(report.lines)
            self.journal.replacing(kind, file.tell())
        return count

    def _line_after(self, before: bytes | None, each: Touched | None) -> bytes | None:
        content = None
        if each is None:
            return None if self.anew else before
        content = self.journal.line(each)
        if content is None and before is not None and not self.anew and "id" not in each.erased:
            content = without(orjson.loads(before), each.erased)
        return None if content is None else orjson.dumps(content) + b"\n"


class _Report:
    """The lines of the report for one type."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._at = dt.datetime.now(dt.UTC).isoformat().replace("+00:00", "Z")
        self._unseen: list[dict[str, Any]] = []
        self.lines: list[dict[str, Any]] = []

    def compared(self, record: str, before: bytes, after: bytes | None) -> None:
        """Fields that had a value and have none; `id` first where the record is gone."""
        held = [name for name, value in orjson.loads(before).items() if value not in _NOTHING]
        if lost := _without_value(held, after):
            self.lines.append(self._line(record, lost))

    def unseen(self, record: str, each: Touched | None, after: bytes | None) -> None:
        """A record that the copy did not have, as far as the copy could be read."""
        if each is not None and (lost := _without_value(each.withdrawn, after)):
            self._unseen.append(self._line(record, lost))

    def unread(self) -> None:
        """The file could not be read to its end: nobody knows what else was lost of it."""
        self.lines += [*self._unseen, self._line(None, None)]

    def _line(self, record: str | None, fields: list[str] | None) -> dict[str, Any]:
        return {"id": record, "type": self._kind, "fields": fields, "at": self._at}


def _without_value(fields: Iterable[str], line: bytes | None) -> list[str]:
    left = {} if line is None else orjson.loads(line)
    return [name for name in dict.fromkeys(fields) if left.get(name) in _NOTHING]


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
