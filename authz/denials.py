"""The deny list: tokens that prove nothing although their signature, claims and time are right.

Gives `Denials`, which `authz.tokens` asks at every use of a token, kept ones
included, and `DenialList`, the entries of one reading. Each entry stands under
one issuer: an identity provider's subjects, clients and keys are its own.
Asking costs four look-ups in a set and never a statement; who reads the
registry, and how often, is `service.denialwatch`'s matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from authz.caller import Caller
from schema.denials import DenialKind

Entry = tuple[DenialKind, str, str]
"""Kind, issuer, and the value that the kind names."""

# As plain texts, which are equal to the kinds and hash alike, several times faster.
_TOKEN, _SUBJECT, _CLIENT, _KEY = (
    kind.value for kind in (DenialKind.TOKEN, DenialKind.SUBJECT, DenialKind.CLIENT, DenialKind.KEY)
)


class DenialsUnknown(Exception):
    """Nobody can say now what the list holds: no token may be used until somebody can."""


class Denials(Protocol):
    """What the verifier asks."""

    def denies(self, caller: Caller, kid: str) -> bool:
        """Whether an entry in force names the token, its subject, its client or its key.

        Raises DenialsUnknown where the last reading is too old.
        """


@dataclass(frozen=True, slots=True)
class DenialList:
    """The entries in force at one instant. It never grows old: for commands that ask once."""

    entries: frozenset[Entry]

    def denies(self, caller: Caller, kid: str) -> bool:
        """See Denials."""
        entries = self.entries
        if not entries:
            return False
        issuer = caller.issuer
        return (
            (_SUBJECT, issuer, caller.subject) in entries
            or (_CLIENT, issuer, caller.client) in entries
            or (_TOKEN, issuer, caller.token_hash) in entries
            or (_KEY, issuer, kid) in entries
        )


NOBODY: Final = DenialList(frozenset())
"""No entry at all."""
