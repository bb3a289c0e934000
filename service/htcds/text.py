"""The text of a cell: when two names are one. What a text may hold stands in `schema.written`."""

from __future__ import annotations

import re
import unicodedata

from schema.written import ascii_digits, clean, script_of

__all__ = ["ascii_digits", "clean", "same_name", "script_of"]


def same_name(*parts: str | None) -> str:
    """What two spellings of one name have in common: the key by which duplicates are found.

    Compatibility form, folded case, no joiners, dots, hyphens or apostrophes,
    single blanks. Accents and vowel signs count: they tell names apart.
    """
    joined = " ".join(part for part in parts if part)
    folded = unicodedata.normalize("NFKC", joined).casefold()
    kept = "".join(c for c in folded if unicodedata.category(c) != "Cf")
    return " ".join(re.sub(r"[.\-'’`·]", " ", kept).split())
