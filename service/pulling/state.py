"""`state.json`: the purpose of a folder, the fields that were asked for, the sizes of the files.

Takes the copy and the purpose of this run, gives what the last run left there,
or refuses: a folder has one purpose, and a file that is damaged or gone is
noticed before anything is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from service.pulling.asking import PullRefused
from service.pulling.copying import CURSOR, JOURNAL, STATE, Copy
from service.pulling.files import Damaged


@dataclass(frozen=True, slots=True)
class State:
    """What a run left. `purpose` is None in folders of old versions, `sizes` empty."""

    purpose: str | None
    fields: tuple[str, ...]
    sizes: Mapping[str, int]

    def keep(self, copy: Copy) -> None:
        """Put it in its place."""
        content = {
            "purpose": self.purpose,
            "fields": list(self.fields),
            "sizes": dict(self.sizes),
        }
        copy.put(STATE, orjson.dumps(content))


EMPTY: Final = State(None, (), {})
"""Of a folder in which nothing is known to be."""


def state_of(copy: Copy, purpose: str | None, *, over: bool) -> State:
    """What is known of the folder. Raises PullRefused, Damaged; with `over` a damaged file is as
    good as none.
    """
    try:
        found = _read(copy)
    except Damaged:
        if not over:
            raise
        found = EMPTY
    if found.purpose is not None and purpose is not None and found.purpose != purpose:
        raise PullRefused(
            f"the folder holds what was pulled for another purpose, {found.purpose}: a copy for"
            f" {purpose} is another folder, also with --start-over"
        )
    return found


def _read(copy: Copy) -> State:
    text = copy.read(STATE)
    if text is None:
        # a first run that was killed by an old version left a journal, and files perhaps
        there = copy.read(CURSOR) is not None or (
            copy.types() and not (copy.folder / JOURNAL).exists()
        )
        if there:
            raise Damaged(copy.folder / STATE, "is missing")
        return EMPTY
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = None
    match found:
        case {"purpose": str() | None as purpose, "fields": list() as fields}:
            sizes = found.get("sizes", {})
            known = all(isinstance(each, str) for each in fields) and isinstance(sizes, dict)
            if known and all(isinstance(each, int) for each in sizes.values()):
                return State(purpose, tuple(fields), sizes)
    raise Damaged(copy.folder / STATE, "cannot be read")
