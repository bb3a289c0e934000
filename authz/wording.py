"""Which texts of a token or a configuration may reach a log line, a record or a screen.

Gives one predicate, `is_plain`. Refused are control and format characters,
line and paragraph separators, lone surrogates (they have no UTF-8), and
U+E000, which the ledger keeps for itself.
"""

from __future__ import annotations

import unicodedata

_REFUSED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_RESERVED = "\ue000"


def is_plain(text: str) -> bool:
    """True where `text` stands on one line and reads as what it is: no bidi override, no joiner."""
    if text.isascii():
        return text.isprintable()
    return _RESERVED not in text and not any(
        unicodedata.category(c) in _REFUSED_CATEGORIES for c in text
    )
