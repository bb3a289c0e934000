"""The rights of a feed: those that last. What is open to one person for one hour is none of them.

Takes a profile, gives it without the grants that rest on an emergency opening;
takes a plan, gives the feed that it asks for.
"""

from __future__ import annotations

from dataclasses import replace

from authz.grants import Grant
from authz.profile import Policy, Profile
from resolvers.errors import ErrorCode, RequestRefused
from resolvers.plan import ChangesRoot, Plan


def openings_of(policy: Policy) -> frozenset[str]:
    """The clauses that rest on an emergency opening."""
    return frozenset(
        str(g.clause) for g in policy.grants if any(c.name == "emergency_open" for c in g.when)
    )


def without_openings(profile: Profile) -> Profile:
    """The profile of a stream, which has no subject."""
    return replace(
        profile, grants={name: _lasting(grants) for name, grants in profile.grants.items()}
    )


def _lasting(grants: tuple[Grant, ...]) -> tuple[Grant, ...]:
    return tuple(g for g in grants if all(c.name != "emergency_open" for c in g.when))


def feed_of(plan: Plan) -> ChangesRoot | None:
    """The feed that the operation asks for. Raises RequestRefused where it asks for more."""
    found = [root for root in plan.roots if isinstance(root, ChangesRoot)]
    if found and len(plan.roots) > 1:
        raise RequestRefused.of(ErrorCode.BAD_USER_INPUT, "`changes` stands alone in its operation")
    return found[0] if found else None
