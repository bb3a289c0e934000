"""Whose pages may open a socket or a stream here.

Takes the `Origin` and `Host` fields of a request, says whether it is admitted. A
browser lets any page open a socket anywhere and sends the page's origin with
it; a client that is no browser sends none. An origin is the service's own
where it names the host that the request names (RFC 6454, section 7).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_ORIGIN = re.compile(r"(https?)://([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")
_USUAL = {"http": ":80", "https": ":443"}


def is_origin(text: str) -> bool:
    """Whether it is `scheme://host` with an optional port and nothing else."""
    return _ORIGIN.fullmatch(text) is not None


class Origins:
    """The foreign origins that are let in beside the service's own."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed = frozenset(_whole(each) for each in allowed)

    def admits(self, origin: bytes | None, host: bytes | None) -> bool:
        """Whether a request with these fields may go on; without an origin no page sent it."""
        if origin is None:
            return True
        text = origin.decode("latin-1")
        found = _ORIGIN.fullmatch(text)
        if found is None:
            return False
        if _whole(text) in self._allowed:
            return True
        asked = (host or b"").decode("latin-1").lower()
        own = (found[2] + (found[3] or "")).lower()
        usual = _USUAL[found[1]]
        return asked.removesuffix(usual) == own.removesuffix(usual) and bool(asked)


def _whole(origin: str) -> str:
    """One spelling: lower case, without the usual port."""
    text = origin.lower()
    scheme = text.partition("://")[0]
    return text.removesuffix(_USUAL.get(scheme, "\n"))
