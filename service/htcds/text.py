"""The text of a cell: what characters it may hold, which script it is in, when two names are one.

Takes strings as they stand in a cell and promises that what comes out holds no
character that steers a terminal, a page or the registry's own answers (U+E000
is its separator, section "text" of the store).
"""

from __future__ import annotations

import re
import unicodedata

from service.htcds.faults import BadCell

_BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_DIGITS = {ord(zero) + offset: ord("0") + offset for zero in "๐໐០" for offset in range(10)}
# ISO 15924, by the first words of a character's Unicode name. Han, kana and hangul
# together are how Japanese and Korean names are written.
_SCRIPTS = (
    ("LATIN ", "LATN"),
    ("THAI ", "THAI"),
    ("KHMER ", "KHMR"),
    ("LAO ", "LAOO"),
    ("MYANMAR ", "MYMR"),
    ("CJK ", "HANI"),
    ("HIRAGANA ", "JPAN"),
    ("KATAKANA ", "JPAN"),
    ("HANGUL ", "KORE"),
    ("CYRILLIC ", "CYRL"),
    ("ARABIC ", "ARAB"),
    ("DEVANAGARI ", "DEVA"),
    ("BENGALI ", "BENG"),
    ("TAMIL ", "TAML"),
)


def clean(text: str, limit: int, lines: bool = False) -> str:
    """`text` in normal form C without outer blanks; BadCell for a character no cell may hold.

    `limit` is in characters. Line breaks and tabs only where `lines`; a line
    break is then U+000A. Zero-width spaces and joiners stay: Khmer, Lao and Thai
    text uses them.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for character in text:
        if character in "\n\t":
            if not lines:
                text = text.strip()
                if character in text:
                    raise BadCell("a line break or tab inside the text")
        elif _is_forbidden(character):
            raise BadCell(f"the character U+{ord(character):04X} is not taken")
    text = unicodedata.normalize("NFC", text).strip().strip("\u200b\ufeff").strip()
    if len(text) > limit:
        raise BadCell(f"longer than {limit} characters")
    return text


def _is_forbidden(character: str) -> bool:
    if character in _BIDI or ord(character) & 0xFFFE == 0xFFFE:
        return True
    return unicodedata.category(character) in ("Cc", "Cs", "Co", "Zl", "Zp")


def ascii_digits(text: str) -> str:
    """`text` with Thai, Lao and Khmer digits as ASCII digits; other characters as they are."""
    return text.translate(_DIGITS)


def script_of(text: str) -> str | None:
    """The ISO 15924 code, upper case, of the letters of `text`.

    None without a letter; BadCell where letters of two scripts stand in one
    name, which hides one letter behind another that looks the same.
    """
    found: set[str] = set()
    for character in text:
        if unicodedata.category(character)[0] in "LM":
            name = unicodedata.name(character, "")
            if name.startswith("COMBINING "):
                continue
            found.add(next((code for start, code in _SCRIPTS if name.startswith(start)), "ZYYY"))
    if found <= {"HANI", "JPAN"} and len(found) == 2:
        return "JPAN"
    if len(found) > 1:
        raise BadCell("letters of two scripts in one name: the native spelling has its own column")
    return next(iter(found), None)


def same_name(*parts: str | None) -> str:
    """What two spellings of one name have in common: the key by which duplicates are found.

    Compatibility form, folded case, no joiners, dots, hyphens or apostrophes,
    single blanks. Accents and vowel signs count: they tell names apart.
    """
    joined = " ".join(part for part in parts if part)
    folded = unicodedata.normalize("NFKC", joined).casefold()
    kept = "".join(c for c in folded if unicodedata.category(c) != "Cf")
    return " ".join(re.sub(r"[.\-'’`·]", " ", kept).split())
