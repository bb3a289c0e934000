"""Where a puller stands in its feed, and how a cursor holds it.

A run begins with the withdrawals that nobody acknowledged (`repeat` to
`upto`), goes on with the listing of what may be seen (from `kind` and
`record`) where the puller starts over, then with the entries after `entry`.
A cursor of the last page of a run begins the next one: it repeats what is
still not acknowledged by then, and each once. So no run repeats without end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from resolvers.errors import ErrorCode, RequestRefused
from resolvers.feeding.advancing import Standing
from resolvers.feeding.legend import OVER
from resolvers.feeding.streams import NIL

KEYS: Final = 7
"""Of a cursor: stream, repeat, upto, kind, record, entry, and 1 where the run was over."""
RETENTION_DAYS: Final = 400
_AGAIN = "the cursor is of another feed or older than 400 days: start over without `after`"


@dataclass(frozen=True, slots=True)
class Place:
    """Withdrawals after `repeat` up to `upto`, records after (`kind`, `record`), entries after
    `entry` are still to come.
    """

    repeat: int
    upto: int
    kind: int
    record: str
    entry: int


def beginning(standing: Standing) -> Place:
    """Of one that starts, or starts over."""
    return Place(0, standing.seq, 0, NIL, standing.seq)


def place_of(keys: Sequence[str | None], stream: int, standing: Standing) -> Place:
    """The place of a cursor. Raises RequestRefused where what followed it is no longer kept."""
    numbers = [int(each or 0) for place, each in enumerate(keys) if place != 4]
    of, repeat, upto, kind, entry, over = numbers
    if of != stream or not standing.dropped <= entry <= standing.seq:
        raise RequestRefused.of(ErrorCode.CURSOR_INVALID, _AGAIN)
    if over:
        repeat, upto = 0, entry
    return Place(repeat, upto, kind, str(keys[4]), entry)


def parameters(place: Place, stream: int, standing: Standing) -> dict[str, object]:
    """The statement's own: where it begins, and how far it may go."""
    reached = (OVER, NIL) if standing.complete else (standing.kind, standing.place)
    return {
        "feed_stream": stream,
        "feed_repeat": place.repeat,
        "feed_upto": place.upto,
        "feed_kind": place.kind,
        "feed_record": place.record,
        "feed_entry": place.entry,
        "feed_reached_kind": reached[0],
        "feed_reached_record": reached[1],
        "feed_complete": standing.complete,
        "feed_more": standing.more or not standing.complete,
    }
