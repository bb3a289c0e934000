"""JSON objects in which each member is named once, at every level.

RFC 8259 leaves the meaning of a doubled name open, so two readers may each
take another value; here it is an error.
"""

from __future__ import annotations


class DuplicateMember(ValueError):
    """An object names a member twice."""


def unique_members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """For `object_pairs_hook` of json.loads. Raises DuplicateMember, compared after unescaping."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise DuplicateMember
    return members
