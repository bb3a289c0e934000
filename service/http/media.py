"""Media types: what a body may be sent as, and what it is answered as.

Takes the values of `Content-Type`, `Accept` and `Host`, gives a decision. All
three come from a small set in practice, so decisions are kept, bounded.
GraphQL over HTTP (draft of the GraphQL foundation), section "Media Types".
"""

from __future__ import annotations

import re
from enum import Enum, auto
from functools import lru_cache

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_MEDIA = re.compile(rf"\s*({_WORD})/({_WORD})\s*((?:;[^,;]*)*)\s*")
_HOST = re.compile(rb"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_LONGEST_ACCEPT = 2_048
_UTF_8 = frozenset({"utf-8", "utf8"})


class Media(Enum):
    """How a GraphQL answer is labelled, and whether a refused request may keep its own status.

    `JSON_LEGACY`: the client takes `application/json` and nothing newer. Such
    clients read a status other than 200 as a fault of the transport, so the
    draft has well-formed requests answered with 200 there.
    """

    GRAPHQL = auto()
    JSON = auto()
    JSON_LEGACY = auto()

    @property
    def content_type(self) -> bytes:
        """The value of `Content-Type`."""
        kind = b"graphql-response+json" if self is Media.GRAPHQL else b"json"
        return b"application/" + kind + b"; charset=utf-8"


@lru_cache(maxsize=128)
def answer_media(accept: bytes | None) -> Media | None:
    """What the client takes, or None where it takes neither form (406).

    A tie goes to the newer form where it is named, and to `application/json`
    where only wildcards or nothing at all were sent.
    """
    if accept is None or not accept.strip():
        return Media.JSON
    ranges = _ranges(accept)
    newer, named = _quality(ranges, "application", "graphql-response+json")
    older, _ = _quality(ranges, "application", "json")
    if newer <= 0 and older <= 0:
        return None
    if newer > older or (named and newer == older):
        return Media.GRAPHQL
    return Media.JSON if newer > 0 else Media.JSON_LEGACY


@lru_cache(maxsize=128)
def takes_html(accept: bytes | None, *, named: bool) -> bool:
    """Whether the client takes a page; `named`: only one that asks by name, as browsers do."""
    if accept is None:
        return not named
    quality, by_name = _quality(_ranges(accept), "text", "html")
    return quality > 0 and (by_name or not named)


@lru_cache(maxsize=128)
def takes_stream(accept: bytes | None) -> bool:
    """Whether the client takes a stream of events, which it has to ask for by name."""
    if accept is None:
        return False
    quality, named = _quality(_ranges(accept), "text", "event-stream")
    return named and quality > 0


@lru_cache(maxsize=128)
def is_json(content_type: bytes | None) -> bool:
    """Whether a body is JSON in UTF-8, which is assumed where no charset is named."""
    if content_type is None or len(content_type) > _LONGEST_ACCEPT:
        return False
    found = _MEDIA.fullmatch(content_type.decode("latin-1"))
    if found is None or (found[1].lower(), found[2].lower()) != ("application", "json"):
        return False
    return all(
        value.lower() in _UTF_8 for name, value in _parameters(found[3]) if name == "charset"
    )


@lru_cache(maxsize=128)
def is_host(host: bytes) -> bool:
    """Whether a `Host` value is a name or address with an optional port (RFC 9110, section 7.2)."""
    return _HOST.fullmatch(host) is not None


def _ranges(accept: bytes) -> list[tuple[str, str, float]]:
    """(type, subtype, quality) of each well-formed entry."""
    found: list[tuple[str, str, float]] = []
    for entry in accept[:_LONGEST_ACCEPT].decode("latin-1").split(","):
        media = _MEDIA.fullmatch(entry)
        if media is None:
            continue
        quality = 1.0
        for name, value in _parameters(media[3]):
            if name == "q":
                quality = _number(value)
            elif name == "charset" and value.lower() not in _UTF_8:
                quality = 0.0
        found.append((media[1].lower(), media[2].lower(), quality))
    return found


def _quality(ranges: list[tuple[str, str, float]], kind: str, subtype: str) -> tuple[float, bool]:
    """The quality of the most specific entry that covers a type, and whether it names it."""
    best, rank = 0.0, -1
    for k, s, quality in ranges:
        if (k, s) == (kind, subtype):
            specific = 2
        elif (k, s) == (kind, "*"):
            specific = 1
        elif (k, s) == ("*", "*"):
            specific = 0
        else:
            continue
        if specific > rank:
            best, rank = quality, specific
    return best, rank == 2  # the rank given to a named type above


def _parameters(text: str) -> list[tuple[str, str]]:
    """`;name=value` pairs: names in lower case, values without quotes."""
    pairs = (part.partition("=") for part in text.split(";")[1:])
    return [(n.strip().lower(), v.strip().strip('"')) for n, _, v in pairs]


def _number(text: str) -> float:
    """A quality value of RFC 9110, section 12.4.2; 0 for anything else."""
    return float(text) if re.fullmatch(r"0(\.\d{0,3})?|1(\.0{0,3})?", text) else 0.0
