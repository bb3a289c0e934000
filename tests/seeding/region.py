"""A simulated region that the tests of its past read."""

from __future__ import annotations

import datetime as dt
from typing import Any

import psycopg

PEOPLE = 600
SEED = 4
UNTIL = dt.date(2026, 11, 1)
Registry = psycopg.Connection[tuple[Any, ...]]
