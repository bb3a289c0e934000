"""What a written text may hold: its characters, its script, digits, telephone numbers, addresses.

Takes texts as people type them, gives them in normal form C without blanks
around. Promises that what comes out holds no character that steers a terminal,
a page or the registry's own answers (U+E000 is its separator). Raises BadText,
whose message is the rule that a text does not keep and never the text.
"""

from __future__ import annotations

import re
import unicodedata

from schema.isocodes import COUNTRIES, TERMINOLOGICAL, TONGUES

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
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


class BadText(ValueError):
    """A text does not keep a rule; the message is the rule."""


def clean(text: str, limit: int, lines: bool = False) -> str:
    """`text` in normal form C without outer blanks; BadText for a character no text may hold.

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
                    raise BadText("a line break or tab inside the text")
        elif _is_forbidden(character):
            raise BadText(f"the character U+{ord(character):04X} is not taken")
    text = unicodedata.normalize("NFC", text).strip().strip("\u200b\ufeff").strip()
    if len(text) > limit:
        raise BadText(f"longer than {limit} characters")
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

    None without a letter; BadText where letters of two scripts stand in one
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
        raise BadText("letters of two scripts in one name: the native spelling has its own column")
    return next(iter(found), None)


def phone_of(text: str) -> str:
    """A telephone number of ITU-T E.164: `+`, country code and number. Blanks, dots, hyphens go."""
    digits = re.sub(r"[ .()\-\u00a0]", "", ascii_digits(clean(text, 40)))
    if not _E164.fullmatch(digits):
        raise BadText("not a telephone number of E.164: write `+`, country code and number")
    return digits


def email_of(text: str) -> str:
    """An address of electronic mail."""
    address = clean(text, 254)
    if not _EMAIL.fullmatch(address) or ".." in address:
        raise BadText("not an e-mail address")
    return address


def country_of(text: str) -> str:
    """An ISO 3166-1 alpha-2 code in capitals."""
    if text not in COUNTRIES:
        raise BadText("not a country code of ISO 3166: two capitals, as in `KH`")
    return text


def tongue_of(text: str) -> str:
    """A code of ISO 639-2, three small letters; a bibliographic one becomes terminological."""
    found = TERMINOLOGICAL.get(text, text)
    if found not in TONGUES:
        raise BadText("not a language code of ISO 639-2: three small letters, as in `khm`")
    return found
