"""What an entry of the deny list may name."""

from __future__ import annotations

from enum import StrEnum


class DenialKind(StrEnum):
    """One of four things an issuer is answerable for; each entry stands under one issuer."""

    TOKEN = "TOKEN"  # noqa: S105  # a kind, no secret
    """One token, by the hash under which access records name it."""
    SUBJECT = "SUBJECT"
    """All tokens of one person, by `sub`."""
    CLIENT = "CLIENT"
    """All tokens given to one client, by `client_id`."""
    KEY = "KEY"
    """All tokens signed with one key, by `kid`."""
