"""Where protocol versions stand: proposed, ratified, in force, superseded, ended.

Takes a policy as it was read, gives each version's state, and which of them a
caller may be told of: those of its own agreements, and the published ones that
are in force.
"""

from __future__ import annotations

import datetime as dt

from authz.caller import Caller
from authz.profile import Policy, Version
from schema.codes import ProtocolState


def state_of(version: Version, policy: Policy) -> ProtocolState:
    """The state of one version at the instant the policy was read for."""
    now = policy.read_at or dt.datetime.now(dt.UTC)
    if version.until is not None and version.until <= now:
        return ProtocolState.ENDED
    if not version.parties or not version.parties <= version.bound:
        return ProtocolState.PROPOSED
    live = {d.agreement: d.version for d in policy.documents}
    if live.get(version.agreement) == version.version:
        return ProtocolState.IN_FORCE
    if live.get(version.agreement, 0) > version.version:
        return ProtocolState.SUPERSEDED
    return ProtocolState.RATIFIED


def is_of(caller: Caller, version: Version) -> bool:
    """Whether the caller's country or organisation is a party."""
    return party_of(caller) in version.parties


def party_of(caller: Caller) -> str:
    """For whom the caller would speak: her country, or her organisation where it has none."""
    return caller.country or caller.agency


def told_to(caller: Caller, policy: Policy) -> tuple[Version, ...]:
    """The versions that the caller may be told of, in the order of their agreements."""
    return tuple(
        v
        for v in policy.versions
        if is_of(caller, v)
        or (v.agreement in policy.published and state_of(v, policy) is ProtocolState.IN_FORCE)
    )
