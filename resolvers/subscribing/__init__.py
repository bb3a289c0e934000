"""Subscriptions: a change in the registry becomes an operation for each caller it concerns.

In the order in which things flow:

- `asking`: a request becomes a `Watch`, checked and refused as a query would be;
- `waking`: one connection that PostgreSQL wakes, and the cases touched since a position;
- `sieving`: which of many touched cases a caller may see or could see before, in one statement;
- `telling`: one event: read for this caller now, compared, recorded, or rolled back;
- `hub`: who watches what, in which order they are told, and how much may wait.

Nothing here knows how an event travels: the door hands in an `Outlet`.
"""

from resolvers.subscribing.asking import Refused, Watch
from resolvers.subscribing.hub import Events, Outlet, Watching

__all__ = ["Events", "Outlet", "Refused", "Watch", "Watching"]
