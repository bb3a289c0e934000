"""Lines of a file of JSON lines, some hundred at a time.

Takes an open file, gives lists of lines without their newlines. Memory is that
of one block and one line.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Final

MAX_LINE: Final = 16 * 1024 * 1024
"""Bytes of one line that is read; a record of a thousand rows has some hundred thousand."""

TOO_LONG: Final = b"\n"
"""Stands for a longer line: what no line can be."""

UNENDED: Final = b"\n\n"
"""Comes last where the file's last line has no newline."""

_BLOCK: Final = 1 << 20


def blocks(file: io.FileIO, most: int = MAX_LINE) -> Iterator[list[bytes]]:
    """The lines of a file in order, `TOO_LONG` in the place of each with more than `most` bytes,
    which is a block's 1 MiB or more. Raises OSError.
    """
    rest, skipping = b"", False
    while block := file.read(_BLOCK):
        lines = block.split(b"\n")
        if len(lines) == 1:
            rest += b"" if skipping else block
        else:
            lines[0] = TOO_LONG if skipping else rest + lines[0]
            rest, skipping = lines.pop(), False
            if len(lines[0]) > most:
                lines[0] = TOO_LONG
            yield lines
        if len(rest) > most:
            rest, skipping = b"", True
    if skipping:
        yield [TOO_LONG, UNENDED]
    elif rest:
        yield [rest, UNENDED]
