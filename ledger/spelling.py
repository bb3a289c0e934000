"""Numbers and bytes as the C2SP texts spell them: one spelling each, every other refused.

Takes words of a text, gives ints and bytes, or raises ValueError. A reader that
accepts two spellings lets one checkpoint or proof have two texts.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

MAX_SIZE: Final = 2**63 - 1
"""The largest tree size, leaf index or POSIX time that is read."""

_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,18}")


def decimal(text: str) -> int:
    """ASCII decimal from 0 to `MAX_SIZE` without leading zeroes or sign. Raises ValueError."""
    if _DECIMAL.fullmatch(text) is None or (number := int(text)) > MAX_SIZE:
        raise ValueError("not a decimal without leading zeroes below 2^63")
    return number


def decoded(text: str) -> bytes:
    """Bytes of standard padded base64 (RFC 4648, section 4), unused bits zero.

    Raises ValueError.
    """
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("not standard base64") from None
    if encoded(raw) != text:
        raise ValueError("not the one standard base64 of its bytes")
    return raw


def encoded(raw: bytes) -> str:
    """Standard base64 with padding."""
    return base64.b64encode(raw).decode("ascii")
