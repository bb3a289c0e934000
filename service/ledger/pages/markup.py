"""HTML and SVG that is escaped by construction: a text becomes a page only through an element.

Takes texts and elements, gives elements. A `str` is always escaped; only `el`
makes a `Markup`, and only a `Markup` is put in as it stands. What would turn
the reading of a line around, or is no character at all, is shown as what it is.
"""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Final

_NAME: Final = re.compile(r"[a-z][a-zA-Z0-9-]*\Z")
_VOID: Final = frozenset({"br", "meta", "hr"})
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_NEEDED: Final = frozenset("\u200b\u200c\u200d")
"""Where words end and letters join in Khmer, Lao and Thai."""


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


def el(name: str, /, *inside: str, **attributes: str | None) -> Markup:
    """An element around escaped texts and elements. An attribute's `_` reads `-`, a last one is
    dropped; one that is None is left out. Raises ValueError on a name that is none.
    """
    if _NAME.match(name) is None:
        raise ValueError("not the name of an element")
    head = name
    for given, value in attributes.items():
        known = given.rstrip("_").replace("_", "-")
        if _NAME.match(known) is None:
            raise ValueError("not the name of an attribute")
        if value is not None:
            head += f' {known}="{html.escape(plain(value))}"'
    if name in _VOID:
        return Markup(f"<{head}>")
    return Markup(f"<{head}>{join(*inside)}</{name}>")


def join(*inside: str) -> Markup:
    """Elements side by side; texts among them are escaped."""
    return Markup(
        "".join(p if isinstance(p, Markup) else html.escape(plain(p), quote=True) for p in inside)
    )


def plain(text: str) -> str:
    r"""The text without characters that are invisible or turn it around: each as `\u{...}`."""
    return "".join(_seen(c) for c in text)


def _seen(character: str) -> str:
    hidden = unicodedata.category(character) in _INVISIBLE and character not in _NEEDED
    return f"\\u{{{ord(character):x}}}" if hidden else character
