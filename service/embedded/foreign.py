"""What the environment says about another PostgreSQL, put aside while the embedded one is used.

libpq takes from `PGHOSTADDR`, `PGPORT`, `PGSERVICE`, `PGREQUIREAUTH` and their
like whatever a connection string leaves open, and would look for our server at
the address of somebody else's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from psycopg.pq import Conninfo


@contextmanager
def put_aside() -> Iterator[None]:
    """No variable of libpq in this process, for the time of the block."""
    names = {option.envvar.decode() for option in Conninfo.get_defaults() if option.envvar}
    found = {name: os.environ.pop(name) for name in sorted(names) if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(found)
